#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include <sluice/base/contract.hpp>
#include <sluice/container/mutex_queue.hpp>
#include <sluice/model/linearizability.hpp>
#include <sluice/model/recorder.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/recorded_histories.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using model::queue_spec;
using model::verdict;

TEST_CASE("a recorder knows which calls had returned when one began", "[model][linearizability]") {
  model::recorder<queue_spec::operation> log(2, 2);
  log.begin(0, queue_spec::pop());
  log.begin(1, queue_spec::push(1));
  log.end(1, queue_spec::push(1));
  log.end(0, queue_spec::pop(1));
  log.begin(1, queue_spec::pop());
  log.end(1, queue_spec::pop_empty());
  log.begin(0, queue_spec::push(2));

  auto const calls = log.finish();
  REQUIRE(calls.threads() == 2);
  CHECK(calls.completed(0) == 1);
  CHECK(calls.pending(0));
  CHECK(calls.call(0, 0) == queue_spec::pop(1));
  CHECK(calls.before(1, 0)[0] == 0);
  CHECK(calls.before(1, 1)[0] == 1);
  CHECK(calls.before(0, 1)[1] == 2);
  CHECK(linearizable(calls, queue_spec()) == verdict::yes);
}

TEST_CASE("a recorder keeps at most 16 threads apart", "[model][linearizability]") {
  CHECK_THROWS_AS(model::recorder<queue_spec::operation>(17, 1), misuse);
}

TEST_CASE("a recorder refuses what no thread can have done", "[model][linearizability]") {
  model::recorder<queue_spec::operation> log(1, 2);
  CHECK_THROWS_AS(log.begin(1, queue_spec::pop()), misuse);
  CHECK_THROWS_AS(log.end(1, queue_spec::pop()), misuse);
  CHECK_THROWS_AS(log.end(0, queue_spec::pop()), misuse);
  log.begin(0, queue_spec::pop());
  CHECK_THROWS_AS(log.begin(0, queue_spec::pop()), misuse);
  log.end(0, queue_spec::pop_empty());
  CHECK_THROWS_AS(log.end(0, queue_spec::pop(7)), misuse);
  CHECK(log.finish().call(0, 0) == queue_spec::pop_empty());
  CHECK(log.finish().size() == 1);
}

TEST_CASE("threads that write down what they saw of a queue behind a mutex agree with a queue",
          "[model][linearizability][threads]") {
  auto const report = support::judge_histories(
      {.calls_each = 300, .histories = 4}, queue_spec(),
      [] { return std::make_unique<mutex_queue<std::int64_t>>(); },
      [](auto& queue, unsigned, auto const& call) { return support::perform(queue, call); });
  INFO(report.first_failure);
  CHECK(report.linearizable == 4);
  CHECK(report.overlapping >= report.met);
}

TEST_CASE("threads that write down what they saw of a queue that forgets do not agree with a queue",
          "[model][linearizability][threads]") {
  /// Every hundredth value is lost.
  struct forgetful : mutex_queue<std::int64_t> {
    auto try_push(std::int64_t&& value) -> bool {
      return seen.fetch_add(1) % 100 == 99 || mutex_queue::try_push(std::move(value));
    }
    std::atomic<int> seen{0};
  };
  auto const report = support::judge_histories(
      {.calls_each = 300, .histories = 4}, queue_spec(),
      [] { return std::make_unique<forgetful>(); },
      [](auto& queue, unsigned, auto const& call) { return support::perform(queue, call); });
  CHECK(report.linearizable == 0);
  CHECK_FALSE(report.first_failure.empty());
}
