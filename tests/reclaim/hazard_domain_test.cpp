#include <atomic>
#include <cstdint>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/atomics/backoff.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/hazard_domain.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using support::strict_atomics;

namespace {

template <class Domain>
struct node_of : Domain::retirable {
  explicit node_of(int the_value = 0) : value(the_value) { ++alive; }
  ~node_of() {
    value = -1;  // what a reader that came too late would see
    --alive;
  }
  int value;
  static inline std::atomic<int> alive{0};
};

/// A policy that lets somebody else act between a reader's first look and its announcement.
struct meddling_atomics : std_atomics {
  static inline void (*after_first_look)() = nullptr;

  template <class T>
  struct atomic : std::atomic<T> {
    using std::atomic<T>::atomic;
    auto load(std::memory_order order = seq_cst) const noexcept -> T {
      auto const seen = std::atomic<T>::load(order);
      if (order == relaxed && after_first_look != nullptr) std::exchange(after_first_look, nullptr)();
      return seen;
    }
  };
};

/// A policy of its own, whose shared domain nobody else has joined.
struct own_atomics : std_atomics {};
struct own_strict_atomics : strict_atomics {};

using domain_type = hazard_domain<>;
using node = node_of<domain_type>;

/// Retires so many nodes, each unlinked from `link` in the way of a structure.
void churn(domain_type::participant& me, std::atomic<node*>& link, int times) {
  for (int n = 0; n < times; ++n) me.retire(link.exchange(me.create<node>(n)));
}

}  // namespace

TEST_CASE("a protected node outlives its removal, and no longer than its protection",
          "[reclaim][D5]") {
  domain_type domain;
  auto reader = domain.join();
  auto writer = domain.join();
  std::atomic<node*> link{writer.create<node>(1)};
  {
    auto const reading = reader.guard();
    auto* const seen = reading.protect(link);
    writer.retire(link.exchange(nullptr));
    writer.reclaim();
    CHECK(node::alive == 1);
    CHECK(seen->value == 1);
    CHECK(domain.census().pending() == 1);
  }
  writer.reclaim();
  CHECK(node::alive == 0);
  CHECK(domain.census().pending() == 0);
}

TEST_CASE("a guard protects what it looked at last", "[reclaim][D5]") {
  domain_type domain;
  auto me = domain.join();
  std::atomic<node*> first{me.create<node>(1)};
  std::atomic<node*> second{me.create<node>(2)};
  auto const reading = me.guard();
  (void)reading.protect(first);
  auto* const seen = reading.protect(second);
  me.retire(first.exchange(nullptr));
  me.retire(second.exchange(nullptr));
  me.reclaim();
  CHECK(node::alive == 1);
  CHECK(seen->value == 2);
  CHECK(reading.protect(second) == nullptr);  // null is protected like anything else
  me.reclaim();
  CHECK(node::alive == 0);
}

TEST_CASE("a node that was announced before it was removed is kept", "[reclaim][D5]") {
  domain_type domain;
  auto me = domain.join();
  std::atomic<node*> link{me.create<node>(1)};
  auto const reading = me.guard();
  reading.hold(link.load());
  me.retire(link.exchange(nullptr));
  me.reclaim();
  CHECK(node::alive == 1);
}

TEST_CASE("a node removed between the look and the announcement is not the one returned",
          "[reclaim][D5]") {
  using meddled = hazard_domain<meddling_atomics>;
  using meddled_node = node_of<meddled>;
  static meddled domain;
  static auto writer = domain.join();
  static meddling_atomics::atomic<meddled_node*> link{writer.create<meddled_node>(1)};
  auto reader = domain.join();
  auto const reading = reader.guard();
  meddling_atomics::after_first_look = [] {
    writer.retire(link.exchange(writer.create<meddled_node>(2)));
    writer.reclaim();
  };
  CHECK(reading.protect(link)->value == 2);
  CHECK(meddled_node::alive == 1);
  writer.discard(link.exchange(nullptr));
}

TEST_CASE("retired nodes never exceed the stated bound, even while a reader stands still",
          "[reclaim][D5]") {
  domain_type domain;
  auto sleeper = domain.join();
  auto writer = domain.join();
  std::atomic<node*> link{writer.create<node>(0)};
  auto const reading = sleeper.guard();
  (void)reading.protect(link);
  std::uint64_t most = 0;
  for (int n = 0; n < 5000; ++n) {
    churn(writer, link, 1);
    most = std::max(most, domain.census().pending());
  }
  CHECK(domain.seats() == 2);
  CHECK(most <= 2 * domain_type::hazards_per_participant * domain.seats());
  CHECK(most >= 1);
  writer.discard(link.exchange(nullptr));
}

TEST_CASE("whoever leaves hands over what could not be freed yet", "[reclaim][D5]") {
  domain_type domain;
  auto reader = domain.join();
  auto other = domain.join();
  std::atomic<node*> link{other.create<node>(1)};
  {
    auto const reading = reader.guard();
    {
      auto leaver = domain.join();
      (void)reading.protect(link);
      leaver.retire(link.exchange(nullptr));
    }
    other.reclaim();  // adopts the node, and sees that it is protected
    CHECK(node::alive == 1);
  }
  CHECK(node::alive == 1);
  other.reclaim();
  CHECK(node::alive == 0);
}

TEST_CASE("destroying a domain frees all that is left", "[reclaim][D5][G3]") {
  auto const before = strict_atomics::alive();
  using strict_node = node_of<hazard_domain<strict_atomics>>;
  {
    hazard_domain<strict_atomics> domain;
    auto reader = domain.join();
    std::atomic<strict_node*> link{nullptr};
    {
      auto leaver = domain.join();
      auto const reading = reader.guard();
      for (int n = 0; n < 3; ++n) {
        link.store(leaver.create<strict_node>(n));
        (void)reading.protect(link);
        leaver.retire(link.exchange(nullptr));
      }
    }
    CHECK(strict_node::alive <= 3);
  }
  CHECK(strict_node::alive == 0);
  CHECK(strict_atomics::alive() == before);
}

TEST_CASE("a participant has four hazards, and a fifth guard is misuse", "[reclaim]") {
  domain_type domain;
  auto me = domain.join();
  {
    auto const one = me.guard();
    auto const two = me.guard();
    auto const three = me.guard();
    auto const four = me.guard();
    CHECK_THROWS_AS(me.guard(), misuse);
    CHECK_THROWS_AS(me.guard(), misuse);
  }
  auto const again = me.guard();
  CHECK_THROWS_AS(([&] {
                    auto const two = me.guard();
                    auto const three = me.guard();
                    auto const four = me.guard();
                    auto const five = me.guard();
                  }()),
                  misuse);
}

TEST_CASE("a seat that was left is taken again before a new one is made", "[reclaim]") {
  domain_type domain;
  for (int n = 0; n < 100; ++n) auto const visitor = domain.join();
  CHECK(domain.seats() == 1);
  auto first = domain.join();
  auto second = domain.join();
  CHECK(domain.seats() == 2);
  first = std::move(second);  // gives up the seat it had
  auto const third = domain.join();
  CHECK(domain.seats() == 2);
}

TEST_CASE("a join that gets no memory throws and leaves the domain usable", "[reclaim][G9]") {
  hazard_domain<strict_atomics> domain;
  strict_atomics::fail_after(0);
  CHECK_THROWS_AS(domain.join(), std::bad_alloc);
  strict_atomics::fail_after(-1);
  auto me = domain.join();
  CHECK(domain.seats() == 1);
}

TEST_CASE("a node's destructor may retire another node", "[reclaim]") {
  struct chain_node : domain_type::retirable {
    chain_node(domain_type::participant& the_owner, chain_node* the_next)
        : owner(&the_owner), next(the_next) { ++alive(); }
    ~chain_node() {
      --alive();
      if (next != nullptr) owner->retire(next);
    }
    static auto alive() -> int& {
      static int count = 0;
      return count;
    }
    domain_type::participant* owner;
    chain_node* next;
  };
  domain_type domain;
  auto me = domain.join();
  chain_node* first = nullptr;
  for (int n = 0; n < 40; ++n) first = me.create<chain_node>(me, first);
  me.retire(first);
  for (int n = 0; n < 40; ++n) me.reclaim();
  CHECK(chain_node::alive() == 0);
}

TEMPLATE_TEST_CASE("what a reader protects is whole, whatever the writers replace it by",
                   "[reclaim][threads][D5][D6]", hazard_domain<>, hazard_domain<strict_atomics>,
                   leaky_domain<>) {
  using payload = node_of<TestType>;
  TestType domain;
  typename TestType::atomics::template atomic<payload*> link{domain.template create<payload>(0)};
  std::atomic<int> torn{0};
  support::run_together(4, [&](unsigned who) {
    auto me = domain.join();
    if (who < 2) {
      for (int n = 0; n < 2000; ++n) me.retire(link.exchange(me.template create<payload>(n)));
    } else {
      for (int n = 0; n < 3000; ++n) {
        auto const reading = me.guard();
        if (reading.protect(link)->value < 0) ++torn;  // freed under our eyes
      }
    }
  });
  CHECK(torn == 0);
  domain.discard(link.load());
  domain.join().reclaim();
  auto const census = domain.census();
  CHECK(census.created == 4001);
  CHECK(census.retired == 4000);
  CHECK(census.discarded == 1);
  if constexpr (!std::is_same_v<TestType, leaky_domain<>>) CHECK(census.alive() == 0);
}

TEST_CASE("a thread that ends hands its nodes of the shared domain over", "[reclaim][threads][D5]") {
  auto& domain = domain_type::shared();
  auto reader = domain.join();
  auto const alive = node::alive.load();
  std::atomic<node*> link{nullptr};
  {
    auto const reading = reader.guard();
    support::run_together(1, [&](unsigned) {
      auto& mine = domain_type::local();
      link.store(mine.create<node>(5));
      (void)reading.protect(link);
      mine.retire(link.exchange(nullptr));
    });
    reader.reclaim();
    CHECK(node::alive == alive + 1);
  }
  reader.reclaim();
  CHECK(node::alive == alive);
}

TEMPLATE_TEST_CASE("what a thread destroys after its participant uses the shared domain as a visitor",
                   "[reclaim][threads]", hazard_domain<own_atomics>, epoch_domain<own_atomics>) {
  auto& domain = TestType::shared();
  static std::size_t seats = 0;
  static bool refused = false;
  struct late {
    ~late() {
      TestType::shared().as_participant([](auto& me) {
        auto const reading = me.guard();
        auto const other = TestType::shared().join();  // has another seat
        seats = TestType::shared().seats();
      });
      try {
        (void)TestType::local();
      } catch (misuse const&) {
        refused = true;
      }
    }
  };
  support::run_together(1, [&](unsigned) {
    (void)own_atomics::per_thread<late>();
    (void)TestType::local();  // so it goes before the other
  });
  CHECK(seats == 2);
  CHECK(refused);
  domain.as_participant([](auto&) {});
  CHECK(domain.seats() == 2);
}

TEST_CASE("a thread that could not join the shared domain may try again", "[reclaim][threads][G9]") {
  using shared_domain = hazard_domain<own_strict_atomics>;
  auto& domain = shared_domain::shared();
  unsigned refused = 0;
  std::size_t seats = 0;
  bool same = false;
  support::run_together(1, [&](unsigned) {
    for (int n = 0; n < 2; ++n) {
      own_strict_atomics::fail_after(0);
      try {
        domain.as_participant([](auto&) {});
      } catch (std::bad_alloc const&) {
        ++refused;
      }
      own_strict_atomics::fail_after(-1);
    }
    auto* const mine = &shared_domain::local();
    domain.as_participant([&](auto& me) { same = &me == mine; });
    seats = domain.seats();
  });
  CHECK(refused == 2);
  CHECK(same);
  CHECK(seats == 1);
}

TEST_CASE("the shared domain is one, and a thread joins it once", "[reclaim]") {
  CHECK(&domain_type::shared() == &domain_type::shared());
  CHECK(&domain_type::local() == &domain_type::local());
  auto const seats = domain_type::shared().seats();
  for (int n = 0; n < 10; ++n) domain_type::shared().as_participant([](auto&) {});
  CHECK(domain_type::shared().seats() == seats);
}
