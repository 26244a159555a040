#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <limits>

#include <sluice/lockfree/atomic_value.hpp>
#include <sluice/lockfree/seqlock.hpp>
#include <sluice/model/explore.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/numbers.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using model::atomics;

namespace {

/// Two halves that belong together.
struct both {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};
auto twice(std::int64_t number) -> both {
  auto const half = static_cast<std::uint64_t>(number);
  return {half, half};
}
auto number(both const& value) -> std::int64_t {
  constexpr auto torn = std::numeric_limits<std::int64_t>::min();
  return value.first == value.second ? static_cast<std::int64_t>(value.first) : torn;
}

/// A number in an atomic_value, for threads that have joined its domain.
template <template <atomics_policy> class Domain>
struct value_world {
  using spec = model::register_spec;
  using value_type = atomic_value<both, Domain, atomics>;
  static auto model() -> spec { return spec(0); }

  struct seat : support::updated_number<seat> {
    explicit seat(value_world& in) : me(in.domain.join()), value(in.value) {}
    auto load() -> std::int64_t { return number(value.load(me)); }
    void store(std::int64_t to) { value.store(me, twice(to)); }
    auto exchange(std::int64_t to) -> std::int64_t { return number(value.exchange(me, twice(to))); }
    void update(auto&& change) {
      value.update(me, [&](both const& old) { return twice(change(number(old))); });
    }
    typename value_type::participant me;
    value_type& value;
  };

  auto join() { return seat(*this); }
  auto play(seat& mine, spec::operation const& call) -> spec::operation { return support::perform(mine, call); }

  Domain<atomics> domain;
  value_type value{domain, both{}};
};

/// The same in a seqlock.
struct seqlock_world : support::updated_number<seqlock_world> {
  using spec = model::register_spec;
  static auto model() -> spec { return spec(0); }

  auto load() -> std::int64_t { return number(value.load()); }
  void store(std::int64_t to) { value.store(twice(to)); }
  void update(auto&& change) {
    value.update([&](both& held) { held = twice(change(number(held))); });
  }

  auto join() { return support::no_seat{}; }
  auto play(auto&, spec::operation const& call) -> spec::operation { return support::perform(*this, call); }

  seqlock<both, atomics> value{both{}};
};

}  // namespace

TEST_CASE("a reader of an atomic_value finds a whole value, in every execution", "[everyday][lockfree][model][N4]") {
  support::explored("atomic_value").all_ways([](model::execution& run) {
    hazard_domain<atomics> domain;
    {
      atomic_value<both, hazard_domain, atomics> value{domain, both{1, 1}};
      run.thread([&] {
        auto me = domain.join();
        value.store(me, both{2, 2});
      });
      run.thread([&] {
        auto me = domain.join();
        auto const seen = value.load(me);
        run.check(seen.first == seen.second, "both halves are of one value");
      });
      run.join();
      auto me = domain.join();
      run.check(value.load(me).first == 2, "the store stays");
    }
  });
}

TEST_CASE("a reader of a seqlock finds a whole value, in every execution", "[everyday][lockfree][model][N4]") {
  support::explored("seqlock").all([](model::execution& run) {
    seqlock<both, atomics> value{both{1, 1}};
    run.thread([&] { value.store(both{2, 2}); });
    run.thread([&] {
      auto const seen = value.load();
      run.check(seen.first == seen.second, "both halves are of one value");
    });
    run.join();
    run.check(value.load().second == 2, "the store stays");
  });
}

TEST_CASE("an update of a seqlock loses nothing to another one, and shows no half of it", "[everyday][lockfree][model][N4]") {
  auto const step = [](both& value) {
    ++value.first;
    ++value.second;
  };
  support::explored("seqlock").all([=](model::execution& run) {
    seqlock<both, atomics> value{both{1, 1}};
    run.thread([&] { value.update(step); });
    run.thread([&] { value.update(step); });
    run.join();
    run.check(value.load().first == 3 && value.load().second == 3, "both steps were made");
  });
  support::explored("seqlock").all([=](model::execution& run) {
    seqlock<both, atomics> value{both{1, 1}};
    run.thread([&] { value.update(step); });
    run.thread([&] {
      auto const seen = value.load();
      run.check(seen.first == seen.second, "both halves are of one value");
    });
    run.join();
  });
}

TEST_CASE("what an exchange or an update of an atomic_value takes out is not freed under a reader", "[everyday][lockfree][model][N4][D5]") {
  auto const beside_a_reader = [](auto change) {
    support::explored("atomic_value").all([=](model::execution& run) {
      hazard_domain<atomics> domain;
      atomic_value<both, hazard_domain, atomics> value{domain, both{1, 1}};
      auto reader = domain.join(), writer = domain.join();
      run.thread([&] {
        auto const seen = value.load(reader);
        run.check(seen.first == seen.second, "both halves are of one value");
      });
      run.thread([&] {
        change(value, writer);
        writer.reclaim();
      });
      run.join();
      run.check(value.load(reader).first == 2, "the change stays");
    });
  };
  beside_a_reader([](auto& value, auto& me) { (void)value.exchange(me, both{2, 2}); });
  beside_a_reader([](auto& value, auto& me) { value.update(me, [](both const& old) { return both{old.first + 1, old.second + 1}; }); });
}

TEST_CASE("an update of an atomic_value loses nothing to another one", "[everyday][lockfree][model][N4]") {
  support::explored("atomic_value").all_ways([](model::execution& run) {
    hazard_domain<atomics> domain;
    atomic_value<both, hazard_domain, atomics> value{domain, both{1, 1}};
    for (int thread = 0; thread < 2; ++thread)
      run.thread([&] {
        auto me = domain.join();
        value.update(me, [](both const& old) { return both{old.first + 1, old.second}; });
      });
    run.join();
    auto me = domain.join();
    run.check(value.load(me).first == 3, "both steps were made");
  });
}

TEST_CASE("programs drawn from a seed find an atomic_value as it should be", "[everyday][lockfree][model][N4][D5]") {
  support::play_drawn<value_world<hazard_domain>>(support::explored("atomic_value"), support::everyday_runs, 3, {});
  support::play_drawn<value_world<epoch_domain>>(support::explored("atomic_value"), support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find an atomic_value as it should be, many times", "[deep][lockfree][model][N4][D5]") {
  support::play_drawn<value_world<hazard_domain>>(support::explored("atomic_value"), support::deep_runs, 3, {});
  support::play_drawn<value_world<epoch_domain>>(support::explored("atomic_value"), support::deep_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a seqlock as it should be", "[everyday][lockfree][model][N4]") {
  support::play_drawn<seqlock_world>(support::explored("seqlock"), support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a seqlock as it should be, many times", "[deep][lockfree][model][N4]") {
  support::play_drawn<seqlock_world>(support::explored("seqlock"), support::deep_runs, 3, {});
}
