// single_flight — one call, many askers.
#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/once_gate.hpp>

namespace sluice {

/// What `single_flight` runs for a `V`: something that returns one, or a task that does.
template <class F, class V>
concept flight_body = std::invocable<F&> && std::move_constructible<F> &&
                      std::convertible_to<detail::awaited_answer_t<std::invoke_result_t<F&>>, V>;

/// Lets only one call per key run at a time; who asks meanwhile gets what it brings.
///
///     single_flight<user_id, profile> loading;
///     auto loaded = co_await loading.run(ctx, id, [&] { return fetch(ctx, id); });
///
/// Nothing is remembered: the first that asks after a call has ended begins the next. A task that
/// is destroyed while it runs its call has not run it: the next that waits runs its own.
///
/// Edges     What the call did happens-before every return of what it brought.
/// Threads   Every member may be called by any task or thread at any time.
/// Lifetime  outlives every call.
template <class K, transferable V, class Hash = std::hash<K>, class Equal = std::equal_to<K>>
  requires std::copy_constructible<V>
class single_flight {
 public:
  /// What `f` returns, or what the call that is in flight for `key` does.
  /// Suspends  while the call runs, here or elsewhere.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends while another caller runs it, or
  ///           had ended before. It does not end a call that runs: `f` minds its own context.
  /// Throws    what the call threw, to everybody who waited for it; `misuse` from inside `f` for
  ///           its own key; `std::bad_alloc`.
  /// Cost      a look-up under a lock, a frame or two, one copy of the value.
  template <flight_body<V> F>
  [[nodiscard]] auto run(context ctx, K key, F f) -> task<result<V>> {
    if (auto const ended = ctx.err()) co_return failure(*ended);
    seat const mine{*this, key};
    auto& flight = *mine.taken;
    auto turn = co_await flight.gate.enter(ctx);
    if (!turn) co_return failure(std::move(turn.error()));
    if (*turn) {
      try {
        flight.value.emplace(co_await detail::call_and_await(f));
      } catch (...) {
        flight.thrown = std::current_exception();
      }
      mine.land();
      turn->finish();
    }
    if (flight.thrown) std::rethrow_exception(flight.thrown);
    co_return V(*flight.value);
  }

  /// The same for a plain thread, which runs `f` or is blocked.
  /// Throws    also `misuse` on a worker of a runtime.
  template <flight_body<V> F>
    requires(!detail::is_task<std::invoke_result_t<F&>>)
  [[nodiscard]] auto run_blocking(context const& ctx, K key, F f) -> result<V> {
    detail::refuse_on_worker("single_flight");
    if (auto const ended = ctx.err()) return failure(*ended);
    seat const mine{*this, key};
    auto& flight = *mine.taken;
    auto turn = flight.gate.enter_blocking(ctx);
    if (!turn) return failure(std::move(turn.error()));
    if (*turn) {
      try {
        flight.value.emplace(f());
      } catch (...) {
        flight.thrown = std::current_exception();
      }
      mine.land();
      turn->finish();
    }
    if (flight.thrown) std::rethrow_exception(flight.thrown);
    return V(*flight.value);
  }

  /// The next that asks for `key` begins a call of its own, even if one is in flight.
  void forget(K const& key) {
    std::lock_guard const hold{lock_};
    flights_.erase(key);
  }

  /// How many calls are in flight that can still be joined.
  [[nodiscard]] auto in_flight() const noexcept -> std::size_t {
    std::lock_guard const hold{lock_};
    return flights_.size();
  }

 private:
  struct call {
    detail::once_gate gate;
    std::optional<V> value;
    std::exception_ptr thrown;
    std::size_t seats = 0;  // under `lock_`
  };

  // One asker's part in a call; the last to leave closes it.
  struct seat {
    seat(single_flight& all, K const& which) : flights(all), key(which) {
      std::lock_guard const hold{flights.lock_};
      auto& found = flights.flights_[key];
      if (!found) {
        try {
          found = std::make_shared<call>();
        } catch (...) {
          flights.flights_.erase(key);
          throw;
        }
      }
      taken = found;
      ++taken->seats;
    }
    seat(seat const&) = delete;
    auto operator=(seat const&) -> seat& = delete;
    ~seat() {
      std::lock_guard const hold{flights.lock_};
      if (--taken->seats == 0) close();
    }
    void land() const {
      std::lock_guard const hold{flights.lock_};
      close();
    }
    void close() const {
      auto const at = flights.flights_.find(key);
      if (at != flights.flights_.end() && at->second == taken) flights.flights_.erase(at);
    }

    single_flight& flights;
    K const& key;
    std::shared_ptr<call> taken;
  };

  mutable spin_lock lock_;
  std::unordered_map<K, std::shared_ptr<call>, Hash, Equal> flights_;
};

}  // namespace sluice
