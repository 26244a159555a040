// random — seedable generators that answer the same on every platform.
#pragma once

#include <cstdint>

namespace sluice {

/// One step of SplitMix64: turns any 64-bit state into a well-mixed number and advances the state.
/// Source    Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
constexpr auto splitmix64(std::uint64_t& state) noexcept -> std::uint64_t {
  state += 0x9e3779b97f4a7c15ULL;
  auto mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 31);
}

/// A small fast generator. Same seed, same numbers, natively and in WebAssembly: integers only, no
/// part of the standard library whose result may differ.
/// Source    Blackman, Vigna, xoshiro256**, 2018.
class random_source {
 public:
  explicit constexpr random_source(std::uint64_t seed) noexcept {
    for (auto& word : state_) word = splitmix64(seed);
  }

  /// 64 uniform bits.
  constexpr auto next() noexcept -> std::uint64_t {
    auto const result = rotate(state_[1] * 5, 7) * 9;
    auto const shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// A uniform number in [0, bound); 0 when `bound` is 0. Without bias.
  /// Source    Lemire, "Fast random integer generation in an interval", 2019.
  constexpr auto below(std::uint64_t bound) noexcept -> std::uint64_t {
    if (bound < 2) return 0;
    auto product = wide(next()) * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
      auto const least = (0 - bound) % bound;
      while (static_cast<std::uint64_t>(product) < least) product = wide(next()) * bound;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  /// An exponentially distributed number with this mean, in whole units.
  /// Uses comparisons of uniform numbers only, so that no `log` of some platform can differ.
  /// Source    von Neumann, "Various techniques used in connection with random digits", 1951.
  constexpr auto exponential(std::uint64_t mean) noexcept -> std::uint64_t {
    for (std::uint64_t whole = 0;; ++whole) {
      auto const first = next();
      auto last = first;
      for (bool odd = true;; odd = !odd) {
        auto const drawn = next();
        if (drawn >= last) {
          if (!odd) break;
          return whole * mean + static_cast<std::uint64_t>((wide(first) * mean) >> 64);
        }
        last = drawn;
      }
    }
  }

 private:
  __extension__ using wide = unsigned __int128;

  static constexpr auto rotate(std::uint64_t value, int by) noexcept -> std::uint64_t {
    return (value << by) | (value >> (64 - by));
  }

  std::uint64_t state_[4]{};
};

}  // namespace sluice
