// jittery_atomics — a policy whose threads lose the processor in the middle of operations.
#pragma once

#include <atomic>
#include <cstdint>

#include <sluice/atomics/policy.hpp>
#include <sluice/base/random.hpp>

namespace support {

/// `Base`, where every so many accesses of a thread, as chance has it, another thread gets its turn
/// first. Operations of two threads then overlap at every step, even on a single processor.
template <class Base = sluice::std_atomics>
struct jittery : Base {
  template <class T>
  class atomic : public Base::template atomic<T> {
    using plain = typename Base::template atomic<T>;
    using order = std::memory_order;

   public:
    using plain::plain;

    auto load(order how = order::seq_cst) const noexcept -> T {
      stumble();
      return plain::load(how);
    }
    void store(T value, order how = order::seq_cst) noexcept {
      stumble();
      plain::store(value, how);
    }
    auto exchange(T value, order how = order::seq_cst) noexcept -> T {
      stumble();
      return plain::exchange(value, how);
    }
    auto compare_exchange_weak(T& expected, T desired, order success, order failure) noexcept
        -> bool {
      stumble();
      return plain::compare_exchange_weak(expected, desired, success, failure);
    }
    auto compare_exchange_strong(T& expected, T desired, order success, order failure) noexcept
        -> bool {
      stumble();
      return plain::compare_exchange_strong(expected, desired, success, failure);
    }
    auto compare_exchange_weak(T& expected, T desired, order how = order::seq_cst) noexcept -> bool {
      stumble();
      return plain::compare_exchange_weak(expected, desired, how);
    }
    auto compare_exchange_strong(T& expected, T desired, order how = order::seq_cst) noexcept
        -> bool {
      stumble();
      return plain::compare_exchange_strong(expected, desired, how);
    }
    auto fetch_add(auto amount, order how = order::seq_cst) noexcept -> T {
      stumble();
      return plain::fetch_add(amount, how);
    }
    auto fetch_sub(auto amount, order how = order::seq_cst) noexcept -> T {
      stumble();
      return plain::fetch_sub(amount, how);
    }
    auto fetch_or(T bits, order how = order::seq_cst) noexcept -> T {
      stumble();
      return plain::fetch_or(bits, how);
    }
    auto fetch_xor(T bits, order how = order::seq_cst) noexcept -> T {
      stumble();
      return plain::fetch_xor(bits, how);
    }
    auto fetch_and(T bits, order how = order::seq_cst) noexcept -> T {
      stumble();
      return plain::fetch_and(bits, how);
    }
  };

 private:
  static void stumble() noexcept {
    static thread_local sluice::random_source chance(Base::thread_id());
    if (chance.below(64) == 0) Base::yield();
  }
};

using jittery_atomics = jittery<>;
static_assert(sluice::atomics_policy<jittery_atomics>);

}  // namespace support
