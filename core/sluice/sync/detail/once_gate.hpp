// once_gate — one goes through and does it, the others wait until it is done. Private to its room.
#pragma once

#include <type_traits>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/sync/detail/once_state.hpp>
#include <sluice/sync/detail/wait_operation.hpp>
#include <sluice/task/task.hpp>

namespace sluice::detail {

class once_gate;

/// What a gate answers: it is done (false), or it is the holder's turn to do it (true). A turn that
/// goes without `finish` passes to the next.
class [[nodiscard]] once_turn {
 public:
  explicit once_turn(once_gate* mine) noexcept : mine_(mine) {}
  once_turn(once_turn&& other) noexcept : mine_(std::exchange(other.mine_, nullptr)) {}
  auto operator=(once_turn&&) -> once_turn& = delete;
  ~once_turn() { give_up(); }

  explicit operator bool() const noexcept { return mine_ != nullptr; }
  /// It is done, for ever.
  void finish() noexcept;
  /// It is not done: the next may do it.
  void give_up() noexcept;

 private:
  once_gate* mine_;
};

struct wait_at_gate {
  static constexpr char const* what = "the end of somebody's first call";
  static constexpr char const* primitive = "once";
  struct place : plain_place {
    void const* who = nullptr;
    bool runs = false;
  };
  auto enter(place& me, context const& ctx) const -> bool;
  auto granted(place& me) const noexcept -> once_turn {
    return once_turn{me.runs ? gate : nullptr};
  }
  void give_back(place& me) const noexcept;

  once_gate* gate;
};

/// Invariant  under `lock_`: somebody waits only while somebody runs.
/// Edges      those of `basic_once_state`.
class once_gate {
 public:
  once_gate() = default;
  once_gate(once_gate const&) = delete;
  auto operator=(once_gate const&) -> once_gate& = delete;
  ~once_gate();

  [[nodiscard]] auto done() const noexcept -> bool { return state_.done(); }

  /// Awaits a turn.
  /// Throws    `misuse` when the one that asks is running it.
  [[nodiscard]] auto enter(context const& ctx) noexcept {
    return wait_operation<wait_at_gate>{{this}, ctx};
  }
  [[nodiscard]] auto enter_blocking(context const& ctx) -> result<once_turn> {
    return wait_blocking(wait_at_gate{this}, ctx);
  }

 private:
  friend once_turn;
  friend wait_at_gate;
  void finish() noexcept;
  void next() noexcept;

  spin_lock lock_;
  once_state state_;
  wait_list waiting_;
};

/// Calls `f`, and awaits what it returns if that is a task.
template <class F>
auto call_and_await(F& f) -> task<awaited_answer_t<std::invoke_result_t<F&>>> {
  if constexpr (is_task<std::invoke_result_t<F&>>) {
    co_return co_await f();
  } else {
    co_return f();
  }
}

/// The context of those who give none.
[[nodiscard]] auto no_context() noexcept -> context const&;

}  // namespace sluice::detail
