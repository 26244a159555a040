// worker_pool — a few workers, one bounded queue, and an outcome for every job.
#pragma once

#include <coroutine>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <sluice/channel/channel.hpp>
#include <sluice/pool/detail/job.hpp>
#include <sluice/pool/pool_metrics.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice {

struct worker_pool_options {
  unsigned workers = 1;   ///< at least 1
  std::size_t queue = 0;  ///< jobs that may wait; 0 hands each to an idle worker
};

/// What becomes of jobs that wait when a pool stops.
enum class stop_mode : std::uint8_t {
  drain,  ///< they are run
  abort,  ///< they are reported `cancelled`, and the context of running jobs ends
};

/// The outcome of a submitted job, to be awaited once, or dropped.
template <class R>
class [[nodiscard]] job_handle {
 public:
  explicit job_handle(std::shared_ptr<detail::job_outcome<R>> job) noexcept : job_(std::move(job)) {}

  /// True once the job has ended or was given up; and once the handle gave its outcome away.
  [[nodiscard]] auto done() const noexcept -> bool { return job_ == nullptr || job_->settled(); }

  /// Suspends  until the job has ended or was given up.
  /// Fails     `cancelled` when the job was never run.
  /// Throws    what the job threw.
  auto operator co_await() && { return awaiter{take_job()}; }

  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime, besides what the job threw.
  auto get_blocking() && -> result<R> {
    detail::refuse_on_worker("job_handle");
    auto const job = take_job();
    parker sleeping;
    waiter me;
    me.thread = &sleeping;
    if (job->attach(me)) sleeping.park();
    return job->take();
  }

 private:
  struct [[nodiscard]] awaiter {
    explicit awaiter(std::shared_ptr<detail::job_outcome<R>> awaited) : job(std::move(awaited)) {}
    awaiter(awaiter const&) = delete;
    auto operator=(awaiter const&) -> awaiter& = delete;
    ~awaiter() { job->detach(me); }
    [[nodiscard]] auto await_ready() const noexcept -> bool { return job->settled(); }
    template <task_promise Promise>
    auto await_suspend(std::coroutine_handle<Promise> waiting) noexcept -> bool {
      me.task = waiting.promise().control;
      me.task->suspend_at(waiting, "a job of a pool");
      return job->attach(me);
    }
    auto await_resume() -> result<R> { return job->take(); }

    std::shared_ptr<detail::job_outcome<R>> job;
    waiter me;
  };

  auto take_job() -> std::shared_ptr<detail::job_outcome<R>> {
    if (job_ == nullptr) throw misuse("job_handle", "awaited twice, or after a move");
    return std::exchange(job_, nullptr);
  }

  std::shared_ptr<detail::job_outcome<R>> job_;
};

/// Fixed workers take jobs from one bounded queue.
///
///     worker_pool pool{home, ctx, {.workers = 4, .queue = 64}};
///     auto answer = co_await pool.submit(ctx, [] { return 6 * 7; });
///     if (answer) use(co_await std::move(*answer));
///     co_await pool.stop(ctx, stop_mode::drain);
///
/// A job is anything callable, with the pool's context or with nothing; one that returns a `task`
/// may wait. Every accepted job ends exactly once: with its value, its exception, or `cancelled`.
/// A job that throws harms nobody but its handle.
///
/// Order     Jobs start in the order in which they were accepted.
/// Edges     What precedes `submit` happens-before the job; the job happens-before its handle's
///           answer.
/// Bound     `queue` jobs wait and `workers` run.
/// Threads   Every member may be called by any task or thread at any time.
/// Lifetime  stopped before it is destroyed.
class worker_pool {
 public:
  /// Starts the workers as tasks of `home`; the jobs' context is a child of `parent`.
  /// Throws    `misuse` for 0 workers, or when `home` is shutting down; `std::bad_alloc`. No worker runs then.
  worker_pool(executor& home, context const& parent, worker_pool_options options);
  worker_pool(worker_pool const&) = delete;
  auto operator=(worker_pool const&) -> worker_pool& = delete;
  ~worker_pool();

  /// Hands a job in.
  /// Suspends  while the queue is full, except inside one of the pool's own jobs, which would wait
  ///           for itself when every worker does so.
  /// Fails     `stopped` once `stop` has begun; `cancelled` or `deadline_exceeded` when `ctx` ends
  ///           first; `full` inside a job of this pool. The job was not accepted then.
  template <class F>
  auto submit(context const& ctx, F work) -> task<result<job_handle<detail::job_result_t<F>>>> {
    if (is_own(co_await this_task()) && !ctx.done()) co_return try_submit(std::move(work));
    auto made = std::make_shared<detail::job<F>>(std::move(work));
    begin_submit();
    auto sent = co_await jobs_.send(ctx, made);
    if (!end_submit(sent.has_value())) co_return failure(as_refusal(sent.error().why));
    co_return job_handle<detail::job_result_t<F>>{std::move(made)};
  }

  /// The same without waiting.
  /// Fails     `full` or `stopped`.
  template <class F>
  auto try_submit(F work) -> result<job_handle<detail::job_result_t<F>>> {
    auto made = std::make_shared<detail::job<F>>(std::move(work));
    begin_submit();
    std::shared_ptr<detail::job_base> entry = made;
    auto const sent = jobs_.try_send(std::move(entry));
    if (!end_submit(sent.has_value())) return failure(as_refusal(sent.error()));
    return job_handle<detail::job_result_t<F>>{std::move(made)};
  }

  /// Takes no more jobs and waits until the workers have left. Idempotent; may be called by several
  /// tasks, the strictest mode counts.
  /// Suspends  until every running job has ended. Never waits for anybody to read an outcome.
  /// Fails     `deadline_exceeded` or `cancelled` when `ctx` ends first, with the number of jobs
  ///           still running in the message; the pool goes on stopping.
  /// Throws    `misuse` from inside one of the pool's own jobs, which would wait for itself.
  auto stop(context const& ctx, stop_mode mode) -> task<result<void>>;

  [[nodiscard]] auto metrics() const noexcept -> pool_metrics;
  [[nodiscard]] auto workers() const noexcept -> unsigned { return workers_; }
  /// Jobs that wait now.
  [[nodiscard]] auto waiting() const noexcept -> std::size_t { return jobs_.len(); }

  /// Under which number instruments record the queue.
  void watch(std::uint32_t series) noexcept { jobs_.watch(series); }

 private:
  auto work() -> task<void>;
  auto run(detail::job_base& job) -> task<void>;
  void count_end(detail::job_end how) noexcept;
  [[nodiscard]] auto is_own(task_control& task) const noexcept -> bool;
  void begin_submit() noexcept;
  [[nodiscard]] auto end_submit(bool accepted) noexcept -> bool;
  [[nodiscard]] static auto as_refusal(error why) noexcept -> error;

  unsigned workers_;
  cancel_scope scope_;
  channel<std::shared_ptr<detail::job_base>> jobs_;
  wait_group crew_;

  mutable std::mutex lock_;
  pool_metrics counts_;
  std::vector<task_control*> inside_;  // the pool's own tasks, to notice a stop from within
  bool stopping_ = false;
  bool aborting_ = false;
};

}  // namespace sluice
