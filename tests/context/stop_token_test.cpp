#include <sluice/context/stop_token.hpp>

#if defined(__cpp_lib_jthread)

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("a context below a stop token ends when a stop is requested", "[context][X14]") {
  std::stop_source source;
  auto const scope = with_stop_token(context::background(), source.get_token());
  auto const below = with_cancel(scope);
  CHECK_FALSE(scope.ctx().done());
  source.request_stop();
  CHECK(scope.ctx().err() == errc::cancelled);
  CHECK(scope.ctx().cause() == error{errc::stopped});
  CHECK(below.ctx().done());
}

TEST_CASE("a stop requested before makes a context that has ended", "[context][X5]") {
  std::stop_source source;
  source.request_stop();
  CHECK(with_stop_token(context::background(), source.get_token()).ctx().done());
  CHECK_FALSE(with_stop_token(context::background(), std::stop_token{}).ctx().done());
}

TEST_CASE("a context that ends first lets its stop token go", "[context][X14]") {
  std::stop_source source;
  auto scope = with_stop_token(context::background(), source.get_token());
  scope.cancel({errc::failed, "mine"});
  CHECK_FALSE(source.stop_requested());
  source.request_stop();
  CHECK(scope.ctx().cause() == error{errc::failed});
  { auto const dropped = with_stop_token(context::background(), source.get_token()); }
}

TEST_CASE("a stop wakes whoever waits on the context below", "[context][X16]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::stop_source source;
  auto const scope = with_stop_token(rt.background(), source.get_token());
  std::optional<result<void>> how;
  auto body = [&](context ctx) -> task<void> { how = co_await sleep_for(ctx, 1h); };
  rt.spawn(body(scope)).detach();
  (void)rt.run_until(instant{1s});
  source.request_stop();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(how->error().code() == errc::cancelled);
}

TEST_CASE("a stop source follows a context, inside the cancel", "[context][X4]") {
  auto scope = with_cancel(context::background());
  stop_on_end const link{scope};
  bool told = false;
  std::stop_callback const callback{link.token(), [&] { told = true; }};
  CHECK_FALSE(link.token().stop_requested());
  scope.cancel();
  CHECK(told);
  CHECK(link.token().stop_requested());
  CHECK(stop_on_end{scope}.token().stop_requested());
}

TEST_CASE("a stop source that goes first leaves its tokens alone", "[context][X10]") {
  auto scope = with_cancel(context::background());
  std::stop_token token;
  {
    stop_on_end const link{scope};
    token = link.token();
  }
  scope.cancel();
  CHECK_FALSE(token.stop_requested());
  CHECK_FALSE(stop_on_end{context::background()}.token().stop_requested());
}

TEST_CASE("whoever is told of a stop may destroy its source", "[context][X15]") {
  auto scope = with_cancel(context::background());
  auto link = std::make_unique<stop_on_end>(scope);
  std::stop_callback const callback{link->token(), [&] { link.reset(); }};
  scope.cancel();
  CHECK(link == nullptr);
}

TEST_CASE("contexts and stop sources in a row end one after the other", "[context][X4][X15]") {
  auto first = with_cancel(context::background());
  stop_on_end const one{first};
  auto const second = with_stop_token(context::background(), one.token());
  stop_on_end const two{second};
  auto const third = with_stop_token(first, two.token());
  first.cancel();
  CHECK(second.ctx().cause() == error{errc::stopped});
  CHECK(third.ctx().done());
}

TEST_CASE("a stop racing with a cancel and with the end of the scope ends it once",
          "[context][X15][threads]") {
  for (int round = 0; round < 300; ++round) {
    std::stop_source source;
    auto parent = with_cancel(context::background());
    std::optional<cancel_scope> scope{with_stop_token(parent, source.get_token())};
    auto const kept = scope->ctx();
    stop_on_end const link{kept};
    support::run_together(3, [&](unsigned who) {
      if (who == 0) source.request_stop();
      if (who == 1) parent.cancel({errc::failed, "parent"});
      if (who == 2) scope.reset();
    });
    CHECK(kept.err() == errc::cancelled);
    CHECK(link.token().stop_requested());
  }
}

#endif
