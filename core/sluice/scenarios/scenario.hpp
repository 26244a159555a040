// scenario — a named, parameterised, seeded run of one pattern: the unit that travels.
#pragma once

#include <span>
#include <string_view>

#include <sluice/scenarios/schema.hpp>
#include <sluice/task/task.hpp>

namespace sluice::scenarios {

class rig;

/// Which engine runs it: threads measure, the simulation teaches.
enum class engine_kind : std::uint8_t { threads, sim };

[[nodiscard]] constexpr auto name(engine_kind engine) noexcept -> std::string_view {
  return engine == engine_kind::threads ? "threads" : "sim";
}

/// What a scenario belongs to. A page loads one family at a time: each is a module of its own.
enum class family_kind : std::uint8_t { tasks, pools, flow, lock_free, sync, resilience };

[[nodiscard]] constexpr auto name(family_kind family) noexcept -> std::string_view {
  switch (family) {
    case family_kind::tasks: return "tasks";
    case family_kind::pools: return "pools";
    case family_kind::flow: return "flow";
    case family_kind::lock_free: return "lock-free";
    case family_kind::sync: return "sync";
    case family_kind::resilience: return "resilience";
  }
  return "";
}

/// A queue whose depth is drawn.
struct series {
  std::string_view id;
  std::string_view label;
  std::string_view unit;
  std::string_view capacity;  ///< the parameter that bounds it
};

/// A stage of a pipeline, with its own figures.
struct stage_label {
  std::string_view id;
  std::string_view label;
};

/// Where the Explore view shows every interleaving of what a scenario runs once.
struct explore_link {
  std::string_view subject;  ///< what is explored; empty for nothing
  std::string_view preset;   ///< with which of its settings
};

/// One demo: everything a page, a command line or a document needs to offer and to run it.
/// Lifetime  static: views into literals.
struct scenario {
  std::string_view id;
  family_kind family;           ///< in whose list, and in whose module, it is found
  std::string_view title;
  std::string_view promise;     ///< one line for a card
  std::string_view question;    ///< what a reader can find out with it
  std::string_view group;       ///< the shelf it stands on
  std::string_view group_note;  ///< what the shelf is about
  std::string_view source;      ///< the file with the code between `[show]` marks
  std::string_view item_name;   ///< what is counted: "jobs"
  std::string_view sim_note;    ///< what the simulation leaves out; empty for nothing
  unsigned level = 1;           ///< 1 first steps, 2 working knowledge, 3 deep water
  engine_kind prefers = engine_kind::threads;
  std::span<parameter const> parameters;
  std::span<series const> queues{};
  std::span<stage_label const> stages{};
  std::span<std::string_view const> pictures;
  std::span<std::string_view const> notice;  ///< sentences with {placeholders} for live figures
  std::span<std::string_view const> hero;    ///< the parameters of the small view
  explore_link explore{};

  /// How many workers it wants for these values.
  unsigned (*workers)(values const&);
  /// Runs it on a rig, to its end or until the rig's context ends.
  task<void> (*run)(rig&, values const&);
};

}  // namespace sluice::scenarios
