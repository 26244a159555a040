#include <sluice/task/join_handle.hpp>

namespace sluice::detail {

// Down first, where each learns who awaits it and is taken from that one; then up again. The innermost stays with the
// one that awaits it: no more than these two are destroyed inside one another.
void unwind_inside(promise_base& outermost, promise_base const* innermost) noexcept {
  if (innermost == nullptr || innermost == &outermost) return;
  auto* at = &outermost;
  for (auto* place = at->awaits; place->promise != innermost;) {
    auto* const inner = std::exchange(place->promise, nullptr);
    place = std::exchange(inner->awaits, nullptr);
    inner->awaited_by = at;
    at = inner;
  }
  for (auto frame = innermost->continuation; at != &outermost;) {
    auto const outer_frame = at->continuation;
    auto* const outer = at->awaited_by;
    frame.destroy();
    frame = outer_frame;
    at = outer;
  }
}

void root_control::finish() noexcept {
  hears().stop();
  home().task_ended(*this);
  auto* const found = joiner_.exchange(&ended_, std::memory_order_acq_rel);  // end
  if (found == nullptr) return;  // it may be gone
  if (found == &nobody_) return bury();
  auto* const joining = static_cast<waiter*>(found);
  if (joining->of_select == nullptr) joining->wake();
  else static_cast<joining_case*>(joining)->over();
}

auto end_of_task(task_control& ended) noexcept -> std::coroutine_handle<> {
  static_cast<root_control&>(ended).finish();  // the coroutine that has just ended may be gone
  return std::noop_coroutine();
}

}  // namespace sluice::detail
