#include <sluice/context/after_func.hpp>

#include <sluice/base/contract.hpp>

namespace sluice::detail {
namespace {

class end_call final : public pending_call {
 public:
  end_call(context const& ctx, root* prepared) noexcept : pending_call(prepared), ctx_(ctx) {}

  void begin() noexcept {
    hold();  // the hook's
    if (ctx_.node()->add(hook_)) return;
    let_go();
    if (decide()) start();
  }

 private:
  struct hook : context_handler {
    explicit hook(end_call& told) noexcept : context_handler(&hook::ended), self(&told) {}
    static void ended(context_handler& base) noexcept {
      auto& self = *static_cast<hook&>(base).self;
      (void)self.ctx_.node()->remove(base);  // this may be the last anybody hears of it
      if (self.decide()) self.start();
      self.let_go();
    }
    end_call* self;
  };

  void unhook() noexcept override {
    if (ctx_.node()->remove(hook_)) let_go();
  }

  context ctx_;
  hook hook_{*this};
};

}  // namespace

auto call_at_end(context const& ctx, pending_call::root* prepared) -> after_handle {
  end_call* call = nullptr;
  try {
    call = new end_call(ctx, prepared);
  } catch (...) {
    prepared->discard();
    throw;
  }
  after_handle handle{call};
  call->begin();
  return handle;
}

auto home_of(context const& ctx, char const* primitive) -> executor& {
  context_access::check_parent(ctx, primitive);
  auto* const home = ctx.node() == nullptr ? nullptr : ctx.node()->home();
  if (home == nullptr)
    throw misuse(primitive, "the context belongs to no runtime; start from runtime::background()");
  return *home;
}

}  // namespace sluice::detail
