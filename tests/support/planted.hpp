// planted — bugs that the checker must catch, and what is right beside them.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include <sluice/model/explore.hpp>
#include <sluice/platform/fiber.hpp>

#define SLUICE_NEEDS_FIBERS() \
  if (!::sluice::platform::has_fibers) SKIP("nothing can be explored without fibers")

namespace support {

template <class T>
auto value_of(sluice::model::cell<T> const& memory) -> T {
  return memory.read([](T const& value) { return value; });
}
template <class T>
void set(sluice::model::cell<T>& memory, std::type_identity_t<T> value) {
  memory.write([&](T& room) { room = value; });
}

/// A bug is caught when the checker reports it, names the culprits, and shows it again on request.
inline void caught(sluice::model::program const& bug, sluice::model::fault expected, std::initializer_list<std::string_view> culprits,
            sluice::model::options how = {}) {
  auto const found = sluice::model::explore(bug, how);
  INFO(found.first_failure);
  CHECK(sluice::model::name(found.found) == sluice::model::name(expected));
  CHECK(found.failures == 1);
  CHECK_FALSE(found.complete);
  for (auto const culprit : culprits) {
    INFO("in the report should stand: " << culprit);
    CHECK(found.first_failure.find(culprit) != std::string::npos);
  }
  auto const again = sluice::model::replay(bug, found.choices, how);
  CHECK(sluice::model::name(again.found) == sluice::model::name(expected));
  CHECK(again.text() == found.first_failure);
}

/// What is right passes, and not because nothing happened.
inline void passes(sluice::model::program const& right, sluice::model::options how = {}) {
  auto const found = sluice::model::explore(right, how);
  INFO(found.first_failure);
  CHECK(found.complete);
  CHECK(found.failures == 0);
  CHECK(found.bound.empty());
  CHECK(found.executions > 1);
}

}  // namespace support
