#include <sluice/model/atomics.hpp>

#include <sluice/base/contract.hpp>

namespace sluice::model {

namespace {

// Outside of an exploration, memory comes from where it always comes; aligned enough for anything.
constexpr auto outside_alignment = std::align_val_t{detail::heap::most_alignment};

}  // namespace

auto atomics::engine() -> detail::engine& {
  auto* const engine = detail::engine::current();
  if (engine == nullptr)
    throw misuse("model::atomics",
                 "what belongs to a thread or a program exists in an exploration only");
  return *engine;
}

auto atomics::get(std::size_t size, std::size_t alignment) -> void* {
  auto* const engine = detail::engine::current();
  if (engine == nullptr) return operator new(size, outside_alignment);
  auto* const room = engine->allocate(size, alignment, true);
  if (room == nullptr) throw std::bad_alloc();
  return room;
}

auto atomics::may_free(void const* address) noexcept -> bool {
  auto* const engine = detail::engine::current();
  return engine == nullptr || engine->may_free(address);
}

void atomics::put(void* room) noexcept {
  if (auto* const engine = detail::engine::current()) engine->freed(room);
  else operator delete(room, outside_alignment);
}

}  // namespace sluice::model
