#include <sluice/sync/shared_mutex.hpp>

#include <algorithm>

#include <sluice/base/contract.hpp>
#include <sluice/probe/probe.hpp>

namespace sluice {
namespace {

#if defined(NDEBUG) && !defined(SLUICE_ASSERTIONS)
constexpr bool looks_for_recursion = false;
#else
constexpr bool looks_for_recursion = true;
#endif

// Who waits here: the task, or something that is this thread's alone.
auto identity(waiter const& me) noexcept -> void const* {
  if constexpr (!looks_for_recursion) return nullptr;
  thread_local constinit char this_thread = 0;
  return me.task != nullptr ? static_cast<void const*>(me.task) : &this_thread;
}

}  // namespace

auto write_guard::operator=(write_guard&& other) noexcept -> write_guard& {
  if (this != &other) {
    unlock();
    held_ = other.release();
  }
  return *this;
}

void write_guard::unlock() noexcept {
  if (auto* const held = release()) held->unlock();
}

auto read_guard::operator=(read_guard&& other) noexcept -> read_guard& {
  if (this != &other) {
    unlock();
    held_ = std::exchange(other.held_, nullptr);
    reader_ = other.reader_;
  }
  return *this;
}

void read_guard::unlock() noexcept {
  if (auto* const held = std::exchange(held_, nullptr)) held->end_read(reader_);
}

auto read_guard::release() noexcept -> shared_mutex* {
  auto* const held = std::exchange(held_, nullptr);
  if (held != nullptr && reader_ != nullptr) {
    std::lock_guard const hold{held->lock_};
    held->forget(reader_);
  }
  return held;
}

shared_mutex::~shared_mutex() {
  std::lock_guard const hold{lock_};  // whoever served the last wait may be on the way out
  if (!writers_.empty() || !readers_.empty())
    terminate_misuse("shared_mutex", "destroyed while somebody waits for it");
}

// The next seven under the lock.

auto shared_mutex::write_now() noexcept -> bool {
  if (writing_ || reading_ > 0) return false;
  writing_ = true;
  return true;
}

auto shared_mutex::read_now(void const* reader) noexcept -> bool {
  if (writing_ || !writers_.empty()) return false;
  ++reading_;
  note(reader);
  return true;
}

// Nobody holds it.
void shared_mutex::admit(wait_list& woken, bool readers_first) noexcept {
  if (readers_first && !readers_.empty()) return admit_readers(woken);
  if (auto* const writer = writers_.pop_front()) {
    static_cast<detail::cancellable_waiter&>(*writer).serve();
    writing_ = true;
    woken.push_back(*writer);
    return;
  }
  admit_readers(woken);
}

void shared_mutex::admit_readers(wait_list& woken) noexcept {
  reading_ += readers_.size();
  readers_.for_each([&](waiter& each) {
    note(static_cast<detail::wait_to_read::place&>(each).reader);
  });
  detail::serve_all(readers_, woken);
}

void shared_mutex::note(void const* reader) noexcept {
  if (reader == nullptr) return;
  try {
    known_readers_.push_back(reader);
  } catch (...) {  // not known, then: a check that misses something
  }
}

void shared_mutex::forget(void const* reader) noexcept {
  if (auto const at = std::ranges::find(known_readers_, reader); at != known_readers_.end())
    known_readers_.erase(at);
}

// The last writer that held back readers may have left.
void shared_mutex::writer_gave_up(detail::cancellable_waiter& gone) noexcept {
  auto& self = *static_cast<detail::wait_to_write::place&>(gone).owner;
  if (self.writing_ || !self.writers_.empty()) return;
  wait_list woken;
  self.admit_readers(woken);
  detail::wake_all(woken);
}

auto shared_mutex::try_lock() noexcept -> result<write_guard> {
  std::lock_guard const hold{lock_};
  if (!write_now()) return failure(errc::would_block);
  probe::locked(false);
  return write_guard{*this};
}

auto shared_mutex::try_lock_shared() noexcept -> result<read_guard> {
  std::lock_guard const hold{lock_};
  if (!read_now(nullptr)) return failure(errc::would_block);
  probe::locked(false);
  return read_guard{*this};
}

void shared_mutex::unlock() {
  wait_list woken;
  {
    std::lock_guard const hold{lock_};
    if (!writing_)
      throw misuse("shared_mutex", reading_ > 0 ? "unlocked as by a writer although readers hold it"
                                                : "unlocked although nobody holds it");
    writing_ = false;
    admit(woken, true);
  }
  detail::wake_all(woken);
}

void shared_mutex::unlock_shared() { end_read(nullptr); }

void shared_mutex::end_read(void const* reader) {
  wait_list woken;
  {
    std::lock_guard const hold{lock_};
    if (reading_ == 0)
      throw misuse("shared_mutex", writing_ ? "unlocked as by a reader although a writer holds it"
                                            : "unlocked as by a reader although nobody holds it");
    if (reader != nullptr) forget(reader);
    if (--reading_ == 0) admit(woken, false);
  }
  detail::wake_all(woken);
}

auto shared_mutex::lock_blocking(context const& ctx) -> result<write_guard> {
  return detail::wait_blocking(detail::wait_to_write{this}, ctx);
}

auto shared_mutex::lock_shared_blocking(context const& ctx) -> result<read_guard> {
  return detail::wait_blocking(detail::wait_to_read{this}, ctx);
}

auto detail::wait_to_write::enter(place& me, context const& ctx) const noexcept -> bool {
  me.owner = wanted;
  me.left = &shared_mutex::writer_gave_up;
  return enter_queue(me, ctx, wanted->lock_, wanted->writers_,
                     [&] { return wanted->write_now(); });
}

void detail::wait_to_write::give_back(place&) const noexcept { wanted->unlock(); }

auto detail::wait_to_read::enter(place& me, context const& ctx) const -> bool {
  me.reader = identity(me);
  if (me.reader != nullptr) {
    std::lock_guard const hold{wanted->lock_};
    auto const& known = wanted->known_readers_;
    if (std::ranges::find(known, me.reader) != known.end())
      throw misuse("shared_mutex", "locked to read by one that reads already");
  }
  return enter_queue(me, ctx, wanted->lock_, wanted->readers_,
                     [&] { return wanted->read_now(me.reader); });
}

void detail::wait_to_read::give_back(place& me) const noexcept { wanted->end_read(me.reader); }

}  // namespace sluice
