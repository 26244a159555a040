// atomic — std::atomic as the checker sees it: every operation is a step of the execution.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <sluice/model/detail/bits.hpp>
#include <sluice/model/detail/engine.hpp>

namespace sluice::model {

namespace detail {

/// The failure order that belongs to a success order, where only one is given.
[[nodiscard]] constexpr auto failure_order(std::memory_order success) noexcept -> std::memory_order {
  if (success == std::memory_order_acq_rel) return std::memory_order_acquire;
  return success == std::memory_order_release ? std::memory_order_relaxed : success;
}

}  // namespace detail

/// An atomic of up to eight bytes. Outside of an exploration it is a plain variable.
///
/// A weak compare-exchange does not fail without a reason here: whoever retries after such a failure
/// only does again what the strong one would have done.
template <class T>
class atomic {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8,
                "a modelled atomic is trivially copyable and has at most eight bytes");
  using where = code_location;
  static constexpr bool has_bits = std::is_integral_v<T> && !std::is_same_v<T, bool>;
  static constexpr bool counts = has_bits || std::is_pointer_v<T>;
  using difference = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;

 public:
  using value_type = T;
  static constexpr bool is_always_lock_free = true;

  atomic() noexcept : atomic(T{}) {}
  atomic(T value) noexcept : outside_(value) {
    if (auto* const engine = detail::engine::current()) {
      id_ = engine->made(this, detail::to_bits(value), detail::kind_of<T>);
      made_in_ = engine->number();
    }
  }
  atomic(atomic const&) = delete;
  auto operator=(atomic const&) -> atomic& = delete;
  ~atomic() {
    if (auto* const engine = mine("destruction")) engine->gone(id_);
  }

  [[nodiscard]] auto is_lock_free() const noexcept -> bool { return true; }

  auto load(std::memory_order order = std::memory_order_seq_cst,
            where at = where::current()) const noexcept -> T {
    if (auto* const engine = mine("load")) return detail::from_bits<T>(engine->load(id_, order, at));
    return outside_;
  }
  void store(T value, std::memory_order order = std::memory_order_seq_cst,
             where at = where::current()) noexcept {
    if (auto* const engine = mine("store")) engine->store(id_, detail::to_bits(value), order, at);
    else outside_ = value;
  }
  auto exchange(T value, std::memory_order order = std::memory_order_seq_cst,
                where at = where::current()) noexcept -> T {
    return change([](std::uint64_t, std::uint64_t operand) noexcept { return operand; },
                  detail::to_bits(value), order, at);
  }

  auto compare_exchange_strong(T& expected, T desired, std::memory_order success,
                               std::memory_order failure, where at = where::current()) noexcept -> bool {
    if (auto* const engine = mine("compare-exchange")) {
      auto bits = detail::to_bits(expected);
      auto const won = engine->exchange_if(id_, bits, detail::to_bits(desired), success, failure, at);
      if (!won) expected = detail::from_bits<T>(bits);
      return won;
    }
    if (detail::to_bits(outside_) == detail::to_bits(expected)) {
      outside_ = desired;
      return true;
    }
    expected = outside_;
    return false;
  }
  auto compare_exchange_strong(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst,
                               where at = where::current()) noexcept -> bool {
    return compare_exchange_strong(expected, desired, order, detail::failure_order(order), at);
  }
  auto compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure, where at = where::current()) noexcept -> bool {
    return compare_exchange_strong(expected, desired, success, failure, at);
  }
  auto compare_exchange_weak(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst,
                             where at = where::current()) noexcept -> bool {
    return compare_exchange_strong(expected, desired, order, detail::failure_order(order), at);
  }

  auto fetch_add(difference by, std::memory_order order = std::memory_order_seq_cst,
                 where at = where::current()) noexcept -> T
    requires(counts)
  {
    return change(&added, operand_of(by), order, at);
  }
  auto fetch_sub(difference by, std::memory_order order = std::memory_order_seq_cst,
                 where at = where::current()) noexcept -> T
    requires(counts)
  {
    return change(&subtracted, operand_of(by), order, at);
  }
  auto fetch_and(T with, std::memory_order order = std::memory_order_seq_cst,
                 where at = where::current()) noexcept -> T
    requires(has_bits)
  {
    return change([](std::uint64_t old, std::uint64_t operand) noexcept { return old & operand; },
                  detail::to_bits(with), order, at);
  }
  auto fetch_or(T with, std::memory_order order = std::memory_order_seq_cst,
                where at = where::current()) noexcept -> T
    requires(has_bits)
  {
    return change([](std::uint64_t old, std::uint64_t operand) noexcept { return old | operand; },
                  detail::to_bits(with), order, at);
  }
  auto fetch_xor(T with, std::memory_order order = std::memory_order_seq_cst,
                 where at = where::current()) noexcept -> T
    requires(has_bits)
  {
    return change([](std::uint64_t old, std::uint64_t operand) noexcept { return old ^ operand; },
                  detail::to_bits(with), order, at);
  }

  operator T() const noexcept { return load(); }
  auto operator=(T value) noexcept -> T {
    store(value);
    return value;
  }
  auto operator++() noexcept -> T
    requires(counts)
  {
    return fetch_add(1) + 1;
  }
  auto operator++(int) noexcept -> T
    requires(counts)
  {
    return fetch_add(1);
  }
  auto operator--() noexcept -> T
    requires(counts)
  {
    return fetch_sub(1) - 1;
  }
  auto operator--(int) noexcept -> T
    requires(counts)
  {
    return fetch_sub(1);
  }
  auto operator+=(difference by) noexcept -> T
    requires(counts)
  {
    return fetch_add(by) + by;
  }
  auto operator-=(difference by) noexcept -> T
    requires(counts)
  {
    return fetch_sub(by) - by;
  }

  /// What the checker calls it; for `execution::name`.
  [[nodiscard]] auto location() const noexcept -> detail::location_id { return id_; }

 private:
  // In the width of T, so that it wraps where T does.
  static auto added(std::uint64_t old, std::uint64_t operand) noexcept -> std::uint64_t {
    if constexpr (has_bits) return detail::to_bits(static_cast<T>(old + operand));
    else return old + operand;
  }
  static auto subtracted(std::uint64_t old, std::uint64_t operand) noexcept -> std::uint64_t {
    return added(old, ~operand + 1);
  }
  static auto operand_of(difference by) noexcept -> std::uint64_t {
    if constexpr (std::is_pointer_v<T>)
      return static_cast<std::uint64_t>(by) * sizeof(std::remove_pointer_t<T>);
    else return detail::to_bits(by);
  }

  auto change(detail::change* apply, std::uint64_t operand, std::memory_order order, where at) noexcept -> T {
    if (auto* const engine = mine("read-modify-write"))
      return detail::from_bits<T>(engine->update(id_, apply, operand, order, at));
    auto const old = outside_;
    outside_ = detail::from_bits<T>(apply(detail::to_bits(old), operand));
    return old;
  }

  /// The engine to ask, or null where this is a plain variable.
  [[nodiscard]] auto mine(std::string_view what) const noexcept -> detail::engine* {
    auto* const engine = detail::engine::current();
    if (engine == nullptr || made_in_ == engine->number()) return engine;
    engine->report_unknown(this, what);
    return nullptr;
  }

  T outside_;
  detail::location_id id_ = detail::no_location;
  std::uint32_t made_in_ = 0;
};

}  // namespace sluice::model
