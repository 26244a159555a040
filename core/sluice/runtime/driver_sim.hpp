// driver_sim — the engine that teaches and tests: one thread, virtual workers, virtual time.
#pragma once

#include <cstdint>
#include <vector>

#include <sluice/base/random.hpp>
#include <sluice/runtime/driver.hpp>

namespace sluice {

/// Which runnable task goes next.
enum class schedule_strategy : std::uint8_t {
  uniform,      ///< any of them, each as likely as the others
  round_robin,  ///< the one that has been runnable for longest
};

/// How a simulated runtime is set up.
struct simulation {
  unsigned workers = 1;                                      ///< virtual workers, at least 1
  std::uint64_t seed = 1;                                    ///< decides every choice
  schedule_strategy strategy = schedule_strategy::uniform;   ///< see there
  duration slice_cost{0};                                    ///< virtual time of each slice
  report_sink report{};                                      ///< default: stderr
};

/// How a stretch of simulation ended.
enum class ended : std::uint8_t {
  not_yet,         ///< the limit came first; there is more to run
  all_tasks_done,  ///< no task is alive
  deadlock,        ///< tasks are alive, and nothing can wake one
};

/// One thread, P virtual workers, a clock that jumps. A run is a pure function of the program, the
/// seed and the options.
///
/// Invariant  time moves only when no free worker has a task to run, to the next end of work or the
///            next timer; a worker is busy exactly while an entry of `busy_` names it.
/// Threads    one: every member, and every operation of its tasks, on the thread that made it.
class driver_sim final : public driver {
 public:
  explicit driver_sim(simulation options);
  ~driver_sim() override;

  /// Takes one step: one slice of one task, or one jump of the clock.
  [[nodiscard]] auto step() -> ended { return step_until(never); }

  /// Steps until the next jump would pass `limit`, until `wall` nanoseconds of real time are used
  /// up (0: no limit), or until nothing is left to do.
  [[nodiscard]] auto advance(instant limit, std::int64_t wall) -> ended;

  [[nodiscard]] auto steps() const noexcept -> std::uint64_t { return steps_; }

  void schedule(task_control& ready) noexcept override;
  void schedule_last(task_control& ready) noexcept override { schedule(ready); }
  [[nodiscard]] auto now() noexcept -> instant override { return now_; }
  auto occupy(task_control& running, duration span) noexcept -> bool override;
  [[nodiscard]] auto draw(std::uint64_t bound) noexcept -> std::uint64_t override {
    return random_.below(bound);
  }
  void about_to_compute() noexcept override {}
  [[nodiscard]] auto others_are_due() noexcept -> bool override {
    return first_ready_ < ready_.size();
  }
  [[nodiscard]] auto run_until_ended(detail::root_control& awaited) -> result<void> override;
  [[nodiscard]] auto workers() const noexcept -> unsigned override { return worker_count_; }

 private:
  struct occupied {
    instant until;
    std::uint64_t order;
    std::uint16_t worker;
    task_control* task;
  };
  [[nodiscard]] static auto later(occupied const& a, occupied const& b) noexcept -> bool {
    return a.until != b.until ? a.until > b.until : a.order > b.order;
  }

  /// One step, unless it would be a jump past `limit`: then nothing happens and `jumped_past_` says
  /// so.
  auto step_until(instant limit) -> ended;
  void run_slice(task_control& task, std::uint16_t on);
  [[nodiscard]] auto pick_task() noexcept -> task_control&;
  [[nodiscard]] auto pick_worker(std::uint16_t preferred) noexcept -> std::uint16_t;
  [[nodiscard]] auto next_event() const noexcept -> instant;
  void jump_to(instant to) noexcept;

  unsigned worker_count_;
  schedule_strategy strategy_;
  duration slice_cost_;
  random_source random_;
  instant now_{};
  std::vector<task_control*> ready_;
  std::size_t first_ready_ = 0;
  std::vector<std::uint16_t> free_;
  std::vector<occupied> busy_;
  std::vector<occupied> held_;  // work that is over: its task goes on at once, where it is
  std::size_t first_held_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t steps_ = 0;
  std::uint16_t here_ = 0;
  bool worker_taken_ = false;
  bool jumped_past_ = false;
  bool ending_ = false;
};

}  // namespace sluice
