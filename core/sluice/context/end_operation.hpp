// end_operation — waiting for a context to end, as for any other event.
#pragma once

#include <coroutine>

#include <sluice/context/detail/context_node.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice {

/// What `context::ended` returns; await it, once.
class [[nodiscard]] end_operation {
 public:
  explicit end_operation(detail::context_node* node) noexcept : node_(node) {
    if (node_ != nullptr) node_->hold();
  }
  end_operation(end_operation const&) = delete;
  auto operator=(end_operation const&) -> end_operation& = delete;
  ~end_operation() {
    if (node_ == nullptr) return;
    if (handler_.task != nullptr) node_->remove(handler_);
    node_->let_go();
  }

  [[nodiscard]] auto await_ready() const noexcept -> bool {
    return node_ != nullptr && node_->ended().has_value();
  }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) noexcept -> bool {
    handler_.task = waiting.promise().control;
    handler_.task->suspend_at(waiting, "the end of a context");
    return node_ == nullptr || node_->add(handler_);
  }
  [[nodiscard]] auto await_resume() const noexcept -> errc { return *node_->ended(); }

 private:
  struct wake_task : detail::context_handler {
    wake_task() noexcept : context_handler(&wake_task::ended) {}
    static void ended(context_handler& self) noexcept {
      static_cast<wake_task&>(self).task->schedule();
    }
    task_control* task = nullptr;
  };

  detail::context_node* node_;  // null: the static background, which never ends
  wake_task handler_;
};

}  // namespace sluice
