// counting_atomics — the production policy, with a count of the times a thread had to try again.
#pragma once

#include <atomic>
#include <cstdint>

#include <sluice/atomics/policy.hpp>

namespace sluice {

/// `std_atomics` whose failed exchanges are counted, so that a scenario can show retries although
/// the structures themselves carry no instruments.
///
///     auto const before = counting_atomics::retries();
///     (void)queue.try_push(std::move(value));            // an ms_queue<T, hazard_domain, counting_atomics>
///     auto const lost = counting_atomics::retries() - before;
///
/// Cost      a plain increment per failed exchange; a successful one costs what it always did.
struct counting_atomics : std_atomics {
  /// How often a compare_exchange of the calling thread has failed so far. Wraps.
  [[nodiscard]] static auto retries() noexcept -> std::uint64_t { return failed_; }

  template <class T>
  class atomic : public std::atomic<T> {
   public:
    using std::atomic<T>::atomic;
    using std::atomic<T>::operator=;

    auto compare_exchange_weak(T& expected, T desired, std::memory_order success,
                               std::memory_order failure) noexcept -> bool {
      return counted(std::atomic<T>::compare_exchange_weak(expected, desired, success, failure));
    }
    auto compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                 std::memory_order failure) noexcept -> bool {
      return counted(std::atomic<T>::compare_exchange_strong(expected, desired, success, failure));
    }
    auto compare_exchange_weak(T& expected, T desired,
                               std::memory_order order = std::memory_order_seq_cst) noexcept
        -> bool {
      return counted(std::atomic<T>::compare_exchange_weak(expected, desired, order));
    }
    auto compare_exchange_strong(T& expected, T desired,
                                 std::memory_order order = std::memory_order_seq_cst) noexcept
        -> bool {
      return counted(std::atomic<T>::compare_exchange_strong(expected, desired, order));
    }
  };

 private:
  static auto counted(bool exchanged) noexcept -> bool {
    if (!exchanged) ++failed_;
    return exchanged;
  }

  static inline thread_local constinit std::uint64_t failed_ = 0;
};

static_assert(atomics_policy<counting_atomics>);

}  // namespace sluice
