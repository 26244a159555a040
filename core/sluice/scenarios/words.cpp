#include <sluice/scenarios/words.hpp>

namespace sluice::scenarios {

auto words(std::initializer_list<std::string_view> parts) -> std::string {
  std::string all;
  for (auto const part : parts) all += part;
  return all;
}

}  // namespace sluice::scenarios
