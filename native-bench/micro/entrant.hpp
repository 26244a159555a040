// entrant — who takes part in a contest between threads: the same body for each of them.
#pragma once

#include "harness/crew.hpp"
#include "micro/workload.hpp"

#include <string>

namespace sluice::bench {

struct entrant {
  std::string name;
  std::string help;  // completes "through …" or "at …"
  standing who = standing::ours;
  bool bounded = false;
};

struct nothing_to_bring {};

/// What a thread has to hold while it uses a `Structure`, where that asks for something: its `visitor`.
template <class Structure>
auto visit() {
  if constexpr (requires { typename Structure::visitor; }) return typename Structure::visitor{};
  else return nothing_to_bring{};
}

}  // namespace sluice::bench
