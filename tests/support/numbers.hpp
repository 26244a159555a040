// numbers — everything that holds a number for many threads, under one set of names.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

#include <sluice/lockfree/atomic_counter.hpp>
#include <sluice/lockfree/atomic_value.hpp>
#include <sluice/lockfree/barging_lock.hpp>
#include <sluice/lockfree/seqlock.hpp>
#include <sluice/atomics/spin_lock.hpp>
#include <sluice/model/memory_specs.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/hazard_domain.hpp>

namespace support {

/// A number several times over, so that it shows when two of them are mixed.
class repeated {
 public:
  static constexpr std::int64_t torn = std::numeric_limits<std::int64_t>::min();

  repeated() = default;
  explicit repeated(std::int64_t number) { copies_.fill(number); }

  /// `torn` when not all copies agree.
  [[nodiscard]] auto number() const -> std::int64_t {
    for (auto copy : copies_)
      if (copy != copies_[0]) return torn;
    return copies_[0];
  }

 private:
  std::array<std::int64_t, 5> copies_{};
};

/// What can be made of `update`, which replaces a number by what a function makes of it.
template <class Number>
class updated_number {
 public:
  auto exchange(std::int64_t value) -> std::int64_t {
    return change([&](std::int64_t) { return value; });
  }
  auto fetch_add(std::int64_t amount) -> std::int64_t {
    return change([&](std::int64_t seen) { return seen + amount; });
  }
  auto compare_exchange(std::int64_t& expected, std::int64_t desired) -> bool {
    auto const wanted = expected;
    expected = change([&](std::int64_t seen) { return seen == wanted ? desired : seen; });
    return expected == wanted;
  }

 private:
  /// Returns the number before.
  auto change(auto&& made_of) -> std::int64_t {
    std::int64_t before = 0;
    static_cast<Number&>(*this).update([&](std::int64_t seen) { return made_of(before = seen); });
    return before;
  }
};

namespace numbers {

template <class Lock>
class guarded : public updated_number<guarded<Lock>> {
 public:
  auto load() -> std::int64_t {
    std::lock_guard const hold(lock_);
    return number_;
  }
  void store(std::int64_t value) {
    std::lock_guard const hold(lock_);
    number_ = value;
  }
  void update(auto&& change) {
    std::lock_guard const hold(lock_);
    number_ = change(number_);
  }

 private:
  Lock lock_;
  std::int64_t number_ = 0;  // plain: a race detector watches the lock
};

template <class Atomics>
class in_seqlock : public updated_number<in_seqlock<Atomics>> {
 public:
  [[nodiscard]] auto load() const -> std::int64_t { return held_.load().number(); }
  void store(std::int64_t value) { held_.store(repeated(value)); }
  void update(auto&& change) {
    held_.update([&](repeated& value) { value = repeated(change(value.number())); });
  }

 private:
  sluice::seqlock<repeated, Atomics> held_{repeated()};
};

template <template <sluice::atomics_policy> class Domain, class Atomics>
class in_value : public updated_number<in_value<Domain, Atomics>> {
 public:
  [[nodiscard]] auto load() const -> std::int64_t {
    return held_.read([](repeated const& value) { return value.number(); });
  }
  void store(std::int64_t value) { held_.store(repeated(value)); }
  auto exchange(std::int64_t value) -> std::int64_t {
    return held_.exchange(repeated(value)).number();
  }
  void update(auto&& change) {
    held_.update([&](repeated const& value) { return repeated(change(value.number())); });
  }

 private:
  sluice::atomic_value<repeated, Domain, Atomics> held_{repeated()};
};

template <class Atomics>
class in_counter {
 public:
  [[nodiscard]] auto load() const -> std::int64_t { return of(held_.load()); }
  void store(std::int64_t value) { held_.store(from(value)); }
  auto exchange(std::int64_t value) -> std::int64_t { return of(held_.exchange(from(value))); }
  auto fetch_add(std::int64_t amount) -> std::int64_t { return of(held_.fetch_add(from(amount))); }
  auto compare_exchange(std::int64_t& expected, std::int64_t desired) -> bool {
    auto seen = from(expected);
    auto const done = held_.compare_exchange(seen, from(desired));
    expected = of(seen);
    return done;
  }

 private:
  static auto of(std::uint64_t word) -> std::int64_t { return static_cast<std::int64_t>(word); }
  static auto from(std::int64_t number) -> std::uint64_t {
    return static_cast<std::uint64_t>(number);
  }

  sluice::basic_atomic_counter<Atomics> held_;
};

}  // namespace numbers

/// Makes a call of one of these.
auto perform(auto& number, sluice::model::register_call call) -> sluice::model::register_call {
  using verb = sluice::model::register_call::verb;
  switch (call.what) {
    case verb::load: call.seen = number.load(); break;
    case verb::store: number.store(call.argument); break;
    case verb::exchange: call.seen = number.exchange(call.argument); break;
    case verb::fetch_add: call.seen = number.fetch_add(call.argument); break;
    case verb::compare_exchange:
      call.seen = call.expected;
      call.failed = !number.compare_exchange(call.seen, call.argument);
      break;
  }
  return call;
}

/// Each over any policy; `share` of the operations is enough for it, as for `stress_kits`.
namespace number_kits {
struct counter {
  template <class Atomics>
  using number = numbers::in_counter<Atomics>;
  static constexpr std::uint64_t share = 1;
};
struct value {
  template <class Atomics>
  using number = numbers::in_value<sluice::hazard_domain, Atomics>;
  static constexpr std::uint64_t share = 1;
};
struct value_epochs {
  template <class Atomics>
  using number = numbers::in_value<sluice::epoch_domain, Atomics>;
  static constexpr std::uint64_t share = 4;
};
struct seqlock {
  template <class Atomics>
  using number = numbers::in_seqlock<Atomics>;
  static constexpr std::uint64_t share = 1;
};
struct spin_lock {
  template <class Atomics>
  using number = numbers::guarded<sluice::basic_spin_lock<Atomics>>;
  static constexpr std::uint64_t share = 1;
};
struct barging_lock {
  template <class Atomics>
  using number = numbers::guarded<sluice::basic_barging_lock<Atomics>>;
  static constexpr std::uint64_t share = 1;
};
}  // namespace number_kits

}  // namespace support

#define SLUICE_EVERY_NUMBER                                                               \
  support::number_kits::counter, support::number_kits::value,                             \
      support::number_kits::value_epochs, support::number_kits::seqlock,                  \
      support::number_kits::spin_lock, support::number_kits::barging_lock
