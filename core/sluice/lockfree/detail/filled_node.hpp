// filled_node — a node with its value in it, or no node at all.
#pragma once

#include <type_traits>
#include <utility>

#include <sluice/base/concepts.hpp>

namespace sluice::detail {

/// A `Node` of `me`'s domain, made from `args`, into whose `room()` `value` has been moved.
/// Throws    `std::bad_alloc` without having moved from `value`, or what moving a `T` throws; there
///           is no node then.
template <class Node, class Participant, transferable T, class... Args>
auto filled_node(Participant& me, T&& value, Args const&... args) -> Node* {
  auto* fresh = me.template create<Node>(args...);
  auto const fill = [&] { fresh->room().write([&](auto& room) { room.put(std::move(value)); }); };
  if constexpr (std::is_nothrow_move_constructible_v<T>) {
    fill();
  } else {
    try {
      fill();
    } catch (...) {
      me.discard(fresh);
      throw;
    }
  }
  return fresh;
}

}  // namespace sluice::detail
