#include "compare/go_program.hpp"

#include "harness/process.hpp"

#include <filesystem>
#include <system_error>

namespace sluice::bench {

auto build_go_program(std::string const& go, std::string const& sources, std::string const& folder)
    -> std::expected<std::string, std::string> {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  auto const program = (std::filesystem::path{folder} / "questions").string();
  // `env` sets what keeps the build to itself: no newer toolchain, no proxy, a cache of its own.
  auto const built = run_process({
      .command = {"env", "GOTOOLCHAIN=local", "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0",
                  "GOCACHE=" + (std::filesystem::path{folder} / "cache").string(), go, "build", "-o", program, "."},
      .directory = sources,
      .limit = std::chrono::seconds{300},
  });
  if (!built) return std::unexpected{built.error()};
  if (built->status != 0) {
    auto const said = built->err.substr(0, built->err.find('\n'));
    return std::unexpected{"the Go programs in " + sources + " do not build: " + (said.empty() ? "no reason given" : said)};
  }
  return program;
}

auto go_sample(std::string const& program, std::string const& question, unsigned workers, std::uint64_t items)
    -> std::vector<std::string> {
  return {program, "-workload=" + question, "-workers=" + std::to_string(workers), "-items=" + std::to_string(items),
          "-warm-up=" + std::to_string(items / 10)};
}

}  // namespace sluice::bench
