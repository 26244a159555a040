// go_program — the Go side of a comparison: found, built once, asked for samples.
#pragma once

#include "harness/json.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace sluice::bench {

/// Builds the program in `sources` with the `go` at `go`, into `folder`. Downloads nothing.
/// Fails    with a sentence that carries what the compiler said first.
auto build_go_program(std::string const& go, std::string const& sources, std::string const& folder)
    -> std::expected<std::string, std::string>;

/// The command that makes the program answer one question once, after a warm-up of a tenth.
auto go_sample(std::string const& program, std::string const& question, unsigned workers, std::uint64_t items)
    -> std::vector<std::string>;

}  // namespace sluice::bench
