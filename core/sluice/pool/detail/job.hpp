// job — one piece of work in a pool, and the place where its outcome waits. Private to its room.
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/base/result.hpp>
#include <sluice/context/context.hpp>
#include <sluice/task/task.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice::detail {

/// What `F` answers when it is called with the job's context, or with nothing.
template <class F>
struct job_call {
  static auto call(F& work, context const& ctx) -> decltype(auto) {
    if constexpr (std::is_invocable_v<F&, context const&>) {
      return work(ctx);
    } else {
      return work();
    }
  }
  using raw = decltype(call(std::declval<F&>(), std::declval<context const&>()));
  static constexpr bool is_coroutine = is_task<raw>;
};
template <class F>
using job_result_t = awaited_answer_t<typename job_call<F>::raw>;

/// How a job came to its end.
enum class job_end : std::uint8_t { completed, failed, cancelled };

/// Shared by the pool, until the job has ended, and by whoever holds its handle.
///
/// Edges   end   waiter_ acq_rel -> waiter_ acquire   the outcome is complete before it is taken
class job_base {
 public:
  job_base() = default;
  job_base(job_base const&) = delete;
  auto operator=(job_base const&) -> job_base& = delete;
  virtual ~job_base() = default;

  /// Runs a plain job to its end.
  virtual auto run_now(context const& ctx) noexcept -> job_end = 0;
  /// Runs a job that waits.
  virtual auto run_task(context ctx) -> task<job_end> = 0;
  [[nodiscard]] virtual auto waits() const noexcept -> bool = 0;
  /// It will not be run.
  virtual void give_up(errc why) noexcept = 0;

  /// The outcome is there: wakes whoever waits for it.
  void settle() noexcept {
    if (auto* const waiting = waiter_.exchange(&settled_, std::memory_order_acq_rel))
      static_cast<waiter*>(waiting)->wake();
  }
  [[nodiscard]] auto settled() const noexcept -> bool {
    return waiter_.load(std::memory_order_acquire) == &settled_;
  }
  [[nodiscard]] auto attach(waiter& me) noexcept -> bool {
    void* nobody = nullptr;
    return waiter_.compare_exchange_strong(nobody, &me, std::memory_order_acq_rel,
                                           std::memory_order_acquire);
  }
  void detach(waiter& me) noexcept {
    void* expected = &me;
    (void)waiter_.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel,
                                          std::memory_order_acquire);
  }

 private:
  static inline char settled_ = 0;
  std::atomic<void*> waiter_{nullptr};
};

template <class R>
class job_outcome : public job_base {
 public:
  auto take() -> result<R> {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    if (not_run_) return failure(*not_run_);
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return std::move(*value_);
    }
  }
  void give_up(errc why) noexcept override { not_run_ = why; }

 protected:
  using stored = std::conditional_t<std::is_void_v<R>, char, R>;
  std::optional<stored> value_;
  std::optional<errc> not_run_;
  std::exception_ptr thrown_;
};

template <class F>
class job final : public job_outcome<job_result_t<F>> {
  using R = job_result_t<F>;

 public:
  explicit job(F work) : work_(std::move(work)) {}
  [[nodiscard]] auto waits() const noexcept -> bool override { return job_call<F>::is_coroutine; }

  auto run_now(context const& ctx) noexcept -> job_end override {
    if constexpr (!job_call<F>::is_coroutine) {
      try {
        if constexpr (std::is_void_v<R>) {
          job_call<F>::call(work_, ctx);
        } else {
          this->value_.emplace(job_call<F>::call(work_, ctx));
        }
        return job_end::completed;
      } catch (...) {
        this->thrown_ = std::current_exception();
      }
    }
    return job_end::failed;
  }

  auto run_task(context ctx) -> task<job_end> override {
    if constexpr (job_call<F>::is_coroutine) {
      try {
        if constexpr (std::is_void_v<R>) {
          co_await job_call<F>::call(work_, ctx);
        } else {
          this->value_.emplace(co_await job_call<F>::call(work_, ctx));
        }
        co_return job_end::completed;
      } catch (...) {
        this->thrown_ = std::current_exception();
      }
    }
    co_return job_end::failed;
  }

 private:
  F work_;
};

}  // namespace sluice::detail
