#include <sluice/scenarios/hand_off.hpp>

#include <algorithm>
#include <atomic>

#include <sluice/scenarios/bursts.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr std::uint64_t pushing = 0;
constexpr std::uint64_t popping = 1;

/// What all producers and consumers have done.
struct ledger {
  struct side {
    std::atomic<std::uint64_t> count{0}, sum{0}, squares{0};
    void add(tally const& did) {
      sum += did.sum, squares += did.squares, count += did.count;
    }
  };
  side in, out;
  std::atomic<std::uint64_t> admitted{0};  ///< values that are inside, have been, or are about to be
  std::atomic<std::uint64_t> out_of_order{0};
  std::atomic<unsigned> producing{0};
  hand_off_rules rules;

  /// About: a burst is entered when it is over, so what came out may not be in yet.
  [[nodiscard]] auto depth() const -> std::uint64_t {
    auto const come = in.count.load();  // first: what comes meanwhile must not count as waiting
    auto const left = out.count.load();
    return come > left ? come - left : 0;
  }

  /// Leave to push up to `wanted` values. Never more than there is room for: what has come out may not
  /// be entered yet, and what others ask for counts even if they do not get it.
  auto admit(std::uint64_t wanted) -> std::uint64_t {
    auto const inside = admitted.fetch_add(wanted) - out.count;
    auto const allowed = std::min(wanted, rules.room - std::min(rules.room, inside));
    admitted -= wanted - allowed;
    return allowed;
  }
};

/// Pushes its share of the values in bursts: after each the others may run.
class producer final : public burst_job {
 public:
  producer(rig& r, ledger& book, std::unique_ptr<container_end> mine, std::uint64_t number,
           std::uint64_t share)
      : r_(r), book_(book), mine_(std::move(mine)), next_(number), left_(share) {}
  ~producer() override { --book_.producing; }

  auto more() -> bool override { return left_ > 0 && !r_.stopped(); }
  auto burst() -> std::uint64_t override {
    auto const allowed = book_.admit(std::min(left_, most_in_a_burst));
    auto const did = mine_->put(next_, allowed);  // fewer when full
    book_.admitted -= allowed - did.count;
    next_ += did.count * most_producers;
    left_ -= did.count;
    book_.in.add(did);
    r_.took_in(did.count);
    return did.count;
  }
  void after() override { r_.depth(depth_series, book_.depth()); }

 private:
  rig& r_;
  ledger& book_;
  std::unique_ptr<container_end> mine_;
  std::uint64_t next_;
  std::uint64_t left_;
};

/// Pops until the producers have gone and nothing is left.
class consumer final : public burst_job {
 public:
  consumer(rig& r, ledger& book, std::unique_ptr<container_end> mine)
      : r_(r), book_(book), mine_(std::move(mine)) {}
  ~consumer() override { book_.out_of_order += order_.broken; }

  auto more() -> bool override { return more_; }
  auto burst() -> std::uint64_t override {
    auto const last_look = book_.producing == 0;  // before popping: what is empty now stays empty
    auto const did = mine_->take(most_in_a_burst, order_);
    if (did.count < most_in_a_burst) more_ = !last_look;
    book_.out.add(did);
    r_.put_out(did.count);
    return did.count;
  }
  void after() override { r_.depth(depth_series, book_.depth()); }

 private:
  rig& r_;
  ledger& book_;
  std::unique_ptr<container_end> mine_;
  order_seen order_;
  bool more_ = true;
};

}  // namespace

auto pass_through(rig& r, values const& v, shared_container& between, hand_off_rules rules)
    -> task<void> {
  ledger book;
  book.rules = rules;
  wait_group crew;
  auto const producers = v.count("producers");
  auto const operations = v.count("operations");
  book.producing = static_cast<unsigned>(producers);
  for (std::size_t i = 0; i < producers; ++i) {
    auto const share = operations / producers + (i < operations % producers ? 1 : 0);
    crew.go(r.home(), in_bursts(r, pushing, std::make_unique<producer>(r, book, between.join(), i, share)));
  }
  for (std::size_t i = 0; i < v.count("consumers"); ++i)
    crew.go(r.home(), in_bursts(r, popping, std::make_unique<consumer>(r, book, between.join())));
  (void)co_await crew.wait(context::background());

  r.check("values in = values out", book.in.count.load(), book.out.count.load());
  r.check("sum of the values", book.in.sum.load(), book.out.sum.load());
  r.check("sum of their squares", book.in.squares.load(), book.out.squares.load());
  if (rules.in_order) r.check("values that overtook one of the same producer", 0u, book.out_of_order.load());
  if (auto const nodes = between.nodes_left()) r.check("nodes alive at the end", 0u, *nodes);
}

auto hand_off_workers(values const& v) -> unsigned {
  return static_cast<unsigned>(v.count("producers") + v.count("consumers"));
}

}  // namespace sluice::scenarios
