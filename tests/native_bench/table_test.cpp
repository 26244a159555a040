#include <catch2/catch_test_macros.hpp>

#include "native-bench/harness/table.hpp"

#include <limits>

using namespace sluice::bench;

TEST_CASE("digits stand in groups of three with narrow no-break spaces", "[bench]") {
  CHECK(group_digits(0) == "0");
  CHECK(group_digits(999) == "999");
  CHECK(group_digits(1000) == "1\u202f000");
  CHECK(group_digits(1234567) == "1\u202f234\u202f567");
}

TEST_CASE("a number shows three significant digits", "[bench]") {
  CHECK(three_digits(0) == "0.00");
  CHECK(three_digits(1.234) == "1.23");
  CHECK(three_digits(12.34) == "12.3");
  CHECK(three_digits(9.996) == "10.0");
  CHECK(three_digits(123.4) == "123");
  CHECK(three_digits(1234.5) == "1\u202f235");
  CHECK(three_digits(0.01234) == "0.0123");
  CHECK(three_digits(-2.5) == "-2.50");
  CHECK(three_digits(std::numeric_limits<double>::infinity()) == "–");
}

TEST_CASE("a duration takes the unit that keeps it short", "[bench]") {
  CHECK(format_duration(12.3) == "12.3\u202fns");
  CHECK(format_duration(999.6) == "1.00\u202fµs");
  CHECK(format_duration(4.56e6) == "4.56\u202fms");
  CHECK(format_duration(7.5e10) == "75.0\u202fs");
}

TEST_CASE("a rate says of what", "[bench]") {
  CHECK(format_rate(250, "jobs") == "250\u202fjobs/s");
  CHECK(format_rate(12'500, "jobs") == "12.5\u202fk\u202fjobs/s");
  CHECK(format_percent(0.875) == "87.5\u202f%");
}

TEST_CASE("columns line up whatever the bytes of their characters", "[bench]") {
  table made{{{"name", table::align::left}, {"time"}}};
  made.add({"µs and –", "1"});
  made.add({"plain", "1\u202f000", "dropped"});
  made.add({"short"});
  CHECK(made.render() ==
        "name       time\n"
        "───────────────\n"
        "µs and –      1\n"
        "plain     1\u202f000\n"
        "short\n");
}
