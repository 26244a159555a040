// json — a JSON value that keeps the order of its members: read from peers and targets, written to results.
#pragma once

#include <sluice/base/json_writer.hpp>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::bench {

/// null, boolean, whole number, real number, text, array or object.
/// Invariant  Whole numbers keep all their 64 bits; members keep the order in which they were added.
class json {
 public:
  using array_type = std::vector<json>;
  using object_type = std::vector<std::pair<std::string, json>>;

  json() = default;
  json(bool value) : value_{value} {}
  json(int value) : value_{std::int64_t{value}} {}
  json(unsigned value) : value_{std::int64_t{value}} {}
  json(std::int64_t value) : value_{value} {}
  json(double value) : value_{value} {}
  json(std::string value) : value_{std::move(value)} {}
  json(std::string_view value) : value_{std::string{value}} {}
  json(char const* value) : value_{std::string{value}} {}

  static auto object(std::initializer_list<object_type::value_type> members = {}) -> json {
    json made;
    made.value_ = object_type(members);
    return made;
  }
  static auto array(array_type elements = {}) -> json {
    json made;
    made.value_ = std::move(elements);
    return made;
  }

  /// Text to value. Fails with a sentence that names the place.
  static auto parse(std::string_view text) -> std::expected<json, std::string>;

  /// Adds a member to an object; a repeated name is the caller's mistake and stays visible in the output.
  auto set(std::string name, json value) -> json& {
    std::get<object_type>(value_).emplace_back(std::move(name), std::move(value));
    return *this;
  }
  auto push(json value) -> json& {
    std::get<array_type>(value_).push_back(std::move(value));
    return *this;
  }

  /// The member of that name, or nothing; also nothing when this is no object.
  [[nodiscard]] auto find(std::string_view name) const -> json const* {
    if (auto const* members = std::get_if<object_type>(&value_))
      for (auto const& [key, value] : *members)
        if (key == name) return &value;
    return nullptr;
  }

  [[nodiscard]] bool is_object() const { return std::holds_alternative<object_type>(value_); }
  [[nodiscard]] auto elements() const -> array_type const* { return std::get_if<array_type>(&value_); }
  [[nodiscard]] auto text() const -> std::string const* { return std::get_if<std::string>(&value_); }
  [[nodiscard]] auto boolean() const -> bool const* { return std::get_if<bool>(&value_); }
  /// The number, or `fallback` when this is none.
  [[nodiscard]] auto number(double fallback = 0) const -> double {
    if (auto const* whole = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*whole);
    if (auto const* real = std::get_if<double>(&value_)) return *real;
    return fallback;
  }
  [[nodiscard]] bool is_number() const {
    return std::holds_alternative<std::int64_t>(value_) || std::holds_alternative<double>(value_);
  }

  /// The value on one line, or indented by two spaces a level for people.
  [[nodiscard]] auto dump(bool for_people = false) const -> std::string {
    std::string out;
    write(out, for_people ? 0 : -1);
    return out;
  }

 private:
  class parser;

  static auto spelled(auto scalar) -> std::string { return json_writer{}.value(scalar).text(); }

  static void new_line(std::string& out, int depth) {
    if (depth >= 0) out.append("\n").append(static_cast<std::size_t>(depth) * 2, ' ');
  }

  /// A depth below zero means: all on one line.
  void write(std::string& out, int depth) const {
    auto const inner = depth < 0 ? depth : depth + 1;
    auto const list = [&](char open, char close, auto const& items, auto const& one) {
      out += open;
      bool first = true;
      for (auto const& item : items) {
        if (!first) out += ',';
        first = false;
        new_line(out, inner);
        one(item);
      }
      if (!first) new_line(out, depth);
      out += close;
    };
    if (auto const* flag = std::get_if<bool>(&value_)) out += *flag ? "true" : "false";
    else if (auto const* whole = std::get_if<std::int64_t>(&value_)) out += spelled(*whole);
    else if (auto const* real = std::get_if<double>(&value_)) out += spelled(*real);
    else if (auto const* string = std::get_if<std::string>(&value_)) out += spelled(std::string_view{*string});
    else if (auto const* items = std::get_if<array_type>(&value_))
      list('[', ']', *items, [&](json const& item) { item.write(out, inner); });
    else if (auto const* members = std::get_if<object_type>(&value_))
      list('{', '}', *members, [&](auto const& member) {
        out += spelled(std::string_view{member.first});
        out += depth < 0 ? ":" : ": ";
        member.second.write(out, inner);
      });
    else out += "null";
  }

  std::variant<std::monostate, bool, std::int64_t, double, std::string, array_type, object_type> value_;
};

/// Recursive descent over the whole text; nesting is bounded so that hostile input cannot exhaust the stack.
class json::parser {
 public:
  explicit parser(std::string_view text) : text_{text} {}

  auto document() -> std::expected<json, std::string> {
    auto value = json{};
    if (!read(value, 0)) return std::unexpected{complaint()};
    skip_space();
    if (at_ != text_.size()) {
      why_ = "something follows the value";
      return std::unexpected{complaint()};
    }
    return value;
  }

 private:
  static constexpr int deepest = 64;

  auto complaint() const -> std::string {
    std::size_t line = 1;
    for (auto const c : text_.substr(0, at_)) line += c == '\n' ? 1 : 0;
    return "not JSON, line " + std::to_string(line) + ": " + why_;
  }
  bool fail(char const* why) {
    why_ = why;
    return false;
  }
  void skip_space() {
    while (at_ < text_.size() && std::string_view{" \t\r\n"}.contains(text_[at_])) ++at_;
  }
  bool take(char expected) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool read(json& into, int depth) {
    if (depth > deepest) return fail("nested too deeply");
    skip_space();
    if (at_ == text_.size()) return fail("the text ends too early");
    switch (text_[at_]) {
      case '{': return read_object(into, depth);
      case '[': return read_array(into, depth);
      case '"': {
        auto text = std::string{};
        if (!read_text(text)) return false;
        into = json{std::move(text)};
        return true;
      }
      default: break;
    }
    if (take_word("true")) into = json{true};
    else if (take_word("false")) into = json{false};
    else if (take_word("null")) into = json{};
    else return read_number(into);
    return true;
  }

  bool read_object(json& into, int depth) {
    into = json::object();
    ++at_;
    if (take('}')) return true;
    do {
      skip_space();
      auto name = std::string{};
      if (at_ == text_.size() || text_[at_] != '"') return fail("a member's name is expected");
      if (!read_text(name)) return false;
      if (!take(':')) return fail("':' is expected");
      auto value = json{};
      if (!read(value, depth + 1)) return false;
      into.set(std::move(name), std::move(value));
    } while (take(','));
    return take('}') || fail("',' or '}' is expected");
  }

  bool read_array(json& into, int depth) {
    into = json::array();
    ++at_;
    if (take(']')) return true;
    do {
      auto value = json{};
      if (!read(value, depth + 1)) return false;
      into.push(std::move(value));
    } while (take(','));
    return take(']') || fail("',' or ']' is expected");
  }

  bool read_text(std::string& into) {
    for (++at_; at_ < text_.size(); ++at_) {
      auto const c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return fail("a control character inside a text");
      if (c != '\\') {
        into += c;
      } else if (++at_ == text_.size() || !read_escape(into)) {
        return fail("an unknown escape");
      }
    }
    return fail("a text has no end");
  }

  /// Everything but surrogate pairs, which no file of ours contains.
  bool read_escape(std::string& into) {
    constexpr auto names = std::string_view{"\"\\/bfnrt"};
    constexpr auto means = std::string_view{"\"\\/\b\f\n\r\t"};
    if (auto const known = names.find(text_[at_]); known != std::string_view::npos) {
      into += means[known];
      return true;
    }
    if (text_[at_] != 'u' || at_ + 4 >= text_.size()) return false;
    auto code = 0u;
    auto const* const first = text_.data() + at_ + 1;
    if (std::from_chars(first, first + 4, code, 16).ptr != first + 4) return false;
    if (code >= 0xd800 && code < 0xe000) return false;
    at_ += 4;
    if (code < 0x80) {
      into += static_cast<char>(code);
    } else if (code < 0x800) {
      into += static_cast<char>(0xc0 | (code >> 6));
      into += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      into += static_cast<char>(0xe0 | (code >> 12));
      into += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
      into += static_cast<char>(0x80 | (code & 0x3f));
    }
    return true;
  }

  bool read_number(json& into) {
    auto const end = text_.find_first_not_of("+-.0123456789eE", at_);
    auto const digits = std::string{text_.substr(at_, end == std::string_view::npos ? end : end - at_)};
    if (digits.empty() || digits.front() == '+') return fail("a value is expected");
    auto whole = std::int64_t{};
    auto const read = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    if (read.ec == std::errc{} && read.ptr == digits.data() + digits.size()) {
      into = json{whole};
    } else {
      char* after = nullptr;  // strtod: not every standard library reads doubles with from_chars
      auto const real = std::strtod(digits.c_str(), &after);
      if (after != digits.c_str() + digits.size()) return fail("a number is malformed");
      into = json{real};
    }
    at_ += digits.size();
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  char const* why_ = "";
};

inline auto json::parse(std::string_view text) -> std::expected<json, std::string> { return parser{text}.document(); }

}  // namespace sluice::bench
