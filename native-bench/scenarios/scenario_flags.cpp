#include "scenarios/scenario_flags.hpp"

#include "harness/table.hpp"

#include <cmath>

namespace sluice::bench {
namespace {

auto number_text(double value) -> std::string {
  auto const whole = value == std::floor(value) && std::abs(value) < 1e15;
  return whole && value >= 0 ? group_digits(static_cast<std::uint64_t>(value)) : three_digits(value);
}

}  // namespace

auto range_text(scenarios::parameter const& of) -> std::string {
  if (of.type == scenarios::param_type::flag) return "true | false";
  if (of.type != scenarios::param_type::choice) return number_text(of.min) + " – " + number_text(of.max);
  std::string all;
  for (auto const& each : of.choices) all.append(all.empty() ? "" : " | ").append(each.id);
  return all;
}

scenario_flags::scenario_flags(CLI::App& app, scenarios::scenario const& what) : what_{what} {
  for (auto const& each : what.parameters) {
    auto const id = std::string{each.id};
    auto help = std::string{each.help} + " (" + range_text(each);
    if (!each.unit.empty()) help += " " + std::string{each.unit};
    help += ")";
    auto& given = given_[id];
    auto* const option = each.type == scenarios::param_type::flag ? app.add_flag("--" + id, given, help)
                                                                  : app.add_option("--" + id, given, help);
    option->group("Parameters of " + std::string{what.id});
  }
}

auto scenario_flags::values() const -> std::expected<scenarios::values, std::string> {
  auto values = scenarios::values::defaults(what_);
  for (auto const& [id, text] : given_) {
    if (text.empty()) continue;
    if (auto const set = values.set(id, text); !set) return std::unexpected{set.error().message()};
  }
  return values;
}

}  // namespace sluice::bench
