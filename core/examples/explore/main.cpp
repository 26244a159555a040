// explore — ten lines that find a bug which no test on this machine would: the flag is set, and the data is not there.
#include <cstdio>

#include <sluice/atomics/orders.hpp>
#include <sluice/model/explore.hpp>

using namespace sluice;

int main() {
  // [example]
  auto const report = model::explore([](model::execution& run) {
    model::cell<int> data;
    model::atomic<bool> ready{false};
    run.thread([&] {
      data.write([](int& d) { d = 42; });
      ready.store(true, relaxed);  // should be release
    });
    run.thread([&] {
      if (ready.load(acquire)) run.check(data.read([](int d) { return d; }) == 42, "the answer is there");
    });
    run.join();
  });
  std::puts(report.first_failure.c_str());
  // [/example]
  return report.found == model::fault::data_race ? 0 : 1;
}
