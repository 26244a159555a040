// once_race — many need the same thing at the same moment, one makes it; and what if that fails?
#include <algorithm>
#include <atomic>
#include <exception>
#include <stdexcept>
#include <string>

#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/lazy.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option policies[] = {{"keep", "it fails for everybody"},
                                      {"retry", "the next one tries again"},
                                      {"unguarded", "no once: all look, then make"}};

constexpr parameter parameters[] = {
    {.id = "failure", .label = "When making it fails", .unit = "",
     .help = "What a failure means to those who wait; or what happens without a once.",
     .type = param_type::choice, .max = 2, .fallback = 1, .choices = policies},
    {.id = "callers", .label = "Callers", .unit = "", .help = "Who ask for one value at once.",
     .type = param_type::integer, .min = 1, .max = 256, .fallback = 32},
    {.id = "making", .label = "Making it", .unit = "µs", .help = "How long one attempt takes.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 200},
    {.id = "failing", .label = "Attempts that fail", .unit = "%", 
     .help = "How many attempts end with an exception.",
     .type = param_type::integer, .min = 0, .max = 100, .fallback = 30},
    {.id = "using", .label = "Using it", .unit = "µs", .help = "What a caller does with the value.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 20},
    {.id = "values", .label = "Values", .unit = "values", .help = "Values to make, one after another.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 200, .log_scale = true},
};

constexpr series queues[] = {{"waiting", "Callers that wait", "callers", "callers"}};
constexpr stage_label stages[] = {{"making", "making it"}, {"using", "using it"}};
constexpr std::string_view pictures[] = {"lanes", "queue", "hist", "rate"};
constexpr std::string_view hero[] = {"failure", "callers", "failing"};
constexpr std::string_view notice[] = {
    "All ask at once and one makes it, on one lane, while the others wait without a worker. Once it is "
    "there, asking costs one load.",
    "When making it throws there are two answers, and you choose. Keep: all of them get the same "
    "exception, for ever. Retry: who tried gets it, and the next one tries again.",
    "Without a once everybody looks, finds nothing and makes it: as many lanes are busy with the same "
    "thing, and all but one for nothing. Looking and making must be one step."};

constexpr std::uint32_t waiting_series = 1;

/// What is true of the attempts of one round, or of all.
struct tally {
  std::atomic<std::uint64_t> attempts{0}, running{0}, together{0}, got{0}, told{0}, stopped{0}, strange{0};
};

// [show]
/// Makes the value of one round: slowly, and not always.
task<std::uint64_t> make(rig& r, tally& count, std::uint64_t value, std::uint64_t failures, duration takes) {
  auto const attempt = count.attempts++;
  if (count.running++ > 0) ++count.together;
  co_await r.work(takes, value, 0);
  --count.running;
  if (attempt < failures) throw std::runtime_error("it could not be made");
  co_return value;
}

/// The wrong way: between looking and keeping there is time for everybody else to look, too.
template <class Make>
task<result<std::uint64_t>> look_and_make(std::atomic<std::uint64_t>& kept, Make const& make) {
  if (auto const there = kept.load(); there != 0) co_return there;
  auto const fresh = co_await make();
  kept.store(fresh);
  co_return fresh;
}

/// The right way: the first one makes it, the others wait for that one.
task<result<std::uint64_t>> get(lazy<std::uint64_t>& from, context const& ctx) {
  auto const found = co_await from.get(ctx);
  if (!found) co_return failure(found.error());
  co_return **found;
}
// [/show]

class race {
 public:
  race(rig& r, values const& v)
      : rig_(r), chance_(r.random(1)), policy_(v.choice("failure")), callers_(v.count("callers")),
        failing_(v.count("failing")), making_(v.time("making")), using_(v.time("using")) {}

  auto one_round(std::uint64_t value) -> task<void> {
    tally count;
    auto const failures = draw_failures();
    std::atomic<std::uint64_t> kept{0};
    // [show]
    auto const maker = [&] { return make(rig_, count, value, failures, making_); };
    lazy<std::uint64_t> shared{maker, policy_ == "retry" ? on_failure::retry : on_failure::keep};
    auto const ask = [&]() -> task<result<std::uint64_t>> {
      return policy_ == "unguarded" ? look_and_make(kept, maker) : get(shared, rig_.ctx());
    };
    wait_group crew;
    for (std::size_t n = 0; n < callers_; ++n) crew.go(rig_.home(), call(ask, count, value));
    (void)co_await crew.wait(context::background());
    // [/show]
    judge(count, failures);
  }

  void report() {
    rig_.depth(waiting_series, 0);
    rig_.check("callers = got it + were told it failed + stopped", rig_.items_in(), got_ + told_ + stopped_);
    rig_.check("answers that belong to another value", 0, strange_);
    if (policy_ != "unguarded") {
      rig_.check("attempts while another was under way", 0, together_);
      rig_.check("values that took another number of attempts than they should", 0, odd_);
      rig_.check("values whose failure was told to the wrong callers", 0, told_wrong_);
    }
    rig_.found("attempts to make a value",
               words({std::to_string(attempts_), " for ", std::to_string(rounds_), " values"}));
    rig_.found("attempts while another was under way", std::to_string(together_));
    rig_.found("callers who were told it failed", std::to_string(told_));
  }

 private:
  template <class Ask>
  auto call(Ask const& ask, tally& count, std::uint64_t value) -> task<void> {
    auto const item = rig_.items_in();
    auto const begun = rig_.now();
    rig_.took_in();
    rig_.depth(waiting_series, ++waiting_);
    try {
      auto const answer = co_await ask();
      rig_.depth(waiting_series, --waiting_);
      if (answer) {
        ++count.got;
        if (*answer != value) ++count.strange;
        co_await rig_.work(using_, item, 1);
      } else {
        ++count.stopped;
      }
    } catch (std::exception const&) {
      rig_.depth(waiting_series, --waiting_);
      ++count.told;
    }
    rig_.put_out_since(begun);
  }

  // How many attempts of a round fail before one does not.
  auto draw_failures() -> std::uint64_t {
    std::uint64_t failures = 0;
    while (failures < callers_ && chance_.below(100) < failing_) ++failures;
    return failures;
  }

  void judge(tally const& count, std::uint64_t failures) {
    got_ += count.got, told_ += count.told, stopped_ += count.stopped, strange_ += count.strange;
    attempts_ += count.attempts, together_ += count.together, ++rounds_;
    if (rig_.stopped()) return;  // who never asked could not be told
    auto const retry = policy_ == "retry";
    auto const attempts = retry ? std::min<std::uint64_t>(failures + 1, callers_) : 1;
    auto const told = retry ? failures : failures > 0 ? callers_ : 0;
    odd_ += count.attempts != attempts ? 1 : 0;
    told_wrong_ += count.told != told ? 1 : 0;
  }

  rig& rig_;
  random_source chance_;
  std::string_view policy_;
  std::size_t callers_;
  std::uint64_t failing_;
  duration making_, using_;
  std::atomic<std::uint64_t> waiting_{0};
  std::uint64_t got_ = 0, told_ = 0, stopped_ = 0, strange_ = 0, attempts_ = 0, together_ = 0, rounds_ = 0;
  std::uint64_t odd_ = 0, told_wrong_ = 0;
};

task<void> run(rig& r, values const& v) {
  race all{r, v};
  auto const values_to_make = v.count("values");
  for (std::uint64_t value = 1; value <= values_to_make && !r.stopped(); ++value)
    co_await all.one_round(value);
  all.report();
}

}  // namespace

extern scenario const once_race_scenario;
scenario const once_race_scenario{
    .id = "once-race",
    .family = family_kind::sync,
    .title = "Once",
    .promise = "Many need the same thing at the same moment, and one makes it.",
    .question = "Who makes what all need first, and what do the others get when that fails?",
    .group = "Sync",
    .group_note = "taking turns",
    .source = "once_race.cpp",
    .item_name = "calls",
    .sim_note = "",
    .level = 1,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .queues = queues,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const&) { return 4U; },
    .run = run,
};

}  // namespace sluice::scenarios
