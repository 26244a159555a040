// small_programs — programs of a few operations: what they are, how they read, and how the checker runs them.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/model/litmus.hpp>

namespace support::small {

enum class verb : std::uint8_t {
  load, store, exchange, add, compare_exchange, fence,
  spin,                    ///< loads until the value is `expected`
  lock, try_lock, unlock,  ///< of a mutex
  park, park_for, unpark,  ///< of a parker
  start, join              ///< of thread `place`, of all threads; by the first thread of a program that is led
};

/// One operation. What `model::litmus` knows, and what it does not: comparing, waiting, and a guard.
struct operation {
  verb what = verb::load;
  std::uint8_t place = 0;  ///< 0 to 2 for x to z; which mutex or parker, 0 or 1
  bool atomic = true;
  std::memory_order order = std::memory_order_relaxed;
  std::memory_order otherwise = std::memory_order_relaxed;  ///< of a compare-exchange that fails
  std::int8_t from = -1;  ///< the register that is stored; -1 for `value`
  std::int8_t into = -1;  ///< the register that is written; -1 for none
  int value = 0;
  int expected = 0;
  std::int8_t guard = -1;  ///< the register that must hold `guarded_by`, or nothing is done; -1 for none
  int guarded_by = 0;
};

/// x, y and z are 0 at first, mutexes are free, parkers have no token. A register belongs to one thread
/// and is written by at most one operation; it holds 0 until then.
struct program {
  std::vector<std::vector<operation>> threads;
  std::array<bool, 3> plain{};  ///< which of x, y and z are not atomic
  std::string names = "abcdefghijklmnopqrstuvw";  ///< of the registers
  bool led = false;             ///< by its first thread, which starts and joins the others, and nobody waits

  [[nodiscard]] auto uses(std::size_t place) const -> bool {
    for (auto const& thread : threads)
      for (auto const& each : thread)
        if (each.what <= verb::spin && each.what != verb::fence && each.place == place) return true;
    return false;
  }
  [[nodiscard]] auto registers() const -> std::size_t {
    int most = -1;
    for (auto const& thread : threads)
      for (auto const& each : thread) most = each.into > most ? each.into : most;
    return static_cast<std::size_t>(most + 1);
  }
};

/// Whether each loop begins its thread. Where one does not, the checker cannot tell what belongs to its
/// first round from what came before, and may visit that round once more than needed.
inline auto loops_come_first(program const& of) -> bool {
  for (auto const& thread : of.threads) {
    bool clean = true;
    for (auto const& each : thread) {
      if (each.what == verb::spin && !clean) return false;
      clean = clean && each.what == verb::fence;
    }
  }
  return true;
}

inline auto program_of(sluice::model::litmus const& test) -> program {
  program made;
  made.plain = test.plain;
  made.names = test.registers;
  for (auto const& thread : test.threads) {
    auto& fresh = made.threads.emplace_back();
    for (auto const& each : thread) {
      operation one;
      one.what = static_cast<verb>(each.what == sluice::model::litmus::verb::fence ? verb::fence
                                   : each.what == sluice::model::litmus::verb::store ? verb::store
                                   : each.what == sluice::model::litmus::verb::exchange ? verb::exchange
                                   : each.what == sluice::model::litmus::verb::add ? verb::add : verb::load);
      one.place = each.location;
      one.atomic = each.atomic;
      one.order = each.order;
      one.from = each.from;
      one.into = each.into;
      one.value = each.value;
      fresh.push_back(one);
    }
  }
  return made;
}

// ---- in words

inline auto text(std::memory_order order) -> std::string_view {
  switch (order) {
    case std::memory_order_relaxed: return "rlx";
    case std::memory_order_acquire: return "acq";
    case std::memory_order_release: return "rel";
    case std::memory_order_acq_rel: return "ar";
    default: return "sc";
  }
}

inline auto text(operation const& of, std::string const& names) -> std::string {
  auto const letter = [&](int at) { return names.substr(static_cast<std::size_t>(at), 1); };
  std::string made;
  if (of.guard >= 0) made = "if " + letter(of.guard) + "==" + std::to_string(of.guarded_by) + " ";
  if (of.into >= 0) made += letter(of.into) + "=";
  auto const place = std::string(1, "xyz"[of.place]);
  auto const value = of.from >= 0 ? letter(of.from) : std::to_string(of.value);
  auto const number = std::to_string(of.place);
  switch (of.what) {
    case verb::load: made += "R" + place; break;
    case verb::store: made += "W" + place + "=" + value; break;
    case verb::exchange: made += "U" + place + ":=" + value; break;
    case verb::add: made += "U" + place + "+" + value; break;
    case verb::compare_exchange:
      made += "C" + place + ":" + std::to_string(of.expected) + "->" + value + "/" + std::string(text(of.otherwise));
      break;
    case verb::fence: made += "F"; break;
    case verb::spin: made += "S" + place + "==" + std::to_string(of.expected); break;
    case verb::lock: return made + "lock" + number;
    case verb::try_lock: return made + "try_lock" + number;
    case verb::unlock: return made + "unlock" + number;
    case verb::park: return made + "park" + number;
    case verb::park_for: return made + "park_for" + number;
    case verb::unpark: return made + "unpark" + number;
    case verb::start: return made + "start" + number;
    case verb::join: return made + "join";
  }
  return made + "." + std::string(of.atomic ? text(of.order) : "na");
}

inline auto text(program const& of) -> std::string {
  std::string made;
  for (auto const& thread : of.threads) {
    if (!made.empty()) made += " || ";
    for (std::size_t at = 0; at < thread.size(); ++at) made += (at == 0 ? "" : "; ") + text(thread[at], of.names);
  }
  return made;
}

// ---- what it can come to

/// All executions of a program. Those with a data race mean nothing else, and those in which a thread
/// waits for ever have no outcome.
struct findings {
  std::uint64_t executions = 0;  ///< to the end, without a race
  std::uint64_t stuck = 0;       ///< without a race
  std::uint64_t racing = 0;
  std::map<std::string, std::uint64_t> outcomes;  ///< "a=1, b=0, x=1" and how many executions come to it
};

inline auto text(findings const& of) -> std::string {
  auto made = std::to_string(of.executions) + " executions, " + std::to_string(of.stuck) + " stuck, " +
              std::to_string(of.racing) + " racing\n";
  for (auto const& [outcome, times] : of.outcomes) made += "  " + outcome + "  " + std::to_string(times) + "\n";
  return made;
}

/// Whether the checker visits what the axioms allow: each execution, and each once.
inline auto agree(program const& of, findings const& by_axioms, findings const& by_checker) -> bool {
  if ((by_axioms.racing > 0) != (by_checker.racing > 0)) return false;
  if (loops_come_first(of))
    return by_axioms.executions == by_checker.executions && by_axioms.stuck == by_checker.stuck &&
           by_axioms.outcomes == by_checker.outcomes;
  auto const same = [](auto const& a, auto const& b) { return a.first == b.first; };
  return (by_axioms.stuck > 0) == (by_checker.stuck > 0) && by_checker.executions >= by_axioms.executions &&
         std::ranges::equal(by_axioms.outcomes, by_checker.outcomes, same);
}

/// "a=1, b=0, x=1": registers, then memory at the end.
template <class Registers, class Finally>
auto outcome_text(program const& of, Registers&& in_register, Finally&& finally_in) -> std::string {
  std::string made;
  auto const add = [&](char name, int value) {
    made += (made.empty() ? "" : ", ") + std::string(1, name) + "=" + std::to_string(value);
  };
  for (std::size_t at = 0; at < of.registers(); ++at) add(of.names[at], in_register(at));
  for (std::size_t at = 0; at < 3; ++at)
    if (of.uses(at) && !of.plain[at]) add("xyz"[at], finally_in(at));
  return made;
}

// ---- run by the checker

/// What the threads of one execution share.
struct shared_world {
  explicit shared_world(program const& of) {
    for (std::size_t at = 0; at < 3; ++at) {
      if (!of.uses(at)) continue;
      if (of.plain[at]) plain[at].emplace(std::in_place, 0);
      else shared[at].emplace(0);
    }
  }

  void perform(operation const& each) {
    namespace model = sluice::model;
    if (each.guard >= 0 && registers[static_cast<std::size_t>(each.guard)] != each.guarded_by) return;
    auto const value = each.from >= 0 ? registers[static_cast<std::size_t>(each.from)] : each.value;
    auto const keep = [&](int read) {
      if (each.into >= 0) registers[static_cast<std::size_t>(each.into)] = read;
    };
    switch (each.what) {
      case verb::fence: return model::atomics::fence(each.order);
      case verb::lock: return mutexes[each.place].lock();
      case verb::try_lock: return keep(mutexes[each.place].try_lock() ? 1 : 0);
      case verb::unlock: return mutexes[each.place].unlock();
      case verb::park: return parkers[each.place].park();
      case verb::park_for: return keep(parkers[each.place].park_for({}) ? 1 : 0);
      case verb::unpark: return parkers[each.place].unpark();
      default: break;
    }
    if (auto& memory = plain[each.place]) {
      if (each.what == verb::store) return memory->write([&](int& room) { room = value; });
      return keep(memory->read([](int const& room) { return room; }));
    }
    auto& memory = *shared[each.place];
    switch (each.what) {
      case verb::load: return keep(memory.load(each.order));
      case verb::store: return memory.store(value, each.order);
      case verb::exchange: return keep(memory.exchange(value, each.order));
      case verb::add: return keep(memory.fetch_add(value, each.order));
      case verb::compare_exchange: {
        auto found = each.expected;
        (void)memory.compare_exchange_strong(found, value, each.order, each.otherwise);
        return keep(found);
      }
      default:
        while (memory.load(each.order) != each.expected) model::atomics::spin_hint();
        return keep(each.expected);
    }
  }

  std::array<std::optional<sluice::model::atomic<int>>, 3> shared;
  std::array<std::optional<sluice::model::cell<int>>, 3> plain;
  std::array<sluice::model::mutex, 2> mutexes;
  std::array<sluice::model::parker, 2> parkers;
  std::array<int, 26> registers{};
};

/// What the checker finds. `explored` receives its report.
inline auto run_in_checker(program const& of, sluice::model::report& explored) -> findings {
  namespace model = sluice::model;
  std::optional<std::string> ended_with;
  model::exploration whole(
      [&](model::execution& run) {
        shared_world all(of);
        auto const start = [&](std::size_t number) {
          run.thread([&all, &thread = of.threads[number]] {
            for (auto const& each : thread) all.perform(each);
          });
        };
        if (of.led) {
          for (auto const& each : of.threads[0]) {
            if (each.what == verb::start) start(each.place);
            else if (each.what == verb::join) run.join();
            else all.perform(each);
          }
        } else {
          for (std::size_t at = 0; at < of.threads.size(); ++at) start(at);
          run.join();
        }
        ended_with = outcome_text(
            of, [&](std::size_t at) { return all.registers[at]; },
            [&](std::size_t at) { return all.shared[at]->load(std::memory_order_relaxed); });
      },
      {.stop_at_failure = false});
  findings found;
  for (bool more = true; more;) {
    ended_with.reset();
    auto const executions = whole.so_far().executions;
    auto const failures = whole.so_far().failures;
    more = whole.advance();
    if (whole.so_far().executions == executions) continue;  // led to nothing new
    auto const failed = whole.so_far().failures > failures;
    if (!failed) {
      ++found.executions;
      ++found.outcomes[ended_with.value_or("none")];
    } else if (ended_with) {
      ++found.racing;
    } else {
      ++found.stuck;
    }
  }
  explored = whole.so_far();
  return found;
}

}  // namespace support::small
