// schema — what can be set about a scenario, said once; controls, flags and links are made from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/base/clock.hpp>
#include <sluice/base/result.hpp>

namespace sluice::scenarios {

struct scenario;

enum class param_type : std::uint8_t { integer, real, duration, choice, flag };

[[nodiscard]] auto name(param_type type) noexcept -> std::string_view;

/// One of the answers to a choice.
struct choice_option {
  std::string_view id;
  std::string_view label;
};

/// Something that can be set.
/// Invariant  `min <= fallback <= max`; a choice counts its options from 0; a flag is 0 or 1.
struct parameter {
  std::string_view id;                       ///< `[a-z][a-z0-9-]*`, in links, flags and attributes
  std::string_view label;                    ///< what a control is called
  std::string_view unit;                     ///< after the number; µs, ms or s for a duration
  std::string_view help;                     ///< one sentence
  param_type type = param_type::integer;
  double min = 0;
  double max = 0;
  double fallback = 0;
  double step = 1;
  std::span<choice_option const> choices{};
  bool live = false;                         ///< may change during a run
  bool log_scale = false;                    ///< a slider is better logarithmic
};

/// The values of a scenario's parameters, each in its range.
class values {
 public:
  /// Every parameter at its default.
  [[nodiscard]] static auto defaults(scenario const& of) -> values;

  /// Sets one from text, such as "4", "12.5", "exponential" or "true".
  /// Fails     `not_found` for an unknown name, `invalid` for a value of the wrong form or outside
  ///           its range; the message names the value and the range, and nothing has changed.
  [[nodiscard]] auto set(std::string_view id, std::string_view text) -> result<void>;

  /// Sets from "workers=4&queue=64"; stops at the first that fails.
  [[nodiscard]] auto set_all(std::string_view query) -> result<void>;

  // Each of these throws `misuse` for a name or a type that the schema does not have.
  [[nodiscard]] auto integer(std::string_view id) const -> std::int64_t;
  [[nodiscard]] auto count(std::string_view id) const -> std::size_t;
  [[nodiscard]] auto real(std::string_view id) const -> double;
  [[nodiscard]] auto time(std::string_view id) const -> duration;
  [[nodiscard]] auto flag(std::string_view id) const -> bool;
  [[nodiscard]] auto choice(std::string_view id) const -> std::string_view;
  [[nodiscard]] auto number(std::string_view id) const -> double;
  [[nodiscard]] auto text(std::string_view id) const -> std::string;

  [[nodiscard]] auto parameters() const noexcept -> std::span<parameter const> {
    return parameters_;
  }

 private:
  [[nodiscard]] auto find(std::string_view id) const noexcept -> std::size_t;
  [[nodiscard]] auto at(std::string_view id, param_type type) const -> double;

  std::span<parameter const> parameters_;
  std::vector<double> numbers_;
};

/// A seed from 1 to 16 hexadecimal digits.
/// Fails     `invalid`, naming the text.
[[nodiscard]] auto parse_seed(std::string_view text) -> result<std::uint64_t>;
/// The shortest such text.
[[nodiscard]] auto format_seed(std::uint64_t seed) -> std::string;

}  // namespace sluice::scenarios
