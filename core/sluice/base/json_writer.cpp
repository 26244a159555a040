#include <sluice/base/json_writer.hpp>

#include <cmath>

namespace sluice {
namespace {

// Digits of a fraction in billionths, without the zeros at its end.
auto decimals(std::uint64_t billionths) -> std::string {
  auto digits = std::to_string(1'000'000'000 + billionths).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

}  // namespace

// By integers alone: neither every standard library that this is built with has a floating-point
// to_chars, nor is a printf with one small enough to be sent to a page.
auto json_writer::value(double number) -> json_writer& {
  if (!std::isfinite(number)) return literal("null");
  std::string text;
  if (number < 0) {
    text = "-";
    number = -number;
  }
  int exponent = 0;
  if (number != 0) {
    for (; number >= 1e18; number /= 10) ++exponent;
    for (; number < 1e-3; number *= 10) --exponent;
  }
  auto whole = static_cast<std::uint64_t>(number);
  auto billionths = static_cast<std::uint64_t>(std::llround((number - static_cast<double>(whole)) * 1e9));
  if (billionths == 1'000'000'000) ++whole, billionths = 0;
  text += std::to_string(whole);
  if (billionths != 0) (text += '.') += decimals(billionths);
  if (exponent != 0) (text += 'e') += std::to_string(exponent);
  return literal(text);
}

void json_writer::quote(std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  text_ += '"';
  for (auto const c : text) {
    switch (c) {
      case '"': text_ += "\\\""; break;
      case '\\': text_ += "\\\\"; break;
      case '\n': text_ += "\\n"; break;
      case '\r': text_ += "\\r"; break;
      case '\t': text_ += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          text_ += "\\u00";
          text_ += hex[static_cast<unsigned char>(c) >> 4];
          text_ += hex[static_cast<unsigned char>(c) & 15];
        } else {
          text_ += c;
        }
    }
  }
  text_ += '"';
}

}  // namespace sluice
