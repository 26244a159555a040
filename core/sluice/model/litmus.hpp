// litmus — the smallest concurrent programs, written in a line, and all that they can come to.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/model/explore.hpp>

namespace sluice::model {

/// A program of loads and stores of x, y and z, all 0 at first.
///
///     auto const test = litmus::parse("Wx=1.rlx; Wy=1.rel || a=Ry.acq; b=Rx.rlx");
///     for (auto const& [outcome, times] : run(test).outcomes) …     // "a=0, b=0", "a=0, b=1", "a=1, b=1"
///
/// `Wx=1.rlx` stores, `a=Rx.rlx` loads into the register a, `u=Ux:=1.sc` exchanges, `u=Ux+1.ar` adds;
/// `F.sc` is a fence; `Wx=a.rlx` stores a register. Orders: na (not atomic), rlx, acq, rel, ar, sc.
/// `;` separates operations and `||` (or U+2016) threads.
struct litmus {
  enum class verb : std::uint8_t { store, load, exchange, add, fence };
  struct operation {
    verb what = verb::load;
    std::uint8_t location = 0;  ///< 0 to 2 for x to z
    bool atomic = true;
    std::memory_order order = std::memory_order_relaxed;
    std::int8_t from = -1;      ///< the register that is stored; -1 for `value`
    std::int8_t into = -1;      ///< the register that is written; -1 for none
    int value = 0;
  };

  std::vector<std::vector<operation>> threads;
  std::string registers;                ///< their names, in order of appearance: "abc"
  std::array<bool, 3> plain{};          ///< the locations that are not atomic
  std::array<bool, 3> used{};

  /// Throws    `misuse`, naming what it could not read.
  [[nodiscard]] static auto parse(std::string_view text) -> litmus;
};

/// Whether `outcome`, as in "a=1, b=0, x=1", has each "name=value" of `wanted`; `|` separates
/// alternatives.
[[nodiscard]] auto agrees(std::string_view outcome, std::string_view wanted) -> bool;

/// What a litmus test can come to.
struct litmus_result {
  report explored;
  std::map<std::string, std::uint64_t> outcomes;  ///< "a=1, b=0, x=1, y=1": registers, then memory at the end
  std::map<std::string, std::string> choices;     ///< an execution of each, for `replay`
  /// Whether some outcome agrees with `wanted`.
  [[nodiscard]] auto allows(std::string_view wanted) const -> bool;
};

/// The program as the checker runs it; `outcome` receives the text of each one that it comes to.
[[nodiscard]] auto as_program(litmus test, std::function<void(execution&, std::string)> outcome)
    -> program;

/// Visits every execution. A data race is reported, and does not end it.
[[nodiscard]] auto run(litmus const& test) -> litmus_result;

}  // namespace sluice::model
