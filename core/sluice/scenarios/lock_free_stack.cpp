// lock_free_stack — one hand-off through a single place, and what becomes of many who meet there.
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/lockfree/barging_stack.hpp>
#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/scenarios/hand_off.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option implementations[] = {{"mutex", "vector behind a mutex"},
                                             {"hazard", "linked list, hazard pointers"},
                                             {"epochs", "linked list, epochs"},
                                             {"barging", "behind a lock kept for a while"}};

constexpr parameter parameters[] = {
    {.id = "implementation", .label = "Stack", .unit = "", .help = "How the stack is built.",
     .type = param_type::choice, .max = 3, .fallback = 1, .choices = implementations},
    hand_off::producers,
    hand_off::consumers,
    {.id = "operations", .label = "Values", .unit = "values", .help = "Values to pass through the stack.",
     .type = param_type::integer, .min = 1'000, .max = 50'000'000, .fallback = 5'000'000,
     .log_scale = true},
    {.id = "room", .label = "Room", .unit = "values",
     .help = "Producers rest while so many values are inside; the stack itself has no bound.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 1'024, .log_scale = true},
};

constexpr series queues[] = {{"stack", "Stack", "values", "room"}};
constexpr std::string_view pictures[] = {"heat", "lanes", "queue", "rate"};
constexpr std::string_view hero[] = {"implementation", "producers", "consumers"};
constexpr std::string_view notice[] = {
    "{rate} pass through the stack, with {retries} lost races. A queue has two ends, a stack has one: run "
    "the queue with the same numbers and compare how many races are lost there.",
    "Everybody wants the same word, and it can change hands only so often: two workers get no more out of "
    "the linked stack than one. A mutex whose holder does a long run while the line is at hand may well "
    "be faster.",
    "A value may wait at the bottom until the end while younger ones come and go above it."};

using atomics = counting_atomics;  // std::atomic, and a count of the races lost

// [show]
/// The plainest stack that works.
class mutex_stack {
 public:
  auto try_push(std::uint64_t&& value) -> bool {
    std::lock_guard const lock(mutex_);
    values_.push_back(value);
    return true;
  }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::lock_guard const lock(mutex_);
    if (values_.empty()) return std::nullopt;
    auto const value = values_.back();
    values_.pop_back();
    return value;
  }

 private:
  std::mutex mutex_;
  std::vector<std::uint64_t> values_;
};

using by_hazard = treiber_stack<std::uint64_t, hazard_domain, atomics>;
using by_epoch = treiber_stack<std::uint64_t, epoch_domain, atomics>;
using barging = barging_stack<std::uint64_t>;

auto make_stack(values const& v) -> std::unique_ptr<shared_container> {
  auto const kind = v.choice("implementation");
  if (kind == "mutex") return std::make_unique<plain_container<mutex_stack>>();
  if (kind == "barging") return std::make_unique<plain_container<barging>>();
  if (kind == "epochs") return std::make_unique<reclaimed_container<by_epoch>>();
  return std::make_unique<reclaimed_container<by_hazard>>();
}

task<void> run(rig& r, values const& v) {
  auto const stack = make_stack(v);
  r.bound(depth_series, v.count("room"));
  co_await pass_through(r, v, *stack, {.in_order = false, .room = v.count("room")});
}
// [/show]

}  // namespace

extern scenario const lock_free_stack_scenario;
scenario const lock_free_stack_scenario{
    .id = "lock-free-stack",
    .family = family_kind::lock_free,
    .title = "Lock-free stack",
    .promise = "The same hand-off through one place: with a mutex, and with every race for it that is lost.",
    .question = "What do many get out of a single place at which all of them meet?",
    .group = "Lock-free",
    .group_note = "sharing without locks",
    .source = "lock_free_stack.cpp",
    .item_name = "values",
    .sim_note = "In simulation an operation is one step, so no race is ever lost; run it on threads to "
                "see retries.",
    .level = 3,
    .prefers = engine_kind::threads,
    .parameters = parameters,
    .queues = queues,
    .stages = hand_off_stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = hand_off_workers,
    .run = run,
};

}  // namespace sluice::scenarios
