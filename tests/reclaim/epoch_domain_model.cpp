#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <utility>

#include <sluice/reclaim/epoch_domain.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/reclaiming.hpp>

using namespace sluice;

namespace {

support::explored const domain("epoch_domain");

using world = support::reclaiming<epoch_domain>;

/// A guard whose end can be chosen.
struct pinned {
  explicit pinned(world::participant& by) : guard(by.guard()) {}
  world::domain::guard guard;
};

}  // namespace

TEST_CASE("epoch_domain frees no node that somebody reads, in any execution", "[everyday][reclaim][model][D5]") {
  domain.all_ways([](model::execution& run) {
    world at(1);
    auto reader = at.all.join();
    auto remover = at.all.join();
    int seen = -1;
    run.thread([&] { seen = at.read(reader); });
    run.thread([&] {
      at.replace(remover, 2);
      remover.reclaim();
    });
    run.join();
    run.check(seen == 1 || seen == 2, "what was read was in a node");
    run.check(at.all.census().alive() <= 2, "at most the node in place and one that was read");
  });
}

TEST_CASE("an epoch_domain's scan sees a reader that has joined meanwhile", "[everyday][reclaim][model][D5]") {
  domain.all_ways([](model::execution& run) {
    world at(1);
    auto remover = at.all.join();
    run.thread([&] {
      auto reader = at.all.join();
      (void)at.read(reader);
    });
    run.thread([&] {
      at.replace(remover, 0);
      remover.reclaim();
    });
    run.join();
  });
}

TEST_CASE("who leaves an epoch_domain hands over what is still being read", "[everyday][reclaim][model][D5]") {
  domain.all_ways([](model::execution& run) {
    world at(1);
    auto reader = at.all.join();
    auto remover = at.all.join();
    run.thread([&] {
      (void)at.read(reader);
      reader.reclaim();
    });
    run.thread([&] {
      auto leaving = std::move(remover);
      at.replace(leaving, 0);
    });
    run.join();
    reader.reclaim();
    run.check(at.all.census().alive() == 0, "nothing is read any more, so all is freed");
  });
}

TEST_CASE("a seat of an epoch_domain passes from owner to owner", "[everyday][reclaim][model][D5]") {
  domain.all([](model::execution& run) {
    world at(1);
    for (int thread = 0; thread < 2; ++thread)
      run.thread([&] {
        auto me = at.all.join();
        (void)at.read(me);
        at.replace(me, 0);
      });
    run.join();
    run.check(at.all.census().created == 1, "a census over all seats");
  });
}

TEST_CASE("anybody may take the census of an epoch_domain while others join", "[everyday][reclaim][model][D5]") {
  domain.all([](model::execution& run) {
    world at(1);
    run.thread([&] {
      auto me = at.all.join();
      at.replace(me, 2);
    });
    run.thread([&] { run.check(at.all.census().alive() <= 2, "at most two nodes"); });
    run.join();
  });
}

TEST_CASE("who pins itself an epoch after a node's remover did is waited for, too", "[everyday][reclaim][model][D5]") {
  domain.all_ways([](model::execution& run) {
    world at(1);
    auto reader = at.all.join();
    auto remover = at.all.join();
    run.thread([&] {
      reader.reclaim();  // turns the epoch that the remover may be pinned in
      (void)at.read(reader);
    });
    run.thread([&] {
      {
        pinned const removing(remover);
        at.replace(remover, 0);
      }
      remover.reclaim();
    });
    run.join();
  });
}

TEST_CASE("who finds that others have turned the epoch comes after the last reader, too", "[everyday][reclaim][model][D5]") {
  domain.all([](model::execution& run) {
    world at(1);
    auto reader = at.all.join();
    auto remover = at.all.join();
    auto turner = at.all.join();
    std::optional<pinned> reading(std::in_place, reader);
    auto* const found = at.place.load(relaxed);
    at.replace(remover, 0);
    run.thread([&] {
      run.check(found->value.read([](int value) { return value; }) == 1, "the node is there while it is read");
      reading.reset();
    });
    run.thread([&] { remover.reclaim(); });
    run.thread([&] { turner.reclaim(); });
    run.join();
  });
}

TEST_CASE("two that leave an epoch_domain hand over to a third", "[deep][reclaim][model][D5]") {
  domain.all_ways([](model::execution& run) {
    world at(1);
    auto reader = at.all.join();
    auto one = at.all.join();
    auto other = at.all.join();
    run.thread([&] {
      (void)at.read(reader);
      reader.reclaim();
    });
    run.thread([&] {
      auto leaving = std::move(one);
      at.replace(leaving, 2);
    });
    run.thread([&] {
      auto leaving = std::move(other);
      at.replace(leaving, 3);
    });
    run.join();
    reader.reclaim();
    run.check(at.all.census().alive() == 1, "only the node in place is left");
  });
}
