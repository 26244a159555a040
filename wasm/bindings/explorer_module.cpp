// explorer_module — the explorer as plain exports. Explored threads are fibers, so a call that runs them comes back to
// JavaScript before it has a value to return; what it came to is read by another call.
#include <emscripten/emscripten.h>

#include <string>

#include <boundary/explorer.hpp>

namespace {

sluice::wasm::explorer the_explorer;

/// Keeps a text until the next one.
auto kept(std::string text) -> char const* {
  static std::string last;
  last = std::move(text);
  return last.c_str();
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE auto catalogue() -> char const* { return kept(the_explorer.catalogue()); }
EMSCRIPTEN_KEEPALIVE auto start(char const* program) -> char const* { return kept(the_explorer.start(program)); }
EMSCRIPTEN_KEEPALIVE void advance(double milliseconds) { the_explorer.advance(milliseconds); }
EMSCRIPTEN_KEEPALIVE auto progress() -> char const* { return kept(the_explorer.progress()); }
EMSCRIPTEN_KEEPALIVE void replay(char const* choices) { the_explorer.replay(choices); }
EMSCRIPTEN_KEEPALIVE auto interleaving() -> char const* { return kept(the_explorer.interleaving()); }
EMSCRIPTEN_KEEPALIVE void stop() { the_explorer.stop(); }

}
