// fork_join — the two trees of calls that forking and joining are measured by.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "micro/workload.hpp"

namespace sluice::bench {

/// The naive recursion: a call for every number, down to 0 and 1.
constexpr unsigned fib_of = 32;
constexpr std::uint64_t fib_calls = 7'049'155;
constexpr unsigned fib_warm_up = 27;  // a tenth of the calls

constexpr auto fib_value(unsigned n) -> std::uint64_t {
  std::uint64_t before = 1;
  std::uint64_t value = 0;
  for (; n > 0; --n) {
    auto const next = value + before;
    before = value;
    value = next;
  }
  return value;
}

/// An unbalanced tree that nobody can foresee: a node is a number, and whether it has children hangs on its hash.
struct tree_node {
  std::uint64_t state = mix(68);

  static constexpr std::uint64_t nodes = 3'197'089;
  static constexpr unsigned at_root = 2000;
  static constexpr unsigned at_root_warm_up = 200;
  static constexpr unsigned elsewhere = 8;

  /// A step of splitmix64.
  static constexpr auto mix(std::uint64_t x) -> std::uint64_t {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }
  [[nodiscard]] constexpr auto children() const -> unsigned {
    return mix(state) < 2303591209400008704U ? elsewhere : 0;
  }
  [[nodiscard]] constexpr auto child(std::uint64_t i) const -> tree_node { return {mix(state * 31 + i + 1)}; }
};

/// The nodes below and including `at`, which has `children`, counted without any task.
inline auto count_alone(tree_node at, unsigned children) -> std::uint64_t {
  std::uint64_t count = 1;
  for (unsigned i = 0; i < children; ++i) {
    auto const next = at.child(i);
    count += count_alone(next, next.children());
  }
  return count;
}

/// Times `compute(n)`, fib of n; a smaller one where fewer calls than all are asked for, to warm up.
template <class Compute>
auto time_fib(std::uint64_t calls, Compute const& compute) -> timing {
  auto const n = calls == fib_calls ? fib_of : fib_warm_up;
  auto const start = std::chrono::steady_clock::now();
  auto const value = compute(n);
  auto const took = std::chrono::steady_clock::now() - start;
  if (value != fib_value(n)) return std::unexpected{"fib: " + std::to_string(n) + " gives " + std::to_string(value)};
  return took;
}

/// Times `count(root, children)`, the nodes of the tree; of a tenth of it where fewer than all are asked for.
template <class Count>
auto time_tree(std::uint64_t nodes, Count const& count) -> timing {
  auto const whole = nodes == tree_node::nodes;
  auto const children = whole ? tree_node::at_root : tree_node::at_root_warm_up;
  auto const expected = whole ? nodes : count_alone({}, children);
  auto const start = std::chrono::steady_clock::now();
  auto const counted = count(tree_node{}, children);
  auto const took = std::chrono::steady_clock::now() - start;
  if (counted != expected)
    return std::unexpected{"uts: " + std::to_string(counted) + " of " + std::to_string(expected) + " nodes"};
  return took;
}

}  // namespace sluice::bench
