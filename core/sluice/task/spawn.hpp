// spawn — a task of its own, beside the one that asks for it.
#pragma once

#include <source_location>
#include <utility>

#include <sluice/task/join_handle.hpp>

namespace sluice {

/// Starts `body` as a task of its own on `home`; it may run before this returns.
/// Throws    `std::bad_alloc`, or `misuse` when `home` is shutting down or `body` has run already or was
///           moved from; nothing was started then.
/// Cost      one block beside the frame of `body`.
template <class T>
auto spawn(executor& home, task<T> body,
           std::source_location where = std::source_location::current()) -> join_handle<T> {
  auto* const root = detail::root_of<T>::make(std::move(body), home, where);
  try {
    home.adopt(*root);
  } catch (...) {
    root->discard();
    throw;
  }
  return join_handle<T>{root};
}

}  // namespace sluice
