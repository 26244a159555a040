#include <sluice/scenarios/schema.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <sluice/base/contract.hpp>
#include <sluice/base/json_writer.hpp>
#include <sluice/scenarios/scenario.hpp>
#include <sluice/scenarios/words.hpp>

namespace sluice::scenarios {
namespace {

auto as_text(double number) -> std::string {
  return json_writer{}.value(number).text();
}

auto range_of(parameter const& which) -> std::string {
  if (which.type == param_type::flag) return "true or false";
  if (which.type == param_type::choice) {
    std::string list;
    for (auto const& option : which.choices) (list += list.empty() ? "one of " : ", ") += option.id;
    return list;
  }
  return words({as_text(which.min), " to ", as_text(which.max), which.unit.empty() ? "" : " ", which.unit});
}

auto refuse(parameter const& which, std::string_view given, std::string_view why)
    -> std::unexpected<error> {
  return failure({errc::invalid, words({which.id, " = ", given, " ", why, " (", range_of(which), ")"})});
}

// "12", "-3.5", "1e6": decimal digits, a point, an exponent; nothing else is a number here.
auto parse_number(std::string_view text) -> std::optional<double> {
  auto const negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  int digits = 0;
  int scale = 0;
  auto take_digits = [&](int step) {
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
      number = number * 10 + (text.front() - '0');
      ++digits;
      scale += step;
    }
  };
  take_digits(0);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    take_digits(-1);
  }
  if (digits == 0 || digits > 40) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    int exponent = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (read.ec != std::errc{} || std::abs(exponent) > 300) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    scale += exponent;
  }
  if (!text.empty()) return std::nullopt;
  double power = 1;
  for (int i = std::abs(scale); i > 0; --i) power *= 10;
  number = scale < 0 ? number / power : number * power;
  return negative ? -number : number;
}

auto unit_in_ns(std::string_view unit) noexcept -> double {
  if (unit == "µs") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  return 1;
}

}  // namespace

auto name(param_type type) noexcept -> std::string_view {
  switch (type) {
    case param_type::integer: return "integer";
    case param_type::real: return "real";
    case param_type::duration: return "duration";
    case param_type::choice: return "choice";
    case param_type::flag: return "flag";
  }
  return "";
}

auto values::defaults(scenario const& of) -> values {
  values made;
  made.parameters_ = of.parameters;
  for (auto const& each : of.parameters) made.numbers_.push_back(each.fallback);
  return made;
}

auto values::find(std::string_view id) const noexcept -> std::size_t {
  auto const at = std::ranges::find(parameters_, id, &parameter::id);
  return static_cast<std::size_t>(at - parameters_.begin());
}

auto values::set(std::string_view id, std::string_view text) -> result<void> {
  auto const at = find(id);
  if (at == parameters_.size()) {
    std::string known;
    for (auto const& each : parameters_) (known += known.empty() ? "" : ", ") += each.id;
    return failure({errc::not_found, words({"no parameter is called ", id, " (", known, ")"})});
  }
  auto const& which = parameters_[at];
  double number = 0;
  if (which.type == param_type::choice) {
    auto const option = std::ranges::find(which.choices, text, &choice_option::id);
    if (option == which.choices.end()) return refuse(which, text, "is no answer");
    number = static_cast<double>(option - which.choices.begin());
  } else if (which.type == param_type::flag) {
    if (text == "true" || text == "1" || text == "yes" || text == "on") {
      number = 1;
    } else if (text != "false" && text != "0" && text != "no" && text != "off") {
      return refuse(which, text, "is neither");
    }
  } else {
    auto const read = parse_number(text);
    if (!read) return refuse(which, text, "is no number");
    number = *read;
    if (which.type == param_type::integer && number != std::floor(number))
      return refuse(which, text, "is no whole number");
    if (number < which.min || number > which.max) return refuse(which, text, "is out of range");
  }
  numbers_[at] = number;
  return {};
}

auto values::set_all(std::string_view query) -> result<void> {
  while (!query.empty()) {
    auto const end = std::min(query.find('&'), query.size());
    auto const pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    auto const equals = pair.find('=');
    if (equals == pair.npos)
      return failure({errc::invalid, words({pair, " has no value; write name=value"})});
    if (auto done = set(pair.substr(0, equals), pair.substr(equals + 1)); !done) return done;
  }
  return {};
}

auto values::at(std::string_view id, param_type type) const -> double {
  auto const place = find(id);
  if (place == parameters_.size() || parameters_[place].type != type)
    throw misuse("values", words({id, " is no ", name(type), " of this scenario"}));
  return numbers_[place];
}

auto values::integer(std::string_view id) const -> std::int64_t {
  return static_cast<std::int64_t>(at(id, param_type::integer));
}
auto values::count(std::string_view id) const -> std::size_t {
  return static_cast<std::size_t>(at(id, param_type::integer));
}
auto values::real(std::string_view id) const -> double { return at(id, param_type::real); }
auto values::flag(std::string_view id) const -> bool { return at(id, param_type::flag) != 0; }

auto values::time(std::string_view id) const -> duration {
  auto const amount = at(id, param_type::duration);
  return duration{static_cast<std::int64_t>(amount * unit_in_ns(parameters_[find(id)].unit))};
}

auto values::choice(std::string_view id) const -> std::string_view {
  auto const chosen = static_cast<std::size_t>(at(id, param_type::choice));
  return parameters_[find(id)].choices[chosen].id;
}

auto values::number(std::string_view id) const -> double {
  auto const place = find(id);
  if (place == parameters_.size())
    throw misuse("values", words({"no parameter is called ", id}));
  return numbers_[place];
}

auto values::text(std::string_view id) const -> std::string {
  auto const number = this->number(id);
  auto const& which = parameters_[find(id)];
  if (which.type == param_type::choice) return std::string(choice(id));
  if (which.type == param_type::flag) return number != 0 ? "true" : "false";
  return as_text(number);
}

auto parse_seed(std::string_view text) -> result<std::uint64_t> {
  std::uint64_t seed = 0;
  auto const* const end = text.data() + text.size();
  auto const read = std::from_chars(text.data(), end, seed, 16);
  if (text.empty() || text.size() > 16 || read.ec != std::errc{} || read.ptr != end)
    return failure({errc::invalid, words({"seed = ", text, " is not 1 to 16 hexadecimal digits"})});
  return seed;
}

auto format_seed(std::uint64_t seed) -> std::string {
  char digits[16];
  auto const end = std::to_chars(digits, digits + sizeof digits, seed, 16).ptr;
  return {digits, static_cast<std::size_t>(end - digits)};
}

}  // namespace sluice::scenarios
