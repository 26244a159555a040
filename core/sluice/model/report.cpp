#include <sluice/model/report.hpp>

#include <algorithm>
#include <string_view>

namespace sluice::model {

namespace {

auto file_of(code_location const& where) -> std::string {
  std::string_view name = where.file_name();
  if (auto const slash = name.find_last_of("/\\"); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  return name.empty() ? std::string() : std::string(name) + ':' + std::to_string(where.line());
}

}  // namespace

auto interleaving::text() const -> std::string {
  std::size_t width = 4;
  for (auto const& each : threads) width = std::max(width, each.size());
  std::string lines;
  for (std::size_t number = 0; number < steps.size(); ++number) {
    auto const& each = steps[number];
    auto line = std::to_string(number);
    line.insert(0, line.size() < 4 ? 4 - line.size() : 0, ' ');
    auto name = each.thread < threads.size() ? threads[each.thread] : std::string();
    name.resize(width, ' ');
    line += "  " + name + "  " + each.text;
    if (each.from >= 0) line += "  <- " + std::to_string(each.from);
    if (auto const file = file_of(each.where); !file.empty()) {
      line.resize(std::max<std::size_t>(line.size(), 76), ' ');
      line += "  " + file;
    }
    lines += line + '\n';
  }
  if (found != fault::none) lines += std::string(name(found)) + ": " + message + '\n';
  lines += "choices \"" + choices + "\"\n";
  return lines;
}

}  // namespace sluice::model
