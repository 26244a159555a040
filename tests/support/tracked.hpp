// tracked — element types that watch what a container does with them.
#pragma once

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace support {

/// A move-only value that counts how many of its kind hold a value, and how many there are at all: a
/// moved-from one holds none, and is an object still.
class tracked {
 public:
  explicit tracked(std::int64_t value) noexcept : value_(value), holds_(true) {
    ++alive;
    ++objects;
  }
  tracked(tracked&& other) noexcept
      : value_(other.value_), holds_(std::exchange(other.holds_, false)) {
    ++objects;
  }
  auto operator=(tracked&& other) noexcept -> tracked& {
    if (this != &other) {
      drop();
      value_ = other.value_;
      holds_ = std::exchange(other.holds_, false);
    }
    return *this;
  }
  ~tracked() {
    drop();
    --objects;
  }

  [[nodiscard]] auto value() const noexcept -> std::int64_t { return value_; }
  /// False after a move from it.
  [[nodiscard]] auto holds() const noexcept -> bool { return holds_; }

  static inline std::atomic<std::int64_t> alive{0};
  static inline std::atomic<std::int64_t> objects{0};

 private:
  void drop() noexcept {
    if (std::exchange(holds_, false)) --alive;
  }

  std::int64_t value_;
  bool holds_;
};

/// A move-only value whose moves throw when they are told to: the one after `calm` further ones.
class explosive {
 public:
  struct exploded : std::runtime_error {
    exploded() : std::runtime_error("a move threw") {}
  };

  explicit explosive(int value) : value_(value) { ++alive; }
  explosive(explosive&& other) : value_(other.value_) {
    if (calm == 0) throw exploded();
    if (calm > 0) --calm;
    other.value_ = gone;
    ++alive;
  }
  ~explosive() { --alive; }

  [[nodiscard]] auto value() const noexcept -> int { return value_; }

  static constexpr int gone = -1;
  static constexpr int never = -1;
  static inline int calm = never;  ///< moves until one throws
  static inline std::atomic<std::int64_t> alive{0};

 private:
  int value_;
};

}  // namespace support
