// waits — what the tests of this folder share: letting others run, time pass, and tasks be destroyed.
#pragma once

#include <utility>
#include <vector>

#include <sluice/base/scope_exit.hpp>
#include <sluice/sync/event.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/settle.hpp>

namespace support {

/// Lets `span` of virtual time pass.
inline void pass(sluice::testing::deterministic_runtime& rt, sluice::duration span) {
  auto const until = rt.now() + span;
  rt.spawn([](sluice::duration d) -> sluice::task<void> {
      (void)co_await sluice::sleep_for(sluice::context::background(), d);
    }(span)).detach();
  (void)rt.run_until(until);
}

/// Lets `waits` wait, calls `meanwhile`, and destroys the task right after `grant` has been called:
/// what it was granted finds nobody. It must wait under a context that does not end.
template <class Grant, class Meanwhile>
void destroy_after(Grant grant, Meanwhile meanwhile, sluice::task<void> waits) {
  sluice::event never;
  bool granted = false;
  auto at_the_end = [&]() -> sluice::task<void> {
    sluice::scope_exit const last{[&] {
      if (!std::exchange(granted, true)) grant();
    }};
    (void)co_await never.wait(sluice::context::background());
  };
  sluice::testing::deterministic_runtime doomed{1};
  doomed.spawn(at_the_end()).detach();  // one of the two is destroyed before the task in question
  doomed.spawn(std::move(waits)).detach();
  doomed.spawn(at_the_end()).detach();
  settle(doomed);
  meanwhile();
}

}  // namespace support
