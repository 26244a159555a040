// process — another program, run to its end: what it printed, how it ended and how much CPU it used.
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

struct ended_process {
  int status = 0;  // the exit status; 128 + signal when it was killed
  std::string out;
  std::string err;
  std::chrono::nanoseconds cpu{};
};

struct process_request {
  std::vector<std::string> command;  // the program, found on PATH, and its arguments
  std::string directory{};           // where it runs; empty: here
  std::chrono::seconds limit{120};   // longer, and it is killed
};

/// Runs a program and waits for it. Blocks.
/// Fails    when it cannot be started or does not end in time. An exit status other than 0 is no failure here.
auto run_process(process_request const& request) -> std::expected<ended_process, std::string>;

/// Where on PATH a program of that name lies, or an empty text.
auto find_on_path(std::string_view name) -> std::string;

/// The file this program was started from.
auto own_path(char const* argv0) -> std::string;

}  // namespace sluice::bench
