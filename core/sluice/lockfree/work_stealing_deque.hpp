// work_stealing_deque — its owner works at one end, thieves take from the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/lockfree/detail/ring_slots.hpp>

namespace sluice {

/// Why a thief went away with nothing.
enum class steal_miss : std::uint8_t {
  empty,  ///< there was nothing to steal
  lost,   ///< there was, and somebody else took it: worth another try
};

/// A deque that grows as needed. The owner takes the newest item first, thieves take the oldest.
///
/// Progress   wait-free for the owner, but for the allocation in a push that grows; a thief's steal is
///            wait-free too, since it reports a lost race instead of trying again.
/// Invariant  Items are those with indices in [top, bottom); top never falls. Each is handed out once:
///            by the exchange of top, or, when more than one is left, by the owner's lowering of bottom.
/// Edges      publish  bottom_ release -> bottom_ seq_cst   an item, and what it points to, is complete
///            claim    top_ release -> top_ seq_cst, acquire   an item's slot may be used again
///            grow     buffer_ release -> buffer_ acquire   the copied items are complete
///            Take is "lower bottom, then look at top", steal is "look at top, then at bottom": one of
///            the two must see the other, or both take the last item. Only the total order of seq_cst
///            promises that (store buffering); acquire and release would let both look too early. The
///            exchanges of top need not be in it: the looks that find them put them in order.
/// Bound      A buffer that was outgrown lives as long as the deque, since a thief may be reading it:
///            all of them together are smaller than the present one.
/// Threads    push, take and steal_batch's `into` by the owner only; steal by any thread.
/// Source     Chase, Lev, "Dynamic circular work-stealing deque", 2005; orders after Lê, Pop, Cohen,
///            Zappa Nardelli, 2013, with their fences turned into orders of the accesses.
template <class T, atomics_policy Atomics = std_atomics>
  requires std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T> &&
           Atomics::template atomic<T>::is_always_lock_free
class work_stealing_deque {
 public:
  using value_type = T;

  /// Room for `capacity` items at first, rounded up to a power of two.
  /// Throws    `misuse` for 0 or more than memory could hold, else `std::bad_alloc`.
  explicit work_stealing_deque(std::size_t capacity = 64)
      : buffer_(Atomics::template allocate<buffer>(
            detail::ring_capacity("work_stealing_deque", capacity, 1, sizeof(slot)), nullptr)) {}

  work_stealing_deque(work_stealing_deque const&) = delete;
  auto operator=(work_stealing_deque const&) -> work_stealing_deque& = delete;

  /// Forgets what is left inside: the deque does not own what its items point to.
  ~work_stealing_deque() {
    for (auto* at = buffer_.load(relaxed); at != nullptr;)  // owner and thieves have left before
      Atomics::deallocate(std::exchange(at, at->outgrown));
  }

  /// Owner only.
  /// Throws    `std::bad_alloc` when it had to grow and could not; the deque is then as it was.
  void push(T item) {
    auto const bottom = bottom_.load(relaxed);  // only the owner writes bottom_
    auto const top = top_.load(acquire);        // claim; weaker, a thief could read what is put in
                                                // a slot later: load buffering, which no test shows
    auto* items = buffer_.load(relaxed);        // only the owner writes buffer_
    if (bottom - top >= items->capacity())
      items = grow(*items, top, bottom, items->slots.size() * 2);
    (*items)[bottom].store(item, relaxed);
    bottom_.store(bottom + 1, release);         // publish
  }

  /// Owner only. The newest item, or nothing when empty.
  [[nodiscard]] auto take() noexcept -> std::optional<T> {
    auto const bottom = bottom_.load(relaxed) - 1;
    auto* items = buffer_.load(relaxed);
    if (bottom < top_.load(relaxed)) return std::nullopt;  // top only rises: surely empty
    bottom_.store(bottom, seq_cst);                        // publish, before the look at top
    auto top = top_.load(seq_cst);                         // claim
    if (top > bottom) {                                    // thieves have taken all
      bottom_.store(bottom + 1, relaxed);                  // nothing new is published
      return std::nullopt;
    }
    auto const item = (*items)[bottom].load(relaxed);
    if (top < bottom) return item;
    // The last one: whoever moves top on has it. Back to an empty deque either way; relaxed, since
    // a thief that trusts this bottom has an old top, and its exchange will fail.
    auto const won = top_.compare_exchange_strong(top, top + 1, relaxed, relaxed);
    bottom_.store(bottom + 1, relaxed);
    return won ? std::optional<T>(item) : std::nullopt;
  }

  /// Owner only, where there are no thieves. The newest item, or nothing when empty: without the exchange that
  /// keeps thieves out.
  [[nodiscard]] auto take_alone() noexcept -> std::optional<T> {
    auto const bottom = bottom_.load(relaxed) - 1;
    if (bottom < top_.load(relaxed)) return std::nullopt;
    bottom_.store(bottom, relaxed);
    return (*buffer_.load(relaxed))[bottom].load(relaxed);
  }

  /// Any thread. The oldest item.
  [[nodiscard]] auto steal() noexcept -> std::expected<T, steal_miss> {
    auto top = top_.load(seq_cst);                // claim
    auto const bottom = bottom_.load(seq_cst);    // publish, after the look at top
    if (top >= bottom) return std::unexpected(steal_miss::empty);
    auto* items = buffer_.load(acquire);          // grow
    auto const item = (*items)[top].load(relaxed);
    if (!top_.compare_exchange_strong(top, top + 1, release, relaxed))  // claim
      return std::unexpected(steal_miss::lost);
    return item;
  }

  /// Owner of `into` only. Steals up to half of what is here, at most `limit` items: returns the
  /// oldest and leaves the others in `into`. With a limit of 0 it takes nothing and answers
  /// `empty`. With empty tasks, thieves that come for one item at a time cost more than they bring.
  /// Throws    as `into.reserve`, before anything is stolen.
  [[nodiscard]] auto steal_batch(work_stealing_deque& into, std::size_t limit)
      -> std::expected<T, steal_miss> {
    if (limit == 0) return std::unexpected(steal_miss::empty);
    auto const half = (size_hint() + 1) / 2;
    auto wanted = half < limit ? half : limit;
    if (wanted > 1) into.reserve(wanted - 1);
    auto first = steal();
    if (!first) return first;
    for (; wanted > 1; --wanted) {
      auto const next = steal();
      if (!next) break;
      into.push(*next);
    }
    return first;
  }

  /// Owner only. Makes room for `more` items beyond those inside, so that pushing them cannot throw.
  /// Throws    `misuse` for more than memory could hold, else `std::bad_alloc`; the deque is then
  ///           as it was.
  void reserve(std::size_t more) {
    auto const bottom = bottom_.load(relaxed);
    auto const top = top_.load(relaxed);  // no slot is filled here
    auto& items = *buffer_.load(relaxed);
    auto const inside = static_cast<std::size_t>(bottom - top);
    constexpr auto impossible = ~std::size_t{0};
    if (more <= items.slots.size() - inside) return;
    grow(items, top, bottom, more < impossible - inside ? inside + more : impossible);
  }

  /// Any thread. How many items there were at some moment; others may come and go meanwhile.
  [[nodiscard]] auto size_hint() const noexcept -> std::size_t {
    auto const top = top_.load(acquire);  // claim: a bottom that is at least what the thief has seen
    auto const bottom = bottom_.load(relaxed);
    return bottom > top ? static_cast<std::size_t>(bottom - top) : 0;
  }

  /// Any thread. A number that the oldest item had at some moment, and no other item has: while it stays the same, nobody
  /// has taken that one.
  [[nodiscard]] auto oldest_number() const noexcept -> std::int64_t { return top_.load(relaxed); }

 private:
  using slot = typename Atomics::template atomic<T>;  // a thief may read one that is being refilled

  struct buffer {
    buffer(std::size_t capacity, buffer* previous) : slots(capacity), outgrown(previous) {}
    auto capacity() const noexcept -> std::int64_t {
      return static_cast<std::int64_t>(slots.size());
    }
    auto operator[](std::int64_t at) noexcept -> slot& {
      return slots[static_cast<std::uint64_t>(at)];
    }
    detail::ring_slots<slot, at_run_time, Atomics> slots;
    buffer* outgrown;
  };

  [[gnu::noinline]] auto grow(buffer& old, std::int64_t top, std::int64_t bottom, std::size_t wanted) -> buffer* {
    auto* wider = Atomics::template allocate<buffer>(
        detail::ring_capacity("work_stealing_deque", wanted, 1, sizeof(slot)), &old);
    for (auto at = top; at != bottom; ++at) (*wider)[at].store(old[at].load(relaxed), relaxed);
    buffer_.store(wider, release);  // grow
    return wider;
  }

  alignas(cache_line) typename Atomics::template atomic<std::int64_t> top_{0};     // the thieves' line
  alignas(cache_line) typename Atomics::template atomic<std::int64_t> bottom_{0};  // the owner's line
  typename Atomics::template atomic<buffer*> buffer_;
};

}  // namespace sluice
