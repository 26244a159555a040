#include <sluice/observe/telemetry.hpp>

#include <string_view>

#include <sluice/base/json_writer.hpp>

namespace sluice {
namespace {

void zero(telemetry_block::word& word) noexcept { word.store(0, std::memory_order_relaxed); }

void field(json_writer& out, std::string_view name, std::size_t offset, std::string_view type) {
  out.key(name).begin_object().member("offset", offset).member("type", type).end_object();
}

}  // namespace

// The rings are left as they are: a reader goes by their heads.
void telemetry_block::clear() noexcept {
  state.store(0, std::memory_order_relaxed);
  lanes_used.store(0, std::memory_order_relaxed);
  for (auto* word : {&now, &trace_hash, &trace_count}) zero(*word);
  for (auto& word : counters) zero(word);
  for (auto& lane : lanes)
    for (auto* word : {&lane.state, &lane.busy, &lane.items, &lane.retries, &lane.since}) zero(*word);
  for (auto& gauge : gauges)
    for (auto* word : {&gauge.value, &gauge.high, &gauge.capacity, &gauge.sent}) zero(*word);
  for (auto& stage : stages)
    for (auto* word : {&stage.active, &stage.done, &stage.busy, &stage.blocked}) zero(*word);
  for (auto& bucket : latency) zero(bucket);
  for (auto& ring : events) ring.head.store(0, std::memory_order_release);
  magic.store(expected_magic, std::memory_order_relaxed);
}

auto telemetry_layout_json() -> std::string {
  using block = telemetry_block;
  json_writer out;
  out.begin_object().member("version", 1).member("bytes", sizeof(block));
  out.key("fields").begin_object();
  field(out, "magic", offsetof(block, magic), "u32");
  field(out, "run", offsetof(block, run), "u32");
  field(out, "state", offsetof(block, state), "u32");
  field(out, "lanes", offsetof(block, lanes_used), "u32");
  field(out, "virtual", offsetof(block, virtual_time), "u32");
  field(out, "now", offsetof(block, now), "u64");
  field(out, "traceHash", offsetof(block, trace_hash), "u64");
  field(out, "traceCount", offsetof(block, trace_count), "u64");
  out.end_object();
  out.key("counters").begin_object().member("offset", offsetof(block, counters));
  out.member("count", block::most_counters).key("names").begin_array();
  for (auto const* name : {"itemsIn", "itemsOut", "dropped", "retries", "spawned", "ended"})
    out.value(name);
  out.end_array().end_object();
  out.key("lane").begin_object().member("offset", offsetof(block, lanes));
  out.member("stride", sizeof(block::lane)).member("count", block::most_lanes);
  out.key("fields").begin_object().member("state", offsetof(block::lane, state));
  out.member("busy", offsetof(block::lane, busy)).member("items", offsetof(block::lane, items));
  out.member("retries", offsetof(block::lane, retries)).member("since", offsetof(block::lane, since));
  out.end_object().end_object();
  out.key("gauge").begin_object().member("offset", offsetof(block, gauges));
  out.member("stride", sizeof(block::gauge)).member("count", block::most_gauges);
  out.key("fields").begin_object().member("value", offsetof(block::gauge, value));
  out.member("high", offsetof(block::gauge, high)).member("capacity", offsetof(block::gauge, capacity));
  out.member("sent", offsetof(block::gauge, sent)).end_object().end_object();
  out.key("stage").begin_object().member("offset", offsetof(block, stages));
  out.member("stride", sizeof(block::stage)).member("count", block::most_stages);
  out.key("fields").begin_object().member("active", offsetof(block::stage, active));
  out.member("done", offsetof(block::stage, done)).member("busy", offsetof(block::stage, busy));
  out.member("blocked", offsetof(block::stage, blocked)).end_object().end_object();
  out.key("histogram").begin_object().member("offset", offsetof(block, latency));
  out.member("count", histogram::bucket_count).member("subBits", 5).end_object();
  out.key("ring").begin_object().member("offset", offsetof(block, events));
  out.member("stride", sizeof(block::ring)).member("count", block::rings);
  out.member("capacity", block::ring_capacity).member("headOffset", offsetof(block::ring, head));
  out.member("recordsOffset", offsetof(block::ring, slots)).member("recordBytes", sizeof(block::slot));
  out.end_object().end_object();
  return std::move(out).text();
}

}  // namespace sluice
