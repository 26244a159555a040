// seqlock — a few words that are always read together, by readers who write nothing.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/scope_exit.hpp>

namespace sluice {

/// Holds one `T`, never torn. Who reads takes no lock and writes nothing, so any number of readers cost
/// one another nothing; who writes keeps other writers out, and makes readers read again.
///
///     seqlock<position> where{position{}};
///     where.store({1.0, 2.0});                            // any thread; one at a time gets in
///     auto const [x, y] = where.load();
///
/// Progress   writing is blocking: the sequence number is the writers' lock. `try_load` is wait-free;
///            `load` tries again while a writer is at work, and so waits for one that is stopped there.
/// Invariant  sequence_ is even while the words belong together, and odd while they are being written.
/// Edges      whole  sequence_ release -> sequence_ acquire  the words are those of a finished writing,
///                   or newer; and the next writer's come after them
///            begun  words_ release -> words_ acquire  who has read a word of a later writing sees, in
///                   its second look at sequence_, that it had begun
/// Order      The words are atomics, so that reading them while they are written is no data race; and
///            their orders take the place of the usual fences, which a race detector cannot see. On x86
///            they cost nothing.
/// Threads    Every member may be called by any thread at any time. Linearizable.
/// Source     Lameter, "Effective synchronization on Linux/NUMA systems", 2005; the order of the words
///            after Boehm, "Can seqlocks get along with programming language memory models?", 2012.
template <class T, atomics_policy Atomics = std_atomics>
  requires std::is_trivially_copyable_v<T> && (!std::is_const_v<T>)
class alignas(cache_line) seqlock {
 public:
  using value_type = T;

  explicit seqlock(T const& initial) noexcept {
    write(initial, relaxed);  // whoever shares the object publishes it
  }

  seqlock(seqlock const&) = delete;
  auto operator=(seqlock const&) -> seqlock& = delete;

  /// A copy, or nothing when a writer came in the way.
  [[nodiscard]] auto try_load() const noexcept -> std::optional<T> {
    auto const before = sequence_.load(acquire);  // whole
    if (before % 2 != 0) return std::nullopt;
    auto const value = read(acquire);             // begun
    if (sequence_.load(relaxed) != before) return std::nullopt;
    return value;
  }

  /// A copy, as soon as no writer comes in the way.
  [[nodiscard]] auto load() const noexcept -> T {
    for (basic_backoff<Atomics> wait;; wait())
      if (auto const value = try_load()) return *value;
  }

  void store(T const& value) noexcept {
    auto const before = lock();
    write(value, release);  // begun
    unlock(before);
  }

  /// Changes a copy of the value, by `change(T&)`, and puts it in. Until then other writers are
  /// kept out and readers wait; so `change` must not come back to this object.
  /// Throws    what `change` throws; nothing has changed then.
  template <class Change>
  void update(Change&& change) {
    auto const before = lock();
    scope_exit const done([&] { unlock(before); });
    auto value = read(relaxed);  // only this thread writes now
    change(value);
    write(value, release);       // begun
  }

 private:
  using word = std::uint64_t;
  static constexpr std::size_t size = (sizeof(T) + sizeof(word) - 1) / sizeof(word);

  /// Waits until no other writer is at work. Returns the number to go on from.
  auto lock() noexcept -> std::uint64_t {
    for (basic_backoff<Atomics> wait;; wait()) {
      auto seen = sequence_.load(relaxed);
      if (seen % 2 == 0 && sequence_.compare_exchange_strong(seen, seen + 1, acquire, relaxed))  // whole
        return seen;
    }
  }
  void unlock(std::uint64_t before) noexcept { sequence_.store(before + 2, release); }  // whole

  auto read(std::memory_order order) const noexcept -> T {
    std::array<word, size> words;
    for (std::size_t at = 0; at < size; ++at) words[at] = words_[at].load(order);
    std::array<std::byte, sizeof(T)> bytes;
    std::memcpy(bytes.data(), words.data(), sizeof(T));
    return std::bit_cast<T>(bytes);
  }

  void write(T const& value, std::memory_order order) noexcept {
    std::array<word, size> words{};
    std::memcpy(words.data(), &value, sizeof(T));
    for (std::size_t at = 0; at < size; ++at) words_[at].store(words[at], order);
  }

  typename Atomics::template atomic<std::uint64_t> sequence_{0};
  std::array<typename Atomics::template atomic<word>, size> words_;
};

}  // namespace sluice
