// context_tree — a tree of contexts: when one of them ends, everything below it has ended, too.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include <sluice/probe/probe.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/wait_group.hpp>
#include <sluice/time/sleep.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option endings[] = {{"cancel", "somebody cancels one of it"},
                                     {"deadline", "each has a deadline"}};
constexpr choice_option places[] = {{"any", "any, by chance"}, {"branch", "a child of the root"},
                                    {"leaf", "a leaf"}, {"root", "the root"}};
constexpr std::size_t most_levels = 5;

constexpr parameter parameters[] = {
    {.id = "ends", .label = "A tree ends because", .unit = "", .help = "What ends the contexts of a tree.",
     .type = param_type::choice, .max = 1, .fallback = 0, .choices = endings},
    {.id = "cancelled", .label = "Cancelled first", .unit = "",
     .help = "Which context is cancelled; later the root is.",
     .type = param_type::choice, .max = 3, .fallback = 0, .choices = places},
    {.id = "levels", .label = "Levels", .unit = "", .help = "Levels of children below the root.",
     .type = param_type::integer, .min = 1, .max = most_levels, .fallback = 3},
    {.id = "children", .label = "Children", .unit = "", .help = "Children of each context that has any.",
     .type = param_type::integer, .min = 1, .max = 3, .fallback = 3},
    {.id = "life", .label = "Life of a tree", .unit = "µs",
     .help = "How long a tree lives until one of it is cancelled; the deadline of its root.",
     .type = param_type::duration, .min = 10, .max = 100'000, .fallback = 500, .log_scale = true},
    {.id = "tidying", .label = "Tidying up", .unit = "µs",
     .help = "What each task still does once its context has ended.",
     .type = param_type::duration, .min = 0, .max = 1'000, .fallback = 20},
    {.id = "trees", .label = "Trees", .unit = "trees", .help = "Trees to grow, one after another.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 200, .log_scale = true},
};

constexpr stage_label stages[] = {{"root", "root"},       {"level-1", "level 1"}, {"level-2", "level 2"},
                                  {"level-3", "level 3"}, {"level-4", "level 4"}, {"level-5", "level 5"}};
constexpr std::string_view pictures[] = {"ctx", "lanes", "hist", "rate"};
constexpr std::string_view hero[] = {"ends", "levels", "children"};
constexpr std::string_view notice[] = {
    "Each dot is a context, and a task that waits for its end. One is cancelled: before that call "
    "returns, everything below it has ended, with the same cause, and nothing else has.",
    "The tasks learn of it as soon as a worker is free, half of them within {p50}. Telling them is one "
    "step for each, not a message from parent to child to grandchild.",
    "Give each a deadline instead. A child may ask for more time than its parent has: it gets what the "
    "parent has, and ends with it."};

// [show]
/// The contexts of one tree, the root first. The children of `i` follow one another from `i * width + 1`.
struct tree {
  std::size_t width;
  std::vector<cancel_scope> nodes;
  std::size_t first = 0;  // the one that is cancelled before the root is
  std::array<std::atomic<instant>, 2> ended_at{never, never};  // what is below `first`, and the rest

  [[nodiscard]] auto parent(std::size_t node) const -> std::size_t { return (node - 1) / width; }
  [[nodiscard]] auto below(std::size_t node, std::size_t top) const -> bool {
    while (node > top) node = parent(node);
    return node == top;
  }
  [[nodiscard]] auto level(std::size_t node) const -> std::size_t {
    std::size_t up = 0;
    for (; node > 0; ++up) node = parent(node);
    return up;
  }
};

/// One task for each context: it waits for the end, and tidies up.
task<void> live(rig& r, tree& in, std::size_t node, std::uint64_t item, duration tidying) {
  auto const& ctx = in.nodes[node].ctx();
  (void)co_await ctx.ended();
  auto const part = in.below(node, in.first) ? 0U : 1U;
  auto const told_at = in.ended_at[part].load();
  probe::emit(probe::verb::cancelled, item, ctx.err() == errc::deadline_exceeded ? 2 : part);
  co_await r.work(tidying, item, in.level(node));
  r.put_out_since(std::min({told_at, ctx.deadline(), r.now()}));
}
// [/show]

/// What was looked for and must not be there.
struct faults {
  std::uint64_t alive = 0;    ///< below one that has ended, and has not
  std::uint64_t struck = 0;   ///< not below it, and has ended
  std::uint64_t strange = 0;  ///< ended with the cause of another
  std::uint64_t longer = 0;   ///< has more time than its parent

  void add(faults const& more) {
    alive += more.alive, struck += more.struck, strange += more.strange, longer += more.longer;
  }
};

constexpr std::string_view why_first = "nobody needs it any more";
constexpr std::string_view why_all = "the whole tree is over";

class forest {
 public:
  forest(rig& r, values const& v)
      : rig_(r), random_(r.random(1)), life_(v.time("life")), tidying_(v.time("tidying")),
        deadlines_(v.choice("ends") == "deadline"), where_(v.choice("cancelled")),
        width_(v.count("children")) {
    std::size_t row = 1;
    for (auto levels = v.count("levels"); levels > 0; --levels) size_ += row *= width_;
    leaves_ = row;
  }

  auto one_tree() -> task<void> {
    // [show]
    tree grown{.width = width_, .nodes = grow(), .first = choose()};
    wait_group crew;
    for (std::size_t node = 0; node < size_; ++node) {
      rig_.took_in();
      crew.go(rig_.home(), live(rig_, grown, node, rig_.items_in() - 1, tidying_));
    }
    if (!deadlines_) {
      (void)co_await sleep_for(rig_.ctx(), life_);
      cancel(grown, 0, grown.first, why_first);
      look_after_first(grown);
      (void)co_await sleep_for(rig_.ctx(), life_ / 2);
      cancel(grown, 1, 0, why_all);
    }
    (void)co_await crew.wait(context::background());
    // [/show]
    look_at_end(grown);
  }

  void report() {
    rig_.check("contexts alive below one that has ended", 0, found_.alive);
    rig_.check("contexts that ended with neither themselves nor a parent", 0, found_.struck);
    rig_.check("contexts that ended for the reason of another", 0, found_.strange);
    rig_.check("contexts with more time than their parent", 0, found_.longer);
    rig_.check("tasks that waited = tasks that were told", rig_.items_in(), rig_.items_out());
    if (wished_ > 0)
      rig_.found("deadlines that a parent cut short", words({std::to_string(cut_ * 100 / wished_), " %"}));
    if (calling_.count() > 0 && told_ > 0)
      rig_.found("a call of cancel, for each context it ended",
                 words({std::to_string(static_cast<std::uint64_t>(calling_.count()) / told_), " ns"}));
  }

 private:
  // [show]
  auto grow() -> std::vector<cancel_scope> {
    std::vector<cancel_scope> nodes;
    nodes.reserve(size_);
    for (std::size_t node = 0; node < size_; ++node) {
      context const& parent = node == 0 ? rig_.ctx() : nodes[(node - 1) / width_].ctx();
      nodes.push_back(deadlines_ ? with_deadline(parent, wish(node)) : with_cancel(parent));
    }
    return nodes;
  }

  void cancel(tree& in, std::size_t part, std::size_t node, std::string_view why) {
    auto const began = rig_.now();
    in.ended_at[part] = began;
    in.nodes[node].cancel({errc::cancelled, std::string(why)});
    calling_ += rig_.now() - began;
  }
  // [/show]

  // A child asks for between half of the root's time and half as much again.
  auto wish(std::size_t node) -> instant {
    if (node == 0) return rig_.now() + life_;
    auto const some = random_.below(static_cast<std::uint64_t>(life_.count()));
    return rig_.now() + life_ / 2 + duration{static_cast<std::int64_t>(some)};
  }

  auto choose() -> std::size_t {
    if (deadlines_ || where_ == "root") return 0;
    if (where_ == "branch") return 1 + random_.below(width_);
    if (where_ == "leaf") return size_ - leaves_ + random_.below(leaves_);
    return random_.below(size_);
  }

  // What is seen while the run is being stopped says nothing: then everything ends for that reason.
  void keep(faults const& seen) {
    if (!rig_.stopped()) found_.add(seen);
  }

  // Called when `cancel` has returned: there is nothing to wait for.
  void look_after_first(tree const& in) {
    faults seen;
    std::uint64_t ended = 0;
    for (std::size_t node = 0; node < size_; ++node) {
      auto const& ctx = in.nodes[node].ctx();
      if (!in.below(node, in.first)) {
        seen.struck += ctx.done() ? 1 : 0;
      } else if (!ctx.done()) {
        ++seen.alive;
      } else {
        ++ended;
        seen.strange += ctx.err() != errc::cancelled || ctx.cause()->operation() != why_first ? 1 : 0;
      }
    }
    told_ += ended;
    keep(seen);
  }

  void look_at_end(tree const& in) {
    faults seen;
    for (std::size_t node = 0; node < size_; ++node) {
      auto const& ctx = in.nodes[node].ctx();
      seen.alive += ctx.done() ? 0 : 1;
      if (node > 0 && ctx.deadline() > in.nodes[in.parent(node)].ctx().deadline()) ++seen.longer;
      if (!ctx.done()) continue;
      if (deadlines_) {
        seen.strange += ctx.err() != errc::deadline_exceeded ? 1 : 0;
        seen.struck += rig_.now() < ctx.deadline() ? 1 : 0;
        if (node > 0) ++wished_, cut_ += ctx.deadline() == in.nodes[in.parent(node)].ctx().deadline() ? 1 : 0;
      } else {
        auto const early = in.below(node, in.first);
        told_ += early ? 0 : 1;
        seen.strange += ctx.cause()->operation() != (early ? why_first : why_all) ? 1 : 0;
      }
    }
    keep(seen);
  }

  rig& rig_;
  random_source random_;
  duration life_, tidying_;
  bool deadlines_;
  std::string_view where_;
  std::size_t width_;
  std::size_t size_ = 1;
  std::size_t leaves_ = 1;
  faults found_;
  std::uint64_t wished_ = 0, cut_ = 0, told_ = 0;
  duration calling_{0};
};

task<void> run(rig& r, values const& v) {
  forest all{r, v};
  for (auto trees = v.count("trees"); trees > 0 && !r.stopped(); --trees) co_await all.one_tree();
  all.report();
}

}  // namespace

extern scenario const context_tree_scenario;
scenario const context_tree_scenario{
    .id = "context-tree",
    .family = family_kind::tasks,
    .title = "Context tree",
    .promise = "One context ends, and everything below it has ended before the call returns.",
    .question = "Who is told when a piece of work is given up, and how soon?",
    .group = "Context",
    .group_note = "giving up together",
    .source = "context_tree.cpp",
    .item_name = "tasks",
    .sim_note = "",
    .level = 2,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const&) { return 4U; },
    .run = run,
};

}  // namespace sluice::scenarios
