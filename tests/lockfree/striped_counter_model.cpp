#include <catch2/catch_test_macros.hpp>

#include <cstdint>

#include <sluice/lockfree/striped_counter.hpp>
#include <sluice/model/call_log.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using spec = model::register_spec;

namespace {

support::explored const counter("striped_counter");

using modelled = basic_striped_counter<model::atomics>;
using calls_made = model::history<spec::operation>;

auto is_sum(spec::operation const& call) -> bool { return call.what == spec::operation::verb::load; }

/// What the calls of `thread` before the one numbered `end` add.
auto added(calls_made const& calls, unsigned thread, std::uint32_t end) -> std::int64_t {
  std::int64_t sum = 0;
  for (std::uint32_t at = 0; at < end; ++at)
    if (!is_sum(calls.call(thread, at))) sum += calls.call(thread, at).argument;
  return sum;
}

/// A sum has what was added before it, and nothing of what was added after it. Of the rest it may have
/// any part, so there need not be an order of the calls that explains all sums.
void check_sums(model::execution& run, calls_made const& calls) {
  for (unsigned thread = 0; thread < calls.threads(); ++thread)
    for (std::uint32_t at = 0; at < calls.calls(thread); ++at) {
      if (!is_sum(calls.call(thread, at))) continue;
      auto const before = calls.before(thread, at);
      std::int64_t least = 0, most = 0;
      for (unsigned other = 0; other < calls.threads(); ++other) {
        auto end = before[other];
        least += added(calls, other, end);
        while (end < calls.calls(other) && calls.before(other, end)[thread] <= at) ++end;
        most += added(calls, other, end);
      }
      auto const seen = calls.call(thread, at).seen;
      run.check(least <= seen && seen <= most, "what came before, and perhaps what came meanwhile");
    }
}

/// Plays drawn programs of additions and sums: of a register's calls, those that write add instead. A
/// thread makes every other addition as a participant, whose stripe somebody else may get next.
void play_drawn(std::uint64_t runs) {
  auto const adding = [](support::program<spec::operation> const& what) -> model::program {
    return [=](model::execution& run) {
      modelled served;
      model::call_log<spec> log(run);
      for (auto const& turns : what)
        run.thread([&] {
          bool joins = false;
          for (auto const& turn : turns) {
            auto const call = is_sum(turn) ? turn : spec::fetch_add(1 + turn.argument);
            log.record(call, [&] {
              if (is_sum(call)) return spec::load(static_cast<std::int64_t>(served.sum()));
              auto const by = static_cast<std::uint64_t>(call.argument);
              if (joins) served.join().add(by);
              else served.add(by);
              joins = !joins;
              return call;
            });
          }
        });
      run.join();
      log.record(spec::load(), [&] { return spec::load(static_cast<std::int64_t>(served.sum())); });
      check_sums(run, log.calls());
    };
  };
  support::each_drawn(spec(), 3, {}, [&](auto const& drawn, std::uint64_t seed) {
    counter.some(adding(drawn), seed, runs);
  });
}

}  // namespace

TEST_CASE("a striped_counter loses no addition, in any execution", "[everyday][lockfree][model][N1]") {
  counter.all([](model::execution& run) {
    modelled served;
    for (int thread = 0; thread < 2; ++thread)
      run.thread([&] {
        served.add(1);
        served.add(2);
      });
    run.join();
    run.check(served.sum() == 6, "both added 3");
  });
}

TEST_CASE("a stripe goes on where its last owner stopped", "[everyday][lockfree][model][N1]") {
  counter.all([](model::execution& run) {
    modelled served;
    for (int thread = 0; thread < 2; ++thread)
      run.thread([&] {
        auto mine = served.join();
        mine.add(1);
      });
    run.join();
    run.check(served.sum() == 2, "no addition lay over another one");
  });
}

TEST_CASE("a striped_counter's sum sees what happened before it", "[everyday][lockfree][model]") {
  counter.all([](model::execution& run) {
    modelled served;
    served.add(1);
    std::uint64_t seen = 0;
    run.thread([&] { served.add(2); });
    run.thread([&] { seen = served.sum(); });
    run.join();
    run.check(seen == 1 || seen == 3, "what was there before, and perhaps what came");
    run.check(served.sum() == 3, "all of it");
  });
}

TEST_CASE("three threads make the stripes of a striped_counter grow", "[everyday][lockfree][model][N1]") {
  counter.all([](model::execution& run) {
    modelled served;
    for (int thread = 0; thread < 3; ++thread)
      run.thread([&] { served.add(1); });
    run.join();
    run.check(served.sum() == 3, "each added 1");
  });
}

TEST_CASE("programs drawn from a seed find a striped_counter as it should be", "[everyday][lockfree][model][N1]") {
  play_drawn(support::everyday_runs);
}

TEST_CASE("programs drawn from a seed find a striped_counter as it should be, many times", "[deep][lockfree][model][N1]") {
  play_drawn(support::deep_runs);
}
