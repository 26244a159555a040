// linearizability — can the calls of a history have taken effect one after the other?
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sluice/model/detail/exhausted_set.hpp>
#include <sluice/model/detail/explanation.hpp>
#include <sluice/model/history.hpp>

namespace sluice::model {

/// What an object does when calls come one at a time. A copy is a fresh start in the same state.
///
///     apply(call)     true when the model answers `call` as recorded, and then it has taken effect;
///                     false when it would answer otherwise, and then nothing has changed
///     undo(call)      takes back the last `apply` that returned true
///     state()         all that the answers to further calls depend on
///     answered(call)  the same call with the answer that the model would give now
///     eager(call)     true when nothing is lost by placing `call` as soon as it is answered as
///                     recorded: certainly so when it leaves the state as it is
///     describe(call)  in words, as in "pop -> empty"
///     study(history)  optional; called for long histories, before the first call is applied: what
///                     is certain to come to no good may then be refused by `apply` earlier
template <class S>
concept sequential_spec =
    std::copyable<S> && std::default_initializable<typename S::operation> &&
    std::copyable<typename S::operation> &&
    requires(S& model, S const& seen, typename S::operation const& call) {
      { model.apply(call) } -> std::same_as<bool>;
      model.undo(call);
      { seen.state() } -> std::convertible_to<std::span<std::int64_t const>>;
      { seen.answered(call) } -> std::same_as<typename S::operation>;
      { seen.eager(call) } -> std::same_as<bool>;
      { S::describe(call) } -> std::convertible_to<std::string>;
    };

/// When to give up, and from how many calls on a history is studied first.
struct search_effort {
  std::uint64_t limit = 20'000'000;  ///< calls placed, or words remembered, in one check
  std::size_t study_from = 64;       ///< studying takes longer than going through a small history
};

enum class verdict : std::uint8_t {
  yes,      ///< there is an order in which every call answers as recorded
  no,       ///< there is none
  gave_up,  ///< the limit was reached before either was certain
};

/// Looks for an order of a history's calls that respects what came before what and that a sequential
/// model answers as recorded; a pending call may be in it or not. Keep one for many histories: its
/// buffers are used again, and a small history then costs no allocation.
///
///     linearizability_checker<stack_spec> checker;
///     if (checker.check(calls) == verdict::no) report(checker.explanation(calls));
///
/// Depth first over how far each thread is, with a memory of the dead ends. What cannot matter is not
/// tried: an `eager` call is placed as soon as it fits, with no alternative.
///
/// Cost      about 20 ns a call when the first order tried fits, no more than a step for each pair of
///           frontier and state otherwise.
/// Source    Wing, Gong, "Testing and verifying concurrent objects", 1993; the memory after Lowe,
///           "Testing for linearizability", 2017.
template <sequential_spec Spec>
class linearizability_checker {
 public:
  using operation = typename Spec::operation;
  using history_type = history<operation>;

  explicit linearizability_checker(Spec initial = Spec(), search_effort effort = {})
      : initial_(std::move(initial)), model_(initial_), effort_(effort) {}

  /// Throws    `std::bad_alloc`.
  auto check(history_type const& calls) -> verdict {
    verdict_ = verdict::gave_up;  // also when it throws
    start(calls);
    return verdict_ = search(calls);
  }

  /// Calls placed by the last check, those taken back included.
  [[nodiscard]] auto steps() const noexcept -> std::uint64_t { return steps_; }

  /// After `yes`: whose call comes when. Otherwise the longest beginning that was found to fit.
  [[nodiscard]] auto order() const -> std::vector<unsigned> {
    std::vector<unsigned> threads;
    for (auto const& one : longest()) threads.push_back(one.thread);
    return threads;
  }

  /// Why the last check, which was of `calls`, did not say `yes`.
  [[nodiscard]] auto explanation(history_type const& calls) const -> std::string {
    if (verdict_ == verdict::yes) return "every call has its place";
    return (verdict_ == verdict::no ? "not linearizable; " : "gave up; ") +
           detail::explanation<Spec>(calls, initial_).after(order());
  }

 private:
  struct step {
    std::uint8_t thread;
    bool eager;  // nothing else needs to be tried in its place
  };
  enum class placing : std::uint8_t { done, misfit, dead_end };

  [[nodiscard]] auto frontier() const noexcept -> std::span<std::uint32_t const> {
    return std::span(frontier_).first(threads_);
  }
  [[nodiscard]] auto longest() const noexcept -> std::vector<step> const& {
    return path_.size() >= longest_.size() ? path_ : longest_;
  }

  auto search(history_type const& calls) -> verdict {
    while (missing_ > 0) {
      if (steps_ > effort_.limit || dead_ends_.words() > effort_.limit) return verdict::gave_up;
      if (!advance(calls) && !retreat(calls)) return verdict::no;
    }
    return verdict::yes;
  }

  void start(history_type const& calls) {
    threads_ = calls.threads();
    frontier_.fill(0);
    path_.clear();
    longest_.clear();
    dead_ends_.clear();
    steps_ = 0;
    missing_ = 0;
    next_ = 0;
    for (unsigned thread = 0; thread < threads_; ++thread) missing_ += calls.completed(thread);
    model_ = initial_;
    if constexpr (requires { model_.study(calls); })
      if (missing_ >= effort_.study_from) model_.study(calls);
  }

  /// Whether the next call of `thread` exists and everything before it has been placed.
  [[nodiscard]] auto ready(history_type const& calls, unsigned thread) const noexcept -> bool {
    auto const at = frontier_[thread];
    if (at == calls.calls(thread)) return false;
    auto const before = calls.before(thread, at);
    for (unsigned other = 0; other < threads_; ++other)
      if (frontier_[other] < before[other]) return false;
    return true;
  }

  [[nodiscard]] auto is_pending(history_type const& calls, unsigned thread,
                                std::uint32_t at) const noexcept -> bool {
    return at == calls.completed(thread);
  }

  /// Places one more call; false when none, or none that has not been tried, leads on from here.
  auto advance(history_type const& calls) -> bool {
    auto const of = [&](unsigned thread) -> auto& { return calls.call(thread, frontier_[thread]); };
    std::uint32_t others = 0;  // threads whose next call is ready and not eager
    for (auto thread = next_; thread < threads_; ++thread) {
      if (!ready(calls, thread)) continue;
      if (is_pending(calls, thread, frontier_[thread]) || !model_.eager(of(thread))) {
        others |= 1U << thread;
      } else if (next_ == 0) {  // just arrived here
        auto const placed = place(calls, thread, of(thread), true);
        if (placed != placing::misfit) return placed == placing::done;
      }
    }
    for (auto thread = next_; thread < threads_; ++thread) {
      if ((others >> thread & 1U) == 0) continue;
      bool const open = is_pending(calls, thread, frontier_[thread]);
      if (open) answers_[thread] = model_.answered(of(thread));
      if (place(calls, thread, open ? answers_[thread] : of(thread), false) == placing::done)
        return true;
    }
    return false;
  }

  auto place(history_type const& calls, unsigned thread, operation const& call, bool eager)
      -> placing {
    if (!model_.apply(call)) return placing::misfit;
    ++steps_;
    auto const open = is_pending(calls, thread, frontier_[thread]++);
    if (dead_ends_.contains(frontier(), model_.state())) {
      --frontier_[thread];
      model_.undo(call);
      return placing::dead_end;
    }
    path_.push_back({static_cast<std::uint8_t>(thread), eager});
    if (!open) --missing_;
    next_ = 0;
    return placing::done;
  }

  /// Nothing leads on from here: back to where there was a choice. False when there was none.
  auto retreat(history_type const& calls) -> bool {
    if (path_.size() > longest_.size()) longest_ = path_;
    while (!path_.empty()) {
      dead_ends_.insert(frontier(), model_.state());
      auto const last = path_.back();
      path_.pop_back();
      auto const at = --frontier_[last.thread];
      bool const open = is_pending(calls, last.thread, at);
      model_.undo(open ? answers_[last.thread] : calls.call(last.thread, at));
      if (!open) ++missing_;
      next_ = last.thread + 1U;
      if (!last.eager) return true;
    }
    return false;
  }

  Spec initial_;
  Spec model_;
  search_effort effort_;
  verdict verdict_ = verdict::yes;
  unsigned threads_ = 0;
  unsigned next_ = 0;         // the first thread to try from here; 0: just arrived
  std::size_t missing_ = 0;   // completed calls that have not been placed
  std::uint64_t steps_ = 0;
  std::array<std::uint32_t, most_threads> frontier_{};
  std::array<operation, most_threads> answers_{};  // of pending calls that have been placed
  std::vector<step> path_;
  std::vector<step> longest_;
  detail::exhausted_set dead_ends_;
};

/// The same for a single history.
template <sequential_spec Spec>
[[nodiscard]] auto linearizable(history<typename Spec::operation> const& calls, Spec const& initial,
                                search_effort effort = {}) -> verdict {
  return linearizability_checker<Spec>(initial, effort).check(calls);
}

}  // namespace sluice::model
