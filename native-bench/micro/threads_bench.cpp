// threads_bench — a value there and back between two plain threads, which spin or sleep while they wait.
#include "harness/crew.hpp"
#include "micro/workload.hpp"

#include <sluice/base/cpu.hpp>
#include <sluice/channel/channel.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sluice::bench {
namespace {

using clock = std::chrono::steady_clock;

/// A place for one value, from one thread to another.
class over_a_channel {
 public:
  void put(int value) { (void)through_.send_blocking(nobody_, value); }
  auto take() -> int { return through_.recv_blocking(nobody_).value(); }

 private:
  context nobody_ = context::background();
  channel<int> through_{0};
};

/// The least there is between two processors: a line that one writes and the other watches.
class over_a_line {
 public:
  void put(int value) { value_.store(value, std::memory_order_release); }
  auto take() -> int {
    int value = nothing;
    while ((value = value_.load(std::memory_order_acquire)) == nothing) cpu_pause();
    value_.store(nothing, std::memory_order_relaxed);
    return value;
  }

 private:
  static constexpr int nothing = -1;
  alignas(64) std::atomic<int> value_{nothing};
};

/// The plainest thing that sleeps.
class over_a_condition {
 public:
  void put(int value) {
    std::lock_guard const hold{mutex_};
    value_ = value;
    came_.notify_one();
  }
  auto take() -> int {
    std::unique_lock hold{mutex_};
    came_.wait(hold, [&] { return value_ >= 0; });
    return std::exchange(value_, -1);
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  int value_ = -1;
};

void think(std::chrono::nanoseconds span) {
  if (span.count() == 0) return;
  for (auto const until = clock::now() + span; clock::now() < until;) cpu_pause();
}

/// What both threads spend with thinking before they answer is not counted: whoever waits has gone to sleep by then.
template <class Way>
auto there_and_back(crew& threads, std::chrono::nanoseconds thinking, std::uint64_t rounds) -> timing {
  auto const there = std::make_unique<Way>();
  auto const back = std::make_unique<Way>();
  int value = 0;
  auto const took = threads.run([&](unsigned who) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      if (who == 0) {
        think(thinking);
        there->put(value);
        value = back->take();
      } else {
        auto const got = there->take();
        think(thinking);
        back->put(got + 1);
      }
    }
  });
  if (static_cast<std::uint64_t>(value) != rounds)
    return std::unexpected{"the value is " + std::to_string(value) + " after " + std::to_string(rounds) + " round trips"};
  return took - 2 * static_cast<std::int64_t>(rounds) * thinking;
}

template <class Way>
void add(workload_list& to, std::string const& question, std::string const& contender, standing who, std::string const& help,
         std::chrono::nanoseconds thinking, std::uint64_t rounds, std::vector<go_contender> go) {
  to.push_back({.id = question + "/2t",
                .contender = contender,
                .who = who,
                .item = "round trip",
                .help = help,
                .items = rounds,
                .go = std::move(go),
                .workers = 2,
                .time = [thinking](std::uint64_t n) {
                  crew threads{2};
                  return warmed_up(n, [&](std::uint64_t part) { return there_and_back<Way>(threads, thinking, part); });
                }});
}

}  // namespace

void add_thread_workloads(workload_list& to) {
  using std::chrono::microseconds;
  constexpr microseconds at_once{0};
  constexpr microseconds long_enough{20};
  auto const spinning = std::string{"threads-ping-pong"};
  auto const parked = std::string{"threads-parked"};
  add<over_a_channel>(to, spinning, "sluice", standing::ours, "an int there and back between 2 threads, 2 unbuffered channels", at_once,
                      300'000, {{"go", "threads-ping-pong"}});
  add<over_a_line>(to, spinning, "line", standing::floor, "the same through two lines that the threads watch", at_once, 300'000, {});
  add<over_a_channel>(to, parked, "sluice", standing::ours,
                      "the same, each answer after 20 us of work that are not counted: the other one sleeps", long_enough, 5'000, {});
  add<over_a_condition>(to, parked, "condition", standing::floor, "the same with a mutex and a condition variable each way", long_enough,
                        5'000, {});
}

}  // namespace sluice::bench
