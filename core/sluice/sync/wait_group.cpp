#include <sluice/sync/wait_group.hpp>

#include <memory>
#include <string>

#include <sluice/base/contract.hpp>

namespace sluice {

wait_group::~wait_group() {
  std::lock_guard const hold{lock_};  // whoever released the last wait may be on the way out
  if (!waiting_.empty()) terminate_misuse("wait_group", "destroyed while somebody waits for it");
}

void wait_group::add(std::int64_t n) {
  using added = decltype(count_)::added;
  for (;;) {
    switch (count_.add(n)) {
      case added::counted: return;
      case added::from_zero:
        if (begin_round(n)) return;
        break;
      case added::ends_a_round:
        if (end_round(n)) return;
        break;
      case added::below_zero: {
        auto const count = count_.count();
        throw misuse("wait_group", "the counter is " + std::to_string(count) + " and would fall to " +
                                       std::to_string(count + n));
      }
    }
  }
}

void wait_group::go_all(executor& home, std::vector<task<void>> bodies, std::source_location where) {
  using detail::start_gate;
  auto const gate = std::make_shared<start_gate>();
  auto const count = static_cast<std::int64_t>(bodies.size());
  add(count);
  try {
    for (auto& body : bodies) spawn(home, start_gate::behind(gate, counted(std::move(body))), where).detach();
  } catch (...) {
    gate->decide(start_gate::together::none);
    add(-count);
    throw;
  }
  gate->decide(start_gate::together::all);
}

auto wait_group::begin_round(std::int64_t n) -> bool {
  std::lock_guard const hold{lock_};
  if (returning_ > 0)
    throw misuse("wait_group", "add from 0 before every wait of the last round has returned");
  return count_.begin(n);
}

auto wait_group::end_round(std::int64_t n) noexcept -> bool {
  wait_list released;
  {
    std::lock_guard const hold{lock_};
    if (!count_.end(n)) return false;
    returning_ += waiting_.size();
    detail::serve_all(waiting_, released);
  }
  detail::wake_all(released);  // the group may be gone by now
  return true;
}

auto wait_group::wait_blocking(context const& ctx) -> result<void> {
  return detail::wait_blocking(detail::wait_for_group{this}, ctx);
}

auto detail::wait_for_group::enter(place& me, context const& ctx) const noexcept -> bool {
  return enter_queue(
      me, ctx, group->lock_, group->waiting_, [&] { return !group->count_.mark_waiting(); },
      [&] { me.queued = true; });
}

void detail::wait_for_group::give_back(place& me) const noexcept {
  if (!me.queued) return;
  std::lock_guard const hold{group->lock_};
  --group->returning_;
}

}  // namespace sluice
