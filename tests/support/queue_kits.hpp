// queue_kits — every queue under one name, so that one test can put the same question to all.
#pragma once

#include <cstddef>
#include <memory>

#include <sluice/atomics/counting_atomics.hpp>
#include <sluice/container/mutex_queue.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/lockfree/segment_queue.hpp>
#include <sluice/lockfree/spsc_ring.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/hazard_domain.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/strict_atomics.hpp>

namespace support {

template <template <class> class Queue, bool Bounded, unsigned Side>
struct queue_kit {
  template <class T>
  using queue = Queue<T>;
  static constexpr bool bounded = Bounded;
  static constexpr unsigned threads_a_side = Side;  ///< producers, and as many consumers

  template <class T>
  static auto make([[maybe_unused]] std::size_t capacity) -> std::unique_ptr<queue<T>> {
    if constexpr (bounded) return std::make_unique<queue<T>>(capacity);
    else return std::make_unique<queue<T>>();
  }
};

namespace queues {
template <class T>
using mutex = sluice::mutex_queue<T>;
template <class T>
using linked = sluice::ms_queue<T>;
template <class T>
using linked_leaky = sluice::ms_queue<T, sluice::leaky_domain>;
template <class T>
using linked_strict = sluice::ms_queue<T, sluice::hazard_domain, strict_atomics>;
template <class T>
using linked_epochs = sluice::ms_queue<T, sluice::epoch_domain>;
template <class T>
using segments = sluice::segment_queue<T>;
template <class T>
using segments_epochs = sluice::segment_queue<T, sluice::epoch_domain>;
/// With segments so short that a few values use one up.
template <class T>
struct segments_strict : sluice::segment_queue<T, sluice::hazard_domain, strict_atomics> {
  segments_strict() : segments_strict::segment_queue(segments_strict::domain_type::shared(), 4) {}
};
template <class T>
using ring = sluice::mpmc_ring<T>;
template <class T>
using ring_counting = sluice::mpmc_ring<T, sluice::counting_atomics>;
template <class T>
using spsc = sluice::spsc_ring<T>;
}  // namespace queues

struct mutex_kit : queue_kit<queues::mutex, false, 2> {};
struct bounded_mutex_kit : queue_kit<queues::mutex, true, 2> {};
struct linked_kit : queue_kit<queues::linked, false, 2> {};
struct linked_leaky_kit : queue_kit<queues::linked_leaky, false, 2> {};
struct linked_strict_kit : queue_kit<queues::linked_strict, false, 2> {};
struct linked_epochs_kit : queue_kit<queues::linked_epochs, false, 2> {};
struct segments_kit : queue_kit<queues::segments, false, 2> {};
struct segments_epochs_kit : queue_kit<queues::segments_epochs, false, 2> {};
struct segments_strict_kit : queue_kit<queues::segments_strict, false, 2> {};
struct ring_kit : queue_kit<queues::ring, true, 2> {};
struct ring_counting_kit : queue_kit<queues::ring_counting, true, 2> {};
struct spsc_kit : queue_kit<queues::spsc, true, 1> {};

}  // namespace support

#define SLUICE_EVERY_LINKED_QUEUE                                                             \
  support::linked_kit, support::linked_leaky_kit, support::linked_strict_kit,                 \
      support::linked_epochs_kit, support::segments_kit, support::segments_epochs_kit,        \
      support::segments_strict_kit
#define SLUICE_EVERY_QUEUE                                                                    \
  support::mutex_kit, support::bounded_mutex_kit, SLUICE_EVERY_LINKED_QUEUE,                  \
      support::ring_kit, support::ring_counting_kit, support::spsc_kit
#define SLUICE_EVERY_BOUNDED_QUEUE \
  support::bounded_mutex_kit, support::ring_kit, support::ring_counting_kit, support::spsc_kit
