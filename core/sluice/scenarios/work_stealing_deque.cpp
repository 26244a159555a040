// work_stealing_deque — one owner works at its end, thieves take from the other, and nothing is done twice.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <sluice/lockfree/work_stealing_deque.hpp>
#include <sluice/scenarios/bursts.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option ways[] = {{"one", "one at a time"}, {"batch", "up to half of what is there"}};

constexpr parameter parameters[] = {
    {.id = "thieves", .label = "Thieves", .unit = "", .help = "Workers that steal from the owner.",
     .type = param_type::integer, .min = 0, .max = 15, .fallback = 3},
    {.id = "taking", .label = "A thief takes", .unit = "", .help = "How much a thief takes when it comes.",
     .type = param_type::choice, .max = 1, .fallback = 0, .choices = ways},
    {.id = "items", .label = "Items", .unit = "items",
     .help = "Items that the owner makes before the run ends.", .type = param_type::integer, .min = 1'000, .max = 50'000'000, .fallback = 2'000'000, .log_scale = true},
    {.id = "work", .label = "Work per item", .unit = "µs",
     .help = "How long an item keeps the worker that has it.", .type = param_type::duration, .min = 0,
     .max = 10, .fallback = 0.2, .step = 0.1},
};

constexpr series queues[] = {{"deque", "Deque", "items", ""}};
constexpr stage_label stages[] = {{"owner", "owner"}, {"thief", "thieves"}};
constexpr std::string_view pictures[] = {"heat", "lanes", "queue", "rate"};
constexpr std::string_view hero[] = {"thieves", "taking", "work"};
constexpr std::string_view notice[] = {
    "{rate} are done, each of them once. {retries} times two workers went for the same item and one of "
    "them went away with nothing: it is told so, and does not mistake that for an empty deque.",
    "The owner pushes and takes at one end without asking anybody; only for the last item must it race. "
    "With items that take no time thieves cost more than they bring: set the work to 0 and compare with "
    "no thieves at all.",
    "A thief that takes half of what is there comes less often, and loses fewer races on the way."};

constexpr std::uint32_t depth_series = 1;
constexpr std::uint64_t owning = 0;
constexpr std::uint64_t stealing = 1;
constexpr std::uint64_t kept_in_stock = 256;
constexpr std::uint64_t items_in_a_burst = 64;  // each may take microseconds
constexpr std::size_t most_in_a_batch = 32;

using deque = work_stealing_deque<std::uint64_t, counting_atomics>;

/// What one worker has done.
struct share {
  std::uint64_t count = 0, sum = 0, squares = 0;
  void add(std::uint64_t item) { ++count, sum += item, squares += item * item; }
};

/// What they all look at.
struct place {
  rig& r;
  duration const work;
  deque items{256};
  std::atomic<bool> closed{false};           ///< the owner has gone, and nothing is left
  std::atomic<std::uint16_t> owner_is_on{0};  ///< the worker on which the owner ran last
};

// [show]
/// Keeps some items in stock, newest on top, and works on the newest.
class owner final : public burst_job {
 public:
  owner(place& at, share& made, share& mine, std::uint64_t items)
      : at_(at), made_(made), mine_(mine), items_(items) {}
  ~owner() override { at_.closed = true; }

  auto more() -> bool override { return more_; }
  auto burst() -> std::uint64_t override {
    at_.owner_is_on = rig::here();
    if (at_.r.stopped()) items_ = made_.count;
    auto const before = made_.count;
    while (made_.count < items_ && made_.count - before < kept_in_stock &&
           at_.items.size_hint() < kept_in_stock) {
      at_.items.push(made_.count);
      made_.add(made_.count);
    }
    at_.r.took_in(made_.count - before);

    std::uint64_t done = 0;
    for (; done < items_in_a_burst; ++done) {
      auto const item = at_.items.take();
      if (!item) break;
      mine_.add(*item);
      at_.r.compute_now(at_.work);
    }
    at_.r.put_out(done);
    more_ = done == items_in_a_burst || made_.count < items_;  // nothing to take: thieves have the rest
    return done;
  }
  void after() override { at_.r.depth(depth_series, at_.items.size_hint()); }

 private:
  place& at_;
  share& made_;
  share& mine_;
  std::uint64_t items_;
  bool more_ = true;
};

/// Takes the oldest items: one, or a batch of which all but the first go to a deque of its own.
class thief final : public burst_job {
 public:
  thief(place& at, share& mine, bool in_batches) : at_(at), mine_(mine), in_batches_(in_batches) {}

  auto more() -> bool override { return more_; }
  auto burst() -> std::uint64_t override {
    auto const last_look = at_.closed.load();  // before stealing: what is empty now stays empty
    std::uint64_t done = 0;
    bool stole = false;
    while (done < items_in_a_burst) {
      auto item = own_.take();
      if (!item) {
        auto const stolen =
            in_batches_ ? at_.items.steal_batch(own_, most_in_a_batch) : at_.items.steal();
        if (!stolen && stolen.error() == steal_miss::lost) continue;  // there may be more
        if (!stolen) break;
        item = *stolen;
        stole = true;
      }
      mine_.add(*item);
      at_.r.compute_now(at_.work);
      ++done;
    }
    at_.r.put_out(done);
    if (stole) rig::stole(at_.owner_is_on);
    if (done == 0) more_ = !last_look;
    return done;
  }

 private:
  place& at_;
  share& mine_;
  bool in_batches_;
  deque own_;
  bool more_ = true;
};
// [/show]

void report(rig& r, share const& made, std::vector<share> const& shares) {
  share all;
  for (auto const& each : shares)
    all.count += each.count, all.sum += each.sum, all.squares += each.squares;
  r.check("items made = items done", made.count, all.count);
  r.check("sum of the items", made.sum, all.sum);
  r.check("sum of their squares", made.squares, all.squares);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    auto const in_thousand = all.count == 0 ? 0 : shares[i].count * 1000 / all.count;
    r.found(i == 0 ? "share of the owner" : words({"share of thief ", std::to_string(i)}),
            words({std::to_string(in_thousand / 10), ".", std::to_string(in_thousand % 10), " %"}));
  }
}

task<void> run(rig& r, values const& v) {
  r.bound(depth_series, kept_in_stock);
  place at{.r = r, .work = v.time("work")};
  share made;
  std::vector<share> shares(1 + v.count("thieves"));
  wait_group crew;
  auto const each = rig::operation_cost + at.work;
  auto const items = v.count("items");
  crew.go(r.home(), in_bursts(r, owning, std::make_unique<owner>(at, made, shares[0], items), each));
  for (std::size_t i = 1; i < shares.size(); ++i)
    crew.go(r.home(), in_bursts(r, stealing,
                                std::make_unique<thief>(at, shares[i], v.choice("taking") == "batch"), each));
  (void)co_await crew.wait(context::background());
  report(r, made, shares);
}

}  // namespace

extern scenario const work_stealing_deque_scenario;
scenario const work_stealing_deque_scenario{
    .id = "work-stealing-deque",
    .family = family_kind::lock_free,
    .title = "Work-stealing deque",
    .promise = "The owner works at one end, thieves take from the other, and nothing is done twice.",
    .question = "When does it pay to steal, and how much should a thief take?",
    .group = "Lock-free",
    .group_note = "sharing without locks",
    .source = "work_stealing_deque.cpp",
    .item_name = "items",
    .sim_note = "In simulation an operation is one step, so no race is ever lost; run it on threads to "
                "see some.",
    .level = 3,
    .prefers = engine_kind::threads,
    .parameters = parameters,
    .queues = queues,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const& v) { return static_cast<unsigned>(1 + v.count("thieves")); },
    .run = run,
};

}  // namespace sluice::scenarios
