// driver_sim — the engine that teaches and tests: one thread, virtual workers, virtual time.
#pragma once

#include <cstdint>
#include <exception>
#include <vector>

#include <sluice/base/random.hpp>
#include <sluice/runtime/driver.hpp>

namespace sluice {

/// Which runnable task goes next.
enum class schedule_strategy : std::uint8_t {
  uniform,      ///< any of them, each as likely as the others
  round_robin,  ///< the one that has been runnable for longest
  priorities,   ///< the most important one: tasks are ranked by chance, and a few times by chance the
                ///< one that would run becomes the least important
};

/// What one choice of a simulation is about.
enum class choice : std::uint8_t {
  task,    ///< which runnable task goes next; 0 is the one that has been runnable for longest
  worker,  ///< on which free worker
  draw,    ///< what a room drew: the order of a select, a random delay
  input,   ///< what the program under test drew for itself
};

/// Who makes the choices of a simulation instead of its seed, and plants what goes wrong in it. For
/// tests: it may note every choice, and repeat a list of them.
/// Threads   that of the simulation.
/// Lifetime  outlives the simulation.
class sim_director {
 public:
  /// A number in [0, bound), `bound` at least 2; `suggested` is what the strategy and the seed say.
  [[nodiscard]] virtual auto choose(choice about, std::uint64_t bound,
                                    std::uint64_t suggested) noexcept -> std::uint64_t = 0;
  /// Asked before each step, of which `taken` went before; false stops the simulation here.
  [[nodiscard]] virtual auto goes_on(std::uint64_t taken, instant now) noexcept -> bool = 0;
  /// By how much the clock jumps before the next step, of which `taken` went before; 0: not at all.
  [[nodiscard]] virtual auto clock_jump(std::uint64_t taken) noexcept -> duration = 0;
  /// A task has become runnable: so many slices of others go first. One at a time is held back.
  [[nodiscard]] virtual auto delay(task_control const& woken) noexcept -> std::uint64_t = 0;
  /// A task is about to be resumed. It is ended instead with what this returns, where that is not null.
  [[nodiscard]] virtual auto resumes(task_control const& picked, std::uint16_t worker,
                                     instant now) noexcept -> std::exception_ptr = 0;
  /// The same task has suspended; null: it has ended. It is destroyed where it waits, and ended with what
  /// this returns, where that is not null.
  [[nodiscard]] virtual auto suspended(task_control const* picked) noexcept -> std::exception_ptr = 0;

 protected:
  ~sim_director() = default;
};

/// How a simulated runtime is set up.
struct simulation {
  unsigned workers = 1;                                      ///< virtual workers, at least 1
  std::uint64_t seed = 1;                                    ///< decides every choice
  schedule_strategy strategy = schedule_strategy::uniform;   ///< see there
  duration slice_cost{0};                                    ///< virtual time of each slice
  report_sink report{};                                      ///< default: stderr
  /// `priorities` alone: a bug that needs this many orderings to be right, 1 to 64, is found with a
  /// probability of at least 1/(tasks * expected_slices^(bug_depth - 1)).
  unsigned bug_depth = 3;
  std::uint64_t expected_slices = 1000;  ///< `priorities` alone: how many there will be, at least 1
  sim_director* director = nullptr;      ///< for tests: decides instead of the seed
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

  /// Moves the clock forward as a machine that slept would find it: all that is due meanwhile is late.
  /// Throws    `misuse` when `by` is negative or reaches `never`, and inside a task.
  void jump_forward(duration by);

  void admit(detail::root_control& spawned) override;
  void schedule(task_control& ready) noexcept override;
  void schedule_last(task_control& ready) noexcept override { schedule(ready); }
  [[nodiscard]] auto start_first(task_control& spawned, task_control& caller) noexcept -> std::coroutine_handle<> override {
    schedule(spawned);
    caller.schedule();
    return std::noop_coroutine();
  }
  [[nodiscard]] auto now() noexcept -> instant override { return now_; }
  auto occupy(task_control& running, duration span) noexcept -> bool override;
  [[nodiscard]] auto draw(std::uint64_t bound) noexcept -> std::uint64_t override {
    return decide(choice::draw, bound, random_.below(bound));
  }
  void about_to_compute() noexcept override {}
  [[nodiscard]] auto others_are_due() noexcept -> bool override {
    return first_ready_ < ready_.size();
  }
  [[nodiscard]] auto run_until_ended(detail::root_control& awaited, deadlock_remedy const& remedy)
      -> result<void> override;
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
  void resume_directed(task_control& task);
  [[nodiscard]] auto decide(choice about, std::uint64_t bound, std::uint64_t suggested) noexcept
      -> std::uint64_t;
  void rank_tasks(simulation const& options);
  [[nodiscard]] auto why_it_stopped(task_control const& awaited) -> error;
  [[nodiscard]] auto most_important() noexcept -> std::size_t;
  [[nodiscard]] auto priority_of(task_control const& task) const noexcept -> std::uint64_t;
  void release_late() noexcept;
  void forget(task_control const& gone) noexcept;
  [[nodiscard]] auto pick_task() noexcept -> task_control&;
  [[nodiscard]] auto pick_worker(std::uint16_t preferred) noexcept -> std::uint16_t;
  [[nodiscard]] auto next_event() const noexcept -> instant;
  void jump_to(instant to) noexcept;

  unsigned worker_count_;
  schedule_strategy strategy_;
  duration slice_cost_;
  sim_director* director_;
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
  bool stopped_ = false;  // by the director
  bool closing_ = false;
  bool ending_ = false;
  task_control const* dying_ = nullptr;  // being destroyed; what it ends may wake it once more

  // A task whose wake-up is held back, and until which slice.
  task_control* late_ = nullptr;
  std::uint64_t late_until_ = 0;
  std::uint64_t slices_ = 0;

  // Strategy `priorities`. Tasks that were never demoted rank above all others, by a number that their
  // id and the seed decide.
  struct change_point {
    std::uint64_t slice;
    std::uint64_t rank;  // of whoever would run then, from there on
    std::uint32_t demoted;
  };
  std::vector<change_point> changes_;
  std::uint64_t ranking_ = 0;
};

}  // namespace sluice
