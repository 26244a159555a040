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
  using spec = ::spec;
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
}

TEST_CASE("a thief reads a whole item while the deque grows", "[everyday][lockfree][model][D1][D2]") {
  deque.all(played<world>({{push(1)}, {{push(2), push(3), take()}, {steal(), steal()}}, {take(), take(), take()}}, tight));
  deque.all(played<world>({{push(1)}, {{push(2)}, {steal()}, {steal()}}, {take(), take(), take()}}, tight));
}
