// history — which calls threads made on an object, and which had returned before which began.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <sluice/base/contract.hpp>

namespace sluice::model {

inline constexpr unsigned most_threads = 16;

/// The calls of up to 16 threads, each thread's in its own order.
///
/// Between threads the order is partial. A call knows of every thread how many of its calls had
/// returned before it began: `before[u]`. Intervals of time can be said so, and so can what happens
/// before what in a modelled execution. An `Operation` is what a sequential model defines: what was
/// called, with which argument, and what it answered.
///
///     history<stack_spec::operation> calls(2);
///     calls.begin(0, stack_spec::push(1));
///     calls.begin(1, stack_spec::pop());            // both are under way
///     calls.end(1, stack_spec::pop(1));
///     calls.end(0);
///
/// Threads   one at a time; see `recorder` for calls made by threads.
template <class Operation>
class history {
 public:
  using operation = Operation;

  history() = default;
  /// Throws    `misuse` for more than 16 threads.
  explicit history(unsigned threads) { reset(threads); }

  /// Forgets all calls and keeps the memory they were in.
  void reset(unsigned threads) {
    if (threads > most_threads) throw misuse("history", "at most 16 threads are kept apart");
    for (unsigned thread = 0; thread < threads_; ++thread) {
      lanes_[thread].operations.clear();
      lanes_[thread].before.clear();
      lanes_[thread].pending = false;
    }
    threads_ = threads;
  }

  /// `thread` calls, after all calls that have ended so far. Until `end` the call is pending: it may
  /// have taken effect or not. `call` needs no answer yet.
  void begin(unsigned thread, Operation const& call) {
    std::array<std::uint32_t, most_threads> before;
    for (unsigned other = 0; other < threads_; ++other) before[other] = completed(other);
    begin(thread, call, std::span(before).first(threads_));
  }

  /// The same, after the first `before[u]` calls of each thread u; what is said about `thread` itself
  /// is ignored. Those calls may be told of later.
  /// Throws    `misuse` when `thread` has not returned from its last call, or does not exist, or
  ///           when `before` says nothing of some thread.
  void begin(unsigned thread, Operation const& call, std::span<std::uint32_t const> before) {
    if (thread >= threads_ || lanes_[thread].pending)
      throw misuse("history", "a call can be begun by a thread that exists and is in no other call");
    if (before.size() < threads_)
      throw misuse("history", "a call has to say of every thread what came before it");
    auto& lane = lanes_[thread];
    for (unsigned other = 0; other < threads_; ++other)
      lane.before.push_back(other == thread ? calls(thread) : before[other]);
    lane.operations.push_back(call);
    lane.pending = true;
  }

  /// The pending call of `thread` has returned, as `answered`.
  void end(unsigned thread, Operation const& answered) {
    end(thread);
    lanes_[thread].operations.back() = answered;
  }
  void end(unsigned thread) {
    if (thread >= threads_ || !std::exchange(lanes_[thread].pending, false))
      throw misuse("history", "a call has to begin before it can end");
  }

  [[nodiscard]] auto threads() const noexcept -> unsigned { return threads_; }

  /// Whether the last call of `thread` has not returned.
  [[nodiscard]] auto pending(unsigned thread) const noexcept -> bool {
    return lanes_[thread].pending;
  }
  /// How many calls `thread` has made, the pending one included.
  [[nodiscard]] auto calls(unsigned thread) const noexcept -> std::uint32_t {
    return static_cast<std::uint32_t>(lanes_[thread].operations.size());
  }
  [[nodiscard]] auto completed(unsigned thread) const noexcept -> std::uint32_t {
    return calls(thread) - (pending(thread) ? 1U : 0U);
  }
  /// Calls of all threads.
  [[nodiscard]] auto size() const noexcept -> std::size_t {
    std::size_t sum = 0;
    for (unsigned thread = 0; thread < threads_; ++thread) sum += calls(thread);
    return sum;
  }

  [[nodiscard]] auto call(unsigned thread, std::uint32_t index) const noexcept -> Operation const& {
    return lanes_[thread].operations[index];
  }
  /// For each thread, how many of its calls had returned before this one began.
  [[nodiscard]] auto before(unsigned thread, std::uint32_t index) const noexcept
      -> std::span<std::uint32_t const> {
    return std::span(lanes_[thread].before).subspan(std::size_t{index} * threads_, threads_);
  }

 private:
  struct lane {
    std::vector<Operation> operations;
    std::vector<std::uint32_t> before;  // `threads_` numbers a call
    bool pending = false;
  };

  std::array<lane, most_threads> lanes_;
  unsigned threads_ = 0;
};

}  // namespace sluice::model
