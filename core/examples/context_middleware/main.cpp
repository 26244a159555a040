// context_middleware — a request gets a name and a budget at the door; whoever works for it knows both.
//
// Three requests go from handler to user to orders. One is answered; for one the orders take too long; for
// one they never come. The budget is given once, at the door, and nobody hangs.
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>

#include <sluice/context/context.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct request {
  std::string user;
  duration orders_take;
};

using answer = result<std::string>;
using handler = std::function<task<answer>(context, request)>;

// [example]
inline constexpr context_key<std::string> request_id;

// What the work is made of. Each function passes its context on, and tells where it failed.

auto find_user(context ctx, std::string name) -> task<answer> {
  auto const waited = co_await sleep_for(ctx, 5ms);  // a query somewhere
  if (!waited) co_return failure({waited.error().code(), "user", waited.error()});
  co_return name + " of request " + *ctx.value(request_id);
}

auto read_orders(context ctx, std::string user, duration takes) -> task<answer> {
  // Leaves a millisecond of the budget to whoever has to say that there are no orders.
  auto const in_time = with_deadline(ctx, ctx.deadline() - 1ms);
  auto const waited = co_await sleep_for(in_time, takes);
  if (!waited) co_return failure({waited.error().code(), "orders", waited.error()});
  co_return "the orders of " + user;
}

auto handle(context ctx, request what) -> task<answer> {
  auto const user = co_await find_user(ctx, what.user);
  if (!user) co_return failure(user.error());
  co_return co_await read_orders(ctx, *user, what.orders_take);
}

// What is done with every request, whatever it asks for: a handler around a handler.

auto named(context ctx, request what, std::string id, handler next) -> task<answer> {
  co_return co_await next(with_value(ctx, request_id, std::move(id)), std::move(what));
}

auto budgeted(context ctx, request what, duration budget, handler next) -> task<answer> {
  auto const in_time = with_timeout(ctx, budget, error{errc::deadline_exceeded, "the budget is used up"});
  co_return co_await next(in_time, std::move(what));
}

auto logged(context ctx, request what, std::function<instant()> now, handler next) -> task<answer> {
  auto const begun = now();
  auto got = co_await next(ctx, std::move(what));
  auto const took = std::chrono::duration_cast<std::chrono::milliseconds>(now() - begun).count();
  std::printf("%s, %d ms: %s\n", ctx.value(request_id)->c_str(), static_cast<int>(took),
              got ? got->c_str() : got.error().message().c_str());
  co_return got;
}
// [/example]

/// Sends `what` through the door.
auto serve(runtime& on, std::string id, request what) -> answer {
  handler const with_budget = [](context ctx, request r) {
    return budgeted(ctx, std::move(r), 50ms, handle);
  };
  handler const with_log = [&](context ctx, request r) {
    return logged(ctx, std::move(r), [&] { return on.now(); }, with_budget);
  };
  auto ended = on.block_on(named(on.background(), std::move(what), std::move(id), with_log));
  return ended ? *std::move(ended) : answer{failure(ended.error())};
}

/// Says so when something came out otherwise than it must.
auto expect(bool right, char const* what) -> int {
  if (!right) std::printf("wrong: %s\n", what);
  return right ? 0 : 1;
}

}  // namespace

int main() {
  runtime on{simulation{.workers = 2, .seed = 1}};  // time that jumps; `runtime on;` waits for the real one
  auto const quick = serve(on, "r1", {"Ada", 20ms});
  auto const slow = serve(on, "r2", {"Ben", 80ms});
  auto const began = on.now();
  auto const never_comes = serve(on, "r3", {"Cleo", duration::max()});
  auto const took = on.now() - began;

  return expect(quick && *quick == "the orders of Ada of request r1", "r1 was not answered") +
         expect(!slow && is_timeout(slow.error()), "r2 was no timeout") +
         expect(!slow && slow.error().operation() == "orders", "r2 does not say who was late") +
         expect(!never_comes && is_timeout(never_comes.error()), "r3 was no timeout") +
         expect(took >= 49ms && took <= 50ms, "r3 did not cost its caller the budget");
}
