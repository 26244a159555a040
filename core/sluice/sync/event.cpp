#include <sluice/sync/event.hpp>

#include <sluice/base/contract.hpp>

namespace sluice {

event::~event() {
  std::lock_guard const hold{lock_};  // whoever has set it may be on the way out
  if (!waiting_.empty()) terminate_misuse("event", "destroyed while somebody waits for it");
}

void event::set() noexcept {
  wait_list released;
  {
    std::lock_guard const hold{lock_};
    set_ = true;
    detail::serve_all(waiting_, released);
  }
  detail::wake_all(released);
}

void event::reset() noexcept {
  std::lock_guard const hold{lock_};
  set_ = false;
}

auto event::is_set() const noexcept -> bool {
  std::lock_guard const hold{lock_};
  return set_;
}

auto event::wait_blocking(context const& ctx) -> result<void> {
  return detail::wait_blocking(detail::wait_for_event{this}, ctx);
}

auto detail::wait_for_event::enter(place& me, context const& ctx) const noexcept -> bool {
  return enter_queue(me, ctx, awaited->lock_, awaited->waiting_, [&] { return awaited->set_; });
}

}  // namespace sluice
