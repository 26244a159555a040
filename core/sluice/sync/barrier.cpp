#include <sluice/sync/barrier.hpp>

#include <sluice/base/contract.hpp>

namespace sluice {

barrier::barrier(std::size_t parties) : parties_(parties) {
  if (parties == 0) throw misuse("barrier", "0 parties can never meet");
}

barrier::~barrier() {
  std::lock_guard const hold{lock_};  // whoever came last may be on the way out
  if (!waiting_.empty()) terminate_misuse("barrier", "destroyed while somebody waits at it");
}

auto barrier::arrive_and_wait_blocking(context const& ctx) -> result<bool> {
  return detail::wait_blocking(detail::wait_at_barrier{this}, ctx);
}

void barrier::gave_up(detail::cancellable_waiter& gone) noexcept {
  --static_cast<detail::wait_at_barrier::place&>(gone).met->arrived_;
}

auto detail::wait_at_barrier::enter(place& me, context const& ctx) const noexcept -> bool {
  wait_list released;
  me.met = met;
  me.left = &barrier::gave_up;
  auto const decided = enter_queue(
      me, ctx, met->lock_, met->waiting_,
      [&] {
        if (met->arrived_ + 1 < met->parties_) return false;
        me.last = true;
        met->arrived_ = 0;
        serve_all(met->waiting_, released);
        return true;
      },
      [&] { ++met->arrived_; });
  wake_all(released);
  return decided;
}

}  // namespace sluice
