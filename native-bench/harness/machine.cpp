#include "machine.hpp"

#include "revision.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace sluice::bench {
namespace {

/// What follows `key` and a separator in the first line that begins with it.
auto line_of(char const* file, std::string_view key, char separator) -> std::string {
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    auto const after = line.find(separator);
    if (after == std::string::npos) return {};
    auto const begin = line.find_first_not_of(" \t\"", after + 1);
    if (begin == std::string::npos) return {};
    return line.substr(begin, line.find_last_not_of(" \t\"") - begin + 1);
  }
  return {};
}

auto or_unknown(std::string text) -> std::string { return text.empty() ? "unknown" : text; }

}  // namespace

auto describe_machine() -> json {
  utsname names{};
  auto const named = ::uname(&names) == 0;
  auto const memory = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * std::int64_t{::sysconf(_SC_PAGESIZE)};
  auto system = line_of("/etc/os-release", "PRETTY_NAME", '=');
  if (system.empty() && named) system = names.sysname;
  return json::object({
      {"cpu", or_unknown(line_of("/proc/cpuinfo", "model name", ':'))},
      {"cores", std::thread::hardware_concurrency()},
      {"memoryBytes", memory},
      {"system", or_unknown(system)},
      {"kernel", named ? std::string{names.release} + " " + names.machine : std::string{"unknown"}},
  });
}

auto describe_build() -> json {
#if defined(__clang__)
  auto const compiler = "clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__) + "." +
                        std::to_string(__clang_patchlevel__);
#else
  auto const compiler = "gcc " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__);
#endif
  return json::object({
      {"version", SLUICE_BENCH_VERSION},
      {"revision", revision},
      {"compiler", compiler},
      {"type", SLUICE_BENCH_BUILD_TYPE},
  });
}

auto one_line(json const& machine, json const& build) -> std::string {
  auto const word = [](json const& from, std::string_view name) {
    auto const* const member = from.find(name);
    return member != nullptr && member->text() != nullptr ? *member->text() : std::string{"?"};
  };
  auto const cores = static_cast<int>(machine.find("cores")->number());
  return word(machine, "cpu") + ", " + std::to_string(cores) + (cores == 1 ? " core, " : " cores, ") +
         word(machine, "system") + "; sluice " + word(build, "version") + " " + word(build, "revision") + ", " +
         word(build, "compiler") + ", " + word(build, "type");
}

}  // namespace sluice::bench
