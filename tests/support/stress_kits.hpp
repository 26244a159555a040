// stress_kits — queues and stacks under one name, with the model each is held against.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <sluice/lockfree/barging_queue.hpp>
#include <sluice/lockfree/barging_stack.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/mpsc_queue.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/lockfree/segment_queue.hpp>
#include <sluice/lockfree/spsc_ring.hpp>
#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/hazard_domain.hpp>
#include <tests/support/random_programs.hpp>

namespace support::stress_kits {

/// Of values that say who pushed them, over any policy.
template <template <class> class Container, class Model, bool InOrder>
struct kit {
  template <class Atomics>
  using container = Container<Atomics>;
  using spec = Model;
  static constexpr bool in_order = InOrder;  ///< a thread's values come out as they went in
  static constexpr std::uint64_t share = 1;  ///< of the operations, the part that is enough: 1/share
  static constexpr unsigned threads = 4;
  static constexpr roles allowed{};

  /// `capacity` is for those that have one.
  template <class Atomics>
  static auto make(std::size_t) -> std::unique_ptr<container<Atomics>> {
    return std::make_unique<container<Atomics>>();
  }
  static auto model(std::size_t) -> spec { return spec(); }
};

template <template <class> class Container, class Model>
struct bounded_kit : kit<Container, Model, true> {
  template <class Atomics>
  static auto make(std::size_t capacity) -> std::unique_ptr<Container<Atomics>> {
    return std::make_unique<Container<Atomics>>(capacity);
  }
  static auto model(std::size_t capacity) -> Model { return Model(capacity); }
};

/// An `mpsc_queue` of values: their objects are made for it and go when they have come out.
template <class Atomics>
class queue_of_objects {
 public:
  ~queue_of_objects() {
    while (try_pop()) {}
  }
  /// False when there are very many inside, so that memory is not used up by a slow consumer.
  auto try_push(std::uint64_t value) -> bool {
    if (inside_.load(std::memory_order_relaxed) >= 100'000) return false;
    inside_.fetch_add(1, std::memory_order_relaxed);
    queue_.push(*Atomics::template allocate<object>(value));
    return true;
  }
  auto try_pop() -> std::optional<std::uint64_t> {
    auto* const first = queue_.try_pop();
    if (first == nullptr) return std::nullopt;
    inside_.fetch_sub(1, std::memory_order_relaxed);
    auto const value = first->value;
    Atomics::deallocate(first);
    return value;
  }

 private:
  struct object : sluice::mpsc_hook<Atomics> {
    explicit object(std::uint64_t it) : value(it) {}
    std::uint64_t value;
  };

  sluice::mpsc_queue<object, Atomics> queue_;
  std::atomic<std::int64_t> inside_{0};
};

/// The capacity is that of a segment.
template <template <class> class Container>
struct segmented_kit : kit<Container, sluice::model::queue_spec, true> {
  template <class Atomics>
  static auto make(std::size_t capacity) -> std::unique_ptr<Container<Atomics>> {
    return std::make_unique<Container<Atomics>>(Container<Atomics>::domain_type::shared(), capacity);
  }
};

namespace of {
using value = std::uint64_t;
template <class Atomics>
using ms_queue = sluice::ms_queue<value, sluice::hazard_domain, Atomics>;
template <class Atomics>
using ms_queue_epochs = sluice::ms_queue<value, sluice::epoch_domain, Atomics>;
template <class Atomics>
using segment_queue = sluice::segment_queue<value, sluice::hazard_domain, Atomics>;
template <class Atomics>
using segment_queue_epochs = sluice::segment_queue<value, sluice::epoch_domain, Atomics>;
template <class Atomics>
using barging_queue = sluice::barging_queue<value, sluice::detail::usual_chunk<value>, Atomics>;
template <class Atomics>
using mpmc_ring = sluice::mpmc_ring<value, Atomics>;
template <class Atomics>
using spsc_ring = sluice::spsc_ring<value, sluice::at_run_time, Atomics>;
template <class Atomics>
using treiber_stack = sluice::treiber_stack<value, sluice::hazard_domain, Atomics>;
template <class Atomics>
using treiber_stack_epochs = sluice::treiber_stack<value, sluice::epoch_domain, Atomics>;
template <class Atomics>
using barging_stack = sluice::barging_stack<value, sluice::detail::usual_chunk<value>, Atomics>;
}  // namespace of

struct ms_queue : kit<of::ms_queue, sluice::model::queue_spec, true> {};
struct ms_queue_epochs : kit<of::ms_queue_epochs, sluice::model::queue_spec, true> {
  static constexpr std::uint64_t share = 4;  // the other reclaimer has gone through all of them
};
struct segment_queue : segmented_kit<of::segment_queue> {};
struct segment_queue_epochs : segmented_kit<of::segment_queue_epochs> {
  static constexpr std::uint64_t share = 4;
};
struct barging_queue : kit<of::barging_queue, sluice::model::queue_spec, true> {};
struct mpmc_ring : bounded_kit<of::mpmc_ring, sluice::model::ticket_queue_spec> {};
struct mpsc_queue : kit<queue_of_objects, sluice::model::queue_spec, true> {
  static constexpr roles allowed = many_to_one;
};
/// Either refusal is an answer, not both at once: see `bounded_queue_spec`.
struct spsc_ring : bounded_kit<of::spsc_ring, sluice::model::bounded_queue_spec> {
  static constexpr unsigned threads = 2;
  static constexpr roles allowed = one_to_one;

  static auto model(std::size_t capacity) -> spec {
    return spec(capacity, sluice::model::claims::empty);
  }
};
struct spsc_ring_full : spsc_ring {
  static auto model(std::size_t capacity) -> spec {
    return spec(capacity, sluice::model::claims::full);
  }
};
struct treiber_stack : kit<of::treiber_stack, sluice::model::stack_spec, false> {};
struct treiber_stack_epochs : kit<of::treiber_stack_epochs, sluice::model::stack_spec, false> {
  static constexpr std::uint64_t share = 4;
};
struct barging_stack : kit<of::barging_stack, sluice::model::stack_spec, false> {};

}  // namespace support::stress_kits

#define SLUICE_STRESSED_QUEUES                                                             \
  support::stress_kits::ms_queue, support::stress_kits::ms_queue_epochs,                   \
      support::stress_kits::segment_queue, support::stress_kits::segment_queue_epochs,     \
      support::stress_kits::barging_queue, support::stress_kits::mpmc_ring,                \
      support::stress_kits::mpsc_queue, support::stress_kits::spsc_ring
#define SLUICE_STRESSED_STACKS                                                             \
  support::stress_kits::treiber_stack, support::stress_kits::treiber_stack_epochs,         \
      support::stress_kits::barging_stack
/// Each with what it claims.
#define SLUICE_STRESSED_CLAIMS \
  SLUICE_STRESSED_QUEUES, SLUICE_STRESSED_STACKS, support::stress_kits::spsc_ring_full
/// Those that free their nodes by way of a reclamation domain.
#define SLUICE_STRESSED_OVER_DOMAINS                                                       \
  support::stress_kits::ms_queue, support::stress_kits::ms_queue_epochs,                   \
      support::stress_kits::segment_queue, support::stress_kits::segment_queue_epochs,     \
      support::stress_kits::treiber_stack, support::stress_kits::treiber_stack_epochs
