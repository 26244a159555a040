// Three operations as they ship, and each once more by hand on std::atomic: same_code.test.mjs compares what the compiler makes of them.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/spsc_ring.hpp>
#include <sluice/lockfree/work_stealing_deque.hpp>

namespace {

using value = std::uint64_t;
constexpr std::size_t capacity = 64;
constexpr std::size_t line = sluice::cache_line;

// The members stand where those of the shipped classes stand, so that even the offsets are the same.

struct spsc_by_hand {
  struct side {
    std::uint64_t at = 0;
    std::uint64_t seen = 0;
  };
  alignas(line) std::array<value, capacity> slots;
  alignas(line) std::atomic<std::uint64_t> head{0};
  alignas(line) std::atomic<std::uint64_t> tail{0};
  alignas(line) side consumer{};
  alignas(line) side producer{};
};

struct mpmc_by_hand {
  struct slot {
    std::atomic<std::uint64_t> turn{0};
    value room;
  };
  std::size_t mask;
  slot* slots;
  alignas(line) std::atomic<std::uint64_t> head{0};
  alignas(line) std::atomic<std::uint64_t> tail{0};
};

struct deque_by_hand {
  struct buffer {
    std::size_t mask;
    std::atomic<value>* slots;
    buffer* outgrown;
  };
  alignas(line) std::atomic<std::int64_t> top{0};
  alignas(line) std::atomic<std::int64_t> bottom{0};
  std::atomic<buffer*> items;
};

using spsc = sluice::spsc_ring<value, capacity>;
using mpmc = sluice::mpmc_ring<value>;
using deque = sluice::work_stealing_deque<value>;
auto take_by_hand(deque_by_hand& deque) -> std::optional<value> {
  auto const bottom = deque.bottom.load(std::memory_order_relaxed) - 1;
  auto* const items = deque.items.load(std::memory_order_relaxed);
  if (bottom < deque.top.load(std::memory_order_relaxed)) return std::nullopt;
  deque.bottom.store(bottom, std::memory_order_seq_cst);
  auto top = deque.top.load(std::memory_order_seq_cst);
  if (top > bottom) {
    deque.bottom.store(bottom + 1, std::memory_order_relaxed);
    return std::nullopt;
  }
  auto const item = items->slots[static_cast<std::uint64_t>(bottom) & items->mask].load(std::memory_order_relaxed);
  if (top < bottom) return item;
  auto const won = deque.top.compare_exchange_strong(top, top + 1, std::memory_order_relaxed, std::memory_order_relaxed);
  deque.bottom.store(bottom + 1, std::memory_order_relaxed);
  return won ? std::optional<value>(item) : std::nullopt;
}

static_assert(sizeof(spsc) == sizeof(spsc_by_hand) && sizeof(mpmc) == sizeof(mpmc_by_hand) && sizeof(deque) == sizeof(deque_by_hand));

}  // namespace

extern "C" {

auto spsc_push_shipped(spsc& ring, value& from) -> bool { return ring.try_push(std::move(from)); }
auto spsc_push_by_hand(spsc_by_hand& ring, value& from) -> bool {
  auto const tail = ring.producer.at;
  if (tail - ring.producer.seen == capacity) {
    ring.producer.seen = ring.head.load(std::memory_order_acquire);
    if (tail - ring.producer.seen == capacity) return false;
  }
  auto& slot = ring.slots[tail & (capacity - 1)];
  slot = from;
  ring.producer.at = tail + 1;
  ring.tail.store(tail + 1, std::memory_order_release);
  return true;
}

auto mpmc_push_shipped(mpmc& ring, value& from) -> bool { return ring.try_push(std::move(from)); }
auto mpmc_push_by_hand(mpmc_by_hand& ring, value& from) -> bool {
  for (auto ticket = ring.tail.load(std::memory_order_relaxed);;) {
    auto& at = ring.slots[ticket & ring.mask];
    auto const lead = static_cast<std::int64_t>(at.turn.load(std::memory_order_acquire) - ticket);
    if (lead < 0) return false;
    if (lead > 0) {
      ticket = ring.tail.load(std::memory_order_relaxed);
    } else if (ring.tail.compare_exchange_weak(ticket, ticket + 1, std::memory_order_relaxed, std::memory_order_relaxed)) {
      at.room = from;
      at.turn.store(ticket + 1, std::memory_order_release);
      return true;
    }
  }
}

void deque_take_shipped(deque& items, std::optional<value>& into) { into = items.take(); }
void deque_take_by_hand(deque_by_hand& items, std::optional<value>& into) { into = take_by_hand(items); }

}  // extern "C"
