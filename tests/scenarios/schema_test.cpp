#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/families/families.hpp>
#include <sluice/scenarios/json.hpp>

using namespace sluice;
using namespace sluice::scenarios;

namespace {

auto pool() -> values { return values::defaults(**find("worker-pool")); }

auto refusal(std::string_view id, std::string_view text) -> std::string {
  auto v = pool();
  auto const set = v.set(id, text);
  REQUIRE(!set);
  return std::string(set.error().operation());
}

}  // namespace

TEST_CASE("every default lies in its range and reads back from its own text", "[scenarios][schema]") {
  for (auto const* each : catalogue()) {
    auto v = values::defaults(*each);
    for (auto const& p : each->parameters) {
      CAPTURE(each->id, p.id);
      CHECK(p.min <= p.fallback);
      CHECK(p.fallback <= p.max);
      auto const text = v.text(p.id);
      CHECK(v.set(p.id, text));
      CHECK(v.text(p.id) == text);
      CHECK(v.number(p.id) == p.fallback);
      CHECK(p.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == p.id.npos);
      CHECK(!p.help.empty());
      CHECK(!p.label.empty());
    }
  }
}

TEST_CASE("every scenario stands in the list of its own family, and in the catalogue once", "[scenarios][schema]") {
  std::vector<scenario const*> listed;
  for (auto const& [family, list] : {std::pair{family_kind::tasks, families::tasks()},
                                     std::pair{family_kind::pools, families::pools()},
                                     std::pair{family_kind::flow, families::flow()},
                                     std::pair{family_kind::lock_free, families::lock_free()},
                                     std::pair{family_kind::sync, families::sync()},
                                     std::pair{family_kind::resilience, families::resilience()}}) {
    for (auto const* each : list) {
      CAPTURE(each->id);
      CHECK(name(each->family) == name(family));
      listed.push_back(each);
    }
  }
  std::vector<scenario const*> known{catalogue().begin(), catalogue().end()};
  std::ranges::sort(listed);
  std::ranges::sort(known);
  CHECK(listed == known);
  std::ranges::sort(known, {}, &scenario::id);
  CHECK(std::ranges::adjacent_find(known, {}, &scenario::id) == known.end());
}

TEST_CASE("no parameter takes the name of an attribute of the element", "[scenarios][schema]") {
  for (auto const* each : catalogue())
    for (auto const& p : each->parameters)
      for (std::string_view const taken :
           {"seed", "engine", "view", "controls", "speed", "t", "theme", "height", "src", "lang",
            "loading", "title", "id", "class", "scenario", "autorun", "compare", "results", "expect"})
        CHECK(p.id != taken);
}

TEST_CASE("no parameter takes the name of a flag of native-bench", "[scenarios][schema]") {
  for (auto const* each : catalogue())
    for (auto const& p : each->parameters)
      for (std::string_view const taken :
           {"list", "json", "progress", "scenario", "seed", "engine", "rounds", "results", "trace", "against",
            "workload", "gate", "targets", "out", "go-sources", "sample", "help", "version"}) {
        CAPTURE(each->id);
        CHECK(p.id != taken);
      }
}

TEST_CASE("a value outside its range is refused with the value and the range", "[scenarios][schema]") {
  CHECK(refusal("workers", "0") == "workers = 0 is out of range (1 to 64)");
  CHECK(refusal("workers", "65") == "workers = 65 is out of range (1 to 64)");
  CHECK(refusal("queue", "-1") == "queue = -1 is out of range (0 to 4096 jobs)");
  CHECK(refusal("work", "1e9") == "work = 1e9 is out of range (1 to 10000 µs)");
}

TEST_CASE("what is no number, no whole number or no answer is refused as such", "[scenarios][schema]") {
  for (auto const* text : {"", "x", "1x", "0x10", "nan", "inf", "--1", "1e", "1e999", "∞", " 1", "1 "})
    CHECK(refusal("workers", text).find("is no number") != std::string::npos);
  CHECK(refusal("workers", "1.5").find("is no whole number") != std::string::npos);
  CHECK(refusal("spread", "bell") ==
        "spread = bell is no answer (one of constant, uniform, exponential)");
  auto v = values::defaults(**find("pipeline"));
  CHECK(!v.set("ordered", "maybe"));
  CHECK(v.set("ordered", "false"));
  CHECK(!v.flag("ordered"));
}

TEST_CASE("a refused value changes nothing", "[scenarios][schema]") {
  auto v = pool();
  REQUIRE(v.set("workers", "7"));
  CHECK(!v.set("workers", "99"));
  CHECK(v.integer("workers") == 7);
}

TEST_CASE("numbers may have a point and an exponent", "[scenarios][schema]") {
  auto v = pool();
  REQUIRE(v.set("work", "12.5"));
  CHECK(v.time("work") == duration{12'500});
  REQUIRE(v.set("work", "1.25e2"));
  CHECK(v.time("work") == duration{125'000});
  CHECK(v.text("work") == "125");
}

TEST_CASE("an unknown name is refused with the names there are", "[scenarios][schema]") {
  auto v = pool();
  auto const set = v.set_all("workers=2&wrokers=3");
  REQUIRE(!set);
  CHECK(set.error().code() == errc::not_found);
  CHECK(std::string(set.error().operation()).find("workers, queue") != std::string::npos);
  CHECK(!v.set_all("workers"));
}

TEST_CASE("asking for a parameter the schema does not have is misuse", "[scenarios][schema]") {
  auto v = pool();
  CHECK_THROWS_AS(v.integer("wrokers"), misuse);
  CHECK_THROWS_AS(v.integer("spread"), misuse);
}

TEST_CASE("seeds are one to sixteen hexadecimal digits", "[scenarios][schema]") {
  CHECK(*parse_seed("7") == 7);
  CHECK(*parse_seed("ffffffffffffffff") == 0xffffffffffffffffULL);
  CHECK(format_seed(0xc0ffee) == "c0ffee");
  CHECK(format_seed(0) == "0");
  for (auto const* text : {"", "g", "0x7", "10000000000000000", "-1", " 7"}) CHECK(!parse_seed(text));
}

TEST_CASE("an unknown scenario is refused with the nearest names", "[scenarios][schema]") {
  auto const found = find("worker-pol");
  REQUIRE(!found);
  CHECK(found.error().code() == errc::not_found);
  CHECK(std::string(found.error().operation()).find("nearest are worker-pool") != std::string::npos);
}

TEST_CASE("the catalogue as JSON names every scenario and parameter", "[scenarios][schema]") {
  auto const json = catalogue_json();
  CHECK(json.starts_with(R"({"format":"sluice-schema","version":1,"scenarios":[)"));
  for (auto const* each : catalogue()) {
    CHECK(json.find("\"id\":\"" + std::string(each->id) + "\",\"family\":\"" +
                    std::string(name(each->family)) + "\"") != json.npos);
    for (auto const& p : each->parameters)
      CHECK(json.find("\"id\":\"" + std::string(p.id) + "\"") != json.npos);
    auto const explored = "\"explore\":{\"subject\":\"" + std::string(each->explore.subject) +
                          "\",\"preset\":\"" + std::string(each->explore.preset) + "\"}";
    CHECK((json.find(explored) != json.npos) == !each->explore.subject.empty());
  }
}
