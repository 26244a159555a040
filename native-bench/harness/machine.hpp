// machine — on what, and with what, a number was taken.
#pragma once

#include "json.hpp"

namespace sluice::bench {

/// {"cpu","cores","memoryBytes","system","kernel"}: the machine, as far as it tells.
auto describe_machine() -> json;

/// {"version","revision","compiler","type"}: the program.
auto describe_build() -> json;

/// Both on one line, for a table's foot.
auto one_line(json const& machine, json const& build) -> std::string;

}  // namespace sluice::bench
