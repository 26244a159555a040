// words — a sentence from its parts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace sluice::scenarios {

/// The parts one after the other. Smaller, in a module that a page downloads, than a chain of `+`.
[[nodiscard]] auto words(std::initializer_list<std::string_view> parts) -> std::string;

}  // namespace sluice::scenarios
