#include <sluice/observe/perfetto_trace.hpp>

#include <algorithm>
#include <utility>

#include <sluice/base/json_writer.hpp>

namespace sluice {
namespace {

using probe::verb;

constexpr std::size_t piece = 8192;
constexpr std::uint64_t elsewhere = 0;  // the thread of everything that is no worker

/// Microseconds, as the format wants them, to the nanosecond.
auto microseconds(std::uint64_t ns) -> std::string {
  auto const rest = std::to_string(1000 + ns % 1000);
  return std::to_string(ns / 1000) + "." + rest.substr(1);
}

auto thread_of(std::uint16_t worker) -> std::uint64_t {
  return worker == probe::outside ? elsewhere : std::uint64_t{worker} + 1;
}

/// An event, but for what only its phase has.
class event {
 public:
  event(char const* phase, std::uint64_t time, std::uint16_t worker) {
    out_.begin_object().member("ph", phase);
    out_.key("ts").raw(microseconds(time));
    out_.member("pid", 1).member("tid", thread_of(worker));
  }
  auto named(std::string_view name, char const* category) -> event& {
    out_.member("name", name).member("cat", category);
    return *this;
  }
  template <class Value>
  auto with(std::string_view key, Value const& value) -> event& {
    out_.member(key, value);
    return *this;
  }
  template <class Value>
  auto argument(std::string_view key, Value const& value) -> event& {
    out_.key("args").begin_object().member(key, value).end_object();
    return *this;
  }
  [[nodiscard]] auto text() -> std::string {
    out_.end_object();
    return std::move(out_).text();
  }

 private:
  json_writer out_;
};

auto task_name(std::uint64_t number) -> std::string { return "task " + std::to_string(number); }

}  // namespace

perfetto_writer::perfetto_writer(text_output to) : to_(std::move(to)) {
  waiting_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
  json_writer process;
  process.begin_object().member("ph", "M").member("pid", 1).member("name", "process_name");
  process.key("args").begin_object().member("name", "sluice").end_object().end_object();
  put(process.text());
}

perfetto_writer::~perfetto_writer() {
  try {
    end();
  } catch (...) {  // whoever wants to know calls it first
  }
}

void perfetto_writer::name_series(std::uint64_t series, std::string name) {
  if (series >= 1 && series <= series_.size()) series_[series - 1] = std::move(name);
}

void perfetto_writer::put(std::string_view event) {
  if (events_++ != 0) waiting_ += ',';
  (waiting_ += '\n') += event;
  if (waiting_.size() >= piece) flush();
}

void perfetto_writer::flush() {
  to_(waiting_);
  waiting_.clear();
}

auto perfetto_writer::lane_of(std::uint16_t worker) -> lane& {
  auto const at = static_cast<std::size_t>(thread_of(worker) <= most_workers ? thread_of(worker) : elsewhere);
  if (at >= lanes_.size()) lanes_.resize(at + 1);
  auto& here = lanes_[at];
  if (std::exchange(here.named, true)) return here;
  json_writer name;
  name.begin_object().member("ph", "M").member("pid", 1).member("tid", at).member("name", "thread_name");
  name.key("args").begin_object();
  name.member("name", at == elsewhere ? "other threads" : "worker " + std::to_string(at - 1));
  put(name.end_object().end_object().text());
  return here;
}

void perfetto_writer::close(lane& here, std::uint16_t worker, std::uint64_t time) {
  auto open = std::exchange(here.work, 0) + (std::exchange(here.task, 0) != 0 ? 1 : 0) +
              (std::exchange(here.asleep, false) ? 1 : 0);
  for (; open > 0; --open) put(event{"E", time, worker}.text());
}

/// What happens on a worker, and is drawn there.
void perfetto_writer::on_worker(probe::record const& what, lane& here) {
  auto const time = what.time;
  auto const worker = what.worker;
  switch (what.what) {
    case verb::resumed:
      if (here.task == what.task && here.work != 0) return;  // it has been at work all the time
      close(here, worker, time);
      here.task = what.task;
      put(event{"B", time, worker}.named(task_name(what.task), "task").text());
      return;
    case verb::suspended:
      if (here.work == 0) close(here, worker, time);
      return;
    case verb::parked:
      close(here, worker, time);
      here.asleep = true;
      put(event{"B", time, worker}.named("asleep", "worker").text());
      return;
    case verb::unparked: close(here, worker, time); return;
    case verb::work_begun:
      ++here.work;
      put(event{"B", time, worker}
              .named("job " + std::to_string(what.a), "work")
              .argument("stage", what.b)
              .text());
      return;
    case verb::work_ended:
      if (here.work == 0) return;
      --here.work;
      put(event{"E", time, worker}.text());
      return;
    default: return;
  }
}

void perfetto_writer::add(probe::record const& what, std::string_view text, std::string_view place) {
  if (ended_) return;
  auto& here = lane_of(what.worker);
  here.latest = std::max(here.latest, what.time);
  auto const row = [&](char const* phase, std::uint64_t time, std::uint64_t task) {
    event made{phase, time, what.worker};
    made.with("id", task);
    return made;
  };
  auto const mark = [&](std::string_view name) {
    event made{"i", what.time, what.worker};
    made.named(name, "event").with("s", "t");
    return made;
  };
  auto const placed = [&](event made) {
    put(place.empty() ? made.text() : made.argument("at", place).text());
  };
  switch (what.what) {
    case verb::spawned: placed(row("b", what.time, what.a).named(task_name(what.a), "task")); return;
    case verb::ended: put(row("e", what.time, what.a).named(task_name(what.a), "task").text()); return;
    case verb::waited: {
      auto const name = text.empty() ? std::string{"a wait"} : std::string{text};
      if (what.task == 0) {  // a thread: each of its waits has a row of its own
        auto const track = (std::uint64_t{1} << 40) + events_;
        placed(row("b", std::min(what.b, what.time), track).named(name, "wait"));
        put(row("e", what.time, track).named(name, "wait").text());
        return;
      }
      placed(row("b", std::min(what.b, what.time), what.task).named(name, "task"));
      put(row("e", what.time, what.task).named(name, "task").text());
      put(row("f", what.time, what.task).named("wake", "wake").with("bp", "e").text());
      return;
    }
    case verb::woken: put(row("s", what.time, what.a).named("wake", "wake").text()); return;
    case verb::span_begun:
      placed(row("b", what.time, what.a).named(text.empty() ? "span" : text, "span"));
      return;
    case verb::span_ended:
      put(row("e", what.time, what.a).named(text.empty() ? "span" : text, "span").text());
      return;
    case verb::sent:
    case verb::received: {
      auto const known = what.a >= 1 && what.a <= series_.size() && !series_[what.a - 1].empty();
      put(event{"C", what.time, what.worker}
              .named(known ? series_[what.a - 1] : "series " + std::to_string(what.a), "series")
              .argument("depth", what.b)
              .text());
      return;
    }
    case verb::stole: put(mark("stole").argument("from worker", what.a).text()); return;
    case verb::dropped: put(mark("dropped").argument("series", what.a).text()); return;
    case verb::retried: put(mark("retried").argument("times", what.a).text()); return;
    case verb::cancelled: put(mark("cancelled").argument("job", what.a).text()); return;
    case verb::left: put(mark("left").argument("stage", what.a).text()); return;
    default:
      if (what.worker != probe::outside) on_worker(what, here);
      return;
  }
}

void perfetto_writer::end() {
  if (std::exchange(ended_, true)) return;
  for (std::size_t at = 1; at < lanes_.size(); ++at)
    close(lanes_[at], static_cast<std::uint16_t>(at - 1), lanes_[at].latest);
  waiting_ += "\n]}\n";
  flush();
}

void write_perfetto(telemetry_block const& from, text_output to,
                    std::span<std::string const> series_names) {
  perfetto_writer writer{std::move(to)};
  for (std::size_t i = 0; i < series_names.size(); ++i) writer.name_series(i + 1, series_names[i]);
  for (auto const& ring : from.events) {
    auto const head = ring.head.load(std::memory_order_acquire);
    auto at = head > telemetry_block::ring_capacity ? head - telemetry_block::ring_capacity : 0;
    for (; at < head; ++at) {
      auto const& slot = ring.slots[at % telemetry_block::ring_capacity];
      auto const where = slot.where.load(std::memory_order_relaxed);
      probe::record what{slot.time.load(std::memory_order_relaxed),
                         static_cast<std::uint32_t>(where),
                         static_cast<verb>(static_cast<std::uint16_t>(where >> 32)),
                         static_cast<std::uint16_t>(where >> 48),
                         slot.a.load(std::memory_order_relaxed),
                         slot.b.load(std::memory_order_relaxed)};
      // A recorder numbers series from 0.
      if (what.what == verb::sent || what.what == verb::received || what.what == verb::dropped) ++what.a;
      writer.add(what);
    }
  }
  writer.end();
}

}  // namespace sluice
