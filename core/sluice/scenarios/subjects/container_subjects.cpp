// container_subjects — stacks, queues, rings and the deque as they ship, and two that are wrong on purpose.
#include <array>
#include <concepts>
#include <optional>

#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/mpsc_queue.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/lockfree/spsc_ring.hpp>
#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/lockfree/work_stealing_deque.hpp>
#include <sluice/scenarios/naive_stack.hpp>
#include <sluice/scenarios/subjects/structure_subject.hpp>
#include <sluice/scenarios/subjects/unreleased_ring.hpp>

namespace sluice::scenarios {
namespace {

using model::atomics;

constexpr subject_operation push_and_pop[] = {{"push", true}, {"pop"}};
constexpr subject_operation produce_and_consume[] = {{"push", true, subject_role::producer}, {"pop", false, subject_role::consumer}};
constexpr subject_operation deque_calls[] = {{"push", true, subject_role::owner}, {"take", false, subject_role::owner}, {"steal", false, subject_role::thief}};
constexpr subject_option memories[] = {{"kept", "a freed node stays where it is"}, {"reused", "it is used again at once"}};
constexpr subject_choice memory_choice[] = {{"memory", "Freed memory", memories}};

/// A structure over a reclamation domain.
template <class Structure, class Spec>
class over_domain : public container_adapter<over_domain<Structure, Spec>, Spec> {
 public:
  over_domain(model::execution& run, subject_program const&) {
    if constexpr (std::same_as<Spec, model::stack_spec>) run.name_newest({"head"});
    else run.name_newest({"head", "tail"});
  }
  auto join() { return domain_.join(); }
  template <class Me>
  auto push(Me& me, int value) -> bool {
    if constexpr (requires { { structure_.try_push(me, int{value}) } -> std::same_as<bool>; }) return structure_.try_push(me, int{value});
    else return structure_.try_push(me, int{value}), true;
  }
  template <class Me>
  auto pop(Me& me) -> std::optional<int> {
    return structure_.try_pop(me);
  }

 private:
  typename Structure::domain_type domain_;
  Structure structure_{domain_};
};

using hazard_stack = over_domain<treiber_stack<int, hazard_domain, atomics>, model::stack_spec>;
using hazard_queue = over_domain<ms_queue<int, hazard_domain, atomics>, model::queue_spec>;

/// A bounded ring with room for two.
template <class Ring, class Spec>
class in_ring : public container_adapter<in_ring<Ring, Spec>, Spec> {
 public:
  in_ring(model::execution& run, subject_program const&) { run.name_newest({"head", "tail"}); }
  static auto model() -> Spec { return Spec(2); }
  auto join() -> no_membership { return {}; }
  auto push(no_membership&, int value) -> bool { return ring_.try_push(std::move(value)); }
  auto pop(no_membership&) -> std::optional<int> { return ring_.try_pop(); }

 private:
  Ring ring_{2};
};

/// The naive stack, whose nodes are freed as soon as they are popped, or used again by whoever popped
/// them, the oldest first.
class naive : public container_adapter<naive, model::stack_spec> {
 public:
  using stack = naive_stack<atomics>;
  static constexpr std::size_t most_nodes = 32;

  /// What a thread has popped and may use again.
  struct purse {
    std::array<stack::node*, most_nodes> nodes{};
    std::size_t oldest = 0;
    std::size_t end = 0;
  };

  naive(model::execution& run, subject_program const& program) : recycles_(program.choice("memory") == "reused") {
    run.name(stack_.top(), "head");
  }
  ~naive() {
    for (std::size_t at = 0; at < made_; ++at) atomics::deallocate(all_[at]);
  }
  auto join() -> purse { return {}; }
  auto push(purse& me, int value) -> bool {
    if (me.oldest != me.end) {
      auto* const again = me.nodes[me.oldest++];
      again->value = value;
      stack_.push(*again);
      return true;
    }
    auto* const fresh = atomics::allocate<stack::node>(value);
    if (recycles_) all_[made_++] = fresh;
    stack_.push(*fresh);
    return true;
  }
  auto pop(purse& me) -> std::optional<int> {
    auto* const node = stack_.pop();
    if (node == nullptr) return std::nullopt;
    auto const value = node->value;
    if (!recycles_) atomics::deallocate(node);
    else if (me.end < most_nodes) me.nodes[me.end++] = node;
    return value;
  }

 private:
  stack stack_;
  bool recycles_;
  std::array<stack::node*, most_nodes> all_{};
  std::size_t made_ = 0;
};

class deque_adapter {
 public:
  using spec = model::deque_spec;
  static auto model() -> spec { return {}; }

  deque_adapter(model::execution& run, subject_program const&) { run.name_newest({"buffer"}); }
  auto join() -> no_membership { return {}; }
  template <class Log>
  void call(no_membership&, Log& log, subject_call const& call) {
    if (call.verb == "push") {
      log.record(spec::push(call.argument), [&] { return deque_.push(static_cast<int>(call.argument)), spec::push(call.argument); });
    } else if (call.verb == "take") {
      take(log);
    } else {
      log.record(spec::steal(), [&] {
        auto const got = deque_.steal();
        if (got) return spec::steal(*got);
        return got.error() == steal_miss::empty ? spec::steal_empty() : spec::steal_lost();
      });
    }
  }
  template <class Log>
  void finish(no_membership&, Log& log) {
    for (int most = 24; most > 0 && take(log); --most) {
    }
  }

 private:
  template <class Log>
  auto take(Log& log) -> bool {
    std::optional<int> got;
    log.record(spec::take(), [&] {
      got = deque_.take();
      return got ? spec::take(*got) : spec::take_empty();
    });
    return got.has_value();
  }

  work_stealing_deque<int, atomics> deque_{2};
};

class mpsc_adapter : public container_adapter<mpsc_adapter, model::queue_spec> {
 public:
  mpsc_adapter(model::execution& run, subject_program const&) { run.name_newest({"newest"}); }
  auto join() -> no_membership { return {}; }
  auto push(no_membership&, int value) -> bool {
    auto* const fresh = atomics::allocate<object>();
    fresh->value = value;
    (void)queue_.push(*fresh);
    return true;
  }
  auto pop(no_membership&) -> std::optional<int> {
    auto* const oldest = queue_.try_pop();
    if (oldest == nullptr) return std::nullopt;
    auto const value = oldest->value;
    atomics::deallocate(oldest);
    return value;
  }

 private:
  struct object : mpsc_hook<atomics> {
    int value = 0;
  };
  mpsc_queue<object, atomics> queue_;
};

constexpr subject_preset naive_presets[] = {
    {"aba", "A, B, A", "push 2, push 1", "pop | pop, pop, push 1",
     "The head is the same address again, yet not the same stack: the exchange succeeds, and a value is lost or there twice.", "memory=reused"},
    {"use-after-free", "Two pops", "push 1", "pop | pop", "One thread reads a node that the other one has freed.", "memory=kept"}};
constexpr subject_preset stack_presets[] = {
    {"mixed", "Push and pop", "push 1", "push 2, pop | pop", "Two threads meet at the head; a popped node is freed only when nobody can be reading it."},
    {"aba", "A, B, A", "push 2, push 1", "pop | pop, pop, push 1", "The program that breaks the naive stack. Here a node that has been announced is neither freed nor used again."}};
constexpr subject_preset queue_presets[] = {
    {"mixed", "Push and pop", "push 1", "push 2, pop | pop", "Whoever finds the tail behind helps it forward."},
    {"two-producers", "Two producers", "", "push 1 | push 2 | pop", "Both link a node behind the last one; one of them loses the race and finds the new last one."}};
constexpr subject_preset spsc_presets[] = {
    {"wrap", "Three values, room for two", "", "push 1, push 2, push 3 | pop, pop", "A slot is used again after its value has left."}};
constexpr subject_preset ring_presets[] = {
    {"mixed", "Push and pop", "push 1", "push 2, pop | pop", "Each takes a ticket, and the slot says whose turn it is."},
    {"hidden", "A value that hides another", "", "push 1 | push 2, pop",
     "The second thread may be told \"empty\" after it has pushed: the slot in front of its own is taken, and not yet filled. The ring says so in its header."}};
constexpr subject_preset deque_presets[] = {
    {"last", "The last item", "push 1", "take | steal", "Owner and thief reach for the same item, and one of them gets it."},
    {"two-thieves", "Two thieves", "push 1, push 2", "take, push 3 | steal | steal", "Each item is handed out once."}};
constexpr subject_preset mpsc_presets[] = {
    {"two-producers", "Two producers", "", "pop, pop | push 1 | push 2", "The consumer takes all newcomers at once and turns them round."}};

}  // namespace

extern subject const naive_stack_subject, treiber_stack_subject, ms_queue_subject, spsc_ring_subject, mpmc_ring_subject,
    work_stealing_deque_subject, mpsc_queue_subject, unreleased_ring_subject;

subject const naive_stack_subject{
    .id = "naive-stack", .title = "Naive stack", .group = "Wrong on purpose",
    .summary = "A linked stack that frees a node as soon as it has popped it.",
    .source = "naive_stack.hpp", .healthy = false, .operations = push_and_pop, .presets = naive_presets, .choices = memory_choice,
    .make = &structure_program<naive>};

subject const unreleased_ring_subject{
    .id = "unreleased-ring", .title = "Ring without release", .group = "Wrong on purpose",
    .summary = "A ring for one producer and one consumer that publishes a value by a relaxed store.",
    .source = "unreleased_ring.hpp", .healthy = false, .roles = subject_roles::spsc, .operations = produce_and_consume,
    .presets = spsc_presets, .make = &structure_program<in_ring<unreleased_ring<int, atomics>, model::ticket_queue_spec>>};

subject const treiber_stack_subject{
    .id = "treiber-stack", .title = "Treiber stack", .group = "Stacks",
    .summary = "A linked stack whose head is exchanged; hazard pointers keep nodes alive while somebody reads them.",
    .source = "treiber_stack.hpp", .operations = push_and_pop, .presets = stack_presets, .choices = memory_choice,
    .make = &structure_program<hazard_stack>};

subject const ms_queue_subject{
    .id = "ms-queue", .title = "Michael-Scott queue", .group = "Queues",
    .summary = "A linked queue with a dummy node, over hazard pointers.",
    .source = "ms_queue.hpp", .operations = push_and_pop, .presets = queue_presets, .choices = memory_choice,
    .make = &structure_program<hazard_queue>};

subject const spsc_ring_subject{
    .id = "spsc-ring", .title = "Ring, one to one", .group = "Queues",
    .summary = "Room for two values, from one producer to one consumer. Of a \"full\" and an \"empty\" at the same time, one is late.",
    .source = "spsc_ring.hpp", .roles = subject_roles::spsc, .operations = produce_and_consume, .presets = spsc_presets,
    .make = &structure_program<in_ring<spsc_ring<int, at_run_time, atomics>, model::ticket_queue_spec>>};

subject const mpmc_ring_subject{
    .id = "mpmc-ring", .title = "Ring, many to many", .group = "Queues",
    .summary = "Room for two values, a ticket a slot. Its \"empty\" and \"full\" promise nothing.",
    .source = "mpmc_ring.hpp", .operations = push_and_pop, .presets = ring_presets,
    .make = &structure_program<in_ring<mpmc_ring<int, atomics>, model::ticket_queue_spec>>};

subject const work_stealing_deque_subject{
    .id = "work-stealing-deque", .title = "Work-stealing deque", .group = "Queues",
    .summary = "Its owner pushes and takes at one end, thieves steal from the other.",
    .source = "work_stealing_deque.hpp", .roles = subject_roles::deque, .operations = deque_calls, .presets = deque_presets,
    .make = &structure_program<deque_adapter>};

subject const mpsc_queue_subject{
    .id = "mpsc-queue", .title = "Queue, many to one", .group = "Queues",
    .summary = "An intrusive queue: producers put objects on a stack, the consumer takes it whole.",
    .source = "mpsc_queue.hpp", .roles = subject_roles::mpsc, .operations = produce_and_consume, .presets = mpsc_presets,
    .make = &structure_program<mpsc_adapter>};

}  // namespace sluice::scenarios
