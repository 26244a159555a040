#include <sluice/resilience/detail/group_core.hpp>

#include <algorithm>
#include <string>

#include <sluice/base/contract.hpp>

namespace sluice::detail {

group_core::group_core(executor& home, std::int64_t limit) noexcept
    : home_(home), ctx_(context::background()), limit_(limit) {}

group_core::group_core(executor& home, std::int64_t limit, context const& parent)
    : home_(home), scope_(with_cancel(parent)), ctx_(scope_->ctx()), limit_(limit) {}

void group_core::leave() noexcept {
  std::unique_lock hold{lock_};
  if (running_ != 0 && !unwound_)
    terminate_misuse("error_group", "destroyed while " + std::to_string(running_) +
                                        " of its functions run; await wait() first");
  if ((!for_slot_.empty() || !for_end_.empty()) && !unwound_)
    terminate_misuse("error_group", "destroyed while somebody waits for it");
  hold.unlock();
  if (scope_) scope_->cancel();
}

void group_core::unwound() noexcept {
  std::lock_guard const hold{lock_};
  unwound_ = true;
}

auto group_core::errors() const -> std::vector<error> {
  std::lock_guard const hold{lock_};
  return errors_;
}

auto group_core::running() const noexcept -> std::int64_t {
  std::lock_guard const hold{lock_};
  return running_;
}

auto group_core::limit() const noexcept -> std::int64_t {
  std::lock_guard const hold{lock_};
  return limit_;
}

void group_core::limit(std::int64_t most) {
  wait_list woken;
  {
    std::lock_guard const hold{lock_};
    if (running_ != 0)
      throw misuse("error_group", "the limit was changed while " + std::to_string(running_) +
                                      " of its functions run");
    limit_ = most;
    admit(woken);
  }
  wake_all(woken);
}

// ---- slots

auto group_core::try_slot() noexcept -> bool {
  std::lock_guard const hold{lock_};
  if (!slot_is_free()) return false;
  ++running_;
  return true;
}

auto group_core::slot_or_wait(cancellable_waiter& me, context const& ctx) noexcept -> bool {
  return enter_queue(me, ctx, lock_, for_slot_, [this] {
    if (!slot_is_free()) return false;
    ++running_;
    return true;
  });
}

auto group_core::slot_blocking(context const& ctx) -> result<void> {
  refuse_on_worker("error_group");
  plain_place me;
  block_thread(me, "a slot of an error group", [&] { return slot_or_wait(me, ctx); });
  me.settle();
  if (me.state == wait_state::cancelled) return failure(ctx.err().value_or(errc::cancelled));
  return {};
}

// A free slot goes straight to the one who has waited longest: nobody can take it in between.
void group_core::admit(wait_list& woken) noexcept {
  while (!for_slot_.empty() && slot_is_free()) {
    auto* const next = for_slot_.pop_front();
    static_cast<cancellable_waiter&>(*next).serve();
    woken.push_back(*next);
    ++running_;
  }
}

void group_core::free_slot() noexcept {
  wait_list woken;
  {
    std::lock_guard const hold{lock_};
    --running_;
    admit(woken);
    if (running_ == 0) serve_all(for_end_, woken);
  }
  wake_all(woken);
}

// ---- functions

// Before one more runs, so that recording its error needs no memory.
void group_core::make_room() {
  std::lock_guard const hold{lock_};
  auto const needed = errors_.size() + static_cast<std::size_t>(running_);
  if (errors_.capacity() < needed) errors_.reserve(std::max(needed, 2 * errors_.capacity()));
}

void group_core::record(error why, std::exception_ptr thrown) noexcept {
  bool first = false;
  {
    std::lock_guard const hold{lock_};
    first = errors_.empty();
    errors_.push_back(why);
    if (thrown_ == nullptr) thrown_ = std::move(thrown);
  }
  if (first && scope_) scope_->cancel(std::move(why));
}

void group_seat::threw() noexcept {
  thrown_ = std::current_exception();
  try {
    std::rethrow_exception(thrown_);
  } catch (std::exception const& known) {
    try {
      failed_ = error{errc::failed, known.what()};
    } catch (...) {
      failed_ = errc::failed;
    }
  } catch (...) {
    failed_ = errc::failed;
  }
}

void group_seat::end() noexcept {
  auto const group = std::move(group_);
  if (failed_) group->record(std::move(*failed_), std::move(thrown_));
  group->free_slot();
}

group_seat::~group_seat() {
  if (group_ == nullptr) return;
  if (group_core::starting != group_.get()) failed(errc::cancelled);  // else it never started
  end();
}

// ---- the end

auto group_core::end_or_wait(cancellable_waiter& me, context const& ctx) noexcept -> bool {
  return enter_queue(me, ctx, lock_, for_end_, [this] { return running_ == 0; });
}

auto group_core::outcome(wait_state how, context const& ctx) -> result<void> {
  if (how == wait_state::cancelled)
    return failure({ctx.err().value_or(errc::cancelled),
                    "wait for an error group with " + std::to_string(running()) +
                        " functions still running"});
  if (scope_) scope_->cancel();
  std::lock_guard const hold{lock_};
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  if (!errors_.empty()) return failure(errors_.front());
  return {};
}

auto group_core::end_blocking(context const& ctx) -> result<void> {
  refuse_on_worker("error_group");
  plain_place me;
  block_thread(me, "an error group", [&] { return end_or_wait(me, ctx); });
  me.settle();
  return outcome(me.state, ctx);
}

}  // namespace sluice::detail
