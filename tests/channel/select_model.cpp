#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <sluice/task/selectable.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

using decision = basic_select_decision<model::atomics>;
using claim = decision::claim;

/// Two claim a case each while the select opens: what came of it.
struct race {
  decision shared;
  std::array<model::cell<int>, 2> brought;
  model::cell<int> queued;
  std::array<claim, 2> became{};
  bool opened = false;

  void claim_case(std::uint32_t index) {
    brought[index].write([&](int& value) { value = static_cast<int>(index) + 1; });
    became[index] = shared.try_claim(index);
    if (became[index] == claim::won) wake_the_select();
  }
  /// A select that waits runs on where it is woken, and takes its cases out of their queues.
  void wake_the_select() {
    queued.write([](int& cases) { cases = 0; });
  }
  [[nodiscard]] auto count(claim what) const -> int {
    return (became[0] == what ? 1 : 0) + (became[1] == what ? 1 : 0);
  }
};

}  // namespace

TEST_CASE("a select is decided once, and woken exactly when it waits", "[everyday][channel][select][model][S1][G6]") {
  support::explored("select_decision").all([](model::execution& run) {
    race at;
    run.thread([&] { at.claim_case(0); });
    run.thread([&] { at.claim_case(1); });
    run.thread([&] {
      at.queued.write([](int& cases) { cases = 2; });
      at.opened = at.shared.open();
      if (at.opened) return;  // it waits, and is woken
      auto const chosen = at.shared.chosen();
      run.check(at.brought[chosen].read([](int value) { return value; }) == static_cast<int>(chosen) + 1,
                "what the winner did is seen");
    });
    run.join();
    run.check(at.count(claim::won) + at.count(claim::early) == 1, "one case is chosen");
    run.check(at.opened == (at.count(claim::won) == 1), "somebody wakes the select if it waits, and only then");
    run.check(at.became[at.shared.chosen()] != claim::lost, "the one that was told so");
  });
}
