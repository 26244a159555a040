// engine_memory — plain memory, the allocator, and objects of which each thread or each execution has one.
#include <sluice/model/detail/engine.hpp>

#include <utility>

#include <sluice/base/contract.hpp>

namespace sluice::model::detail {

auto engine::made_cell(void const* object, bool written) -> location_id {
  count_step();
  auto const id = static_cast<location_id>(cells_used_++);
  if (cells_.size() < cells_used_) cells_.emplace_back();
  auto& fresh = cells_[id];
  fresh.object = object;
  fresh.dead = false;
  fresh.read = {};
  fresh.writes.clear();
  fresh.thread = fresh.made_by = static_cast<std::uint16_t>(running_);
  fresh.event = fresh.made_at = initialising_ ? std::uint16_t{0} : graph_.plain_event(running_);
  fresh.written = written;
  return id;
}

void engine::gone_cell(location_id id) noexcept {
  auto& cell = cells_[id];
  if (!draining_) {
    auto const& now = graph_.now(running_);
    bool ordered = now.covers(cell.thread, cell.event);
    for (unsigned each = 0; each < max_threads; ++each)
      ordered = ordered && now.covers(each, cell.read.at[each]);
    if (!ordered)
      fail(fault::use_after_free,
           describe_cell(id) + " is destroyed although an access of another thread does not happen before");
  }
  cell.dead = true;
}

auto engine::usable_cell(location_id id, std::string_view what) -> bool {
  auto const& cell = cells_[id];
  if (cell.dead) {
    fail(fault::use_after_free, std::string(what) + " of " + describe_cell(id) + " after it was destroyed");
    return false;
  }
  auto const& now = graph_.now(running_);
  if (!now.covers(cell.made_by, cell.made_at)) {
    fail(fault::data_race, std::string(what) + " of " + describe_cell(id) +
                               " does not happen after its construction");
  } else if (!now.covers(cell.thread, cell.event)) {
    fail(fault::data_race, std::string(what) + " of " + describe_cell(id) + " and a write of T" +
                               std::to_string(cell.thread) + " are unordered");
  }
  return true;
}

auto engine::read_cell(location_id id, code_location where) -> std::uint64_t const* {
  count_step();
  if (draining_) return drain_step(), nullptr;
  threads_[running_].looked = true;
  if (!usable_cell(id, "read")) return nullptr;
  auto& cell = cells_[id];
  if (tracing_)
    write_down(step_kind::read, no_location, describe_cell(id) + " is read", no_store, no_store,
               nullptr, where);
  auto const now = graph_.now(running_);
  cell.read.at[running_] = initialising_ ? std::uint16_t{0} : graph_.plain_event(running_);
  if (!cell.written)
    fail(fault::uninitialised_read, describe_cell(id) + " is read before it was ever written");
  if (draining_ || cell.writes.empty() || now.covers(cell.thread, cell.event)) return nullptr;
  // A race. What may be read: the last write that is known, and those that are not ordered.
  auto const& writes = cell.writes;
  std::size_t known = 0;
  for (std::size_t at = 0; at < writes.size(); ++at)
    if (now.covers(writes[at].thread, writes[at].event)) known = at;
  std::size_t possible = 0;
  for (std::size_t at = 0; at < writes.size(); ++at)
    if (at == known || !now.covers(writes[at].thread, writes[at].event)) ++possible;
  auto chosen = choose(possible, "writes that one read may see");
  if (chosen >= possible) return nullptr;
  for (std::size_t at = 0;; ++at) {
    if (at != known && now.covers(writes[at].thread, writes[at].event)) continue;
    if (chosen-- == 0) return &writes[at].value;
  }
}

void engine::keep_value(location_id id, std::uint64_t value) {
  if (draining_) return;
  auto& cell = cells_[id];
  cell.writes.push_back({value, cell.thread, cell.event});
}

void engine::write_cell(location_id id, code_location where) {
  count_step();
  if (draining_) return drain_step();
  if (!usable_cell(id, "write")) return;
  auto& cell = cells_[id];
  auto const& now = graph_.now(running_);
  for (unsigned each = 0; each < max_threads; ++each)
    if (!now.covers(each, cell.read.at[each])) {
      fail(fault::data_race, "write of " + describe_cell(id) + " and a read of T" +
                                 std::to_string(each) + " are unordered");
      break;
    }
  if (tracing_)
    write_down(step_kind::write, no_location, describe_cell(id) + " is written", no_store, no_store,
               nullptr, where);
  cell.thread = static_cast<std::uint16_t>(running_);
  cell.event = initialising_ ? std::uint16_t{0} : graph_.plain_event(running_);
  cell.written = true;
}

void engine::end_write(location_id id) noexcept {
  if (draining_) return;
  auto& cell = cells_[id];
  if (cell.thread != running_)
    fail(fault::data_race, "T" + std::to_string(cell.thread) + " writes " + describe_cell(id) +
                               " while it is being written");
  cell.thread = static_cast<std::uint16_t>(running_);
  // Later than whatever was released while it lasted.
  cell.event = initialising_ ? std::uint16_t{0} : graph_.plain_event(running_);
}

// ---- the allocator

auto engine::allocate(std::size_t size, std::size_t alignment, bool counted) -> void* {
  if (alignment > heap::most_alignment)
    throw misuse("model::atomics", "an alignment of " + std::to_string(alignment) +
                                       " is more than " + std::to_string(heap::most_alignment));
  count_step();
  if (counted && !draining_ && allocations_++ == options_.failing_allocation) return nullptr;
  if (size == 0) size = 1;
  auto again = heap::none;
  if (options_.reuse_addresses && !draining_) {  // which one is up to the allocator
    heap_.reusable(size, alignment, graph_.now(running_), reusable_);
    if (!reusable_.empty()) {
      auto const chosen = choose(reusable_.size(), "addresses that one allocation may have again");
      if (chosen < reusable_.size()) again = reusable_[chosen];
    }
  }
  auto const number = heap_.add(size, alignment, again);
  if (number == heap::none) {
    give_up(std::to_string(options_.heap_bytes) + " bytes allocated in one execution");
    leave_for_good();
  }
  heap_.at(number).counted = counted && !initialising_;
  if (tracing_ && counted)
    note(step_kind::allocate, "allocates " + describe_address(heap_.address(number)));
  return heap_.address(number);
}

auto engine::may_free(void const* address) -> bool {
  auto const number = heap_.find(address);
  if (number == heap::none) {
    if (!draining_) fail(fault::double_free, "an address that was never allocated is given back");
    return false;
  }
  auto& each = heap_.at(number);
  if (each.freed) {
    fail(fault::double_free, describe_address(address) + " is given back twice");
    return false;
  }
  if (tracing_ && each.counted) note(step_kind::free, "gives back " + describe_address(address));
  return true;
}

void engine::freed(void const* address) noexcept {
  auto& each = heap_.at(heap_.find(address));
  each.freed = true;
  each.thread = static_cast<std::uint16_t>(running_);
  each.event = initialising_ ? std::uint16_t{0} : graph_.plain_event(running_);
}

void engine::retiring(void const* address) {
  auto const number = heap_.find(address);
  if (number == heap::none || draining_) return;
  if (std::exchange(heap_.at(number).retired, true))
    fail(fault::double_free, describe_address(address) + " is retired twice");
}

// ---- one object a thread, or one a program

auto engine::of_thread(void const* tag, void* (*make)(engine&), void (*destroy)(void*)) -> void* {
  for (auto const& each : owned_)
    if (each.tag == tag && each.thread == running_) return each.object;
  auto* const object = make(*this);
  owned_.push_back({tag, running_, object, destroy});
  return object;
}

auto engine::of_program(void const* tag, void* (*make)(engine&), void (*destroy)(void*)) -> void* {
  for (auto const& each : owned_)
    if (each.tag == tag && each.thread == max_threads) return each.object;
  auto const outer = std::exchange(initialising_, true);  // it has been there from the beginning
  auto* const object = make(*this);
  initialising_ = outer;
  owned_.push_back({tag, max_threads, object, destroy});
  return object;
}

void engine::destroy_owned(unsigned thread) {
  for (auto at = owned_.size(); at-- > 0;) {
    if (owned_[at].thread != thread) continue;
    auto const one = owned_[at];
    owned_.erase(owned_.begin() + static_cast<std::ptrdiff_t>(at));
    one.destroy(one.object);
    at = owned_.size();  // a destructor may have asked for another one
  }
}

void engine::report_unknown(void const* object, std::string_view what) {
  if (draining_) return;
  auto const number = heap_.find(object);
  if (number == heap::none) {
    fail(fault::not_repeatable,
         std::string(what) + " of an object that this execution has not made: make it inside");
  } else if (heap_.at(number).freed) {
    fail(fault::use_after_free,
         std::string(what) + " in " + describe_address(object) + " after it was given back");
  } else {
    fail(fault::uninitialised_read, std::string(what) + " in " + describe_address(object) +
                                        " of what was never constructed");
  }
}

}  // namespace sluice::model::detail
