// recorder — the history of calls that real threads make.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sluice/atomics/orders.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/model/history.hpp>

namespace sluice::model {

/// Lets up to 16 threads write down their calls, each in a log of its own.
///
///     recorder<queue_spec::operation> calls(2, 1000);
///     // in thread `who`, around each call:
///     calls.begin(who, queue_spec::pop());
///     auto const value = queue.try_pop();
///     calls.end(who, value ? queue_spec::pop(*value) : queue_spec::pop_empty());
///     // when all threads have been joined:
///     checker.check(calls.finish());
///
/// A thread publishes how many of its calls have returned, and reads what the others have published
/// before it begins one. There is no clock and no shared counter: a clock may be ahead of stores that
/// nobody has seen yet, and a counter that all increase would order what the object leaves unordered.
///
/// Edges      returned  returned release -> returned acquire  a call counted as returned happens before
///                      the one that counts it: the history claims no order that the program has not
/// Cost       of a begin a load for each thread, of an end a store; no allocation up to the number of
///            calls announced.
/// Threads    begin and end of `who` by one thread; the rest before they start or after they were joined.
template <class Operation>
class recorder {
 public:
  /// Throws    `misuse` for more than 16 threads, else `std::bad_alloc`.
  recorder(unsigned threads, std::size_t calls_each) : logs_(threads) {
    if (threads > most_threads) throw misuse("recorder", "at most 16 threads are kept apart");
    for (auto& log : logs_) log.entries.reserve(calls_each);
  }

  /// `call` needs no answer yet; that of a call which never ends is kept as it is.
  /// Throws    `misuse` when `who` is not there, or has not ended its last call; else
  ///           `std::bad_alloc`.
  void begin(unsigned who, Operation const& call) {
    auto& mine = log_of(who);
    if (mine.is_open())
      throw misuse("recorder", "a call has to end before its thread can begin another one");
    auto& fresh = mine.entries.emplace_back();
    fresh.call = call;
    for (std::size_t other = 0; other < logs_.size(); ++other)
      fresh.before[other] = logs_[other].returned.load(acquire);  // returned
  }

  /// Throws    `misuse` when `who` is not there, or has begun no call.
  void end(unsigned who, Operation const& answered) {
    auto& mine = log_of(who);
    if (!mine.is_open()) throw misuse("recorder", "a call has to begin before it can end");
    mine.entries.back().call = answered;
    mine.returned.store(static_cast<std::uint32_t>(mine.entries.size()), release);  // returned
  }

  /// All calls so far; those that have not ended are pending.
  [[nodiscard]] auto finish() const -> history<Operation> {
    history<Operation> calls(static_cast<unsigned>(logs_.size()));
    for (unsigned who = 0; who < calls.threads(); ++who)
      for (auto const& one : logs_[who].entries) {
        calls.begin(who, one.call, std::span(one.before).first(calls.threads()));
        if (calls.calls(who) <= logs_[who].returned.load(acquire)) calls.end(who);
      }
    return calls;
  }

 private:
  struct entry {
    Operation call{};
    std::array<std::uint32_t, most_threads> before{};
  };
  struct alignas(cache_line) log {
    std::vector<entry> entries;
    alignas(cache_line) std::atomic<std::uint32_t> returned{0};  // read by all

    [[nodiscard]] auto is_open() const noexcept -> bool {
      return entries.size() != returned.load(relaxed);
    }
  };

  auto log_of(unsigned who) -> log& {
    if (who >= logs_.size())
      throw misuse("recorder", "thread " + std::to_string(who) + " is none of the " +
                                   std::to_string(logs_.size()) + " that were announced");
    return logs_[who];
  }

  std::vector<log> logs_;
};

}  // namespace sluice::model
