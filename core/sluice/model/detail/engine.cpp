#include <sluice/model/detail/engine.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/base/scope_exit.hpp>

namespace sluice::model::detail {

namespace {

// A thread that waits while nobody else can move may have a limit of its own to its patience; it is let
// through this often before it counts as waiting for ever.
constexpr unsigned patience = 200;
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
  auto const outer_handler =
      exchange_misuse_handler([](std::string_view primitive, std::string_view mistake) {
        auto& self = *current_;
        self.fail(fault::failed_assertion,
                  "misuse of " + std::string(primitive) + ": " + std::string(mistake));
        self.begin_draining(ending::complete);
        self.leave_for_good();
      });
  scope_exit const restore([&] {
    exchange_misuse_handler(outer_handler);
    current_ = outer;
  });
  running_ = 0;
  begin_thread("setup").body = &program_;
  host_.switch_to(*threads_[0].fiber);
  if (schedule_.is_cut_short() && fault_ == fault::none) {
    draining_ = false;
    fail(fault::not_repeatable, "run again with the same choices, the program did less");
  }
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
    each.moved = each.looked = each.idle = each.expects_news = false;
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
    discard_others();  // what they refer to is gone
  }
#endif
  destroy_owned(index);
  if (index == 0) {
    for (auto& each : threads_) each.own_body = nullptr;
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
  if (running_ != 0) throw misuse("model::execution", "join is for the thread that sets up");
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

void engine::give_up(std::string bound) {
  if (draining_) return;
  bound_ = std::move(bound);
  begin_draining(ending::bounded);
}

void engine::give_up_full_order() {
  give_up(std::to_string(max_sc) + " seq_cst operations in one execution");
}

auto engine::choose(std::size_t alternatives, std::string_view what) -> std::size_t {
  if (alternatives > max_alternatives) {
    give_up(std::to_string(max_alternatives) + " " + std::string(what));
    return schedule::nothing_new;
  }
  auto const chosen = schedule_.choose_place(alternatives);
  if (chosen == schedule::not_the_same_program)
    fail(fault::not_repeatable, "run again with the same choices, the program did something else");
  return chosen;
}

void engine::count_step() {
  ++steps_;
  if (draining_) return;
  if (graph_.sc_full()) give_up_full_order();
  if (steps_ > options_.steps)
    give_up(std::to_string(options_.steps) + " steps in one execution");
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
        would_have_written();
        begin_draining(ending::abandoned);
        continue;
      }
      if (auto const idle = let_one_idle(); idle < max_threads) return idle;
      would_have_written();
      report_stuck();
      discard_others();
      continue;
    }
    if (next_.size() > max_alternatives) {
      give_up(std::to_string(max_alternatives) + " ways to go on from one point");
      continue;
    }
    if (graph_.sc_full()) {  // it was not yet when those that wait were counted
      give_up_full_order();
      continue;
    }
    auto const chosen = schedule_.choose_step(next_, running_);
    if (chosen == schedule::nothing_new) {
      would_have_written();
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
  auto const news = one.expects_news && one.last_reads.size() == 1 &&
                    one.last_reads[0].location == wants.location;
  if (news)
    first = std::max<std::size_t>(first, graph_.stored(one.last_reads[0].from).place + 1);
  auto const before = next_.size();
  for (auto at = first; at < stores.size(); ++at) {
    auto const& each = graph_.stored(stores[at]);
    if (news && graph_.origin(stores[at]) == one.last_reads[0].from) continue;
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
  for (auto const& each : of.last_reads) {
    auto const& stores = graph_.location(each.location).stores;
    for (auto place = graph_.stored(each.from).place + 1; place < stores.size(); ++place)
      if (graph_.origin(stores[place]) == stores[place]) return true;
  }
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
      who += " spins on " +
             (one.last_reads.empty() ? std::string("nothing")
                                     : describe(one.last_reads.back().location)) +
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

}  // namespace sluice::model::detail
