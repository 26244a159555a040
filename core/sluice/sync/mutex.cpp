#include <sluice/sync/mutex.hpp>

#include <exception>

#include <sluice/base/contract.hpp>
#include <sluice/probe/wait_note.hpp>

namespace sluice {
namespace {

constexpr std::uint64_t most_passed_over = 64;
constexpr duration longest_passed_over = std::chrono::milliseconds{1};

}  // namespace

auto mutex_guard::operator=(mutex_guard&& other) noexcept -> mutex_guard& {
  if (this != &other) {
    unlock();
    held_ = other.release();
  }
  return *this;
}

void mutex_guard::unlock() noexcept {
  if (auto* const held = release()) held->unlock();
}

auto detail::mutex_place::now() const noexcept -> instant {
  return task != nullptr ? task->home().now() : instant{duration{monotonic_ns()}};
}

auto detail::mutex_place::starves(std::uint64_t barged) const noexcept -> bool {
  return !may_try || barged - barged_before >= most_passed_over || now() - since >= longest_passed_over;
}

mutex::~mutex() {
  std::lock_guard const hold{core_.lock()};  // whoever woke the last one may be on the way out
  if (core_.somebody_waits()) terminate_misuse("mutex", "destroyed while somebody waits for it");
}

auto mutex::try_lock() noexcept -> result<mutex_guard> {
  if (!core_.try_take()) return failure(errc::would_block);
  probe::locked(false);
  return mutex_guard{*this};
}

void mutex::unlock() {
  if (!core_.leave()) throw misuse("mutex", "unlocked although nobody holds it");
}

auto mutex::take_if_free(place& me) noexcept -> bool {
  if (!core_.try_take()) return false;
  me.state = detail::wait_state::served;
  return true;
}

auto mutex::lock_or_wait(place& me, context const& ctx) noexcept -> bool {
  if (!me.listen(ctx, core_.lock(), core_.queue())) {
    me.state = detail::wait_state::cancelled;
    return true;
  }
  me.since = me.now();
  return core_.take_or_wait(me);
}

// By one that was woken: true when it need not wait any longer, else it goes on in the same place later.
auto mutex::lock_or_wait_again(place& me) noexcept -> bool {
  return core_.take_or_wait_again(me, [&] {
    if (me.task != nullptr) me.task->suspend_again("a mutex");
  });
}

auto mutex::lock_blocking(context const& ctx) -> result<mutex_guard> {
  detail::refuse_on_worker("mutex");
  place me;
  if (ctx.done()) return failure(ctx.err().value_or(errc::cancelled));
  if (take_if_free(me)) {
    probe::locked(false);
    return mutex_guard{*this};
  }
  parker sleeping;
  me.thread = &sleeping;
  probe::thread_wait waits;
  if (!lock_or_wait(me, ctx)) {
    waits.begin("a mutex");
    do sleeping.park();
    while (!lock_or_wait_again(me));
  }
  me.settle();
  if (me.state == detail::wait_state::cancelled)
    return failure(ctx.err().value_or(errc::cancelled));
  probe::locked(me.waited);
  return mutex_guard{*this};
}

// A coroutine that has been resumed cannot go back to sleep inside `await_resume`. So a task that
// has to wait is resumed here instead, in a coroutine of its own whose frame lies in the operation:
// it takes the lock and goes on with the one that awaits, or waits again.
struct mutex_operation::second_try {
  struct promise_type {
    static auto operator new(std::size_t bytes, mutex_operation& self) noexcept -> void* {
      return bytes <= sizeof self.frame_ ? self.frame_ : nullptr;
    }
    static void operator delete(void*, std::size_t) noexcept {}
    static auto get_return_object_on_allocation_failure() noexcept -> second_try { return {}; }
    auto get_return_object() noexcept -> second_try {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    [[nodiscard]] auto initial_suspend() const noexcept -> std::suspend_always { return {}; }
    [[nodiscard]] auto final_suspend() const noexcept -> std::suspend_always { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };
  std::coroutine_handle<> frame{};
};

struct mutex_operation::attempt {
  mutex_operation& self;
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  auto await_suspend(std::coroutine_handle<>) const noexcept -> std::coroutine_handle<> {
    auto const waiting = self.waiting_;  // once it is queued again, `self` may be gone
    if (self.mutex_.lock_or_wait_again(self.me_)) return waiting;
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

auto mutex_operation::try_again(mutex_operation& self) -> second_try {
  for (;;) co_await attempt{self};
}

auto mutex_operation::await_ready() noexcept -> bool {
  if (!ctx_.done()) return detail::within_slice() && mutex_.take_if_free(me_);
  me_.state = detail::wait_state::cancelled;
  return true;
}

auto mutex_operation::queue(std::coroutine_handle<> waiting) noexcept -> bool {
  waiting_ = waiting;
  second_try_ = try_again(*this).frame;
  me_.may_try = second_try_ != nullptr;  // false where a compiler makes frames that do not fit
  if (me_.may_try) me_.task->go_on_through(second_try_);
  return !mutex_.lock_or_wait(me_, ctx_);
}

auto mutex_operation::await_resume() noexcept -> result<mutex_guard> {
  me_.settle();
  taken_ = true;
  if (me_.state == detail::wait_state::cancelled)
    return failure(ctx_.err().value_or(errc::cancelled));
  probe::locked(me_.waited);
  return mutex_guard{mutex_};
}

// A lock that was handed over while its waiter was being destroyed goes back, and so does the turn
// of one that was about to try.
mutex_operation::~mutex_operation() {
  me_.abandon();
  if (!taken_ && (me_.waited || me_.state == detail::wait_state::served)) mutex_.core_.give_up(me_);
  if (second_try_) second_try_.destroy();
}

}  // namespace sluice
