#include <sluice/runtime/runtime.hpp>

sluice::task<int> answer() { co_return 42; }

int main() {
  sluice::runtime rt{sluice::runtime_options{.workers = 2}};
  return rt.block_on(answer()).value() == 42 ? 0 : 1;
}
