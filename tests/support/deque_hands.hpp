// deque_hands — a work-stealing deque as its owner, thread 0, and its thieves hold it.
#pragma once

#include <cstdint>
#include <optional>

#include <sluice/lockfree/work_stealing_deque.hpp>
#include <sluice/model/container_specs.hpp>

namespace support {

/// The owner pushes and takes, everybody else steals: as `pass_through` wants it.
template <class Deque>
class deque_hand {
 public:
  deque_hand(Deque& deque, unsigned who) : deque_(&deque), owner_(who == 0) {}

  auto try_push(std::uint64_t item) -> bool {
    deque_->push(item);
    return true;
  }
  auto try_pop() -> std::optional<std::uint64_t> {
    if (owner_) return deque_->take();
    auto const stolen = deque_->steal();
    return stolen ? std::optional(*stolen) : std::nullopt;
  }

 private:
  Deque* deque_;
  bool owner_;
};

/// Makes a call of a deque whose items are unsigned numbers.
auto perform(auto& deque, sluice::model::deque_call const& call) -> sluice::model::deque_call {
  using spec = sluice::model::deque_spec;
  using verb = sluice::model::deque_call::verb;
  if (call.what == verb::push) {
    deque.push(static_cast<std::uint64_t>(call.value));
    return call;
  }
  if (call.what == verb::take) {
    auto const item = deque.take();
    return item ? spec::take(static_cast<std::int64_t>(*item)) : spec::take_empty();
  }
  auto const item = deque.steal();
  if (item) return spec::steal(static_cast<std::int64_t>(*item));
  return item.error() == sluice::steal_miss::lost ? spec::steal_lost() : spec::steal_empty();
}

}  // namespace support
