// cell — plain memory whose accesses the checker holds against happens-before.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

#include <sluice/model/detail/bits.hpp>
#include <sluice/model/detail/engine.hpp>

namespace sluice::model {

/// A value that several threads may access as long as they take turns. An access that overlaps another
/// one, or is not ordered with it, is a data race; a number or a pointer that was never written has no
/// value to read.
template <class T>
class cell {
  using where = code_location;
  // Small numbers and pointers: a read that races can be shown what else it might have seen.
  static constexpr bool is_known = std::is_scalar_v<T> && sizeof(T) <= 8;

 public:
  cell() noexcept(std::is_nothrow_default_constructible_v<T>) : value_{} {
    enrol(!std::is_scalar_v<T>);  // a class has made itself a value
  }
  template <class... Args>
  explicit cell(std::in_place_t, Args&&... args) : value_(std::forward<Args>(args)...) {
    enrol(true);
  }
  cell(cell const&) = delete;
  auto operator=(cell const&) -> cell& = delete;
  ~cell() {
    if (auto* const engine = mine("destruction")) engine->gone_cell(id_);
  }

  decltype(auto) read(auto&& look, where at = where::current()) const {
    if (auto* const engine = mine("read")) {
      auto const* const raced = engine->read_cell(id_, at);
      if constexpr (is_known)
        if (raced != nullptr) return look(std::as_const(other_ = detail::from_bits<T>(*raced)));
    }
    return look(value_);
  }

  /// The access is checked when it begins and again when it ends: whatever `change` lets happen in
  /// between has to be ordered with it, too.
  decltype(auto) write(auto&& change, where at = where::current()) {
    auto* const engine = mine("write");
    if (engine != nullptr) engine->write_cell(id_, at);
    struct end {
      detail::engine* engine;
      detail::location_id id;
      T const& value;
      ~end() {
        if (engine == nullptr) return;
        engine->end_write(id);
        if constexpr (is_known) engine->keep_value(id, detail::to_bits(value));
      }
    } const at_end{engine, id_, value_};
    return change(value_);
  }

 private:
  void enrol(bool written) noexcept {
    if (auto* const engine = detail::engine::current()) {
      id_ = engine->made_cell(this, written);
      if constexpr (is_known) engine->keep_value(id_, detail::to_bits(value_));
      made_in_ = engine->number();
    }
  }
  [[nodiscard]] auto mine(std::string_view what) const noexcept -> detail::engine* {
    auto* const engine = detail::engine::current();
    if (engine == nullptr || made_in_ == engine->number()) return engine;
    engine->report_unknown(this, what);
    return nullptr;
  }

  T value_;
  mutable std::conditional_t<is_known, T, std::monostate> other_{};  // what a race shows instead
  detail::location_id id_ = detail::no_location;
  std::uint32_t made_in_ = 0;
};

}  // namespace sluice::model
