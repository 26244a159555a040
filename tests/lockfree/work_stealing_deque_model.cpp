#include <catch2/catch_test_macros.hpp>

#include <cstddef>

#include <sluice/lockfree/work_stealing_deque.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using spec = model::deque_spec;
using support::played;

namespace {

support::explored const deque("work_stealing_deque");

/// Thread 0 is the owner, and whoever sets up while it is alone.
struct world {
  using spec = model::deque_spec;
  static auto model(std::size_t = 0) -> spec { return {}; }

  explicit world(std::size_t capacity) : deque(capacity) {}

  auto join() { return support::no_seat{}; }
  auto play(auto&, spec::operation const& call) -> spec::operation {
    if (call.what == spec::operation::verb::push) {
      deque.push(static_cast<int>(call.value));
      return call;
    }
    if (call.what == spec::operation::verb::take) {
      auto const got = deque.take();
      return got ? spec::take(*got) : spec::take_empty();
    }
    auto const got = deque.steal();
    if (got) return spec::steal(*got);
    return got.error() == steal_miss::empty ? spec::steal_empty() : spec::steal_lost();
  }

  work_stealing_deque<int, model::atomics> deque;
};

auto push(int value) { return spec::push(value); }
auto take() { return spec::take(); }
auto steal() { return spec::steal(); }
constexpr std::size_t roomy = 4;
constexpr std::size_t tight = 1;

}  // namespace

TEST_CASE("owner and thief never both get the last item of a deque", "[everyday][lockfree][model][D1][D2]") {
  deque.all(played<world>({{push(1)}, {{take()}, {steal()}}, {take()}}, roomy));
  deque.all(played<world>({{push(1)}, {{take(), push(2), take()}, {steal(), steal()}}, {take()}}, roomy));
}

TEST_CASE("two thieves and an owner take each item of a deque once", "[everyday][lockfree][model][D1][D2]") {
  deque.all(played<world>({{push(1), push(2)}, {{take()}, {steal()}, {steal()}}, {take(), take()}}, roomy));
  deque.all(played<world>({{push(1)}, {{push(2), take()}, {steal()}, {steal()}}, {take(), take()}}, roomy));
  deque.all(played<world>({{push(1)}, {{push(2), take(), take()}, {steal()}, {steal()}}, {take(), take()}}, roomy));
  deque.all(played<world>({{push(1), push(2)}, {{take(), push(3), take()}, {steal(), steal()}, {steal()}}, {take(), take()}}, roomy));
}

TEST_CASE("a slot of a deque is used again after its item has left", "[everyday][lockfree][model][D2]") {
  deque.all(played<world>({{push(1), push(2)}, {{push(3), take()}, {steal(), steal()}}, {take(), take()}}, std::size_t{2}));
}

TEST_CASE("a thief reads a whole item while the deque grows", "[everyday][lockfree][model][D1][D2]") {
  deque.all(played<world>({{push(1)}, {{push(2), push(3), take()}, {steal(), steal()}}, {take(), take(), take()}}, tight));
  deque.all(played<world>({{push(1)}, {{push(2)}, {steal()}, {steal()}}, {take(), take(), take()}}, tight));
}

TEST_CASE("a batch that is stolen is gone here and whole there", "[everyday][lockfree][model][D2]") {
  deque.all([](model::execution& run) {
    work_stealing_deque<int, model::atomics> here{4}, there{1};
    for (int item = 1; item <= 4; ++item) here.push(item);
    int sum = 0;
    run.thread("thief", [&] {
      if (auto const first = here.steal_batch(there, 2)) sum += *first;
      while (auto const item = there.take()) sum += *item;
    });
    int taken = 0;
    run.thread("owner", [&] { taken = here.take().value_or(0); });
    run.join();
    sum += taken;
    while (auto const item = here.take()) sum += *item;
    run.check(sum == 1 + 2 + 3 + 4, "each item once");
  });
}

TEST_CASE("a deque that is never empty is never said to be", "[everyday][lockfree][model]") {
  deque.all([](model::execution& run) {
    work_stealing_deque<int, model::atomics> items{4};
    model::atomic<bool> more{false};
    items.push(1);
    std::size_t seen = 0;
    run.thread("owner", [&] {
      items.push(2);
      items.push(3);
      more.store(true, release);
    });
    run.thread("thief", [&] {
      if (!more.load(acquire)) return;
      (void)items.steal();
      (void)items.steal();
    });
    run.thread([&] { seen = items.size_hint(); });
    run.join();
    run.check(seen >= 1, "one item was there all the time");
  });
}

TEST_CASE("owner and two thieves do what they do many times over", "[deep][lockfree][model][D1][D2]") {
  deque.all(played<world>({{push(1), push(2)}, {{take(), push(3), take(), push(4), take()}, {steal(), steal()}, {steal()}}, {take(), take()}}, roomy));
  deque.all(played<world>({{push(1)}, {{push(2), take(), push(3), push(4)}, {steal(), steal()}, {steal(), steal()}}, {take(), take(), take()}}, tight));
}

TEST_CASE("programs drawn from a seed find a work_stealing_deque as it should be", "[everyday][lockfree][model][D1][D2]") {
  support::play_drawn<world>(deque, support::everyday_runs, 3, {}, tight);
}

TEST_CASE("programs drawn from a seed find a work_stealing_deque as it should be, many times", "[deep][lockfree][model][D1][D2]") {
  support::play_drawn<world>(deque, support::deep_runs, 3, {}, tight);
}
