// atomic_vs_mutex — one total, five ways to add to it, and how much the number of workers changes.
#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

#include <sluice/base/cache_line.hpp>
#include <sluice/lockfree/barging_lock.hpp>
#include <sluice/scenarios/adding_up.hpp>
#include <sluice/sync/mutex.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option kinds[] = {{"atomic", "atomic, fetch_add"},
                                   {"exchange", "atomic, compare-and-swap loop"},
                                   {"mutex", "std::mutex"},
                                   {"barging", "barging_lock"},
                                   {"task-mutex", "mutex of tasks"}};

constexpr parameter parameters[] = {
    {.id = "kind", .label = "Kept together by", .unit = "", .help = "What keeps two additions apart.",
     .type = param_type::choice, .max = 4, .fallback = 0, .choices = kinds},
    adding_workers,
    adding_operations(20'000'000),
};

constexpr std::string_view pictures[] = {"heat", "lanes", "rate"};
constexpr std::string_view hero[] = {"kind", "workers"};
constexpr std::string_view notice[] = {
    "{rate} with {workers} workers. Choose another way and run again, then change the number of workers: the "
    "ratio between the ways changes with it.",
    "\"Atomics are 2.7 times faster than mutexes\" is no constant. Here, natively on two cores of an EPYC, "
    "a std::mutex took 3.5 times as long as an atomic addition with one worker, 5.8 times with two and 5.2 "
    "with four; the barging lock 1.1 times, always. A mutex of tasks costs more: who waits gives its worker away.",
    "The compare-and-swap loop lost {retries} races. It needs the line twice for each addition, and another "
    "worker can come in between."};

// [show]
struct by_fetch_add final : shared_total {
  void add_ones(std::uint64_t times) override {
    for (; times > 0; --times) value.fetch_add(1, std::memory_order_relaxed);
  }
  auto sum() -> std::uint64_t override { return value; }
  alignas(cache_line) std::atomic<std::uint64_t> value{0};
};

/// What `fetch_add` spares: here another worker can come between the look and the exchange.
struct by_exchange final : shared_total {
  void add_ones(std::uint64_t times) override {
    for (; times > 0; --times) {
      auto seen = value.load(std::memory_order_relaxed);
      while (!value.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) {
      }
    }
  }
  auto sum() -> std::uint64_t override { return value; }
  alignas(cache_line) counting_atomics::atomic<std::uint64_t> value{0};
};

template <class Lock>
struct by_lock final : shared_total {
  void add_ones(std::uint64_t times) override {
    for (; times > 0; --times) {
      std::lock_guard const held{lock};
      ++value;
    }
  }
  auto sum() -> std::uint64_t override { return value; }
  alignas(cache_line) Lock lock;
  std::uint64_t value = 0;
};

/// A mutex for tasks: who waits gives its worker to others, and is handed the lock in turn.
task<void> add_in_turn(rig& r, mutex& lock, std::uint64_t& value, std::uint64_t left) {
  while (left > 0 && !r.stopped()) {
    bool taken = false;
    co_await r.burst(adding, [&] {
      std::uint64_t done = 0;
      for (auto const most = std::min(left, additions_in_a_burst); done < most; ++done) {
        auto const held = lock.try_lock();
        if (!held) {
          taken = true;
          break;
        }
        ++value;
      }
      left -= done;
      r.took_in(done), r.put_out(done);
      return done;
    });
    if (!taken) continue;
    auto const held = co_await lock.lock(r.ctx());
    if (!held) break;
    ++value, --left;
    r.took_in(), r.put_out();
  }
}

task<void> run(rig& r, values const& v) {
  auto const kind = v.choice("kind");
  if (kind == "task-mutex") {
    mutex lock;
    std::uint64_t value = 0;
    wait_group crew;
    share_out(r, v, crew, [&](std::uint64_t share) { return add_in_turn(r, lock, value, share); });
    (void)co_await crew.wait(context::background());
    check_sum(r, value);
    co_return;
  }
  std::unique_ptr<shared_total> total;
  if (kind == "exchange") total = std::make_unique<by_exchange>();
  else if (kind == "mutex") total = std::make_unique<by_lock<std::mutex>>();
  else if (kind == "barging") total = std::make_unique<by_lock<barging_lock>>();
  else total = std::make_unique<by_fetch_add>();
  co_await add_up(r, v, *total);
}
// [/show]

}  // namespace

extern scenario const atomic_vs_mutex_scenario;
scenario const atomic_vs_mutex_scenario{
    .id = "atomic-vs-mutex",
    .family = family_kind::lock_free,
    .title = "Atomics against mutexes",
    .promise = "The same addition with an atomic and behind locks: how much faster depends on who else adds.",
    .question = "How much faster is an atomic than a mutex, and is there one answer?",
    .group = "Lock-free",
    .group_note = "sharing without locks",
    .source = "atomic_vs_mutex.cpp",
    .item_name = "additions",
    .sim_note = "In simulation every addition takes the same 100 ns whatever keeps it apart from the "
                "others; run it on threads to measure.",
    .level = 2,
    .prefers = engine_kind::threads,
    .parameters = parameters,
    .stages = adding_stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = adding_crew,
    .run = run,
};

}  // namespace sluice::scenarios
