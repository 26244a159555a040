// aba — the same address is not the same node: found in the naive stack, and not in the shipped one.
#include <array>
#include <optional>
#include <string_view>

#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/scenarios/exploring.hpp>
#include <sluice/scenarios/naive_stack.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option stacks[] = {{"recycled", "naive, nodes used again"},
                                    {"freed", "naive, nodes freed at once"},
                                    {"hazard", "treiber_stack, hazard pointers"},
                                    {"epochs", "treiber_stack, epochs"}};

constexpr parameter parameters[] = {
    {.id = "stack", .label = "Stack", .unit = "", .help = "Whose executions are visited.",
     .type = param_type::choice, .max = 3, .fallback = 0, .choices = stacks},
    {.id = "executions", .label = "At most", .unit = "executions",
     .help = "Executions after which to stop if there are still more.", .type = param_type::integer,
     .min = 10, .max = 10'000'000, .fallback = 1'000'000, .log_scale = true},
};

constexpr std::string_view pictures[] = {"lanes", "rate"};
constexpr std::string_view hero[] = {"stack"};
constexpr std::string_view notice[] = {
    "One thread pops. Another one pops twice and pushes again what it popped first. {items} of all the ways "
    "in which these few steps can mix were visited before the end.",
    "In the naive stack one of them goes wrong, and the run stops there: the first thread has looked at the "
    "top, A, and below it, B; the second takes both and puts A back; the first finds A on top, as before, "
    "and makes B the top, which the second thread has. The same address is not the same stack.",
    "The shipped stack is visited by the same program, with freed addresses given out again at once. A node "
    "that a thread has announced is neither freed nor used again, so nothing goes wrong in any execution."};

// [show]
/// Where each of the values 1 and 2 turned up: anything but once is a fault.
struct whereabouts {
  std::array<int, 3> seen{};
  void saw(int value) { ++seen[static_cast<std::size_t>(value)]; }
  [[nodiscard]] auto whole() const { return seen[1] == 1 && seen[2] == 1; }
};
constexpr int most_left = 3;  // a broken stack may go round in circles

using naive = naive_stack<model::atomics>;

/// Popped nodes are used again: the classic A, B, A.
void recycled(model::execution& run) {
  naive stack;
  auto* const a = model::atomics::allocate<naive::node>(1);
  auto* const b = model::atomics::allocate<naive::node>(2);
  stack.push(*b), stack.push(*a);
  run.name(stack.top(), "top"), run.name(a->below, "below A"), run.name(b->below, "below B");
  naive::node *popped = nullptr, *first = nullptr, *second = nullptr;
  run.thread([&] { popped = stack.pop(); });
  run.thread([&] {
    first = stack.pop();
    second = stack.pop();
    if (first != nullptr) stack.push(*first);
  });
  run.join();

  whereabouts all;
  if (popped != nullptr) all.saw(popped->value);
  if (second != nullptr) all.saw(second->value);
  for (int i = 0; i < most_left; ++i)
    if (auto* const left = stack.pop()) all.saw(left->value);
  run.check(all.whole(), "every node is in one place");
  model::atomics::deallocate(a), model::atomics::deallocate(b);
}

/// Popped nodes are freed by whoever popped them.
void freed(model::execution& run) {
  naive stack;
  run.name(stack.top(), "top");
  auto const push = [&](int value) { stack.push(*model::atomics::allocate<naive::node>(value)); };
  auto const pop = [&] {
    auto* const node = stack.pop();
    auto const value = node != nullptr ? node->value : 0;
    model::atomics::deallocate(node);
    return value;
  };
  push(2), push(1);
  int popped = 0, second = 0;
  run.thread([&] { popped = pop(); });
  run.thread([&] {
    auto const first = pop();
    second = pop();
    if (first != 0) push(first);
  });
  run.join();

  whereabouts all;
  all.saw(popped), all.saw(second);
  for (int i = 0; i < most_left; ++i) all.saw(pop());
  run.check(all.whole(), "every value is in one place");
}

/// The stack that ships, in the hands of the same two threads.
template <template <atomics_policy> class Domain>
void shipped(model::execution& run) {
  Domain<model::atomics> domain;
  treiber_stack<int, Domain, model::atomics> shared{domain};
  auto setup = domain.join();
  (void)shared.try_push(setup, 2), (void)shared.try_push(setup, 1);
  std::optional<int> popped, second;
  run.thread([&] {
    auto me = domain.join();
    popped = shared.try_pop(me);
  });
  run.thread([&] {
    auto me = domain.join();
    auto first = shared.try_pop(me);
    second = shared.try_pop(me);
    if (first) (void)shared.try_push(me, std::move(*first));
  });
  run.join();

  whereabouts all;
  all.saw(popped.value_or(0)), all.saw(second.value_or(0));
  for (int i = 0; i < most_left; ++i) all.saw(shared.try_pop(setup).value_or(0));
  run.check(all.whole(), "every value is in one place");
}

task<void> run(rig& r, values const& v) {
  if constexpr (can_explore) {
    auto const kind = v.choice("stack");
    auto const naively = kind == "recycled" || kind == "freed";
    auto const world = kind == "recycled" ? recycled
                       : kind == "freed"  ? freed
                       : kind == "hazard" ? shipped<hazard_domain>
                                          : shipped<epoch_domain>;
    auto const seen =
        co_await explore(r, world, {.executions = v.count("executions"), .reuse_addresses = true});
    if (!naively) {
      r.check("executions in which a value is lost or doubled", 0u, seen.failures);
    } else if (!r.stopped()) {
      r.check("the execution that goes wrong was found", 1u, seen.failures);
    }
  } else {
    refuse_to_explore();
  }
}
// [/show]

}  // namespace

extern scenario const aba_scenario;
scenario const aba_scenario{
    .id = "aba",
    .family = family_kind::lock_free,
    .title = "A, B, A",
    .promise = "The same address is not the same node: every way in which two threads can mix finds out.",
    .question = "What goes wrong when a popped node is used again, and what prevents it?",
    .group = "Lock-free",
    .group_note = "sharing without locks",
    .source = "aba.cpp",
    .item_name = "executions",
    .sim_note = "Executions are explored one after the other on one thread, whichever engine runs them.",
    .level = 3,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .stages = exploring_stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .explore = {"naive-stack", "aba"},
    .workers = exploring_crew,
    .run = run,
};

}  // namespace sluice::scenarios
