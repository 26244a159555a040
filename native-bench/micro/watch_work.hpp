// watch_work — a little of everything that instruments see: tasks, a channel, a lock, and work between them.
#pragma once

#include "micro/workload.hpp"

#include <sluice/base/random.hpp>
#include <sluice/channel/channel.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/sync/mutex.hpp>

#include <chrono>
#include <string>

namespace sluice::bench {

inline constexpr std::uint64_t watched_jobs = 200'000;
inline constexpr unsigned watched_workers = 2;

namespace detail {

/// Some two microseconds of arithmetic that nobody can leave out: its result enters the check.
inline auto watched_job(std::uint64_t number) -> std::uint64_t {
  for (int step = 0; step < 400; ++step) number = splitmix64(number);
  return number;
}

struct watched_sum {
  mutex lock;
  std::uint64_t sum = 0;
  std::uint64_t jobs = 0;
};

inline auto hand_out(context ctx, channel<std::uint64_t>& to, std::uint64_t jobs) -> task<void> {
  for (std::uint64_t job = 0; job < jobs; ++job)
    if (!co_await to.send(ctx, job)) co_return;
  to.close();
}

inline auto do_jobs(context ctx, channel<std::uint64_t>& from, watched_sum& into) -> task<void> {
  while (auto const job = co_await from.recv(ctx)) {
    auto const done = watched_job(*job);
    auto const held = co_await into.lock.lock(ctx);
    into.sum += done;
    ++into.jobs;
  }
}

inline auto all_jobs(runtime& on, std::uint64_t jobs, watched_sum& into) -> task<void> {
  channel<std::uint64_t> ch{64};
  auto source = on.spawn(hand_out(on.background(), ch, jobs));
  std::vector<join_handle<void>> crew;
  for (int who = 0; who < 4; ++who) crew.push_back(on.spawn(do_jobs(on.background(), ch, into)));
  for (auto& each : crew) co_await std::move(each);
  co_await std::move(source);
}

}  // namespace detail

/// Four tasks take jobs from a channel of 64, compute a little for each, and add it up under a lock.
inline auto watched_work(runtime& on, std::uint64_t jobs) -> timing {
  detail::watched_sum sum;
  auto const start = std::chrono::steady_clock::now();
  auto const ended = on.block_on(detail::all_jobs(on, jobs, sum));
  auto const took = std::chrono::steady_clock::now() - start;
  if (!ended) return std::unexpected{"watch: " + ended.error().message()};
  if (sum.jobs != jobs)
    return std::unexpected{"watch: " + std::to_string(sum.jobs) + " of " + std::to_string(jobs) + " jobs were done"};
  return took;
}

}  // namespace sluice::bench
