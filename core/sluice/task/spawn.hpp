// spawn — a task of its own, beside the one that asks for it.
#pragma once

#include <source_location>
#include <utility>

#include <sluice/task/join_handle.hpp>

namespace sluice {

/// Starts `body` as a task of its own on `home`; it may run before this returns.
/// Throws    `std::bad_alloc`, or `misuse` when `home` is shutting down; nothing was started then.
/// Cost      one frame beside that of `body`.
template <class T>
auto spawn(executor& home, task<T> body,
           std::source_location where = std::source_location::current()) -> join_handle<T> {
  auto* const root = detail::make_root(std::move(body), home, where).root;
  try {
    home.adopt(*root);
  } catch (...) {
    root->root().destroy();
    throw;
  }
  return join_handle<T>{root};
}

}  // namespace sluice
