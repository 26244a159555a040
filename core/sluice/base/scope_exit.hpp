// scope_exit — something to do on every way out.
#pragma once

#include <utility>

namespace sluice {

/// Runs a function when the scope is left, by whatever way.
template <class F>
class [[nodiscard]] scope_exit {
 public:
  explicit scope_exit(F then) : then_(std::move(then)) {}
  scope_exit(scope_exit const&) = delete;
  auto operator=(scope_exit const&) -> scope_exit& = delete;
  ~scope_exit() { then_(); }

 private:
  F then_;
};

}  // namespace sluice
