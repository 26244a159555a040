#include <sluice/base/error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include <sluice/base/contract.hpp>
#include <sluice/base/result.hpp>

using namespace sluice;

TEST_CASE("a plain error is its code and costs a pointer", "[base]") {
  error const plain = errc::closed;
  CHECK(plain.code() == errc::closed);
  CHECK(plain.operation().empty());
  CHECK(plain.cause() == nullptr);
  CHECK(plain.message() == "closed");
  STATIC_CHECK(sizeof(error) == sizeof(void*));
}

TEST_CASE("an error tells what was attempted and why it failed, outermost first", "[base]") {
  error const inner{errc::deadline_exceeded};
  error const outer{errc::failed, "open feed", error{errc::cancelled, "read", inner}};
  CHECK(outer.code() == errc::failed);
  CHECK(outer.operation() == "open feed");
  REQUIRE(outer.cause() != nullptr);
  CHECK(outer.cause()->code() == errc::cancelled);
  REQUIRE(outer.cause()->cause() != nullptr);
  CHECK(outer.message() == "open feed: read: deadline exceeded");
  CHECK(error{errc::full, "submit"}.message() == "submit (full)");
}

TEST_CASE("copies of an error outlive the original, and a moved-from one can be assigned", "[base]") {
  auto original = std::make_unique<error>(errc::resource, "start a thread");
  error copy = *original;
  error moved = std::move(*original);
  original.reset();
  CHECK(copy.operation() == "start a thread");
  CHECK(moved.operation() == "start a thread");
  copy = error{errc::closed};
  CHECK(copy.code() == errc::closed);
  copy = moved;
  moved = errc::full;
  CHECK(copy.code() == errc::resource);
  auto const& same = copy;
  copy = same;
  CHECK(copy.operation() == "start a thread");
}

TEST_CASE("errors are equal when their codes are", "[base]") {
  CHECK(error{errc::closed} == error{errc::closed, "send"});
  CHECK_FALSE(error{errc::closed} == error{errc::full});
}

TEST_CASE("every code has a name of its own", "[base]") {
  for (int a = 1; a <= static_cast<int>(errc::failed); ++a) {
    auto const text = name(static_cast<errc>(a));
    CHECK(text != "unknown error");
    for (int b = a + 1; b <= static_cast<int>(errc::failed); ++b)
      CHECK(text != name(static_cast<errc>(b)));
  }
  CHECK(name(static_cast<errc>(200)) == "unknown error");
}

TEST_CASE("codes travel as std::error_code, comparable to the standard's conditions", "[base]") {
  std::error_code const late = make_error_code(errc::deadline_exceeded);
  CHECK(late.category() == error_category());
  CHECK(late == std::errc::timed_out);
  CHECK(late.message() == "deadline exceeded");
  CHECK(std::error_code{errc::cancelled} == std::errc::operation_canceled);
  CHECK(std::error_code{errc::would_block} == std::errc::operation_would_block);
  CHECK(std::error_code{errc::closed} != std::errc::timed_out);
}

TEST_CASE("a result is a value, or the error that came instead", "[base]") {
  auto halve = [](int value) -> result<int> {
    if (value % 2 != 0) return failure({errc::invalid, "halve " + std::to_string(value)});
    return value / 2;
  };
  CHECK(halve(8) == 4);
  CHECK(halve(7).error().code() == errc::invalid);
  CHECK(halve(7).error().operation() == "halve 7");
}

TEST_CASE("misuse names the primitive and the mistake", "[base]") {
  misuse const thrown{"channel", "closed twice"};
  CHECK(std::string{thrown.what()} == "channel: closed twice");
  STATIC_CHECK(std::is_base_of_v<std::logic_error, misuse>);
}
