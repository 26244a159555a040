// enumerator — every execution of a small program: tries all there could be, and asks the axioms.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <tests/support/axioms.hpp>
#include <tests/support/small_programs.hpp>

namespace support::small {

/// Guesses which guarded operations are carried out, which comparisons succeed, and how long each loop
/// goes round; then whom each load reads from, and each modification order. What the axioms accept, and
/// what comes to the values that were guessed, is an execution.
///
/// A loop that waits is entered in rounds that each see something newer than the one before: a round
/// without news changes nothing, and is no execution of its own. What a read-modify-write leaves as it
/// was is no news.
///
/// A program with plain memory has no guards, comparisons or waits: what a race reads is anybody's guess.
class enumerator {
 public:
  explicit enumerator(program const& of) : program_(of) {
    for (std::size_t place = 0; place < locations; ++place) add_initial(place);
  }

  [[nodiscard]] auto all() -> findings {
    guess(0, 0);
    return std::move(found_);
  }

 private:
  // x, y and z, two mutexes, two parkers.
  static constexpr std::size_t locations = 7;
  static constexpr std::size_t first_mutex = 3;
  static constexpr std::size_t first_parker = 5;

  /// A number, or what an event read.
  struct operand {
    int event = axioms::nowhere;
    int number = 0;
  };
  enum class demand : std::uint8_t { none, equal, differs };
  /// What an event writes, and what was guessed about what it reads.
  struct detail_of_event {
    operand written;
    bool adds = false;  ///< to what was read
    demand wants = demand::none;
    int wanted = 0;
    bool is_news = false;  ///< reads something newer than the event in front of it, and not the same again
  };
  /// What was guessed about a register.
  struct guess_of_guard {
    operand tested;
    int against;
    bool holds;
  };
  /// A thread that waits for ever.
  struct stopped {
    std::size_t thread;
    int location;
    int expected;
    bool spins;  ///< its last event is its last look
  };

  void add_initial(std::size_t place) {
    axioms::event first;
    first.location = static_cast<int>(place);
    first.writes = true;
    first.atomic = place >= first_mutex || !program_.plain[place];
    push(first, {});
  }
  void push(axioms::event const& fresh, detail_of_event const& details) {
    tried_.events.push_back(fresh);
    details_.push_back(details);
  }
  void pop() {
    tried_.events.pop_back();
    details_.pop_back();
  }

  // ---- what happens

  void guess(std::size_t thread, std::size_t at) {
    if (thread == program_.threads.size()) return give_order();
    if (at == 0 && program_.led && thread > 0) mark(thread);
    if (at == program_.threads[thread].size()) {
      if (program_.led && thread > 0) mark(thread);
      guess(thread + 1, 0);
      if (program_.led && thread > 0) pop();
    } else {
      guess_operation(thread, at);
    }
    if (at == 0 && program_.led && thread > 0) pop();
  }

  /// An event that does nothing, where a thread is started, begins, ends or is joined.
  void mark(std::size_t thread) {
    axioms::event nothing;
    nothing.thread = static_cast<int>(thread);
    push(nothing, {});
  }

  void guess_operation(std::size_t thread, std::size_t at) {
    auto const& each = program_.threads[thread][at];
    if (each.guard < 0) return carry_out(each, thread, at);
    guards_.push_back({registers_[static_cast<std::size_t>(each.guard)], each.guarded_by, true});
    carry_out(each, thread, at);
    guards_.back().holds = false;
    guess(thread, at + 1);
    guards_.pop_back();
  }

  void carry_out(operation const& each, std::size_t thread, std::size_t at) {
    auto const saved = registers_;
    axioms::event fresh;
    fresh.thread = static_cast<int>(thread);
    fresh.location = static_cast<int>(each.place);
    fresh.atomic = each.atomic;
    fresh.order = each.order;
    detail_of_event details;
    details.written = each.from >= 0 ? registers_[static_cast<std::size_t>(each.from)] : operand{axioms::nowhere, each.value};
    auto const go_on = [&](operand result) {
      push(fresh, details);
      if (each.into >= 0) registers_[static_cast<std::size_t>(each.into)] = result;
      guess(thread, at + 1);
      registers_ = saved;
      pop();
    };
    operand const read{static_cast<int>(tried_.events.size()), 0};
    switch (each.what) {
      case verb::load: fresh.reads = true; return go_on(read);
      case verb::store: fresh.writes = true; return go_on({});
      case verb::fence: fresh.location = axioms::nowhere; return go_on({});
      case verb::add: details.adds = true; [[fallthrough]];
      case verb::exchange: fresh.reads = fresh.writes = true; return go_on(read);
      case verb::compare_exchange:
        details.wanted = each.expected;
        details.wants = demand::equal;
        fresh.reads = fresh.writes = true;
        go_on(read);
        details.wants = demand::differs;
        fresh.writes = false;
        fresh.order = each.otherwise;
        return go_on(read);
      case verb::spin: return spin(each, thread, at);
      case verb::unlock:
        fresh.location = static_cast<int>(first_mutex + each.place);
        fresh.writes = true;
        fresh.order = std::memory_order_release;
        details.written = {};
        return go_on({});
      case verb::unpark:
        fresh.location = static_cast<int>(first_parker + each.place);
        fresh.reads = fresh.writes = true;
        fresh.order = std::memory_order_acq_rel;
        details.written = {axioms::nowhere, 1};
        return go_on({});
      case verb::try_lock:
        fresh.location = static_cast<int>(first_mutex + each.place);
        details.written = {axioms::nowhere, 1};
        details.wants = demand::equal;
        fresh.reads = fresh.writes = true;
        fresh.order = std::memory_order_acquire;
        go_on({axioms::nowhere, 1});
        details.wants = demand::differs;
        fresh.writes = false;
        fresh.order = std::memory_order_relaxed;
        return go_on({});
      case verb::start:
        starts_[each.place] = read.event;
        fresh.location = axioms::nowhere;
        return go_on({});
      case verb::join:
        joins_ = read.event;
        fresh.location = axioms::nowhere;
        return go_on({});
      case verb::lock:
      case verb::park:
      case verb::park_for: break;
    }
    bool const locks = each.what == verb::lock;
    fresh.location = static_cast<int>((locks ? first_mutex : first_parker) + each.place);
    fresh.reads = fresh.writes = true;
    fresh.order = std::memory_order_acq_rel;
    details.wants = demand::equal;
    details.wanted = locks ? 0 : 1;
    details.written = {axioms::nowhere, locks ? 1 : 0};
    go_on({axioms::nowhere, 1});
    if (each.what == verb::park_for) {
      if (each.into >= 0) registers_[static_cast<std::size_t>(each.into)] = {};
      guess(thread, at + 1);
      registers_ = saved;
      return;
    }
    stopped_.push_back({thread, fresh.location, details.wanted, false});
    guess(thread + 1, 0);
    stopped_.pop_back();
  }

  void spin(operation const& each, std::size_t thread, std::size_t at) {
    axioms::event look;
    look.thread = static_cast<int>(thread);
    look.location = static_cast<int>(each.place);
    look.order = each.order;
    look.reads = true;
    auto const saved = registers_;
    std::size_t rounds = 0;
    auto const most = writes_to(each.place);
    for (;; ++rounds) {
      push(look, {{}, false, demand::equal, each.expected, rounds > 0});
      if (each.into >= 0) registers_[static_cast<std::size_t>(each.into)] = {axioms::nowhere, each.expected};
      guess(thread, at + 1);
      registers_ = saved;
      pop();
      if (rounds == most) break;
      push(look, {{}, false, demand::differs, each.expected, rounds > 0});
      stopped_.push_back({thread, look.location, each.expected, true});
      guess(thread + 1, 0);
      stopped_.pop_back();
    }
    for (; rounds > 0; --rounds) pop();
  }

  [[nodiscard]] auto writes_to(std::size_t place) const -> std::size_t {
    std::size_t writes = 0;
    for (auto const& thread : program_.threads)
      for (auto const& each : thread)
        writes += each.place == place && each.what != verb::load && each.what <= verb::compare_exchange ? 1 : 0;
    return writes + 1;
  }

  // ---- in which order, and who reads what

  void give_order() {
    auto const count = tried_.events.size();
    tried_.from.assign(count, axioms::nowhere);
    tried_.place.assign(count, axioms::nowhere);
    tried_.sequenced = {};
    for (std::size_t a = 0; a < count; ++a)
      for (std::size_t b = a + 1; b < count; ++b)
        if (tried_.events[a].thread == tried_.events[b].thread && tried_.events[a].thread != axioms::nowhere)
          tried_.sequenced.add(a, b);
    tried_.threads = {};
    for (std::size_t event = locations; program_.led && event < count; ++event) {
      auto const thread = tried_.events[event].thread;
      if (thread == 0) continue;
      auto const is_first = tried_.events[event - 1].thread != thread;
      auto const is_last = event + 1 == count || tried_.events[event + 1].thread != thread;
      if (is_first) tried_.threads.add(at(starts_[at(thread)]), event);
      if (is_last) tried_.threads.add(event, at(joins_));
    }
    for (std::size_t at = 0; at < locations; ++at) tried_.place[at] = 0;
    written_ = {};
    for (std::size_t at = 0; at < locations; ++at) written_[at] = {static_cast<int>(at)};
    order_writes(0);
  }

  // Every modification order in which a thread's own writes keep their order; a read-modify-write reads
  // what is in front of it.
  void order_writes(std::size_t location) {
    if (location == locations) return order_reads(0);
    bool all = true;
    auto& order = written_[location];
    std::array<bool, 16> tried{};  // threads
    for (std::size_t event = locations; event < tried_.events.size(); ++event) {
      auto const& each = tried_.events[event];
      if (!each.writes || !each.atomic || each.location != static_cast<int>(location) || tried_.place[event] != axioms::nowhere) continue;
      all = false;
      auto const thread = static_cast<std::size_t>(each.thread);
      if (std::exchange(tried[thread], true)) continue;
      tried_.place[event] = static_cast<int>(order.size());
      if (each.reads) tried_.from[event] = order.back();
      order.push_back(static_cast<int>(event));
      order_writes(location);
      order.pop_back();
      tried_.place[event] = axioms::nowhere;
    }
    if (all) order_writes(location + 1);
  }

  void order_reads(std::size_t event) {
    if (event == tried_.events.size()) return judge();
    auto const& each = tried_.events[event];
    if (!each.reads || each.writes || !each.atomic) return order_reads(event + 1);
    for (auto const writer : written_[static_cast<std::size_t>(each.location)]) {
      if (details_[event].is_news && tried_.place[at(writer)] <= tried_.place[at(tried_.from[event - 1])]) continue;
      tried_.from[event] = writer;
      order_reads(event + 1);
    }
  }

  // ---- whether that is an execution

  void judge() {
    axioms::judge by_axioms(tried_);
    if (!by_axioms.no_load_buffering()) return;
    values_.assign(tried_.events.size(), std::nullopt);
    if (!as_guessed()) return;
    auto const found = by_axioms.decide();
    if (!found.consistent) return;
    std::uint64_t shown = 1;
    for (std::size_t event = locations; event < tried_.events.size(); ++event)
      if (tried_.events[event].reads && !tried_.events[event].atomic) shown *= see_plain(event, found.happens_before);
    if (found.racing) {
      found_.racing += shown;
      return;
    }
    if (!stopped_.empty()) {
      for (auto const& each : stopped_)
        if (could_go_on(each, found.happens_before)) return;
      ++found_.stuck;
    } else {
      ++found_.executions;
      ++found_.outcomes[outcome_text(
          program_, [&](std::size_t which) { return value(registers_[which]); },
          [&](std::size_t which) { return written(at(written_[which].back())); })];
    }
  }

  // What a plain read sees: the write that is visible, of which there is one unless there is a race.
  // Returns how many there are.
  auto see_plain(std::size_t event, axioms::relation const& happens_before) -> std::uint64_t {
    std::uint64_t visible = 0;
    for (std::size_t a = 0; a < tried_.events.size(); ++a) {
      auto const writes_it = [&](std::size_t b) {
        return tried_.events[b].writes && tried_.events[b].location == tried_.events[event].location;
      };
      if (!writes_it(a) || a == event || happens_before.has(event, a)) continue;
      bool hidden = false;
      for (std::size_t b = 0; b < tried_.events.size(); ++b)
        hidden = hidden || (writes_it(b) && happens_before.has(a, b) && happens_before.has(b, event));
      if (hidden) continue;
      ++visible;
      tried_.from[event] = static_cast<int>(a);
    }
    return visible;
  }

  [[nodiscard]] auto as_guessed() -> bool {
    for (auto const& each : guards_)
      if ((value(each.tested) == each.against) != each.holds) return false;
    for (std::size_t event = 0; event < tried_.events.size(); ++event) {
      auto const& each = details_[event];
      if (each.wants == demand::none) continue;
      if ((read(event) == each.wanted) != (each.wants == demand::equal)) return false;
      if (each.is_news && origin(at(tried_.from[event])) == origin(at(tried_.from[event - 1]))) return false;
    }
    return true;
  }

  // Who wrote the value, through all read-modify-writes that did not change it.
  [[nodiscard]] auto origin(std::size_t write) -> std::size_t {
    while (tried_.events[write].is_update() && written(write) == read(write)) write = at(tried_.from[write]);
    return write;
  }

  // Sees the newest, and is not content; or may not read what it waits for.
  [[nodiscard]] auto could_go_on(stopped const& who, axioms::relation const& happens_before) -> bool {
    auto const& order = written_[at(who.location)];
    std::size_t last = tried_.events.size();
    for (std::size_t event = 0; event < tried_.events.size(); ++event)
      if (tried_.events[event].thread == static_cast<int>(who.thread)) last = event;
    if (who.spins) return origin(at(tried_.from[last])) != origin(at(order.back()));
    int known = 0;
    for (std::size_t event = 0; event < tried_.events.size(); ++event) {
      if (tried_.events[event].location != who.location || last == tried_.events.size()) continue;
      if (event != last && !happens_before.has(event, last)) continue;
      known = std::max(known, tried_.place[tried_.events[event].writes ? event : at(tried_.from[event])]);
    }
    for (std::size_t place = at(known); place < order.size(); ++place) {
      bool const taken = place + 1 < order.size() && tried_.events[at(order[place + 1])].reads;
      if (!taken && written(at(order[place])) == who.expected) return true;
    }
    return false;
  }

  auto read(std::size_t event) -> int { return written(at(tried_.from[event])); }
  auto written(std::size_t event) -> int {
    if (!values_[event]) {
      auto const& each = details_[event];
      values_[event] = value(each.written) + (each.adds ? read(event) : 0);
    }
    return *values_[event];
  }
  auto value(operand const& of) -> int { return of.event == axioms::nowhere ? of.number : read(at(of.event)); }
  static auto at(int index) -> std::size_t { return static_cast<std::size_t>(index); }

  program const& program_;
  findings found_;
  axioms::candidate tried_;
  std::vector<detail_of_event> details_;
  std::vector<guess_of_guard> guards_;
  std::vector<stopped> stopped_;
  std::array<operand, 26> registers_{};
  std::array<int, 8> starts_{};  // the events that start each thread
  int joins_ = axioms::nowhere;
  std::array<std::vector<int>, locations> written_;
  std::vector<std::optional<int>> values_;
};

inline auto enumerate(program const& of) -> findings { return enumerator(of).all(); }

}  // namespace support::small
