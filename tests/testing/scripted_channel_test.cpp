// Partners of a channel that follow a script.
#include <sluice/testing/scripted_channel.hpp>

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/testing/deterministic_runtime.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using testing::deterministic_runtime;
using say = testing::cue<int>;

TEST_CASE("a script sends each value at its time and then closes", "[testing]") {
  channel<int> feed{0};
  std::vector<testing::noted<int>> notes;
  deterministic_runtime rt{3};
  std::vector<say> script{say::send(1, 10ms), say::send(2), say::send(3, 5ms), say::close(1s)};
  auto played = rt.spawn(testing::play(rt.background(), feed, std::move(script)));
  CHECK(rt.block_on(testing::note_down(rt.background(), feed, notes)) == errc::closed);
  CHECK(rt.now() == instant{1015ms});
  using note = testing::noted<int>;
  CHECK(notes == std::vector<note>{{1, instant{10ms}}, {2, instant{10ms}}, {3, instant{15ms}}});
  auto ask = [&]() -> task<testing::played> { co_return co_await std::move(played); };
  auto const outcome = rt.block_on(ask());
  CHECK(outcome->sent == 3);
  CHECK(outcome->closed);
  CHECK_FALSE(outcome->failed);
}

TEST_CASE("a reader that pauses holds its sender back", "[testing]") {
  channel<int> feed{1};
  std::vector<testing::noted<int>> notes;
  deterministic_runtime rt{3};
  rt.spawn(testing::note_down(rt.background(), feed, notes, 10ms)).detach();
  std::vector<say> script{say::send(1), say::send(2), say::send(3), say::send(4)};
  auto const outcome = rt.block_on(testing::play(rt.background(), feed, std::move(script)));
  CHECK(outcome->sent == 4);
  CHECK(rt.now() == instant{20ms});  // the fourth has room when the third is taken
}

TEST_CASE("a script ends early, and says why, when its context ends or nobody listens any more",
          "[testing][X16]") {
  channel<int> feed{0};
  deterministic_runtime rt{3};
  SECTION("during a pause") {
    auto const scope = with_timeout(rt.background(), 1s);
    auto const outcome = rt.block_on(testing::play(scope, feed, {say::send(1, 2s)}));
    CHECK(outcome->failed == errc::deadline_exceeded);
    CHECK(outcome->sent == 0);
    CHECK_FALSE(feed.closed());
  }
  SECTION("while it waits for a reader") {
    auto const scope = with_timeout(rt.background(), 1s);
    auto const outcome = rt.block_on(testing::play(scope, feed, {say::send(1), say::close()}));
    CHECK(outcome->failed == errc::deadline_exceeded);
  }
  SECTION("closed by somebody else") {
    feed.close();
    auto const outcome = rt.block_on(testing::play(rt.background(), feed, {say::send(1)}));
    CHECK(outcome->failed == errc::closed);
  }
}

TEST_CASE("a script with a pause below zero is misuse", "[testing]") {
  channel<int> feed{1};
  deterministic_runtime rt{3};
  CHECK_THROWS_AS((void)rt.block_on(testing::play(rt.background(), feed, {say::send(1, -1ns)})), misuse);
}
