// sink — who listens to the probes.
#pragma once

#include <source_location>

#include <sluice/probe/record.hpp>

namespace sluice::probe {

/// Receives every event of the process while it is installed.
/// Threads   called on whichever thread the event happens, from several at once.
/// Lifetime  outlives its installation; see `listen` and `attach`.
class sink {
 public:
  virtual void on(verb what, place where, std::uint64_t a, std::uint64_t b) noexcept = 0;

 protected:
  ~sink() = default;
};

/// What belongs to an event and is never part of a record, because it is made of pointers: for a sink
/// that asks while it is told of the event.
struct remark {
  /// `waited`: what was waited for. `span_begun`: the span's name. Else null.
  char const* text = nullptr;
  /// `waited`: the `co_await`, where it is known. `spawned`: the spawn. A line of 0 else.
  std::source_location where{};
};

}  // namespace sluice::probe
