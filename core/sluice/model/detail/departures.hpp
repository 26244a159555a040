// departures — which of two values has to leave a container first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <sluice/model/history.hpp>

namespace sluice::model::detail {

/// Which call of a history takes each value out again. Something can be said of values that come in
/// once and leave at most once; of the others nothing is known.
///
/// An `Operation` has a `value` and says whether it `puts()` it in or `takes()` it out; of a pending
/// one it is known only whether it `might_take()` any value or would put in its own.
/// Lifetime  The history outlives what was learnt from it.
template <class Operation>
class departures {
 public:
  using number = std::uint32_t;
  static constexpr number unknown = 0xffff'ffff;

  /// `inside` are values that the container holds before the first call.
  void study(history<Operation> const& calls, std::span<std::int64_t const> inside) {
    calls_ = &calls;
    values_.clear();
    nothing_strays_ = true;
    for (auto value : inside) values_.push_back({value, 0, 0, 1, 0});
    for (unsigned thread = 0; thread < calls.threads(); ++thread)
      for (std::uint32_t at = 0; at < calls.calls(thread); ++at) {
        auto const& call = calls.call(thread, at);
        if (at == calls.completed(thread)) {  // pending: the answer is not known
          if (call.might_take()) nothing_strays_ = false;
          else values_.push_back({call.value, 0, 0, 1, 0});
        } else if (call.puts()) {
          values_.push_back({call.value, 0, 0, 1, 0});
        } else if (call.takes()) {
          values_.push_back({call.value, thread, at, 0, 1});
        }
      }
    merge();
    no_value_ = std::numeric_limits<std::int64_t>::min();
    for (auto const& one : values_)
      if (one.value == no_value_) ++no_value_;
  }

  [[nodiscard]] auto of(std::int64_t value) const noexcept -> number {
    auto const at = std::ranges::lower_bound(values_, value, {}, &fate::value);
    if (at == values_.end() || at->value != value || at->comes != 1 || at->leaves > 1) return unknown;
    return static_cast<number>(at - values_.begin());
  }

  /// Whether `value` comes once and leaves once.
  [[nodiscard]] auto leaves_once(std::int64_t value) const noexcept -> bool {
    auto const at = of(value);
    return at != unknown && values_[at].leaves == 1;
  }

  /// Whether no call takes this value out: to those outside it is like any other that stays.
  [[nodiscard]] auto stays(number value) const noexcept -> bool {
    return value != unknown && values_[value].leaves == 0;
  }
  /// A value that is in none of the calls.
  [[nodiscard]] auto no_value() const noexcept -> std::int64_t { return no_value_; }

  /// True when `a` leaves before `b` in every order, or `b` never leaves and `a` does.
  [[nodiscard]] auto first(number a, number b) const noexcept -> bool {
    if (a == unknown || b == unknown || values_[a].leaves == 0) return false;
    if (values_[b].leaves == 0) return nothing_strays_;
    return calls_->before(values_[b].thread, values_[b].call)[values_[a].thread] > values_[a].call;
  }

 private:
  struct fate {
    std::int64_t value;
    unsigned thread;     // whose call takes it out
    std::uint32_t call;
    std::uint32_t comes;
    std::uint32_t leaves;
  };

  /// One entry a value.
  void merge() {
    std::ranges::sort(values_, {}, &fate::value);
    std::size_t kept = 0;
    for (std::size_t at = 0; at < values_.size(); ++at) {
      if (kept == 0 || values_[kept - 1].value != values_[at].value) {
        values_[kept++] = values_[at];
        continue;
      }
      auto& one = values_[kept - 1];
      one.comes += values_[at].comes;
      one.leaves += values_[at].leaves;
      if (values_[at].leaves > 0) one.thread = values_[at].thread, one.call = values_[at].call;
    }
    values_.resize(kept);
  }

  history<Operation> const* calls_ = nullptr;
  std::vector<fate> values_;
  std::int64_t no_value_ = 0;
  bool nothing_strays_ = true;  // no pending call could take a value out
};

}  // namespace sluice::model::detail
