// epoch_domain — safe memory for lock-free structures, era by era.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

/// The seat of a participant in an `epoch_domain`. Its standing is the epoch in which the participant
/// has pinned itself, or one of the smaller numbers.
template <atomics_policy Atomics>
struct alignas(cache_line) epoch_record : seat<epoch_record<Atomics>, Atomics> {
  static constexpr std::uint64_t vacant = 0;
  static constexpr std::uint64_t bequeathed = 1;  ///< vacant, and there are nodes for whoever comes by
  static constexpr std::uint64_t unpinned = 2;
  static constexpr std::uint64_t first_epoch = 3;

  /// How many epochs after that of its removal a node can be freed; as many lists are enough.
  static constexpr std::uint64_t grace = 3;

  /// Nodes that were removed in the same epoch.
  struct limbo {
    std::uint64_t epoch = 0;
    retired_list<Atomics> nodes;
  };
  /// What belongs to the participant alone.
  struct possessions {
    std::array<limbo, grace> limbos;
    std::uint64_t epoch = 0;  ///< seen at the last pinning
    std::size_t guards = 0;
    std::size_t retired = 0;  ///< since the last attempt to turn
  };

  ~epoch_record() {
    own.write([](auto& own) {
      for (auto& limbo : own.limbos) limbo.nodes.dispose_all();
    });
  }

  [[nodiscard]] auto try_take() noexcept -> bool {
    auto const seen = standing.load(relaxed);
    return seen <= bequeathed && try_take(seen);
  }
  [[nodiscard]] auto try_inherit() noexcept -> bool {
    return standing.load(relaxed) == bequeathed && try_take(bequeathed);
  }
  void give_up() noexcept {
    auto const left = own.read([](auto& own) {
      SLUICE_ASSERT(own.guards == 0);
      std::size_t sum = 0;
      for (auto& limbo : own.limbos) sum += limbo.nodes.size();
      return sum;
    });
    standing.store(left == 0 ? vacant : bequeathed, release);  // seat, let_go
  }
  [[nodiscard]] auto is_taken() const noexcept -> bool {
    return standing.load(relaxed) > bequeathed;
  }

  typename Atomics::template atomic<std::uint64_t> standing{unpinned};
  alignas(cache_line) typename Atomics::template cell<possessions> own;  // no turn looks here
  node_counters<Atomics> counters;

 private:
  auto try_take(std::uint64_t seen) noexcept -> bool {
    return standing.compare_exchange_strong(seen, unpinned, acquire, relaxed);  // seat
  }
};

}  // namespace detail

/// Epochs: a thread announces that it reads, whatever it is, and a removed node is freed when all that
/// were reading have stopped. Cheaper than hazard pointers where a reader follows many links, and there
/// is no limit to what a guard protects; but one thread that stands still keeps everything.
///
/// Progress   guard and protect are wait-free; retire is too, but looks at each seat now and then; join
///            is lock-free, and allocates when no seat is free.
/// Bound      Only if no thread stalls: while one stays pinned, nothing is freed that is retired
///            meanwhile, however much. Otherwise a participant tries to turn the epoch at every N-th
///            node it retires, N = 64 + T for T seats, and a node is freed three turns later: if each
///            attempt succeeds, no more than 3·N nodes a seat are retired and not freed.
/// Invariant  Whoever has pinned itself in an epoch keeps it from turning twice. Nodes that a
///            participant retires while it is pinned belong to the epoch that it saw when it pinned
///            itself; they stay in its seat, under that number, also when it leaves.
/// Edges      announce  standing seq_cst -> standing seq_cst   see the note below
///            let_go    standing release -> standing seq_cst   what its owner has read and unlinked comes
///                      before the turn that it holds up no longer
///            turn      epoch_ release -> epoch_ seq_cst, acquire   and before all that sees that turn
///            seat      standing release -> standing acquire   a seat as it was left
///            enrol     records_ seq_cst -> records_ seq_cst   a seat is complete; note below
/// Lifetime   The domain outlives its participants, and the nodes their last reader.
/// Source     Fraser, "Practical lock-freedom", 2004; here a node's epoch is the one in which its
///            remover is pinned, so that the edges between domain and participants are enough.
///
/// Why three epochs. Let a node be removed by a thread that is pinned in e. The turn from e + 1 to e + 2
/// has seen that thread let go; so whoever is pinned in e + 2 or later comes after the removal, and
/// cannot find the node. Whoever was pinned before holds up the turn from e + 2 to e + 3 until it lets
/// go; so whoever sees e + 3 comes after the last reader.
///
/// Why seq_cst. Pinning is "write my standing, then look at the epoch", turning is "look at the epoch,
/// then at the standings": a turn that finds e must not miss one that found an epoch before e. This is
/// store buffering with the epoch's writer apart, and only the total order S forbids it: the look that
/// found the older epoch comes before the one that found e, hence the announcement before the look at
/// the standing, which then sees it. With acquire and release both sides could look too early. A seat
/// that is missed is an announcement missed, so enrolling is a part of announcing. The exchange that
/// turns the epoch need not be in S: what its readers found puts them in order.
///
/// The domain asks nothing of the orders in which a structure unlinks a node or looks for it, but that
/// whoever retires a node has seen it complete: of the four rules of `reclaimer` it needs the first two.
template <atomics_policy Atomics = std_atomics>
class epoch_domain
    : public detail::seated_domain<epoch_domain<Atomics>, detail::epoch_record<Atomics>, Atomics> {
  using record = detail::epoch_record<Atomics>;
  using base = detail::seated_domain<epoch_domain, record, Atomics>;

 public:
  using typename base::participant;
  using typename base::retirable;
  class guard;

  /// Nodes that a participant retires, besides one for each seat, before it tries to turn the epoch.
  static constexpr std::size_t retired_a_turn = 64;

  /// Destroying it frees all that is left, and ends the program when a participant is still joined.
  epoch_domain() noexcept : base("epoch_domain") {}

 private:
  friend participant;

  auto guarding(record& mine) noexcept -> guard { return guard(*this, mine); }

  void pin(record& mine) noexcept {
    mine.standing.store(epoch_.load(relaxed), seq_cst);  // announce, perhaps an epoch that is over
    auto const now = epoch_.load(seq_cst);               // turn
    mine.own.write([&](auto& own) { own.epoch = now; });
  }

  template <class Node>
  void retire(record& mine, Node& node) noexcept {
    auto const pinned = guarding(mine);
    retired_list<Atomics> ripe;
    auto const due = mine.own.write([&](auto& own) {
      auto& limbo = own.limbos[own.epoch % record::grace];
      if (std::exchange(limbo.epoch, own.epoch) != own.epoch)
        ripe = std::move(limbo.nodes);  // older by `grace` epochs at least
      limbo.nodes.add(node);
      return ++own.retired >= retired_a_turn + this->seats();
    });
    free(ripe, mine);
    if (due) clear_out(mine, 1);
  }

  /// When nobody is pinned, this frees whatever was retired before.
  void reclaim(record& mine) noexcept { clear_out(mine, record::grace); }

  void leave(record& mine) noexcept { mine.give_up(); }

  void clear_out(record& mine, std::uint64_t turns) noexcept {
    mine.own.write([](auto& own) { own.retired = 0; });
    while (turns > 0 && turn()) --turns;
    auto ripe = take_ripe(mine);
    for (auto* at = this->seats_.first(acquire); at != nullptr; at = at->next())  // enrol
      if (at->try_inherit()) {
        ripe.append(take_ripe(*at));
        at->give_up();
      }
    free(ripe, mine);
  }

  /// Moves the epoch on, unless somebody is pinned in an earlier one, who is then in the way.
  auto turn() noexcept -> bool {
    auto now = epoch_.load(seq_cst);                                                    // turn
    for (auto* at = this->seats_.first(seq_cst); at != nullptr; at = at->next()) {       // enrol
      auto const standing = at->standing.load(seq_cst);                                 // announce, let_go
      if (standing >= record::first_epoch && standing != now) return false;
    }
    epoch_.compare_exchange_strong(now, now + 1, release, relaxed);                     // turn
    return true;  // by whomever
  }

  /// What lies at a seat that is ours and can be freed.
  auto take_ripe(record& at) noexcept -> retired_list<Atomics> {
    auto const now = epoch_.load(acquire);  // turn
    retired_list<Atomics> ripe;
    at.own.write([&](auto& own) {
      for (auto& limbo : own.limbos)
        if (limbo.epoch + record::grace <= now) ripe.append(std::move(limbo.nodes));
    });
    return ripe;
  }

  /// A node's destructor may retire another one: no list of a seat is being changed here.
  static void free(retired_list<Atomics>& ripe, record& by) noexcept {
    by.counters.reclaimed(ripe.size());
    ripe.dispose_all();
  }

  alignas(cache_line) typename Atomics::template atomic<std::uint64_t> epoch_{record::first_epoch};
};

/// Protects every node that can be found while it lives. A participant may have any number of guards at
/// a time, begun and ended in any order: the first pins it in the present epoch, and the last lets go.
template <atomics_policy Atomics>
class [[nodiscard]] epoch_domain<Atomics>::guard {
 public:
  guard(guard const&) = delete;
  auto operator=(guard const&) -> guard& = delete;
  ~guard() {
    if (record_.own.write([](auto& own) { return --own.guards; }) == 0)
      record_.standing.store(record::unpinned, release);  // let_go
  }

  /// The node that `link` names; null stays null.
  template <class Node>
  [[nodiscard]] auto protect(typename Atomics::template atomic<Node*> const& link) const noexcept
      -> Node* {
    return link.load(acquire);
  }

  /// Nothing to do: whatever was found under the guard is protected.
  void hold(retirable const*) const noexcept {}

 private:
  friend class epoch_domain;
  guard(epoch_domain& domain, record& mine) noexcept : record_(mine) {
    if (mine.own.write([](auto& own) { return own.guards++; }) == 0) domain.pin(mine);
  }

  record& record_;
};

static_assert(reclaimer<epoch_domain<>>);

}  // namespace sluice
