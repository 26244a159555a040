#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>

#include <sluice/lockfree/mpsc_queue.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using spec = model::queue_spec;
using support::played;

namespace {

support::explored const queue("mpsc_queue");

struct item : mpsc_hook<model::atomics> {
  model::cell<int> value;
};

/// The values are the numbers of the items. Whoever sets up, and thread 0, consume.
struct world {
  using spec = model::queue_spec;
  static auto model() -> spec { return {}; }

  ~world() {  // a drawn program need not pop all it pushes
    while (queue.try_pop() != nullptr) {
    }
  }

  auto join() { return support::no_seat{}; }
  auto play(auto&, spec::operation const& call) -> spec::operation {
    if (call.what == spec::operation::verb::push) {
      auto& one = items[static_cast<std::size_t>(call.value)];
      one.value.write([&](int& value) { value = static_cast<int>(call.value); });
      (void)queue.push(one);
      return call;
    }
    auto const* const got = queue.try_pop();
    return got != nullptr ? spec::pop(got->value.read([](int value) { return value; })) : spec::pop_empty();
  }

  std::array<item, 16> items;
  mpsc_queue<item, model::atomics> queue;
};

auto push(int value) { return spec::push(value); }
auto pop() { return spec::pop(); }

}  // namespace

TEST_CASE("mpsc_queue gives each object once and in order, in every execution", "[everyday][lockfree][model][D1]") {
  queue.all(played<world>({{push(1)}, {{pop(), pop(), pop()}, {push(2), push(3)}, {push(4)}}, {pop(), pop(), pop(), pop()}}));
}

TEST_CASE("the consumer of an mpsc_queue may push an object again that it has popped", "[everyday][lockfree][model][D1]") {
  queue.all([](model::execution& run) {
    world all;
    int popped = 0;
    (void)all.queue.push(all.items[0]);
    run.thread([&] {
      for (int turn = 0; turn < 3; ++turn)
        if (auto* const one = all.queue.try_pop()) {
          ++popped;
          if (turn == 0) (void)all.queue.push(*one);
        }
    });
    run.thread([&] { (void)all.queue.push(all.items[1]); });
    run.join();
    while (all.queue.try_pop() != nullptr) ++popped;
    run.check(popped == 3, "two objects, one of them twice");
  });
}

TEST_CASE("exactly one push of an mpsc_queue finds no newcomers before it", "[everyday][lockfree][model]") {
  queue.all([](model::execution& run) {
    world all;
    int firsts = 0;
    std::array<bool, 2> first{};
    for (std::size_t who = 0; who < 2; ++who)
      run.thread([&all, &first, who] { first[who] = all.queue.push(all.items[who]); });
    run.join();
    for (bool one : first) firsts += one ? 1 : 0;
    run.check(firsts == 1, "one of them has to wake the consumer");
    while (all.queue.try_pop() != nullptr) {
    }
  });
}

TEST_CASE("three producers share an mpsc_queue", "[deep][lockfree][model][D1]") {
  queue.all(played<world>({{}, {{pop(), pop()}, {push(1), push(2)}, {push(3), push(4)}, {push(5)}}, {pop(), pop(), pop(), pop(), pop()}}));
}

TEST_CASE("programs drawn from a seed find an mpsc_queue as it should be", "[everyday][lockfree][model][D1]") {
  support::play_drawn<world>(queue, support::everyday_runs, 3, support::many_to_one);
}

TEST_CASE("programs drawn from a seed find an mpsc_queue as it should be, many times", "[deep][lockfree][model][D1]") {
  support::play_drawn<world>(queue, support::deep_runs, 3, support::many_to_one);
}
