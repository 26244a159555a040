#include <sluice/base/json_writer.hpp>

#include <cstdio>
#include <cstdlib>

namespace sluice {

auto json_writer::value(double number) -> json_writer& {
  if (!std::isfinite(number)) return literal("null");
  char text[32];
  // Floating-point to_chars is missing from some standard libraries that this is built with.
  for (int precision = 15; precision <= 17; ++precision) {
    std::snprintf(text, sizeof text, "%.*g", precision, number);
    if (std::strtod(text, nullptr) == number) break;
  }
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
