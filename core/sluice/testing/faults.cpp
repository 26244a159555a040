#include <sluice/testing/faults.hpp>

#include <new>

#include <sluice/base/contract.hpp>
#include <sluice/platform/thread.hpp>

namespace sluice::testing {
namespace {

thread_local constinit failing_allocation* planted = nullptr;
thread_local constinit unsigned spared = 0;

/// Whether the test program asks at all.
auto asked_on_allocation() -> bool {
  failing_allocation const counts{0};
  ::operator delete(::operator new(1));
  return counts.count() != 0;
}

}  // namespace

auto may_allocate() noexcept -> bool {
  if (planted == nullptr || spared != 0) return true;
  return ++planted->count_ != planted->which_;
}

failing_allocation::failing_allocation(std::uint64_t which) noexcept
    : which_(which), outer_(planted) {
  planted = this;
}

failing_allocation::~failing_allocation() { planted = outer_; }

spared_allocations::spared_allocations() noexcept { ++spared; }
spared_allocations::~spared_allocations() { --spared; }

auto for_each_allocation(std::function<void()> const& operation,
                         std::function<void(bool failed)> const& after) -> std::uint64_t {
  if (!asked_on_allocation())
    throw misuse("for_each_allocation", "no operator new of this program asks may_allocate");
  for (std::uint64_t which = 1;; ++which) {
    bool failed = false;
    {
      failing_allocation const plan{which};
      try {
        operation();
      } catch (std::bad_alloc const&) {
      }
      failed = plan.failed();
    }
    if (after) after(failed);
    if (!failed) return which - 1;
  }
}

failing_thread_start::failing_thread_start(std::uint32_t which) noexcept
    : planted_(which != 0), before_(platform::plant_failing_start(which)) {}

failing_thread_start::~failing_thread_start() { (void)platform::plant_failing_start(before_); }

auto failing_thread_start::failed() const noexcept -> bool {
  if (!planted_) return false;
  auto const left = platform::plant_failing_start(0);
  (void)platform::plant_failing_start(left);
  return left == 0;
}

}  // namespace sluice::testing
