#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/base/contract.hpp>
#include <sluice/base/random.hpp>
#include <sluice/model/linearizability.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/random_histories.hpp>

using namespace sluice::model;
using sluice::misuse;
using sluice::random_source;

namespace {

/// A history told event by event.
template <class Spec>
class story {
 public:
  using operation = typename Spec::operation;

  explicit story(unsigned threads) : calls_(threads) {}
  /// A call that overlaps no other but those that are open.
  auto call(unsigned thread, operation const& answered) -> story& {
    return open(thread, answered).close(thread);
  }
  auto open(unsigned thread, operation const& answered) -> story& {
    calls_.begin(thread, answered);
    return *this;
  }
  auto close(unsigned thread) -> story& {
    calls_.end(thread);
    return *this;
  }

  [[nodiscard]] auto holds(Spec const& model = Spec()) const -> bool {
    auto const said = linearizable(calls_, model);
    REQUIRE(said != verdict::gave_up);
    REQUIRE(said == linearizable(calls_, model, {.study_from = 0}));
    return said == verdict::yes;
  }
  [[nodiscard]] auto why(Spec const& model = Spec()) const -> std::string {
    linearizability_checker<Spec> checker(model);
    (void)checker.check(calls_);
    return checker.explanation(calls_);
  }
  [[nodiscard]] auto calls() const -> history<operation> const& { return calls_; }

 private:
  history<operation> calls_;
};

using stack = stack_spec;
using queue = queue_spec;
using bounded = bounded_queue_spec;
using ticket = ticket_queue_spec;
using deque = deque_spec;
using cell = register_spec;
using map = map_spec;
using semaphore = semaphore_spec;

/// Every order of the calls is tried, and each of them from its beginning.
template <class Spec>
auto by_trying_all(history<typename Spec::operation> const& calls, Spec const& initial) -> bool {
  struct place {
    unsigned thread;
    std::uint32_t at;
  };
  std::vector<place> completed;
  std::vector<place> pending;
  for (unsigned thread = 0; thread < calls.threads(); ++thread)
    for (std::uint32_t at = 0; at < calls.calls(thread); ++at)
      (at < calls.completed(thread) ? completed : pending).push_back({thread, at});
  auto const fits = [&](std::vector<place> const& order) {
    Spec model = initial;
    std::vector<std::uint32_t> done(calls.threads(), 0);
    for (auto const& [thread, at] : order) {
      auto const before = calls.before(thread, at);
      for (unsigned other = 0; other < calls.threads(); ++other)
        if (done[other] < before[other]) return false;
      if (done[thread]++ != at) return false;
      auto call = calls.call(thread, at);
      if (at >= calls.completed(thread)) call = model.answered(call);
      if (!model.apply(call)) return false;
    }
    return true;
  };
  for (std::uint32_t chosen = 0; chosen < 1U << pending.size(); ++chosen) {
    auto some = completed;
    for (std::size_t one = 0; one < pending.size(); ++one)
      if ((chosen >> one & 1U) != 0) some.push_back(pending[one]);
    std::vector<std::size_t> order(some.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      std::vector<place> trial;
      for (auto at : order) trial.push_back(some[at]);
      if (fits(trial)) return true;
    } while (std::ranges::next_permutation(order).found);
  }
  return false;
}

/// An answer that no order of calls explains.
auto impossible(container_spec const&) { return container_spec::pop(-1); }
auto impossible(deque const&) { return deque::steal(-1); }
auto impossible(cell const&) { return cell::load(-1); }
auto impossible(map const&) { return map::load(0, -1); }
auto impossible(semaphore const&) { return semaphore::try_acquire(1'000'000); }

}  // namespace

/// A bounded queue whose "empty" is an answer, and whose "full" is none.
struct bounded_below : bounded {
  bounded_below() : bounded(2, claims::empty) {}
};
struct bounded_above : bounded {
  bounded_above() : bounded(2, claims::full) {}
};

#define EVERY_MODEL stack, queue, bounded, bounded_below, bounded_above, ticket, deque, cell, map, semaphore

TEST_CASE("a stack answers with the newest value, and pushes under way may have come in any order",
          "[model][linearizability]") {
  story<stack> told(2);
  told.open(0, stack::push(1)).open(1, stack::push(2)).close(0).close(1);
  CHECK(story(told).call(0, stack::pop(1)).call(0, stack::pop(2)).holds());
  CHECK(story(told).call(0, stack::pop(2)).call(0, stack::pop(1)).holds());
  CHECK_FALSE(story(told).call(0, stack::pop(2)).call(0, stack::pop(2)).holds());

  story<stack> in_turn(2);
  in_turn.call(0, stack::push(1)).call(1, stack::push(2));
  CHECK(story(in_turn).call(0, stack::pop(2)).call(1, stack::pop(1)).holds());
  CHECK_FALSE(story(in_turn).call(0, stack::pop(1)).call(1, stack::pop(2)).holds());
  CHECK_FALSE(story(in_turn).call(0, stack::pop_empty()).holds());
}

TEST_CASE("a queue that swaps two values is found out", "[model][linearizability]") {
  story<queue> told(2);
  told.call(0, queue::push(1)).call(0, queue::push(2));
  CHECK(story(told).call(1, queue::pop(1)).call(1, queue::pop(2)).holds());
  CHECK_FALSE(story(told).call(1, queue::pop(2)).call(1, queue::pop(1)).holds());
  CHECK_FALSE(story(told).call(1, queue::pop(2)).holds());  // also when 1 never leaves
  CHECK(story(told).open(0, queue::pop(2)).call(1, queue::pop(1)).close(0).holds());
}

TEST_CASE("a queue may not say empty during a push that has ended, and may during one that has not",
          "[model][linearizability]") {
  CHECK(story<queue>(2).open(0, queue::push(1)).call(1, queue::pop_empty()).close(0).holds());
  CHECK_FALSE(story<queue>(2).call(0, queue::push(1)).call(1, queue::pop_empty()).holds());
  // Herlihy and Wing's queue: 1 is inside all the time, whatever becomes of the push of 2.
  CHECK_FALSE(story<queue>(3)
                  .call(0, queue::push(1))
                  .open(0, queue::push(2))
                  .call(1, queue::pop_empty())
                  .close(0)
                  .call(2, queue::pop(1))
                  .holds());
}

TEST_CASE("a value cannot be popped before it is pushed, nor twice", "[model][linearizability]") {
  CHECK_FALSE(story<queue>(2).call(1, queue::pop(1)).call(0, queue::push(1)).holds());
  CHECK(story<queue>(2).open(1, queue::pop(1)).call(0, queue::push(1)).close(1).holds());
  CHECK_FALSE(
      story<queue>(2).call(0, queue::push(1)).call(0, queue::pop(1)).call(1, queue::pop(1)).holds());
  CHECK(story<queue>(2)
            .call(0, queue::push(1))
            .call(0, queue::push(1))
            .call(0, queue::pop(1))
            .call(1, queue::pop(1))
            .holds());
}

TEST_CASE("of two pops that have equal values, the one under way longer may be the later one",
          "[model][linearizability]") {
  story<queue> told(3);
  told.call(0, queue::push(5)).call(0, queue::push(6)).call(0, queue::push(5));
  told.open(0, queue::pop(5)).call(1, queue::pop(5)).call(1, queue::pop(6));
  CHECK(story(told).close(0).holds());
  CHECK_FALSE(story(told).close(0).call(2, queue::pop(5)).holds());
}

TEST_CASE("a bounded queue says full when it is, and only then", "[model][linearizability]") {
  story<bounded> told(2);
  told.call(0, bounded::push(1)).call(0, bounded::push(2));
  CHECK(story(told).call(1, bounded::push_full(3)).holds(bounded(2)));
  CHECK_FALSE(story(told).call(1, bounded::push(3)).holds(bounded(2)));
  CHECK_FALSE(story(told).call(1, bounded::push_full(3)).holds(bounded(3)));
  CHECK(story(told).open(0, bounded::pop(1)).call(1, bounded::push(3)).close(0).holds(bounded(2)));
  CHECK(
      story(told).open(0, bounded::pop(1)).call(1, bounded::push_full(3)).close(0).holds(bounded(2)));
  CHECK_FALSE(story(told).call(0, bounded::pop(1)).call(1, bounded::push_full(3)).holds(bounded(2)));
}

TEST_CASE("a ring of tickets claims nothing by full and empty, and keeps its order all the same",
          "[model][linearizability][D1]") {
  story<ticket> told(2);
  told.call(0, ticket::push(1)).call(0, ticket::push(2)).call(1, ticket::pop_empty());
  CHECK(story(told).call(1, ticket::push_full(3)).call(1, ticket::pop(1)).holds(ticket(4)));
  CHECK_FALSE(story(told).call(1, ticket::pop(2)).call(1, ticket::pop(1)).holds(ticket(4)));
  CHECK_FALSE(story(told).call(1, ticket::push(3)).holds(ticket(2)));
}

TEST_CASE("of a ring whose two sides look too early either answer can be right, but not both",
          "[model][linearizability][D1]") {
  // Room for two, and 1 is inside. Each side does a step and then misses the other's, which it has no
  // way to know of: store buffering.
  using known = std::vector<std::uint32_t>;
  auto const told = [](std::uint32_t pushes_known_at_last, claims meant) {
    history<bounded::operation> calls(2);
    calls.begin(0, bounded::push(1), known{0, 0});
    calls.end(0);
    calls.begin(0, bounded::push(2), known{0, 0});
    calls.end(0);
    calls.begin(0, bounded::push_full(3), known{0, 0});
    calls.end(0);
    calls.begin(1, bounded::pop(1), known{1, 0});
    calls.end(1);
    calls.begin(1, bounded::pop_empty(), known{pushes_known_at_last, 0});
    calls.end(1);
    return linearizable(calls, bounded(2, meant));
  };
  CHECK(told(1, claims::both) == verdict::no);
  CHECK(told(1, claims::full) == verdict::yes);
  CHECK(told(1, claims::empty) == verdict::yes);
  CHECK(told(1, claims::nothing) == verdict::yes);
  CHECK(told(2, claims::empty) == verdict::no);  // now 2 is known to be inside
  CHECK(told(2, claims::full) == verdict::yes);
}

TEST_CASE("an item of a deque goes to the owner or to a thief, is not lost and not doubled",
          "[model][linearizability][D2]") {
  story<deque> told(3);
  told.call(0, deque::push(1)).call(0, deque::push(2));
  CHECK(story(told).call(0, deque::take(2)).call(1, deque::steal(1)).holds());
  CHECK(story(told).call(1, deque::steal(1)).call(2, deque::steal(2)).holds());
  CHECK_FALSE(story(told).call(1, deque::steal(2)).holds());
  CHECK_FALSE(story(told).call(0, deque::take(1)).holds());
  told.open(0, deque::take(2)).open(1, deque::steal(1)).close(0).close(1);
  CHECK(story(told).call(0, deque::take_empty()).holds());

  story<deque> last(2);  // both go for the last item: one has it, and the other must not find nothing
  last.call(0, deque::push(7)).open(0, deque::take(7)).open(1, deque::steal_empty());
  CHECK(story(last).close(0).close(1).holds());
  CHECK_FALSE(story<deque>(2)
                  .call(0, deque::push(7))
                  .open(0, deque::take(7))
                  .call(1, deque::steal(7))
                  .close(0)
                  .holds());
  CHECK_FALSE(story<deque>(2)  // an item that neither of them has
                  .call(0, deque::push(7))
                  .open(0, deque::take_empty())
                  .call(1, deque::steal_empty())
                  .close(0)
                  .holds());
}

TEST_CASE("a thief that lost a race has done nothing", "[model][linearizability][D2]") {
  story<deque> told(2);
  told.call(1, deque::steal_lost()).call(0, deque::push(1)).call(1, deque::steal_lost());
  CHECK(story(told).call(1, deque::steal(1)).holds());
  CHECK_FALSE(story(told).call(1, deque::steal_empty()).holds());
}

TEST_CASE("a register may not show the new value and then the old one", "[model][linearizability]") {
  story<cell> told(3);
  told.open(0, cell::store(1)).call(1, cell::load(1));
  CHECK(story(told).call(2, cell::load(1)).close(0).holds());
  CHECK_FALSE(story(told).call(2, cell::load(0)).close(0).holds());
  CHECK(story<cell>(3).open(0, cell::store(1)).call(1, cell::load(0)).call(2, cell::load(1)).holds());
}

TEST_CASE("exchanges of a register hand each value on once", "[model][linearizability][N4]") {
  story<cell> told(2);
  told.open(0, cell::exchange(1, 0));
  CHECK(story(told).call(1, cell::exchange(2, 1)).close(0).call(1, cell::load(2)).holds());
  CHECK_FALSE(story(told).call(1, cell::exchange(2, 0)).close(0).holds());
  CHECK(story(told).call(1, cell::compare_exchange(1, 5)).close(0).call(0, cell::load(5)).holds());
  CHECK(story(told).call(1, cell::compare_exchange_failed(1, 5, 0)).close(0).holds());
  CHECK_FALSE(story(told).call(1, cell::compare_exchange_failed(1, 5, 1)).close(0).holds());
  CHECK_FALSE(story<cell>(2)  // the lost update
                  .open(0, cell::fetch_add(1, 0))
                  .call(1, cell::fetch_add(1, 0))
                  .close(0)
                  .holds());
}

TEST_CASE("a map keeps its keys apart, and swaps nothing that is absent", "[model][linearizability]") {
  story<map> told(2);
  told.call(0, map::store(1, 5));
  CHECK(story(told).call(1, map::load(1, 5)).call(1, map::load_absent(0)).holds());
  CHECK_FALSE(story(told).call(1, map::load_absent(1)).holds());
  CHECK(story(told).call(1, map::compare_and_swap(1, 5, 6)).call(0, map::load(1, 6)).holds());
  CHECK_FALSE(story(told).call(1, map::compare_and_swap(0, 0, 6)).holds());
  CHECK(story(told).call(1, map::compare_and_swap(0, 0, 6, false)).holds());
  told.open(0, map::erase(1)).call(1, map::load_absent(1));
  CHECK(story(told).call(1, map::erase(1, false)).close(0).holds());
  CHECK_FALSE(story(told).call(1, map::load(1, 5)).close(0).holds());
}

TEST_CASE("a map has no keys but its own", "[model][linearizability]") {
  CHECK(story<map>(1).call(0, map::store(3, 5)).holds(map(4)));
  CHECK_THROWS_AS(story<map>(1).call(0, map::store(4, 5)).holds(map(4)), misuse);
  CHECK_THROWS_AS(story<map>(1).call(0, map::load_absent(0)).holds(map(0)), misuse);
}

TEST_CASE("a semaphore gives no more permits than it has", "[model][linearizability]") {
  story<semaphore> told(3);
  told.open(0, semaphore::try_acquire(2)).open(1, semaphore::try_acquire(2)).close(0).close(1);
  CHECK(told.holds(semaphore(4)));
  CHECK_FALSE(told.holds(semaphore(3)));
  CHECK(story(told).call(2, semaphore::try_acquire_failed()).holds(semaphore(4)));
  CHECK(story<semaphore>(2)
            .call(0, semaphore::try_acquire(2))
            .open(0, semaphore::release(2))
            .call(1, semaphore::try_acquire(1))
            .close(0)
            .holds(semaphore(2)));
  CHECK_FALSE(story<semaphore>(2)
                  .call(0, semaphore::try_acquire(2))
                  .call(0, semaphore::release(2))
                  .call(1, semaphore::try_acquire_failed(1))
                  .holds(semaphore(2)));
}

TEST_CASE("a call that never returned may have taken effect or not", "[model][linearizability]") {
  story<queue> told(3);
  told.open(0, queue::push(1));
  CHECK(story(told).call(1, queue::pop(1)).call(1, queue::pop_empty()).holds());
  CHECK(story(told).call(1, queue::pop_empty()).call(1, queue::pop_empty()).holds());
  CHECK_FALSE(story(told).call(1, queue::pop(1)).call(1, queue::pop(1)).holds());
  CHECK_FALSE(story(told).call(1, queue::pop(2)).holds());

  story<queue> popping(2);  // whatever it took is gone
  popping.call(0, queue::push(1)).call(0, queue::push(2)).open(1, queue::pop());
  CHECK(story(popping).call(0, queue::pop(2)).holds());
  CHECK(story(popping).call(0, queue::pop(1)).call(0, queue::pop(2)).holds());
  CHECK_FALSE(story(popping).call(0, queue::pop_empty()).holds());
  CHECK(story(popping).call(0, queue::pop(2)).call(0, queue::pop_empty()).holds());
}

TEST_CASE("threads that know less of each other leave more orders open", "[model][linearizability]") {
  // Two stores that nobody orders, and two readers that do not know of each other either: each may
  // see them in an order of its own only if the model is no longer one register.
  auto const told = [](std::uint32_t known) {
    history<cell::operation> calls(3);
    calls.begin(0, cell::store(1), std::vector<std::uint32_t>{0, 0, 0});
    calls.end(0);
    calls.begin(1, cell::load(1), std::vector<std::uint32_t>{0, 0, 0});
    calls.end(1);
    calls.begin(2, cell::load(0), std::vector<std::uint32_t>{known, 0, 0});
    calls.end(2);
    return linearizable(calls, cell());
  };
  CHECK(told(0) == verdict::yes);
  CHECK(told(1) == verdict::no);
}

TEST_CASE("a verdict of no says how far one gets and what stands in the way",
          "[model][linearizability]") {
  story<queue> told(3);
  told.call(0, queue::push(1)).open(2, queue::pop_empty()).call(1, queue::push(2)).close(2);
  told.call(0, queue::pop(1)).open(1, queue::pop());
  CHECK(told.why() ==
        "not linearizable; the longest beginning that fits has 2 of 5 calls:\n"
        "  T0 push(1)\n"
        "  T1 push(2)\n"
        "and then\n"
        "  T0 pop -> 1 began after T2 had returned from pop -> empty\n"
        "  T1 never returned from its last call: it may be left out\n"
        "  T2 pop -> empty cannot follow: the answer would be pop -> 1\n");
}

TEST_CASE("an order that fits can be asked for", "[model][linearizability]") {
  story<queue> told(2);
  told.open(0, queue::push(1)).open(1, queue::push(2)).close(0).close(1).call(0, queue::pop(2));
  linearizability_checker<queue> checker;
  REQUIRE(checker.check(told.calls()) == verdict::yes);
  CHECK(checker.order() == std::vector{1U, 0U, 0U});
  CHECK(checker.explanation(told.calls()) == "every call has its place");
}

TEST_CASE("a search gives up at its limit and says so", "[model][linearizability]") {
  story<stack> told(8);
  for (unsigned thread = 0; thread < 8; ++thread) told.open(thread, stack::push(thread));
  for (unsigned thread = 0; thread < 8; ++thread) told.close(thread);
  told.call(0, stack::pop(99));
  linearizability_checker<stack> brief(stack(), {.limit = 1000});
  CHECK(brief.check(told.calls()) == verdict::gave_up);
  CHECK(brief.explanation(told.calls()).starts_with("gave up"));
  CHECK(linearizable(told.calls(), stack()) == verdict::no);

  // Also when it has just taken back the first call that it had placed.
  story<stack> few(2);
  few.open(0, stack::push(1)).open(1, stack::pop(2)).close(0).close(1);
  linearizability_checker<stack> briefer(stack(), {.limit = 1});
  CHECK(briefer.check(few.calls()) == verdict::gave_up);
  CHECK(briefer.explanation(few.calls()).starts_with("gave up"));
  CHECK(few.why().starts_with("not linearizable"));
}

TEST_CASE("a history refuses what cannot have been", "[model][linearizability]") {
  CHECK_THROWS_AS(history<queue::operation>(17), misuse);
  history<queue::operation> calls(1);
  CHECK_THROWS_AS(calls.end(0), misuse);
  CHECK_THROWS_AS(calls.begin(1, queue::pop()), misuse);
  CHECK_THROWS_AS(calls.begin(0, queue::pop(), {}), misuse);
  CHECK(calls.size() == 0);
  calls.begin(0, queue::pop());
  CHECK_THROWS_AS(calls.begin(0, queue::pop()), misuse);
}

TEMPLATE_TEST_CASE("what was made one after the other is accepted however it overlaps",
                   "[model][linearizability]", EVERY_MODEL) {
  random_source random(GENERATE(range(1U, 4U)));
  linearizability_checker<TestType> checker;
  for (int round = 0; round < 40; ++round) {
    auto const threads = 1 + static_cast<unsigned>(random.below(5));
    auto const run = support::overlapping_run(random, TestType(), threads, 1 + random.below(60),
                                              random.below(12));
    auto const calls = support::history_of(run, threads);
    auto const said = checker.check(calls);
    INFO(checker.explanation(calls));
    REQUIRE(said == verdict::yes);
    auto const until = run[random.below(run.size())].begin;  // some calls never return
    REQUIRE(checker.check(support::history_of(run, threads, until)) == verdict::yes);
  }
}

TEMPLATE_TEST_CASE("small histories, sound and spoilt, are judged as by trying every order",
                   "[model][linearizability]", EVERY_MODEL) {
  random_source random(7);
  linearizability_checker<TestType> checker;
  linearizability_checker<TestType> studious(TestType(), {.study_from = 0});
  int sound = 0;
  int spoilt = 0;
  for (int round = 0; round < 400; ++round) {
    auto const threads = 2 + static_cast<unsigned>(random.below(2));
    auto run = support::overlapping_run(random, TestType(), threads, 3 + random.below(5), 3);
    for (auto times = random.below(3); times > 0; --times) support::corrupt(random, run);
    auto const until = random.below(3) == 0 && !run.empty() ? run.back().begin : ~0ULL;
    auto const calls = support::history_of(run, threads, until);
    bool const expected = by_trying_all(calls, TestType());
    auto const said = checker.check(calls);
    INFO("round " << round << ": " << checker.explanation(calls));
    REQUIRE(said == (expected ? verdict::yes : verdict::no));
    REQUIRE(studious.check(calls) == said);
    ++(expected ? sound : spoilt);
  }
  CHECK(sound > 50);
  CHECK(spoilt > 10);
}

TEMPLATE_TEST_CASE("histories of thousands of calls are judged, and one wrong answer in them is found",
                   "[model][linearizability]", EVERY_MODEL) {
  constexpr unsigned threads = 4;
  constexpr std::size_t calls_made = 2000;
  auto const reach = GENERATE(4U, 40U, 400U);  // neighbours that a call may overlap
  random_source random(reach);
  linearizability_checker<TestType> checker;
  auto const run = support::overlapping_run(random, TestType(), threads, calls_made, reach);
  auto const calls = support::history_of(run, threads);
  auto const said = checker.check(calls);
  INFO(checker.explanation(calls));
  CHECK(said == verdict::yes);
  CHECK(checker.order().size() == calls_made);
  CHECK(checker.steps() < 10 * calls_made);

  for (std::size_t at : {calls_made / 10, calls_made / 2, calls_made - 1}) {
    auto spoilt = run;
    spoilt.push_back({threads, impossible(TestType()), run[at].begin, run[at].end});
    auto const judged = checker.check(support::history_of(spoilt, threads + 1));
    CHECK(judged == verdict::no);
  }
}
