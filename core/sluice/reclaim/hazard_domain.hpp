// hazard_domain — safe memory for lock-free structures, pointer by pointer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/reclaim/node_counters.hpp>
#include <sluice/reclaim/reclaimer.hpp>

namespace sluice {

/// Hazard pointers: a thread announces each node before it reads it, and a removed node is freed
/// only when no announcement names it. See `reclaimer` for how a structure uses it.
///
/// Progress   protect, retire and join are lock-free; join allocates when no seat is free.
/// Bound      T participants with H = 4 hazards each leave at most 2·H·T retired nodes in a
///            participant's list and H·T behind one that left: in all fewer than 3·H·T², whatever
///            any thread does or does not do. T counts the seats ever used at the same time.
/// Invariant  A record, once made, stays in the list until the domain goes; a participant owns one.
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
class hazard_domain {
  struct record;

 public:
  using atomics = Atomics;
  using retirable = basic_retirable<Atomics>;
  class participant;
  class guard;

  static constexpr std::size_t hazards_per_participant = 4;

  hazard_domain() = default;
  hazard_domain(hazard_domain const&) = delete;
  auto operator=(hazard_domain const&) -> hazard_domain& = delete;

  /// Frees all that is left. Ends the program when a participant is still joined.
  ~hazard_domain() {
    retired_list<Atomics>(orphans_.load(acquire)).dispose_all();  // hand_over
    for (auto* at = records_.load(acquire); at != nullptr;) {
      if (at->taken.load(acquire))  // seat
        terminate_misuse("hazard_domain", "destroyed while a participant is still joined");
      Atomics::deallocate(std::exchange(at, at->next()));
    }
  }

  /// Any thread. Takes a seat; the participant gives it back when it is destroyed.
  /// Throws    `std::bad_alloc`, having changed nothing.
  [[nodiscard]] auto join() -> participant { return participant(*this, take_seat()); }

  /// The domain of the program, which is never destroyed, for structures that were given none.
  [[nodiscard]] static auto shared() -> hazard_domain& {
    return Atomics::template per_program<of_program>().domain;
  }

  /// The calling thread's participant in the shared domain, joined at its first use; it leaves, and
  /// hands over what it has retired, when the thread ends.
  [[nodiscard]] static auto local() -> participant& {
    return Atomics::template per_thread<of_thread>().me;
  }

  /// Calls `use` with a participant: the thread's own in the shared domain, one that joins for the
  /// duration of the call in any other.
  template <class Use>
  auto as_participant(Use&& use) -> decltype(auto) {
    if (is_shared_) return use(local());
    auto visitor = join();
    return use(visitor);
  }

  /// For the first and the last nodes of a structure: as the participant's own members, but dearer.
  template <class Node, class... Args>
  [[nodiscard]] auto create(Args&&... args) -> Node* {
    auto* node = Atomics::template allocate<Node>(std::forward<Args>(args)...);
    elsewhere_.created();
    return node;
  }
  template <class Node>
  void discard(Node* node) noexcept {
    Atomics::deallocate(node);
    elsewhere_.discarded();
  }

  [[nodiscard]] auto census() const noexcept -> node_census {
    node_census sum;
    elsewhere_.add_to(sum);
    for (auto* at = records_.load(acquire); at != nullptr; at = at->next()) at->counters.add_to(sum);
    return sum;
  }

  /// Seats that exist, taken or not: the T of the bound.
  [[nodiscard]] auto seats() const noexcept -> std::size_t { return seats_.load(relaxed); }

 private:
  template <class T>
  using atomic = typename Atomics::template atomic<T>;
  template <class T>
  using cell = typename Atomics::template cell<T>;

  /// What belongs to the participant alone.
  struct possessions {
    retired_list<Atomics> retired;
    std::size_t guards = 0;
  };

  struct alignas(cache_line) record {
    std::array<atomic<retirable const*>, hazards_per_participant> slots{};  // read by every scan
    cell<record*> behind;  // constant once enrolled
    atomic<bool> taken{true};
    alignas(cache_line) cell<possessions> own;
    node_counters<Atomics> counters;

    auto next() const noexcept -> record* {
      return behind.read([](auto& next) { return next; });
    }
  };

  struct of_program {
    of_program() { domain.is_shared_ = true; }
    hazard_domain domain;
  };
  struct of_thread {
    participant me = shared().join();
  };

  auto take_seat() -> record& {
    for (auto* at = records_.load(acquire); at != nullptr; at = at->next()) {  // enrol
      bool taken = at->taken.load(relaxed);
      if (!taken && at->taken.compare_exchange_strong(taken, true, acquire, relaxed))  // seat
        return *at;
    }
    auto* fresh = Atomics::template allocate<record>();
    seats_.fetch_add(1, relaxed);
    auto* rest = records_.load(relaxed);
    do fresh->behind.write([&](auto& next) { next = rest; });
    while (!records_.compare_exchange_weak(rest, fresh, seq_cst, relaxed));  // enrol
    return *fresh;
  }

  void leave(record& mine) noexcept {
    scan(mine);
    mine.own.write([&](auto& own) {
      SLUICE_ASSERT(own.guards == 0);
      if (auto rest = std::move(own.retired); !rest.empty()) {
        auto* others = orphans_.load(relaxed);
        do rest.join(others);
        while (!orphans_.compare_exchange_weak(others, rest.front(), release, relaxed));  // hand_over
      }
    });
    mine.taken.store(false, release);  // seat
  }

  template <class Node>
  void retire(record& mine, Node* node) noexcept {
    Atomics::retiring(node);
    mine.counters.retired();
    auto const waiting = mine.own.write([&](auto& own) {
      own.retired.push(*node, [](retirable* old) noexcept {
        Atomics::deallocate(static_cast<Node*>(old));
      });
      return own.retired.size();
    });
    // At most H·T nodes survive a scan, so each one frees at least as many as it keeps.
    if (waiting >= 2 * hazards_per_participant * seats()) scan(mine);
  }

  void scan(record& mine) noexcept {
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
    for (auto* at = records_.load(seq_cst); at != nullptr && !suspects.empty();) {  // enrol
      auto end = batch.begin();
      for (; at != nullptr && batch.end() - end >= std::ptrdiff_t{hazards_per_participant};
           at = at->next())
        for (auto const& slot : at->slots)
          if (auto const* node = slot.load(seq_cst)) *end++ = node;  // announce, let_go
      std::sort(batch.begin(), end);
      suspects.move_if(
          [&](retirable const* node) { return std::binary_search(batch.begin(), end, node); },
          announced);
    }
    return std::exchange(suspects, std::move(announced));
  }

  alignas(cache_line) atomic<record*> records_{nullptr};
  atomic<std::size_t> seats_{0};
  alignas(cache_line) atomic<retirable*> orphans_{nullptr};
  shared_node_counters<Atomics> elsewhere_;
  bool is_shared_ = false;
};

/// A thread's membership. Move-only; leaving hands over whatever could not be freed yet.
/// Threads   one at a time; it may pass from thread to thread with the usual care.
template <atomics_policy Atomics>
class hazard_domain<Atomics>::participant {
 public:
  participant(participant&& other) noexcept
      : domain_(other.domain_), record_(std::exchange(other.record_, nullptr)) {}
  auto operator=(participant other) noexcept -> participant& {
    std::swap(domain_, other.domain_);
    std::swap(record_, other.record_);
    return *this;
  }
  ~participant() {
    if (record_ != nullptr) domain_->leave(*record_);
  }

  /// Takes one of the hazards for a scope. Guards end in the reverse order of their beginning.
  /// Throws    `misuse` when all hazards are in use.
  [[nodiscard]] auto guard() -> hazard_domain::guard { return hazard_domain::guard(*record_); }

  template <class Node, class... Args>
  [[nodiscard]] auto create(Args&&... args) -> Node* {
    auto* node = Atomics::template allocate<Node>(std::forward<Args>(args)...);
    record_->counters.created();
    return node;
  }

  /// Frees a node that no other thread has ever seen, or can see any more.
  template <class Node>
  void discard(Node* node) noexcept {
    Atomics::deallocate(node);
    record_->counters.discarded();
  }

  /// Hands in a node that this thread has unlinked.
  /// Cost      O(1) amortised, no allocation.
  template <class Node>
  void retire(Node* node) noexcept {
    domain_->retire(*record_, node);
  }

  /// Frees what can be freed now, also of those that left.
  void reclaim() noexcept { domain_->scan(*record_); }

 private:
  friend class hazard_domain;
  participant(hazard_domain& domain, record& seat) noexcept : domain_(&domain), record_(&seat) {}

  hazard_domain* domain_;
  record* record_;
};

/// Protects one node at a time from being freed.
template <atomics_policy Atomics>
class [[nodiscard]] hazard_domain<Atomics>::guard {
 public:
  guard(guard const&) = delete;
  auto operator=(guard const&) -> guard& = delete;
  ~guard() {
    slot().store(nullptr, release);  // let_go
    record_.own.write([&](auto& own) {
      --own.guards;
      SLUICE_ASSERT(own.guards == index_);
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
  friend class participant;
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
