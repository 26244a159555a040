// stop_token — contexts and the standard library's stop tokens, each ending the other.
#pragma once

#include <version>

#if defined(__cpp_lib_jthread)  // not in every standard library for WebAssembly

#include <stop_token>

#include <sluice/context/context.hpp>

namespace sluice {

/// A child that also ends, as `cancelled` with the cause `stopped`, when a stop is requested
/// through `token`; the request returns after everything below has ended. It lets the token go when
/// it ends.
/// Throws    `misuse` when the parent was moved from; `std::bad_alloc`.
[[nodiscard]] auto with_stop_token(context const& parent, std::stop_token token) -> cancel_scope;

/// A source of stop tokens that is asked to stop when a context ends, before the call that ends it
/// returns; at once when it has ended already.
///
///     stop_on_end const link{ctx};
///     std::jthread worker{[token = link.token()] { while (!token.stop_requested()) ...; }};
///
/// Threads   every member may be called by any thread at any time.
/// Lifetime  its tokens may outlive it: they never hear of the context then.
class stop_on_end {
 public:
  /// Throws    `std::bad_alloc`; `misuse` when `ctx` was moved from.
  explicit stop_on_end(context const& ctx);
  stop_on_end(stop_on_end const&) = delete;
  auto operator=(stop_on_end const&) -> stop_on_end& = delete;
  ~stop_on_end();

  [[nodiscard]] auto token() const noexcept -> std::stop_token { return hook_.source.get_token(); }

 private:
  struct hook : detail::context_handler {
    hook() : context_handler(&hook::ended) {}
    static void ended(context_handler& self) noexcept {
      // A copy: whoever is told may destroy this.
      auto source = static_cast<hook&>(self).source;
      source.request_stop();
    }
    std::stop_source source;
  };

  context ctx_;
  hook hook_;
};

}  // namespace sluice

#endif
