// explore — runs a small concurrent program in every way that C++ allows without load buffering.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include <sluice/model/atomics.hpp>
#include <sluice/model/report.hpp>

namespace sluice::model {

struct options {
  std::uint64_t executions = 0;      ///< how many at most; 0 for all there are
  std::size_t steps = 5'000;         ///< of one execution; one that takes more hits a bound
  bool stop_at_failure = true;       ///< or go on, and count them
  bool reuse_addresses = false;      ///< a freed address is given out again at once
  std::int64_t failing_allocation = -1;  ///< the one, counted from 0, that throws; -1 for none
  std::size_t heap_bytes = 1 << 20;      ///< for `atomics::allocate` in one execution
  std::size_t stack_bytes = 128 * 1024;  ///< of each modelled thread
};

/// What a program under exploration says to the checker.
class execution {
 public:
  /// Starts a modelled thread. At most seven.
  /// Throws    `misuse` for the eighth.
  void thread(std::function<void()> body);
  void thread(std::string_view name, std::function<void()> body);

  /// Waits until all have ended; what they did happens before what follows. When the execution turns
  /// out to lead to nothing new, it ends here, by an exception: collect results after `join`, and keep
  /// what owns memory in objects that a thread body refers to, not in the body itself.
  /// Throws    `misuse` in a modelled thread: join is for the one that sets up.
  void join();

  /// Reports a failed assertion unless `holds`.
  void check(bool holds, std::string_view claim,
             code_location where = code_location::current());
  void fail(fault kind, std::string message);
  /// Ends the execution without a verdict: the report names `bound`, and is not complete.
  void give_up(std::string bound);

  /// Gives an atomic a name for the interleaving.
  template <class T>
  void name(atomic<T> const& object, std::string_view name) {
    set_name(object.location(), name);
  }
  /// The same for those that were made last, the last one last: members that are private.
  void name_newest(std::initializer_list<std::string_view> names);
  /// A line in the interleaving.
  void note(std::string_view text);
  /// Marks where a call begins and where it has returned: each counts as an event of the thread, so
  /// that `now` tells what had returned before.
  void begin_call(std::string_view text);
  void end_call(std::string_view text);

  /// What happens before now, for the calling modelled thread; and which thread that is, 0 for the one
  /// that sets up.
  [[nodiscard]] auto now() const -> vector_time;
  [[nodiscard]] auto thread_index() const -> unsigned;
  /// The choices that led here, for `replay`.
  [[nodiscard]] auto choices() const -> std::string;
  /// Whether the present run is being given up: results of it mean nothing.
  [[nodiscard]] auto is_abandoned() const -> bool;
  /// Whether the steps are being written down.
  [[nodiscard]] auto is_traced() const -> bool;

 private:
  static void set_name(detail::location_id location, std::string_view name);
};

using program = std::function<void(execution&)>;

/// An exploration that can be advanced bit by bit.
///
/// The program is run again from the start for each execution, so it must do the same whenever its
/// atomics answer the same: what it needs, it makes inside.
///
/// Model     C++20 atomics without load buffering: executions whose sequenced-before and reads-from
///           form no cycle. seq_cst is decided on the execution graph. See core/docs/memory-orders.md.
/// Cost      about a microsecond an execution of two threads with a handful of operations each.
/// Threads   one at a time, always the same one.
class exploration {
 public:
  /// Throws    `misuse` for a bound of steps outside 1 to 30,000; so do all that explore or replay.
  explicit exploration(program body, options how = {});
  /// Runs at random instead: for worlds too big to visit whole. `how.executions` is not used here,
  /// and with no `runs` there is nothing to advance.
  exploration(program body, std::uint64_t seed, std::uint64_t runs, options how = {});
  exploration(exploration&&) noexcept;
  ~exploration();

  /// One more execution. Returns false when there is none to come.
  auto advance() -> bool;
  [[nodiscard]] auto so_far() const noexcept -> report const&;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Visits every execution of `body`, each once.
///
///     auto const report = model::explore([](model::execution& run) {
///       model::atomic<int> x{0}, y{0};
///       int a = 0, b = 0;
///       run.thread([&] { x.store(1, relaxed); a = y.load(relaxed); });
///       run.thread([&] { y.store(1, relaxed); b = x.load(relaxed); });
///       run.join();
///       run.check(a == 1 || b == 1, "one of them sees the other");   // fails: store buffering
///     });
///     std::puts(report.first_failure.c_str());
///
/// A pass means: no execution of this program fails, within the bounds that the report names.
auto explore(program body, options how = {}) -> report;

/// Runs `body` `runs` times with choices drawn from `seed`. `how.executions` is not used here.
auto explore_randomly(program body, std::uint64_t seed, std::uint64_t runs, options how = {}) -> report;

/// Whether `text` can be given to `replay`.
[[nodiscard]] auto is_choices(std::string_view text) -> bool;

/// Runs the one execution that `choices` leads to, and writes it down.
/// Throws    `misuse` for text that is no choice string.
auto replay(program body, std::string_view choices, options how = {}) -> interleaving;

}  // namespace sluice::model
