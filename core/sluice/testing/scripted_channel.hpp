// scripted_channel — partners for a channel under test: one that sends by a script, one that writes down.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sluice/base/contract.hpp>
#include <sluice/channel/channel.hpp>
#include <sluice/context/context.hpp>
#include <sluice/task/task.hpp>
#include <sluice/time/sleep.hpp>

namespace sluice::testing {

/// A line of a script: after a pause a value is sent, or the channel closed.
template <transferable T>
struct cue {
  duration after{0};
  std::optional<T> value{};  ///< none: close

  [[nodiscard]] static auto send(T what, duration after = duration{0}) -> cue {
    return {after, std::move(what)};
  }
  [[nodiscard]] static auto close(duration after = duration{0}) -> cue {
    return {after, std::nullopt};
  }
};

/// How a script came out.
struct played {
  std::size_t sent = 0;         ///< values handed over
  bool closed = false;          ///< by the script
  std::optional<errc> failed{};  ///< why it stopped early: `closed`, or how the context ended
};

/// Stands in for whoever feeds `into`: a producer with set times, that stops early like a real one.
///
///     using say = testing::cue<int>;
///     rt.spawn(testing::play(rt.ctx(), feed, {say::send(1, 10ms), say::send(2), say::close(1s)})).detach();
///
/// Throws    `misuse` when a pause is negative, and as `close` does.
/// Lifetime  `into` outlives the task.
template <transferable T>
auto play(context ctx, channel<T>& into, std::vector<cue<T>> script) -> task<played> {
  played outcome;
  for (auto& next : script) {
    if (next.after < duration{0})
      throw misuse("play", "a pause of " + std::to_string(next.after.count()) + " ns is below 0");
    if (next.after > duration{0}) {
      if (auto const slept = co_await sleep_for(ctx, next.after); !slept) {
        outcome.failed = slept.error().code();
        co_return outcome;
      }
    }
    if (!next.value) {
      into.close();
      outcome.closed = true;
      continue;
    }
    if (auto const sent = co_await into.send(ctx, std::move(*next.value)); !sent) {
      outcome.failed = sent.error().why.code();
      co_return outcome;
    }
    ++outcome.sent;
  }
  co_return outcome;
}

/// A value, and when it came.
template <class T>
struct noted {
  T value;
  instant at{};
  auto operator==(noted const&) const -> bool = default;
};

/// Stands in for whoever reads `from`: writes down what comes and when, pausing after each value, until
/// the channel is closed or `ctx` ends. Returns why it ended.
/// Lifetime  `from` and `into` outlive the task.
template <transferable T>
auto note_down(context ctx, channel<T>& from, std::vector<noted<T>>& into, duration pause = duration{0})
    -> task<errc> {
  auto& me = co_await this_task();
  for (;;) {
    auto got = co_await from.recv(ctx);
    if (!got) co_return got.error().code();
    into.push_back({std::move(*got), me.home().now()});
    if (pause <= duration{0}) continue;
    if (auto const slept = co_await sleep_for(ctx, pause); !slept) co_return slept.error().code();
  }
}

}  // namespace sluice::testing
