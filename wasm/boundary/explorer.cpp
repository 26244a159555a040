#include <boundary/explorer.hpp>

#include <charconv>
#include <chrono>
#include <utility>

#include <sluice/base/json_writer.hpp>

namespace sluice::wasm {

using clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_outcomes = 64;
constexpr std::size_t most_choices = 16'000;
constexpr std::uint64_t default_runs = 100'000;  // at random, when no limit is given

auto invalid(std::string text) -> std::unexpected<error> { return failure({errc::invalid, std::move(text)}); }

auto kind_name(model::step_kind kind) -> std::string_view {
  using enum model::step_kind;
  switch (kind) {
    case call: return "call";
    case returned: return "return";
    case load: return "load";
    case store: return "store";
    case update: return "rmw";
    case fence: return "fence";
    case read: return "read";
    case write: return "write";
    case allocate: return "allocate";
    case free: return "free";
    case lock: return "lock";
    case unlock: return "unlock";
    case park: return "park";
    case unpark: return "unpark";
    case spin: return "spin";
    case fault: return "fault";
    default: return "note";
  }
}

void member_or_null(json_writer& out, std::string_view name, std::string_view text) {
  if (text.empty()) out.key(name).raw("null");
  else out.member(name, text);
}

}  // namespace

auto explorer::catalogue() const -> std::string { return scenarios::subjects_json(); }

auto explorer::start(std::string_view program) -> std::string {
  exploration_.reset();
  outcomes_.clear();
  further_outcomes_ = 0;
  elapsed_ms_ = 0;
  state_ = state::idle;
  if (auto const fine = read(program); !fine) {
    subject_ = nullptr;
    json_writer out;
    out.begin_object().key("error").begin_object();
    out.member("code", fine.error().code() == errc::not_found ? "E_SCENARIO" : "E_PARAM");
    out.member("message", fine.error().operation()).end_object().end_object();
    return std::move(out).text();
  }
  if (random_) exploration_.emplace(body(), seed_, limit_ == 0 ? default_runs : limit_, options_);
  else exploration_.emplace(body(), options_);
  state_ = state::exploring;
  return R"({"ok":true})";
}

auto explorer::read(std::string_view program) -> result<void> {
  subject_ = nullptr;
  program_ = {};
  random_ = false;
  seed_ = limit_ = 0;
  bool stop_at_first = true;
  while (!program.empty()) {
    auto const end = program.find('\n');
    auto const line = program.substr(0, end);
    program.remove_prefix(end == std::string_view::npos ? program.size() : end + 1);
    if (line.empty()) continue;
    auto const space = line.find(' ');
    auto const word = line.substr(0, space);
    auto const rest = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    if (word == "subject") {
      auto const found = scenarios::find_subject(rest);
      if (!found) return std::unexpected(found.error());
      subject_ = *found;
    } else if (word == "choice") {
      auto const gap = rest.find(' ');
      program_.choices.emplace_back(rest.substr(0, gap), gap == std::string_view::npos ? std::string_view() : rest.substr(gap + 1));
    } else if (word == "setup" || word == "thread") {
      auto calls = scenarios::parse_calls(rest);
      if (!calls) return std::unexpected(calls.error());
      if (word == "setup") program_.setup = std::move(*calls);
      else program_.threads.push_back(std::move(*calls));
    } else if (word == "mode" && (rest == "all" || rest == "random")) {
      random_ = rest == "random";
    } else if (word == "stop" && (rest == "first" || rest == "never")) {
      stop_at_first = rest == "first";
    } else if (word == "seed" || word == "limit") {
      auto& number = word == "seed" ? seed_ : limit_;
      auto const [at, bad] = std::from_chars(rest.data(), rest.data() + rest.size(), number, word == "seed" ? 16 : 10);
      if (bad != std::errc{} || at != rest.data() + rest.size())
        return invalid(std::string(word) + " \"" + std::string(rest.substr(0, 40)) + "\" is no number" + (word == "seed" ? " of 1 to 16 hexadecimal digits" : ""));
    } else {
      return invalid("a program has no line \"" + std::string(line.substr(0, 60)) + "\"");
    }
  }
  if (subject_ == nullptr) return invalid("a program names its subject");
  if (auto const fine = scenarios::check_program(*subject_, program_); !fine) return fine;
  options_ = scenarios::options_of(program_);
  options_.executions = limit_;
  options_.stop_at_failure = stop_at_first;
  return {};
}

auto explorer::body() -> model::program {
  return subject_->make(program_, [this](model::execution& run, std::string outcome, bool weak) {
    if (run.is_traced()) return;  // a replay counts nothing
    auto at = outcomes_.find(outcome);
    if (at == outcomes_.end()) {
      if (outcomes_.size() == most_outcomes) {
        ++further_outcomes_;
        return;
      }
      at = outcomes_.emplace(std::move(outcome), seen{0, run.choices(), weak}).first;
    }
    ++at->second.count;
  });
}

void explorer::advance(double milliseconds) {
  if (state_ != state::exploring) return;
  auto const begun = clock::now();
  auto const budget = std::chrono::duration<double, std::milli>(milliseconds > 0 ? milliseconds : 0);
  bool more = true;
  for (unsigned since_look = 0; more;) {
    more = exploration_->advance();
    if (++since_look < 16) continue;
    since_look = 0;
    if (clock::now() - begun >= budget) break;
  }
  elapsed_ms_ += std::chrono::duration<double, std::milli>(clock::now() - begun).count();
  if (more) return;
  auto const& far = exploration_->so_far();
  state_ = far.failures > 0 ? state::violated : far.complete || random_ ? state::complete : state::bounded;
}

void explorer::stop() noexcept {
  if (state_ == state::exploring) state_ = state::stopped;
}

auto explorer::progress() const -> std::string {
  constexpr std::string_view names[] = {"stopped", "exploring", "complete", "violated", "bounded", "stopped"};
  json_writer out;
  auto const far = exploration_ ? exploration_->so_far() : model::report{};
  out.begin_object().member("state", names[static_cast<std::size_t>(state_)]);
  out.member("executions", far.executions).member("pruned", far.abandoned).member("violations", far.failures);
  out.member("elapsedMs", elapsed_ms_);
  out.member("reduction", random_ ? "none: at random" : "stores at once; one thread's steps, and others' where they meet; sleep sets");
  member_or_null(out, "bound", far.bound);
  out.key("outcomes").begin_array();
  for (auto const& [text, each] : outcomes_) {
    out.begin_object().member("text", text.empty() ? std::string_view("nothing to see") : std::string_view(text));
    out.member("count", each.count).member("choices", each.choices).member("weak", each.weak).end_object();
  }
  out.end_array().member("furtherOutcomes", further_outcomes_).key("violation");
  if (far.found == model::fault::none) {
    out.raw("null");
  } else {
    out.begin_object().member("kind", model::name(far.found)).member("message", far.message).member("choices", far.choices).end_object();
  }
  out.end_object();
  return std::move(out).text();
}

void explorer::replay(std::string_view choices) {
  replayed_ = {};
  if (subject_ == nullptr || choices.size() > most_choices) return;
  if (!model::is_choices(choices)) {
    replayed_.message = "these are no choices of an execution";
    return;
  }
  replayed_ = model::replay(body(), choices, options_);
}

auto explorer::interleaving() const -> std::string {
  json_writer out;
  out.begin_object().member("choices", replayed_.choices).key("threads").begin_array();
  for (auto const& each : replayed_.threads) out.value(each);
  if (replayed_.threads.empty()) out.value("setup");
  out.end_array().key("steps").begin_array();
  std::vector<std::string> calling(model::max_threads);
  std::int64_t fault = -1;
  for (std::size_t at = 0; at < replayed_.steps.size(); ++at) {
    auto const& each = replayed_.steps[at];
    if (each.kind == model::step_kind::call) calling[each.thread] = each.text;
    if (each.kind == model::step_kind::fault && fault < 0) fault = static_cast<std::int64_t>(at);
    out.begin_object().member("thread", each.thread);
    member_or_null(out, "call", calling[each.thread]);
    out.member("kind", kind_name(each.kind)).member("text", each.text);
    member_or_null(out, "object", each.object);
    member_or_null(out, "order", each.order);
    member_or_null(out, "value", each.value);
    if (each.from < 0) out.key("from").raw("null");
    else out.member("from", each.from);
    out.member("stale", each.stale);
    std::string_view file = each.where.file_name();
    file.remove_prefix(file.find_last_of('/') + 1);  // npos + 1 is 0
    member_or_null(out, "file", file);
    if (file.empty()) out.key("line").raw("null");
    else out.member("line", each.where.line());
    out.end_object();
    if (each.kind == model::step_kind::returned) calling[each.thread].clear();
  }
  out.end_array().key("memory").begin_array();
  for (std::size_t at = 0; at < replayed_.steps.size(); ++at)
    if (auto const& each = replayed_.steps[at]; each.is_newest)
      out.begin_object().member("step", at).member("object", each.object).member("value", each.value).end_object();
  out.end_array().key("fault");
  if (fault < 0) out.raw("null");
  else out.value(fault);
  out.member("message", replayed_.message).end_object();
  return std::move(out).text();
}

}  // namespace sluice::wasm
