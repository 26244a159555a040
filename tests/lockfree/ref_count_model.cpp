#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <span>
#include <string>

#include <sluice/lockfree/ref_count.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using model::atomics;

namespace {

struct object {
  basic_ref_count<atomics> owners{2};
  model::cell<int> value{std::in_place, 0};
};

/// What one does to a count of owners.
struct count_call {
  enum class verb : std::uint8_t { acquire, try_acquire, release };

  verb what = verb::acquire;
  bool yes = true;  ///< of a try_acquire, that there was an owner; of a release, that it was the last

  auto operator==(count_call const&) const -> bool = default;
};

/// A count that ends at 0.
class count_spec {
 public:
  using operation = count_call;
  using verb = operation::verb;

  explicit count_spec(std::int64_t owners) : owners_(owners) {}

  [[nodiscard]] auto apply(operation const& call) -> bool {
    if ((call.what != verb::try_acquire && owners_ == 0) || answered(call) != call) return false;
    owners_ += change(call);
    return true;
  }
  void undo(operation const& call) { owners_ -= change(call); }
  [[nodiscard]] auto state() const noexcept -> std::span<std::int64_t const> { return {&owners_, 1}; }
  [[nodiscard]] auto answered(operation const& call) const -> operation {
    if (call.what == verb::acquire) return call;
    return {call.what, call.what == verb::try_acquire ? owners_ != 0 : owners_ == 1};
  }
  [[nodiscard]] auto eager(operation const& call) const noexcept -> bool { return change(call) == 0; }

  [[nodiscard]] static auto describe(operation const& call) -> std::string {
    if (call.what == verb::acquire) return "acquire";
    if (call.what == verb::try_acquire) return call.yes ? "try_acquire -> done" : "try_acquire -> failed";
    return call.yes ? "release -> last" : "release -> others left";
  }

 private:
  static auto change(operation const& call) noexcept -> std::int64_t {
    if (call.what == verb::release) return -1;
    return call.yes ? 1 : 0;
  }

  std::int64_t owners_;
};

auto draw_call(count_spec const&, support::draw_from from) -> count_call {
  if (from.chance(60)) return {count_call::verb::release};
  return {from.chance(50) ? count_call::verb::acquire : count_call::verb::try_acquire};
}

/// An object that each thread owns once in the beginning and looks at while it does; who has let go of it
/// tries to have it again. The last one writes to it.
struct world {
  using spec = count_spec;
  static constexpr unsigned threads = 3;
  static auto model() -> spec { return spec(threads); }

  struct seat {
    unsigned owned = 1;
  };
  auto join() { return seat(); }
  auto play(seat& mine, count_call call) -> count_call {
    using enum count_call::verb;
    if (mine.owned == 0) call.what = try_acquire;
    if (mine.owned > 0) (void)value.read([](int seen) { return seen; });
    switch (call.what) {
      case acquire: owners.acquire(); break;
      case try_acquire: call.yes = owners.try_acquire(); break;
      case release: call.yes = owners.release(); break;
    }
    if (call.what == release) --mine.owned;
    else if (call.yes) ++mine.owned;
    if (call.what == release && call.yes) value.write([](int& gone) { gone = 1; });
    return call;
  }

  basic_ref_count<atomics> owners{threads};
  model::cell<int> value{std::in_place, 0};
};

}  // namespace

TEST_CASE("the last owner destroys after everything that the others did", "[lockfree][model][everyday]") {
  support::explored("ref_count").all([](model::execution& run) {
    auto* const shared = atomics::allocate<object>();
    auto const own = [=](bool writes) {
      if (writes) shared->value.write([](int& v) { v = 1; });
      if (shared->owners.release()) atomics::deallocate(shared);
    };
    run.thread([=] { own(true); });
    run.thread([=] {
      shared->owners.acquire();
      if (shared->owners.release()) atomics::deallocate(shared);
      own(false);
    });
    run.join();
  });
}

TEST_CASE("an owner is either had or too late, never both", "[lockfree][model][everyday]") {
  support::explored("ref_count").all([](model::execution& run) {
    basic_ref_count<atomics> owners;
    bool had = false, last = false, last_again = false;
    run.thread([&] { last = owners.release(); });
    run.thread([&] {
      had = owners.try_acquire();
      if (had) last_again = owners.release();
    });
    run.join();
    run.check(last != last_again, "exactly one is the last");
    run.check(had || last, "who came too late found it gone");
  });
}

TEST_CASE("programs drawn from a seed find a ref_count as it should be", "[everyday][lockfree][model]") {
  support::play_drawn<world>(support::explored("ref_count"), support::everyday_runs, world::threads, {});
}

TEST_CASE("programs drawn from a seed find a ref_count as it should be, many times", "[deep][lockfree][model]") {
  support::play_drawn<world>(support::explored("ref_count"), support::deep_runs, world::threads, {});
}
