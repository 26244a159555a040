#include <sluice/context/detail/node_store.hpp>

#include <new>

namespace sluice::detail {

node_store::~node_store() {
  while (first_ != nullptr) {
    auto* const block = first_;
    first_ = block->next;
    ::operator delete(block);
  }
}

auto node_store::take() -> void* {
  {
    std::lock_guard const hold{lock_};
    if (auto* const block = first_) {
      first_ = block->next;
      --idle_;
      return block;
    }
  }
  return ::operator new(block_);
}

void node_store::give_back(void* block) noexcept {
  {
    std::lock_guard const hold{lock_};
    if (idle_ < capacity_) {
      first_ = ::new (block) free_block{first_};
      ++idle_;
      return;
    }
  }
  ::operator delete(block);
}

auto node_store::idle() const noexcept -> std::size_t {
  std::lock_guard const hold{lock_};
  return idle_;
}

}  // namespace sluice::detail
