// floor_ring — what two cores allow: the least code that hands a number from one thread to another.
#pragma once

#include "micro/hand_off.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

namespace sluice::bench {

/// A ring of 128 between one thread and one other. Each side works with variables of its own and looks at the
/// other's only when it has used up what it knew. Nothing is moved, destroyed or configured.
class floor_ring {
 public:
  bool try_push(std::uint64_t&& value) {
    auto const at = producer_.mine;
    if (at - producer_.theirs == hand_off_capacity) {
      producer_.theirs = head_.load(std::memory_order_acquire);
      if (at - producer_.theirs == hand_off_capacity) return false;
    }
    values_[at % hand_off_capacity] = value;
    tail_.store(producer_.mine = at + 1, std::memory_order_release);
    return true;
  }
  auto try_pop() -> std::optional<std::uint64_t> {
    auto const at = consumer_.mine;
    if (at == consumer_.theirs) {
      consumer_.theirs = tail_.load(std::memory_order_acquire);
      if (at == consumer_.theirs) return std::nullopt;
    }
    auto const value = values_[at % hand_off_capacity];
    head_.store(consumer_.mine = at + 1, std::memory_order_release);
    return value;
  }

 private:
  struct side {
    std::uint64_t mine = 0;
    std::uint64_t theirs = 0;
  };

  alignas(64) std::array<std::uint64_t, hand_off_capacity> values_{};
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) side producer_;
  alignas(64) side consumer_;
};

}  // namespace sluice::bench
