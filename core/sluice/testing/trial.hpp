// trial — one run of a program under test: its schedule, its faults, and what went wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/context/context.hpp>
#include <sluice/runtime/driver_sim.hpp>
#include <sluice/testing/faults.hpp>

namespace sluice::testing {

/// How a run can fail.
enum class failure_kind : std::uint8_t {
  none,
  check,           ///< `trial::check` was given something false
  exception,       ///< the program threw
  unheard,         ///< a task threw, and nobody joined it
  deadlock,        ///< every task waits and nothing can wake one
  left_behind,     ///< a runtime ended with live tasks
  leaked_frames,   ///< coroutine frames of the run are still alive after it
  step_limit,      ///< it takes more steps than it may
  time_limit,      ///< it takes more virtual time than it may
  not_repeatable,  ///< the same choices led elsewhere: something outside decides as well
};

/// The name of `kind`, such as "failed check".
[[nodiscard]] auto name(failure_kind kind) noexcept -> std::string_view;

/// Everything that one run depends on, besides the program.
struct trial_setup {
  unsigned workers = 2;
  std::uint64_t seed = 1;
  schedule_strategy strategy = schedule_strategy::uniform;
  duration slice_cost{0};
  unsigned bug_depth = 3;
  std::uint64_t expected_slices = 1000;
  std::uint64_t most_steps = 100'000;
  instant time_limit = never;
  faults plant{};
  /// Whether the choices are these, and 0 wherever there are no more of them, or the strategy's.
  bool scripted = false;
  std::vector<std::uint64_t> script{};
  std::size_t last_events = 20;  ///< how many are kept for the report
  bool count_frames = true;      ///< off where other threads make coroutine frames meanwhile
};

/// Ends the program under test where going on has no meaning: after a deadlock, or at a limit. Let it
/// pass.
struct run_failed final : std::exception {
  [[nodiscard]] auto what() const noexcept -> char const* override { return "the run has failed"; }
};

/// What a program under test is given. It makes its state first and then its runtime of it, so that
/// tasks end before what they use:
///
///     void program(testing::trial& t) {
///       channel<int> ch{1};
///       testing::deterministic_runtime rt{t};
///       auto const sum = rt.block_on(add_up(rt.ctx(), ch));
///       t.check(sum == 6, "every value arrives");
///     }
///
/// Threads   one.
class trial final : private sim_director {
 public:
  explicit trial(trial_setup setup);
  trial(trial const&) = delete;
  auto operator=(trial const&) -> trial& = delete;
  ~trial();

  [[nodiscard]] auto seed() const noexcept -> std::uint64_t { return setup_.seed; }
  /// A number in [0, bound) for the program's own use: a choice like those of the schedule.
  [[nodiscard]] auto draw(std::uint64_t bound) -> std::uint64_t;

  /// Notes a failure when `holds` is false, and goes on. Returns `holds`. The first failure counts.
  auto check(bool holds, std::string_view what,
             std::source_location where = std::source_location::current()) -> bool;

  /// For runtimes made by hand: how to set one up so that this run decides.
  [[nodiscard]] auto options() -> simulation;

  /// One event: a slice of a task.
  struct event {
    std::uint64_t step = 0;
    instant at{};
    std::uint32_t task = 0;
    std::uint16_t worker = 0;
    bool chosen = false;              ///< not the one that had been runnable for longest
    std::source_location spawned_at{};
    char const* waited_for = nullptr;  ///< before; null: it begins
    char const* waits_for = nullptr;   ///< afterwards; null: it has ended
  };
  /// One choice, as it was made.
  struct choice_made {
    std::uint64_t value = 0;
    std::uint64_t bound = 0;
    choice about{};
  };
  /// What happened, in numbers.
  struct counts {
    std::uint64_t steps = 0;
    std::uint64_t slices = 0;
    std::uint64_t suspensions = 0;
    std::uint64_t wake_ups = 0;
    std::uint64_t points = 0;  ///< calls of `fault_point`
  };

  // The side of whoever runs the program.
  void note(failure_kind kind, std::string_view what);
  [[nodiscard]] auto failure() const noexcept -> failure_kind { return kind_; }
  [[nodiscard]] auto what() const noexcept -> std::string const& { return what_; }
  [[nodiscard]] auto failed_at() const noexcept -> std::uint64_t { return failed_at_; }
  [[nodiscard]] auto count() const noexcept -> counts const& { return counts_; }
  [[nodiscard]] auto choices() const noexcept -> std::vector<choice_made> const& {
    return choices_;
  }
  /// The last events, oldest first.
  [[nodiscard]] auto events() const -> std::vector<event>;
  /// Whether every fault planted in `plant` has happened, those of memory and threads left out.
  [[nodiscard]] auto planted_all() const noexcept -> bool;

  // The side of the runtime.
  void begin_runtime(cancel_scope& ctx);
  void end_runtime() noexcept { ctx_ = nullptr; }
  /// Notes a run that came to no good end, and leaves by `run_failed`.
  void judge(ended how, driver_sim const& of);
  [[noreturn]] void judge(error const& why);

 private:
  friend void fault_point();
  auto choose(choice about, std::uint64_t bound, std::uint64_t suggested) noexcept
      -> std::uint64_t override;
  auto goes_on(std::uint64_t taken, instant now) noexcept -> bool override;
  auto clock_jump(std::uint64_t taken) noexcept -> duration override;
  auto delay(task_control const& woken) noexcept -> std::uint64_t override;
  auto resumes(task_control const& picked, std::uint16_t worker, instant now) noexcept
      -> std::exception_ptr override;
  auto suspended(task_control const* picked) noexcept -> std::exception_ptr override;

  trial_setup setup_;
  random_source inputs_;
  cancel_scope* ctx_ = nullptr;
  trial* outer_;
  failure_kind kind_ = failure_kind::none;
  std::string what_;
  std::uint64_t failed_at_ = 0;
  counts counts_;
  std::vector<choice_made> choices_;
  std::vector<event> events_;  // a ring
  std::uint64_t events_seen_ = 0;
  event current_;
  bool deviates_ = false;
  bool cancelled_ = false;
  bool threw_ = false;
  bool delayed_ = false;
  bool jumped_ = false;
};

}  // namespace sluice::testing
