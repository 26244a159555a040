// atomic_aliases — the plain atomics under names that say what they hold.
#pragma once

#include <cstdint>

#include <sluice/atomics/policy.hpp>

namespace sluice {

/// A flag, a number or a pointer that any thread may read and change, for one who comes from Go:
///
///     atomic.Bool     atomic_bool_value        Load, Store       load, store
///     atomic.Int32    atomic_int32             Swap              exchange
///     atomic.Int64    atomic_int64             CompareAndSwap    compare_exchange_strong, which also
///     atomic.Uint32   atomic_uint32                              delivers the value it saw
///     atomic.Uint64   atomic_uint64            Add, And, Or      fetch_add, fetch_and, fetch_or: these
///     atomic.Uintptr  atomic_uintptr                             return the old value; for one that
///     atomic.Pointer  atomic_pointer<T>                          returns the new see atomic_counter
///     atomic.Value    atomic_value<T>, which is more than an alias
///
/// Numbers wrap modulo 2^n, signed ones too.
///
/// Progress   wait-free, as far as the machine's own exchanges are.
/// Order      seq_cst unless another order is given.
/// Threads    Every member may be called by any thread at any time. They are not padded: two that are
///            hot share a line unless something is put between them.
template <class T, atomics_policy Atomics = std_atomics>
using atomic_plain = typename Atomics::template atomic<T>;

using atomic_bool_value = atomic_plain<bool>;
using atomic_int32 = atomic_plain<std::int32_t>;
using atomic_int64 = atomic_plain<std::int64_t>;
using atomic_uint32 = atomic_plain<std::uint32_t>;
using atomic_uint64 = atomic_plain<std::uint64_t>;
using atomic_uintptr = atomic_plain<std::uintptr_t>;

/// Points to an object that it does not own. Who frees what others may still be reading: see `reclaimer`.
template <class T, atomics_policy Atomics = std_atomics>
using atomic_pointer = atomic_plain<T*, Atomics>;

}  // namespace sluice
