// random_programs — small programs drawn from a seed: which thread calls what, with which argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <sluice/base/random.hpp>
#include <sluice/model/sequential_specs.hpp>

namespace support {

/// Of each thread, the calls it makes, without answers. Who runs it is another matter: threads of the
/// machine, threads of a model, or one thread in any order.
template <class Operation>
using program = std::vector<std::vector<Operation>>;

/// Which threads may do what: bit u stands for thread u.
struct roles {
  std::uint32_t give = ~0U;  ///< push, store, release
  std::uint32_t take = ~0U;  ///< pop, load, acquire

  [[nodiscard]] auto may_give(unsigned who) const -> bool { return (give >> who & 1U) != 0; }
  [[nodiscard]] auto may_take(unsigned who) const -> bool { return (take >> who & 1U) != 0; }
};

/// One producer, thread 0, and one consumer, thread 1.
inline constexpr roles one_to_one{.give = 1U, .take = 2U};
/// Thread 0 alone takes, the others give.
inline constexpr roles many_to_one{.give = ~1U, .take = 1U};
/// Thread 0 alone gives, the others take.
inline constexpr roles one_to_many{.give = 1U, .take = ~1U};

/// What a call is drawn from: chance, who makes it, and a value that no other call of the program has.
struct draw_from {
  sluice::random_source& random;
  unsigned who;
  std::int64_t fresh;
  roles allowed;

  [[nodiscard]] auto chance(std::uint64_t percent) const -> bool { return random.below(100) < percent; }
  [[nodiscard]] auto below(std::int64_t bound) const -> std::int64_t {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(bound)));
  }
  /// Whether the next call shall give rather than take.
  [[nodiscard]] auto gives(std::uint64_t percent = 50) const -> bool {
    if (!allowed.may_take(who)) return true;
    return allowed.may_give(who) && chance(percent);
  }
};

inline auto draw_call(sluice::model::container_spec const&, draw_from from)
    -> sluice::model::container_call {
  using spec = sluice::model::container_spec;
  return from.gives() ? spec::push(from.fresh) : spec::pop();
}

/// Thread 0 is the owner.
inline auto draw_call(sluice::model::deque_spec const&, draw_from from) -> sluice::model::deque_call {
  using spec = sluice::model::deque_spec;
  if (from.who != 0) return spec::steal();
  return from.chance(60) ? spec::push(from.fresh) : spec::take();
}

/// Few values, so that exchanges which compare often succeed.
inline auto draw_call(sluice::model::register_spec const&, draw_from from)
    -> sluice::model::register_call {
  using spec = sluice::model::register_spec;
  constexpr std::int64_t values = 6;
  if (!from.gives(60)) return spec::load();
  auto const value = from.below(values);
  if (!from.allowed.may_take(from.who)) return spec::store(value);
  switch (from.random.below(4)) {
    case 0: return spec::store(value);
    case 1: return spec::exchange(value);
    case 2: return spec::fetch_add(1 + from.below(3));
    default: return spec::compare_exchange(from.below(values), value);
  }
}

inline auto draw_call(sluice::model::map_spec const& map, draw_from from) -> sluice::model::map_call {
  using spec = sluice::model::map_spec;
  auto const keys = static_cast<std::int64_t>(map.state().size() / 2);
  auto const key = static_cast<std::uint32_t>(from.below(keys));
  if (!from.gives(60)) return spec::load(key);
  switch (from.random.below(3)) {
    case 0: return spec::store(key, from.below(4));
    case 1: return spec::erase(key);
    default: return spec::compare_and_swap(key, from.below(4), from.below(4));
  }
}

/// A release may come before any acquire: who runs the program lends each thread what it gives back.
inline auto draw_call(sluice::model::semaphore_spec const&, draw_from from)
    -> sluice::model::semaphore_call {
  using spec = sluice::model::semaphore_spec;
  auto const count = 1 + from.below(2);
  return from.gives(45) ? spec::release(count) : spec::try_acquire(count);
}

/// Draws programs of the calls that a sequential model knows. Same seed, same programs.
template <class Spec>
class random_programs {
 public:
  using operation = typename Spec::operation;

  explicit random_programs(std::uint64_t seed, Spec const& spec = Spec(), roles allowed = {})
      : random_(seed), spec_(spec), allowed_(allowed) {}

  /// Each thread makes at least `least` and at most `most` calls; no two of them give the same value,
  /// as far as the model's calls have values of their own.
  auto next(unsigned threads, std::size_t least, std::size_t most) -> program<operation> {
    program<operation> drawn(threads);
    std::int64_t fresh = 0;
    for (unsigned who = 0; who < threads; ++who) {
      auto const calls = least + random_.below(most - least + 1);
      for (std::size_t at = 0; at < calls; ++at)
        drawn[who].push_back(draw_call(spec_, {random_, who, ++fresh, allowed_}));
    }
    return drawn;
  }

 private:
  sluice::random_source random_;
  Spec spec_;
  roles allowed_;
};

}  // namespace support
