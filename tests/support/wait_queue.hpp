// wait_queue — places in a queue for modelled threads, as tasks and contexts make them of `waiter`.
#pragma once

#include <sluice/model/atomics.hpp>
#include <sluice/task/interrupt_slot.hpp>
#include <sluice/task/wait_place.hpp>

namespace support {

/// A plain variable whose accesses the checker sees.
template <class T>
class watched {
 public:
  watched(T value) { *this = value; }
  auto operator=(T value) -> watched& {
    cell_.write([&](T& room) { room = value; });
    return *this;
  }
  operator T() const {
    return cell_.read([](T const& value) { return value; });
  }

 private:
  sluice::model::cell<T> cell_;
};

/// A thread that can be woken, and always may be served.
struct modelled_waiter : sluice::list_node<> {
  [[nodiscard]] auto claim() const noexcept -> bool { return true; }
  void wake() noexcept { sleep.unpark(); }

  sluice::model::parker sleep;
};

/// A place that `over`, the end of somebody's context, can interrupt, found as `cancellable_waiter` is: through
/// a slot of its thread. Without a slot nothing interrupts it.
template <class Self>
class modelled_place : public sluice::detail::basic_wait_place<Self, modelled_waiter, sluice::model::mutex,
                                                               watched<sluice::detail::wait_state>> {
  using base = sluice::detail::basic_wait_place<Self, modelled_waiter, sluice::model::mutex,
                                                watched<sluice::detail::wait_state>>;

 public:
  /// What ends the wait of one thread.
  struct context {
    sluice::model::atomic<bool> over{false};
    sluice::model::atomic<bool> announced{false};
    sluice::detail::basic_interrupt_slot<Self, sluice::model::atomics> slot;

    void end() {
      over.store(true, std::memory_order_release);
      announced.store(true, std::memory_order_relaxed);
      slot.announce();
      auto* const woken = slot.interrupt(
          [](Self& who) noexcept { return who.interrupted_in_queue() ? &who.sleep : nullptr; });
      announced.store(false, std::memory_order_release);
      if (woken != nullptr) woken->unpark();
    }
  };

  /// Before it waits. False when the context has ended already; then it has settled.
  [[nodiscard]] auto listen(context* ctx, sluice::model::mutex& owner, typename base::queue_type& queue) -> bool {
    this->goes_to(owner, queue);
    if (ctx == nullptr) return true;
    heard_ = ctx;
    ctx->slot.arm(self());
    if (!ctx->over.load(std::memory_order_acquire)) return true;
    settle();
    return false;
  }
  /// After it has waited: nobody touches it any more.
  void settle() {
    if (heard_ != nullptr) heard_->slot.disarm(heard_->announced);
    heard_ = nullptr;
  }

 private:
  auto self() -> Self& { return static_cast<Self&>(*this); }
  context* heard_ = nullptr;
};

}  // namespace support
