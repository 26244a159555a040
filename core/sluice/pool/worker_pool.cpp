#include <sluice/pool/worker_pool.hpp>

#include <algorithm>
#include <string>

#include <sluice/base/contract.hpp>

namespace sluice {

worker_pool::worker_pool(executor& home, context const& parent, worker_pool_options options)
    : workers_(options.workers), scope_(with_cancel(parent)), jobs_(options.queue) {
  if (workers_ < 1) throw misuse("worker_pool", "workers = 0; a pool has at least 1");
  inside_.reserve(workers_);
  std::vector<task<void>> crew;
  crew.reserve(workers_);
  for (unsigned i = 0; i < workers_; ++i) crew.push_back(work());
  crew_.go_all(home, std::move(crew));
}

worker_pool::~worker_pool() {
  if (crew_.count() != 0)
    terminate_misuse("worker_pool", "destroyed while its workers run; await stop() first");
}

auto worker_pool::work() -> task<void> {
  auto& me = co_await this_task();
  {
    std::lock_guard const hold{lock_};
    inside_.push_back(&me);
  }
  // No context here: an accepted job is always taken, to be run or to be told that it is not.
  while (auto next = co_await jobs_.recv(context::background())) co_await run(**next);
  std::lock_guard const hold{lock_};
  std::erase(inside_, &me);  // another task may come to live at its address
}

auto worker_pool::run(detail::job_base& job) -> task<void> {
  bool give_up = false;
  {
    std::lock_guard const hold{lock_};
    give_up = aborting_ || scope_.ctx().done();
    --counts_.waiting;
    ++(give_up ? counts_.cancelled : counts_.running);
  }
  if (give_up) {
    job.give_up(errc::cancelled);
  } else {
    auto how = detail::job_end::failed;
    if (job.waits()) {
      how = co_await job.run_task(scope_);
    } else {
      how = job.run_now(scope_);
    }
    count_end(how);
  }
  job.settle();
}

void worker_pool::count_end(detail::job_end how) noexcept {
  std::lock_guard const hold{lock_};
  --counts_.running;
  ++(how == detail::job_end::completed ? counts_.completed : counts_.failed);
}

auto worker_pool::is_own(task_control& task) const noexcept -> bool {
  std::lock_guard const hold{lock_};
  return std::ranges::find(inside_, &task) != inside_.end();
}

// Counted before it is sent: a worker may have taken it before the sender goes on.
void worker_pool::begin_submit() noexcept {
  std::lock_guard const hold{lock_};
  ++counts_.submitted;
  ++counts_.waiting;
}

auto worker_pool::end_submit(bool accepted) noexcept -> bool {
  if (accepted) return true;
  std::lock_guard const hold{lock_};
  --counts_.submitted;
  --counts_.waiting;
  ++counts_.refused;
  return false;
}

auto worker_pool::as_refusal(error why) noexcept -> error {
  switch (why.code()) {
    case errc::closed: return errc::stopped;
    case errc::would_block: return errc::full;
    default: return why;
  }
}

auto worker_pool::stop(context const& ctx, stop_mode mode) -> task<result<void>> {
  bool first = false;
  {
    if (is_own(co_await this_task()))
      throw misuse("worker_pool", "stop() was awaited inside one of the pool's own jobs");
    std::lock_guard const hold{lock_};
    first = !std::exchange(stopping_, true);
    aborting_ = aborting_ || mode == stop_mode::abort;
  }
  if (first) jobs_.close();
  if (mode == stop_mode::abort) scope_.cancel({errc::stopped, "the pool was aborted"});
  if (auto waited = co_await crew_.wait(ctx); !waited)
    co_return failure({waited.error().code(), "stop a pool with " +
                                                  std::to_string(metrics().running) +
                                                  " jobs still running"});
  co_return result<void>{};
}

auto worker_pool::metrics() const noexcept -> pool_metrics {
  std::lock_guard const hold{lock_};
  return counts_;
}

}  // namespace sluice
