#include <sluice/scenarios/json.hpp>

#include <sluice/base/json_writer.hpp>

namespace sluice::scenarios {
namespace {

void write(json_writer& out, std::string_view key, std::span<std::string_view const> texts) {
  out.key(key).begin_array();
  for (auto const text : texts) out.value(text);
  out.end_array();
}

void write(json_writer& out, parameter const& each) {
  out.begin_object().member("id", each.id).member("label", each.label);
  out.member("type", name(each.type)).member("unit", each.unit);
  out.member("min", each.min).member("max", each.max);
  out.key("default");
  if (each.type == param_type::choice) {
    out.value(each.choices[static_cast<std::size_t>(each.fallback)].id);
  } else if (each.type == param_type::flag) {
    out.value(each.fallback != 0);
  } else {
    out.value(each.fallback);
  }
  out.member("step", each.step).member("live", each.live).member("log", each.log_scale);
  out.member("help", each.help).key("choices").begin_array();
  for (auto const& option : each.choices)
    out.begin_object().member("id", option.id).member("label", option.label).end_object();
  out.end_array().end_object();
}

void write(json_writer& out, scenario const& each) {
  out.begin_object().member("id", each.id).member("family", name(each.family));
  out.member("title", each.title).member("promise", each.promise).member("question", each.question);
  out.member("group", each.group).member("groupNote", each.group_note);
  out.member("level", each.level).member("prefers", name(each.prefers));
  out.member("source", each.source).member("itemName", each.item_name);
  out.member("simNote", each.sim_note);
  write(out, "notice", each.notice);
  out.key("params").begin_array();
  for (auto const& parameter : each.parameters) write(out, parameter);
  out.end_array().key("series").begin_array();
  for (auto const& series : each.queues)
    out.begin_object().member("id", series.id).member("label", series.label)
        .member("unit", series.unit).member("capacity", series.capacity).end_object();
  out.end_array().key("stages").begin_array();
  for (auto const& stage : each.stages)
    out.begin_object().member("id", stage.id).member("label", stage.label).end_object();
  out.end_array();
  write(out, "pictures", each.pictures);
  write(out, "hero", each.hero);
  if (!each.explore.subject.empty())
    out.key("explore").begin_object().member("subject", each.explore.subject)
        .member("preset", each.explore.preset).end_object();
  out.end_object();
}

auto hex16(std::uint64_t bits) -> std::string {
  auto digits = format_seed(bits);
  return std::string(16 - digits.size(), '0') + digits;
}

}  // namespace

auto catalogue_json() -> std::string {
  json_writer out;
  out.begin_object().member("format", "sluice-schema").member("version", 1);
  out.key("scenarios").begin_array();
  for (auto const* each : catalogue()) write(out, *each);
  out.end_array().end_object();
  return std::move(out).text();
}

auto outcome_json(run_request const& request, outcome const& of) -> std::string {
  json_writer out;
  out.begin_object().member("state", name(of.state)).member("failure", of.failure);
  out.member("scenario", request.what->id).member("seed", format_seed(request.seed));
  out.member("engine", name(request.engine)).key("params").begin_object();
  for (auto const& each : request.params.parameters()) {
    out.key(each.id);
    if (each.type == param_type::choice) {
      out.value(request.params.choice(each.id));
    } else if (each.type == param_type::flag) {
      out.value(request.params.flag(each.id));
    } else {
      out.value(request.params.number(each.id));
    }
  }
  out.end_object();
  out.member("elapsedNs", of.elapsed_ns).member("workers", of.workers);
  out.member("itemsIn", of.items_in).member("itemsOut", of.items_out);
  out.member("dropped", of.dropped).member("retries", of.retries);
  out.member("utilisation", of.utilisation).member("stepsPerNs", of.steps_per_ns);
  out.member("traceHash", hex16(of.trace_hash)).member("traceCount", of.trace_count);
  out.key("latency").begin_object().member("count", of.latency.count());
  out.member("p50", of.latency.percentile(50)).member("p90", of.latency.percentile(90));
  out.member("p99", of.latency.percentile(99)).member("max", of.latency.max()).end_object();
  out.key("histogram").begin_object().member("encoding", "hdr-v2");
  out.member("data", of.latency.encode_hdr()).end_object();
  out.key("invariants").begin_array();
  for (auto const& each : of.invariants)
    out.begin_object().member("name", each.name).member("held", each.held)
        .member("expected", each.expected).member("actual", each.actual).end_object();
  out.end_array().key("findings").begin_array();
  for (auto const& each : of.findings)
    out.begin_object().member("name", each.name).member("value", each.value).end_object();
  out.end_array().end_object();
  return std::move(out).text();
}

}  // namespace sluice::scenarios
