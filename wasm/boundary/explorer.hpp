// explorer — everything the Explore view may ask of the checker, as one plain class.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sluice/model/explore.hpp>
#include <sluice/scenarios/subjects/subject.hpp>

namespace sluice::wasm {

/// One exploration at a time, taken in slices, and single executions of it step by step.
///
/// Nothing throws: what cannot be done is answered in words, as
/// {"error":{"code":"E_PARAM","message":…}}.
/// Threads   one: the thread that made it.
class explorer {
 public:
  /// Subjects and limits, as `scenarios::subjects_json`.
  [[nodiscard]] auto catalogue() const -> std::string;

  /// Begins anew. A program is lines: `subject ID`, `choice ID OPTION`, `setup CALL, CALL`, a line
  /// `thread CALL, CALL` for each thread, `mode all|random`, `seed HEX`, `limit EXECUTIONS`,
  /// `stop first|never`. What is left out has its default.
  [[nodiscard]] auto start(std::string_view program) -> std::string;

  /// Explores for about that long.
  void advance(double milliseconds);
  void stop() noexcept;
  /// How far it has come.
  [[nodiscard]] auto progress() const -> std::string;

  /// Runs the one execution that these choices lead to.
  void replay(std::string_view choices);
  /// The execution that was replayed last, step by step.
  [[nodiscard]] auto interleaving() const -> std::string;

 private:
  enum class state : std::uint8_t { idle, exploring, complete, violated, bounded, stopped };
  struct seen {
    std::uint64_t count = 0;
    std::string choices;
    bool weak = false;
  };

  [[nodiscard]] auto read(std::string_view program) -> result<void>;
  [[nodiscard]] auto body() -> model::program;

  scenarios::subject const* subject_ = nullptr;
  scenarios::subject_program program_;
  model::options options_;
  bool random_ = false;
  std::uint64_t seed_ = 0;
  std::uint64_t limit_ = 0;
  state state_ = state::idle;
  double elapsed_ms_ = 0;
  std::optional<model::exploration> exploration_;
  std::map<std::string, seen, std::less<>> outcomes_;
  std::uint64_t further_outcomes_ = 0;
  model::interleaving replayed_;
};

}  // namespace sluice::wasm
