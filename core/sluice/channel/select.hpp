// select — waits for several things at once, and carries out one of them.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/channel/channel.hpp>
#include <sluice/channel/direction.hpp>
#include <sluice/probe/wait_note.hpp>
#include <sluice/task/awaitable.hpp>
#include <sluice/task/join_handle.hpp>
#include <sluice/task/selectable.hpp>
#include <sluice/task/timer_service.hpp>

namespace sluice {

namespace detail {

using case_list = std::span<selectable* const>;

/// Carries out one case that is ready, each with the same chance, or none.
[[nodiscard]] auto select_now(case_list cases) -> std::optional<std::size_t>;

/// The same, or else queues all of them for `whom`, who is then woken; nothing means: queued, and
/// `decision` may belong to the past already.
[[nodiscard]] auto select_or_queue(case_list cases, std::span<select_link> links,
                                   select_decision& decision, waiter const& whom)
    -> std::optional<std::size_t>;

/// One of the bits of `ready`, each with the same chance; there is at least one.
[[nodiscard]] auto any_bit(std::uint64_t ready) noexcept -> std::size_t;

/// The cases of one select by their own types, which `select` would otherwise ask through a table of functions.
template <class... Cases>
class typed_cases {
  static constexpr auto indices = std::index_sequence_for<Cases...>{};

 public:
  static constexpr auto count = sizeof...(Cases);

  explicit constexpr typed_cases(Cases&... cases) noexcept : cases_(&cases...) {}

  [[nodiscard]] auto all() const noexcept -> std::array<selectable*, count> {
    return std::apply([](auto*... each) { return std::array<selectable*, count>{each...}; }, cases_);
  }

  /// Carries out one that is ready, each with the same chance. Nothing when it finds none, and when the one
  /// that it chose was no longer ready.
  [[nodiscard]] auto try_one() const -> std::optional<std::size_t> {
    if constexpr (count > 64) {
      return select_now(all());
    } else {
      auto const ready = look([](std::size_t, selectable::glance) {});
      if (ready == 0) return std::nullopt;
      auto const at = std::has_single_bit(ready) ? static_cast<std::size_t>(std::countr_zero(ready)) : any_bit(ready);
      return polls(at) ? std::optional{at} : std::nullopt;
    }
  }

  /// Where all cases are channels' and the calling thread owns all their locks: queues all of them for `whom`, who is then
  /// woken. False, and nothing has happened, elsewhere, and when one is ready.
  [[nodiscard]] auto queue_briefly(std::array<select_link, count>& links, select_decision& decision, waiter const& whom) const
      noexcept -> bool {
    if constexpr (count > 0 && count <= spin_lock::most_together && (of_channel<Cases> && ...)) {
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        auto* const held = spin_lock::try_lock_together(std::array<spin_lock*, count>{std::get<I>(cases_)->source_lock()...});
        if (held == nullptr) return false;
        auto const waits = look([](std::size_t, selectable::glance) {}) == 0;
        if (waits) {
          ((links[I] = {&decision, static_cast<std::uint32_t>(I)}, std::get<I>(cases_)->enqueue(links[I], whom)), ...);
          decision.open_alone();
        }
        spin_lock::unlock_together<count>(held);
        return waits;
      }(indices);
    } else {
      return false;
    }
  }

  /// After the wait: takes all cases out of their queues. The one that is carried out, if any, is `chosen`.
  void over(std::size_t chosen) const noexcept {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((I == chosen ? std::get<I>(cases_)->dequeue_served() : std::get<I>(cases_)->dequeue()), ...);
    }(indices);
  }

  /// True when at one instant none was ready: whatever has not changed between two looks has been as it is from
  /// the last of the first round to the first of the second.
  [[nodiscard]] auto none_was_ready() const noexcept -> bool {
    if constexpr (count > 64) {
      return false;
    } else {
      std::array<selectable::glance, count> seen;
      if (look([&](std::size_t at, selectable::glance glance) { seen[at] = glance; }) != 0) return false;
      auto same = true;
      if constexpr (count > 1)
        (void)look([&](std::size_t at, selectable::glance glance) { same = same && seen[at] == glance; });
      return same;
    }
  }

 private:
  template <class Case>
  static constexpr bool of_channel = requires { typename Case::channel_type; };

  // Which may be ready.
  [[nodiscard]] auto look(auto const& seen) const noexcept -> std::uint64_t {
    std::uint64_t ready = 0;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((ready |= std::uint64_t{look_at(I, *std::get<I>(cases_), seen)} << I), ...);
    }(indices);
    return ready;
  }
  static auto look_at(std::size_t at, auto const& one, auto const& seen) noexcept -> bool {
    auto const glance = one.look();
    seen(at, glance);
    return glance.may_be_ready;
  }
  [[nodiscard]] auto polls(std::size_t at) const -> bool {
    selectable* chosen = nullptr;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((chosen = I == at ? static_cast<selectable*>(std::get<I>(cases_)) : chosen), ...);
    }(indices);
    return chosen->poll();
  }

  std::tuple<Cases*...> cases_;
};

}  // namespace detail

/// What `select` returns; await it, once.
template <class... Cases>
class [[nodiscard]] select_operation {
  static constexpr auto count = sizeof...(Cases);

 public:
  explicit select_operation(Cases&... cases) noexcept : cases_(cases...) {}
  select_operation(select_operation const&) = delete;
  auto operator=(select_operation const&) -> select_operation& = delete;
  ~select_operation() {
    if (queued_) leave(count);
  }

  [[nodiscard]] auto await_ready() -> bool {
    if (detail::within_slice()) chosen_ = cases_.try_one();
    return chosen_.has_value();
  }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> selecting) -> bool {
    waiter me;
    me.task = selecting.promise().control;
    me.task->suspend_at(selecting, count == 0 ? "an empty select" : "a select");
    if (enter(me)) return true;
    return detail::end_slice_if_due(*me.task, selecting);
  }
  auto await_resume() -> std::size_t {
    if (!queued_) return *chosen_;
    auto const chosen = decision_.chosen();
    leave(chosen);
    return chosen;
  }

  /// The same for a plain thread, which it blocks.
  auto block() -> std::size_t {
    detail::refuse_on_worker("select");
    if constexpr (count == 0) throw misuse("select", "a thread would wait for ever on an empty select");
    if ((chosen_ = cases_.try_one())) return *chosen_;
    parker sleeping;
    waiter me;
    me.thread = &sleeping;
    if (enter(me)) {
      probe::thread_wait sleeps;
      sleeps.begin("a select");
      sleeping.park();
    }
    return await_resume();
  }

 private:
  // True when `me` has to wait.
  [[nodiscard]] auto enter(waiter const& me) -> bool {
    queued_ = true;
    if (cases_.queue_briefly(links_, decision_, me)) return true;
    auto const all = cases_.all();
    auto const at_once = detail::select_or_queue(all, links_, decision_, me);
    if (!at_once) return true;
    queued_ = false;
    chosen_ = at_once;
    return false;
  }
  void leave(std::size_t chosen) noexcept {
    queued_ = false;
    cases_.over(chosen);
  }

  detail::typed_cases<Cases...> cases_;
  std::array<select_link, count> links_;
  select_decision decision_;
  std::optional<std::size_t> chosen_;
  bool queued_ = false;
};

/// Waits until one of `cases` can be carried out, carries it out, and answers which: 0 is the first.
///
///     auto job = on_recv(jobs);
///     auto sent = on_send(results, done);
///     auto over = on_done(ctx);
///     switch (co_await select(job, sent, over)) {
///       case 0: start(job.take()); break;             // result<job>: may be `closed`
///       case 1: (void)sent.take(); break;             // or gives `done` back, if closed
///       case 2: co_return failure(*ctx.err());
///     }
///
/// Suspends  while no case is ready; resumes on the awaiting task's runtime.
/// Order     among cases that are ready, each has the same chance; their order says nothing.
/// Cost      no allocation. O(n): a look at each, and the lock of the one that is carried out; all locks at
///           once before waiting, and those of the others afterwards.
/// Edges     those of the operation that is carried out.
/// Lifetime  the cases outlive the select, and are in one at a time. What a losing send holds stays in
///           its case.
template <std::derived_from<selectable>... Cases>
[[nodiscard]] auto select(Cases&... cases) noexcept -> select_operation<Cases...> {
  return select_operation<Cases...>{cases...};
}

/// The same with a default: carries out one case that is ready, or answers nothing. Never waits.
/// Fails     when at one instant during the call no case was ready.
/// Cost      where none is ready, a few loads for each case; no lock, unless a channel changes meanwhile.
/// Threads   any task or thread.
template <std::derived_from<selectable>... Cases>
[[nodiscard]] auto try_select(Cases&... cases) -> std::optional<std::size_t> {
  detail::typed_cases<Cases...> const all{cases...};
  if (all.none_was_ready()) return std::nullopt;
  if (auto const one = all.try_one()) return one;
  return detail::select_now(all.all());
}

/// The same as `select` for a plain thread, which it blocks.
/// Throws    `misuse` on a worker of a runtime, or without a case.
template <std::derived_from<selectable>... Cases>
auto select_blocking(Cases&... cases) -> std::size_t {
  return select(cases...).block();
}

namespace detail {

/// What receiving and sending have in common as cases: `Place` is where one waits.
template <transferable T, class Place>
class channel_case : public selectable {
 public:
  using channel_type = channel<T>;

  /// Switches the case off, as a null channel would, or on again. Not during a select.
  void enable(bool on) noexcept { at_ = on ? core_ : nullptr; }

  auto poll() -> bool final { return at_ != nullptr && at_->carries_out(me_); }
  auto look() const noexcept -> selectable::glance final {
    return at_ != nullptr ? at_->look(me_) : selectable::glance{false, 0};
  }
  auto source_lock() noexcept -> spin_lock* final { return at_ != nullptr ? &at_->lock() : nullptr; }
  auto poll_locked(waiter*& woken) -> bool final { return at_ != nullptr && at_->carry_out(me_, woken); }
  void enqueue(select_link& link, waiter const& whom) final {
    if (at_ == nullptr) return;
    me_.stand_for(whom, link);
    at_->queue(me_);
  }
  void dequeue() noexcept final {
    if (me_.of_select == nullptr) return;
    core_->unqueue(me_);
    me_.of_select = nullptr;  // not before: whoever found it in the queue would take it for a plain one
  }
  // Whoever claimed it had taken it out before, and wakes the select as the last thing.
  void dequeue_served() noexcept final { me_.of_select = nullptr; }

 protected:
  /// Before `value` has begun its life: only its address is wanted.
  channel_case(channel_core<T>* core, auto& value) noexcept : core_(core), at_(core), me_(value) {}
  ~channel_case() = default;

  void rethrow() {
    me_.failed.rethrow();
  }

  channel_core<T>* core_;
  channel_core<T>* at_;  // null while it is switched off
  Place me_;
};

}  // namespace detail

/// Receiving, as a case. Make it with `on_recv`.
template <transferable T>
class [[nodiscard]] receive_case final : public detail::channel_case<T, detail::receiving<T>> {
 public:
  explicit receive_case(detail::channel_core<T>* core) noexcept
      : detail::channel_case<T, detail::receiving<T>>(core, value_) {}

  /// What was received, after this case has been carried out; the same once only.
  /// Fails     `closed`.
  [[nodiscard]] auto take() -> result<T> {
    this->rethrow();
    if (!value_) return failure(errc::closed);
    result<T> got{std::move(*value_)};
    value_.reset();
    return got;
  }

 private:
  std::optional<T> value_;
};

/// Sending, as a case. Make it with `on_send`.
template <transferable T>
class [[nodiscard]] send_case final : public detail::channel_case<T, detail::sending<T>> {
 public:
  send_case(detail::channel_core<T>* core, T&& value)
      : detail::channel_case<T, detail::sending<T>>(core, value_), value_(std::move(value)) {}

  /// What came of the send, after this case has been carried out; the same once only.
  /// Fails     `closed`, giving the value back.
  [[nodiscard]] auto take() -> send_result<T> {
    this->rethrow();
    if (std::exchange(this->me_.closed, false))
      return std::unexpected(unsent<T>{errc::closed, std::move(value_)});
    return {};
  }

  /// What is to be sent: the caller's still, until the case has been carried out.
  [[nodiscard]] auto value() noexcept -> T& { return value_; }

 private:
  T value_;
};

/// The end of a context, as a case. Make it with `on_done`.
class [[nodiscard]] done_case final : public selectable {
 public:
  explicit done_case(context ctx) noexcept : ctx_(std::move(ctx)) {}

  auto poll() -> bool override { return ctx_.done(); }
  auto look() const noexcept -> glance override { return {ctx_.done(), 0}; }
  auto source_lock() noexcept -> spin_lock* override { return nullptr; }
  auto poll_locked(waiter*&) -> bool override { return ctx_.done(); }
  void enqueue(select_link& link, waiter const& whom) override;
  void dequeue() noexcept override;

 private:
  struct handler final : detail::context_handler {
    explicit handler(done_case& owner) noexcept : context_handler(&handler::fired), self(&owner) {}
    static void fired(detail::context_handler& base) noexcept;
    done_case* self;
  };

  context ctx_;
  waiter me_;
  handler handler_{*this};
  bool listening_ = false;
};

/// Time, as a case. Make it with `on_timeout`.
class [[nodiscard]] timeout_case final : public selectable {
 public:
  explicit timeout_case(duration span) noexcept : span_(span) {}

  auto poll() -> bool override { return span_.count() <= 0; }
  auto look() const noexcept -> glance override { return {span_.count() <= 0, 0}; }
  auto source_lock() noexcept -> spin_lock* override { return nullptr; }
  auto poll_locked(waiter*&) -> bool override { return poll(); }
  void enqueue(select_link& link, waiter const& whom) override;
  void dequeue() noexcept override;

 private:
  struct entry final : timer_entry {
    timeout_case* self = nullptr;
  };
  static void over(timer_entry& due) noexcept;

  duration span_;
  waiter me_;
  entry entry_;
  timer_service* timers_ = nullptr;
};

/// The end of a task, as a case. Make it with `on_join`.
class [[nodiscard]] join_case final : public selectable {
 public:
  explicit join_case(detail::root_control* root) noexcept : root_(root) {}

  auto poll() -> bool override { return root_ == nullptr || root_->ended(); }
  auto look() const noexcept -> glance override { return {root_ == nullptr || root_->ended(), 0}; }
  auto source_lock() noexcept -> spin_lock* override { return nullptr; }
  auto poll_locked(waiter*&) -> bool override { return poll(); }
  void enqueue(select_link& link, waiter const& whom) override;
  void dequeue() noexcept override;

 private:
  detail::root_control* root_;
  detail::joining_case me_;
  bool attached_ = false;
};

/// The next value of a channel. A closed channel is ready; a null one never is.
template <transferable T>
auto on_recv(channel<T>& from) noexcept -> receive_case<T> {
  return receive_case<T>{from.core()};
}
template <transferable T>
auto on_recv(recv_only<T> from) noexcept -> receive_case<T> {
  return receive_case<T>{from.core()};
}

/// Handing `value` to a channel. A closed channel is ready, and gives it back; a null one never is.
template <transferable T>
auto on_send(channel<T>& to, std::type_identity_t<T> value) -> send_case<T> {
  return {to.core(), std::move(value)};
}
template <transferable T>
auto on_send(send_only<T> to, std::type_identity_t<T> value) -> send_case<T> {
  return {to.core(), std::move(value)};
}

/// The end of a context.
[[nodiscard]] inline auto on_done(context ctx) noexcept -> done_case {
  return done_case{std::move(ctx)};
}

/// That `span` has passed since the select began, on the clock of the task's runtime; nothing or less
/// is ready at once. Only tasks have it.
[[nodiscard]] inline auto on_timeout(duration span) noexcept -> timeout_case {
  return timeout_case{span};
}

/// The end of a spawned task; a join does not wait afterwards.
template <class T>
[[nodiscard]] auto on_join(join_handle<T> const& of) noexcept -> join_case {
  return join_case{of.control()};
}

}  // namespace sluice
