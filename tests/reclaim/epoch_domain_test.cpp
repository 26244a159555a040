#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
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

/// A policy that lets somebody else act between a reader's look at the epoch and its announcement.
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

using domain_type = epoch_domain<>;
using node = node_of<domain_type>;

/// Retires so many nodes, each unlinked from `link` in the way of a structure.
void churn(domain_type::participant& me, std::atomic<node*>& link, int times) {
  for (int n = 0; n < times; ++n) {
    auto const working = me.guard();
    me.retire(link.exchange(me.create<node>(n), acq_rel));  // another thread may have made what it finds
  }
}

/// A guard that ends when one likes.
template <class Domain>
struct pinned_in {
  explicit pinned_in(typename Domain::participant& who) : by(who.guard()) {}
  typename Domain::guard by;
};
using pinned = pinned_in<domain_type>;

/// The most that one who is never held up lets wait.
auto bound(domain_type const& domain) -> std::uint64_t {
  return 3 * (domain_type::retired_a_turn + domain.seats());
}

}  // namespace

TEST_CASE("a node outlives its removal for as long as somebody is pinned who can have found it",
          "[reclaim][D5]") {
  domain_type domain;
  auto reader = domain.join();
  auto writer = domain.join();
  std::atomic<node*> link{writer.create<node>(1)};
  {
    auto const reading = reader.guard();
    auto* const seen = reading.protect(link);
    writer.retire(link.exchange(nullptr));
    for (int n = 0; n < 5; ++n) writer.reclaim();
    CHECK(node::alive == 1);
    CHECK(seen->value == 1);
    CHECK(domain.census().pending() == 1);
  }
  writer.reclaim();
  CHECK(node::alive == 0);
  CHECK(domain.census().pending() == 0);
}

TEST_CASE("a guard protects all that was found under it, asked for or not", "[reclaim][D5]") {
  domain_type domain;
  auto reader = domain.join();
  auto writer = domain.join();
  std::atomic<node*> first{writer.create<node>(1)};
  std::atomic<node*> second{writer.create<node>(2)};
  auto const reading = reader.guard();
  auto* const one = reading.protect(first);
  auto* const two = second.load();
  reading.hold(two);
  writer.retire(first.exchange(nullptr));
  writer.retire(second.exchange(nullptr));
  for (int n = 0; n < 5; ++n) writer.reclaim();
  CHECK(node::alive == 2);
  CHECK(one->value == 1);
  CHECK(two->value == 2);
  CHECK(reading.protect(first) == nullptr);
}

TEST_CASE("guards of one participant end in any order, and the last one lets go", "[reclaim][D5]") {
  domain_type domain;
  auto reader = domain.join();
  auto writer = domain.join();
  std::atomic<node*> link{writer.create<node>(1)};
  {
    auto const first = reader.guard();
    auto const second = reader.guard();
    auto const third = reader.guard();
    auto const fourth = reader.guard();
    auto const fifth = reader.guard();  // there is no limit
    (void)first.protect(link);
  }
  auto first = std::make_unique<pinned>(reader);
  auto second = std::make_unique<pinned>(reader);
  writer.retire(link.exchange(nullptr));
  first.reset();
  for (int n = 0; n < 5; ++n) writer.reclaim();
  CHECK(node::alive == 1);
  second.reset();
  writer.reclaim();
  CHECK(node::alive == 0);
}

TEST_CASE("whoever removes a node while pinned keeps it until it lets go itself", "[reclaim][D5]") {
  domain_type domain;
  auto me = domain.join();
  auto other = domain.join();
  std::atomic<node*> link{me.create<node>(1)};
  {
    auto const working = me.guard();
    auto* const removed = link.exchange(nullptr);
    me.retire(removed);
    for (int n = 0; n < 5; ++n) me.reclaim(), other.reclaim();
    CHECK(removed->value == 1);
  }
  me.reclaim();
  CHECK(node::alive == 0);
}

TEST_CASE("a reader pinned one epoch ahead of a remover that is still at work is waited for",
          "[reclaim][D5]") {
  // The remover is pinned in e, the epoch turns to e + 1, and only then a reader comes and finds the
  // node: two epochs after e it may be reading still.
  domain_type domain;
  auto remover = domain.join();
  auto reader = domain.join();
  auto other = domain.join();
  std::atomic<node*> link{remover.create<node>(1)};
  {
    auto working = std::make_unique<pinned>(remover);
    other.reclaim();  // turns once, and no more
    auto const reading = reader.guard();
    auto* const found = reading.protect(link);
    remover.retire(link.exchange(nullptr));
    working.reset();
    for (int n = 0; n < 5; ++n) remover.reclaim();
    CHECK(node::alive == 1);
    CHECK(found->value == 1);
  }
  remover.reclaim();
  CHECK(node::alive == 0);
}

TEST_CASE("a reader that came too late to find a node does not keep it", "[reclaim][D5]") {
  domain_type domain;
  auto reader = domain.join();
  auto writer = domain.join();
  std::atomic<node*> link{writer.create<node>(1)};
  writer.retire(link.exchange(nullptr));
  for (int epoch = 0; epoch < 2; ++epoch) {  // each reader lets the epoch turn once
    auto const reading = reader.guard();
    writer.reclaim();
    CHECK(node::alive == 1);
  }
  auto const reading = reader.guard();
  writer.reclaim();
  CHECK(node::alive == 0);
}

TEST_CASE("a reader whose announcement names an epoch that is over is protected all the same",
          "[reclaim][D5]") {
  using meddled = epoch_domain<meddling_atomics>;
  using meddled_node = node_of<meddled>;
  static meddled domain;
  static auto writer = domain.join();
  static meddling_atomics::atomic<meddled_node*> link{writer.create<meddled_node>(1)};
  {
    auto reader = domain.join();
    meddling_atomics::after_first_look = [] {
      for (int n = 0; n < 3; ++n) writer.reclaim();  // the epoch the reader has seen is long over
    };
    auto const reading = reader.guard();
    REQUIRE(meddling_atomics::after_first_look == nullptr);
    auto* const seen = reading.protect(link);
    writer.retire(link.exchange(nullptr));
    for (int n = 0; n < 5; ++n) writer.reclaim();
    CHECK(meddled_node::alive == 1);
    CHECK(seen->value == 1);
  }
  writer.reclaim();
  CHECK(meddled_node::alive == 0);
}

TEST_CASE("a remover whose announcement names an epoch that is over does not free too early",
          "[reclaim][D5]") {
  using meddled = epoch_domain<meddling_atomics>;
  using meddled_node = node_of<meddled>;
  static meddled domain;
  static auto other = domain.join();
  auto remover = domain.join();
  auto reader = domain.join();
  meddling_atomics::atomic<meddled_node*> link{remover.create<meddled_node>(1)};
  {
    meddling_atomics::after_first_look = [] { other.reclaim(); };  // three turns
    auto removing = std::make_unique<pinned_in<meddled>>(remover);
    REQUIRE(meddling_atomics::after_first_look == nullptr);
    auto const reading = reader.guard();
    auto* const seen = reading.protect(link);
    remover.retire(link.exchange(nullptr));
    removing.reset();
    remover.reclaim();
    CHECK(meddled_node::alive == 1);
    CHECK(seen->value == 1);
  }
  remover.reclaim();
  CHECK(meddled_node::alive == 0);
}

TEST_CASE("while no thread stalls, retired nodes stay below the stated bound", "[reclaim][D5]") {
  domain_type domain;
  auto idle = domain.join();
  auto reader = domain.join();
  auto writer = domain.join();
  std::atomic<node*> link{writer.create<node>(0)};
  churn(writer, link, 1000);
  auto most = domain.census().pending();
  auto least = most;
  for (int n = 0; n < 5000; ++n) {
    churn(writer, link, 1);
    auto const reading = reader.guard();
    CHECK(reading.protect(link)->value == 0);
    most = std::max(most, domain.census().pending());
    least = std::min(least, domain.census().pending());
  }
  CHECK(most <= bound(domain));
  CHECK(least >= domain_type::retired_a_turn);  // the seats are not looked at for every node
  writer.discard(link.exchange(nullptr));
}

TEST_CASE("a thread that stalls keeps whatever is retired meanwhile, and no longer", "[reclaim][D5]") {
  domain_type domain;
  auto sleeper = domain.join();
  auto writer = domain.join();
  std::atomic<node*> link{writer.create<node>(0)};
  {
    auto const reading = sleeper.guard();
    churn(writer, link, 5000);
    CHECK(domain.census().pending() == 5000);
  }
  churn(writer, link, 4 * static_cast<int>(domain_type::retired_a_turn + domain.seats()));
  CHECK(domain.census().pending() <= bound(domain));
  writer.reclaim();
  CHECK(domain.census().pending() == 0);
  writer.discard(link.exchange(nullptr));
}

TEST_CASE("nodes of an epoch long past are freed when their list is needed again", "[reclaim][D5]") {
  domain_type domain;
  auto me = domain.join();
  auto other = domain.join();
  std::atomic<node*> link{me.create<node>(1)};
  me.retire(link.exchange(nullptr));
  other.reclaim();  // turns the epoch, but does not look into the seat of another
  CHECK(node::alive == 1);
  link.store(me.create<node>(2));
  me.retire(link.exchange(nullptr));
  CHECK(node::alive == 1);
  CHECK(domain.census().pending() == 1);
}

TEST_CASE("the next comer frees what a leaver could not", "[reclaim][D5]") {
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
    SECTION("and as long as it is protected nobody does") {
      for (int n = 0; n < 5; ++n) other.reclaim();
      CHECK(node::alive == 1);
    }
  }
  CHECK(node::alive == 1);
  SECTION("one who passes by") {
    other.reclaim();
    CHECK(node::alive == 0);
    CHECK(domain.seats() == 3);
    auto const third = domain.join();  // the seat was not kept
    CHECK(domain.seats() == 3);
  }
  SECTION("one who takes the seat") {
    auto heir = domain.join();
    CHECK(domain.seats() == 3);
    other.reclaim();  // is not his to free now
    CHECK(node::alive == 1);
    heir.reclaim();
    CHECK(node::alive == 0);
  }
  SECTION("one who retires enough of his own") {
    std::atomic<node*> mine{other.create<node>(0)};
    churn(other, mine, 4 * static_cast<int>(domain_type::retired_a_turn + domain.seats()));
    other.discard(mine.exchange(nullptr));
    auto const census = domain.census();
    CHECK(census.reclaimed > 0);
    CHECK(std::cmp_equal(node::alive.load(), census.pending()));
    other.reclaim();
    CHECK(node::alive == 0);
  }
  other.reclaim();
}

TEST_CASE("participants that each do a single thing free what they retire", "[reclaim][D5]") {
  domain_type domain;
  treiber_stack<int, epoch_domain> stack(domain);
  std::uint64_t most = 0;
  for (int n = 0; n < 2000; ++n) {
    REQUIRE(stack.try_push(int{n}));
    REQUIRE(stack.try_pop() == n);
    most = std::max(most, domain.census().pending());
  }
  CHECK(domain.seats() == 1);
  CHECK(most <= bound(domain));
}

TEST_CASE("destroying an epoch domain frees all that is left", "[reclaim][D5][G3]") {
  auto const before = strict_atomics::alive();
  using strict_node = node_of<epoch_domain<strict_atomics>>;
  {
    epoch_domain<strict_atomics> domain;
    auto stays = domain.join();
    std::atomic<strict_node*> link{nullptr};
    {
      auto leaver = domain.join();
      for (int n = 0; n < 3; ++n) {
        link.store(leaver.create<strict_node>(n));
        leaver.retire(link.exchange(nullptr));
      }
    }
    link.store(stays.create<strict_node>(3));
    stays.retire(link.exchange(nullptr));
    CHECK(strict_node::alive == 4);
  }
  CHECK(strict_node::alive == 0);
  CHECK(strict_atomics::alive() == before);
}

TEST_CASE("a seat of an epoch domain that was left is taken again before a new one is made",
          "[reclaim]") {
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

TEST_CASE("joining an epoch domain without memory throws and leaves it usable", "[reclaim][G9]") {
  epoch_domain<strict_atomics> domain;
  strict_atomics::fail_after(0);
  CHECK_THROWS_AS(domain.join(), std::bad_alloc);
  strict_atomics::fail_after(-1);
  CHECK(domain.seats() == 0);
  auto me = domain.join();
  CHECK(domain.seats() == 1);
}

TEST_CASE("a node's destructor may retire another node in an epoch domain", "[reclaim]") {
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
  for (int chains = 0; chains < 500; ++chains) {  // so many that nodes are freed while others are
    chain_node* first = nullptr;
    for (int n = 0; n < 40; ++n) first = me.create<chain_node>(me, first);
    me.retire(first);
  }
  for (int n = 0; n < 40; ++n) me.reclaim();
  CHECK(chain_node::alive() == 0);
  CHECK(domain.census().reclaimed == 500 * 40);
}

TEMPLATE_TEST_CASE("what a pinned reader finds is whole, whatever the writers replace it by",
                   "[reclaim][threads][D5][D6]", epoch_domain<>, epoch_domain<strict_atomics>) {
  using payload = node_of<TestType>;
  TestType domain;
  typename TestType::atomics::template atomic<payload*> link{domain.template create<payload>(0)};
  std::atomic<int> torn{0};
  support::run_together(4, [&](unsigned who) {
    auto me = domain.join();
    if (who < 2) {
      for (int n = 0; n < 2000; ++n)
        me.retire(link.exchange(me.template create<payload>(n), acq_rel));
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
  CHECK(census.alive() == 0);
}

TEST_CASE("threads that come and go leave no node behind for good", "[reclaim][threads][D5]") {
  domain_type domain;
  std::atomic<node*> link{domain.create<node>(0)};
  support::run_together(4, [&](unsigned) {
    for (int life = 0; life < 200; ++life) {
      auto me = domain.join();
      churn(me, link, 5);
      if (life % 8 == 0) me.reclaim();
    }
  });
  CHECK(domain.seats() <= 8);  // four, and one more for each that looks into what was left behind
  domain.discard(link.exchange(nullptr));
  domain.join().reclaim();
  CHECK(node::alive == 0);
}

TEST_CASE("a thread that ends hands its nodes of the shared epoch domain over",
          "[reclaim][threads][D5]") {
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

TEST_CASE("the shared epoch domain is one, and a thread joins it once", "[reclaim]") {
  CHECK(&domain_type::shared() == &domain_type::shared());
  CHECK(&domain_type::local() == &domain_type::local());
  auto const seats = domain_type::shared().seats();
  for (int n = 0; n < 10; ++n) domain_type::shared().as_participant([](auto&) {});
  CHECK(domain_type::shared().seats() == seats);
}
