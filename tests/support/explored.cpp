// Sums of what was explored, told when the program ends.
#include <tests/support/explored.hpp>

#include <cstdio>
#include <map>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

namespace support {

namespace {

struct sums {
  std::uint64_t executions = 0;
  std::uint64_t abandoned = 0;
};
std::map<std::string, sums, std::less<>> of_structure;

class explored_listener final : public Catch::EventListenerBase {
 public:
  using EventListenerBase::EventListenerBase;

  void testRunEnded(Catch::TestRunStats const&) override {
    if (of_structure.empty()) return;
    std::uint64_t total = 0;
    for (auto const& [name, sum] : of_structure) {
      total += sum.executions;
      std::printf("explored %-24s %12llu executions, %llu given up\n", name.c_str(),
                  static_cast<unsigned long long>(sum.executions), static_cast<unsigned long long>(sum.abandoned));
    }
    std::printf("structures %zu\nexecutions %llu\n", of_structure.size(), static_cast<unsigned long long>(total));
    std::fflush(stdout);
  }
};

}  // namespace

void explored::count(sluice::model::report const& seen, where at) const {
  auto& sum = of_structure[std::string(structure_)];
  sum.executions += seen.executions;
  sum.abandoned += seen.abandoned;
  INFO(structure_ << " explored at " << at.file_name() << ":" << at.line() << "\n" << seen.first_failure);
  CHECK(seen.bound == "");
  CHECK(seen.failures == 0);
}

void explored::all(sluice::model::program const& body, sluice::model::options const& how, where at) const {
  sluice::model::exploration whole(body, how);
  while (whole.so_far().bound.empty() && whole.advance()) {  // what a bound cuts short has no end of its own
  }
  count(whole.so_far(), at);
  CHECK(whole.so_far().complete);
}

void explored::all_ways(sluice::model::program const& body, sluice::model::options how, where at) const {
  how.reuse_addresses = true;
  all(body, how, at);
  how.reuse_addresses = false;
  all(body, how, at);
}

void explored::some(sluice::model::program const& body, std::uint64_t seed, std::uint64_t runs,
                    sluice::model::options const& how, where at) const {
  count(sluice::model::explore_randomly(body, seed, runs, how), at);
}

}  // namespace support

CATCH_REGISTER_LISTENER(support::explored_listener)
