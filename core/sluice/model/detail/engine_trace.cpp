// engine_trace — one execution in words.
#include <sluice/model/detail/engine.hpp>

namespace sluice::model::detail {

auto order_name(std::memory_order order) noexcept -> std::string_view {
  switch (order) {
    case std::memory_order_relaxed: return "relaxed";
    case std::memory_order_consume: return "consume";
    case std::memory_order_acquire: return "acquire";
    case std::memory_order_release: return "release";
    case std::memory_order_acq_rel: return "acq_rel";
    default: return "seq_cst";
  }
}

void engine::name(location_id location, std::string_view name) { info_[location].name = name; }

void engine::name_newest(std::span<std::string_view const> names) {
  for (std::size_t back = 1; back <= names.size() && back <= info_used_; ++back)
    info_[info_used_ - back].name = names[names.size() - back];
}

// An atomic of a node is called after the node, and numbered if that has several.
auto engine::describe(location_id id) const -> std::string {
  auto const& info = info_[id];
  if (!info.name.empty()) return info.name;
  auto const block = heap_.find(info.object);
  if (block == heap::none) return "atomic " + std::to_string(id + 1);
  std::size_t mine = 0, all = 0;
  for (location_id other = 0; other < info_used_; ++other) {
    if (info_[other].dead != info.dead || heap_.find(info_[other].object) != block) continue;
    ++all;
    if (other <= id) ++mine;
  }
  return describe_address(info.object) + (all > 1 ? "[" + std::to_string(mine) + "]" : "");
}

auto engine::describe_cell(location_id id) const -> std::string {
  auto text = "cell " + std::to_string(id + 1);
  if (heap_.find(cells_[id].object) != heap::none) text += " in " + describe_address(cells_[id].object);
  return text;
}

auto engine::describe_address(void const* address) const -> std::string {
  auto const number = heap_.find(address);
  if (number == heap::none) {
    for (std::size_t at = 0; at < info_used_; ++at)
      if (info_[at].object == address && !info_[at].name.empty()) return "&" + info_[at].name;
    return "an address outside";
  }
  std::size_t counted = 0;
  for (std::size_t at = 0; at <= number; ++at) counted += heap_.blocks()[at].counted ? 1 : 0;
  return (heap_.blocks()[number].counted ? "node " : "static node ") + std::to_string(counted);
}

auto engine::describe_value(value_kind kind, std::uint64_t value) const -> std::string {
  switch (kind) {
    case value_kind::signed_number: return std::to_string(static_cast<std::int64_t>(value));
    case value_kind::boolean: return value != 0 ? "true" : "false";
    case value_kind::pointer:
      if (value == 0) return "null";
      return describe_address(reinterpret_cast<void const*>(static_cast<std::uintptr_t>(value)));
    default: return std::to_string(value);
  }
}

void engine::note(step_kind kind, std::string text) {
  if (!tracing_) return;
  auto& fresh = trace_.emplace_back();
  fresh.thread = running_;
  fresh.kind = kind;
  fresh.text = std::move(text);
}

void engine::mark(step_kind kind, std::string_view text) {
  count_step();
  if (draining_) drain_step();
  else graph_.plain_event(running_);
  if (tracing_) note(kind, std::string(text));
}

void engine::retell(step_kind kind, std::string_view call) {
  if (!tracing_ || draining_) return;
  auto& last = trace_.back();
  last.kind = kind;
  last.text = last.object + std::string(call);
}

void engine::write_down(step_kind kind, location_id id, std::string text, store_id from, store_id result,
                        std::memory_order const* order, code_location where) {
  auto& fresh = trace_.emplace_back();
  fresh.thread = running_;
  fresh.kind = kind;
  fresh.where = where;
  if (order != nullptr) fresh.order = order_name(*order);
  if (id != no_location) {
    fresh.object = describe(id);
    fresh.object_id = static_cast<std::int64_t>(id);
  }
  fresh.text = fresh.object + std::move(text);
  step_of_store_.resize(graph_.stores(), -1);
  if (from != no_store) {
    fresh.from = step_of_store_[from];
    fresh.place = graph_.stored(from).place;
    fresh.value = describe_value(info_[id].kind, graph_.stored(from).value);
  }
  if (result != no_store) {
    fresh.place = graph_.stored(result).place;
    fresh.value = describe_value(info_[id].kind, graph_.stored(result).value);
    fresh.is_newest = fresh.place + 1 == graph_.location(id).stores.size();
    step_of_store_[result] = static_cast<std::int64_t>(trace_.size()) - 1;
  }
}

void engine::write_down_load(location_id id, store_id from, std::memory_order order, code_location where,
                             bool lost) {
  auto const value = describe_value(info_[id].kind, graph_.stored(from).value);
  auto const text = lost ? ".compare_exchange(" + std::string(order_name(order)) + ") fails, finds " + value
                         : ".load(" + std::string(order_name(order)) + ") = " + value;
  write_down(step_kind::load, id, text, from, no_store, &order, where);
  auto const& stores = graph_.location(id).stores;
  if (graph_.stored(from).place + 1 < stores.size()) {
    trace_.back().stale = true;
    trace_.back().text += ", not the newest";
  }
}

void engine::write_down_update(location_id id, store_id from, store_id made, std::memory_order order,
                               code_location where) {
  auto const kind = info_[id].kind;
  write_down(step_kind::update, id,
             ": " + describe_value(kind, graph_.stored(from).value) + " becomes " +
                 describe_value(kind, graph_.stored(made).value) + " (" +
                 std::string(order_name(order)) + ")",
             from, made, &order, where);
}

}  // namespace sluice::model::detail
