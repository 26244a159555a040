#include <sluice/time/after_func.hpp>

#include <sluice/task/timer_service.hpp>

namespace sluice::detail {
namespace {

/// Hooked in two places: at its timer, and at the end of its context.
class later_call final : public pending_call {
 public:
  later_call(context const& ctx, root* prepared) noexcept
      : pending_call(prepared), ctx_(ctx), home_(&prepared->home()) {}

  void begin(duration after) {
    at_time_.due = saturating_add(home_->now(), after);
    hold();  // the context's hook
    if (!ctx_.node()->add(at_end_)) {
      let_go();
      if (decide()) drop();
      return;
    }
    if (at_time_.due == never) return;
    hold();  // the timer's hook
    try {
      home_->timers().add(at_time_);
    } catch (...) {
      let_go();
      throw;  // and the handle takes the other hook away
    }
    // Whoever decided before found no timer to take away.
    if (decided() && home_->timers().withdraw(at_time_)) let_go();
  }

 private:
  struct end_hook : context_handler {
    explicit end_hook(later_call& told) noexcept : context_handler(&end_hook::ended), self(&told) {}
    static void ended(context_handler& base) noexcept {
      auto& self = *static_cast<end_hook&>(base).self;
      (void)self.ctx_.node()->remove(base);
      if (self.decide()) {
        self.unhook();
        self.drop();
      }
      self.let_go();
    }
    later_call* self;
  };
  struct time_hook : timer_entry {
    explicit time_hook(later_call& told) noexcept : self(&told) { fire = &time_hook::due_now; }
    static void due_now(timer_entry& base) noexcept {
      auto& self = *static_cast<time_hook&>(base).self;
      if (self.decide()) {
        self.unhook();
        self.start();
      }
      self.let_go();
    }
    later_call* self;
  };

  // From inside one of the hooks this finds that one told, and the other as it may be. The runtime
  // is there: it ends its contexts before it goes, and that decides.
  void unhook() noexcept override {
    if (ctx_.node()->remove(at_end_)) let_go();
    if (at_time_.due != never && home_->timers().withdraw(at_time_)) let_go();
  }

  context ctx_;
  executor* home_;
  end_hook at_end_{*this};
  time_hook at_time_{*this};
};

}  // namespace

auto call_later(context const& ctx, duration after, pending_call::root* prepared) -> after_handle {
  later_call* call = nullptr;
  try {
    call = new later_call(ctx, prepared);
  } catch (...) {
    prepared->discard();
    throw;
  }
  after_handle handle{call};
  call->begin(after);
  return handle;
}

}  // namespace sluice::detail
