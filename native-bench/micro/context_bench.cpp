// context_bench — giving up together: trees of contexts are built and ended, asked, and heard of by tasks that wait.
#include "micro/task_workload.hpp"

#include <sluice/context/context.hpp>
#include <sluice/sync/wait_group.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

namespace sluice::bench {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t at_once = 100'000;

/// Builds `count` contexts below a root, each below the one that `parent_of` names, 0 being the root; ends the root;
/// lets go of all. Returns how many had ended then.
template <class Parent>
auto build_and_cancel(context const& ctx, std::size_t count, Parent const& parent_of) -> std::size_t {
  std::vector<cancel_scope> all;
  all.reserve(count + 1);
  all.push_back(with_cancel(ctx));
  for (std::size_t i = 1; i <= count; ++i) all.push_back(with_cancel(all[parent_of(i)]));
  all.front().cancel();
  return static_cast<std::size_t>(std::ranges::count_if(all, [](auto const& each) { return each.ctx().done(); })) - 1;
}

/// Trees of at most 100 000, until `items` contexts were built and have ended.
template <class Parent>
auto cancel_trees(std::string const& name, runtime& on, std::uint64_t items, Parent const& parent_of) -> timing {
  std::uint64_t ended = 0;
  auto const start = clock::now();
  for (std::uint64_t left = items; left > 0;) {
    auto const part = std::min<std::uint64_t>(left, at_once);
    ended += build_and_cancel(on.background(), part, parent_of);
    left -= part;
  }
  auto const took = clock::now() - start;
  if (ended != items) return std::unexpected{name + ": " + std::to_string(ended) + " of " + std::to_string(items) + " ended"};
  return took;
}

auto ask(runtime& on, std::uint64_t items) -> timing {
  auto const scope = with_cancel(on.background());
  std::uint64_t alive = 0;
  auto const start = clock::now();
  for (std::uint64_t i = 0; i < items; ++i)
    if (!scope.ctx().err()) ++alive;
  auto const took = clock::now() - start;
  if (alive != items) return std::unexpected{std::string{"context-err: a context has ended that nobody ended"}};
  return took;
}

auto wait_for_end(context const& ctx, wait_group& begun, wait_group& all, std::atomic<std::uint64_t>& heard) -> task<void> {
  begun.done();
  (void)co_await ctx.ended();
  heard.fetch_add(1, std::memory_order_relaxed);
  all.done();
}

/// `tasks` wait for one context. Returns how long it takes from its end until all of them have run.
auto wake_all(runtime& on, std::size_t tasks, std::atomic<std::uint64_t>& heard) -> task<clock::duration> {
  auto scope = with_cancel(on.background());
  wait_group begun;
  wait_group all;
  begun.add(static_cast<std::int64_t>(tasks));
  all.add(static_cast<std::int64_t>(tasks));
  for (std::size_t i = 0; i < tasks; ++i) on.spawn(wait_for_end(scope.ctx(), begun, all, heard)).detach();
  (void)co_await begun.wait(on.background());
  auto const start = clock::now();
  scope.cancel();
  (void)co_await all.wait(on.background());
  co_return clock::now() - start;
}

auto wake(runtime& on, std::uint64_t items) -> timing {
  std::atomic<std::uint64_t> heard{0};
  clock::duration took{0};
  for (std::uint64_t left = items; left > 0;) {
    auto const part = std::min<std::uint64_t>(left, at_once);
    auto const round = on.block_on(wake_all(on, part, heard));
    if (!round) return std::unexpected{"context-wake: " + round.error().message()};
    took += *round;
    left -= part;
  }
  if (heard != items) return std::unexpected{"context-wake: " + std::to_string(heard) + " of " + std::to_string(items) + " heard of it"};
  return took;
}

}  // namespace

void add_context_workloads(workload_list& to) {
  add_task_workload(to, "context-flat", "context", "100 000 children of one context are built, ended through it and let go, 10 times",
                    10 * at_once, [](runtime& on, std::uint64_t items) {
                      return cancel_trees("context-flat", on, items, [](std::size_t) { return std::size_t{0}; });
                    });
  add_task_workload(to, "context-tree", "context", "the same in a tree whose nodes have 10 children", 10 * at_once,
                    [](runtime& on, std::uint64_t items) {
                      return cancel_trees("context-tree", on, items, [](std::size_t i) { return (i - 1) / 10; });
                    });
  add_task_workload(to, "context-err", "look", "asks a context that lives whether it has ended", 50'000'000, ask);
  add_task_workload(to, "context-wake", "task", "100 000 tasks wait for the end of a context; from there until all have run, 5 times",
                    5 * at_once, wake);
}

}  // namespace sluice::bench
