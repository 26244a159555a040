// draw_small_program — programs of a few operations, drawn from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

#include <sluice/base/random.hpp>
#include <tests/support/litmus_rows.hpp>
#include <tests/support/small_programs.hpp>

namespace support::small {

/// What a program is made of, mostly.
enum class style : std::uint8_t {
  anything,       ///< every operation on up to three locations
  seq_cst,        ///< most operations are
  fences,         ///< relaxed operations between fences of every kind
  one_location,   ///< everybody changes the same
  chains,         ///< read-modify-writes behind releasing stores
  plain_memory,   ///< data handed over by flags
  comparing,      ///< compare-exchanges, and what is done only if a value was read
  waiting,        ///< loops, mutexes and parkers
  led,            ///< the first thread starts and joins the others, in the midst of what it does
  changed_litmus  ///< a row of the litmus table with other orders
};
inline constexpr std::size_t styles = 10;

/// Draws programs. Same seed, same programs.
class small_programs {
 public:
  explicit small_programs(std::uint64_t seed) : random_(seed) {}

  /// `size` operations at most.
  auto next(style how, std::size_t size) -> program {
    made_ = {};
    next_register_ = 0;
    style_ = how;
    if (how == style::changed_litmus) return changed_litmus();
    auto const threads = 2 + below(3);
    places_ = how == style::one_location ? 1 : 1 + below(how == style::chains ? 2 : 3);
    if (how == style::plain_memory) {
      places_ = 2 + below(2);
      made_.plain[0] = true;
    }
    made_.threads.resize(threads);
    for (std::size_t left = size - below(2); left > 0; --left) {
      who_ = below(threads);
      if (how == style::waiting && chance(35)) add_waiting(left);
      else made_.threads[who_].push_back(draw());
    }
    if (how == style::led) lead();
    return made_;
  }

 private:
  auto below(std::size_t bound) -> std::size_t { return static_cast<std::size_t>(random_.below(bound)); }
  auto chance(std::size_t percent) -> bool { return below(100) < percent; }
  auto fresh_register() -> std::int8_t { return static_cast<std::int8_t>(next_register_++); }

  // An order that an operation may have, by what it does.
  auto order(bool reads, bool writes) -> std::memory_order {
    if (style_ == style::fences && chance(80)) return std::memory_order_relaxed;
    if ((style_ == style::seq_cst || style_ == style::led) && chance(70)) return std::memory_order_seq_cst;
    switch (below(4)) {
      case 0: return std::memory_order_relaxed;
      case 1: return std::memory_order_seq_cst;
      case 2:
        if (reads && writes) return std::memory_order_acq_rel;
        [[fallthrough]];
      default:
        if (reads && writes) return chance(50) ? std::memory_order_acquire : std::memory_order_release;
        return reads ? std::memory_order_acquire : std::memory_order_release;
    }
  }
  auto fence_order() -> std::memory_order {
    constexpr std::memory_order orders[] = {std::memory_order_relaxed, std::memory_order_acquire, std::memory_order_release,
                                            std::memory_order_acq_rel, std::memory_order_seq_cst, std::memory_order_seq_cst};
    return orders[below(std::size(orders))];
  }

  auto draw() -> operation {
    operation made;
    made.place = static_cast<std::uint8_t>(below(places_));
    auto const kind = below(100);
    if (made_.plain[made.place]) {
      made.atomic = false;
      made.what = kind < 50 ? verb::load : verb::store;
    } else if (style_ == style::chains) {
      made.what = kind < 20 ? verb::store : kind < 45 ? verb::load : kind < 80 ? verb::add : kind < 90 ? verb::exchange : verb::fence;
    } else if (style_ == style::fences) {
      made.what = kind < 30 ? verb::store : kind < 60 ? verb::load : kind < 68 ? verb::add : verb::fence;
    } else if (style_ == style::comparing) {
      made.what = kind < 25 ? verb::store : kind < 40 ? verb::load : kind < 85 ? verb::compare_exchange : kind < 95 ? verb::add : verb::fence;
    } else {
      made.what = kind < 33 ? verb::store : kind < 66 ? verb::load : kind < 78 ? verb::add : kind < 88 ? verb::exchange : verb::fence;
    }
    bool const writes = made.what == verb::store || made.what == verb::add || made.what == verb::exchange || made.what == verb::compare_exchange;
    made.order = made.what == verb::fence ? fence_order() : order(made.what != verb::store, writes);
    if (made.what == verb::compare_exchange) {
      made.otherwise = order(true, false);
      made.expected = static_cast<int>(below(3));
    }
    if (writes) made.value = 1 + static_cast<int>(below(3));
    auto const known = register_of(who_);
    if (writes && made.what != verb::add && known >= 0 && chance(20)) made.from = known;
    if (style_ == style::comparing && known >= 0 && chance(30)) {
      made.guard = known;
      made.guarded_by = static_cast<int>(below(2));
    }
    if (made.what != verb::fence && made.what != verb::store) made.into = fresh_register();
    return made;
  }

  // The register that the thread wrote last; -1 for none.
  auto register_of(std::size_t thread) -> std::int8_t {
    auto const& before = made_.threads[thread];
    for (auto at = before.size(); at-- > 0;)
      if (before[at].into >= 0) return before[at].into;
    return -1;
  }

  void add_waiting(std::size_t& left) {
    auto& mine = made_.threads[who_];
    auto const number = static_cast<std::uint8_t>(below(2));
    auto const waits = [&](verb what, std::int8_t into = -1) {
      operation made;
      made.what = what;
      made.place = number;
      made.into = into;
      return made;
    };
    switch (below(5)) {
      case 0: {
        auto made = waits(verb::spin, fresh_register());
        made.place = static_cast<std::uint8_t>(below(places_));
        made.order = order(true, false);
        made.expected = 1 + static_cast<int>(below(2));
        mine.push_back(made);
        return;
      }
      case 1:
        mine.push_back(waits(verb::lock));
        if (left > 1 && chance(80)) mine.push_back(draw()), --left;
        if (chance(30)) {  // inside another one: two threads can wait for each other
          auto other = waits(verb::lock);
          other.place = static_cast<std::uint8_t>(1 - number);
          mine.push_back(other);
          other.what = verb::unlock;
          mine.push_back(other);
        }
        mine.push_back(waits(verb::unlock));
        return;
      case 2: {
        auto const got = fresh_register();
        mine.push_back(waits(verb::try_lock, got));
        auto back = waits(verb::unlock);
        back.guard = got;
        back.guarded_by = 1;
        mine.push_back(back);
        return;
      }
      case 3: mine.push_back(chance(60) ? waits(verb::park) : waits(verb::park_for, fresh_register())); return;
      default: mine.push_back(waits(verb::unpark)); return;
    }
  }

  void lead() {
    made_.led = true;
    auto& leader = made_.threads[0];
    operation marker;
    std::size_t at = 0;
    for (std::size_t thread = 1; thread <= made_.threads.size(); ++thread) {
      at += below(leader.size() + 1 - at);
      marker.what = thread < made_.threads.size() ? verb::start : verb::join;
      marker.place = static_cast<std::uint8_t>(thread);
      leader.insert(leader.begin() + static_cast<std::ptrdiff_t>(at++), marker);
    }
  }

  auto changed_litmus() -> program {
    auto made = program_of(sluice::model::litmus::parse(litmus_rows[below(std::size(litmus_rows))].program));
    for (auto& thread : made.threads) {
      for (auto& each : thread) {
        if (!each.atomic || chance(50)) continue;
        auto const writes = each.what == verb::store || each.what == verb::add || each.what == verb::exchange;
        each.order = each.what == verb::fence ? fence_order() : order(each.what != verb::store, writes);
      }
      if (!chance(30)) continue;
      operation fence;
      fence.what = verb::fence;
      fence.order = fence_order();
      thread.insert(thread.begin() + static_cast<std::ptrdiff_t>(below(thread.size() + 1)), fence);
    }
    return made;
  }

  sluice::random_source random_;
  program made_;
  style style_ = style::anything;
  std::size_t places_ = 1;
  std::size_t who_ = 0;
  int next_register_ = 0;
};

}  // namespace support::small
