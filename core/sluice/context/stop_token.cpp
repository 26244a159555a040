#include <sluice/context/stop_token.hpp>

#if defined(__cpp_lib_jthread)

#include <optional>
#include <utility>

namespace sluice {
namespace {

/// Lives until its context ends, and ends it when a stop is requested.
class stop_tie final : detail::context_handler {
 public:
  static void make(context const& ctx, std::stop_token token) {
    auto* const tie = new stop_tie(ctx.node());
    // In this order: a callback that runs at once finds no handler yet that would destroy it.
    tie->callback_.emplace(std::move(token), end_context{ctx});
    if (!ctx.node()->add(*tie)) delete tie;
  }

 private:
  struct end_context {
    context ctx;
    void operator()() const noexcept { ctx.node()->end(errc::cancelled, error{errc::stopped}); }
  };

  explicit stop_tie(detail::context_node* node) noexcept
      : context_handler(&stop_tie::ended), node_(node) {}

  static void ended(context_handler& base) noexcept {
    auto& self = static_cast<stop_tie&>(base);
    (void)self.node_->remove(base);
    delete &self;  // waits for a callback on another thread, which finds the context ended
  }

  detail::context_node* node_;
  std::optional<std::stop_callback<end_context>> callback_;
};

}  // namespace

auto with_stop_token(context const& parent, std::stop_token token) -> cancel_scope {
  auto scope = with_cancel(parent);
  if (token.stop_possible()) stop_tie::make(scope.ctx(), std::move(token));
  return scope;
}

stop_on_end::stop_on_end(context const& ctx) : ctx_(ctx) {
  detail::context_access::check_parent(ctx, "stop_on_end");
  if (ctx_.node() != nullptr && !ctx_.node()->add(hook_)) hook_.source.request_stop();
}

stop_on_end::~stop_on_end() {
  if (ctx_.node() != nullptr) ctx_.node()->remove(hook_);
}

}  // namespace sluice

#endif
