#include <catch2/catch_test_macros.hpp>

#include "native-bench/harness/json.hpp"

#include <limits>
#include <string>

using namespace sluice::bench;

TEST_CASE("what is written is read back as it was", "[bench]") {
  auto const value = json::object({{"text", "a \"quoted\" \\ line\nwith µ and \x01"},
                                   {"whole", std::numeric_limits<std::int64_t>::max()},
                                   {"real", 0.1},
                                   {"flag", true},
                                   {"nothing", json{}},
                                   {"list", json::array({1, 2.5, "three"})},
                                   {"empty", json::object()}});
  for (auto const for_people : {false, true}) {
    auto const again = json::parse(value.dump(for_people));
    REQUIRE(again);
    CHECK(again->dump() == value.dump());
  }
  CHECK(value.find("whole")->dump() == "9223372036854775807");
  CHECK(value.find("real")->number() == 0.1);
  CHECK(value.find("missing") == nullptr);
}

TEST_CASE("JSON has no word for infinity", "[bench]") {
  CHECK(json{std::numeric_limits<double>::infinity()}.dump() == "null");
}

TEST_CASE("escapes of other writers are understood", "[bench]") {
  auto const read = json::parse(R"(["\u00b5s", "\/", "\u2013"])");
  REQUIRE(read);
  CHECK(*read->elements()->at(0).text() == "µs");
  CHECK(*read->elements()->at(1).text() == "/");
  CHECK(*read->elements()->at(2).text() == "–");
}

TEST_CASE("what is not JSON is refused with its place", "[bench]") {
  for (auto const* text : {"", "{", "[1,]", "{\"a\" 1}", "01x", "\"open", "[1] 2", "nul", "+1", "\"\\q\"", "\"\\ud800\""})
    CHECK_FALSE(json::parse(text));
  CHECK(json::parse("{\n\"a\": ?}").error() == "not JSON, line 2: a value is expected");
}

TEST_CASE("nesting without end is refused, not followed", "[bench]") {
  CHECK(json::parse(std::string(100'000, '[')).error() == "not JSON, line 1: nested too deeply");
}
