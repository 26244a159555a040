// seats — one record for each participant of a domain, kept when it leaves and used again.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>

namespace sluice::detail {

/// What a record inherits to stand in a `seat_list`. It begins as a taken one, and brings `try_take` and
/// `is_taken`, with an edge from whoever gives the seat up to whoever takes it.
template <class Record, atomics_policy Atomics>
class seat {
 public:
  /// The one that was enrolled before; the same for ever.
  [[nodiscard]] auto next() const noexcept -> Record* {
    return behind_.read([](auto& next) { return next; });
  }

 private:
  template <class, atomics_policy>
  friend class seat_list;
  typename Atomics::template cell<Record*> behind_;
};

/// The seats of a domain; a participant owns one.
///
/// Progress   lock-free; `take` allocates when no seat is free.
/// Invariant  A record, once made, stays in the list until the list goes.
/// Edges      enrol  records_ release -> records_ acquire  a record is complete before it can be seen.
///            On either side the order is seq_cst where a record that is missed is an announcement
///            missed: see the domains.
/// Threads    Every member may be called by any thread at any time.
template <class Record, atomics_policy Atomics>
class seat_list {
 public:
  /// `owner` is named when the list goes while a seat is taken, which ends the program.
  explicit seat_list(std::string_view owner) noexcept : owner_(owner) {}
  seat_list(seat_list const&) = delete;
  auto operator=(seat_list const&) -> seat_list& = delete;
  ~seat_list() {  // all participants have left before
    for (auto* at = first(relaxed); at != nullptr;) {
      if (at->is_taken()) terminate_misuse(owner_, "destroyed while a participant is still joined");
      Atomics::deallocate(std::exchange(at, at->next()));
    }
  }

  /// A seat that was given up, else a fresh one.
  /// Throws    `std::bad_alloc`, having changed nothing.
  [[nodiscard]] auto take() -> Record& {
    for (auto* at = first(acquire); at != nullptr; at = at->next())  // enrol
      if (at->try_take()) return *at;
    auto* fresh = Atomics::template allocate<Record>();
    size_.fetch_add(1, relaxed);
    auto* rest = records_.load(relaxed);
    do fresh->behind_.write([&](auto& next) { next = rest; });
    while (!records_.compare_exchange_weak(rest, fresh, seq_cst, relaxed));  // enrol
    return *fresh;
  }

  /// The one that was enrolled last; `next` leads to the others.
  [[nodiscard]] auto first(std::memory_order order) const noexcept -> Record* {
    return records_.load(order);  // enrol
  }

  /// Seats that exist, taken or not.
  [[nodiscard]] auto size() const noexcept -> std::size_t { return size_.load(relaxed); }

 private:
  alignas(cache_line) typename Atomics::template atomic<Record*> records_{nullptr};
  typename Atomics::template atomic<std::size_t> size_{0};
  std::string_view owner_;
};

}  // namespace sluice::detail
