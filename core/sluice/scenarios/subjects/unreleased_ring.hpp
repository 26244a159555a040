// unreleased_ring — a ring for one producer and one consumer that is wrong on purpose: it forgets to publish.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>

namespace sluice::scenarios {

/// Like a `spsc_ring`, but its tail is stored relaxed: the consumer may see that there is a value before
/// it can see the value. On most machines it works nearly always.
template <class T, atomics_policy Atomics>
class unreleased_ring {
 public:
  explicit unreleased_ring(std::size_t) {}

  [[nodiscard]] auto try_push(T&& value) -> bool {
    auto const tail = tail_.load(relaxed);
    if (tail - head_.load(acquire) == slots_.size()) return false;
    slots_[tail % slots_.size()].write([&](T& room) { room = std::move(value); });
    tail_.store(tail + 1, relaxed);  // the fault: nothing says that the value is complete
    return true;
  }

  [[nodiscard]] auto try_pop() -> std::optional<T> {
    auto const head = head_.load(relaxed);
    if (head == tail_.load(acquire)) return std::nullopt;
    auto const value = slots_[head % slots_.size()].read([](T const& room) { return room; });
    head_.store(head + 1, release);
    return value;
  }

 private:
  std::array<typename Atomics::template cell<T>, 2> slots_;
  typename Atomics::template atomic<std::size_t> head_{0};
  typename Atomics::template atomic<std::size_t> tail_{0};
};

}  // namespace sluice::scenarios
