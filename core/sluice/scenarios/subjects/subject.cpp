#include <sluice/scenarios/subjects/subject.hpp>

#include <algorithm>
#include <charconv>

#include <sluice/base/json_writer.hpp>

namespace sluice::scenarios {

extern subject const naive_stack_subject, unreleased_ring_subject, treiber_stack_subject, ms_queue_subject, spsc_ring_subject,
    mpmc_ring_subject, work_stealing_deque_subject, mpsc_queue_subject, message_passing_subject, store_buffering_subject,
    iriw_subject, lost_update_subject;

namespace {

constexpr subject const* all[] = {
    &naive_stack_subject, &unreleased_ring_subject,
    &treiber_stack_subject, &ms_queue_subject, &spsc_ring_subject, &mpmc_ring_subject, &work_stealing_deque_subject, &mpsc_queue_subject,
    &message_passing_subject, &store_buffering_subject, &iriw_subject, &lost_update_subject,
};

constexpr std::int64_t most_argument = 99;

auto invalid(std::string text) -> std::unexpected<error> { return failure({errc::invalid, std::move(text)}); }

auto split(std::string_view text, std::string_view by) -> std::vector<std::string_view> {
  std::vector<std::string_view> parts;
  if (text.empty()) return parts;
  for (;;) {
    auto const at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + by.size());
  }
}

auto operation_of(subject const& of, std::string_view verb) -> subject_operation const* {
  auto const at = std::ranges::find(of.operations, verb, &subject_operation::id);
  return at == of.operations.end() ? nullptr : &*at;
}

/// Whether thread `index`, from 1, of `count` may play that role.
auto may_play(subject_roles roles, subject_role role, std::size_t index, std::size_t count) -> bool {
  switch (roles) {
    case subject_roles::any: return true;
    case subject_roles::spsc: return index == (role == subject_role::producer ? 1u : 2u) && count <= 2;
    case subject_roles::deque: return (role == subject_role::owner) == (index == 1);
    case subject_roles::mpsc: return (role == subject_role::consumer) == (index == 1);
  }
  return false;
}

void write_calls(json_writer& out, std::string_view text) {
  out.begin_array();
  for (auto const each : split(text, ", ")) out.value(each);
  out.end_array();
}

void write_program(json_writer& out, subject_preset const& preset) {
  out.key("setup");
  write_calls(out, preset.setup);
  out.key("threads").begin_array();
  for (auto const thread : split(preset.threads, " | ")) write_calls(out, thread);
  out.end_array();
}

void write_subject(json_writer& out, subject const& each) {
  out.begin_object().member("id", each.id).member("title", each.title);
  out.member("kind", each.operations.empty() ? "litmus" : "structure").member("group", each.group);
  out.member("summary", each.summary).member("source", each.source).member("healthy", each.healthy);
  out.member("roles", name(each.roles)).key("operations").begin_array();
  for (auto const& one : each.operations) {
    out.begin_object().member("id", one.id).member("label", one.id).member("argument", one.has_argument);
    out.key("roles").begin_array().value(name(one.role)).end_array().end_object();
  }
  out.end_array().key("example").begin_object();
  write_program(out, each.presets.front());
  out.end_object().key("presets").begin_array();
  for (auto const& one : each.presets) {
    out.begin_object().member("id", one.id).member("title", one.title);
    write_program(out, one);
    out.member("notice", one.notice).key("choices").begin_object();
    if (auto const parts = split(one.choice, "="); parts.size() == 2) out.member(parts[0], parts[1]);
    out.end_object().end_object();
  }
  out.end_array().key("choices").begin_array();
  for (auto const& one : each.choices) {
    out.begin_object().member("id", one.id).member("label", one.label).key("options").begin_array();
    for (auto const& option : one.options) out.begin_object().member("id", option.id).member("label", option.label).end_object();
    out.end_array().end_object();
  }
  out.end_array().key("columns").begin_array();
  for (auto const& one : each.columns) {
    out.begin_object().member("title", one.title).key("lines").begin_array();
    for (auto const line : one.lines) out.value(line);
    out.end_array().end_object();
  }
  out.end_array().end_object();
}

}  // namespace

auto name(subject_role role) noexcept -> std::string_view {
  constexpr std::string_view names[] = {"any", "owner", "thief", "producer", "consumer"};
  return names[static_cast<std::size_t>(role)];
}

auto name(subject_roles roles) noexcept -> std::string_view {
  constexpr std::string_view names[] = {"any", "spsc", "deque", "mpsc"};
  return names[static_cast<std::size_t>(roles)];
}

auto subjects() noexcept -> std::span<subject const* const> { return all; }

auto find_subject(std::string_view id) -> result<subject const*> {
  for (auto const* each : all)
    if (each->id == id) return each;
  return failure({errc::not_found, "nothing to explore is called " + std::string(id.substr(0, 64))});
}

auto parse_calls(std::string_view text) -> result<std::vector<subject_call>> {
  std::vector<subject_call> calls;
  for (auto const part : split(text, ", ")) {
    auto const space = part.find(' ');
    subject_call call{std::string(part.substr(0, space)), -1};
    if (space != std::string_view::npos) {
      auto const number = part.substr(space + 1);
      auto const [end, bad] = std::from_chars(number.data(), number.data() + number.size(), call.argument);
      if (bad != std::errc{} || end != number.data() + number.size() || call.argument < 0 || call.argument > most_argument)
        return invalid("\"" + std::string(part.substr(0, 64)) + "\": a call carries a number from 0 to " + std::to_string(most_argument));
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

auto program_of(subject const& of, subject_preset const& preset) -> subject_program {
  subject_program program;
  program.setup = parse_calls(preset.setup).value();
  for (auto const thread : split(preset.threads, " | ")) program.threads.push_back(parse_calls(thread).value());
  for (auto const& each : of.choices) program.choices.emplace_back(each.id, each.options.front().id);
  if (auto const parts = split(preset.choice, "="); parts.size() == 2)
    for (auto& [id, option] : program.choices)
      if (id == parts[0]) option = parts[1];
  return program;
}

auto check_program(subject const& of, subject_program const& program) -> result<void> {
  if (program.threads.size() > most_subject_threads)
    return invalid(std::to_string(program.threads.size()) + " threads are outside 1 to " + std::to_string(most_subject_threads));
  if (of.roles == subject_roles::spsc && program.threads.size() > 2)
    return invalid(std::to_string(program.threads.size()) + " threads are outside 1 to 2: one produces, one consumes");
  if (of.operations.empty() != program.threads.empty())
    return invalid(of.operations.empty() ? "a litmus test brings its own threads" : "0 threads are outside 1 to " + std::to_string(most_subject_threads));
  auto const check = [&](std::vector<subject_call> const& calls, std::size_t index) -> result<void> {
    auto const who = index == 0 ? std::string("the setup") : "thread " + std::to_string(index);
    if (calls.size() > most_subject_calls)
      return invalid(who + " makes " + std::to_string(calls.size()) + " calls, which is outside 0 to " + std::to_string(most_subject_calls));
    for (auto const& call : calls) {
      auto const* const known = operation_of(of, call.verb);
      if (known == nullptr) return invalid(who + " calls \"" + call.verb.substr(0, 40) + "\", which " + std::string(of.title) + " does not have");
      if (known->has_argument != (call.argument >= 0))
        return invalid(who + " calls " + call.verb + (known->has_argument ? " without a value" : " with a value"));
      if (index > 0 && !may_play(of.roles, known->role, index, program.threads.size()))
        return invalid(who + " calls " + call.verb + ", which is for the " + std::string(name(known->role)) + " only");
    }
    return {};
  };
  if (auto fine = check(program.setup, 0); !fine) return fine;
  for (std::size_t at = 0; at < program.threads.size(); ++at)
    if (auto fine = check(program.threads[at], at + 1); !fine) return fine;
  for (auto const& [id, option] : program.choices) {
    auto const choice = std::ranges::find(of.choices, id, &subject_choice::id);
    if (choice == of.choices.end()) return invalid(std::string(of.title) + " has no choice called \"" + id.substr(0, 40) + "\"");
    if (std::ranges::find(choice->options, option, &subject_option::id) == choice->options.end())
      return invalid("\"" + option.substr(0, 40) + "\" is no option of " + id);
  }
  return {};
}

auto options_of(subject_program const& program) -> model::options {
  return {.reuse_addresses = program.choice("memory") == "reused"};
}

auto subjects_json() -> std::string {
  json_writer out;
  out.begin_object().member("version", 1).key("limits").begin_object();
  out.member("threads", most_subject_threads).member("operations", most_subject_calls).member("setup", most_subject_calls);
  out.end_object().key("subjects").begin_array();
  for (auto const* each : all) write_subject(out, *each);
  out.end_array().end_object();
  return std::move(out).text();
}

}  // namespace sluice::scenarios
