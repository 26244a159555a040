// mpsc_queue — many threads hand objects to one, without allocating.
#pragma once

#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>

namespace sluice {

/// What an object inherits to stand in an `mpsc_queue`; in one at a time.
template <atomics_policy Atomics = std_atomics>
class mpsc_hook {
 protected:
  mpsc_hook() = default;
  mpsc_hook(mpsc_hook const&) noexcept {}
  auto operator=(mpsc_hook const&) noexcept -> mpsc_hook& { return *this; }
  ~mpsc_hook() = default;

 private:
  template <class, atomics_policy>
  friend class mpsc_queue;
  typename Atomics::template cell<mpsc_hook*> next_;
};

/// An intrusive FIFO of objects that derive from `mpsc_hook`.
///
/// Newcomers are put on a stack; the consumer takes the whole stack at once, turns it round and works
/// it off. The stack is only ever emptied as a whole, so a returning address can do no harm.
///
/// Progress   push lock-free, try_pop wait-free but for the turning, which is O(1) an object.
/// Edges      publish  newest_ release -> newest_ acquire  an object is complete before it can be seen
/// Threads    push by any thread, also while it is being emptied; the rest by the consumer only.
///            Linearizable, "empty" included.
/// Lifetime   The queue owns nothing; an object lives until it has been popped. Destroying a queue
///            with objects inside is misuse, and ends the program.
/// Source     Treiber, "Systems programming: coping with parallelism", 1986, for the stack.
template <class T, atomics_policy Atomics = std_atomics>
class mpsc_queue {
 public:
  using value_type = T;

  mpsc_queue() = default;
  mpsc_queue(mpsc_queue const&) = delete;
  auto operator=(mpsc_queue const&) -> mpsc_queue& = delete;
  ~mpsc_queue() {
    if (!empty()) terminate_misuse("mpsc_queue", "destroyed with objects inside");
  }

  /// Any thread. Returns true when the queue's newcomers were none before: the consumer may be asleep.
  auto push(T& object) noexcept -> bool {
    hook* newest = newest_.load(relaxed);
    do set_next(object, newest);
    while (!newest_.compare_exchange_weak(newest, &object, release, relaxed));  // publish
    return newest == nullptr;
  }

  /// Consumer only. The object that has waited longest, or null when empty.
  [[nodiscard]] auto try_pop() noexcept -> T* {
    return oldest_.write([&](hook*& oldest) -> T* {
      if (oldest == nullptr) oldest = newcomers_in_turn();
      if (oldest == nullptr) return nullptr;
      return static_cast<T*>(std::exchange(oldest, next_of(*oldest)));
    });
  }

  /// Consumer only.
  [[nodiscard]] auto empty() const noexcept -> bool {
    return oldest_.read([](hook* oldest) { return oldest == nullptr; }) &&
           newest_.load(relaxed) == nullptr;  // whoever wants one pops it
  }

 private:
  using hook = mpsc_hook<Atomics>;

  static void set_next(hook& of, hook* next) noexcept {
    of.next_.write([&](auto& link) { link = next; });
  }
  static auto next_of(hook const& of) noexcept -> hook* {
    return of.next_.read([](auto& link) { return link; });
  }

  auto newcomers_in_turn() noexcept -> hook* {
    if (newest_.load(relaxed) == nullptr) return nullptr;  // spares the line an exchange
    hook* in_turn = nullptr;
    for (auto* at = newest_.exchange(nullptr, acquire); at != nullptr;) {  // publish
      auto* const next = next_of(*at);
      set_next(*at, std::exchange(in_turn, at));
      at = next;
    }
    return in_turn;
  }

  // The producers' line, and the consumer's.
  alignas(cache_line) typename Atomics::template atomic<hook*> newest_{nullptr};
  alignas(cache_line) typename Atomics::template cell<hook*> oldest_{std::in_place, nullptr};
};

}  // namespace sluice
