#include <sluice/channel/oneshot_case.hpp>

#include <optional>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/select.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/testing/for_each_seed.hpp>
#include <tests/support/settle.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

namespace {

auto const always = context::background();

/// Which of the two came first for a select on `from` and `jobs`, and what it brought.
struct outcome {
  std::optional<std::size_t> chosen;
  std::optional<result<tracked>> answer;
  std::optional<result<int>> job;
};

task<void> choose(oneshot_receiver<tracked>& from, channel<int>& jobs, outcome& into) {
  auto answered = on_recv(from);
  auto next = on_recv(jobs);
  into.chosen = co_await select(answered, next);
  if (into.chosen == 0) into.answer.emplace(answered.take());
  else into.job.emplace(next.take());
}

}  // namespace

TEST_CASE("a select waits for the value of a oneshot among other things", "[channel][select][S11][S1]") {
  auto const waits_first = GENERATE(false, true);
  deterministic_runtime rt{GENERATE(range(0, 16)), 2};
  auto [to, from] = oneshot<tracked>();
  channel<int> jobs{1};
  outcome got;
  if (waits_first) {
    rt.spawn(choose(from, jobs, got)).detach();
    settle(rt);
    CHECK_FALSE(got.chosen);
  }
  CHECK(to.send(tracked{7}));
  if (!waits_first) rt.spawn(choose(from, jobs, got)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got.chosen == 0);
  REQUIRE((got.answer && got.answer->has_value()));
  CHECK((*got.answer)->value() == 7);
  CHECK(from.try_recv().error() == errc::closed);  // taken, once
  CHECK(jobs.try_send(1));
  CHECK(jobs.len() == 1);  // nobody waits there any more
}

TEST_CASE("a oneshot whose sender has gone is ready, and says so", "[channel][select][S11][S6]") {
  auto const waits_first = GENERATE(false, true);
  deterministic_runtime rt{GENERATE(range(0, 8))};
  auto ends = oneshot<tracked>();
  std::optional<oneshot_sender<tracked>> to{std::move(ends.sender)};
  channel<int> jobs{0};
  outcome got;
  if (waits_first) {
    rt.spawn(choose(ends.receiver, jobs, got)).detach();
    settle(rt);
  }
  to.reset();
  if (!waits_first) rt.spawn(choose(ends.receiver, jobs, got)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got.chosen == 0);
  REQUIRE(got.answer);
  CHECK(got.answer->error() == errc::closed);
}

TEST_CASE("a oneshot that a select did not choose has lost nothing", "[channel][select][S11][S1][S10]") {
  deterministic_runtime rt{GENERATE(range(0, 16)), 2};
  auto const values = tracked::alive.load();
  auto [to, from] = oneshot<tracked>();
  channel<int> jobs{1};
  outcome got;
  rt.spawn(choose(from, jobs, got)).detach();
  settle(rt);
  CHECK(jobs.try_send(5));
  SECTION("the value comes later") { CHECK(rt.run() == ended::all_tasks_done); }
  SECTION("the value comes before the select goes on") {}
  CHECK(to.send(tracked{7}));
  CHECK(rt.run() == ended::all_tasks_done);
  REQUIRE(got.chosen == 1);
  CHECK(*got.job == 5);
  CHECK(tracked::alive == values + 1);
  auto const answer = from.try_recv();
  REQUIRE(answer);
  CHECK(answer->value() == 7);
}

TEST_CASE("what a select of a oneshot could have taken without waiting it takes", "[channel][select][S3][S4][S11]") {
  auto [to, from] = oneshot<tracked>();
  auto answered = on_recv(from);
  CHECK_FALSE(try_select(answered));
  CHECK(to.send(tracked{7}));
  CHECK(try_select(answered) == 0);
  CHECK(try_select(answered) == 0);  // not taken, it is still there
  CHECK(answered.take()->value() == 7);
  CHECK(try_select(answered) == 0);
  CHECK(answered.take().error() == errc::closed);
}

TEST_CASE("a select on several oneshots takes each answer once, in every schedule",
          "[channel][select][S1][S11]") {
  auto const report = testing::for_each_seed(200, [](testing::trial& t) {
    constexpr int questions = 4;
    std::vector<oneshot_receiver<int>> asked;
    deterministic_runtime rt{t};
    for (int n = 0; n < questions; ++n) {
      auto ends = oneshot<int>();
      asked.push_back(std::move(ends.receiver));
      rt.spawn([](oneshot_sender<int> to, int answer) -> task<void> {
          co_await yield();
          if (answer != 0) (void)to.send(answer);  // the other one goes without an answer
        }(std::move(ends.sender), n)).detach();
    }
    int sum = 0;
    int silent = 0;
    auto collect = [&]() -> task<void> {
      auto a = on_recv(asked[0]);
      auto b = on_recv(asked[1]);
      auto c = on_recv(asked[2]);
      auto d = on_recv(asked[3]);
      oneshot_case<int>* const cases[] = {&a, &b, &c, &d};
      for (int left = questions; left > 0; --left) {
        auto& chosen = *cases[co_await select(a, b, c, d)];
        auto const answer = chosen.take();
        if (answer) sum += *answer;
        else ++silent;
        chosen.enable(false);
      }
    };
    rt.spawn(collect()).detach();
    (void)rt.run();
    t.check(sum == 1 + 2 + 3, "each answer once");
    t.check(silent == 1, "and one of them never came");
  });
  INFO(report.text);
  CHECK(report.passed());
}

TEST_CASE("a task that is destroyed in a select leaves the oneshot", "[channel][select][S11][C19][G2]") {
  auto [to, from] = oneshot<tracked>();
  channel<int> jobs{0};
  outcome got;
  {
    deterministic_runtime doomed{1};
    doomed.spawn(choose(from, jobs, got)).detach();
    settle(doomed);
  }
  CHECK(to.send(tracked{7}));  // wakes nobody
  CHECK(from.try_recv()->value() == 7);
}

TEST_CASE("a select on a receiver that was moved from is misuse", "[channel][select][S11]") {
  auto [to, from] = oneshot<int>();
  auto const elsewhere = std::move(from);
  CHECK_THROWS_AS(on_recv(from), misuse);
}

TEST_CASE("on threads an answer and a cancel race for a select, and nothing is lost",
          "[channel][select][threads][S11][S1]") {
  runtime rt{runtime_options{.workers = 2}};
  constexpr int rounds = 300;
  int answered = 0;
  int given_up = 0;
  for (int round = 0; round < rounds; ++round) {
    auto ends = oneshot<int>();
    auto scope = with_cancel(rt.background());
    int written = 0;  // plain: the edge of the oneshot makes it visible
    auto asks = [&](context ctx) -> task<void> {
      auto answer = on_recv(ends.receiver);
      auto over = on_done(std::move(ctx));
      if (co_await select(answer, over) == 0) {
        auto const got = answer.take();
        CHECK(got == round);
        CHECK(written == round + 1);
        ++answered;
      } else {
        ++given_up;
      }
    };
    auto waiting = rt.spawn(asks(scope.ctx()));
    support::run_together(2, [&](unsigned who) {
      if (who == 0) {
        written = round + 1;
        (void)ends.sender.send(round);
      } else {
        scope.cancel();
      }
    });
    std::move(waiting).join_blocking();
  }
  CHECK(answered + given_up == rounds);
}

TEST_CASE("a thread selects on a oneshot", "[channel][select][threads][S11]") {
  for (int round = 0; round < 50; ++round) {
    auto ends = oneshot<int>();
    channel<int> jobs{0};
    std::optional<result<int>> got;
    support::run_together(2, [&](unsigned who) {
      if (who == 0) {
        (void)ends.sender.send(round);
      } else {
        auto answer = on_recv(ends.receiver);
        auto job = on_recv(jobs);
        if (select_blocking(answer, job) == 0) got.emplace(answer.take());
      }
    });
    REQUIRE(got);
    CHECK(*got == round);
  }
}
