#include "list.hpp"

#include "harness/table.hpp"
#include "scenarios/scenario_flags.hpp"

#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/json.hpp>

namespace sluice::bench {
namespace {

auto parameters_table(scenarios::scenario const& of) -> std::string {
  using enum table::align;
  auto const defaults = scenarios::values::defaults(of);
  table made{{{"flag", left}, {"type", left}, {"range", left}, {"default", left}, {"unit", left}, {"meaning", left}}};
  for (auto const& each : of.parameters)
    made.add({"--" + std::string{each.id}, std::string{scenarios::name(each.type)}, range_text(each), defaults.text(each.id),
              std::string{each.unit}, std::string{each.help}});
  return made.render();
}

auto micro_table(workload_list const& workloads) -> std::string {
  using enum table::align;
  table made{{{"benchmark", left}, {"count", right}, {"of", left}, {"what is done", left}}};
  for (auto const& each : workloads) made.add({each.name(), group_digits(each.items), each.item + "s",
                                             each.on_request ? each.help + " (only with --workload)" : each.help});
  return made.render();
}

}  // namespace

auto list_text(workload_list const& workloads) -> std::string {
  std::string text = "Scenarios (native-bench --scenario=ID, with the flags below)\n\n";
  for (auto const* each : scenarios::catalogue())
    text.append(each->id).append(" — ").append(each->question).append("\n").append(parameters_table(*each)).append("\n");
  return text + "Micro-benchmarks (native-bench --benchmark_filter=REGEX)\n" + micro_table(workloads);
}

auto list_json(workload_list const& workloads) -> json {
  auto list = json::object({{"format", "sluice-bench-list"}, {"version", 1}});
  if (auto const schema = json::parse(scenarios::catalogue_json()))
    if (auto const* const all = schema->find("scenarios")) list.set("scenarios", *all);
  auto micro = json::array();
  for (auto const& each : workloads)
    micro.push(json::object({{"name", each.name()},
                             {"workload", each.id},
                             {"contender", each.contender},
                             {"ours", each.ours()},
                             {"standing", to_text(each.who)},
                             {"items", static_cast<std::int64_t>(each.items)},
                             {"item", each.item},
                             {"onRequest", each.on_request},
                             {"help", each.help}}));
  return list.set("micro", std::move(micro));
}

}  // namespace sluice::bench
