// scenario_flags — a scenario's parameters as flags, straight from its schema.
#pragma once

#include <sluice/scenarios/scenario.hpp>
#include <sluice/scenarios/schema.hpp>

#include <CLI/CLI.hpp>

#include <expected>
#include <map>
#include <string>

namespace sluice::bench {

/// "1 – 64", "constant | uniform | exponential", "true | false".
auto range_text(scenarios::parameter const& of) -> std::string;

/// Adds `--<id>` to a command line for every parameter, and reads them back as values.
/// Lifetime  Lives as long as the command line it was given to.
class scenario_flags {
 public:
  scenario_flags(CLI::App& app, scenarios::scenario const& what);
  scenario_flags(scenario_flags const&) = delete;
  auto operator=(scenario_flags const&) -> scenario_flags& = delete;

  /// The defaults, changed by what was given. Fails with the value and its range in the message.
  [[nodiscard]] auto values() const -> std::expected<scenarios::values, std::string>;

 private:
  scenarios::scenario const& what_;
  std::map<std::string, std::string> given_;  // nodes stay where they are: CLI11 writes into them
};

}  // namespace sluice::bench
