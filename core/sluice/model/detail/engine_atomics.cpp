// engine_atomics — loads, stores and read-modify-writes as steps of an execution, and waiting for them.
#include <sluice/model/detail/engine.hpp>

#include <algorithm>
#include <utility>

namespace sluice::model::detail {

auto engine::made(void const* object, std::uint64_t value, value_kind kind) -> location_id {
  count_step();
  auto const id = graph_.add_location(running_, value, initialising_);
  if (info_.size() == info_used_) info_.emplace_back();
  auto& fresh = info_[info_used_++];
  fresh.object = object;
  fresh.kind = kind;
  fresh.dead = false;
  fresh.name.clear();
  fresh.thread = static_cast<std::uint16_t>(running_);
  fresh.event = initialising_ ? std::uint16_t{0} : graph_.now(running_).at[running_];
  return id;
}

void engine::gone(location_id id) noexcept {
  auto& info = info_[id];
  if (!draining_) {
    auto const& now = graph_.now(running_);
    for (auto const& each : graph_.location(id).accesses) {
      if (now.covers(each.thread, each.event)) continue;
      fail(fault::use_after_free, describe(id) + " is destroyed although an access of T" +
                                      std::to_string(each.thread) + " to it does not happen before");
      break;
    }
  }
  info.dead = true;
}

auto engine::usable(location_id id, std::string_view what) -> bool {
  auto const& info = info_[id];
  if (info.dead) {
    fail(fault::use_after_free, std::string(what) + " of " + describe(id) + " after it was destroyed");
    return false;
  }
  if (!graph_.now(running_).covers(info.thread, info.event))
    fail(fault::data_race, std::string(what) + " of " + describe(id) +
                               " does not happen after its construction");
  return true;
}

/// The running thread has taken the step that was chosen for it.
void engine::decided(location_id id) {
  auto& me = threads_[running_];
  if (me.branch != schedule::no_branch)
    decisions_.push_back({id, running_, graph_.now(running_).at[running_], me.branch});
}

/// `thread` writes, or might have written: whoever decided on that location without knowing of it might
/// have decided otherwise, had it waited.
void engine::writes(location_id id, unsigned thread) {
  auto const& now = graph_.now(thread);
  for (auto const& each : decisions_)
    if (each.location == id && each.thread != thread && !now.covers(each.thread, each.event))
      schedule_.widen(each.branch);
}

/// The run ends while threads wait, and each of them would have written had it come sooner.
void engine::would_have_written() {
  for (unsigned each = 0; each < threads_used_; ++each)
    if (threads_[each].now == state::waiting && threads_[each].wants.what == request::await)
      writes(threads_[each].wants.location, each);
}

/// Whether a thread that was let through without news reads again what it has read.
auto engine::repeats(location_id id, store_id from) -> bool {
  auto const& me = threads_[running_];
  if (!me.idle) return false;
  if (std::ranges::find(me.last_reads, seen{id, graph_.origin(from)}) == me.last_reads.end())
    return false;
  saw(id, from);
  return true;
}

void engine::saw(location_id id, store_id from) {
  auto& me = threads_[running_];
  from = graph_.origin(from);
  me.expects_news = false;
  for (auto& each : me.reads) {
    if (each.location != id) continue;
    each.from = from;
    return;
  }
  me.reads.push_back({id, from});
}

auto engine::load(location_id id, std::memory_order order, code_location where) -> std::uint64_t {
  count_step();
  if (draining_ || !usable(id, "load")) return drained_value(id);
  auto& me = threads_[running_];
  me.wants = {.what = request::load, .location = id, .order = order};
  me.now = state::waiting;
  wait_for_turn();
  if (draining_) return drained_value(id);
  auto const from = me.wants.from;
  if (info_[id].dead && !usable(id, "load")) return drained_value(id);
  if (repeats(id, from)) return graph_.stored(from).value;
  graph_.load(running_, from, order);
  decided(id);
  saw(id, from);
  if (tracing_) write_down_load(id, from, order, where);
  return draining_ ? drained_value(id) : graph_.stored(from).value;
}

void engine::store(location_id id, std::uint64_t value, std::memory_order order, code_location where) {
  count_step();
  if (draining_ || !usable(id, "store")) {
    drain_step();
    graph_.overwrite_newest(id, value);
    return;
  }
  auto& me = threads_[running_];
  me.moved = true;
  // From the end: to come last is the first choice.
  auto const& stores = graph_.location(id).stores;
  auto const first = graph_.newest_known(running_, id) + 1;
  places_.clear();
  for (auto at = static_cast<std::uint32_t>(stores.size()); at >= first; --at)
    if ((at == stores.size() || !graph_.stored(stores[at - 1]).taken) &&
        graph_.may_store_at(running_, id, at, order))
      places_.push_back(at);
  if (places_.empty()) begin_draining(ending::abandoned);  // no order S is left
  auto const chosen = draining_ ? 0 : choose(places_.size(), "places for one store");
  if (draining_) return graph_.overwrite_newest(id, value);
  auto const place = places_[chosen];
  auto const made = static_cast<store_id>(graph_.stores());
  writes(id, running_);
  graph_.store_at(running_, id, place, value, order);
  if (tracing_)
    write_down(step_kind::store, id,
               ".store(" + describe_value(info_[id].kind, value) + ", " +
                   std::string(order_name(order)) + ")",
               no_store, made, &order, where);
}

auto engine::update(location_id id, change* apply, std::uint64_t operand, std::memory_order order,
                    code_location where) -> std::uint64_t {
  count_step();
  if (draining_ || !usable(id, "read-modify-write")) return drained_update(id, apply, operand);
  auto& me = threads_[running_];
  me.wants = {.what = request::update, .location = id, .order = order};
  me.now = state::waiting;
  wait_for_turn();
  if (draining_ || (info_[id].dead && !usable(id, "read-modify-write")))
    return drained_update(id, apply, operand);
  auto const from = me.wants.from;
  auto const old = graph_.stored(from).value;
  auto const fresh = apply(old, operand);
  if (fresh == old && repeats(id, from)) return old;
  auto const made = static_cast<store_id>(graph_.stores());
  writes(id, running_);
  graph_.update(running_, from, fresh, order);
  decided(id);
  if (fresh == old) {  // "try to set what is set" is a way of waiting, and no news to others who do
    graph_.changes_nothing(made, from);
    saw(id, from);
  } else {
    me.moved = true;
  }
  if (tracing_) write_down_update(id, from, made, order, where);
  return draining_ ? drained_update(id, apply, operand) : old;
}

auto engine::exchange_if(location_id id, std::uint64_t& expected, std::uint64_t desired,
                         std::memory_order success, std::memory_order failure, code_location where) -> bool {
  auto const drained = [&] {
    auto const old = drained_value(id);
    if (old == expected) return graph_.overwrite_newest(id, desired), true;
    expected = old;
    return false;
  };
  count_step();
  if (draining_ || !usable(id, "compare-exchange")) return drained();
  auto& me = threads_[running_];
  me.wants = {.what = request::exchange_if,
              .location = id,
              .order = success,
              .failure_order = failure,
              .expected = expected};
  me.now = state::waiting;
  wait_for_turn();
  if (draining_ || (info_[id].dead && !usable(id, "compare-exchange"))) return drained();
  auto const from = me.wants.from;
  auto const old = graph_.stored(from).value;
  if (old != expected && repeats(id, from)) return expected = old, false;
  writes(id, running_);  // also when it fails: before somebody else's it might have won
  if (old == expected) {
    auto const made = static_cast<store_id>(graph_.stores());
    graph_.update(running_, from, desired, success);
    decided(id);
    me.moved = true;
    if (tracing_) write_down_update(id, from, made, success, where);
  } else {
    graph_.load(running_, from, failure);
    decided(id);
    if (from != me.last_lost) me.moved = true;  // a lost race is news, the first time
    me.last_lost = from;
    saw(id, from);
    if (tracing_) write_down_load(id, from, failure, where, true);
  }
  if (draining_) return drained();
  if (old == expected) return true;
  expected = old;
  return false;
}

void engine::fence(std::memory_order order, code_location where) {
  count_step();
  if (draining_) return;
  if (!graph_.fence(running_, order)) return begin_draining(ending::abandoned);
  if (tracing_)
    write_down(step_kind::fence, no_location, "fence(" + std::string(order_name(order)) + ")",
               no_store, no_store, &order, where);
}

void engine::asymmetric_fence(sc_kind kind, code_location where) {
  count_step();
  if (draining_) return;
  if (!graph_.asymmetric_fence(running_, kind)) return begin_draining(ending::abandoned);
  if (tracing_)
    write_down(step_kind::fence, no_location, kind == sc_kind::heavy ? "heavy_fence()" : "light_fence()", no_store, no_store,
               nullptr, where);
}

void engine::spin(code_location where) {
  count_step();
  auto& me = threads_[running_];
  if (draining_) {
    drain_step();
    me.now = state::spinning;
    wait_for_turn();
    return;
  }
  auto const was_idle = std::exchange(me.idle, false);
  auto const looked = std::exchange(me.looked, false);
  if (std::exchange(me.moved, false) || (me.reads.empty() && !looked)) {
    me.reads.clear();
    me.last_reads.clear();
    return;
  }
  if (!me.reads.empty() && me.reads == me.last_reads && !was_idle)
    return begin_draining(ending::abandoned);  // a round without news
  me.last_reads.swap(me.reads);
  me.reads.clear();
  if (tracing_ && !was_idle)
    write_down(step_kind::spin, no_location, "waits for news", no_store, no_store, nullptr, where);
  me.now = state::spinning;
  wait_for_turn();
}

auto engine::await(location_id id, std::uint64_t expected, std::uint64_t desired, waiting_for what,
                   bool may_give_up, code_location where) -> bool {
  count_step();
  constexpr auto order = std::memory_order_acq_rel;
  auto& me = threads_[running_];
  if (!draining_ && usable(id, "wait")) {
    me.wants = {.what = request::await,
                .location = id,
                .order = order,
                .expected = expected,
                .may_give_up = may_give_up,
                .reason = what};
    me.now = state::waiting;
    wait_for_turn();
    if (!draining_) {
      auto const from = me.wants.from;
      if (from == no_store) {
        writes(id, running_);  // it gave up: before somebody else's it might not have had to
        graph_.plain_event(running_);
        decided(id);
        if (tracing_)
          write_down(step_kind::note, id, " gives up waiting", no_store, no_store, nullptr, where);
        return false;
      }
      auto const made = static_cast<store_id>(graph_.stores());
      writes(id, running_);
      graph_.update(running_, from, desired, order);
      decided(id);
      me.moved = true;
      if (tracing_)
        write_down(what == waiting_for::mutex ? step_kind::lock : step_kind::park, id,
                   what == waiting_for::mutex ? ".lock()" : ".park() ends", from, made, nullptr, where);
      return true;
    }
  }
  drain_step();
  while (graph_.newest(id).value != expected) {
    if (may_give_up) return false;
    me.wants = {.what = request::await, .location = id, .order = order, .expected = expected, .reason = what};
    me.now = state::waiting;
    wait_for_turn();
    if (running_ == 0 && graph_.newest(id).value != expected) leave_for_good();
  }
  graph_.overwrite_newest(id, desired);
  return true;
}

auto engine::drained_value(location_id id) -> std::uint64_t {
  drain_step();
  return graph_.newest(id).value;
}

auto engine::drained_update(location_id id, change* apply, std::uint64_t operand) -> std::uint64_t {
  auto const old = drained_value(id);
  graph_.overwrite_newest(id, apply(old, operand));
  return old;
}

void engine::drain_step() {
  if (++drained_ > most_drained) leave_for_good();
}

}  // namespace sluice::model::detail
