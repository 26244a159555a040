// checker_bench — how fast the checker visits the executions of a program, and what seq_cst costs it.
#include "micro/workload.hpp"

#include <sluice/atomics/orders.hpp>
#include <sluice/model/explore.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::bench {
namespace {

/// Two threads that store to a place of their own and look at the other's, four times each.
struct shape {
  std::string name;
  std::memory_order storing;
  std::memory_order loading;
  bool fenced;
  std::uint64_t executions;  // all there are
};

auto explored(shape const& of) -> model::report {
  auto const store_and_look = [&of](model::atomic<int>& mine, model::atomic<int>& other) {
    for (int value = 1; value <= 4; ++value) {
      mine.store(value, of.storing);
      if (of.fenced) model::atomics::fence(seq_cst);
      (void)other.load(of.loading);
    }
  };
  return model::explore([&](model::execution& run) {
    model::atomic<int> x{0};
    model::atomic<int> y{0};
    run.thread([&] { store_and_look(x, y); });
    run.thread([&] { store_and_look(y, x); });
    run.join();
  });
}

/// Whole explorations until at least `executions` were visited; the time is that of `executions`.
auto visit(shape const& of, std::uint64_t executions) -> timing {
  std::uint64_t visited = 0;
  auto const start = std::chrono::steady_clock::now();
  while (visited < executions) {
    auto const report = explored(of);
    if (!report.complete || report.executions != of.executions)
      return std::unexpected{of.name + ": " + std::to_string(report.executions) + " executions instead of " +
                             std::to_string(of.executions)};
    visited += report.executions;
  }
  auto const took = std::chrono::steady_clock::now() - start;
  return std::chrono::nanoseconds{
      static_cast<std::int64_t>(static_cast<double>(took.count()) * static_cast<double>(executions) / static_cast<double>(visited))};
}

void add(workload_list& to, std::string id, standing who, std::string contender, std::string help, shape of) {
  to.push_back({.id = std::move(id),
                .contender = std::move(contender),
                .who = who,
                .item = "execution",
                .help = std::move(help),
                .items = 200'000,
                .workers = 1,
                .time = [of = std::move(of)](std::uint64_t executions) {
                  return warmed_up(executions, [&of](std::uint64_t count) { return visit(of, count); });
                }});
}

}  // namespace

void add_checker_workloads(workload_list& to) {
  shape const weak{"relaxed", relaxed, relaxed, false, 4116};
  shape const strong{"seq_cst", seq_cst, seq_cst, false, 1107};
  shape const fences{"fences", relaxed, relaxed, true, 1107};
  using enum standing;
  add(to, "explore-seq_cst", ours, "checker", "all executions of two threads with four seq_cst stores and loads each", strong);
  add(to, "explore-seq_cst", floor, "relaxed", "the same, and every order relaxed", weak);
  add(to, "explore-fences", ours, "checker", "all executions of two threads with four stores, seq_cst fences and loads each", fences);
  add(to, "explore-fences", floor, "relaxed", "the same without the fences", weak);
}

}  // namespace sluice::bench
