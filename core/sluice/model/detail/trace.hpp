// trace — what happened in one execution, step by step, for a reader.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sluice/model/code_location.hpp>
#include <sluice/model/detail/graph.hpp>

namespace sluice::model {

/// What a step does.
enum class step_kind : std::uint8_t {
  call, returned, load, store, update, fence, read, write,
  allocate, free, lock, unlock, park, unpark, spin, fault, note
};

/// How to read the bits of a value.
enum class value_kind : std::uint8_t { signed_number, unsigned_number, boolean, pointer, bits };

/// One step of an execution.
struct step {
  unsigned thread = 0;
  step_kind kind = step_kind::note;
  std::string text;           ///< in words, as in `atomic 3.load(acquire) = 7`
  std::string object;         ///< what it was done to; empty where there is none
  std::string value;          ///< what the object holds after it, or what was read
  std::string order;          ///< the memory order; empty where there is none
  std::int64_t from = -1;     ///< the step whose store was read; -1 for none
  std::int64_t object_id = -1;  ///< the same for the same object
  std::uint32_t place = 0;    ///< of the store in the object's modification order
  bool stale = false;         ///< a newer store existed
  bool is_newest = false;     ///< a store that comes last in the object's modification order
  code_location where{};
};

}  // namespace sluice::model
