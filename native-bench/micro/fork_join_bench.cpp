// fork_join_bench — a task for every call of a recursion, and for every node of a tree.
#include "micro/fork_join.hpp"
#include "micro/task_workload.hpp"

#include <sluice/task/spawn.hpp>

#include <utility>
#include <vector>

namespace sluice::bench {
namespace {

auto fib(executor& on, unsigned n) -> task<std::uint64_t> {
  if (n < 2) co_return n;
  auto larger = co_await fork(on, fib(on, n - 1));
  auto const smaller = co_await fib(on, n - 2);
  co_return smaller + co_await std::move(larger);
}

auto count(executor& on, tree_node at, unsigned children) -> task<std::uint64_t> {
  std::uint64_t all = 1;
  if (children == 0) co_return all;
  std::vector<join_handle<std::uint64_t>> below;
  below.reserve(children);
  for (unsigned i = 0; i < children; ++i) {
    auto const next = at.child(i);
    below.push_back(co_await fork(on, count(on, next, next.children())));
  }
  for (auto& each : below) all += co_await std::move(each);
  co_return all;
}

}  // namespace

void add_fork_join_workloads(workload_list& to) {
  add_task_workload(to, "fib", "call", "fib(32) without a cutoff: of the two calls in each call one is forked, the other awaited", fib_calls,
                    [](runtime& on, std::uint64_t calls) {
                      return time_fib(calls, [&](unsigned n) { return on.block_on(fib(on.home(), n)).value_or(0); });
                    });
  add_task_workload(to, "uts", "node", "an unbalanced tree of depth 1203, a task for each node", tree_node::nodes,
                    [](runtime& on, std::uint64_t nodes) {
                      return time_tree(nodes, [&](tree_node root, unsigned children) {
                        return on.block_on(count(on.home(), root, children)).value_or(0);
                      });
                    });
}

}  // namespace sluice::bench
