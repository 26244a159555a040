#include "observed/observed_program.hpp"

#include <filesystem>

namespace sluice::bench {

auto run_observed(std::vector<std::string> arguments) -> std::expected<ended_process, std::string> {
  auto const program = std::filesystem::path{own_path("")}.parent_path() / "native-bench-observed";
  std::error_code failed;
  if (!std::filesystem::exists(program, failed))
    return std::unexpected{program.string() + " is not there: it is built together with native-bench"};
  arguments.insert(arguments.begin(), program.string());
  return run_process({.command = std::move(arguments), .limit = std::chrono::seconds{600}});
}

}  // namespace sluice::bench
