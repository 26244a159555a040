// group_core — what an error group and its functions share. Private to its room.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>

namespace sluice::detail {

/// Outlives the group only where a runtime unwinds the group's owner before the functions.
/// Invariant  under `lock_`: while somebody waits for a slot none is free; `errors_` has room for
///            one more from every function that has been started and not ended.
/// Edges      the lock.
class group_core {
 public:
  group_core(executor& home, std::int64_t limit) noexcept;
  group_core(executor& home, std::int64_t limit, context const& parent);

  [[nodiscard]] auto home() const noexcept -> executor& { return home_; }
  [[nodiscard]] auto ctx() const noexcept -> context const& { return ctx_; }
  [[nodiscard]] auto errors() const -> std::vector<error>;
  [[nodiscard]] auto running() const noexcept -> std::int64_t;
  [[nodiscard]] auto limit() const noexcept -> std::int64_t;
  void limit(std::int64_t most);

  /// The group goes.
  void leave() noexcept;
  /// A task that waited here is being destroyed: whatever goes now goes without anybody's fault.
  void unwound() noexcept;

  // Slots. True when `me` need not wait.
  [[nodiscard]] auto slot_or_wait(cancellable_waiter& me, context const& ctx) noexcept -> bool;
  [[nodiscard]] auto slot_blocking(context const& ctx) -> result<void>;
  [[nodiscard]] auto try_slot() noexcept -> bool;
  void free_slot() noexcept;

  // Functions.
  void make_room();
  void record(error why, std::exception_ptr thrown) noexcept;

  // The end. True when `me` need not wait.
  [[nodiscard]] auto end_or_wait(cancellable_waiter& me, context const& ctx) noexcept -> bool;
  [[nodiscard]] auto end_blocking(context const& ctx) -> result<void>;
  [[nodiscard]] auto outcome(wait_state how, context const& ctx) -> result<void>;

  /// The group that is starting a function on this thread: one destroyed meanwhile never started.
  static inline thread_local constinit group_core const* starting = nullptr;

 private:
  [[nodiscard]] auto slot_is_free() const noexcept -> bool {
    return limit_ < 0 || running_ < limit_;
  }
  void admit(wait_list& woken) noexcept;

  executor& home_;
  std::optional<cancel_scope> scope_;
  context ctx_;

  mutable spin_lock lock_;
  std::int64_t limit_;
  std::int64_t running_ = 0;
  bool unwound_ = false;
  wait_list for_slot_;
  wait_list for_end_;
  std::vector<error> errors_;
  std::exception_ptr thrown_;  // not yet rethrown
};

/// One function of a group, from the moment it has a slot until it has ended. One that is destroyed
/// before was unwound by its runtime, and counts as `cancelled`.
class group_seat {
 public:
  explicit group_seat(std::shared_ptr<group_core> group) noexcept : group_(std::move(group)) {}
  group_seat(group_seat&& other) noexcept : group_(std::move(other.group_)) {}
  auto operator=(group_seat&&) -> group_seat& = delete;
  ~group_seat();

  [[nodiscard]] auto ctx() const noexcept -> context const& { return group_->ctx(); }
  void failed(error why) noexcept { failed_ = std::move(why); }
  /// The exception being handled. When memory is short its text is left out of the error.
  void threw() noexcept;
  /// The function has ended, and nothing of it is left.
  void end() noexcept;

 private:
  std::shared_ptr<group_core> group_;
  std::optional<error> failed_;
  std::exception_ptr thrown_;
};

}  // namespace sluice::detail
