// state_machine — a state that many threads may change, along the ways of a table and no other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/contract.hpp>

namespace sluice {

/// A way from one state to another.
template <class State>
struct transition {
  State from;
  State to;
};

/// What became of a move.
enum class move_result : std::uint8_t {
  moved,      ///< this call made it
  illegal,    ///< the table has no such way: refused, and counted
  elsewhere,  ///< the machine was not in that state: somebody else was first
};

/// A state out of an enum whose values lie in 0 to 63.
///
///     enum class job { queued, running, done, cancelled };
///     constexpr transition<job> ways[] = {{job::queued, job::running}, {job::queued, job::cancelled}, {job::running, job::done}};
///     state_machine<job> state{job::queued, ways};
///     if (state.try_move(job::queued, job::running) == move_result::moved) work();   // one thread of all
///
/// Progress   wait-free; try_move_to is lock-free: it tries again only when another move was made.
/// Edges      advance  state_ release -> state_ acquire  what precedes a move happens-before what follows
///                     whoever sees its state, by moving on or by looking
/// Threads    Every member may be called by any thread at any time; moves are linearizable.
template <class State, atomics_policy Atomics = std_atomics>
  requires std::is_enum_v<State>
class state_machine {
 public:
  static constexpr std::size_t most_states = 64;

  /// Throws    `misuse` when `initial`, or a state in the table, has a value outside 0 to 63.
  state_machine(State initial, std::span<transition<State> const> table) : state_(checked(initial)) {
    for (auto const& way : table) {
      (void)checked(way.to);
      ways_[index_of(checked(way.from))] |= bit_of(way.to);
    }
  }
  state_machine(state_machine const&) = delete;
  auto operator=(state_machine const&) -> state_machine& = delete;

  /// From `from` to `to`, if the machine is in `from` and the table allows it.
  [[nodiscard]] auto try_move(State from, State to) noexcept -> move_result {
    if (!allows(from, to)) return refuse();
    return state_.compare_exchange_strong(from, to, acq_rel, acquire) ? move_result::moved  // advance
                                                                      : move_result::elsewhere;
  }

  /// To `to` from wherever the machine is, if the table allows it from there.
  [[nodiscard]] auto try_move_to(State to) noexcept -> move_result {
    for (auto from = state_.load(acquire);;) {  // advance
      if (!allows(from, to)) return refuse();
      if (state_.compare_exchange_weak(from, to, acq_rel, acquire)) return move_result::moved;  // advance
    }
  }

  [[nodiscard]] auto current() const noexcept -> State { return state_.load(acquire); }  // advance

  /// Whether the table has a way from `from` to `to`.
  [[nodiscard]] auto allows(State from, State to) const noexcept -> bool {
    return index_of(from) < most_states && index_of(to) < most_states &&
           (ways_[index_of(from)] & bit_of(to)) != 0;
  }

  /// How many illegal moves were refused so far.
  [[nodiscard]] auto refused() const noexcept -> std::uint64_t { return refused_.load(relaxed); }

 private:
  static constexpr auto index_of(State state) noexcept -> std::size_t {
    return static_cast<std::size_t>(static_cast<std::underlying_type_t<State>>(state));
  }
  static constexpr auto bit_of(State state) noexcept -> std::uint64_t {
    return std::uint64_t{1} << index_of(state);
  }
  static auto checked(State state) -> State {
    if (index_of(state) < most_states) return state;
    throw misuse("state_machine", "a state of value " +
                                      std::to_string(static_cast<std::int64_t>(static_cast<std::underlying_type_t<State>>(state))) +
                                      " is outside 0 to 63");
  }
  auto refuse() noexcept -> move_result {
    refused_.fetch_add(1, relaxed);  // a number that orders nothing
    return move_result::illegal;
  }

  typename Atomics::template atomic<State> state_;
  typename Atomics::template atomic<std::uint64_t> refused_{0};
  std::array<std::uint64_t, most_states> ways_{};  // constant once made
};

}  // namespace sluice
