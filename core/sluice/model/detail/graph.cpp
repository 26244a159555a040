#include <sluice/model/detail/graph.hpp>

namespace sluice::model::detail {

void graph::clear() noexcept {
  for (auto& each : threads_) {
    each.now = {};
    each.fence_released = {};
    each.fence_pending = {};
    each.sc_events.clear();
    each.sc_fences.clear();
  }
  stores_.clear();
  locations_used_ = 0;  // the lists keep their memory for the next execution
  sc_.clear();
}

void graph::begin_thread(unsigned thread, unsigned parent) {
  plain_event(parent);
  threads_[thread].now = threads_[parent].now;
}

void graph::join_thread(unsigned waiter, unsigned thread) {
  plain_event(thread);  // its end, which is behind its last operation
  threads_[waiter].now.join(threads_[thread].now);
}

auto graph::add_location(unsigned thread, std::uint64_t value, bool known_to_all) -> location_id {
  auto const id = static_cast<location_id>(locations_used_++);
  if (locations_.size() < locations_used_) locations_.emplace_back();
  auto& fresh = locations_[id];
  fresh.stores.assign(1, static_cast<store_id>(stores_.size()));
  auto const event = known_to_all ? std::uint16_t{0} : plain_event(thread);
  auto& first = stores_.emplace_back();
  first.value = value;
  first.location = id;
  first.thread = static_cast<std::uint16_t>(thread);
  first.event = event;
  fresh.accesses.clear();
  auto& made = fresh.accesses.emplace_back();
  made.store = fresh.stores.front();
  made.thread = first.thread;
  made.event = event;
  return id;
}

auto graph::newest_known(unsigned thread, location_id id) const noexcept -> std::uint32_t {
  auto const& now = threads_[thread].now;
  std::uint32_t newest = 0;
  for (auto const& each : locations_[id].accesses)
    if (now.covers(each.thread, each.event))
      if (auto const place = stores_[each.store].place; place > newest) newest = place;
  return newest;
}

auto graph::begin_event(unsigned thread, vector_time& before) noexcept -> std::uint16_t {
  auto& now = threads_[thread].now;
  before = now;
  return ++now.at[thread];
}

void graph::read_from(thread_state& me, store const& what, std::memory_order order) noexcept {
  if (acquires(order)) me.now.join(what.released);
  else me.fence_pending.join(what.released);
}

auto graph::make_store(unsigned thread, location_id id, std::uint32_t place, std::uint64_t value,
                       std::memory_order order) -> store_id {
  auto const made = static_cast<store_id>(stores_.size());
  auto& list = locations_[id].stores;
  list.insert(list.begin() + place, made);
  for (auto at = place + 1; at < list.size(); ++at) stores_[list[at]].place = at;
  auto& me = threads_[thread];
  auto& fresh = stores_.emplace_back();
  fresh.value = value;
  fresh.released = releases(order) ? me.now : me.fence_released;
  fresh.location = id;
  fresh.place = place;
  fresh.thread = static_cast<std::uint16_t>(thread);
  fresh.event = me.now.at[thread];
  return made;
}

void graph::load(unsigned thread, store_id from, std::memory_order order) {
  vector_time before;
  auto const event = begin_event(thread, before);
  read_from(threads_[thread], stores_[from], order);
  record(thread, event, from, true, order, before);
}

void graph::store_at(unsigned thread, location_id id, std::uint32_t place, std::uint64_t value,
                     std::memory_order order) {
  vector_time before;
  auto const event = begin_event(thread, before);
  record(thread, event, make_store(thread, id, place, value, order), false, order, before);
}

void graph::update(unsigned thread, store_id from, std::uint64_t value, std::memory_order order) {
  vector_time before;
  auto const event = begin_event(thread, before);
  read_from(threads_[thread], stores_[from], order);
  stores_[from].taken = true;
  auto const made = make_store(thread, stores_[from].location, stores_[from].place + 1, value, order);
  stores_[made].released.join(stores_[from].released);  // it continues the release sequence
  record(thread, event, made, false, order, before);
}

// What strongly happens before a new event, of which `before` is the time its predecessor left. From
// another thread that is whatever lies in front of an event known then: the last known one itself may
// be known only because it released, and happening before is not yet happening strongly before.
auto graph::strongly_before(unsigned thread, vector_time const& before) const noexcept -> sc_set {
  sc_set earlier;
  for (unsigned each = 0; each < max_threads; ++each) {
    auto const& list = threads_[each].sc_events;
    for (auto at = list.rbegin(); at != list.rend(); ++at) {
      if (each != thread && at->event >= before.at[each]) continue;
      earlier.add(at->number);
      if (sc_.stands_for_earlier(at->number)) break;
    }
  }
  return earlier;
}

// The four conditions of [atomics.order] on S: whatever is coherence-ordered, or fenced off from what
// is, goes into S in that order. On one location coherence order goes by `key`: a store, its readers,
// the next store; a read-modify-write counts as what it wrote. What has a key below `key_from` comes
// before the operation in question, what has one of `key_to` or above behind it.
auto graph::bounds(unsigned thread, location_id id, std::uint32_t key_from, std::uint32_t key_to, bool is_sc,
                   vector_time const& before, vector_time const& now) const noexcept -> sc_bounds {
  sc_bounds all;
  auto const words = sc_.words();
  for (unsigned each = 0; each < max_threads; ++each) {
    auto const& fences = threads_[each].sc_fences;
    for (auto at = fences.rbegin(); at != fences.rend(); ++at) {
      if (!now.covers(each, at->event)) continue;
      all.fences.add(at->number);
      if (sc_.stands_for_earlier(at->number)) break;
    }
  }
  auto const fenced = !all.fences.empty(words);
  if (!is_sc && !fenced) return all;
  if (is_sc) all.earlier = strongly_before(thread, before);
  for (auto const& other : locations_[id].accesses) {
    auto const its = key(other);
    if (its < key_from) {
      if (is_sc) all.earlier.join(other.earlier, words);
    } else if (its >= key_to) {
      all.later.join(other.later, words);
    }
  }
  return all;
}

auto graph::may(unsigned thread, location_id id, std::uint32_t key_from, std::uint32_t key_to,
                std::memory_order order, store const* from) const noexcept -> bool {
  if (!concerns_sc(order)) return true;
  auto const& before = threads_[thread].now;
  auto now = before;
  if (from != nullptr && acquires(order)) now.join(from->released);
  auto all = bounds(thread, id, key_from, key_to, order == std::memory_order_seq_cst, before, now);
  all.earlier.join(all.fences, sc_.words());
  return sc_.may_order(all.earlier, all.later);
}

auto graph::may_load(unsigned thread, store_id from, std::memory_order order) const noexcept -> bool {
  auto const& read = stores_[from];
  return may(thread, read.location, read.place * 2 + 1, read.place * 2 + 2, order, &read);
}

auto graph::may_update(unsigned thread, store_id from, std::memory_order order) const noexcept -> bool {
  auto const& read = stores_[from];
  return may(thread, read.location, read.place * 2 + 2, read.place * 2 + 2, order, &read);
}

auto graph::may_store_at(unsigned thread, location_id id, std::uint32_t place,
                         std::memory_order order) const noexcept -> bool {
  return may(thread, id, place * 2, place * 2, order, nullptr);
}

void graph::record(unsigned thread, std::uint16_t event, store_id what, bool only_reads,
                   std::memory_order order, vector_time const& before) {
  auto const id = stores_[what].location;
  auto& mine = locations_[id].accesses.emplace_back();
  mine.store = what;
  mine.thread = static_cast<std::uint16_t>(thread);
  mine.event = event;
  mine.only_reads = only_reads;
  if (!concerns_sc(order) || sc_.full()) return;  // the engine ends a run whose S is full

  auto const is_sc = order == std::memory_order_seq_cst;
  auto const all = bounds(thread, id, key(mine), key(mine) + 1, is_sc, before, threads_[thread].now);
  mine.earlier = all.fences;
  if (is_sc) {
    auto const number = sc_.add(sc_kind::seq_cst);
    threads_[thread].sc_events.push_back({event, static_cast<std::uint16_t>(number)});
    mine.earlier.add(number);
    mine.later.add(number);
    (void)sc_.order(all.earlier, number);
  }
  all.later.each(sc_.words(), [&](std::size_t number) { (void)sc_.order(mine.earlier, number); });
}

auto graph::fence(unsigned thread, std::memory_order order) -> bool {
  vector_time before;
  auto const event = begin_event(thread, before);
  auto& me = threads_[thread];
  if (acquires(order)) me.now.join(me.fence_pending);
  if (releases(order)) me.fence_released = me.now;
  return order != std::memory_order_seq_cst || enter_order(thread, event, sc_kind::seq_cst, before);
}

auto graph::asymmetric_fence(unsigned thread, sc_kind kind) -> bool {
  vector_time before;
  auto const event = begin_event(thread, before);
  auto& me = threads_[thread];
  if (kind == sc_kind::heavy) {  // a seq_cst fence, too
    me.now.join(me.fence_pending);
    me.fence_released = me.now;
  }
  return enter_order(thread, event, kind, before);
}

// A fence takes its place in S. False when there is none.
auto graph::enter_order(unsigned thread, std::uint16_t event, sc_kind kind, vector_time const& before) -> bool {
  if (sc_.full()) return true;
  auto& me = threads_[thread];
  auto earlier = strongly_before(thread, before);
  auto const number = sc_.add(kind);
  me.sc_events.push_back({event, static_cast<std::uint16_t>(number)});
  me.sc_fences.push_back({event, static_cast<std::uint16_t>(number)});
  auto const words = sc_.words();
  for (std::size_t id = 0; id < locations_used_; ++id) {
    auto& list = locations_[id].accesses;
    if (list.size() == 1) continue;  // nothing comes before the first store
    std::uint32_t newest = 0;
    for (auto& each : list) {
      if (!me.now.covers(each.thread, each.event)) continue;
      each.later.add(number);
      if (auto const its = key(each); its > newest) newest = its;
    }
    if (newest == 0) continue;
    for (auto const& each : list)
      if (key(each) < newest) earlier.join(each.earlier, words);
  }
  return sc_.order(earlier, number);
}

}  // namespace sluice::model::detail
