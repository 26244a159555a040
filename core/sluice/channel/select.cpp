#include <sluice/channel/select.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <functional>
#include <memory>

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/clock.hpp>
#include <sluice/base/random.hpp>

namespace sluice {
namespace detail {
namespace {

/// A choice among `bound`: the runtime's, whose seed decides it in simulation, or a plain thread's own.
auto draw(std::uint64_t bound) noexcept -> std::uint64_t {
  if (worker_of != nullptr) return worker_of->draw(bound);
  static constinit std::atomic<std::uint64_t> threads{0};
  thread_local random_source own{threads.fetch_add(1, std::memory_order_relaxed) + 1};
  return own.below(bound);
}

/// Room for `n` things: on the stack, as long as there are few.
template <class T, std::size_t Few = 16>
class few {
 public:
  explicit few(std::size_t n) : n_(n) {
    if (n > Few) many_ = std::make_unique<T[]>(n);
  }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return n_; }
  auto begin() noexcept -> T* { return many_ ? many_.get() : few_.data(); }
  auto end() noexcept -> T* { return begin() + n_; }
  auto operator[](std::size_t at) noexcept -> T& { return begin()[at]; }

 private:
  std::size_t n_;
  std::array<T, Few> few_;
  std::unique_ptr<T[]> many_;
};

/// Calls `visit(index)` for those that may be ready, in an order in which each has the same chance to be next,
/// until it answers true.
auto any_of_the_ready(case_list cases, auto const& visit) -> std::optional<std::size_t> {
  few<std::uint32_t> left(cases.size());
  std::size_t more = 0;
  for (std::uint32_t at = 0; at < cases.size(); ++at)
    if (cases[at]->look().may_be_ready) left[more++] = at;
  for (; more > 0; --more) {
    auto& drawn = left[more == 1 ? 0 : static_cast<std::size_t>(draw(more))];
    if (visit(drawn)) return drawn;
    drawn = left[more - 1];
  }
  return std::nullopt;
}

/// All locks of a select at once, each once, in the one order that everybody keeps to.
class all_locked {
 public:
  explicit all_locked(few<spin_lock*>& of_cases) : locks_(of_cases.size()) {
    for (auto* const lock : of_cases)
      if (lock != nullptr) add(lock);
    for (std::size_t at = 0; at < count_; ++at) locks_[at]->lock();
  }
  all_locked(all_locked const&) = delete;
  auto operator=(all_locked const&) -> all_locked& = delete;
  ~all_locked() {
    for (std::size_t at = 0; at < count_; ++at) locks_[at]->unlock();
  }

 private:
  // By insertion, in a sixth of the code that a sort takes: there are few.
  void add(spin_lock* lock) noexcept {
    auto at = count_;
    while (at > 0 && std::less<>{}(lock, locks_[at - 1])) --at;
    if (at > 0 && locks_[at - 1] == lock) return;
    for (auto from = count_++; from > at; --from) locks_[from] = locks_[from - 1];
    locks_[at] = lock;
  }

  few<spin_lock*> locks_;
  std::size_t count_ = 0;
};

auto locks_of(case_list cases) -> few<spin_lock*> {
  few<spin_lock*> locks(cases.size());
  for (std::size_t at = 0; at < cases.size(); ++at) locks[at] = cases[at]->source_lock();
  return locks;
}

auto poll_all_locked(case_list cases, waiter*& woken) -> std::optional<std::size_t> {
  return any_of_the_ready(cases, [&](std::size_t at) { return cases[at]->poll_locked(woken); });
}

}  // namespace

auto any_bit(std::uint64_t ready) noexcept -> std::size_t {
  for (auto skip = draw(static_cast<std::uint64_t>(std::popcount(ready))); skip > 0; --skip) ready &= ready - 1;
  return static_cast<std::size_t>(std::countr_zero(ready));
}

auto select_now(case_list cases) -> std::optional<std::size_t> {
  if (auto const chosen = any_of_the_ready(cases, [&](std::size_t at) { return cases[at]->poll(); })) return chosen;
  auto locks = locks_of(cases);
  wake_at_end woken;
  all_locked const at_one_instant{locks};
  return poll_all_locked(cases, woken.who);
}

// Whoever finds a case in a queue holds a lock of ours, so nobody does before all are queued. What
// has no lock, the end of a context for example, may claim before: `open` then fails.
auto select_or_queue(case_list cases, std::span<select_link> links, select_decision& decision,
                     waiter const& whom) -> std::optional<std::size_t> {
  auto locks = locks_of(cases);
  wake_at_end woken;
  {
    all_locked const at_one_instant{locks};
    if (auto const chosen = poll_all_locked(cases, woken.who)) return chosen;
    // First those that may fail: they have no lock. Nobody can have served a channel's case by then.
    for (bool const locked : {false, true})
      for (std::size_t at = 0; at < cases.size(); ++at) {
        if ((locks[at] != nullptr) != locked) continue;
        links[at] = {&decision, static_cast<std::uint32_t>(at)};
        cases[at]->enqueue(links[at], whom);
      }
    if (decision.open()) return std::nullopt;  // nothing of this select may be touched from here on
  }
  auto const early = decision.chosen();
  for (auto* const each : cases) each->dequeue();
  return early;
}

}  // namespace detail

void done_case::enqueue(select_link& link, waiter const& whom) {
  me_.stand_for(whom, link);
  if (ctx_.node() == nullptr) return;
  listening_ = ctx_.node()->add(handler_);
  if (!listening_) (void)me_.claim();
}

void done_case::dequeue() noexcept {
  if (std::exchange(listening_, false)) ctx_.node()->remove(handler_);
}

void done_case::handler::fired(detail::context_handler& base) noexcept {
  static_cast<handler&>(base).self->me_.claim_and_wake();
}

void timeout_case::enqueue(select_link& link, waiter const& whom) {
  if (whom.task == nullptr) throw misuse("on_timeout", "a plain thread has no clock to wait on");
  me_.stand_for(whom, link);
  auto& timers = whom.task->home().timers();
  entry_.self = this;
  entry_.due = saturating_add(timers.now(), span_);
  entry_.fire = &timeout_case::over;
  if (entry_.due != never) timers.add(entry_);
  timers_ = &timers;
}

void timeout_case::dequeue() noexcept {
  if (auto* const timers = std::exchange(timers_, nullptr)) timers->remove(entry_);
}

void timeout_case::over(timer_entry& due) noexcept {
  static_cast<entry&>(due).self->me_.claim_and_wake();
}

void join_case::enqueue(select_link& link, waiter const& whom) {
  me_.stand_for(whom, link);
  me_.let_go.store(false, std::memory_order_relaxed);
  attached_ = root_ != nullptr && root_->attach(me_);
  if (!attached_) (void)me_.claim();
}

// A task that is ending at this moment may be about to look at this place.
void join_case::dequeue() noexcept {
  if (!std::exchange(attached_, false) || root_->detach(me_)) return;
  for (backoff wait; !me_.let_go.load(std::memory_order_acquire);) wait();
}

}  // namespace sluice
