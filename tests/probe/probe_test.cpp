// The door for instruments: who listens hears, and what belongs to an event is there while it is told.
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sluice/probe/probe.hpp>
#include <sluice/probe/wait_note.hpp>

using namespace sluice;
using probe::verb;

namespace {

/// Keeps what it hears.
class listener final : public probe::sink {
 public:
  explicit listener(bool times_waits = false) { probe::attach(*this, times_waits); }
  listener(listener const&) = delete;
  auto operator=(listener const&) -> listener& = delete;
  ~listener() { probe::detach(*this); }
  void on(verb what, probe::place where, std::uint64_t a, std::uint64_t b) noexcept override {
    heard.emplace_back(what, where.task, a, b);
    remarks.push_back(probe::said());
  }
  std::vector<std::tuple<verb, std::uint32_t, std::uint64_t, std::uint64_t>> heard;
  std::vector<probe::remark> remarks;
};

/// A clock that says what it is told to.
struct hand_clock {
  std::int64_t at = 0;
  int asked = 0;
  auto reader() {
    return [this] {
      ++asked;
      return instant{duration{at}};
    };
  }
};

#define NEEDS_WAITS() \
  if (!probe::tells_waits) SKIP("waits are not told here")

}  // namespace

TEST_CASE("everybody who is attached hears every event", "[probe]") {
  listener first;
  listener second;
  probe::at({7, 1});
  probe::work_begun(3, 2);
  probe::at({});
  auto const expected = std::vector{std::tuple{verb::work_begun, 7U, std::uint64_t{3}, std::uint64_t{2}}};
  CHECK(first.heard == expected);
  CHECK(second.heard == expected);
}

TEST_CASE("one that is detached hears nothing more, and the others go on", "[probe]") {
  listener stays;
  {
    listener goes;
    probe::parked();
    CHECK(goes.heard.size() == 1);
  }
  probe::unparked();
  CHECK(stays.heard.size() == 2);
}

TEST_CASE("the listener of a run comes and goes beside those that are attached", "[probe]") {
  struct counter final : probe::sink {
    void on(verb, probe::place, std::uint64_t, std::uint64_t) noexcept override { ++events; }
    int events = 0;
  } of_a_run;
  listener beside;
  probe::listen(&of_a_run);
  probe::parked();
  probe::listen(nullptr);
  probe::parked();
  CHECK(of_a_run.events == 1);
  CHECK(beside.heard.size() == 2);
}

TEST_CASE("one sink too many is refused, with the number that fits", "[probe]") {
  std::vector<std::unique_ptr<listener>> all;
  for (std::size_t i = 0; i < probe::most_attached; ++i) all.push_back(std::make_unique<listener>());
  struct nobody final : probe::sink {
    void on(verb, probe::place, std::uint64_t, std::uint64_t) noexcept override {}
  } one_more;
  CHECK_THROWS_WITH(probe::attach(one_more), Catch::Matchers::ContainsSubstring("7 sinks"));
  all.pop_back();
  probe::attach(one_more);  // there is room again
  probe::detach(one_more);
  probe::detach(one_more);  // harmless
}

TEST_CASE("a remark is there while its event is told, and not at the next", "[probe]") {
  listener hears;
  auto const here = std::source_location::current();
  probe::spawned(5, here);
  probe::parked();
  REQUIRE(hears.remarks.size() == 2);
  CHECK(hears.remarks[0].where.line() == here.line());
  CHECK(hears.remarks[1].where.line() == 0);
  CHECK(hears.remarks[1].text == nullptr);
}

TEST_CASE("a wait lasts until somebody wakes the task, not until a worker takes it up", "[probe]") {
  NEEDS_WAITS();
  listener hears{true};
  hand_clock clock;
  probe::wait_note note;
  auto const here = std::source_location::current();
  probe::awaits(here);
  clock.at = 100;
  note.begin(clock.reader());
  CHECK(note.since() == instant{duration{100}});
  CHECK(note.where().line() == here.line());
  clock.at = 130;
  note.over(9, clock.reader());
  clock.at = 500;
  note.end("a value from a channel");
  REQUIRE(hears.heard.size() == 2);
  CHECK(hears.heard[0] == std::tuple{verb::woken, 0U, std::uint64_t{9}, std::uint64_t{0}});
  CHECK(hears.heard[1] == std::tuple{verb::waited, 0U, std::uint64_t{30}, std::uint64_t{100}});
  CHECK(hears.remarks[1].text == std::string{"a value from a channel"});
  CHECK(hears.remarks[1].where.line() == here.line());
  CHECK(note.since() == never);
}

TEST_CASE("a task that nobody woke has not waited", "[probe]") {
  NEEDS_WAITS();
  listener hears{true};
  hand_clock clock;
  probe::wait_note note;
  note.end("nothing");  // its first slice
  note.begin(clock.reader());
  note.end("its turn");  // it let others go first
  CHECK(hears.heard.empty());
}

TEST_CASE("a wait that turned out to be none is forgotten by the next", "[probe]") {
  NEEDS_WAITS();
  listener hears{true};
  hand_clock clock;
  probe::wait_note note;
  note.begin(clock.reader());  // it did not suspend
  clock.at = 1000;
  note.begin(clock.reader());
  clock.at = 1007;
  note.over(1, clock.reader());
  note.end("a mutex");
  REQUIRE(hears.heard.size() == 2);
  CHECK(std::get<2>(hears.heard[1]) == 7);
}

TEST_CASE("the clock is read for waits only while somebody wants to know", "[probe]") {
  NEEDS_WAITS();
  hand_clock clock;
  probe::wait_note note;
  {
    listener hears;  // not the length of waits
    note.begin(clock.reader());
    note.over(1, clock.reader());
    note.end("a mutex");
    CHECK(hears.heard.size() == 1);  // that it was woken
  }
  CHECK(clock.asked == 0);
  listener hears{true};
  note.begin(clock.reader());
  note.over(1, clock.reader());
  note.end("a mutex");
  CHECK(clock.asked == 2);
}

TEST_CASE("a task that goes on stands where it stood, also when it waits once more at once", "[probe]") {
  NEEDS_WAITS();
  hand_clock clock;
  probe::wait_note note;
  auto const here = std::source_location::current();
  probe::awaits(here);
  note.begin(clock.reader());
  probe::awaits(std::source_location::current());  // another task, on the same thread
  note.end("a mutex");
  note.begin(clock.reader());
  CHECK(note.where().line() == here.line());
}

TEST_CASE("a thread's wait is told at its end, if it began at all", "[probe]") {
  NEEDS_WAITS();
  listener hears{true};
  { [[maybe_unused]] probe::thread_wait const none; }
  CHECK(hears.heard.empty());
  {
    probe::thread_wait waits;
    waits.begin("permits of a semaphore");
  }
  REQUIRE(hears.heard.size() == 1);
  CHECK(std::get<0>(hears.heard[0]) == verb::waited);
  CHECK(hears.remarks[0].text == std::string{"permits of a semaphore"});
  CHECK(hears.remarks[0].where.line() == 0);
}
