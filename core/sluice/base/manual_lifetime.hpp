// manual_lifetime — room for a value that is made and destroyed by hand.
#pragma once

#include <memory>
#include <utility>

namespace sluice {

/// Room for one `T`, empty at first. It does not know whether there is a value in it: whoever owns
/// it does, and destroys what they have made.
template <class T>
class manual_lifetime {
 public:
  manual_lifetime() noexcept {}
  manual_lifetime(manual_lifetime const&) = delete;
  auto operator=(manual_lifetime const&) -> manual_lifetime& = delete;
  ~manual_lifetime() {}

  template <class... Args>
  auto construct(Args&&... args) -> T& {
    return *std::construct_at(&value_, std::forward<Args>(args)...);
  }
  void destroy() noexcept { std::destroy_at(&value_); }

  auto get() noexcept -> T& { return value_; }
  auto get() const noexcept -> T const& { return value_; }

 private:
  union {
    T value_;
  };
};

}  // namespace sluice
