// graph — one execution so far: who wrote what in which order, who read it, and what is ordered.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sluice/model/detail/sc_order.hpp>
#include <sluice/model/detail/vector_time.hpp>

namespace sluice::model::detail {

using location_id = std::uint32_t;
using store_id = std::uint32_t;
inline constexpr location_id no_location = ~location_id{0};
inline constexpr store_id no_store = ~store_id{0};

[[nodiscard]] constexpr auto acquires(std::memory_order order) noexcept -> bool {
  return order == std::memory_order_acquire || order == std::memory_order_consume ||
         order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
[[nodiscard]] constexpr auto releases(std::memory_order order) noexcept -> bool {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

/// A value that was written, its place in the modification order, and what it tells an acquirer.
struct store {
  std::uint64_t value = 0;
  vector_time released;  ///< nothing for a relaxed store behind no release fence
  location_id location = no_location;
  std::uint32_t place = 0;  ///< in the modification order of its location
  std::uint16_t thread = 0;
  std::uint16_t event = 0;
  store_id origin = no_store;  ///< of a read-modify-write that changed nothing: who wrote the value
  bool taken = false;  ///< a read-modify-write has read it, and comes right behind it
};

/// One look at, or change of, an atomic. `earlier` and `later` are what the standard's four conditions
/// on S make of it: itself when it is seq_cst, the seq_cst fences that happen before it, and those it
/// happens before.
struct access {
  store_id store = no_store;  ///< the one it made, or else the one it read
  std::uint16_t thread = 0;
  std::uint16_t event = 0;
  bool only_reads = false;
  sc_set earlier;
  sc_set later;
};

/// An atomic object. The stores are in modification order.
struct atomic_location {
  std::vector<store_id> stores;
  std::vector<access> accesses;
};

/// What happens-before, the modification orders and S come to. Knows nothing of scheduling.
///
/// A load may read any store that is not older than the newest one its thread knows, and a store may be
/// put anywhere behind that, except between a store and the read-modify-write that read it. "Knows" is
/// happens-before: the newest store among those that any event known to the thread wrote or read.
///
/// Source    ISO C++20, [intro.races] and [atomics.order], without executions in which
///           sequenced-before and reads-from form a cycle.
class graph {
 public:
  void clear() noexcept;
  /// A thread that begins with what `parent` has done so far.
  void begin_thread(unsigned thread, unsigned parent);
  /// Everything that `thread` did happens before what `waiter` does from now on.
  void join_thread(unsigned waiter, unsigned thread);

  [[nodiscard]] auto now(unsigned thread) const noexcept -> vector_time const& {
    return threads_[thread].now;
  }
  /// Counts an event that is no access to an atomic, such as one to plain memory.
  auto plain_event(unsigned thread) noexcept -> std::uint16_t { return ++threads_[thread].now.at[thread]; }
  /// What `thread` knows was told to it by other means than an atomic, say by the allocator.
  void learn(unsigned thread, vector_time const& what) noexcept { threads_[thread].now.join(what); }

  /// A new atomic, with the value it was made with. `known_to_all` puts it before everything.
  auto add_location(unsigned thread, std::uint64_t value, bool known_to_all) -> location_id;
  [[nodiscard]] auto location(location_id id) const noexcept -> atomic_location const& {
    return locations_[id];
  }
  [[nodiscard]] auto stored(store_id id) const noexcept -> store const& { return stores_[id]; }
  [[nodiscard]] auto newest(location_id id) const noexcept -> store const& {
    return stores_[locations_[id].stores.back()];
  }
  void overwrite_newest(location_id id, std::uint64_t value) noexcept {
    stores_[locations_[id].stores.back()].value = value;
  }
  /// `id` is a read-modify-write of `read` that changed nothing.
  void changes_nothing(store_id id, store_id read) noexcept { stores_[id].origin = origin(read); }
  /// The store that the value comes from, through all that changed nothing.
  [[nodiscard]] auto origin(store_id id) const noexcept -> store_id {
    return stores_[id].origin == no_store ? id : stores_[id].origin;
  }
  [[nodiscard]] auto stores() const noexcept -> std::size_t { return stores_.size(); }

  /// The place of the newest store that `thread` knows.
  [[nodiscard]] auto newest_known(unsigned thread, location_id id) const noexcept -> std::uint32_t;

  // Whether an order S is left if `thread` did this next. Where one asks, doing it succeeds.
  [[nodiscard]] auto may_load(unsigned thread, store_id from, std::memory_order order) const noexcept -> bool;
  [[nodiscard]] auto may_update(unsigned thread, store_id from,
                                std::memory_order order) const noexcept -> bool;
  [[nodiscard]] auto may_store_at(unsigned thread, location_id id, std::uint32_t place,
                                  std::memory_order order) const noexcept -> bool;

  void load(unsigned thread, store_id from, std::memory_order order);
  void store_at(unsigned thread, location_id id, std::uint32_t place, std::uint64_t value,
                std::memory_order order);
  void update(unsigned thread, store_id from, std::uint64_t value, std::memory_order order);
  /// Returns false when no order S is left: then there is no such execution.
  [[nodiscard]] auto fence(unsigned thread, std::memory_order order) -> bool;
  /// The same for one of a pair of asymmetric fences: `kind` is heavy or light. A light one alone orders nothing.
  [[nodiscard]] auto asymmetric_fence(unsigned thread, sc_kind kind) -> bool;

  [[nodiscard]] auto sc_full() const noexcept -> bool { return sc_.full(); }

 private:
  struct sc_event {
    std::uint16_t event;
    std::uint16_t number;
  };
  struct thread_state {
    vector_time now;
    vector_time fence_released;  ///< as of its last release fence
    vector_time fence_pending;   ///< what its relaxed loads have read, for its next acquire fence
    std::vector<sc_event> sc_events;
    std::vector<sc_event> sc_fences;
  };

  [[nodiscard]] auto enter_order(unsigned thread, std::uint16_t event, sc_kind kind, vector_time const& before) -> bool;
  auto begin_event(unsigned thread, vector_time& before) noexcept -> std::uint16_t;
  void read_from(thread_state& me, store const& what, std::memory_order order) noexcept;
  auto make_store(unsigned thread, location_id id, std::uint32_t place, std::uint64_t value,
                  std::memory_order order) -> store_id;
  void record(unsigned thread, std::uint16_t event, store_id what, bool only_reads,
              std::memory_order order, vector_time const& before);

  /// What S must say about an operation: these before it, these behind it; and the fences before it.
  struct sc_bounds {
    sc_set earlier;
    sc_set later;
    sc_set fences;
  };
  [[nodiscard]] auto concerns_sc(std::memory_order order) const noexcept -> bool {
    return order == std::memory_order_seq_cst || sc_.count() != 0;
  }
  [[nodiscard]] auto strongly_before(unsigned thread, vector_time const& before) const noexcept -> sc_set;
  [[nodiscard]] auto bounds(unsigned thread, location_id id, std::uint32_t key_from, std::uint32_t key_to,
                            bool is_sc, vector_time const& before, vector_time const& now) const noexcept
      -> sc_bounds;
  [[nodiscard]] auto may(unsigned thread, location_id id, std::uint32_t key_from, std::uint32_t key_to,
                         std::memory_order order, store const* from) const noexcept -> bool;
  [[nodiscard]] auto key(access const& of) const noexcept -> std::uint32_t {
    return stores_[of.store].place * 2 + (of.only_reads ? 1 : 0);
  }

  std::array<thread_state, max_threads> threads_;
  std::vector<store> stores_;
  std::vector<atomic_location> locations_;
  std::size_t locations_used_ = 0;
  sc_order sc_;
};

}  // namespace sluice::model::detail
