#include <sluice/model/detail/engine.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include <sluice/base/contract.hpp>

namespace sluice::model::detail {

namespace {

// A thread that waits while nobody else can move may have a limit of its own to its patience; it is let
// through this often before it counts as waiting for ever.
constexpr unsigned patience = 200;
// What an execution that leads nowhere may still do, so that its stacks come to their end.
constexpr std::size_t most_drained = 20'000;

thread_local std::uint32_t last_number = 0;

}  // namespace

engine::engine(std::function<void()> program, engine_options options, schedule::mode how,
               std::uint64_t seed)
    : program_(std::move(program)), options_(options), schedule_(how, seed), heap_(options.heap_bytes) {}

void engine::enter(void* of) {
  auto& self = *static_cast<engine*>(of);
  self.threads_[self.running_].fiber->arrived();
  self.run_thread(self.running_);
}

auto engine::run() -> ending {
  clear();
  number_ = ++last_number;
  auto* const outer = std::exchange(current_, this);
  auto const outer_handler = exchange_misuse_handler([](std::string_view primitive, std::string_view mistake) {
    auto& self = *current_;
    self.fail(fault::failed_assertion, "misuse of " + std::string(primitive) + ": " + std::string(mistake));
    self.begin_draining(ending::complete);
    self.leave_for_good();
  });
  running_ = 0;
  begin_thread("setup").body = &program_;
  host_.switch_to(*threads_[0].fiber);
  exchange_misuse_handler(outer_handler);
  current_ = outer;
  return ending_;
}

void engine::clear() {
  graph_.clear();
  heap_.clear();
  schedule_.rewind();
  for (auto& each : threads_) {
    each.now = state::absent;
    each.reads.clear();
    each.last_reads.clear();
    each.moved = each.idle = each.expects_news = false;
    each.last_lost = no_store;
    each.idle_rounds = 0;
  }
  threads_used_ = 0;
  info_used_ = cells_used_ = 0;
  owned_.clear();
  decisions_.clear();
  steps_ = drained_ = 0;
  allocations_ = 0;
  draining_ = initialising_ = false;
  ending_ = ending::complete;
  fault_ = fault::none;
  message_.clear();
  bound_.clear();
  trace_.clear();
  names_.clear();
  step_of_store_.clear();
}

auto engine::begin_thread(std::string_view name) -> thread_state& {
  if (threads_used_ == max_threads)
    throw misuse("model", "an execution has at most " + std::to_string(max_threads - 1) + " threads");
  auto& fresh = threads_[threads_used_++];
  if (fresh.fiber == nullptr) fresh.fiber = std::make_unique<platform::fiber>(options_.stack_bytes);
  fresh.fiber->restart(&engine::enter, this);
  fresh.now = state::runnable;
  if (tracing_) names_.emplace_back(name);
  return fresh;
}

void engine::add_thread(std::function<void()> body, std::string_view name) {
  auto& fresh = begin_thread(name);
  fresh.own_body = std::move(body);
  fresh.body = &fresh.own_body;
  graph_.begin_thread(threads_used_ - 1, running_);
}

void engine::run_thread(unsigned index) {
#if defined(SLUICE_WASM_FIBERS)
  (*threads_[index].body)();
  if (index == 0) join();
#else
  try {
    (*threads_[index].body)();
    if (index == 0) join();
  } catch (abandoned const&) {
  } catch (std::exception const& thrown) {
    fail(fault::failed_assertion, std::string("an exception left the thread: ") + thrown.what());
  } catch (...) {
    fail(fault::failed_assertion, "an exception left the thread");
  }
  if (index == 0 && !all_others_done()) {
    begin_draining(ending::complete);
    try {
      join();
    } catch (abandoned const&) {
    }
  }
#endif
  destroy_owned(index);
  if (index == 0) {
    destroy_owned(max_threads);
    if (!draining_ && fault_ == fault::none) {
      for (std::size_t number = 0; number < heap_.blocks().size(); ++number) {
        auto const& each = heap_.blocks()[number];
        if (each.freed || !each.counted) continue;
        fail(fault::leak, describe_address(heap_.address(number)) + " of " + std::to_string(each.size) +
                              " bytes was never given back");
        break;
      }
    }
  }
  leave_for_good();
}

// The stack of the running thread is not needed any more.
void engine::leave_for_good() {
  auto const index = running_;
  threads_[index].now = state::finished;
  if (index == 0) threads_[0].fiber->switch_to(host_);
  running_ = pick();
  threads_[index].fiber->switch_to(*threads_[running_].fiber);
  std::terminate();  // nobody switches to a thread that has ended
}

void engine::join() {
  auto& me = threads_[0];
  if (!all_others_done()) {
    me.now = state::joining;
    wait_for_turn();
  }
  if (draining_) {
#if defined(SLUICE_WASM_FIBERS)
    leave_for_good();
#else
    throw abandoned{};
#endif
  }
  for (unsigned each = 1; each < threads_used_; ++each) graph_.join_thread(0, each);
}

auto engine::all_others_done() const noexcept -> bool {
  for (unsigned each = 1; each < threads_used_; ++each)
    if (threads_[each].now != state::finished) return false;
  return true;
}

void engine::fail(fault kind, std::string message) {
  if (draining_) return;
  if (fault_ == fault::none) {
    fault_ = kind;
    message_ = std::move(message);
    if (tracing_) note(step_kind::fault, std::string(model::name(kind)) + ": " + message_);
  }
  switch (kind) {
    case fault::data_race:
    case fault::leak:
    case fault::failed_assertion:
    case fault::not_linearizable: break;  // the execution can go on
    default: begin_draining(ending::complete);
  }
}

void engine::begin_draining(ending how) {
  if (draining_) return;
  draining_ = true;
  ending_ = how;
}

void engine::count_step() {
  if (++steps_ <= options_.steps && !graph_.sc_full()) return;
  if (draining_) return;
  bound_ = graph_.sc_full() ? std::to_string(max_sc) + " seq_cst operations in one execution"
                            : std::to_string(options_.steps) + " steps in one execution";
  begin_draining(ending::bounded);
}

// ---- whose turn it is

void engine::wait_for_turn() {
  auto const me = running_;
  auto const next = pick();
  if (next == me) return;
  running_ = next;
  threads_[me].fiber->switch_to(*threads_[next].fiber);
}

auto engine::pick() -> unsigned {
  for (;;) {
    if (draining_) return pick_draining();
    for (unsigned each = 0; each < threads_used_; ++each)
      if (threads_[each].now == state::runnable) return each;
    if (threads_[0].now == state::joining && all_others_done()) {
      threads_[0].now = state::runnable;
      return 0;
    }
    for (unsigned each = 0; each < threads_used_; ++each) {
      auto& one = threads_[each];
      if (one.now != state::spinning || !has_news(one)) continue;
      one.now = state::runnable;
      one.expects_news = true;
      one.idle_rounds = 0;
      return each;
    }
    next_.clear();
    excluded_ = false;
    for (unsigned each = 0; each < threads_used_; ++each)
      if (threads_[each].now == state::waiting) collect_steps(each);
    if (next_.empty()) {
      if (excluded_) {
        begin_draining(ending::abandoned);
        continue;
      }
      if (auto const idle = let_one_idle(); idle < max_threads) return idle;
      for (unsigned each = 0; each < threads_used_; ++each)
        if (threads_[each].now == state::waiting) writes(threads_[each].wants.location, each);
      report_stuck();
      discard_others();
      continue;
    }
    if (next_.size() > max_alternatives) {
      bound_ = std::to_string(max_alternatives) + " ways to go on from one point";
      begin_draining(ending::bounded);
      continue;
    }
    auto const chosen = schedule_.choose_step(next_, running_);
    if (chosen == schedule::nothing_new) {
      begin_draining(ending::abandoned);
    } else if (chosen == schedule::not_the_same_program) {
      fail(fault::not_repeatable, "run again with the same choices, the program did something else");
    } else {
      auto& one = threads_[next_[chosen].thread];
      one.wants.from = next_[chosen].from;
      one.branch = schedule_.last_branch();
      one.now = state::runnable;
      return next_[chosen].thread;
    }
  }
}

void engine::collect_steps(unsigned thread) {
  auto const& one = threads_[thread];
  auto const& wants = one.wants;
  auto const& stores = graph_.location(wants.location).stores;
  auto first = static_cast<std::size_t>(graph_.newest_known(thread, wants.location));
  if (one.expects_news && one.last_reads.size() == 1 && one.last_reads[0].location == wants.location)
    first = std::max<std::size_t>(first, graph_.stored(one.last_reads[0].from).place + 1);
  auto const before = next_.size();
  for (auto at = first; at < stores.size(); ++at) {
    auto const& each = graph_.stored(stores[at]);
    auto const matches = each.value == wants.expected;
    auto const loads = wants.what == request::load || (wants.what == request::exchange_if && !matches);
    if (!loads && (each.taken || (wants.what == request::await && !matches))) continue;
    auto const order = wants.what == request::exchange_if && !matches ? wants.failure_order : wants.order;
    auto const possible = loads ? graph_.may_load(thread, stores[at], order)
                                : graph_.may_update(thread, stores[at], order);
    excluded_ = excluded_ || !possible;
    if (possible) next_.push_back({thread, stores[at]});
  }
  if (wants.may_give_up) next_.push_back({thread, no_store});
  if (one.idle && next_.size() > before + 1) {
    next_[before] = next_.back();
    next_.resize(before + 1);
  }
}

auto engine::has_news(thread_state const& of) const noexcept -> bool {
  for (auto const& each : of.last_reads)
    if (graph_.stored(each.from).place + 1 < graph_.location(each.location).stores.size()) return true;
  return false;
}

auto engine::let_one_idle() -> unsigned {
  auto best = max_threads;
  for (unsigned each = 0; each < threads_used_; ++each) {
    auto const& one = threads_[each];
    if (one.now != state::spinning || one.idle_rounds >= patience) continue;
    if (best == max_threads || one.idle_rounds < threads_[best].idle_rounds) best = each;
  }
  if (best < max_threads) {
    ++threads_[best].idle_rounds;
    threads_[best].idle = true;
    threads_[best].now = state::runnable;
  }
  return best;
}

void engine::report_stuck() {
  std::string who;
  bool spins = false, locks = false;
  for (unsigned each = 0; each < threads_used_; ++each) {
    auto const& one = threads_[each];
    if (one.now == state::finished || one.now == state::joining) continue;
    if (!who.empty()) who += "; ";
    who += each == 0 ? std::string("the setup") : "T" + std::to_string(each);
    if (one.now == state::spinning) {
      spins = true;
      who += " spins on " + (one.last_reads.empty() ? std::string("nothing") : describe(one.last_reads.back().location)) +
             ", which nobody will change";
    } else if (one.wants.reason == waiting_for::mutex) {
      locks = true;
      who += " waits for " + describe(one.wants.location) + ", which nobody will unlock";
    } else {
      who += " sleeps on " + describe(one.wants.location) + ", and nobody will wake it";
    }
  }
  fail(spins ? fault::livelock : locks ? fault::deadlock : fault::lost_wake_up, std::move(who));
}

auto engine::pick_draining() -> unsigned {
  if (++drained_ > most_drained) discard_others();
  // The one behind the running one first, so that two that wait for each other take turns.
  for (unsigned step = 1; step <= threads_used_; ++step) {
    auto const each = (running_ + step) % threads_used_;
    auto& one = threads_[each];
    bool goes = false;
    switch (one.now) {
      case state::runnable:
      case state::spinning: goes = true; break;
      case state::waiting:
        goes = one.wants.what != request::await || one.wants.may_give_up ||
               graph_.newest(one.wants.location).value == one.wants.expected;
        break;
      case state::joining: goes = all_others_done(); break;
      default: break;
    }
    if (!goes) continue;
    one.now = state::runnable;
    return each;
  }
  discard_others();
  threads_[0].now = state::runnable;
  return 0;
}

void engine::discard_others() {
  for (unsigned each = 1; each < threads_used_; ++each)
    if (each != running_ || threads_[each].now != state::runnable) threads_[each].now = state::finished;
}

// ---- atomics

auto engine::made(void const* object, std::uint64_t value, value_kind kind) -> location_id {
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

void engine::saw(location_id id, store_id from) {
  auto& me = threads_[running_];
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
    if ((at == stores.size() || !graph_.stored(stores[at - 1]).taken) && graph_.may_store_at(running_, id, at, order))
      places_.push_back(at);
  if (places_.size() > max_alternatives) {
    bound_ = std::to_string(max_alternatives) + " places for one store";
    begin_draining(ending::bounded);
  } else if (places_.empty()) {
    begin_draining(ending::abandoned);  // no order S is left
  }
  if (draining_) return graph_.overwrite_newest(id, value);
  auto const chosen = schedule_.choose_place(places_.size());
  if (chosen == schedule::not_the_same_program)
    return fail(fault::not_repeatable, "run again with the same choices, the program did something else");
  auto const place = places_[chosen];
  auto const made = static_cast<store_id>(graph_.stores());
  writes(id, running_);
  graph_.store_at(running_, id, place, value, order);
  if (tracing_)
    write_down(step_kind::store, id, ".store(" + describe_value(info_[id].kind, value) + ", " + std::string(order_name(order)) + ")",
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
  if (draining_ || (info_[id].dead && !usable(id, "read-modify-write"))) return drained_update(id, apply, operand);
  auto const from = me.wants.from;
  auto const old = graph_.stored(from).value;
  auto const fresh = apply(old, operand);
  auto const made = static_cast<store_id>(graph_.stores());
  writes(id, running_);
  graph_.update(running_, from, fresh, order);
  decided(id);
  if (fresh == old) saw(id, made);  // "try to set what is set" is a way of waiting
  else me.moved = true;
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
  me.wants = {.what = request::exchange_if, .location = id, .order = success, .failure_order = failure, .expected = expected};
  me.now = state::waiting;
  wait_for_turn();
  if (draining_ || (info_[id].dead && !usable(id, "compare-exchange"))) return drained();
  auto const from = me.wants.from;
  auto const old = graph_.stored(from).value;
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
  if (tracing_) write_down(step_kind::fence, no_location, "fence(" + std::string(order_name(order)) + ")", no_store, no_store, &order, where);
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
  if (std::exchange(me.moved, false) || me.reads.empty()) {
    me.reads.clear();
    me.last_reads.clear();
    return;
  }
  if (me.reads == me.last_reads && !was_idle) return begin_draining(ending::abandoned);  // a round without news
  me.last_reads.swap(me.reads);
  me.reads.clear();
  if (tracing_ && !was_idle) write_down(step_kind::spin, no_location, "waits for news", no_store, no_store, nullptr, where);
  me.now = state::spinning;
  wait_for_turn();
}

auto engine::await(location_id id, std::uint64_t expected, std::uint64_t desired, waiting_for what,
                   bool may_give_up, code_location where) -> bool {
  count_step();
  constexpr auto order = std::memory_order_acq_rel;
  auto& me = threads_[running_];
  if (!draining_ && usable(id, "wait")) {
    me.wants = {.what = request::await, .location = id, .order = order, .expected = expected, .may_give_up = may_give_up, .reason = what};
    me.now = state::waiting;
    wait_for_turn();
    if (!draining_) {
      auto const from = me.wants.from;
      if (from == no_store) {
        graph_.plain_event(running_);
        decided(id);
        if (tracing_) write_down(step_kind::note, id, " gives up waiting", no_store, no_store, nullptr, where);
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

// ---- plain memory

auto engine::made_cell(void const* object, bool written) -> location_id {
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
    fail(fault::data_race, std::string(what) + " of " + describe_cell(id) + " does not happen after its construction");
  } else if (!now.covers(cell.thread, cell.event)) {
    fail(fault::data_race, std::string(what) + " of " + describe_cell(id) + " and a write of T" +
                               std::to_string(cell.thread) + " are unordered");
  }
  return true;
}

auto engine::read_cell(location_id id, code_location where) -> std::uint64_t const* {
  if (draining_ || !usable_cell(id, "read")) return nullptr;
  auto& cell = cells_[id];
  if (tracing_) write_down(step_kind::read, no_location, describe_cell(id) + " is read", no_store, no_store, nullptr, where);
  auto const now = graph_.now(running_);
  cell.read.at[running_] = initialising_ ? std::uint16_t{0} : graph_.plain_event(running_);
  if (!cell.written) fail(fault::uninitialised_read, describe_cell(id) + " is read before it was ever written");
  if (draining_ || cell.writes.empty() || now.covers(cell.thread, cell.event)) return nullptr;
  // A race. What may be read: the last write that is known, and those that are not ordered.
  auto const& writes = cell.writes;
  std::size_t known = 0;
  for (std::size_t at = 0; at < writes.size(); ++at)
    if (now.covers(writes[at].thread, writes[at].event)) known = at;
  std::size_t possible = 0;
  for (std::size_t at = 0; at < writes.size(); ++at)
    if (at == known || !now.covers(writes[at].thread, writes[at].event)) ++possible;
  auto chosen = schedule_.choose_place(possible);
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
  if (draining_ || !usable_cell(id, "write")) return;
  auto& cell = cells_[id];
  auto const& now = graph_.now(running_);
  for (unsigned each = 0; each < max_threads; ++each)
    if (!now.covers(each, cell.read.at[each])) {
      fail(fault::data_race, "write of " + describe_cell(id) + " and a read of T" + std::to_string(each) + " are unordered");
      break;
    }
  if (tracing_) write_down(step_kind::write, no_location, describe_cell(id) + " is written", no_store, no_store, nullptr, where);
  cell.thread = static_cast<std::uint16_t>(running_);
  cell.event = initialising_ ? std::uint16_t{0} : graph_.plain_event(running_);
  cell.written = true;
}

void engine::end_write(location_id id) noexcept {
  if (draining_) return;
  auto& cell = cells_[id];
  if (cell.thread != running_)
    fail(fault::data_race, "T" + std::to_string(cell.thread) + " writes " + describe_cell(id) + " while it is being written");
  cell.thread = static_cast<std::uint16_t>(running_);
  cell.event = initialising_ ? std::uint16_t{0} : graph_.now(running_).at[running_];
}

// ---- the allocator

auto engine::allocate(std::size_t size, std::size_t alignment, bool counted) -> void* {
  if (counted && !draining_ && allocations_++ == options_.failing_allocation) return nullptr;
  if (size == 0) size = 1;
  auto again = heap::none;
  if (options_.reuse_addresses && !draining_) {  // which one is up to the allocator
    heap_.reusable(size, graph_.now(running_), reusable_);
    if (!reusable_.empty()) {
      auto const chosen = schedule_.choose_place(reusable_.size());
      again = reusable_[chosen < reusable_.size() ? chosen : 0];
    }
  }
  auto const number = heap_.add(size, alignment, again);
  if (number == heap::none) {
    bound_ = std::to_string(options_.heap_bytes) + " bytes allocated in one execution";
    begin_draining(ending::bounded);
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
  }
}

void engine::report_unknown(void const* object, std::string_view what) {
  if (draining_) return;
  auto const number = heap_.find(object);
  if (number == heap::none) {
    fail(fault::not_repeatable, std::string(what) + " of an object that this execution has not made: make it inside");
  } else if (heap_.at(number).freed) {
    fail(fault::use_after_free, std::string(what) + " in " + describe_address(object) + " after it was given back");
  } else {
    fail(fault::uninitialised_read, std::string(what) + " in " + describe_address(object) + " of what was never constructed");
  }
}

}  // namespace sluice::model::detail
