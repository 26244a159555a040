// random_histories — histories that are linearizable because they were made so, and ways to spoil them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <sluice/base/random.hpp>
#include <sluice/model/history.hpp>
#include <tests/support/random_programs.hpp>

namespace support {

/// A call by `who`, with its answer, under way from `begin` to `end`.
template <class Operation>
struct timed_call {
  unsigned who;
  Operation call;
  std::uint64_t begin;
  std::uint64_t end;
};

template <class Operation>
using timeline = std::vector<timed_call<Operation>>;

/// `calls` calls of a model, one after the other, by threads in turn as chance has it: a longer `reach`
/// lets one make several before the next one's turn. Each is then stretched over its neighbours, at
/// most `reach` of them to either side, but never over another call of the same thread, as happens to
/// a thread that is stopped in the middle of a call. What results is linearizable.
template <class Spec>
auto overlapping_run(sluice::random_source& random, Spec model, unsigned threads, std::size_t calls,
                     std::uint64_t reach) -> timeline<typename Spec::operation> {
  constexpr std::uint64_t stride = 1000;  // instants between two calls
  timeline<typename Spec::operation> run;
  std::vector<std::uint64_t> free_from(threads, 0);
  std::vector<std::size_t> last(threads, calls);
  unsigned who = 0;
  for (std::size_t at = 0; at < calls; ++at) {
    if (random.below(1 + reach / 4) == 0) who = static_cast<unsigned>(random.below(threads));
    auto const now = (reach + 1 + at) * stride;
    auto const call =
        model.answered(draw_call(model, {random, who, static_cast<std::int64_t>(at) + 1, {}}));
    (void)model.apply(call);
    if (auto const previous = last[who]; previous != calls) {
      auto& before = run[previous];
      before.end += random.below(std::min(reach * stride, (now - before.end) / 2));
      free_from[who] = before.end + 1;
    }
    auto const earliest = std::max(free_from[who], now - reach * stride);
    run.push_back({who, call, earliest + random.below(now - earliest), now});
    last[who] = at;
  }
  for (auto const at : last)
    if (at != calls) run[at].end += random.below(reach * stride + 1);
  return run;
}

/// What the threads could say of it. A call that ends after `until` is pending.
template <class Operation>
auto history_of(timeline<Operation> const& run, unsigned threads, std::uint64_t until = ~0ULL)
    -> sluice::model::history<Operation> {
  std::vector<std::pair<std::uint64_t, std::size_t>> events;
  for (std::size_t at = 0; at < run.size(); ++at) {
    events.emplace_back(run[at].begin, 2 * at);
    if (run[at].end <= until) events.emplace_back(run[at].end, 2 * at + 1);
  }
  std::ranges::sort(events);
  sluice::model::history<Operation> calls(threads);
  for (auto const& [when, what] : events) {
    auto const& one = run[what / 2];
    if (what % 2 == 1) calls.end(one.who);
    else if (!calls.pending(one.who)) calls.begin(one.who, one.call);
  }
  return calls;
}

/// Spoils one thing: two answers change places, a call is forgotten, or one is made twice.
template <class Operation>
void corrupt(sluice::random_source& random, timeline<Operation>& run) {
  auto const some = [&] { return random.below(run.size()); };
  if (run.size() < 2) return;
  switch (random.below(3)) {
    case 0: std::swap(run[some()].call, run[some()].call); break;
    case 1: run.erase(run.begin() + static_cast<std::ptrdiff_t>(some())); break;
    default: run[some()].call = run[some()].call; break;
  }
}

}  // namespace support
