#include <sluice/base/json_writer.hpp>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace sluice;

namespace {

template <class Value>
auto json_of(Value const& what) -> std::string {
  json_writer out;
  out.value(what);
  return out.text();
}

}  // namespace

TEST_CASE("objects and arrays nest, with commas where they belong", "[base]") {
  json_writer out;
  out.begin_object().member("id", "pool").key("sizes").begin_array().value(4).value(-1).end_array();
  out.key("none").begin_array().end_array().key("inner").begin_object().end_object();
  out.member("live", true).key("raw").raw("[1]").end_object();
  CHECK(out.text() ==
        R"({"id":"pool","sizes":[4,-1],"none":[],"inner":{},"live":true,"raw":[1]})");
}

TEST_CASE("text is quoted so that any text survives", "[base]") {
  CHECK(json_of("a\"b\\c\n\r\t") == R"("a\"b\\c\n\r\t")");
  CHECK(json_of(std::string("\x01\x1f\0", 3)) == R"("\u0001\u001f\u0000")");
  CHECK(json_of("µs – ok") == "\"µs – ok\"");
  CHECK(json_of(false) == "false");
}

TEST_CASE("whole numbers are written to the last digit", "[base]") {
  CHECK(json_of(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(json_of(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(json_of(0) == "0");
}

TEST_CASE("numbers with a fraction read back as what they were, to nine digits", "[base]") {
  CHECK(json_of(0.0) == "0");
  CHECK(json_of(-2.5) == "-2.5");
  CHECK(json_of(100.0) == "100");
  CHECK(json_of(0.999999999999) == "1");
  auto const number = GENERATE(1.0 / 3, 12345.678901, 1e-3, 1e-4, 2.5e-7, 1e-300, 9.99e17, 1e18, 3e250,
                               4294967296.5, -7.25e20);
  auto const text = json_of(number);
  INFO(text);
  char* end = nullptr;
  auto const back = std::strtod(text.c_str(), &end);
  CHECK(*end == '\0');
  CHECK(std::abs(back - number) <= std::abs(number) * 2e-7);
}

TEST_CASE("what is no number is null", "[base]") {
  CHECK(json_of(std::nan("")) == "null");
  CHECK(json_of(std::numeric_limits<double>::infinity()) == "null");
}
