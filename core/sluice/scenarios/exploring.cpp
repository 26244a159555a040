#include <sluice/scenarios/exploring.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <sluice/scenarios/bursts.hpp>

namespace sluice::scenarios {
namespace {

constexpr std::uint64_t exploring = 0;
constexpr std::uint64_t executions_in_a_burst = 64;

class explorer final : public burst_job {
 public:
  explorer(rig& r, model::exploration& whole) : r_(r), whole_(whole) {}

  auto more() -> bool override { return more_ && !r_.stopped(); }
  auto burst() -> std::uint64_t override {
    auto const before = whole_.so_far().executions;
    std::uint64_t begun = 0;
    for (; more_ && begun < executions_in_a_burst; ++begun) more_ = whole_.advance();
    auto const visited = whole_.so_far().executions - before;
    r_.took_in(visited), r_.put_out(visited);
    return begun;
  }

 private:
  rig& r_;
  model::exploration& whole_;
  bool more_ = true;
};

void keep(rig& r, model::report const& seen) {
  r.found("executions", std::to_string(seen.executions));
  r.found("begun and given up, since nothing new could come of them", std::to_string(seen.abandoned));
  r.found("visited", seen.complete ? "every one there is" : "those before the end");
  if (seen.found == model::fault::none) return;
  r.found("found", std::string(model::name(seen.found)));
  r.found("how it came about", seen.first_failure);
}

}  // namespace

void refuse_to_explore() {
  throw std::runtime_error("this build has no stacks for modelled threads and cannot explore: the Explore "
                           "view of the page can, and native-bench");
}

auto explore(rig& r, model::program body, model::options how) -> task<model::report> {
  model::exploration whole(std::move(body), how);
  co_await in_bursts(r, exploring, std::make_unique<explorer>(r, whole));
  auto const& seen = whole.so_far();
  keep(r, seen);
  r.check("executions visited = executions counted", seen.executions, r.items_out());
  co_return seen;
}

}  // namespace sluice::scenarios
