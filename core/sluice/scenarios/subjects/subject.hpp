// subject — what can be explored: a structure with the calls that one can make on it, or a litmus test.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/base/result.hpp>
#include <sluice/model/explore.hpp>

namespace sluice::scenarios {

/// One call of a program: "push 2".
struct subject_call {
  std::string verb;
  std::int64_t argument = 0;
};

/// Who calls what. Thread 1 is the first of `threads`.
struct subject_program {
  std::vector<subject_call> setup;
  std::vector<std::vector<subject_call>> threads;
  std::vector<std::pair<std::string, std::string>> choices;  ///< choice id, option id

  [[nodiscard]] auto choice(std::string_view id) const -> std::string_view {
    for (auto const& [name, option] : choices)
      if (name == id) return option;
    return {};
  }
};

inline constexpr std::size_t most_subject_threads = 4;
inline constexpr std::size_t most_subject_calls = 5;  ///< of the setup, and of each thread

/// Receives what the threads of one execution saw. `weak` marks an outcome that no order of the
/// threads' steps explains.
using outcome_sink = std::function<void(model::execution&, std::string outcome, bool weak)>;

/// Who may make a call: which thread, where the structure tells its users apart.
enum class subject_role : std::uint8_t { any, owner, thief, producer, consumer };
enum class subject_roles : std::uint8_t { any, spsc, deque, mpsc };

[[nodiscard]] auto name(subject_role role) noexcept -> std::string_view;
[[nodiscard]] auto name(subject_roles roles) noexcept -> std::string_view;

struct subject_operation {
  std::string_view id;
  bool has_argument = false;
  subject_role role = subject_role::any;
};

struct subject_option {
  std::string_view id;
  std::string_view label;
};
struct subject_choice {
  std::string_view id;
  std::string_view label;
  std::span<subject_option const> options;  ///< the first one is the default
};

/// A program worth looking at, as text: calls with ", " between them and threads with " | ".
struct subject_preset {
  std::string_view id;
  std::string_view title;
  std::string_view setup;
  std::string_view threads;
  std::string_view notice;
  std::string_view choice{};  ///< "orders=relaxed"; empty for the defaults
};

/// The code of one thread of a litmus test.
struct subject_column {
  std::string_view title;
  std::span<std::string_view const> lines;
};

/// Lifetime  static: views into literals.
struct subject {
  std::string_view id;
  std::string_view title;
  std::string_view group;
  std::string_view summary;
  std::string_view source;  ///< the header
  bool healthy = true;      ///< false for what is wrong on purpose
  subject_roles roles = subject_roles::any;
  std::span<subject_operation const> operations{};  ///< none for a litmus test
  std::span<subject_preset const> presets{};        ///< the first one is the example
  std::span<subject_choice const> choices{};
  std::span<subject_column const> columns{};
  model::program (*make)(subject_program const&, outcome_sink);
};

[[nodiscard]] auto subjects() noexcept -> std::span<subject const* const>;

/// Fails     `not_found`, naming the id.
[[nodiscard]] auto find_subject(std::string_view id) -> result<subject const*>;

/// Calls as in "push 1, pop".
/// Fails     `invalid`, naming the call that cannot be read.
[[nodiscard]] auto parse_calls(std::string_view text) -> result<std::vector<subject_call>>;

/// The program of a preset, with every choice made.
[[nodiscard]] auto program_of(subject const& of, subject_preset const& preset) -> subject_program;

/// Whether `of` can run `program`.
/// Fails     `invalid`, naming the thread, the call and what is allowed.
[[nodiscard]] auto check_program(subject const& of, subject_program const& program) -> result<void>;

/// How to explore it: whether addresses are given out again.
[[nodiscard]] auto options_of(subject_program const& program) -> model::options;

/// Subjects and limits, for a page.
[[nodiscard]] auto subjects_json() -> std::string;

}  // namespace sluice::scenarios
