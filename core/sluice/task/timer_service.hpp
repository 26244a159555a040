// timer_service — waking later, as an interface: contexts, sleeps and tickers know no clock but this.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/base/clock.hpp>

namespace sluice {

/// Something due at an instant. Lives in whoever waits; the service owns nothing.
/// Lifetime  removed, or fired, before it dies.
struct timer_entry {
  using handler = void (*)(timer_entry&) noexcept;

  instant due{};
  handler fire = nullptr;
  std::uint64_t order = 0;                        ///< the service's: creation order among equals
  std::size_t position = static_cast<std::size_t>(-1);  ///< the service's: place in its heap
};

/// Fires entries when they are due, not before, equals in the order in which they were added.
/// Threads   any thread may add and remove; `fire` runs on a thread of the runtime.
class timer_service {
 public:
  /// Throws    `std::bad_alloc`; the entry is not pending then.
  /// Cost      O(log n).
  virtual void add(timer_entry& entry) = 0;

  /// True when the entry was pending and now never fires. False when it has fired; then its handler
  /// has returned before this does, unless this is called from inside it.
  virtual auto remove(timer_entry& entry) noexcept -> bool = 0;

  /// The same without waiting for a handler that is running at this moment.
  virtual auto withdraw(timer_entry& entry) noexcept -> bool = 0;

  [[nodiscard]] virtual auto now() noexcept -> instant = 0;

 protected:
  ~timer_service() = default;
};

}  // namespace sluice
