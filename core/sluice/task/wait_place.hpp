// wait_place — a place in a queue, for which a partner and an interruption contend.
#pragma once

#include <cstdint>
#include <mutex>

#include <sluice/base/intrusive_list.hpp>

namespace sluice::detail {

/// How a wait stands.
enum class wait_state : std::uint8_t {
  outside,    ///< in no queue
  queued,     ///< in the queue, to be woken by a partner
  served,     ///< a partner took it out and did what it wanted
  cancelled,  ///< its context ended first
};

/// A `Node` that stands in a queue under somebody's lock until a partner serves it or it is interrupted.
///
/// Invariant  `state` changes under the lock of the queue's owner alone; whoever moves it from
///            `queued` to something else takes it out of the queue and wakes it, once.
/// Threads    the one that waits; `serve` a partner, `interrupt` whoever ends the wait.
template <class Self, class Node, class Lock, class State = wait_state>
class basic_wait_place : public Node {
 public:
  using queue_type = intrusive_list<Node>;

  basic_wait_place() noexcept = default;
  basic_wait_place(basic_wait_place const&) = delete;
  auto operator=(basic_wait_place const&) -> basic_wait_place& = delete;

  /// Called after leaving the queue because the wait was interrupted, under the owner's lock: for owners
  /// that must look at those behind it.
  void (*left)(Self& gone) noexcept = nullptr;

  /// Under the owner's lock: joins the queue, unless it has been interrupted meanwhile.
  [[nodiscard]] auto enqueue() noexcept -> bool {
    if (state == wait_state::cancelled) return false;
    state = wait_state::queued;
    queue_->push_back(*this);
    return true;
  }

  /// The same by who has held the lock since before it could be interrupted: that has not come yet.
  void enqueue_in(queue_type& queue) noexcept {
    state = wait_state::queued;
    queue.push_back(*this);
  }

  /// Under the owner's lock, by a partner that has taken it out of the queue. Wake it afterwards.
  void serve() noexcept { state = wait_state::served; }

  /// Not under the lock. True when this has taken it out of the queue: it has to be woken.
  [[nodiscard]] auto interrupted_in_queue() noexcept -> bool {
    std::lock_guard const hold{*owner_};
    if (state == wait_state::outside) state = wait_state::cancelled;  // `enqueue` will see it
    return leave_if_queued();
  }

 protected:
  ~basic_wait_place() = default;

  /// Before it can be interrupted: where it is going to wait.
  void goes_to(Lock& owner, queue_type& queue) noexcept {
    owner_ = &owner;
    queue_ = &queue;
  }
  [[nodiscard]] auto goes_anywhere() const noexcept -> bool { return owner_ != nullptr; }
  void is_over() noexcept { owner_ = nullptr; }

  /// Not under the lock, nor found by an interruption any more: it waits no longer, whatever it was promised.
  void leave(Lock& owner) noexcept {
    std::lock_guard const hold{owner};
    (void)leave_if_queued();
  }
  [[nodiscard]] auto owner() const noexcept -> Lock* { return owner_; }

 private:
  auto leave_if_queued() noexcept -> bool {
    if (state != wait_state::queued) return false;
    queue_->remove(*this);
    state = wait_state::cancelled;
    if (left != nullptr) left(static_cast<Self&>(*this));
    return true;
  }

  Lock* owner_ = nullptr;
  queue_type* queue_ = nullptr;

 public:
  State state{wait_state::outside};  ///< under the owner's lock
};

}  // namespace sluice::detail
