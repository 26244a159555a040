// litmus_program — every row of the litmus table, its count and its outcome; and how fast the checker goes.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include <sluice/model/litmus.hpp>
#include <tests/support/litmus_rows.hpp>

using namespace sluice;

int main() {
  std::size_t reproduced = 0;
  for (auto const& row : support::litmus_rows) {
    auto const result = model::run(model::litmus::parse(row.program));
    auto const races = result.explored.found == model::fault::data_race;
    if (result.explored.complete && result.explored.executions == row.executions &&
        result.allows(row.weak) == row.reachable && races == row.races) {
      ++reproduced;
    } else {
      std::printf("row %d, %.*s: %llu executions instead of %llu, weak outcome %s\n", row.number,
                  static_cast<int>(row.name.size()), row.name.data(),
                  static_cast<unsigned long long>(result.explored.executions),
                  static_cast<unsigned long long>(row.executions), result.allows(row.weak) ? "reached" : "not reached");
    }
  }
  std::printf("litmus %zu/%zu\n", reproduced, std::size(support::litmus_rows));

  auto const begun = std::chrono::steady_clock::now();
  auto const report = model::explore([](model::execution& run) {
    model::atomic<int> x{0}, y{0};
    run.thread([&] { for (int i = 1; i < 5; ++i) x.store(i, std::memory_order_relaxed), (void)y.load(std::memory_order_relaxed); });
    run.thread([&] { for (int i = 1; i < 5; ++i) y.store(i, std::memory_order_relaxed), (void)x.load(std::memory_order_relaxed); });
    run.join();
  });
  std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begun;
  std::printf("%llu executions of two threads with 16 operations, %.0f a second\n",
              static_cast<unsigned long long>(report.executions), static_cast<double>(report.executions) / took.count());
  std::exit(reproduced == std::size(support::litmus_rows) && report.complete ? 0 : 1);
}
