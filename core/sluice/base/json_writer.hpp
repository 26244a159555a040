// json_writer — JSON text, written piece by piece.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// Appends JSON to a string; commas and quotes are its business, nesting is the caller's.
///
///     json_writer out;
///     out.begin_object().member("id", "worker-pool").key("sizes").begin_array().value(4).end_array();
///     out.end_object();
///     use(out.text());
class json_writer {
 public:
  auto begin_object() -> json_writer& { return open('{'); }
  auto end_object() -> json_writer& { return close('}'); }
  auto begin_array() -> json_writer& { return open('['); }
  auto end_array() -> json_writer& { return close(']'); }

  auto key(std::string_view name) -> json_writer& {
    separate();
    quote(name);
    text_ += ':';
    first_ = true;
    return *this;
  }

  auto value(std::string_view text) -> json_writer& {
    separate();
    quote(text);
    return *this;
  }
  auto value(char const* text) -> json_writer& { return value(std::string_view{text}); }
  auto value(bool truth) -> json_writer& { return literal(truth ? "true" : "false"); }
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  auto value(Integer number) -> json_writer& {
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return literal({digits, static_cast<std::size_t>(end - digits)});
  }
  /// With nine decimals at most; `null` when it is not finite.
  auto value(double number) -> json_writer&;

  template <class Value>
  auto member(std::string_view name, Value const& what) -> json_writer& {
    return key(name).value(what);
  }

  /// Text that is JSON already.
  auto raw(std::string_view json) -> json_writer& { return literal(json); }

  [[nodiscard]] auto text() const& noexcept -> std::string const& { return text_; }
  [[nodiscard]] auto text() && noexcept -> std::string { return std::move(text_); }

 private:
  void separate() {
    if (!first_) text_ += ',';
    first_ = false;
  }
  auto open(char bracket) -> json_writer& {
    separate();
    text_ += bracket;
    first_ = true;
    return *this;
  }
  auto close(char bracket) -> json_writer& {
    text_ += bracket;
    first_ = false;
    return *this;
  }
  auto literal(std::string_view what) -> json_writer& {
    separate();
    text_ += what;
    return *this;
  }
  void quote(std::string_view text);

  std::string text_;
  bool first_ = true;
};

}  // namespace sluice
