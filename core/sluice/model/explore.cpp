#include <sluice/model/explore.hpp>

#include <utility>

#include <sluice/base/contract.hpp>

namespace sluice::model {

namespace {

auto engine_of_caller() -> detail::engine& {
  auto* const engine = detail::engine::current();
  if (engine == nullptr) throw misuse("model::execution", "used outside of its exploration");
  return *engine;
}

auto for_engine(options const& how) -> detail::engine_options {
  if (how.steps == 0 || how.steps > 30'000)
    throw misuse("model::explore",
                 "a bound of " + std::to_string(how.steps) + " steps is outside 1 to 30000");
  return {.steps = how.steps,
          .heap_bytes = how.heap_bytes,
          .stack_bytes = how.stack_bytes,
          .reuse_addresses = how.reuse_addresses,
          .failing_allocation = how.failing_allocation};
}

auto on_engine(program body) -> std::function<void()> {
  return [body = std::move(body)] {
    execution run;
    body(run);
  };
}

}  // namespace

void execution::thread(std::function<void()> body) { thread({}, std::move(body)); }

void execution::thread(std::string_view name, std::function<void()> body) {
  engine_of_caller().add_thread(std::move(body), name);
}

void execution::join() { engine_of_caller().join(); }

void execution::check(bool holds, std::string_view claim, code_location where) {
  if (holds) return;
  auto& engine = engine_of_caller();
  engine.fail(fault::failed_assertion, std::string(claim) + " (line " + std::to_string(where.line()) + ")");
}

void execution::fail(fault kind, std::string message) { engine_of_caller().fail(kind, std::move(message)); }

void execution::give_up(std::string bound) { engine_of_caller().give_up(std::move(bound)); }

void execution::name_newest(std::initializer_list<std::string_view> names) {
  engine_of_caller().name_newest({names.begin(), names.size()});
}

void execution::note(std::string_view text) {
  engine_of_caller().note(step_kind::note, std::string(text));
}

void execution::begin_call(std::string_view text) { engine_of_caller().mark(step_kind::call, text); }
void execution::end_call(std::string_view text) { engine_of_caller().mark(step_kind::returned, text); }

void execution::set_name(detail::location_id location, std::string_view name) {
  engine_of_caller().name(location, name);
}

auto execution::now() const -> vector_time { return engine_of_caller().now(); }
auto execution::thread_index() const -> unsigned { return engine_of_caller().thread(); }
auto execution::is_traced() const -> bool { return engine_of_caller().is_tracing(); }
auto execution::choices() const -> std::string { return engine_of_caller().choices().choices(); }
auto execution::is_abandoned() const -> bool { return engine_of_caller().is_draining(); }

struct exploration::state {
  state(program const& body, options const& how, detail::schedule::mode mode, std::uint64_t seed,
        std::uint64_t at_most)
      : body_again(body), how(how), limit(at_most), engine(on_engine(body), for_engine(how), mode, seed) {}

  program body_again;
  options how;
  std::uint64_t limit;
  report result;
  bool more = true;
  bool random = false;
  detail::engine engine;
};

exploration::exploration(program body, options how)
    : state_(std::make_unique<state>(body, how, detail::schedule::mode::all, 0, how.executions)) {}

exploration::exploration(program body, std::uint64_t seed, std::uint64_t runs, options how)
    : state_(std::make_unique<state>(body, how, detail::schedule::mode::random, seed, runs)) {
  state_->random = true;
  state_->more = runs != 0;
}

exploration::exploration(exploration&&) noexcept = default;
exploration::~exploration() = default;

auto exploration::so_far() const noexcept -> report const& { return state_->result; }

auto exploration::advance() -> bool {
  auto& mine = *state_;
  auto& result = mine.result;
  if (!mine.more) return false;
  auto const ended = mine.engine.run();
  result.steps += mine.engine.steps_taken();
  if (ended == detail::engine::ending::abandoned) ++result.abandoned;
  else ++result.executions;
  if (ended == detail::engine::ending::bounded && result.bound.empty()) result.bound = mine.engine.bound();

  if (auto const found = mine.engine.found();
      found != fault::none && (mine.random || ended != detail::engine::ending::abandoned)) {
    ++result.failures;
    if (result.found == fault::none) {
      result.found = found;
      result.choices = mine.engine.choices().choices();
      result.message = mine.engine.message();
      auto const seen = replay(mine.body_again, result.choices, mine.how);
      // A program that does not repeat itself need not fail again; what it said first is kept then.
      result.first_failure = seen.found == found
                                 ? seen.text()
                                 : std::string(name(found)) + ": " + mine.engine.message() +
                                       "\nchoices \"" + result.choices + "\"\n";
    }
    if (mine.how.stop_at_failure || found == fault::not_repeatable) return mine.more = false;
  }
  mine.more = mine.engine.choices().advance();
  auto const runs = result.executions + (mine.random ? result.abandoned : 0);
  if (mine.limit != 0 && runs >= mine.limit && mine.more) {
    if (!mine.random && result.bound.empty()) result.bound = std::to_string(mine.limit) + " executions";
    mine.more = false;
  }
  if (!mine.more) result.complete = !mine.random && result.bound.empty();
  return mine.more;
}

auto explore(program body, options how) -> report {
  exploration whole(std::move(body), how);
  while (whole.advance()) {
  }
  return whole.so_far();
}

auto explore_randomly(program body, std::uint64_t seed, std::uint64_t runs, options how) -> report {
  exploration whole(std::move(body), seed, runs, how);
  while (whole.advance()) {
  }
  return whole.so_far();
}

auto is_choices(std::string_view text) -> bool {
  return detail::schedule(detail::schedule::mode::replay, 0).set_choices(text);
}

auto replay(program body, std::string_view choices, options how) -> interleaving {
  detail::engine engine(on_engine(std::move(body)), for_engine(how), detail::schedule::mode::replay, 0);
  if (!engine.choices().set_choices(choices))
    throw misuse("model::replay", "\"" + std::string(choices.substr(0, 80)) + "\" is no choice string");
  engine.trace(true);
  (void)engine.run();
  interleaving seen;
  seen.choices = choices;
  seen.threads = engine.thread_names();
  for (std::size_t at = 1; at < seen.threads.size(); ++at)
    if (seen.threads[at].empty()) seen.threads[at] = "T" + std::to_string(at);
  seen.steps = engine.traced();
  seen.found = engine.found();
  seen.message = engine.message();
  return seen;
}

}  // namespace sluice::model
