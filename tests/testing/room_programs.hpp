// room_programs — a small program for every way in which a task of this library can wait.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sluice/channel/broadcast_case.hpp>
#include <sluice/channel/channel.hpp>
#include <sluice/channel/oneshot_case.hpp>
#include <sluice/channel/select.hpp>
#include <sluice/context/after_func.hpp>
#include <sluice/flow/pipeline.hpp>
#include <sluice/pool/worker_pool.hpp>
#include <sluice/resilience/error_group.hpp>
#include <sluice/sync/barrier.hpp>
#include <sluice/sync/condition_variable.hpp>
#include <sluice/sync/event.hpp>
#include <sluice/sync/lazy.hpp>
#include <sluice/sync/limited.hpp>
#include <sluice/sync/lock_all.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/once.hpp>
#include <sluice/sync/semaphore.hpp>
#include <sluice/sync/shared_mutex.hpp>
#include <sluice/sync/single_flight.hpp>
#include <sluice/sync/wait_group.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/after.hpp>
#include <sluice/time/after_func.hpp>
#include <sluice/time/sleep.hpp>
#include <sluice/time/tick_case.hpp>
#include <sluice/time/ticker.hpp>
#include <sluice/time/timer.hpp>
#include <tests/support/tracked.hpp>

namespace support {

/// What may happen in the middle of a program.
enum class rough : bool {
  no,   ///< at most its context ends
  yes,  ///< a task may vanish, or memory may run out: then the others are told to give up
};

/// The runtime of a program, and what its tasks give up by. Made after all that they use.
class stage {
 public:
  stage(sluice::testing::trial& t, rough how) : rt(t), how_(how), scope_(with_cancel(rt.ctx())) {}

  [[nodiscard]] auto ctx() const -> sluice::context const& { return scope_.ctx(); }
  void spawn(sluice::task<void> body) { rt.spawn(std::move(body)).detach(); }

  /// Until all tasks have ended.
  void finish() {
    if (how_ == rough::yes) {
      (void)rt.run_until(sluice::never);
      scope_.cancel();
    }
    (void)rt.run();
  }

  sluice::testing::deterministic_runtime rt;

 private:
  rough how_;
  sluice::cancel_scope scope_;
};

struct room_program {
  std::string name;
  std::function<void(sluice::testing::trial&, rough)> run;
  bool orderly = false;  ///< its tasks own what others use, and cannot vanish
};

inline auto room_programs() -> std::vector<room_program> const& {
  using namespace sluice;
  using namespace std::chrono_literals;
  using testing::trial;
  static std::vector<room_program> const all{
      {"yield",
       [](trial& t, rough how) {
         auto body = []() -> task<void> {
           tracked const held{1};
           for (int i = 0; i < 3; ++i) co_await yield();
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(body());
         s.finish();
       }},
      {"fork",
       [](trial& t, rough how) {
         auto child = []() -> task<int> {
           tracked const held{1};
           co_await yield();
           co_return 1;
         };
         auto parent = [&](executor& home) -> task<void> {
           tracked const held{1};
           try {
             auto one = co_await fork(home, child());
             auto two = co_await fork(home, child());
             (void)co_await std::move(one);
             (void)co_await std::move(two);
           } catch (misuse const&) {  // it has begun only when the runtime was ending
           }
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(parent(s.rt.home()));
         s.finish();
       }},
      {"join",
       [](trial& t, rough how) {
         auto child = [](context ctx) -> task<int> {
           tracked const held{1};
           (void)co_await sleep_for(ctx, 1ms);
           co_return 1;
         };
         auto parent = [&](executor& home, context ctx) -> task<void> {
           auto one = spawn(home, child(ctx));
           auto other = spawn(home, child(ctx));
           (void)co_await std::move(one);
           (void)co_await std::move(other);
         };
         stage s{t, how};
         s.spawn(parent(s.rt.home(), s.ctx()));
         s.finish();
       }},
      {"channel, without a buffer",
       [](trial& t, rough how) {
         channel<tracked> ch{0};
         int given = 0;
         int taken = 0;
         auto sends = [&](context ctx) -> task<void> {
           for (int i = 0; i < 3; ++i)
             if (co_await ch.send(ctx, tracked{i})) ++given;
         };
         auto receives = [&](context ctx) -> task<void> {
           for (int i = 0; i < 3; ++i)
             if (co_await ch.recv(ctx)) ++taken;
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(sends(s.ctx()));
         for (int i = 0; i < 2; ++i) s.spawn(receives(s.ctx()));
         s.finish();
         // Who vanishes after its partner has done its part has not counted it.
         if (how == rough::no) t.check(given == taken, "what is sent is received");
         t.check(ch.try_send(tracked{9}).error().code() == errc::would_block, "no receiver stays behind");
         t.check(ch.try_recv().error().code() == errc::would_block, "no sender stays behind");
       }},
      {"channel, with a buffer",
       [](trial& t, rough how) {
         channel<tracked> ch{2};
         int given = 0;
         int taken = 0;
         auto sends = [&](context ctx) -> task<void> {
           for (int i = 0; i < 4; ++i)
             if (co_await ch.send(ctx, tracked{i})) ++given;
         };
         auto receives = [&](context ctx) -> task<void> {
           for (int i = 0; i < 3; ++i)
             if (co_await ch.recv(ctx)) ++taken;
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(sends(s.ctx()));
         for (int i = 0; i < 2; ++i) s.spawn(receives(s.ctx()));
         s.finish();
         auto const inside = static_cast<int>(ch.len());
         if (how == rough::no) t.check(given == taken + inside, "what is sent is received, or inside");
         while (ch.try_recv()) {}
         for (int i = 0; i < 2; ++i) t.check(ch.try_send(tracked{9}).has_value(), "nobody takes the room");
       }},
      {"select",
       [](trial& t, rough how) {
         channel<tracked> in{0};
         channel<tracked> out{0};
         auto passes_on = [&](context ctx) -> task<void> {
           for (int i = 0; i < 6; ++i) {
             auto got = on_recv(in);
             auto sent = on_send(out, tracked{i});
             auto over = on_done(ctx);
             switch (co_await select(got, sent, over)) {
               case 0: (void)got.take(); break;
               case 1: (void)sent.take(); break;
               default: co_return;
             }
           }
         };
         auto gives = [&](context ctx) -> task<void> {
           for (int i = 0; i < 3; ++i)
             if (!co_await in.send(ctx, tracked{i})) co_return;
         };
         auto takes = [&](context ctx) -> task<void> {
           for (int i = 0; i < 3; ++i)
             if (!co_await out.recv(ctx)) co_return;
         };
         stage s{t, how};
         s.spawn(passes_on(s.ctx()));
         s.spawn(gives(s.ctx()));
         s.spawn(takes(s.ctx()));
         s.finish();
         t.check(in.try_send(tracked{9}).error().code() == errc::would_block, "no case stays behind");
         t.check(out.try_recv().error().code() == errc::would_block, "no case stays behind");
       }},
      {"select, on time and tasks",
       [](trial& t, rough how) {
         auto sleeps = [](context ctx, duration span) -> task<void> { (void)co_await sleep_for(ctx, span); };
         auto waits = [&](executor& home, context ctx) -> task<void> {
           ticker const ticks{ctx, 3ms};
           for (int i = 0; i < 3; ++i) {
             auto const child = spawn(home, sleeps(ctx, (i + 1) * 2ms));
             auto ended = on_join(child);
             auto late = on_timeout(4ms);
             auto tick = on_recv(ticks);
             auto over = on_done(ctx);
             if (co_await select(ended, late, tick, over) == 3) co_return;
           }
         };
         stage s{t, how};
         s.spawn(waits(s.rt.home(), s.ctx()));
         s.finish();
       }},
      {"select, on a oneshot and a broadcast",
       [](trial& t, rough how) {
         auto [answer, question] = oneshot<tracked>();
         broadcast<int> news{2};
         auto mine = news.subscribe();
         auto listens = [&, &from = question](context ctx) -> task<void> {
           auto answered = on_recv(from);
           auto next = on_recv(mine);
           auto over = on_done(ctx);
           for (;;) {
             auto const chosen = co_await select(answered, next, over);
             if (chosen == 2 || (chosen == 1 && !next.take())) co_return;
             if (chosen == 0) (void)answered.take(), answered.enable(false);
           }
         };
         auto tells = [&, &to = answer](context ctx) -> task<void> {
           for (int i = 0; i < 4; ++i) {
             (void)news.send(i);
             if (i == 1) (void)to.send(tracked{9});
             (void)co_await sleep_for(ctx, 1ms);
           }
           news.close();
         };
         stage s{t, how};
         s.spawn(listens(s.ctx()));
         s.spawn(tells(s.ctx()));
         s.finish();
         (void)mine.try_recv();  // misuse, if a case had stayed behind
       }},
      {"oneshot",
       [](trial& t, rough how) {
         auto [answer, question] = oneshot<tracked>();
         auto receives = [](context ctx, oneshot_receiver<tracked> from) -> task<void> {
           (void)co_await from.recv(ctx);
         };
         auto sends = [](oneshot_sender<tracked> to) -> task<void> {
           co_await yield();
           (void)to.send(tracked{1});
         };
         stage s{t, how};
         s.spawn(receives(s.ctx(), std::move(question)));
         s.spawn(sends(std::move(answer)));
         s.finish();
       }},
      {"broadcast",
       [](trial& t, rough how) {
         broadcast<int> news{2};
         auto hears = [](context ctx, broadcast_subscriber<int> from) -> task<void> {
           while (co_await from.recv(ctx)) {}
         };
         auto tells = [&](context ctx) -> task<void> {
           for (int i = 0; i < 3; ++i) {
             (void)news.send(i);
             (void)co_await sleep_for(ctx, 1ms);
           }
           if (!news.closed()) news.close();
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(hears(s.ctx(), news.subscribe()));
         s.spawn(tells(s.ctx()));
         s.finish();
         t.check(news.subscribers() == 0, "no subscriber stays behind");
       }},
      {"mutex",
       [](trial& t, rough how) {
         sluice::mutex lock;
         int inside = 0;
         auto body = [&](context ctx) -> task<void> {
           for (int i = 0; i < 2; ++i) {
             auto const held = co_await lock.lock(ctx);
             if (!held) co_return;
             t.check(++inside == 1, "one at a time");
             scope_exit const leave{[&] { --inside; }};
             co_await yield();
           }
         };
         stage s{t, how};
         for (int i = 0; i < 3; ++i) s.spawn(body(s.ctx()));
         s.finish();
         t.check(lock.try_lock().has_value(), "the mutex is free");
       }},
      {"lock_all",
       [](trial& t, rough how) {
         sluice::mutex one;
         sluice::mutex other;
         auto body = [&](context ctx, sluice::mutex& a, sluice::mutex& b) -> task<void> {
           auto const held = co_await lock_all(ctx, a, b);
           if (held) co_await yield();
         };
         stage s{t, how};
         s.spawn(body(s.ctx(), one, other));
         s.spawn(body(s.ctx(), other, one));
         s.spawn(body(s.ctx(), one, other));
         s.finish();
         t.check(one.try_lock().has_value() && other.try_lock().has_value(), "both are free");
       }},
      {"shared_mutex",
       [](trial& t, rough how) {
         sluice::shared_mutex table;
         auto reads = [&](context ctx) -> task<void> {
           for (int i = 0; i < 2; ++i) {
             auto const held = co_await table.lock_shared(ctx);
             if (!held) co_return;
             co_await yield();
           }
         };
         auto writes = [&](context ctx) -> task<void> {
           for (int i = 0; i < 2; ++i) {
             auto const held = co_await table.lock(ctx);
             if (!held) co_return;
             co_await yield();
           }
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(reads(s.ctx()));
         for (int i = 0; i < 2; ++i) s.spawn(writes(s.ctx()));
         s.finish();
         t.check(table.try_lock().has_value(), "nobody holds it");
       }},
      {"semaphore",
       [](trial& t, rough how) {
         semaphore slots{2};
         auto body = [&](context ctx, std::size_t count) -> task<void> {
           auto const held = co_await slots.acquire(ctx, count);
           if (held) co_await yield();
         };
         stage s{t, how};
         for (std::size_t i = 0; i < 4; ++i) s.spawn(body(s.ctx(), 1 + i % 2));
         s.finish();
         t.check(slots.available() == 2, "all permits are back");
       }},
      {"limited",
       [](trial& t, rough how) {
         semaphore slots{1};
         auto body = []() -> task<int> {
           co_await yield();
           co_return 1;
         };
         auto asks = [&](context ctx) -> task<void> { (void)co_await limited(ctx, slots, body()); };
         stage s{t, how};
         for (int i = 0; i < 3; ++i) s.spawn(asks(s.ctx()));
         s.finish();
         t.check(slots.available() == 1, "all permits are back");
       }},
      {"condition_variable",
       [](trial& t, rough how) {
         sluice::mutex lock;
         condition_variable changed;
         int items = 0;
         auto takes = [&](context ctx) -> task<void> {
           auto held = co_await lock.lock(ctx);
           if (!held) co_return;
           if (co_await changed.wait(ctx, *held, [&] { return items > 0; })) --items;
         };
         auto gives = [&](context ctx) -> task<void> {
           for (int i = 0; i < 2; ++i) {
             auto const held = co_await lock.lock(ctx);
             if (!held) co_return;
             ++items;
             changed.signal();
             co_await yield();
           }
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(takes(s.ctx()));
         s.spawn(gives(s.ctx()));
         s.finish();
         t.check(lock.try_lock().has_value(), "the mutex is free");
       }},
      {"event",
       [](trial& t, rough how) {
         event door;
         auto waits = [&](context ctx) -> task<void> { (void)co_await door.wait(ctx); };
         auto opens = [&](context ctx) -> task<void> {
           if (co_await sleep_for(ctx, 1ms)) door.set();
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(waits(s.ctx()));
         s.spawn(opens(s.ctx()));
         s.finish();
       }},
      {"barrier",
       [](trial& t, rough how) {
         sluice::barrier pair{2};
         auto body = [&](context ctx) -> task<void> {
           for (int i = 0; i < 3; ++i)
             if (!co_await pair.arrive_and_wait(ctx)) co_return;
         };
         auto meets = [&]() -> task<void> { (void)co_await pair.arrive_and_wait(context::background()); };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(body(s.ctx()));
         s.finish();
         if (how == rough::yes) return;
         for (int i = 0; i < 2; ++i) s.spawn(meets());
         (void)s.rt.run();  // whoever gave up does not count: these two meet
       }},
      {"wait_group",
       [](trial& t, rough how) {
         wait_group group;
         auto works = [&](context ctx) -> task<void> {
           scope_exit const ends{[&] { group.done(); }};
           (void)co_await sleep_for(ctx, 1ms);
         };
         auto waits = [&](context ctx) -> task<void> { (void)co_await group.wait(ctx); };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) {
           s.spawn(waits(s.ctx()));
           s.spawn(works(s.ctx()));
           group.add();
         }
         s.finish();
         while (group.count() > 0) group.done();  // of one that never began
       }},
      {"once",
       [](trial& t, rough how) {
         sluice::once first;
         auto runs = [](context ctx) -> task<void> { (void)co_await sleep_for(ctx, 1ms); };
         auto calls = [&](context ctx) -> task<void> {
           (void)co_await first.call(ctx, [&] { return runs(ctx); });
         };
         stage s{t, how};
         for (int i = 0; i < 3; ++i) s.spawn(calls(s.ctx()));
         s.finish();
       }},
      {"lazy",
       [](trial& t, rough how) {
         lazy<tracked> value{[]() -> task<tracked> {
           co_await yield();
           co_return tracked{1};
         }};
         auto asks = [&](context ctx) -> task<void> { (void)co_await value.get(ctx); };
         stage s{t, how};
         for (int i = 0; i < 3; ++i) s.spawn(asks(s.ctx()));
         s.finish();
       }},
      {"single_flight",
       [](trial& t, rough how) {
         single_flight<int, int> loading;
         auto loads = [](context ctx) -> task<int> {
           (void)co_await sleep_for(ctx, 1ms);
           co_return 1;
         };
         auto asks = [&](context ctx, int key) -> task<void> {
           (void)co_await loading.run(ctx, key, [&] { return loads(ctx); });
         };
         stage s{t, how};
         for (int i = 0; i < 4; ++i) s.spawn(asks(s.ctx(), i % 2));
         s.finish();
         t.check(loading.in_flight() == 0, "no call stays in flight");
       }},
      {"sleep",
       [](trial& t, rough how) {
         auto body = [](context ctx) -> task<void> {
           (void)co_await sleep_for(ctx, 2ms);
           (void)co_await sleep_for(ctx, 0ns);
           (void)co_await after(ctx, 1ms);
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(body(s.ctx()));
         s.finish();
       }},
      {"timer",
       [](trial& t, rough how) {
         auto body = [](context ctx) -> task<void> {
           timer const limit{ctx, 1ms};
           (void)co_await limit.recv(ctx);
           (void)limit.reset(1ms);
           (void)co_await limit.recv(ctx);
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(body(s.ctx()));
         s.finish();
       }},
      {"ticker",
       [](trial& t, rough how) {
         auto body = [](context ctx) -> task<void> {
           ticker const ticks{ctx, 1ms};
           for (int i = 0; i < 3; ++i)
             if (!co_await ticks.recv(ctx)) co_return;
         };
         stage s{t, how};
         for (int i = 0; i < 2; ++i) s.spawn(body(s.ctx()));
         s.finish();
       }},
      {"after_func",
       [](trial& t, rough how) {
         auto body = [](context ctx) -> task<void> {
           int ran = 0;
           auto const by_time = after_func(ctx, 1ms, [held = tracked{1}] {});
           auto scope = with_timeout(ctx, 2ms);
           auto const at_end = after_func(scope.ctx(), [held = tracked{2}] {});
           auto const never_runs = after_func(ctx, 1h, [held = tracked{3}] {});
           (void)co_await sleep_for(ctx, 3ms);
           (void)ran;
         };
         stage s{t, how};
         s.spawn(body(s.ctx()));
         s.finish();
       }},
      {"the end of a context",
       [](trial& t, rough how) {
         auto waits = [](context ctx) -> task<void> { (void)co_await ctx.ended(); };
         auto body = [&](executor& home, context ctx) -> task<void> {
           auto scope = with_timeout(ctx, 2ms);
           auto one = spawn(home, waits(scope.ctx()));
           auto other = spawn(home, waits(scope.ctx()));
           co_await std::move(one);
           co_await std::move(other);
         };
         stage s{t, how};
         s.spawn(body(s.rt.home(), s.ctx()));
         s.finish();
       }},
      {"error_group",
       [](trial& t, rough how) {
         auto works = [](context ctx) -> task<void> { (void)co_await sleep_for(ctx, 1ms); };
         auto body = [&](executor& home, context ctx) -> task<void> {
           error_group group{home, ctx, {.limit = 2}};
           try {
             for (int i = 0; i < 3; ++i)
               if (!co_await group.go(ctx, works(group.ctx()))) break;
           } catch (std::bad_alloc const&) {
           }
           try {
             (void)co_await group.wait();
           } catch (std::bad_alloc const&) {
           }
         };
         stage s{t, how};
         s.spawn(body(s.rt.home(), s.ctx()));
         s.finish();
       }},
      {"worker_pool",
       [](trial& t, rough how) {
         int ran = 0;
         auto job = [&](context const& ctx) -> task<int> {
           (void)co_await sleep_for(ctx, 1ms);
           co_return ++ran;
         };
         auto body = [&](executor& home, context ctx) -> task<void> {
           worker_pool pool{home, ctx, {.workers = 2, .queue = 1}};
           for (int i = 0; i < 4; ++i) {
             auto handle = co_await pool.submit(ctx, job);
             if (handle && i % 2 == 0) (void)co_await std::move(*handle);
           }
           (void)co_await pool.stop(context::background(), stop_mode::drain);
           auto const made = pool.metrics();
           t.check(made.waiting == 0 && made.running == 0, "nothing waits or runs in a stopped pool");
           t.check(made.submitted == made.completed + made.failed + made.cancelled, "every job has ended");
         };
         stage s{t, how};
         s.spawn(body(s.rt.home(), s.ctx()));
         s.finish();
       },
       true},
      {"pipeline",
       [](trial& t, rough how) {
         auto const line = pipeline<int>{}
                               .transform([](int value) { return value + 1; },
                                          {.parallelism = 2, .buffer = 1})
                               .filter([](int value) { return value % 2 == 0; });
         auto body = [&](executor& home, context ctx) -> task<void> {
           auto flow = line.start(home, ctx);
           auto feeds = [](context under, send_only<int> into) -> task<void> {
             for (int i = 0; i < 4; ++i)
               if (!co_await into.send(under, i)) co_return;
             into.close();
           };
           auto fed = spawn(home, feeds(flow.ctx(), flow.in()));
           auto out = flow.out();
           while (co_await out.recv(ctx)) {}
           if (ctx.done()) flow.leave();
           co_await std::move(fed);
           (void)co_await flow.finish();
         };
         stage s{t, how};
         s.spawn(body(s.rt.home(), s.ctx()));
         s.finish();
       },
       true},
  };
  return all;
}

}  // namespace support
