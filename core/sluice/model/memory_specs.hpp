// memory_specs — a register, a map and a semaphore whose calls come one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sluice/base/contract.hpp>

namespace sluice::model {

/// What one does to a single value. Without an answer, as before the call: `seen` is 0.
struct register_call {
  enum class verb : std::uint8_t { load, store, exchange, compare_exchange, fetch_add };

  verb what = verb::load;
  bool failed = false;        ///< the exchange that compares found another value than `expected`
  std::int64_t argument = 0;  ///< what to store or to add
  std::int64_t expected = 0;
  std::int64_t seen = 0;      ///< the value before the call

  [[nodiscard]] auto writes() const noexcept -> bool { return what != verb::load && !failed; }
  [[nodiscard]] auto reads() const noexcept -> bool { return what != verb::store; }
  auto operator==(register_call const&) const -> bool = default;
};

/// One value. An exchange that compares answers what it saw, also when it fails.
class register_spec {
 public:
  using operation = register_call;

  explicit register_spec(std::int64_t initial = 0) : value_(initial) {}

  static constexpr auto load(std::int64_t seen = 0) -> operation {
    return {operation::verb::load, false, 0, 0, seen};
  }
  static constexpr auto store(std::int64_t value) -> operation {
    return {operation::verb::store, false, value, 0, 0};
  }
  static constexpr auto exchange(std::int64_t value, std::int64_t seen = 0) -> operation {
    return {operation::verb::exchange, false, value, 0, seen};
  }
  /// As answered when the value was `expected`; see `compare_exchange_failed`.
  static constexpr auto compare_exchange(std::int64_t expected, std::int64_t desired) -> operation {
    return {operation::verb::compare_exchange, false, desired, expected, expected};
  }
  static constexpr auto compare_exchange_failed(std::int64_t expected, std::int64_t desired,
                                                std::int64_t seen) -> operation {
    return {operation::verb::compare_exchange, true, desired, expected, seen};
  }
  static constexpr auto fetch_add(std::int64_t amount, std::int64_t seen = 0) -> operation {
    return {operation::verb::fetch_add, false, amount, 0, seen};
  }

  [[nodiscard]] auto apply(operation const& call) -> bool {
    if (answered(call) != call) return false;
    if (!call.writes()) return true;
    overwritten_.push_back(value_);
    value_ = call.what == operation::verb::fetch_add ? sum(value_, call.argument) : call.argument;
    return true;
  }
  void undo(operation const& call) {
    if (!call.writes()) return;
    value_ = overwritten_.back();
    overwritten_.pop_back();
  }
  [[nodiscard]] auto state() const noexcept -> std::span<std::int64_t const> { return {&value_, 1}; }
  [[nodiscard]] auto answered(operation const& call) const -> operation {
    auto answer = call;
    if (call.reads()) answer.seen = value_;
    if (call.what == operation::verb::compare_exchange) answer.failed = value_ != call.expected;
    return answer;
  }
  [[nodiscard]] auto eager(operation const& call) const noexcept -> bool { return !call.writes(); }

  [[nodiscard]] static auto describe(operation const& call) -> std::string {
    auto const argument = std::to_string(call.argument);
    auto const seen = " -> " + std::to_string(call.seen);
    switch (call.what) {
      case operation::verb::load: return "load" + seen;
      case operation::verb::store: return "store(" + argument + ")";
      case operation::verb::exchange: return "exchange(" + argument + ")" + seen;
      case operation::verb::fetch_add: return "fetch_add(" + argument + ")" + seen;
      case operation::verb::compare_exchange: break;
    }
    return "compare_exchange(" + std::to_string(call.expected) + ", " + argument + ") -> " +
           (call.failed ? "failed, saw " + std::to_string(call.seen) : "done");
  }

 private:
  /// Wraps, as atomic integers do.
  static constexpr auto sum(std::int64_t a, std::int64_t b) noexcept -> std::int64_t {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }

  std::int64_t value_;
  std::vector<std::int64_t> overwritten_;
};

/// What one does to a map. `found` is part of every answer but that of a store.
struct map_call {
  enum class verb : std::uint8_t { load, store, erase, compare_and_swap };

  verb what = verb::load;
  bool found = false;         ///< the key was there; of a compare_and_swap: it was done
  std::uint32_t key = 0;
  std::int64_t value = 0;     ///< loaded, or to be stored
  std::int64_t expected = 0;

  auto operator==(map_call const&) const -> bool = default;
};

/// A map with the keys 0, 1, ... up to a number given at the start. A compare_and_swap on an absent
/// key fails. A call with another key is misuse, thrown when it is applied.
class map_spec {
 public:
  using operation = map_call;

  explicit map_spec(std::uint32_t keys = 4) : words_(2 * std::size_t{keys}) {}

  static constexpr auto load(std::uint32_t key, std::int64_t value = 0) -> operation {
    return {operation::verb::load, true, key, value, 0};
  }
  static constexpr auto load_absent(std::uint32_t key) -> operation {
    return {operation::verb::load, false, key, 0, 0};
  }
  static constexpr auto store(std::uint32_t key, std::int64_t value) -> operation {
    return {operation::verb::store, false, key, value, 0};
  }
  static constexpr auto erase(std::uint32_t key, bool found = true) -> operation {
    return {operation::verb::erase, found, key, 0, 0};
  }
  static constexpr auto compare_and_swap(std::uint32_t key, std::int64_t expected,
                                         std::int64_t desired, bool done = true) -> operation {
    return {operation::verb::compare_and_swap, done, key, desired, expected};
  }

  [[nodiscard]] auto apply(operation const& call) -> bool {
    if (answered(call) != call) return false;
    if (!writes(call)) return true;
    overwritten_.push_back(present(call.key));
    overwritten_.push_back(value(call.key));
    present(call.key) = call.what != operation::verb::erase;
    value(call.key) = call.value;  // of an erase 0: an absent key has one state
    return true;
  }
  void undo(operation const& call) {
    if (!writes(call)) return;
    value(call.key) = overwritten_.back();
    overwritten_.pop_back();
    present(call.key) = overwritten_.back();
    overwritten_.pop_back();
  }
  [[nodiscard]] auto state() const noexcept -> std::span<std::int64_t const> { return words_; }
  [[nodiscard]] auto answered(operation const& call) const -> operation {
    if (call.key >= words_.size() / 2)
      throw misuse("map_spec", "key " + std::to_string(call.key) + " is none of the " +
                                   std::to_string(words_.size() / 2) + " there are, from 0 on");
    auto answer = call;
    bool const here = words_[2 * std::size_t{call.key}] != 0;
    auto const now = words_[2 * std::size_t{call.key} + 1];
    if (call.what != operation::verb::store) answer.found = here;
    if (call.what == operation::verb::load) answer.value = now;
    if (call.what == operation::verb::compare_and_swap) answer.found = here && now == call.expected;
    return answer;
  }
  [[nodiscard]] auto eager(operation const& call) const noexcept -> bool { return !writes(call); }

  [[nodiscard]] static auto describe(operation const& call) -> std::string {
    auto const key = std::to_string(call.key);
    auto const value = std::to_string(call.value);
    switch (call.what) {
      case operation::verb::load: return "load(" + key + ") -> " + (call.found ? value : "absent");
      case operation::verb::store: return "store(" + key + ", " + value + ")";
      case operation::verb::erase: return "erase(" + key + ") -> " + (call.found ? "done" : "absent");
      case operation::verb::compare_and_swap: break;
    }
    return "compare_and_swap(" + key + ", " + std::to_string(call.expected) + ", " + value + ") -> " +
           (call.found ? "done" : "failed");
  }

 private:
  static auto writes(operation const& call) noexcept -> bool {
    return call.what == operation::verb::store || (call.what != operation::verb::load && call.found);
  }
  auto present(std::uint32_t key) -> std::int64_t& { return words_[2 * std::size_t{key}]; }
  auto value(std::uint32_t key) -> std::int64_t& { return words_[2 * std::size_t{key} + 1]; }

  std::vector<std::int64_t> words_;  // of each key: whether it is there, and its value
  std::vector<std::int64_t> overwritten_;
};

/// What one does to a semaphore. An acquire that waits is a `try_acquire` that succeeded.
struct semaphore_call {
  enum class verb : std::uint8_t { try_acquire, release };

  verb what = verb::try_acquire;
  bool failed = false;
  std::int64_t count = 1;

  auto operator==(semaphore_call const&) const -> bool = default;
};

/// So many permits; who cannot have all it asks for gets none.
class semaphore_spec {
 public:
  using operation = semaphore_call;

  explicit semaphore_spec(std::int64_t permits = 1) : permits_(permits) {}

  static constexpr auto try_acquire(std::int64_t count = 1) -> operation {
    return {operation::verb::try_acquire, false, count};
  }
  static constexpr auto try_acquire_failed(std::int64_t count = 1) -> operation {
    return {operation::verb::try_acquire, true, count};
  }
  static constexpr auto release(std::int64_t count = 1) -> operation {
    return {operation::verb::release, false, count};
  }

  [[nodiscard]] auto apply(operation const& call) -> bool {
    if (answered(call) != call) return false;
    permits_ += change(call);
    return true;
  }
  void undo(operation const& call) { permits_ -= change(call); }
  [[nodiscard]] auto state() const noexcept -> std::span<std::int64_t const> {
    return {&permits_, 1};
  }
  [[nodiscard]] auto answered(operation const& call) const -> operation {
    auto answer = call;
    answer.failed = call.what == operation::verb::try_acquire && permits_ < call.count;
    return answer;
  }
  [[nodiscard]] auto eager(operation const& call) const noexcept -> bool { return call.failed; }

  [[nodiscard]] static auto describe(operation const& call) -> std::string {
    auto const count = "(" + std::to_string(call.count) + ")";
    if (call.what == operation::verb::release) return "release" + count;
    return "try_acquire" + count + (call.failed ? " -> failed" : " -> done");
  }

 private:
  static auto change(operation const& call) noexcept -> std::int64_t {
    if (call.what == operation::verb::release) return call.count;
    return call.failed ? 0 : -call.count;
  }

  std::int64_t permits_;
};

}  // namespace sluice::model
