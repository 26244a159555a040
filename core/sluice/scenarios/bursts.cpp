#include <sluice/scenarios/bursts.hpp>

#include <exception>
#include <utility>

#include <sluice/scenarios/words.hpp>

namespace sluice::scenarios {

auto in_bursts(rig& r, std::uint64_t stage, std::unique_ptr<burst_job> job, duration each)
    -> task<void> {
  // A local, because parameters live as long as the frame: longer than the scenario that waits for us.
  auto const mine = std::move(job);
  try {
    while (mine->more()) {
      co_await r.burst(stage, [&] { return mine->burst(); }, each);
      mine->after();
    }
  } catch (std::exception const& thrown) {
    r.check(words({"a worker that gave up: ", thrown.what()}), 0, 1);
  }
}

}  // namespace sluice::scenarios
