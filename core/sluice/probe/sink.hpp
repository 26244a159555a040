// sink — who listens to the probes.
#pragma once

#include <sluice/probe/record.hpp>

namespace sluice::probe {

/// Receives every event of the process while it is installed.
/// Threads   called on whichever thread the event happens, from several at once.
/// Lifetime  outlives its installation; see `listen`.
class sink {
 public:
  virtual void on(verb what, place where, std::uint64_t a, std::uint64_t b) noexcept = 0;

 protected:
  ~sink() = default;
};

}  // namespace sluice::probe
