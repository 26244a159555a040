#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace sluice::bench {
namespace {

using clock = std::chrono::steady_clock;

struct pipe_pair {
  int read = -1;
  int write = -1;

  pipe_pair() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) read = ends[0], write = ends[1];
  }
  ~pipe_pair() {
    close_end(read);
    close_end(write);
  }
  pipe_pair(pipe_pair const&) = delete;
  auto operator=(pipe_pair const&) -> pipe_pair& = delete;

  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

/// The child's side of the fork. Nothing but system calls: the parent may have threads.
[[noreturn]] void become(char* const* argv, char const* directory, pipe_pair const& out, pipe_pair const& err) {
  ::dup2(out.write, STDOUT_FILENO);
  ::dup2(err.write, STDERR_FILENO);
  if (*directory == '\0' || ::chdir(directory) == 0) ::execvp(argv[0], argv);
  ::_exit(127);
}

/// Reads what is there; false once the other side has closed.
bool drain(int from, std::string& into) {
  std::array<char, 4096> block;
  auto const got = ::read(from, block.data(), block.size());
  if (got > 0) into.append(block.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

/// Reads both pipes until both are closed. False when the time is over first.
bool read_until_closed(pipe_pair& out, pipe_pair& err, ended_process& into, clock::time_point until) {
  while (out.read >= 0 || err.read >= 0) {
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 2> watched{{{out.read, POLLIN, 0}, {err.read, POLLIN, 0}}};  // negative ones are ignored
    if (::poll(watched.data(), watched.size(), static_cast<int>(left)) < 0 && errno != EINTR) return true;
    if (watched[0].revents != 0 && !drain(out.read, into.out)) pipe_pair::close_end(out.read);
    if (watched[1].revents != 0 && !drain(err.read, into.err)) pipe_pair::close_end(err.read);
  }
  return true;
}

auto cpu_time(rusage const& used) -> std::chrono::nanoseconds {
  auto const of = [](timeval t) { return std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_usec}; };
  return of(used.ru_utime) + of(used.ru_stime);
}

}  // namespace

auto run_process(process_request const& request) -> std::expected<ended_process, std::string> {
  auto const& name = request.command.front();
  pipe_pair out;
  pipe_pair err;
  if (out.read < 0 || err.read < 0) return std::unexpected{"no pipe to " + name + ": " + std::strerror(errno)};

  std::vector<std::string> command = request.command;
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (auto& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);

  auto const child = ::fork();
  if (child < 0) return std::unexpected{name + " cannot be started: " + std::strerror(errno)};
  if (child == 0) become(argv.data(), request.directory.c_str(), out, err);
  pipe_pair::close_end(out.write);
  pipe_pair::close_end(err.write);

  ended_process ended;
  auto const in_time = read_until_closed(out, err, ended, clock::now() + request.limit);
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  rusage used{};
  while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  if (!in_time)
    return std::unexpected{name + " did not end within " + std::to_string(request.limit.count()) + " s"};
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended.cpu = cpu_time(used);
  return ended;
}

auto find_on_path(std::string_view name) -> std::string {
  auto const* const path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    auto const end = rest.find(':');
    auto const folder = rest.substr(0, end);
    auto const file = std::filesystem::path{folder.empty() ? "." : folder} / name;
    if (::access(file.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(file)) return file.string();
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
  return {};
}

auto own_path(char const* argv0) -> std::string {
  std::error_code failed;
  auto const link = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::string{argv0} : link.string();
}

}  // namespace sluice::bench
