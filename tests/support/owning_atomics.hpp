// owning_atomics — the checker's atomics, with locks that soon belong to the thread that takes them.
#pragma once

#include <sluice/atomics/lock_bias.hpp>
#include <sluice/model/atomics.hpp>

namespace support {

/// Two threads can own locks, two at a time, from the second time in a row on.
struct owning_atomics : sluice::model::atomics {};

}  // namespace support

template <>
struct sluice::usual_bias_of<support::owning_atomics> {
  using type = lock_bias<support::owning_atomics, 2, 2, 1>;
};
