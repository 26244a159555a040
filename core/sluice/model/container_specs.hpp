// container_specs — a stack, a queue and a deque whose calls come one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <sluice/model/detail/departures.hpp>
#include <sluice/model/history.hpp>

namespace sluice::model {

/// What one does to a stack or a queue. Without an answer, as before the call: `push(v)`, `pop()`.
struct container_call {
  enum class verb : std::uint8_t { push, pop };

  verb what = verb::pop;
  bool refused = false;    ///< the answer was "full" or "empty"
  std::int64_t value = 0;  ///< what was pushed, or what a pop answered

  [[nodiscard]] auto puts() const noexcept -> bool { return what == verb::push && !refused; }
  [[nodiscard]] auto takes() const noexcept -> bool { return what == verb::pop && !refused; }
  [[nodiscard]] auto might_take() const noexcept -> bool { return what == verb::pop; }
  auto operator==(container_call const&) const -> bool = default;
};

/// What the containers have in common: the words for their calls, and what is known of their values.
class container_spec {
 public:
  using operation = container_call;

  static constexpr auto push(std::int64_t value) -> operation {
    return {operation::verb::push, false, value};
  }
  static constexpr auto push_full(std::int64_t value) -> operation {
    return {operation::verb::push, true, value};
  }
  static constexpr auto pop(std::int64_t value = 0) -> operation {
    return {operation::verb::pop, false, value};
  }
  static constexpr auto pop_empty() -> operation { return {operation::verb::pop, true, 0}; }

  [[nodiscard]] static auto describe(operation const& call) -> std::string {
    if (call.what == operation::verb::pop)
      return "pop -> " + (call.refused ? "empty" : std::to_string(call.value));
    return "push(" + std::to_string(call.value) + ")" + (call.refused ? " -> full" : "");
  }

  void study(history<operation> const& calls) {
    departures_.study(calls, inside());
    numbers_.clear();
    studied_ = true;
    for (auto& value : values_) {
      numbers_.push_back(departures_.of(value));
      value = known_as(value, numbers_.back());
    }
  }

 protected:
  [[nodiscard]] auto inside() const noexcept -> std::span<std::int64_t const> {
    return std::span(values_).subspan(head_);
  }

  /// The value is at the end, unless `doomed(its number, that of one inside)` says of one that it will
  /// be in the way.
  auto add(std::int64_t value, auto&& doomed) -> bool {
    if (studied_) {
      auto const mine = departures_.of(value);
      for (auto at = values_.size(); at-- > head_;)
        if (doomed(departures_, mine, numbers_[at])) return false;
      numbers_.push_back(mine);
      value = known_as(value, mine);
    }
    values_.push_back(value);
    return true;
  }
  void add(std::int64_t value) {
    (void)add(value, [](auto&&...) { return false; });
  }
  void drop_newest() {
    values_.pop_back();
    if (studied_) numbers_.pop_back();
  }

  /// Whether a pop of this value may be placed as soon as it fits: then no other pop could have it.
  [[nodiscard]] auto sure_to_leave(operation const& call) const noexcept -> bool {
    return studied_ && departures_.leaves_once(call.value);
  }

  std::vector<std::int64_t> values_;  // those from head_ on are inside
  std::size_t head_ = 0;

 private:
  /// Values that never leave are all one: otherwise their orders would be as many different states.
  [[nodiscard]] auto known_as(std::int64_t value, std::uint32_t number) const noexcept
      -> std::int64_t {
    return departures_.stays(number) ? departures_.no_value() : value;
  }

  detail::departures<operation> departures_;
  std::vector<std::uint32_t> numbers_;  // of values_ in departures_
  bool studied_ = false;
};

/// Last in, first out; never full.
class stack_spec : public container_spec {
 public:
  [[nodiscard]] auto apply(operation const& call) -> bool {
    if (call.what == operation::verb::push)
      return !call.refused && add(call.value, [](auto& known, auto mine, auto other) {
        return known.first(other, mine);  // other lies below
      });
    if (call.refused) return values_.empty();
    if (values_.empty() || values_.back() != call.value) return false;
    drop_newest();
    return true;
  }
  void undo(operation const& call) {
    if (call.puts()) drop_newest();
    if (call.takes()) add(call.value);
  }
  [[nodiscard]] auto state() const noexcept -> std::span<std::int64_t const> { return values_; }
  [[nodiscard]] auto answered(operation const& call) const -> operation {
    if (call.what == operation::verb::push) return push(call.value);
    return values_.empty() ? pop_empty() : pop(values_.back());
  }
  [[nodiscard]] auto eager(operation const& call) const noexcept -> bool {
    return call.refused || (call.takes() && sure_to_leave(call));
  }
};

/// First in, first out.
class queue_spec : public container_spec {
 public:
  [[nodiscard]] auto apply(operation const& call) -> bool {
    if (call.what == operation::verb::push)
      return !call.refused && add(call.value, [](auto& known, auto mine, auto other) {
        return known.first(mine, other);  // other stands before
      });
    if (call.refused) return inside().empty();
    if (inside().empty() || inside().front() != call.value) return false;
    ++head_;
    return true;
  }
  void undo(operation const& call) {
    if (call.puts()) drop_newest();
    if (call.takes()) --head_;
  }
  [[nodiscard]] auto state() const noexcept -> std::span<std::int64_t const> { return inside(); }
  [[nodiscard]] auto answered(operation const& call) const -> operation {
    if (call.what == operation::verb::push) return push(call.value);
    return inside().empty() ? pop_empty() : pop(inside().front());
  }
  [[nodiscard]] auto eager(operation const& call) const noexcept -> bool {
    return call.refused || (call.takes() && sure_to_leave(call));
  }
};

/// Which refusals of a bounded queue tell something. The others may be said at any time.
enum class claims : std::uint8_t { nothing, empty, full, both };

/// First in, first out, with room for so many.
///
/// A ring of one producer and one consumer, each of which looks at the other's end only, keeps to either
/// of `claims::empty` and `claims::full`. It keeps to both at once only if a thread's own step is
/// seen by the other before it looks: with less than seq_cst both may look too early, and the one say
/// "full" while the other, having emptied all it knew of, says "empty".
class bounded_queue_spec : public queue_spec {
 public:
  explicit bounded_queue_spec(std::size_t capacity = 2, claims meant = claims::both)
      : capacity_(capacity), meant_(meant) {}

  [[nodiscard]] auto apply(operation const& call) -> bool {
    bool const full = inside().size() == capacity_;
    if (call.what == operation::verb::push && call.refused) return full || !means(claims::full);
    if (call.refused) return inside().empty() || !means(claims::empty);
    return (call.takes() || !full) && queue_spec::apply(call);
  }
  [[nodiscard]] auto answered(operation const& call) const -> operation {
    if (call.what == operation::verb::push && inside().size() == capacity_)
      return push_full(call.value);
    return queue_spec::answered(call);
  }
  /// A pop that is placed early could take the ground from under somebody's "full".
  [[nodiscard]] auto eager(operation const& call) const noexcept -> bool {
    return call.refused || (!means(claims::full) && queue_spec::eager(call));
  }

 private:
  [[nodiscard]] auto means(claims one) const noexcept -> bool {
    return meant_ == claims::both || meant_ == one;
  }

  std::size_t capacity_;
  claims meant_;
};

/// The weaker promise of a ring of tickets: what goes in comes out in order, never more than there is
/// room for, but the answers "full" and "empty" claim nothing.
class ticket_queue_spec : public bounded_queue_spec {
 public:
  explicit ticket_queue_spec(std::size_t capacity = std::numeric_limits<std::size_t>::max())
      : bounded_queue_spec(capacity, claims::nothing) {}
};

/// What an owner and thieves do to a deque.
struct deque_call {
  enum class verb : std::uint8_t { push, take, steal };
  enum class outcome : std::uint8_t { done, empty, lost };

  verb what = verb::steal;
  outcome answer = outcome::done;
  std::int64_t value = 0;  ///< what was pushed, or what a take or a steal answered

  auto operator==(deque_call const&) const -> bool = default;
};

/// The owner pushes and takes at one end, thieves steal at the other. A thief that answers "lost" has
/// done nothing, and may say so at any time.
class deque_spec {
 public:
  using operation = deque_call;

  static constexpr auto push(std::int64_t value) -> operation {
    return {operation::verb::push, operation::outcome::done, value};
  }
  static constexpr auto take(std::int64_t value = 0) -> operation {
    return {operation::verb::take, operation::outcome::done, value};
  }
  static constexpr auto take_empty() -> operation {
    return {operation::verb::take, operation::outcome::empty, 0};
  }
  static constexpr auto steal(std::int64_t value = 0) -> operation {
    return {operation::verb::steal, operation::outcome::done, value};
  }
  static constexpr auto steal_empty() -> operation {
    return {operation::verb::steal, operation::outcome::empty, 0};
  }
  static constexpr auto steal_lost() -> operation {
    return {operation::verb::steal, operation::outcome::lost, 0};
  }

  [[nodiscard]] auto apply(operation const& call) -> bool {
    bool const empty = state().empty();
    if (call.answer == operation::outcome::empty) return empty;
    if (call.answer == operation::outcome::lost) return call.what == operation::verb::steal;
    if (call.what == operation::verb::push) {
      items_.push_back(call.value);
    } else if (call.what == operation::verb::take) {
      if (empty || items_.back() != call.value) return false;
      items_.pop_back();
    } else {
      if (empty || items_[top_] != call.value) return false;
      ++top_;
    }
    return true;
  }
  void undo(operation const& call) {
    if (call.answer != operation::outcome::done) return;
    if (call.what == operation::verb::push) items_.pop_back();
    else if (call.what == operation::verb::take) items_.push_back(call.value);
    else --top_;
  }
  [[nodiscard]] auto state() const noexcept -> std::span<std::int64_t const> {
    return std::span(items_).subspan(top_);
  }
  [[nodiscard]] auto answered(operation const& call) const -> operation {
    if (call.what == operation::verb::push) return push(call.value);
    if (call.what == operation::verb::take)
      return state().empty() ? take_empty() : take(state().back());
    return state().empty() ? steal_empty() : steal(state().front());
  }
  [[nodiscard]] auto eager(operation const& call) const noexcept -> bool {
    return call.answer != operation::outcome::done;
  }
  [[nodiscard]] static auto describe(operation const& call) -> std::string {
    if (call.what == operation::verb::push) return "push(" + std::to_string(call.value) + ")";
    return (call.what == operation::verb::take ? "take -> " : "steal -> ") +
           (call.answer == operation::outcome::done    ? std::to_string(call.value)
            : call.answer == operation::outcome::empty ? "empty"
                                                       : "lost");
  }

 private:
  std::vector<std::int64_t> items_;  // those from top_ on are inside
  std::size_t top_ = 0;
};

}  // namespace sluice::model
