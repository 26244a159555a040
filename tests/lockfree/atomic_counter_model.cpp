#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <utility>

#include <sluice/lockfree/atomic_counter.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using spec = model::register_spec;
using support::played;

namespace {

support::explored const counter("atomic_counter");

using modelled = basic_atomic_counter<model::atomics>;

struct world {
  using spec = model::register_spec;
  static auto model() -> spec { return spec(0); }

  auto join() { return support::no_seat{}; }
  auto play(auto&, spec::operation const& call) -> spec::operation {
    auto const argument = static_cast<std::uint64_t>(call.argument);
    auto answer = call;
    switch (call.what) {
      case spec::operation::verb::load: return spec::load(number(counter.load()));
      case spec::operation::verb::store: counter.store(argument); return call;
      case spec::operation::verb::exchange: answer.seen = number(counter.exchange(argument)); return answer;
      case spec::operation::verb::fetch_add: answer.seen = number(counter.fetch_add(argument)); return answer;
      case spec::operation::verb::compare_exchange: break;
    }
    auto seen = static_cast<std::uint64_t>(call.expected);
    answer.failed = !counter.compare_exchange(seen, argument);
    answer.seen = number(seen);
    return answer;
  }
  static auto number(std::uint64_t value) -> std::int64_t { return static_cast<std::int64_t>(value); }

  modelled counter;
};

/// Two threads each write one counter and then look at the other: can both miss what the other wrote?
auto both_can_miss(auto&& write, auto&& look) -> bool {
  bool missed = false;
  counter.all([&](model::execution& run) {
    modelled a{8}, b{8};
    std::uint64_t of_a = 0, of_b = 0;
    run.thread([&] { write(a); of_b = look(b); });
    run.thread([&] { write(b); of_a = look(a); });
    run.join();
    if (!run.is_abandoned()) missed = missed || (of_a == 8 && of_b == 8);
  });
  return missed;
}
auto load(modelled& of) -> std::uint64_t { return of.load(); }

}  // namespace

TEST_CASE("every change of an atomic_counter is in the total order unless it says otherwise", "[everyday][lockfree][model][N2]") {
  CHECK_FALSE(both_can_miss([](auto& a) { (void)a.add(1); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { (void)a.increment(); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { (void)a.decrement(); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { (void)a.fetch_add(1); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { (void)a.fetch_sub(1); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { (void)a.fetch_and(7); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { (void)a.fetch_or(1); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { (void)a.fetch_xor(1); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { (void)a.exchange(1); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { a.store(1); }, load));
  CHECK_FALSE(both_can_miss([](auto& a) { std::uint64_t eight = 8; (void)a.compare_exchange(eight, 1); }, load));
}

TEST_CASE("an atomic_counter takes a weaker order at its word", "[everyday][lockfree][model][N2]") {
  CHECK(both_can_miss([](auto& a) { (void)a.add(1, relaxed); }, load));
  CHECK(both_can_miss([](auto& a) { (void)a.increment(relaxed); }, load));
  CHECK(both_can_miss([](auto& a) { (void)a.decrement(relaxed); }, load));
  CHECK(both_can_miss([](auto& a) { (void)a.fetch_add(1, acq_rel); }, load));
  CHECK(both_can_miss([](auto& a) { (void)a.fetch_sub(1, acq_rel); }, load));
  CHECK(both_can_miss([](auto& a) { (void)a.fetch_and(7, acq_rel); }, load));
  CHECK(both_can_miss([](auto& a) { (void)a.fetch_or(1, acq_rel); }, load));
  CHECK(both_can_miss([](auto& a) { (void)a.fetch_xor(1, acq_rel); }, load));
  CHECK(both_can_miss([](auto& a) { (void)a.exchange(1, acq_rel); }, load));
  CHECK(both_can_miss([](auto& a) { a.store(1, release); }, load));
  CHECK(both_can_miss([](auto& a) { std::uint64_t eight = 8; (void)a.compare_exchange(eight, 1, acq_rel); }, load));
  CHECK(both_can_miss([](auto& a) { a.store(1); }, [](auto& b) { return b.load(acquire); }));
}

TEST_CASE("an atomic_counter loses no change, in any execution", "[everyday][lockfree][model][N1][N3]") {
  counter.all(played<world>({{},
                             {{spec::fetch_add(1), spec::fetch_add(2)}, {spec::fetch_add(4), spec::exchange(8)}},
                             {spec::load()}}));
  counter.all(played<world>({{spec::store(1)},
                             {{spec::compare_exchange(1, 2), spec::load()}, {spec::compare_exchange(1, 3), spec::fetch_add(1)}},
                             {spec::load()}}));
}

TEST_CASE("programs drawn from a seed find an atomic_counter as it should be", "[everyday][lockfree][model][N1]") {
  support::play_drawn<world>(counter, support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find an atomic_counter as it should be, many times", "[deep][lockfree][model][N1]") {
  support::play_drawn<world>(counter, support::deep_runs, 3, {});
}
