// axioms — whether C++20 allows an execution, read off the standard's text and nothing else.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace support::axioms {

inline constexpr std::size_t most_events = 32;

/// A relation between events, one bit a pair.
class relation {
 public:
  [[nodiscard]] auto has(std::size_t a, std::size_t b) const -> bool { return (rows_[a] >> b & 1U) != 0; }
  void add(std::size_t a, std::size_t b) { rows_[a] |= 1U << b; }
  void join(relation const& other) {
    for (std::size_t a = 0; a < most_events; ++a) rows_[a] |= other.rows_[a];
  }
  void close(std::size_t events) {
    for (std::size_t via = 0; via < events; ++via)
      for (std::size_t a = 0; a < events; ++a)
        if (has(a, via)) rows_[a] |= rows_[via];
  }
  /// Whether a transitively closed relation has no cycle.
  [[nodiscard]] auto irreflexive(std::size_t events) const -> bool {
    for (std::size_t a = 0; a < events; ++a)
      if (has(a, a)) return false;
    return true;
  }
  /// What one step here and one step there lead to.
  [[nodiscard]] auto then(relation const& next, std::size_t events) const -> relation {
    relation made;
    for (std::size_t a = 0; a < events; ++a)
      for (std::size_t b = 0; b < events; ++b)
        if (has(a, b)) made.rows_[a] |= next.rows_[b];
    return made;
  }

 private:
  std::array<std::uint32_t, most_events> rows_{};
};

inline constexpr int nowhere = -1;

struct event {
  int thread = nowhere;    ///< `nowhere`: an initial value, there before everything
  int location = nowhere;  ///< `nowhere`: a fence
  bool atomic = true;
  bool reads = false;
  bool writes = false;
  std::memory_order order = std::memory_order_relaxed;

  [[nodiscard]] auto is_fence() const -> bool { return location == nowhere; }
  [[nodiscard]] auto is_update() const -> bool { return reads && writes; }
  [[nodiscard]] auto is_sc() const -> bool { return atomic && order == std::memory_order_seq_cst; }
  [[nodiscard]] auto releases() const -> bool {
    return atomic && (writes || is_fence()) &&
           (order == std::memory_order_release || order == std::memory_order_acq_rel || is_sc());
  }
  [[nodiscard]] auto acquires() const -> bool {
    return atomic && (reads || is_fence()) &&
           (order == std::memory_order_acquire || order == std::memory_order_acq_rel || is_sc());
  }
};

/// What might be an execution: the events, who read from whom, and the modification orders.
struct candidate {
  std::vector<event> events;           ///< those of a thread in program order
  std::vector<int> from;               ///< of each atomic event that reads: whose value
  std::vector<int> place;              ///< of each atomic event that writes: where in the modification order
  relation sequenced;                  ///< sequenced before, within threads
  relation threads;                    ///< what starts a thread and its first event, its last one and who joins it
};

/// What follows from a candidate, and whether it is an execution.
struct verdict {
  bool consistent = false;
  bool racing = false;
  relation happens_before;
};

/// [intro.races] and [atomics.order], clause by clause. The one thing added is that sequenced-before
/// and reads-from together have no cycle.
class judge {
 public:
  explicit judge(candidate const& of) : it_(of), events_(of.events), count_(of.events.size()) {}

  [[nodiscard]] auto no_load_buffering() const -> bool {
    auto before = it_.sequenced;
    before.join(it_.threads);
    for (std::size_t b = 0; b < count_; ++b)
      if (events_[b].reads && events_[b].atomic) before.add(at(it_.from[b]), b);
    before.close(count_);
    return before.irreflexive(count_);
  }

  /// Of a candidate without load buffering.
  [[nodiscard]] auto decide() -> verdict {
    verdict found;
    find_happens_before();
    found.happens_before = happens_before_;
    found.consistent = happens_before_.irreflexive(count_) && coherent() && updates_are_atomic() && has_order_s();
    if (found.consistent) found.racing = races();
    return found;
  }

 private:
  // [intro.races]/5, C++20: the head, and behind it in the modification order nothing but
  // read-modify-writes.
  [[nodiscard]] auto in_release_sequence(std::size_t head, std::size_t member) const -> bool {
    while (member != head) {
      if (!events_[member].is_update()) return false;
      member = at(it_.from[member]);
    }
    return true;
  }

  // Whether `reader` reads what `writer`, or one in the (hypothetical) release sequence it heads, wrote.
  [[nodiscard]] auto reads_sequence_of(std::size_t writer, std::size_t reader) const -> bool {
    return events_[writer].writes && events_[writer].atomic && events_[reader].reads && events_[reader].atomic &&
           events_[writer].location == events_[reader].location && writer != reader &&
           in_release_sequence(writer, at(it_.from[reader]));
  }

  // [atomics.order]/2 and [atomics.fences]/2 to 4.
  [[nodiscard]] auto synchronizes_with(std::size_t a, std::size_t b) const -> bool {
    if (!events_[a].releases() || !events_[b].acquires()) return false;
    for (std::size_t x = 0; x < count_; ++x) {
      if (events_[a].is_fence() ? !it_.sequenced.has(a, x) : x != a) continue;
      for (std::size_t y = 0; y < count_; ++y) {
        if (events_[b].is_fence() ? !it_.sequenced.has(y, b) : y != b) continue;
        if (reads_sequence_of(x, y)) return true;
      }
    }
    return false;
  }

  void find_happens_before() {
    happens_before_ = it_.sequenced;
    happens_before_.join(it_.threads);
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = 0; b < count_; ++b) {
        if (a != b && synchronizes_with(a, b)) {
          happens_before_.add(a, b);
          if (events_[a].is_sc() && events_[b].is_sc() && !events_[a].is_fence() && !events_[b].is_fence())
            sc_synchronizes_.add(a, b);
        }
        // The threads are started when all is initialised.
        if (events_[a].thread == nowhere && events_[b].thread != nowhere) happens_before_.add(a, b);
      }
    }
    happens_before_.close(count_);
  }

  // [intro.races]/15 to 18: write-write, read-read, read-write and write-read coherence.
  [[nodiscard]] auto coherent() const -> bool {
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = 0; b < count_; ++b) {
        if (!happens_before_.has(a, b) || !same_atomic(a, b)) continue;
        if (events_[a].writes && events_[b].writes && !(it_.place[a] < it_.place[b])) return false;
        if (events_[a].reads && events_[b].reads && !(place_read(a) <= place_read(b))) return false;
        if (events_[a].reads && events_[b].writes && !(place_read(a) < it_.place[b])) return false;
        if (events_[a].writes && events_[b].reads && !(it_.place[a] <= place_read(b))) return false;
      }
    }
    return true;
  }

  // [atomics.order]/10: the last value before its own.
  [[nodiscard]] auto updates_are_atomic() const -> bool {
    for (std::size_t a = 0; a < count_; ++a)
      if (events_[a].is_update() && place_read(a) + 1 != it_.place[a]) return false;
    return true;
  }

  // [atomics.order]/3.
  [[nodiscard]] auto coherence_order() const -> relation {
    relation made;
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = 0; b < count_; ++b) {
        if (a == b || !same_atomic(a, b)) continue;
        bool const reads_it = events_[a].writes && events_[b].reads && it_.from[b] == static_cast<int>(a);
        bool const precedes = events_[a].writes && events_[b].writes && it_.place[a] < it_.place[b];
        bool const reads_earlier = events_[a].reads && events_[b].writes && place_read(a) < it_.place[b];
        if (reads_it || precedes || reads_earlier) made.add(a, b);
      }
    }
    made.close(count_);
    return made;
  }

  // [intro.races]/12.
  [[nodiscard]] auto strongly_happens_before() const -> relation {
    auto made = it_.sequenced;
    made.join(sc_synchronizes_);
    made.join(it_.sequenced.then(happens_before_, count_).then(it_.sequenced, count_));
    made.close(count_);
    return made;
  }

  // [atomics.order]/4: there is a total order S exactly if what it must respect has no cycle.
  [[nodiscard]] auto has_order_s() const -> bool {
    auto const is_fence = [&](std::size_t a) { return events_[a].is_sc() && events_[a].is_fence(); };
    bool any = false;
    for (auto const& each : events_) any = any || each.is_sc();
    if (!any) return true;
    auto const strongly = strongly_happens_before();
    auto const coherence = coherence_order();
    relation s;
    for (std::size_t a = 0; a < count_; ++a)
      for (std::size_t b = 0; b < count_; ++b)
        if (events_[a].is_sc() && events_[b].is_sc() && strongly.has(a, b)) s.add(a, b);
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = 0; b < count_; ++b) {
        if (!coherence.has(a, b)) continue;
        if (events_[a].is_sc() && events_[b].is_sc()) s.add(a, b);
        for (std::size_t y = 0; y < count_; ++y)
          if (events_[a].is_sc() && is_fence(y) && happens_before_.has(b, y)) s.add(a, y);
        for (std::size_t x = 0; x < count_; ++x) {
          if (!is_fence(x) || !happens_before_.has(x, a)) continue;
          if (events_[b].is_sc()) s.add(x, b);
          for (std::size_t y = 0; y < count_; ++y)
            if (is_fence(y) && happens_before_.has(b, y)) s.add(x, y);
        }
      }
    }
    s.close(count_);
    return s.irreflexive(count_);
  }

  // [intro.races]/21.
  [[nodiscard]] auto races() const -> bool {
    for (std::size_t a = 0; a < count_; ++a)
      for (std::size_t b = 0; b < a; ++b)
        if (!events_[a].is_fence() && events_[a].location == events_[b].location &&
            (events_[a].writes || events_[b].writes) && !(events_[a].atomic && events_[b].atomic) &&
            !happens_before_.has(a, b) && !happens_before_.has(b, a))
          return true;
    return false;
  }

  [[nodiscard]] auto same_atomic(std::size_t a, std::size_t b) const -> bool {
    return !events_[a].is_fence() && events_[a].location == events_[b].location && events_[a].atomic && events_[b].atomic;
  }
  [[nodiscard]] auto place_read(std::size_t a) const -> int { return it_.place[at(it_.from[a])]; }
  static auto at(int event) -> std::size_t { return static_cast<std::size_t>(event); }

  candidate const& it_;
  std::vector<event> const& events_;
  std::size_t count_;
  relation happens_before_;
  relation sc_synchronizes_;
};

}  // namespace support::axioms
