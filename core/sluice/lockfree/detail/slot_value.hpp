// slot_value — room for one element of a lock-free structure, and the way out of it.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/base/concepts.hpp>
#include <sluice/base/manual_lifetime.hpp>
#include <sluice/base/scope_exit.hpp>

namespace sluice::detail {

/// Holds a `T` between `put` and `take`. Remembers whether it does only when moving a `T` may throw,
/// for only then can a slot be passed on without a value in it.
template <transferable T, bool Remembers = !std::is_nothrow_move_constructible_v<T>>
class slot_value {
 public:
  void put(T&& value) noexcept { room_.construct(std::move(value)); }

  [[nodiscard]] static auto holds() noexcept -> bool { return true; }

  /// Moves the value out and leaves nothing behind.
  void take(std::optional<T>& into) noexcept {
    into.emplace(std::move(room_.get()));
    room_.destroy();
  }

  void drop() noexcept { room_.destroy(); }

 private:
  manual_lifetime<T> room_;
};

template <transferable T>
class slot_value<T, true> {
 public:
  void put(T&& value) { room_.emplace(std::move(value)); }

  [[nodiscard]] auto holds() const noexcept -> bool { return room_.has_value(); }

  /// Throws    what moving a `T` throws; the value is destroyed all the same.
  void take(std::optional<T>& into) {
    scope_exit const empty([this] { room_.reset(); });
    into.emplace(std::move(*room_));
  }

  void drop() noexcept { room_.reset(); }

 private:
  std::optional<T> room_;
};

}  // namespace sluice::detail
