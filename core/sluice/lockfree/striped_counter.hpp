// striped_counter — a counter that threads add to without meeting.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>

namespace sluice {

namespace detail {

/// Small numbers for those at work: nobody else has mine while I have it, and given back it is given
/// out again, so they stay as small as the crowd was at its largest.
///
/// Progress   lock-free; allocates when no number is free.
/// Invariant  A seat, once made, stays in the list and keeps its number: how many came before it.
/// Edges      seat   taken release -> taken acquire    what belongs to a number, as its last owner left it
///            enrol  seats_ release -> seats_ acquire  a seat is complete before it can be seen
template <atomics_policy Atomics>
class numbered_seats {
 public:
  struct seat {
    struct constants {
      seat* behind = nullptr;
      std::uint64_t number = 0;
    };
    typename Atomics::template cell<constants> once_enrolled;
    typename Atomics::template atomic<bool> taken{true};

    auto read() const noexcept -> constants {
      return once_enrolled.read([](auto& constants) { return constants; });
    }
  };

  numbered_seats() = default;
  numbered_seats(numbered_seats const&) = delete;
  auto operator=(numbered_seats const&) -> numbered_seats& = delete;
  ~numbered_seats() {
    for (auto* at = seats_.load(relaxed); at != nullptr;)  // all that sat here came before
      Atomics::deallocate(std::exchange(at, at->read().behind));
  }

  /// Throws    `std::bad_alloc`, having changed nothing.
  [[nodiscard]] auto take() -> seat& {
    for (auto* at = seats_.load(acquire); at != nullptr; at = at->read().behind) {  // enrol
      bool taken = at->taken.load(relaxed);
      if (!taken && at->taken.compare_exchange_strong(taken, true, acquire, relaxed))  // seat
        return *at;
    }
    auto* const fresh = Atomics::template allocate<seat>();
    auto* rest = seats_.load(acquire);  // enrol
    do {
      auto const before = rest == nullptr ? 0 : rest->read().number + 1;
      fresh->once_enrolled.write([&](auto& constants) { constants = {rest, before}; });
    } while (!seats_.compare_exchange_weak(rest, fresh, release, acquire));  // enrol
    return *fresh;
  }
  static void give_up(seat& mine) noexcept { mine.taken.store(false, release); }  // seat

 private:
  typename Atomics::template atomic<seat*> seats_{nullptr};
};

/// A number of the program's, had for as long as this lives; and the place of what belongs to it, where
/// that is kept in chunks of 1, 2, 4, …
template <atomics_policy Atomics>
class numbered_seat {
 public:
  numbered_seat() : mine_(&Atomics::template per_program<numbered_seats<Atomics>>().take()) {
    auto const place = mine_->read().number + 1;
    chunk_ = static_cast<std::size_t>(std::bit_width(place)) - 1;
    at_ = static_cast<std::size_t>(place - (std::uint64_t{1} << chunk_));
  }
  numbered_seat(numbered_seat&& other) noexcept
      : mine_(std::exchange(other.mine_, nullptr)), chunk_(other.chunk_), at_(other.at_) {}
  auto operator=(numbered_seat other) noexcept -> numbered_seat& {
    std::swap(mine_, other.mine_);
    std::swap(chunk_, other.chunk_);
    std::swap(at_, other.at_);
    return *this;
  }
  ~numbered_seat() {
    if (mine_ != nullptr) numbered_seats<Atomics>::give_up(*mine_);
  }

  [[nodiscard]] auto chunk() const noexcept -> std::size_t { return chunk_; }
  [[nodiscard]] auto at() const noexcept -> std::size_t { return at_; }

 private:
  typename numbered_seats<Atomics>::seat* mine_;
  std::size_t chunk_ = 0;
  std::size_t at_ = 0;
};

}  // namespace detail

/// A 64-bit counter made of stripes, one for each participant: adding is a load and a store of a line
/// that no other thread writes, and so costs the same however many add. Wraps modulo 2^64.
///
///     striped_counter served;
///     served.increment();                              // any thread, by a stripe of its own
///     auto mine = served.join();                       // or as a participant: for a modelled thread,
///     mine.add(12);                                    // or where every nanosecond counts
///     std::puts(std::to_string(served.sum()).c_str());
///
/// Progress   wait-free but for the first addition of a thread, which is lock-free and may allocate.
/// Order      relaxed throughout: the counter orders nothing. `sum` is exact for what happens before
///            it, as when all that add have been joined; what is added meanwhile it may see or miss,
///            of one thread and not of another, so it need not be a number there was at any moment.
/// Edges      grow  chunks_ release -> chunks_ acquire  stripes begin at 0 before they can be seen
///            seat  of the number that a stripe belongs to: the next owner goes on where the last stopped
/// Bound      memory for twice as many stripes as there ever were threads and participants, of this
///            counter or of others, at one time. A stripe outlives its owner and keeps its count.
/// Threads    Every member may be called by any thread at any time; not from the destructor of an
///            object of the thread. A participant serves one thread at a time.
/// Lifetime   The counter outlives its participants; else the program ends.
template <atomics_policy Atomics = std_atomics>
class basic_striped_counter {
 public:
  class participant;

  basic_striped_counter() = default;
  basic_striped_counter(basic_striped_counter const&) = delete;
  auto operator=(basic_striped_counter const&) -> basic_striped_counter& = delete;
  ~basic_striped_counter() {
    if (auto const left = joined_.load(relaxed); left != 0)
      terminate_misuse("striped_counter", "destroyed with " + std::to_string(left) + " participants");
    for (std::size_t at = 0; at < chunks_.size(); ++at)  // all that added came before
      if (auto* const stripes = chunks_[at].load(relaxed))
        Atomics::deallocate_array(stripes, std::size_t{1} << at);
  }

  /// Takes a stripe, and gives it back when the participant goes.
  /// Throws    `std::bad_alloc`, having changed nothing.
  [[nodiscard]] auto join() -> participant { return participant(*this); }

  /// Adds to the calling thread's stripe.
  /// Throws    `std::bad_alloc` in the first call of a thread, having added nothing.
  void add(std::uint64_t by) {
    stripe_of(Atomics::template per_thread<detail::numbered_seat<Atomics>>()).add(by);
  }
  void increment() { add(1); }

  /// All that was added; see Order for what that means while others add.
  [[nodiscard]] auto sum() const noexcept -> std::uint64_t {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < chunks_.size(); ++at)
      if (auto const* const stripes = chunks_[at].load(acquire))  // grow
        for (std::size_t each = 0; each < std::size_t{1} << at; ++each)
          sum += stripes[each].count.load(relaxed);
    return sum;
  }

  /// Stripes there is memory for: the number that Bound bounds.
  [[nodiscard]] auto stripes() const noexcept -> std::size_t {
    std::size_t sum = 0;
    for (std::size_t at = 0; at < chunks_.size(); ++at)
      if (chunks_[at].load(relaxed) != nullptr) sum += std::size_t{1} << at;
    return sum;
  }

 private:
  struct alignas(cache_line) stripe {
    void add(std::uint64_t by) noexcept {
      count.store(count.load(relaxed) + by, relaxed);  // only its owner writes it
    }
    typename Atomics::template atomic<std::uint64_t> count{0};
  };

  /// Chunk k holds the stripes of the numbers from 2^k - 1 on, 2^k of them.
  auto stripe_of(detail::numbered_seat<Atomics> const& seat) -> stripe& {
    auto* stripes = chunks_[seat.chunk()].load(acquire);  // grow
    if (stripes == nullptr) [[unlikely]] stripes = grow(seat.chunk());
    return stripes[seat.at()];
  }

  [[gnu::noinline]] auto grow(std::size_t chunk) -> stripe* {  // out of the way of `add`
    auto* const fresh = Atomics::template allocate_array<stripe>(std::size_t{1} << chunk);
    stripe* there = nullptr;
    if (chunks_[chunk].compare_exchange_strong(there, fresh, release, acquire)) return fresh;  // grow
    Atomics::deallocate_array(fresh, std::size_t{1} << chunk);
    return there;
  }

  std::array<typename Atomics::template atomic<stripe*>, 32> chunks_{};
  typename Atomics::template atomic<std::size_t> joined_{0};
};

/// The right to add to one stripe. Move-only; to add by one that was moved from is misuse, and ends
/// the program.
template <atomics_policy Atomics>
class basic_striped_counter<Atomics>::participant {
 public:
  void add(std::uint64_t by) noexcept {
    if (mine_ == nullptr) [[unlikely]]
      terminate_misuse("striped_counter", "added to by a participant that was moved from");
    mine_->add(by);
  }
  void increment() noexcept { add(1); }

  participant(participant&& other) noexcept
      : of_(std::exchange(other.of_, nullptr)),
        seat_(std::move(other.seat_)),
        mine_(std::exchange(other.mine_, nullptr)) {}
  auto operator=(participant other) noexcept -> participant& {
    std::swap(of_, other.of_);
    std::swap(seat_, other.seat_);
    std::swap(mine_, other.mine_);
    return *this;
  }
  ~participant() {
    if (of_ != nullptr) of_->joined_.fetch_sub(1, relaxed);
  }

 private:
  friend class basic_striped_counter;
  explicit participant(basic_striped_counter& of)
      : of_(&of), mine_(&of.stripe_of(seat_)) {
    of.joined_.fetch_add(1, relaxed);
  }

  basic_striped_counter* of_;
  detail::numbered_seat<Atomics> seat_;
  stripe* mine_;
};

using striped_counter = basic_striped_counter<>;

}  // namespace sluice
