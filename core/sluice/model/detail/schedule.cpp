#include <sluice/model/detail/schedule.hpp>

namespace sluice::model::detail {

namespace {

constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";

}  // namespace

// A character a choice; what needs more stands in brackets, as in "02(41)1".
auto schedule::choices() const -> std::string {
  std::string text;
  auto const made = mode_ == mode::all ? depth_ : path_.size();
  for (std::size_t at = 0; at < made; ++at) {
    auto const chosen = path_[at].chosen;
    if (chosen < digits.size()) text += digits[chosen];
    else text += '(' + std::to_string(chosen) + ')';
  }
  return text;
}

auto schedule::set_choices(std::string_view text) -> bool {
  path_.clear();
  while (!text.empty()) {
    std::size_t chosen = 0;
    std::size_t used = 1;
    if (text.front() == '(') {
      auto const end = text.find(')');
      if (end == std::string_view::npos || end < 2 || end > 5) return false;
      for (auto const each : text.substr(1, end - 1)) {
        if (each < '0' || each > '9') return false;
        chosen = chosen * 10 + static_cast<std::size_t>(each - '0');
      }
      used = end + 1;
    } else {
      chosen = digits.find(text.front());
    }
    if (chosen >= max_alternatives) return false;
    branch known;
    known.chosen = static_cast<std::uint16_t>(chosen);
    path_.push_back(known);
    text.remove_prefix(used);
  }
  return true;
}

}  // namespace sluice::model::detail
