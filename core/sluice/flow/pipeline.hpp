// pipeline — values in motion, stage after stage, each as wide and as patient as it needs to be.
#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/channel/direction.hpp>
#include <sluice/flow/detail/assembly.hpp>

namespace sluice {

struct stage_options {
  unsigned parallelism = 1;  ///< workers of this stage, at least 1
  std::size_t buffer = 0;    ///< values that may wait behind it
  bool ordered = true;       ///< values leave in the order in which they came, however wide it is
};

/// What became of what went into a pipeline.
struct pipeline_report {
  std::uint64_t discarded = 0;  ///< taken in, and dropped because the pipeline ended early
  std::uint64_t filtered = 0;   ///< taken in, and left out by a filter
};

/// A pipeline at work: its two ends, and its end.
/// Lifetime  `finish` is awaited before it is destroyed.
template <class In, class Out>
class [[nodiscard]] running_pipeline {
 public:
  running_pipeline(std::unique_ptr<detail::assembly> parts, channel<In>& first, channel<Out>& last)
      : parts_(std::move(parts)), first_(&first), last_(&last) {}
  running_pipeline(running_pipeline&&) noexcept = default;
  ~running_pipeline() {
    if (parts_ && parts_->crew.count() != 0)
      terminate_misuse("pipeline", "destroyed while its stages run; await finish() first");
  }

  /// Where values go in; closing it lets the pipeline run dry and end.
  [[nodiscard]] auto in() const noexcept -> send_only<In> { return *first_; }
  /// Where values come out; closed once everything has come.
  [[nodiscard]] auto out() const noexcept -> recv_only<Out> { return *last_; }
  /// The context of the stages: ends when the pipeline does.
  [[nodiscard]] auto ctx() const noexcept -> context const& { return parts_->scope.ctx(); }

  /// The consumer has seen enough: every stage ends, and who feeds it is told.
  void leave() noexcept { parts_->scope.cancel({errc::stopped, "the consumer left"}); }

  /// Waits for the stages to end, and tells what became of what they had.
  /// Suspends  until the last worker of the last stage has left.
  /// Throws    what a stage threw, the first of them.
  auto finish() -> task<pipeline_report> {
    (void)co_await parts_->crew.wait(context::background());
    for (auto& empty : parts_->emptiers) empty();
    if (parts_->thrown) std::rethrow_exception(parts_->thrown);
    co_return pipeline_report{parts_->discarded.load(), parts_->filtered.load()};
  }

 private:
  std::unique_ptr<detail::assembly> parts_;
  channel<In>* first_;
  channel<Out>* last_;
};

namespace detail {

template <class F, class T>
auto call_stage(F& stage, context const& ctx, T value) {
  if constexpr (std::is_invocable_v<F&, context const&, T>) {
    return stage(ctx, std::move(value));
  } else {
    return stage(std::move(value));
  }
}

template <class F, class T>
using stage_answer = decltype(call_stage(std::declval<F&>(), std::declval<context const&>(),
                                         std::declval<T>()));
template <class F, class T>
using stage_value = awaited_answer_t<stage_answer<F, T>>;

/// Calls a stage, whether it waits or not, and awaits its answer.
template <class F, class T>
auto answer_of(F& stage, context const& ctx, T value) -> task<stage_value<F, T>> {
  if constexpr (is_task<stage_answer<F, T>>) {
    co_return co_await call_stage(stage, ctx, std::move(value));
  } else {
    co_return call_stage(stage, ctx, std::move(value));
  }
}

/// One worker of one stage. `step` answers with what to pass on, or with nothing.
template <class In, class Out, class Step>
auto stage_worker(assembly& parts, std::shared_ptr<stage_state> stage, channel<In>& from,
                  channel<Out>& to, std::shared_ptr<Step> step, bool ordered) -> task<void> {
  auto const& ctx = parts.scope.ctx();
  try {
    for (;;) {
      std::uint64_t number = 0;
      std::optional<In> taken;
      if (ordered) {
        auto turn = co_await stage->receiving.lock(ctx);
        if (!turn) break;
        if (auto value = co_await from.recv(ctx)) taken.emplace(std::move(*value));
        number = stage->received;
        if (taken) ++stage->received;
      } else if (auto value = co_await from.recv(ctx)) {
        taken.emplace(std::move(*value));
      }
      if (!taken) break;

      std::optional<Out> made;
      try {
        made = co_await (*step)(ctx, std::move(*taken));
      } catch (...) {
        parts.discarded.fetch_add(1, std::memory_order_relaxed);
        throw;
      }
      if (ordered && !co_await stage->turns.turn_of(number, ctx)) {
        if (made) parts.discarded.fetch_add(1, std::memory_order_relaxed);
        break;
      }
      if (!made) {
        parts.filtered.fetch_add(1, std::memory_order_relaxed);
      } else if (!co_await to.send(ctx, std::move(*made))) {
        parts.discarded.fetch_add(1, std::memory_order_relaxed);
        break;
      }
      if (ordered) stage->turns.advance();
    }
  } catch (...) {
    parts.fail(std::current_exception());
  }
  if (stage->alive.fetch_sub(1, std::memory_order_acq_rel) == 1) to.close();
}

}  // namespace detail

/// The plan of a pipeline from `In` to `Out`: stages are added, then it is started, any number of
/// times.
///
///     auto plan = pipeline<line>()
///                     .transform(parse, {.parallelism = 4, .buffer = 64})
///                     .filter([](order const& o) { return o.amount > 0; })
///                     .transform(price, {.buffer = 16});
///     auto run = plan.start(home, ctx, 64);
///
/// A stage is anything callable with a value, or with a context and a value; one that returns a
/// `task` may wait. A stage that throws ends the pipeline.
///
/// Order     kept by ordered stages, of any width; an unordered one lets values overtake.
/// Bound     the buffers, and one value for each worker.
template <class In, class Out = In>
class pipeline {
  using connect = std::function<channel<Out>&(detail::assembly&, channel<In>&)>;

 public:
  pipeline() requires std::same_as<In, Out>
      : connect_([](detail::assembly&, channel<In>& first) -> channel<Out>& { return first; }) {}
  explicit pipeline(connect so_far) : connect_(std::move(so_far)) {}

  /// Adds a stage that makes one value of each.
  /// Throws    `misuse` for a parallelism of 0.
  template <class F>
  auto transform(F stage, stage_options options = {}) const {
    using Next = detail::stage_value<F, Out>;
    auto step = [stage = std::move(stage)](context const& ctx,
                                           Out value) mutable -> task<std::optional<Next>> {
      co_return co_await detail::answer_of(stage, ctx, std::move(value));
    };
    return then<Next>(std::move(step), options);
  }

  /// Adds a stage that passes on what `keep` accepts.
  template <class F>
  auto filter(F keep, stage_options options = {}) const -> pipeline<In, Out> {
    auto step = [keep = std::move(keep)](context const&,
                                         Out value) mutable -> task<std::optional<Out>> {
      if (!std::invoke(keep, std::as_const(value))) co_return std::nullopt;
      co_return std::move(value);
    };
    return then<Out>(std::move(step), options);
  }

  /// Starts the stages as tasks of `home`; `buffer` values may wait before the first.
  /// `first_series` is the number under which instruments know the first channel; the next ones
  /// follow. 0: none.
  /// Throws    `misuse` when `home` is shutting down; `std::bad_alloc`. No stage runs then.
  [[nodiscard]] auto start(executor& home, context const& ctx, std::size_t buffer = 0,
                           std::uint32_t first_series = 0) const -> running_pipeline<In, Out> {
    auto parts = std::make_unique<detail::assembly>(ctx);
    parts->next_series = first_series;
    auto& first = parts->template make_channel<In>(buffer);
    auto& last = connect_(*parts, first);
    parts->crew.go_all(home, std::move(parts->workers));
    return {std::move(parts), first, last};
  }

 private:
  template <class Next, class Step>
  auto then(Step step, stage_options options) const -> pipeline<In, Next> {
    if (options.parallelism < 1)
      throw misuse("pipeline", "a stage with a parallelism of 0 would never run");
    return pipeline<In, Next>{
        [before = connect_, step = std::make_shared<Step>(std::move(step)), options](
            detail::assembly& parts, channel<In>& first) -> channel<Next>& {
          auto& from = before(parts, first);
          auto& to = parts.template make_channel<Next>(options.buffer);
          auto const state = std::make_shared<detail::stage_state>(options.parallelism);
          for (unsigned i = 0; i < options.parallelism; ++i)
            parts.workers.push_back(detail::stage_worker<Out, Next, Step>(parts, state, from, to, step,
                                                                          options.ordered));
          return to;
        }};
  }

  connect connect_;
};

}  // namespace sluice
