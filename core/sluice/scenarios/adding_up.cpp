#include <sluice/scenarios/adding_up.hpp>

#include <algorithm>
#include <memory>

#include <sluice/scenarios/bursts.hpp>

namespace sluice::scenarios {
namespace {

class adder final : public burst_job {
 public:
  adder(rig& r, shared_total& total, std::uint64_t share) : r_(r), total_(total), left_(share) {}

  auto more() -> bool override { return left_ > 0 && !r_.stopped(); }
  auto burst() -> std::uint64_t override {
    auto const times = std::min(left_, additions_in_a_burst);
    r_.took_in(times);
    total_.add_ones(times);
    r_.put_out(times);
    left_ -= times;
    return times;
  }

 private:
  rig& r_;
  shared_total& total_;
  std::uint64_t left_;
};

}  // namespace

auto add_up(rig& r, values const& v, shared_total& total) -> task<void> {
  wait_group crew;
  share_out(r, v, crew, [&](std::uint64_t share) {
    return in_bursts(r, adding, std::make_unique<adder>(r, total, share));
  });
  (void)co_await crew.wait(context::background());
  check_sum(r, total.sum());
}

void check_sum(rig& r, std::uint64_t sum) {
  r.check("additions begun = additions done", r.items_in(), r.items_out());
  r.check("additions done = the sum", r.items_out(), sum);
}

auto adding_crew(values const& v) -> unsigned { return static_cast<unsigned>(v.count("workers")); }

}  // namespace sluice::scenarios
