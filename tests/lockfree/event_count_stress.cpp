#include <atomic>
#include <cstdint>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <sluice/lockfree/event_count.hpp>
#include <tests/support/stress.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

/// Tokens that some threads put down and others wait for.
class tokens {
 public:
  explicit tokens(unsigned looks) : arrivals_(looks) {}

  void put(publication how) {
    left_.fetch_add(1, how == publication::any ? std::memory_order_relaxed : std::memory_order_seq_cst);
    arrivals_.notify_one(how);
  }
  /// Returns whether the thread slept.
  auto take() -> bool { return arrivals_.await([&] { return try_take(); }); }
  [[nodiscard]] auto left() const -> std::int64_t { return left_.load(); }
  [[nodiscard]] auto waiting() const -> std::size_t { return arrivals_.waiting_hint(); }

 private:
  auto try_take() -> bool {
    for (auto seen = left_.load(); seen > 0;)
      if (left_.compare_exchange_weak(seen, seen - 1)) return true;
    return false;
  }

  event_count arrivals_;
  std::atomic<std::int64_t> left_{0};
};

}  // namespace

TEST_CASE("of fifty million notices none is lost: whoever waits for a token gets one",
          "[lockfree][stress][threads]") {
  auto const how = GENERATE(publication::any, publication::seq_cst);
  constexpr unsigned side = 2;
  constexpr auto each = support::stress_operations / 2 / (2 * side);  // for either publication
  tokens shared(event_count::usual_looks);
  support::run_together(2 * side, [&](unsigned who) {
    for (auto left = each; left > 0; --left)
      if (who < side) shared.put(how);
      else (void)shared.take();
  });
  CHECK(shared.left() == 0);
  CHECK(shared.waiting() == 0);
}

TEST_CASE("two threads that wake each other and sleep in turn do so hundreds of thousands of times",
          "[lockfree][stress][threads]") {
  auto const how = GENERATE(publication::any, publication::seq_cst);
  constexpr auto rounds = support::full_size(std::uint64_t{200'000});
  tokens there(0);
  tokens back(0);
  std::atomic<std::uint64_t> slept{0};
  support::run_together(2, [&](unsigned who) {
    auto& mine = who == 0 ? there : back;
    auto& other = who == 0 ? back : there;
    std::uint64_t times = 0;
    if (who == 0) other.put(how);
    for (auto left = rounds; left > 0; --left) {
      times += mine.take() ? 1 : 0;
      other.put(how);
    }
    slept += times;
  });
  CHECK(there.left() + back.left() == 1);
  CHECK(slept > 0);
}
