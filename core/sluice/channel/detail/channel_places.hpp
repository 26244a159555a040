// channel_places — where a sender or a receiver of a channel waits. Private to its room.
#pragma once

#include <exception>
#include <expected>
#include <optional>

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

/// A sender in the queue; the value is still its own.
template <class T>
struct sending : cancellable_waiter {
  explicit sending(T& given) noexcept : value(&given) {}
  ~sending() { this->abandon(); }
  bool closed = false;
  T* value;
  std::exception_ptr thrown;  // its value's move threw in the receiver's hands

  /// After the wait: whether the value has been taken, and this place is done with; else `outcome` says
  /// why not.
  [[nodiscard]] auto sent() noexcept -> bool {
    this->settle();
    return this->state == wait_state::served && !closed && !thrown;
  }
  [[nodiscard]] auto outcome(context const& ctx) -> std::optional<errc> {
    this->settle();
    if (thrown) std::rethrow_exception(thrown);
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
  std::optional<T>* value;
  std::exception_ptr thrown;  // the value's move threw after this place had been claimed for it

  /// After the wait: whether there is a value, and this place is done with; else `outcome` says why not.
  [[nodiscard]] auto received() noexcept -> bool {
    this->settle();
    return value->has_value();
  }
  [[nodiscard]] auto outcome(context const& ctx) -> errc {
    this->settle();
    if (thrown) std::rethrow_exception(thrown);
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
