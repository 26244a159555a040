#include <sluice/model/litmus.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <sluice/base/contract.hpp>

namespace sluice::model {

namespace {

constexpr std::string_view places = "xyz";

[[noreturn]] void unreadable(std::string_view part, std::string_view why) {
  throw misuse("model::litmus", "\"" + std::string(part) + "\": " + std::string(why));
}

auto trimmed(std::string_view text) -> std::string_view {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

auto split(std::string_view text, std::string_view by) -> std::vector<std::string_view> {
  std::vector<std::string_view> parts;
  for (;;) {
    auto const at = text.find(by);
    parts.push_back(trimmed(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + by.size());
  }
}

auto number(std::string_view text, std::string_view part) -> int {
  if (text.empty() || text.size() > 4 || text.find_first_not_of("0123456789") != std::string_view::npos)
    unreadable(part, "a value is a number from 0 to 9999");
  int value = 0;
  for (auto const digit : text) value = value * 10 + (digit - '0');
  return value;
}

class reader {
 public:
  explicit reader(litmus& into) : test_(into) {}

  auto operation(std::string_view part) -> litmus::operation {
    litmus::operation made;
    auto const dot = part.rfind('.');
    if (dot == std::string_view::npos) unreadable(part, "an order is missing, as in \"Wx=1.rlx\"");
    order(part.substr(dot + 1), made, part);
    auto body = part.substr(0, dot);
    if (body == "F") {
      if (!made.atomic) unreadable(part, "a fence is atomic");
      made.what = litmus::verb::fence;
      return made;
    }
    if (body.size() > 3 && body[1] == '=' && (body[2] == 'R' || body[2] == 'U')) {
      made.into = register_of(body[0], part);
      body.remove_prefix(2);
    }
    if (body.size() < 2 || places.find(body[1]) == std::string_view::npos)
      unreadable(part, "an operation is W, R, U or F, on x, y or z");
    made.location = static_cast<std::uint8_t>(places.find(body[1]));
    auto const rest = body.substr(2);
    if (body[0] == 'R' && rest.empty() && made.into >= 0) {
      made.what = litmus::verb::load;
    } else if (body[0] == 'W' && rest.size() >= 2 && rest[0] == '=') {
      made.what = litmus::verb::store;
      if (rest[1] >= 'a' && rest[1] <= 'w') made.from = register_of(rest[1], part);
      else made.value = number(rest.substr(1), part);
    } else if (body[0] == 'U' && rest.starts_with(":=") && made.into >= 0) {
      made.what = litmus::verb::exchange;
      made.value = number(rest.substr(2), part);
    } else if (body[0] == 'U' && rest.starts_with("+") && made.into >= 0) {
      made.what = litmus::verb::add;
      made.value = number(rest.substr(1), part);
    } else {
      unreadable(part, "an operation is as in Wx=1, a=Rx, a=Ux:=1, a=Ux+1 or F");
    }
    if (!made.atomic && made.what != litmus::verb::store && made.what != litmus::verb::load)
      unreadable(part, "only loads and stores can be not atomic");
    test_.used[made.location] = true;
    if (!made.atomic) test_.plain[made.location] = true;
    return made;
  }

 private:
  static void order(std::string_view text, litmus::operation& into, std::string_view part) {
    if (text == "na") into.atomic = false;
    else if (text == "rlx") into.order = std::memory_order_relaxed;
    else if (text == "acq") into.order = std::memory_order_acquire;
    else if (text == "rel") into.order = std::memory_order_release;
    else if (text == "ar") into.order = std::memory_order_acq_rel;
    else if (text == "sc") into.order = std::memory_order_seq_cst;
    else unreadable(part, "an order is na, rlx, acq, rel, ar or sc");
  }
  auto register_of(char name, std::string_view part) -> std::int8_t {
    if (name < 'a' || name > 'w') unreadable(part, "a register is a letter from a to w");
    auto at = test_.registers.find(name);
    if (at == std::string::npos) {
      at = test_.registers.size();
      test_.registers += name;
    }
    return static_cast<std::int8_t>(at);
  }

  litmus& test_;
};

/// What all threads of one execution share.
struct world {
  explicit world(litmus const& of) {
    for (std::size_t at = 0; at < 3; ++at) {
      if (!of.used[at]) continue;
      if (of.plain[at]) plain[at].emplace(std::in_place, 0);
      else shared[at].emplace(0);
    }
  }
  std::array<std::optional<atomic<int>>, 3> shared;
  std::array<std::optional<cell<int>>, 3> plain;
  std::array<int, 24> registers{};
};

void perform(litmus::operation const& each, world& all) {
  auto const value = each.from >= 0 ? all.registers[static_cast<std::size_t>(each.from)] : each.value;
  auto const keep = [&](int read) {
    if (each.into >= 0) all.registers[static_cast<std::size_t>(each.into)] = read;
  };
  if (each.what == litmus::verb::fence) return atomics::fence(each.order);
  if (auto& plain = all.plain[each.location]) {
    if (each.what == litmus::verb::store) plain->write([&](int& room) { room = value; });
    else keep(plain->read([](int const& room) { return room; }));
    return;
  }
  auto& shared = *all.shared[each.location];
  switch (each.what) {
    case litmus::verb::store: return shared.store(value, each.order);
    case litmus::verb::load: return keep(shared.load(each.order));
    case litmus::verb::exchange: return keep(shared.exchange(value, each.order));
    default: return keep(shared.fetch_add(value, each.order));
  }
}

}  // namespace

auto litmus::parse(std::string_view text) -> litmus {
  std::string plain(text);
  constexpr std::string_view bars = "\xe2\x80\x96";
  for (auto at = plain.find(bars); at != std::string::npos; at = plain.find(bars))
    plain.replace(at, bars.size(), "||");
  litmus test;
  reader read(test);
  for (auto const thread : split(plain, "||")) {
    auto& fresh = test.threads.emplace_back();
    for (auto const part : split(thread, ";"))
      if (!part.empty()) fresh.push_back(read.operation(part));
  }
  if (test.threads.size() >= max_threads)
    unreadable(text, "at most " + std::to_string(max_threads - 1) + " threads");
  for (auto const& thread : test.threads)
    for (auto const& each : thread)
      if (each.what != verb::fence && each.atomic && test.plain[each.location])
        unreadable(text, "a location is atomic everywhere or nowhere");
  return test;
}

auto as_program(litmus test, std::function<void(execution&, std::string)> outcome) -> program {
  return [test = std::move(test), outcome = std::move(outcome)](execution& run) {
    world all(test);
    for (std::size_t at = 0; at < 3; ++at)
      if (all.shared[at]) run.name(*all.shared[at], places.substr(at, 1));
    for (auto const& thread : test.threads)
      run.thread([&all, &thread] {
        for (auto const& each : thread) perform(each, all);
      });
    run.join();
    std::string text;
    auto const add = [&](char name, int value) {
      if (!text.empty()) text += ", ";
      text += name;
      text += '=' + std::to_string(value);
    };
    for (std::size_t at = 0; at < test.registers.size(); ++at) add(test.registers[at], all.registers[at]);
    for (std::size_t at = 0; at < 3; ++at)
      if (all.shared[at]) add(places[at], all.shared[at]->load(std::memory_order_relaxed));
    outcome(run, std::move(text));
  };
}

auto run(litmus const& test) -> litmus_result {
  litmus_result result;
  exploration whole(as_program(test,
                               [&](execution& run, std::string text) {
                                 auto const [at, first] = result.outcomes.try_emplace(std::move(text), 0);
                                 if (++at->second; first) result.choices[at->first] = run.choices();
                               }),
                    {.stop_at_failure = false});
  while (whole.advance()) {
  }
  result.explored = whole.so_far();
  return result;
}

auto agrees(std::string_view outcome, std::string_view wanted) -> bool {
  auto const has = split(outcome, ",");
  return std::ranges::any_of(split(wanted, "|"), [&](std::string_view alternative) {
    return std::ranges::all_of(split(alternative, ","), [&](std::string_view each) {
      return std::ranges::find(has, each) != has.end();
    });
  });
}

auto litmus_result::allows(std::string_view wanted) const -> bool {
  return std::ranges::any_of(outcomes, [&](auto const& each) { return agrees(each.first, wanted); });
}

}  // namespace sluice::model
