#include <sluice/probe/probe.hpp>

#if defined(SLUICE_OBSERVED) && SLUICE_OBSERVED

#include <array>
#include <mutex>
#include <string>

#include <sluice/base/contract.hpp>

namespace sluice::probe {
namespace {

/// Hands each event on to everybody who listens.
class fan final : public sink {
 public:
  void on(verb what, place where, std::uint64_t a, std::uint64_t b) noexcept override {
    for (auto& each : sinks)
      if (auto* const listener = each.load(std::memory_order_acquire)) listener->on(what, where, a, b);
  }

  // The first is that of `listen`.
  std::array<std::atomic<sink*>, 1 + most_attached> sinks{};
};

// Invariant  under `lock`: `detail::installed` is null when nobody listens, the only sink when there is
//            one, else `everybody`.
constinit std::mutex lock;
constinit fan everybody;
constinit std::array<bool, 1 + most_attached> timed{};

void settle() noexcept {
  sink* only = nullptr;
  std::size_t count = 0;
  for (auto& each : everybody.sinks)
    if (auto* const listener = each.load(std::memory_order_relaxed)) only = listener, ++count;
  detail::installed.store(count > 1 ? &everybody : only, std::memory_order_release);
}

void put(std::size_t at, sink* listener, bool times_waits) noexcept {
  everybody.sinks[at].store(listener, std::memory_order_release);
  detail::timing.fetch_add(int{times_waits} - int{timed[at]}, std::memory_order_relaxed);
  timed[at] = times_waits;
  settle();
}

}  // namespace

void listen(sink* listener) noexcept {
  std::lock_guard const hold{lock};
  put(0, listener, false);
}

void attach(sink& listener, bool times_waits) {
  std::lock_guard const hold{lock};
  for (std::size_t at = 1; at <= most_attached; ++at) {
    if (everybody.sinks[at].load(std::memory_order_relaxed) != nullptr) continue;
    put(at, &listener, times_waits);
    return;
  }
  throw misuse("probe", std::to_string(most_attached) + " sinks are attached, and that is the most");
}

void detach(sink& listener) noexcept {
  std::lock_guard const hold{lock};
  for (std::size_t at = 1; at <= most_attached; ++at)
    if (everybody.sinks[at].load(std::memory_order_relaxed) == &listener) put(at, nullptr, false);
}

}  // namespace sluice::probe

#endif
