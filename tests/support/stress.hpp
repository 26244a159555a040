// stress — many operations by threads on one structure, and what must be true when they are over.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <sluice/atomics/backoff.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/random.hpp>
#include <sluice/model/history.hpp>
#include <tests/support/effort.hpp>
#include <tests/support/random_programs.hpp>
#include <tests/support/thread_crew.hpp>

namespace support {

/// How many operations a structure goes through.
inline constexpr auto stress_operations = full_size(std::uint64_t{100'000'000});

/// Values by number, sum, sum of squares and bits: a value lost, doubled or changed shows in one of them.
struct tally {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;  // these two wrap
  std::uint64_t bits = 0;     // of an odd number of values

  void add(std::uint64_t value) noexcept {
    ++count;
    sum += value;
    squares += value * value;
    bits ^= value;
  }
  auto operator+=(tally const& other) noexcept -> tally& {
    count += other.count;
    sum += other.sum;
    squares += other.squares;
    bits ^= other.bits;
    return *this;
  }
  auto operator==(tally const&) const -> bool = default;
};

/// What went into a structure and what came out of it again.
struct passage {
  tally in;
  tally out;
  std::uint64_t disorders = 0;  ///< values that came behind a later one of the same thread

  auto operator+=(passage const& other) noexcept -> passage& {
    in += other.in;
    out += other.out;
    disorders += other.disorders;
    return *this;
  }
};

/// What one thread puts in and takes out. Its values say who it is and rise.
class alignas(sluice::cache_line) traveller {
 public:
  explicit traveller(unsigned who) : who_(who) {}

  /// The value to push next; `pushed` when it is inside.
  [[nodiscard]] auto next() const noexcept -> std::uint64_t { return (who_ << number_bits) + number_; }
  auto pushed(bool inside) noexcept -> bool {
    if (inside) seen_.in.add(next()), ++number_;
    return inside;
  }
  auto popped(std::optional<std::uint64_t> const& value) noexcept -> bool {
    if (!value) return false;
    seen_.out.add(*value);
    auto& latest = latest_[(*value >> number_bits) % latest_.size()];
    if (std::exchange(latest, *value) >= *value) ++seen_.disorders;
    return true;
  }
  [[nodiscard]] auto seen() const noexcept -> passage const& { return seen_; }

 private:
  static constexpr unsigned number_bits = 48;

  std::uint64_t who_;
  std::uint64_t number_ = 1;
  std::array<std::uint64_t, sluice::model::most_threads> latest_{};  // of each thread
  passage seen_;
};

/// `threads` threads push and pop as chance has it, until about `operations` altogether have succeeded.
/// One that only pops goes on until there can be nothing more. What is left in the end is taken out by
/// the calling thread, or by that of the sole taker.
///
/// `hand(who)` is what a thread holds while it works: with `try_push(std::uint64_t)` and `try_pop()`.
auto pass_through(unsigned threads, std::uint64_t operations, roles allowed, auto&& hand) -> passage {
  std::vector<traveller> crew;
  for (unsigned who = 0; who < threads; ++who) crew.emplace_back(who);
  std::atomic<unsigned> giving{0};
  for (unsigned who = 0; who < threads; ++who) giving += allowed.may_give(who) ? 1 : 0;
  auto const share = (operations + giving - 1) / giving;  // of one that gives, and takes as well
  run_together(threads, [&](unsigned who) {
    auto mine = hand(who);
    auto& me = crew[who];
    auto const push = [&] { return me.pushed(mine.try_push(me.next())); };
    auto const pop = [&] { return me.popped(mine.try_pop()); };
    sluice::backoff wait;
    auto const patiently = [&](bool done) {
      if (done) wait.reset();
      else wait();
      return done;
    };
    if (!allowed.may_give(who)) {
      while (giving.load(std::memory_order_acquire) > 0) patiently(pop());
      while (pop()) {}
      return;
    }
    sluice::random_source chance(who);
    for (auto left = allowed.may_take(who) ? share : (share + 1) / 2; left > 0;) {
      auto bits = allowed.may_take(who) ? chance.next() : ~std::uint64_t{0};
      for (unsigned some = 64; some > 0 && left > 0; --some, bits >>= 1)
        if (patiently((bits & 1) != 0 ? push() : pop())) --left;
    }
    giving.fetch_sub(1, std::memory_order_acq_rel);
  });
  passage sum;
  for (auto const& one : crew) sum += one.seen();
  if (allowed.may_take(threads)) {  // whoever is not of the crew
    auto rest = hand(threads);
    traveller last(threads);
    while (last.popped(rest.try_pop())) {}
    sum.out += last.seen().out;
  }
  return sum;
}

/// A structure that every thread may use as it is.
template <class Structure>
class shared_hand {
 public:
  explicit shared_hand(Structure& structure) : structure_(&structure) {}
  auto try_push(std::uint64_t value) -> bool { return structure_->try_push(std::move(value)); }
  auto try_pop() -> std::optional<std::uint64_t> { return structure_->try_pop(); }

 private:
  Structure* structure_;
};

/// A structure over a reclamation domain that the thread joins, and leaves again.
template <class Structure>
class joined_hand {
 public:
  joined_hand(typename Structure::domain_type& domain, Structure& structure)
      : me_(domain.join()), structure_(&structure) {}
  auto try_push(std::uint64_t value) -> bool { return structure_->try_push(me_, std::move(value)); }
  auto try_pop() -> std::optional<std::uint64_t> { return structure_->try_pop(me_); }

 private:
  typename Structure::participant me_;
  Structure* structure_;
};

}  // namespace support
