// channel_places — where a sender or a receiver of a channel waits. Private to its room.
#pragma once

#include <exception>
#include <expected>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>

namespace sluice {

/// A send that did not happen: why, and the value, unharmed.
template <class T>
struct unsent {
  error why;
  T value;
};

template <class T>
using send_result = std::expected<void, unsent<T>>;

namespace detail {

/// What a value's move threw in the hands of a partner. Where it cannot throw that is nothing, and takes no room.
template <class T, bool Never = std::is_nothrow_move_constructible_v<T>>
struct failed_move {
  std::exception_ptr thrown;
  void note() noexcept { thrown = std::current_exception(); }
  [[nodiscard]] explicit operator bool() const noexcept { return thrown != nullptr; }
  /// Throws it, once, if there is anything.
  void rethrow() {
    if (auto const once = std::exchange(thrown, nullptr)) std::rethrow_exception(once);
  }
};
template <class T>
struct failed_move<T, true> {
  static constexpr void note() noexcept {}
  [[nodiscard]] explicit constexpr operator bool() const noexcept { return false; }
  static constexpr void rethrow() noexcept {}
};

/// A sender in the queue; the value is still its own.
template <class T>
struct sending : cancellable_waiter {
  explicit sending(T& given) noexcept : value(&given) {}
  ~sending() { this->abandon(); }
  bool closed = false;
  [[no_unique_address]] failed_move<T> failed;  // its value's move, in the receiver's hands
  T* value;

  /// After a task's wait: whether the value has been taken, and this place is done with; else `outcome` says
  /// why not.
  [[nodiscard]] auto sent() noexcept -> bool {
    this->settle_task();
    return this->state == wait_state::served && !closed && !failed;
  }
  [[nodiscard]] auto outcome(context const& ctx) -> std::optional<errc> {
    this->settle();
    failed.rethrow();
    if (this->state == wait_state::cancelled) return ctx.err().value_or(errc::cancelled);
    if (closed) return errc::closed;
    return std::nullopt;
  }
};

/// A receiver in the queue, with the place for what it gets.
template <class T>
struct receiving : cancellable_waiter {
  explicit receiving(std::optional<T>& place) noexcept : value(&place) {}
  ~receiving() { this->abandon(); }
  [[no_unique_address]] failed_move<T> failed;  // the value's, after this place had been claimed for it
  std::optional<T>* value;

  /// After a task's wait: whether there is a value, and this place is done with; else `outcome` says why not.
  [[nodiscard]] auto received() noexcept -> bool {
    this->settle_task();
    return value->has_value();
  }
  [[nodiscard]] auto outcome(context const& ctx) -> errc {
    this->settle();
    failed.rethrow();
    return this->state == wait_state::cancelled ? ctx.err().value_or(errc::cancelled) : errc::closed;
  }
};

/// Who waits at a channel: tasks, threads and selects.
template <class T>
struct channel_places {
  using list = wait_list;
  using sender = sending<T>;
  using receiver = receiving<T>;
};

}  // namespace detail
}  // namespace sluice
