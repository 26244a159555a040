// hand_off — producers, consumers, and whatever container stands between them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <sluice/scenarios/rig.hpp>

namespace sluice::scenarios {

/// A value names its producer and its place in that producer's sequence.
inline constexpr unsigned producer_bits = 4;
inline constexpr std::size_t most_producers = 1u << producer_bits;

/// What some values come to. Two sums: one that any lost or doubled value changes, and one that two
/// such faults cannot cancel in.
struct tally {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;

  void add(std::uint64_t value) noexcept {
    ++count;
    sum += value;
    squares += value * value;
  }
};

/// The newest value seen of each producer: what came later must have been sent later.
struct order_seen {
  std::array<std::uint64_t, most_producers> next{};
  std::uint64_t broken = 0;

  void saw(std::uint64_t value) noexcept {
    auto& expected = next[value % most_producers];
    if (value < expected) ++broken;
    expected = value + 1;
  }
};

/// One worker's way to a container that several share.
class container_end {
 public:
  virtual ~container_end() = default;
  /// Pushes up to `count` values, `most_producers` apart, and stops when there is no room.
  virtual auto put(std::uint64_t first, std::uint64_t count) -> tally = 0;
  /// Pops up to `count` values, and stops when there is none.
  virtual auto take(std::uint64_t count, order_seen& order) -> tally = 0;
};

/// A container that several workers share; how it is built is its own affair.
class shared_container {
 public:
  virtual ~shared_container() = default;
  [[nodiscard]] virtual auto join() -> std::unique_ptr<container_end> = 0;
  /// Takes the container down; how many of its nodes are then alive, where it counts them.
  [[nodiscard]] virtual auto nodes_left() -> std::optional<std::uint64_t> { return {}; }
};

/// The loops of a burst, around operations that the compiler sees into.
template <class Access>
class end_by final : public container_end {
 public:
  explicit end_by(Access access) : access_(std::move(access)) {}

  auto put(std::uint64_t first, std::uint64_t count) -> tally override {
    tally did;
    for (auto value = first; did.count < count; value += most_producers) {
      if (!access_.push(value)) break;
      did.add(value);
    }
    return did;
  }

  auto take(std::uint64_t count, order_seen& order) -> tally override {
    tally did;
    while (did.count < count) {
      auto const value = access_.pop();
      if (!value) break;
      did.add(*value);
      order.saw(*value);
    }
    return did;
  }

 private:
  Access access_;
};

/// A container that any thread may push to and pop from.
template <class Container>
class plain_container final : public shared_container {
 public:
  template <class... Args>
  explicit plain_container(Args&&... args) : container_(std::forward<Args>(args)...) {}

  auto join() -> std::unique_ptr<container_end> override {
    struct access {
      Container& container;
      auto push(std::uint64_t value) { return container.try_push(std::move(value)); }
      auto pop() { return container.try_pop(); }
    };
    return std::make_unique<end_by<access>>(access{container_});
  }
  auto operator->() -> Container* { return &container_; }

 private:
  Container container_;
};

/// A container of nodes over a reclamation domain of its own: whoever uses it joins the domain first.
template <class Container>
class reclaimed_container final : public shared_container {
 public:
  auto join() -> std::unique_ptr<container_end> override {
    struct access {
      Container& container;
      typename Container::participant me;
      auto push(std::uint64_t value) { return container.try_push(me, std::move(value)); }
      auto pop() { return container.try_pop(me); }
    };
    return std::make_unique<end_by<access>>(access{*container_, domain_.join()});
  }
  auto nodes_left() -> std::optional<std::uint64_t> override {
    container_.reset();
    domain_.join().reclaim();
    return domain_.census().alive();
  }

 private:
  typename Container::domain_type domain_;
  std::optional<Container> container_{std::in_place, domain_};
};

/// How values are handed over.
struct hand_off_rules {
  bool in_order = true;  ///< each consumer meets each producer's values in the order of their pushes
  /// Producers rest while so many values are inside: without a bound somebody else's memory is one.
  std::uint64_t room = 1 << 16;
};

/// Passes `operations` values from `producers` to `consumers` through `between`, and checks that each
/// arrived exactly once.
auto pass_through(rig& r, values const& v, shared_container& between, hand_off_rules rules = {})
    -> task<void>;

/// The series of its depth, and the stages of its two sides.
inline constexpr std::uint32_t depth_series = 1;
inline constexpr stage_label hand_off_stages[] = {{"push", "producers"}, {"pop", "consumers"}};

/// Workers of such a scenario: all producers and all consumers.
[[nodiscard]] auto hand_off_workers(values const& v) -> unsigned;

/// The parameters that every such scenario has.
namespace hand_off {
inline constexpr parameter producers{
    .id = "producers", .label = "Producers", .unit = "", .help = "Workers that push.",
    .type = param_type::integer, .min = 1, .max = most_producers, .fallback = 2};
inline constexpr parameter consumers{
    .id = "consumers", .label = "Consumers", .unit = "", .help = "Workers that pop.",
    .type = param_type::integer, .min = 1, .max = 16, .fallback = 2};
}  // namespace hand_off

}  // namespace sluice::scenarios
