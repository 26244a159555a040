// last_words — runs what must end the program in a process of its own, and reads what it said.
#pragma once

#if !defined(__EMSCRIPTEN__)

#include <csignal>
#include <cstdio>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace support {

/// How a process ended: `aborted`, and what it had written to stderr.
struct last_words {
  bool aborted = false;
  std::string said;
};

/// Runs `ends` in a copy of this process. Call it while there are no other threads.
template <class F>
auto last_words_of(F ends) -> last_words {
  int ear[2];
  if (::pipe(ear) != 0) return {};
  std::fflush(stdout);  // or the copy might write it, too
  auto const child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    ::dup2(ear[1], 2);
    ends();
    ::_exit(0);
  }
  ::close(ear[1]);
  last_words heard;
  char text[256];
  for (auto got = ::read(ear[0], text, sizeof text); got > 0; got = ::read(ear[0], text, sizeof text))
    heard.said.append(text, static_cast<std::size_t>(got));
  ::close(ear[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  heard.aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
  return heard;
}

}  // namespace support

#endif
