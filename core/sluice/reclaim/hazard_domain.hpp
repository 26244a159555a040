// hazard_domain — safe memory for lock-free structures, pointer by pointer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/reclaim/detail/seated_domain.hpp>
#include <sluice/reclaim/detail/seats.hpp>
#include <sluice/reclaim/node_counters.hpp>
#include <sluice/reclaim/reclaimer.hpp>

namespace sluice {

namespace detail {

/// The seat of a participant in a `hazard_domain`.
template <atomics_policy Atomics>
struct alignas(cache_line) hazard_record : seat<hazard_record<Atomics>, Atomics> {
  static constexpr std::size_t hazards = 4;

  /// What belongs to the participant alone.
  struct possessions {
    retired_list<Atomics> retired;
    std::size_t guards = 0;
  };

  [[nodiscard]] auto try_take() noexcept -> bool {
    bool is = taken.load(relaxed);
    return !is && taken.compare_exchange_strong(is, true, acquire, relaxed);  // seat
  }
  void give_up() noexcept { taken.store(false, release); }  // seat
  [[nodiscard]] auto is_taken() const noexcept -> bool { return taken.load(relaxed); }

  std::array<typename Atomics::template atomic<basic_retirable<Atomics> const*>, hazards> slots{};
  typename Atomics::template atomic<bool> taken{true};
  alignas(cache_line) typename Atomics::template cell<possessions> own;  // no scan looks here
  node_counters<Atomics> counters;
};

}  // namespace detail

/// Hazard pointers: a thread announces each node before it reads it, and a removed node is freed
/// only when no announcement names it. See `reclaimer` for how a structure uses it.
///
/// Progress   protect, retire and join are lock-free; join allocates when no seat is free.
/// Bound      T participants with H = 4 hazards each leave at most 2·H·T retired nodes in a
///            participant's list and H·T behind one that left: in all fewer than 3·H·T², whatever
///            any thread does or does not do. T counts the seats ever used at the same time.
/// Edges      announce   a slot seq_cst -> the same in `scan` seq_cst   see the note below
///            let_go     a slot release -> the same in `scan` seq_cst   reads end before the free
///            hand_over  orphans_ release -> orphans_ acquire   a leaver's nodes, complete
///            seat       taken release -> taken acquire   a record as its last owner left it
///            enrol      records_ seq_cst -> records_ seq_cst   a record is complete; note below
/// Lifetime   The domain outlives its participants, and the nodes their last reader.
/// Source     Michael, "Hazard pointers: safe memory reclamation for lock-free objects", 2004.
///
/// Why seq_cst. Announcing is "write my slot, then look at the link again"; reclaiming is "write the
/// link, then look at the slots". Each side must not miss the other, as in the store-buffering test,
/// which only the total order S forbids. If the scan did not see the announcement, then in S: unlink,
/// scan, announcement, second look; so the second look sees the unlinking and the reader starts anew.
/// With acquire and release both could read the old value. Enrolling is a part of announcing: a scan
/// that misses a whole record has missed its slots.
template <atomics_policy Atomics = std_atomics>
class hazard_domain
    : public detail::seated_domain<hazard_domain<Atomics>, detail::hazard_record<Atomics>, Atomics> {
  using record = detail::hazard_record<Atomics>;
  using base = detail::seated_domain<hazard_domain, record, Atomics>;

 public:
  using typename base::participant;
  using typename base::retirable;
  class guard;

  static constexpr std::size_t hazards_per_participant = record::hazards;

  hazard_domain() noexcept : base("hazard_domain") {}

  /// Frees all that is left. Ends the program when a participant is still joined.
  ~hazard_domain() {  // all participants have left before
    retired_list<Atomics>(orphans_.load(relaxed)).dispose_all();
  }

 private:
  friend participant;
  template <class T>
  using atomic = typename Atomics::template atomic<T>;

  auto guarding(record& mine) -> guard { return guard(mine); }

  void leave(record& mine) noexcept {
    reclaim(mine);
    mine.own.write([&](auto& own) {
      if (own.guards != 0) terminate_misuse("hazard_domain", "a participant left before its guard");
      if (auto rest = std::move(own.retired); !rest.empty()) {
        auto* others = orphans_.load(relaxed);
        do rest.join(others);
        while (!orphans_.compare_exchange_weak(others, rest.front(), release, relaxed));  // hand_over
      }
    });
    mine.give_up();
  }

  template <class Node>
  void retire(record& mine, Node& node) noexcept {
    auto const waiting = mine.own.write([&](auto& own) {
      own.retired.add(node);
      return own.retired.size();
    });
    // At most H·T nodes survive a scan, so each one frees at least as many as it keeps.
    if (waiting >= 2 * hazards_per_participant * this->seats()) reclaim(mine);
  }

  void reclaim(record& mine) noexcept {
    auto unseen = mine.own.write([&](auto& own) { return without_announced(own.retired); });
    // A node's destructor may retire another one: by then the list is in order again.
    mine.counters.reclaimed(unseen.size());
    unseen.dispose_all();
  }

  /// Leaves in `suspects` what somebody has announced, and returns the rest. The announcements are
  /// looked at a batch at a time, each once: that takes neither memory nor a second look at a busy line.
  auto without_announced(retired_list<Atomics>& suspects) noexcept -> retired_list<Atomics> {
    if (orphans_.load(relaxed) != nullptr)
      suspects.append(retired_list<Atomics>(orphans_.exchange(nullptr, acquire)));  // hand_over
    retired_list<Atomics> announced;
    std::array<retirable const*, 16 * hazards_per_participant> batch;
    for (auto* at = this->seats_.first(seq_cst); at != nullptr && !suspects.empty();) {  // enrol
      auto end = batch.begin();
      for (; at != nullptr && batch.end() - end >= std::ptrdiff_t{hazards_per_participant};
           at = at->next())
        for (auto const& slot : at->slots)
          if (auto const* node = slot.load(seq_cst)) *end++ = node;  // announce, let_go
      constexpr std::less<> order;  // of pointers to different objects, too
      // For so few a heap is as quick as sorting, and a third of the code.
      std::make_heap(batch.begin(), end, order);
      std::sort_heap(batch.begin(), end, order);
      auto const is_announced = [&](retirable const* node) {
        return std::binary_search(batch.begin(), end, node, order);
      };
      suspects.move_if(is_announced, announced);
    }
    return std::exchange(suspects, std::move(announced));
  }

  alignas(cache_line) atomic<retirable*> orphans_{nullptr};
};

/// Protects one node at a time from being freed, by one of its participant's hazards. Guards end in the
/// reverse order of their beginning, and before their participant; else the program ends.
/// Throws    `misuse`, from `participant::guard`, when all hazards are in use.
template <atomics_policy Atomics>
class [[nodiscard]] hazard_domain<Atomics>::guard {
 public:
  guard(guard const&) = delete;
  auto operator=(guard const&) -> guard& = delete;
  ~guard() {
    slot().store(nullptr, release);  // let_go
    record_.own.write([&](auto& own) {
      if (--own.guards != index_)
        terminate_misuse("hazard_domain", "a guard ended before one that began after it");
    });
  }

  /// The node that `link` names, protected; null stays null. What was protected before is let go.
  template <class Node>
  [[nodiscard]] auto protect(atomic<Node*> const& link) const noexcept -> Node* {
    for (auto* seen = link.load(relaxed);;) {
      hold(seen);
      if (auto* again = link.load(seq_cst); again == seen) return seen;
      else seen = again;
    }
  }

  /// Announces `node`. It is protected if a `seq_cst` look *after* this finds it still in place.
  void hold(retirable const* node) const noexcept { slot().store(node, seq_cst); }  // announce

 private:
  friend class hazard_domain;
  explicit guard(record& mine)
      : record_(mine), index_(mine.own.write([](auto& own) { return own.guards++; })) {
    if (index_ < hazards_per_participant) return;
    mine.own.write([](auto& own) { --own.guards; });
    throw misuse("hazard_domain", "a participant has 4 hazards and all of them are in use");
  }

  auto slot() const noexcept -> atomic<retirable const*>& { return record_.slots[index_]; }

  record& record_;
  std::size_t index_;
};

static_assert(reclaimer<hazard_domain<>>);

}  // namespace sluice
