// engine — runs modelled threads once for each execution that C++ allows without load buffering.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/model/detail/graph.hpp>
#include <sluice/model/detail/heap.hpp>
#include <sluice/model/detail/schedule.hpp>
#include <sluice/model/detail/trace.hpp>
#include <sluice/model/fault.hpp>
#include <sluice/platform/fiber.hpp>

namespace sluice::model::detail {

[[nodiscard]] auto order_name(std::memory_order order) noexcept -> std::string_view;

using change = auto(std::uint64_t old, std::uint64_t operand) noexcept -> std::uint64_t;

/// Thrown through the program that sets up, when its execution leads to nothing new.
struct abandoned {};

struct engine_options {
  std::size_t steps = 5'000;           ///< of one execution, before it counts as endless
  std::size_t heap_bytes = 1 << 20;
  std::size_t stack_bytes = 128 * 1024;
  bool reuse_addresses = false;
  std::int64_t failing_allocation = -1;  ///< the allocation, counted from 0, that fails; -1 for none
};

/// One program, its present execution, and the way to the next one. One at a time in a thread.
///
/// While some thread's next step is a store or a fence, that step is taken at once, and the only choice
/// is its place in the modification order; otherwise the choice is over all (thread, store) pairs. Every
/// execution is a graph of what read from what; each is visited once.
class engine {
 public:
  engine(std::function<void()> program, engine_options options, schedule::mode how, std::uint64_t seed);
  engine(engine const&) = delete;
  auto operator=(engine const&) -> engine& = delete;

  /// The engine in whose execution the caller is, or null.
  [[nodiscard]] static auto current() noexcept -> engine* { return current_; }

  enum class ending : std::uint8_t {
    complete,   ///< an execution, faulty or not
    abandoned,  ///< what followed has been seen, or no order S is left
    bounded,    ///< a bound was hit
  };
  /// Runs the program once.
  auto run() -> ending;
  [[nodiscard]] auto choices() -> schedule& { return schedule_; }

  // What the present execution came to.
  [[nodiscard]] auto found() const noexcept -> fault { return fault_; }
  [[nodiscard]] auto message() const noexcept -> std::string const& { return message_; }
  [[nodiscard]] auto bound() const noexcept -> std::string const& { return bound_; }
  [[nodiscard]] auto steps_taken() const noexcept -> std::size_t { return steps_; }

  /// From the next run on, each step is written down.
  void trace(bool on) noexcept { tracing_ = on; }
  [[nodiscard]] auto is_tracing() const noexcept -> bool { return tracing_; }
  [[nodiscard]] auto traced() const noexcept -> std::vector<step> const& { return trace_; }
  [[nodiscard]] auto thread_names() const noexcept -> std::vector<std::string> const& { return names_; }

  // The program's side: threads.
  void add_thread(std::function<void()> body, std::string_view name);
  void join();
  void fail(fault kind, std::string message);
  void give_up(std::string bound);
  void note(step_kind kind, std::string text);
  /// A note that is a step, and an event of the thread.
  void mark(step_kind kind, std::string_view text);
  /// What the thread has just done to an atomic is known to the program by another name.
  void retell(step_kind kind, std::string_view call);
  void name(location_id location, std::string_view name);
  /// Names the atomics that were made last, the last one last.
  void name_newest(std::span<std::string_view const> names);
  [[nodiscard]] auto thread() const noexcept -> unsigned { return running_; }
  [[nodiscard]] auto now() const noexcept -> vector_time const& { return graph_.now(running_); }
  [[nodiscard]] auto is_draining() const noexcept -> bool { return draining_; }
  [[nodiscard]] auto number() const noexcept -> std::uint32_t { return number_; }

  // The program's side: atomics.
  auto made(void const* object, std::uint64_t value, value_kind kind) -> location_id;
  void gone(location_id id) noexcept;
  auto load(location_id id, std::memory_order order, code_location where) -> std::uint64_t;
  void store(location_id id, std::uint64_t value, std::memory_order order, code_location where);
  auto update(location_id id, change* apply, std::uint64_t operand, std::memory_order order,
              code_location where) -> std::uint64_t;
  auto exchange_if(location_id id, std::uint64_t& expected, std::uint64_t desired,
                   std::memory_order success, std::memory_order failure, code_location where) -> bool;
  void fence(std::memory_order order, code_location where);
  void asymmetric_fence(sc_kind kind, code_location where);
  void spin(code_location where);

  enum class waiting_for : std::uint8_t { mutex, wake_up };
  /// Waits until the value is `expected`, then makes it `desired`. Returns false when it gave up, which
  /// it may do at any time if `may_give_up`.
  auto await(location_id id, std::uint64_t expected, std::uint64_t desired, waiting_for what,
             bool may_give_up, code_location where) -> bool;

  // The program's side: plain memory.
  auto made_cell(void const* object, bool written) -> location_id;
  void gone_cell(location_id id) noexcept;
  /// Returns the write to read instead of the last one, or null: a read that races with a write may
  /// see either, where the values are known.
  auto read_cell(location_id id, code_location where) -> std::uint64_t const*;
  void write_cell(location_id id, code_location where);
  void end_write(location_id id) noexcept;
  /// The value that the write which ends now leaves, of a cell whose values are known.
  void keep_value(location_id id, std::uint64_t value);

  // The program's side: the allocator. `allocate` returns null when this allocation is to fail.
  auto allocate(std::size_t size, std::size_t alignment, bool counted) -> void*;
  /// Whether `address` may be destroyed and given back now; a second time is a fault.
  [[nodiscard]] auto may_free(void const* address) -> bool;
  void freed(void const* address) noexcept;
  void retiring(void const* address);

  // The program's side: one object a thread, or one a program. `make` is called once.
  auto of_thread(void const* tag, void* (*make)(engine&), void (*destroy)(void*)) -> void*;
  auto of_program(void const* tag, void* (*make)(engine&), void (*destroy)(void*)) -> void*;

  /// An access to something that this execution has not made. Returns a harmless answer.
  void report_unknown(void const* object, std::string_view what);

 private:
  enum class state : std::uint8_t { absent, runnable, waiting, spinning, joining, finished };
  enum class request : std::uint8_t { load, update, exchange_if, await };
  struct pending {
    request what = request::load;
    location_id location = no_location;
    std::memory_order order = std::memory_order_seq_cst;
    std::memory_order failure_order = std::memory_order_seq_cst;
    std::uint64_t expected = 0;
    bool may_give_up = false;
    waiting_for reason = waiting_for::mutex;
    store_id from = no_store;  ///< the answer
  };
  struct seen {
    location_id location;
    store_id from;
    friend auto operator==(seen const&, seen const&) -> bool = default;
  };
  struct thread_state {
    std::unique_ptr<platform::fiber> fiber;
    std::function<void()> own_body;
    std::function<void()> const* body = nullptr;
    state now = state::absent;
    pending wants;
    std::vector<seen> reads;       ///< since its last spin
    std::vector<seen> last_reads;  ///< of the round before
    store_id last_lost = no_store;  ///< what its last failed compare-exchange found
    bool moved = false;             ///< it changed something, or lost a race, since its last spin
    bool expects_news = false;      ///< woken by a store it has not seen: it reads that now
    bool looked = false;            ///< it read plain memory since its last spin
    bool idle = false;              ///< let through although there is no news
    unsigned idle_rounds = 0;
    std::size_t branch = schedule::no_branch;  ///< where its present step was chosen
  };
  struct location_info {
    void const* object = nullptr;
    std::uint16_t thread = 0;  ///< who made it, and when
    std::uint16_t event = 0;
    bool dead = false;
    value_kind kind = value_kind::bits;
    std::string name;
  };
  struct plain_write {
    std::uint64_t value;
    std::uint16_t thread;
    std::uint16_t event;
  };
  struct cell_info {
    void const* object = nullptr;
    std::uint16_t thread = 0;  ///< who wrote last, and when
    std::uint16_t event = 0;
    std::uint16_t made_by = 0;
    std::uint16_t made_at = 0;
    bool written = false;
    bool dead = false;
    vector_time read;  ///< the newest read of every thread
    std::vector<plain_write> writes;  ///< of a cell whose values are known
  };
  /// A step that somebody else's store to the same place could have changed, and where it was chosen.
  struct decision {
    location_id location;
    std::uint32_t thread;
    std::uint16_t event;
    std::size_t branch;
  };
  struct owned {
    void const* tag;
    unsigned thread;
    void* object;
    void (*destroy)(void*);
  };

  [[noreturn]] static void enter(void* of);
  [[noreturn]] void run_thread(unsigned index);
  auto begin_thread(std::string_view name) -> thread_state&;
  void clear();

  void wait_for_turn();
  auto pick() -> unsigned;
  auto pick_draining() -> unsigned;
  void collect_steps(unsigned thread);
  auto let_one_idle() -> unsigned;
  [[nodiscard]] auto all_others_done() const noexcept -> bool;
  [[nodiscard]] auto has_news(thread_state const& of) const noexcept -> bool;
  void report_stuck();
  void begin_draining(ending how);
  /// One of so many ways to go on, which are `what` in words. Otherwise a number beyond them, and
  /// the execution is given up: they are too many, or not the ones there were the last time.
  auto choose(std::size_t alternatives, std::string_view what) -> std::size_t;
  void discard_others();
  [[noreturn]] void leave_for_good();
  void give_up_full_order();
  void count_step();
  void drain_step();
  auto drained_value(location_id id) -> std::uint64_t;
  auto drained_update(location_id id, change* apply, std::uint64_t operand) -> std::uint64_t;

  [[nodiscard]] auto usable_cell(location_id id, std::string_view what) -> bool;
  [[nodiscard]] auto usable(location_id id, std::string_view what) -> bool;
  void decided(location_id id);
  void writes(location_id id, unsigned thread);
  void would_have_written();
  [[nodiscard]] auto repeats(location_id id, store_id from) -> bool;
  void saw(location_id id, store_id from);
  void destroy_owned(unsigned thread);
  [[nodiscard]] auto describe(location_id id) const -> std::string;
  [[nodiscard]] auto describe_cell(location_id id) const -> std::string;
  [[nodiscard]] auto describe_address(void const* address) const -> std::string;
  [[nodiscard]] auto describe_value(value_kind kind, std::uint64_t value) const -> std::string;
  void write_down(step_kind kind, location_id id, std::string text, store_id from, store_id result,
                  std::memory_order const* order, code_location where);
  void write_down_load(location_id id, store_id from, std::memory_order order, code_location where,
                       bool lost = false);
  void write_down_update(location_id id, store_id from, store_id made, std::memory_order order,
                         code_location where);

  std::function<void()> program_;
  engine_options options_;
  schedule schedule_;
  graph graph_;
  heap heap_;
  platform::fiber host_;
  std::array<thread_state, max_threads> threads_;
  unsigned threads_used_ = 0;
  unsigned running_ = 0;
  std::vector<location_info> info_;  // these keep their memory from one execution to the next
  std::size_t info_used_ = 0;
  std::vector<cell_info> cells_;
  std::size_t cells_used_ = 0;
  std::vector<owned> owned_;
  std::vector<next_step> next_;
  std::vector<std::uint32_t> places_;
  std::vector<std::size_t> reusable_;
  std::vector<decision> decisions_;
  bool excluded_ = false;  ///< a step was left out for want of an order S

  std::uint32_t number_ = 0;  ///< of the execution: what an object was made in
  std::size_t steps_ = 0;
  std::size_t drained_ = 0;
  // What an execution that leads nowhere may still do, so that its stacks come to their end.
  static constexpr std::size_t most_drained = 20'000;
  std::int64_t allocations_ = 0;
  bool draining_ = false;
  bool initialising_ = false;
  ending ending_ = ending::complete;
  fault fault_ = fault::none;
  std::string message_;
  std::string bound_;

  bool tracing_ = false;
  std::vector<step> trace_;
  std::vector<std::string> names_;
  std::vector<std::int64_t> step_of_store_;

  static inline thread_local constinit engine* current_ = nullptr;
};

}  // namespace sluice::model::detail
