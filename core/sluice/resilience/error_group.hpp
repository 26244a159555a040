// error_group — tasks that belong together: the first error ends them all, and none is forgotten.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/base/result.hpp>
#include <sluice/base/scope_exit.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/resilience/detail/group_core.hpp>
#include <sluice/resilience/detail/group_work.hpp>
#include <sluice/task/spawn.hpp>

namespace sluice {

namespace detail {

/// A wait of a task on a group, for whichever of its two queues. One that is destroyed before it
/// has gone on belonged to a task that is being unwound.
class group_wait {
 public:
  group_wait(std::shared_ptr<group_core> group, context ctx) noexcept
      : group_(std::move(group)), ctx_(std::move(ctx)) {}
  group_wait(group_wait const&) = delete;
  auto operator=(group_wait const&) -> group_wait& = delete;
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }

 protected:
  ~group_wait() {
    me_.abandon();
    if (waits_) group_->unwound();
  }

  template <task_promise Promise>
  auto suspend(std::coroutine_handle<Promise> waiting, char const* why, auto queue) noexcept
      -> bool {
    me_.task = waiting.promise().control;
    me_.task->suspend_at(waiting, why);
    waits_ = true;
    if (!((*group_).*queue)(me_, ctx_)) return true;  // queued: this may be gone already
    waits_ = false;
    return false;
  }
  void go_on() noexcept {
    me_.settle();
    waits_ = false;
  }

  std::shared_ptr<group_core> group_;
  context ctx_;
  bool waits_ = false;
  plain_place me_;
};

/// Starts `work` with a slot in hand.
template <class Work>
void start_in_group(std::shared_ptr<group_core> const& group, Work&& work,
                    std::source_location where) {
  auto const* const outer = std::exchange(group_core::starting, group.get());
  scope_exit const started{[outer] { group_core::starting = outer; }};
  group_seat seat{group};  // a failure from here on gives the slot back
  group->make_room();
  spawn(group->home(), run_in_group(std::optional<Work>{std::move(work)}, std::move(seat)), where)
      .detach();
}

}  // namespace detail

/// What `error_group::go` returns; await it, once.
template <group_work Work, class Answer>
class [[nodiscard]] group_go_operation : public detail::group_wait {
 public:
  group_go_operation(std::shared_ptr<detail::group_core> group, context ctx, Work&& work,
                     std::source_location where)
      : group_wait(std::move(group), std::move(ctx)), work_(std::move(work)), where_(where) {}
  /// A slot that was handed over while its waiter was being destroyed goes back.
  ~group_go_operation() {
    me_.abandon();
    if (!taken_ && me_.state == detail::wait_state::served) group_->free_slot();
  }

  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) noexcept -> bool {
    return suspend(waiting, "a slot of an error group", &detail::group_core::slot_or_wait);
  }
  auto await_resume() -> Answer {
    go_on();
    if constexpr (!std::is_void_v<Answer>) {
      if (me_.state == detail::wait_state::cancelled)
        return failure(ctx_.err().value_or(errc::cancelled));
    }
    taken_ = true;
    detail::start_in_group(group_, std::move(work_), where_);
    return Answer();
  }

 private:
  Work work_;
  std::source_location where_;
  bool taken_ = false;
};

/// What `error_group::wait` returns; await it, once.
class [[nodiscard]] group_wait_operation : public detail::group_wait {
 public:
  using group_wait::group_wait;

  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) noexcept -> bool {
    return suspend(waiting, "an error group", &detail::group_core::end_or_wait);
  }
  auto await_resume() -> result<void> {
    go_on();
    return group_->outcome(me_.state, ctx_);
  }
};

struct error_group_options {
  std::int64_t limit = -1;  ///< how many may run at once; below 0: any number
};

/// Runs functions as tasks and waits for all of them. The first error ends the group's context, so
/// that the others give up, and is what `wait` returns.
///
///     error_group group{home, ctx, {.limit = 8}};
///     for (auto const& url : urls) co_await group.go(fetch(group.ctx(), url, pages));
///     if (auto all = co_await group.wait(); !all) co_return failure(all.error());
///
/// A function is a `task<void>` or `task<result<void>>`, or is called: with the group's context or
/// with nothing. An exception that escapes it is an error too.
///
/// Order     Those who wait for a slot get it in the order in which they came.
/// Edges     What a function did, and what its captures do as they go, happens-before the return
///           of the `wait` that it releases.
/// Bound     At most `limit` functions run. Their errors are kept until the group goes.
/// Threads   Every member may be called by any task or thread at any time.
/// Lifetime  waited for before it is destroyed: while functions run, that is misuse and ends the
///           program, unless a runtime unwinds a task in the middle of its wait.
class error_group {
 public:
  /// A group whose functions run as tasks of `home`. Its context never ends, errors or not.
  /// Throws    `std::bad_alloc`.
  explicit error_group(executor& home, error_group_options options = {})
      : core_(std::make_shared<detail::group_core>(home, options.limit)) {}
  /// The same with a context, a child of `parent`, that ends with the first error as its cause.
  error_group(executor& home, context const& parent, error_group_options options = {})
      : core_(std::make_shared<detail::group_core>(home, options.limit, parent)) {}
  error_group(error_group const&) = delete;
  auto operator=(error_group const&) -> error_group& = delete;
  ~error_group() { core_->leave(); }

  /// What the functions are to give up by. A `wait` that ends well ends it, too: `cancelled`.
  [[nodiscard]] auto ctx() const noexcept -> context const& { return core_->ctx(); }

  /// Starts `work`.
  /// Suspends  while `limit` functions run. One of them that waits here keeps its own slot.
  /// Throws    `std::bad_alloc`, or `misuse` when the runtime is shutting down; nothing was started
  ///           then.
  template <group_work Work>
  auto go(Work work, std::source_location where = std::source_location::current())
      -> group_go_operation<Work, void> {
    return {core_, context::background(), std::move(work), where};
  }

  /// The same, giving up when `ctx` ends.
  /// Fails     `cancelled` or `deadline_exceeded`; nothing was started then.
  template <group_work Work>
  auto go(context const& ctx, Work work,
          std::source_location where = std::source_location::current())
      -> group_go_operation<Work, result<void>> {
    return {core_, ctx, std::move(work), where};
  }

  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime, besides what `go` throws.
  template <group_work Work>
  auto go_blocking(context const& ctx, Work work,
                   std::source_location where = std::source_location::current()) -> result<void> {
    if (auto slot = core_->slot_blocking(ctx); !slot) return slot;
    detail::start_in_group(core_, std::move(work), where);
    return {};
  }

  /// Starts `work` if a slot is free. False otherwise, and then `work` has not been moved from.
  template <class Work>
    requires(group_work<Work> && !std::is_reference_v<Work>)
  [[nodiscard]] auto try_go(Work&& work,
                            std::source_location where = std::source_location::current()) -> bool {
    if (!core_->try_slot()) return false;
    detail::start_in_group(core_, std::move(work), where);
    return true;
  }

  /// Suspends  until no function runs; resumes on the awaiting task's runtime.
  /// Fails     with the first error, this time and every time after.
  /// Throws    the first exception that escaped a function, once; later it is an error like others.
  [[nodiscard]] auto wait() noexcept -> group_wait_operation {
    return {core_, context::background()};
  }

  /// The same, giving up when `ctx` ends. That says nothing to the functions: they go on.
  /// Fails     besides, `cancelled` or `deadline_exceeded`, saying how many still run.
  [[nodiscard]] auto wait(context const& ctx) noexcept -> group_wait_operation {
    return {core_, ctx};
  }

  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime, besides what `wait` throws.
  [[nodiscard]] auto wait_blocking(context const& ctx) -> result<void> {
    return core_->end_blocking(ctx);
  }

  /// All errors so far, in the order of time.
  /// Throws    `std::bad_alloc`.
  [[nodiscard]] auto errors() const -> std::vector<error> { return core_->errors(); }

  /// How many functions run.
  [[nodiscard]] auto running() const noexcept -> std::int64_t { return core_->running(); }

  /// From now on at most `most` functions run; none with 0, any number below 0.
  /// Throws    `misuse` while a function runs.
  void limit(std::int64_t most) { core_->limit(most); }
  [[nodiscard]] auto limit() const noexcept -> std::int64_t { return core_->limit(); }

 private:
  std::shared_ptr<detail::group_core> core_;
};

}  // namespace sluice
