// deadlines — a request with a name and a budget: whoever works for it knows both, and nobody hangs.
#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <utility>

#include <sluice/channel/oneshot.hpp>
#include <sluice/probe/probe.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr parameter parameters[] = {
    {.id = "budget", .label = "Budget", .unit = "ms", .help = "The time in which a request must be answered.",
     .type = param_type::duration, .min = 1, .max = 1'000, .fallback = 5, .log_scale = true},
    {.id = "user-share", .label = "Share of the user call", .unit = "%",
     .help = "How much of the budget finding the user may take at most.",
     .type = param_type::integer, .min = 1, .max = 100, .fallback = 50},
    {.id = "user", .label = "Work of user", .unit = "µs",
     .help = "How long finding a user takes on average.",
     .type = param_type::duration, .min = 1, .max = 10'000, .fallback = 400, .log_scale = true},
    {.id = "orders", .label = "Work of orders", .unit = "µs",
     .help = "How long reading the orders takes on average.",
     .type = param_type::duration, .min = 1, .max = 10'000, .fallback = 800, .log_scale = true},
    {.id = "hanging", .label = "Calls that hang", .unit = "%",
     .help = "How many calls of orders are never answered.",
     .type = param_type::integer, .min = 0, .max = 100, .fallback = 10},
    {.id = "callers", .label = "Callers", .unit = "", .help = "Each sends one request after another.",
     .type = param_type::integer, .min = 1, .max = 64, .fallback = 6},
    {.id = "requests", .label = "Requests", .unit = "requests", .help = "Requests of all callers together.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 2'000, .log_scale = true},
};

constexpr stage_label stages[] = {{"handler", "handler"}, {"user", "user"}, {"orders", "orders"}};
constexpr std::string_view pictures[] = {"spans", "lanes", "hist", "rate"};
constexpr std::string_view hero[] = {"budget", "hanging", "orders"};
constexpr std::string_view notice[] = {
    "Each row is a request: the handler, the user, the orders. What is not answered within the budget "
    "ends there, marked with a cross, and its caller goes on with a timeout.",
    "Calls that hang cost their caller the budget and nothing more: one request in a hundred takes {p99}. "
    "Without a deadline each of them would keep its caller for ever.",
    "Nobody passes the time left from call to call. It travels in the context, as the number of the "
    "request does: a service sees that its caller is gone, and stops working for nobody."};

constexpr duration piece = std::chrono::microseconds{100};
constexpr std::uint64_t by_itself = 1;  // not because another failed
constexpr duration handling = std::chrono::microseconds{30};

enum part : std::uint8_t { handler, user, orders };

struct tally {
  std::atomic<std::uint64_t> next{0}, answered{0}, stopped{0};
  std::array<std::atomic<std::uint64_t>, 3> timed_out{};  // by the part that was waited for
  std::atomic<std::uint64_t> strange{0}, early{0}, longer{0}, in_vain{0};
  std::atomic<std::int64_t> latest{0};
};

/// What a run is made of; every task of it holds a reference.
struct shop {
  rig& r;
  duration budget, user_work, orders_work;
  std::uint64_t user_share, hanging, requests;
  wait_group at_work;
  tally count;
};

// [show]
inline constexpr context_key<std::uint64_t> request_id;
inline constexpr context_key<instant> request_end;

/// A service. It learns from its context whom it works for, and whether anybody still waits.
task<void> serve(shop& in, context ctx, part which, duration work, bool hangs,
                 oneshot_sender<std::uint64_t> answer) {
  auto const id = *ctx.value(request_id);
  if (ctx.deadline() > *ctx.value(request_end)) ++in.count.longer;
  if (hangs) (void)co_await ctx.ended();  // for something that never comes
  for (; work.count() > 0 && !ctx.done(); work -= piece)
    co_await in.r.work(std::min(work, piece), id, which);
  if (ctx.done()) ++in.count.in_vain;
  else (void)answer.send(id);
}

/// Asks a service, and waits no longer than the context allows.
task<result<std::uint64_t>> ask(shop& in, context const& ctx, part which, duration work,
                                bool hangs = false) {
  auto [sender, receiver] = oneshot<std::uint64_t>();
  in.at_work.go(in.r.home(), serve(in, ctx, which, work, hangs, std::move(sender)));
  co_return co_await receiver.recv(ctx);
}

struct request {
  std::uint64_t id;
  duration user, orders;
  bool hangs;
};

task<result<std::uint64_t>> handle(shop& in, context const& ctx, request const& what, part& at) {
  co_await in.r.work(handling, what.id, handler);
  {
    auto const some = with_timeout(ctx, in.budget * static_cast<std::int64_t>(in.user_share) / 100);
    at = user;
    auto const found = co_await ask(in, some, user, what.user);
    if (!found) co_return failure({found.error().code(), "user", found.error()});
  }
  at = orders;
  co_return co_await ask(in, ctx, orders, what.orders, what.hangs);
}

/// Gives a request its name and its budget.
task<void> request_of(shop& in, request const& what, instant begun) {
  auto const in_time = with_timeout(in.r.ctx(), in.budget);
  auto const ends = in_time.ctx().deadline();
  auto const ctx = with_value(with_value(in_time, request_id, what.id), request_end, ends);
  auto at = handler;
  auto const answer = co_await handle(in, ctx, what, at);
  // [/show]
  auto& count = in.count;
  if (answer) {
    ++count.answered;
    if (*answer != what.id) ++count.strange;
  } else if (is_timeout(answer.error())) {
    probe::emit(probe::verb::cancelled, what.id, by_itself);
    ++count.timed_out[at];
    auto const late = (in.r.now() - ends).count();
    if (at != user && late < 0) ++count.early;
    for (auto seen = count.latest.load(); seen < late && !count.latest.compare_exchange_weak(seen, late);) {
    }
  } else {
    ++count.stopped;
  }
  in.r.put_out_since(begun);
  // [show]
}
// [/show]

// Which request is slow, and which hangs, depends on its number alone and not on who sends it.
auto drawn(shop const& in, std::uint64_t id) -> request {
  auto chance = in.r.random(id + 1);
  auto const some = [&](duration mean) {
    return duration{static_cast<std::int64_t>(chance.exponential(static_cast<std::uint64_t>(mean.count())))};
  };
  return {id, some(in.user_work), some(in.orders_work), chance.below(100) < in.hanging};
}

task<void> call_on(shop& in) {
  for (;;) {
    auto const id = in.count.next.fetch_add(1, std::memory_order_relaxed);
    if (id >= in.requests || in.r.stopped()) co_return;
    in.r.took_in();
    auto const what = drawn(in, id);
    co_await request_of(in, what, in.r.now());
  }
}

task<void> run(rig& r, values const& v) {
  shop in{.r = r, .budget = v.time("budget"), .user_work = v.time("user"), .orders_work = v.time("orders"),
          .user_share = v.count("user-share"), .hanging = v.count("hanging"), .requests = v.count("requests"),
          .at_work = {}, .count = {}};
  wait_group callers;
  for (auto n = v.count("callers"); n > 0; --n) callers.go(r.home(), call_on(in));
  (void)co_await callers.wait(context::background());
  (void)co_await in.at_work.wait(context::background());

  auto const& count = in.count;
  auto const late = count.timed_out[handler] + count.timed_out[user] + count.timed_out[orders];
  r.check("requests = answered + out of time + stopped", r.items_in(), count.answered + late + count.stopped);
  r.check("answers to another request", 0, count.strange);
  r.check("timeouts before the budget was used up", 0, count.early);
  r.check("calls with more time than their request", 0, count.longer);
  auto const said = [&](std::string_view what, std::uint64_t times) {
    r.found(what, words({std::to_string(times), " of ", std::to_string(r.items_in())}));
  };
  said("answered", count.answered);
  said("out of time while finding the user", count.timed_out[user]);
  said("out of time while reading the orders", count.timed_out[orders]);
  r.found("calls that were given up", std::to_string(count.in_vain.load()));
  r.found("the longest wait past a budget",
          words({std::to_string(std::max<std::int64_t>(0, count.latest) / 1000), " µs"}));
}

}  // namespace

extern scenario const deadlines_scenario;
scenario const deadlines_scenario{
    .id = "deadlines",
    .family = family_kind::tasks,
    .title = "Deadlines",
    .promise = "A request carries its name and its budget to whoever works for it.",
    .question = "What becomes of the caller when somebody far behind does not answer?",
    .group = "Context",
    .group_note = "giving up together",
    .source = "deadlines.cpp",
    .item_name = "requests",
    .sim_note = "",
    .level = 2,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const&) { return 4U; },
    .run = run,
};

}  // namespace sluice::scenarios
