#include <sluice/observe/recorder.hpp>

#include <algorithm>

#include <sluice/probe/probe.hpp>

namespace sluice {

using probe::verb;

recorder::recorder(telemetry_block& into, executor& clock, bool virtual_time,
                   recording how_much) noexcept
    : into_(into), clock_(clock), virtual_(virtual_time), how_much_(how_much) {
  probe::listen(this);
}

recorder::~recorder() { probe::listen(nullptr); }

void recorder::on(verb what, probe::place where, std::uint64_t a, std::uint64_t b) noexcept {
  // In real time a slice of a task is too short to be worth the clock; the work in it is told apart.
  auto const of_the_run = what <= probe::last_of_a_run && what != verb::suspended &&
                          (virtual_ || what != verb::resumed);
  if (!of_the_run && how_much_ == recording::the_run) return;
  auto const time = static_cast<std::uint64_t>(clock_.now().time_since_epoch().count());
  if (what == verb::sent || what == verb::received || what == verb::dropped) --a;  // series, from 0
  probe::record const record{time, where.task, what, where.worker, a, b};
  if (virtual_ && of_the_run) {
    hash_.add(record);
    into_.trace_hash.store(hash_.value(), std::memory_order_relaxed);
    into_.trace_count.store(++count_, std::memory_order_relaxed);
  }
  keep(record);
  if (of_the_run) tell(record);
}

void recorder::keep(probe::record const& what) noexcept {
  if (virtual_) {
    write(into_.events.front(), what);
  } else if (what.worker < telemetry_block::most_lanes) {
    write(into_.events[what.worker], what);
  } else {
    std::lock_guard const hold{outside_};
    write(into_.events.back(), what);
  }
}

void recorder::write(telemetry_block::ring& ring, probe::record const& what) noexcept {
  auto const head = ring.head.load(std::memory_order_relaxed);
  auto& slot = ring.slots[head % telemetry_block::ring_capacity];
  slot.time.store(what.time, std::memory_order_relaxed);
  slot.where.store(what.task | static_cast<std::uint64_t>(what.what) << 32 |
                       static_cast<std::uint64_t>(what.worker) << 48,
                   std::memory_order_relaxed);
  slot.a.store(what.a, std::memory_order_relaxed);
  slot.b.store(what.b, std::memory_order_relaxed);
  ring.head.store(head + 1, std::memory_order_release);
}

namespace {

void bump(telemetry_block::word& word, std::uint64_t by = 1) noexcept {
  word.fetch_add(by, std::memory_order_relaxed);
}

void raise_to(telemetry_block::word& high, std::uint64_t value) noexcept {
  auto seen = high.load(std::memory_order_relaxed);
  while (seen < value && !high.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

void recorder::tell(probe::record const& what) noexcept {
  switch (what.what) {
    case verb::spawned: into_.add(counter::spawned, 1); return;
    case verb::ended: into_.add(counter::ended, 1); return;
    case verb::dropped: into_.add(counter::dropped, 1); return;
    case verb::sent:
    case verb::received:
      if (what.a < telemetry_block::most_gauges) {
        auto& gauge = into_.gauges[what.a];
        gauge.value.store(what.b, std::memory_order_relaxed);
        if (what.what == verb::sent) bump(gauge.sent), raise_to(gauge.high, what.b);
      }
      return;
    default: break;
  }
  if (what.worker >= telemetry_block::most_lanes) return;
  auto& lane = into_.lanes[what.worker];
  auto const enter = [&](lane_state state) {
    lane.state.store(static_cast<std::uint64_t>(state), std::memory_order_relaxed);
    lane.since.store(what.time, std::memory_order_relaxed);
  };
  switch (what.what) {
    case verb::parked: enter(lane_state::parked); break;
    case verb::unparked: enter(lane_state::searching); break;
    case verb::retried: bump(lane.retries, what.a); break;
    case verb::work_begun:
      enter(lane_state::running);
      if (what.b < telemetry_block::most_stages) bump(into_.stages[what.b].active);
      break;
    case verb::work_ended: {
      auto const took = what.time - lane.since.load(std::memory_order_relaxed);
      enter(lane_state::parked);
      bump(lane.busy, took);
      bump(lane.items);
      if (what.b < telemetry_block::most_stages) {
        auto& stage = into_.stages[what.b];
        bump(stage.active, static_cast<std::uint64_t>(-1));
        bump(stage.done);
        bump(stage.busy, took);
      }
      break;
    }
    default: break;
  }
}

}  // namespace sluice
