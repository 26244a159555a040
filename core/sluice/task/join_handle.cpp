#include <sluice/task/join_handle.hpp>

namespace sluice::detail {

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
