// cds — libcds: a ring with a ticket per slot; a linked queue and stacks over hazard pointers.
#include "micro/contend.hpp"
#include "micro/hand_off.hpp"

#include SLUICE_PEER_HEADER
#include <cds/container/msqueue.h>
#include <cds/container/treiber_stack.h>
#include <cds/gc/hp.h>
#include <cds/init.h>

#include <optional>

namespace sluice::bench {
namespace {

/// The library, set up once.
class library {
 public:
  static void need() { static library const here; }

 private:
  library() {
    cds::Initialize();
    hazards_.emplace();
  }
  ~library() {
    hazards_.reset();
    cds::Terminate();
  }
  std::optional<cds::gc::HP> hazards_;
};

class ring {
 public:
  explicit ring(std::size_t capacity) : queue_{capacity} {}
  bool try_push(std::uint64_t&& value) { return queue_.enqueue(value); }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    return queue_.dequeue(value) ? std::optional{value} : std::nullopt;
  }

 private:
  cds::container::VyukovMPMCCycleQueue<std::uint64_t> queue_;
};

/// What every thread has to be inside of: its hazard pointers are found by it.
struct attached {
  attached() {
    library::need();
    cds::threading::Manager::attachThread();
  }
  ~attached() { cds::threading::Manager::detachThread(); }
  attached(attached const&) = delete;
  auto operator=(attached const&) -> attached& = delete;
};

template <class Container>
class managed {
 public:
  using visitor = attached;

  bool try_push(std::uint64_t&& value) { return values_.push(value); }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    return values_.pop(value) ? std::optional{value} : std::nullopt;
  }

 private:
  Container values_;
};

using hazards = cds::gc::HP;
struct with_elimination : cds::container::treiber_stack::make_traits<cds::opt::enable_elimination<true>>::type {};

}  // namespace

void add_cds_workloads(workload_list& to);
void add_cds_workloads(workload_list& to) {
  using namespace cds::container;
  using enum standing;
  using value = std::uint64_t;
  using linked = managed<MSQueue<hazards, value>>;
  add_hand_off<ring>(to, {"cds_ring", "cds::container::VyukovMPMCCycleQueue of 128", peer, true});
  add_hand_off<linked>(to, {"cds_ms_queue", "cds::container::MSQueue over hazard pointers, unbounded", peer});

  add_contended<managed<TreiberStack<hazards, value>>>(
      to, "stack", {"cds_treiber", "cds::container::TreiberStack over hazard pointers", peer});
  add_contended<managed<TreiberStack<hazards, value, with_elimination>>>(
      to, "stack", {"cds_elimination", "cds::container::TreiberStack with elimination", peer});

  add_contended<ring>(to, "queue", {"cds_ring", "cds::container::VyukovMPMCCycleQueue of 8192", peer, true});
  add_contended<linked>(to, "queue", {"cds_ms_queue", "cds::container::MSQueue over hazard pointers", peer});
}

}  // namespace sluice::bench
