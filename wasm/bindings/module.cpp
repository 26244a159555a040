// module — spells the boundary out for JavaScript; everything it does is done, and tested, in boundary/.
#include <boundary/playground.hpp>

#include <emscripten/bind.h>

#include <string>

namespace {

/// One per module: a page has one engine.
auto engine() -> sluice::wasm::playground& {
  static sluice::wasm::playground instance;
  return instance;
}

}  // namespace

EMSCRIPTEN_BINDINGS(sluice) {
  using emscripten::function;
  using text = std::string const&;
  function("schemaJson", +[] { return std::string{engine().schema_json()}; });
  function("layoutJson", +[] { return std::string{engine().layout_json()}; });
  function("buildJson", +[] { return std::string{engine().build_json()}; });
  function("threadsNeeded", +[](text scenario, text params) { return engine().threads_needed(scenario, params); });
  function("start", +[](text kind, text scenario, text params, text seed) { return engine().start(kind, scenario, params, seed); });
  function("slice", +[](double until_ns, double budget_ms) { return static_cast<unsigned>(engine().slice(until_ns, budget_ms)); });
  function("step", +[](unsigned count) { return static_cast<unsigned>(engine().step(count)); });
  function("pause", +[] { engine().pause(); });
  function("resume", +[] { engine().resume(); });
  function("stop", +[] { engine().stop(); });
  function("setLive", +[](text id, text value) { return engine().set_live(id, value); });
  function("state", +[] { return static_cast<unsigned>(engine().state()); });
  function("outcomeJson", +[] { return std::string{engine().outcome_json()}; });
  function("telemetryAddress", +[] { return static_cast<double>(engine().telemetry_address()); });
}
