#include <boundary/playground.hpp>

#include <cmath>
#include <exception>

#include <sluice/base/json_writer.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/scenarios/json.hpp>

namespace sluice::wasm {

using scenarios::engine_kind;
using scenarios::run_state;

namespace {

auto yes() -> std::string { return R"({"ok":true})"; }

auto no(std::string_view code, std::string_view message) -> std::string {
  json_writer out;
  out.begin_object().member("ok", false).member("code", code).member("message", message);
  out.end_object();
  return std::move(out).text();
}

auto no(error const& why) -> std::string {
  switch (why.code()) {
    case errc::resource: return no("E_LIMIT", why.operation());
    default: return no("E_PARAM", why.operation());
  }
}

// Nanoseconds of a number that may be infinite.
auto as_duration(double amount, double unit) -> duration {
  auto const ns = amount * unit;
  if (!(ns < 9.2e18)) return duration::max();
  return duration{static_cast<std::int64_t>(std::max(ns, 0.0))};
}

}  // namespace

playground::playground() : figures_(std::make_unique<telemetry_block>()) { figures_->clear(); }

playground::~playground() = default;

auto playground::schema_json() const -> std::string { return scenarios::catalogue_json(); }

auto playground::layout_json() const -> std::string { return telemetry_layout_json(); }

auto playground::build_json() const -> std::string {
  json_writer out;
  out.begin_object().member("version", SLUICE_VERSION).member("revision", SLUICE_REVISION);
  out.member("compiler", "clang " __clang_version__).member("threads", platform::has_threads);
#if defined(__wasm__)
  out.member("wasm", true);
#else
  out.member("wasm", false);
#endif
  out.end_object();
  return std::move(out).text();
}

auto playground::threads_needed(std::string_view scenario, std::string_view params) const -> int {
  auto const found = scenarios::find(scenario);
  if (!found) return -1;
  auto values = scenarios::values::defaults(**found);
  if (!values.set_all(params)) return -1;
  return static_cast<int>((*found)->workers(values)) + 1;
}

auto playground::start(std::string_view engine, std::string_view scenario, std::string_view params,
                       std::string_view seed) -> std::string {
  if (run_ && !is_final(run_->state())) return no("E_BUSY", "a run is still alive; stop it first");
  if (engine != "threads" && engine != "sim")
    return no("E_PARAM", "engine = " + std::string(engine) + " is neither threads nor sim");
  auto const found = scenarios::find(scenario);
  if (!found) return no("E_SCENARIO", found.error().operation());
  auto values = scenarios::values::defaults(**found);
  if (auto set = values.set_all(params); !set) return no(set.error());
  auto const number = scenarios::parse_seed(seed);
  if (!number) return no(number.error());
  run_.reset();
  try {
    auto begun = scenarios::run::start(
        {.what = *found,
         .params = std::move(values),
         .seed = *number,
         .engine = engine == "sim" ? engine_kind::sim : engine_kind::threads},
        *figures_);
    if (!begun) return no(begun.error());
    run_ = std::move(*begun);
  } catch (std::exception const& thrown) {
    return no("E_LIMIT", thrown.what());
  }
  return yes();
}

auto playground::slice(double until_ns, double budget_ms) -> run_state {
  if (run_ && run_->request().engine == engine_kind::sim)
    return run_->slice(as_duration(until_ns, 1), as_duration(std::min(budget_ms, 1e9), 1e6));
  return state();
}

auto playground::step(unsigned count) -> run_state {
  if (run_ && run_->request().engine == engine_kind::sim) return run_->step(count);
  return state();
}

void playground::pause() noexcept {
  if (run_) run_->pause();
}

void playground::resume() noexcept {
  if (run_) run_->resume();
}

void playground::stop() noexcept {
  if (run_) run_->stop();
}

auto playground::set_live(std::string_view id, std::string_view text) -> std::string {
  if (!run_) return no("E_PARAM", "there is no run whose " + std::string(id) + " could change");
  if (auto set = run_->set_live(id, text); !set) return no(set.error());
  return yes();
}

auto playground::state() const noexcept -> run_state {
  return run_ ? run_->state() : run_state::idle;
}

auto playground::outcome_json() const -> std::string {
  if (!run_ || !is_final(run_->state())) return {};
  return scenarios::outcome_json(run_->request(), run_->result_of());
}

auto playground::telemetry_address() const noexcept -> std::uintptr_t {
  return reinterpret_cast<std::uintptr_t>(figures_.get());
}

}  // namespace sluice::wasm
