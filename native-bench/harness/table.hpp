// table — numbers as people read them, and columns that line up.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::bench {

constexpr std::string_view narrow_space = "\u202f";  // between groups of digits, and before a unit

/// 1234567 as "1 234 567", with narrow no-break spaces.
inline auto group_digits(std::uint64_t value) -> std::string {
  auto const digits = std::to_string(value);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) out += narrow_space;
    out += digits[i];
  }
  return out;
}

/// Three significant digits, more only where the whole part has more: 0.0123, 1.23, 12.3, 123, 1 234.
inline auto three_digits(double value) -> std::string {
  if (!std::isfinite(value)) return "–";
  auto const size = std::abs(value);
  if (size >= 99.95) {
    auto const grouped = group_digits(static_cast<std::uint64_t>(std::llround(size)));
    return value < 0 ? "-" + grouped : grouped;
  }
  int decimals = size >= 9.995 ? 1 : 2;
  for (double edge = 0.9995; decimals < 6 && size > 0 && size < edge; edge /= 10) ++decimals;
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

inline auto with_unit(std::string number, std::string_view unit) -> std::string {
  return unit.empty() ? number : std::move(number).append(narrow_space).append(unit);
}

/// The unit that leaves one to three digits before the point, and how many nanoseconds it is.
struct time_unit {
  double ns = 1;
  std::string_view name = "ns";

  static auto fitting(double ns) -> time_unit {
    auto const size = std::abs(ns);
    if (size < 999.5) return {1, "ns"};
    if (size < 999.5e3) return {1e3, "µs"};
    if (size < 999.5e6) return {1e6, "ms"};
    return {1e9, "s"};
  }
};

inline auto format_duration(double ns) -> std::string {
  auto const unit = time_unit::fitting(ns);
  return with_unit(three_digits(ns / unit.ns), unit.name);
}

/// Items per second: "12.5 k jobs/s".
inline auto format_rate(double per_second, std::string_view items) -> std::string {
  auto const unit = std::string{items} + "/s";
  if (per_second < 999.5) return with_unit(three_digits(per_second), unit);
  if (per_second < 999.5e3) return with_unit(three_digits(per_second / 1e3), "k" + std::string{narrow_space} + unit);
  if (per_second < 999.5e6) return with_unit(three_digits(per_second / 1e6), "M" + std::string{narrow_space} + unit);
  return with_unit(three_digits(per_second / 1e9), "G" + std::string{narrow_space} + unit);
}

inline auto format_percent(double fraction) -> std::string { return with_unit(three_digits(fraction * 100), "%"); }

/// How many cells of a terminal a text takes. Enough for what we print: one per code point.
inline auto display_width(std::string_view text) -> std::size_t {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Rows under a header; columns line up, numbers to the right, words to the left.
class table {
 public:
  enum class align { left, right };
  struct column {
    std::string title;
    align side = align::right;
  };

  explicit table(std::vector<column> columns) : columns_{std::move(columns)} {}

  /// Missing cells stay empty; more cells than columns are dropped.
  void add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
  }
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  [[nodiscard]] auto render() const -> std::string {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      auto width = display_width(columns_[c].title);
      for (auto const& row : rows_) width = std::max(width, display_width(row[c]));
      widths.push_back(width);
    }
    std::string out;
    line(out, widths, [&](std::size_t c) -> std::string_view { return columns_[c].title; });
    auto total = 2 * (columns_.empty() ? 0 : columns_.size() - 1);
    for (auto const width : widths) total += width;
    for (std::size_t i = 0; i < total; ++i) out += "─";
    out += '\n';
    for (auto const& row : rows_) line(out, widths, [&](std::size_t c) -> std::string_view { return row[c]; });
    return out;
  }

 private:
  template <class Cell>
  void line(std::string& out, std::vector<std::size_t> const& widths, Cell const& cell) const {
    std::string text;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      auto const content = cell(c);
      auto const padding = std::string(widths[c] - display_width(content), ' ');
      if (c != 0) text += "  ";
      if (columns_[c].side == align::right) text += padding;
      text += content;
      if (columns_[c].side == align::left) text += padding;
    }
    out += text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
  }

  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sluice::bench
