// concepts — what a value must be able to do to travel between tasks.
#pragma once

#include <concepts>
#include <type_traits>

namespace sluice {

/// A value that can be handed from one task or thread to another. Moving may throw; destroying may
/// not.
template <class T>
concept transferable = std::is_object_v<T> && !std::is_const_v<T> && std::move_constructible<T> &&
                       std::is_nothrow_destructible_v<T>;

}  // namespace sluice
