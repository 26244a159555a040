// coroutine_check — exits with 0 when temporaries inside a co_await expression live and die exactly once.
#include <coroutine>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <utility>

namespace {

int alive = 0;

struct counted {
  counted() { ++alive; }
  counted(counted const&) { ++alive; }
  counted(counted&&) noexcept { ++alive; }
  ~counted() { --alive; }
};

struct pair_of_counted {
  counted first;
  std::shared_ptr<int> second;
};

struct job {
  struct promise_type {
    std::coroutine_handle<> next = std::noop_coroutine();
    auto get_return_object() { return job{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    auto initial_suspend() noexcept { return std::suspend_always{}; }
    auto final_suspend() noexcept {
      struct transfer {
        bool await_ready() noexcept { return false; }
        auto await_suspend(std::coroutine_handle<promise_type> self) noexcept { return self.promise().next; }
        void await_resume() noexcept {}
      };
      return transfer{};
    }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  explicit job(std::coroutine_handle<promise_type> handle) : handle_{handle} {}
  job(job&& other) noexcept : handle_{std::exchange(other.handle_, {})} {}
  ~job() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const { return false; }
  auto await_suspend(std::coroutine_handle<> caller) {
    handle_.promise().next = caller;
    return handle_;
  }
  void await_resume() {}
  void start() { handle_.resume(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

template <class F>
job call(F body) {
  body();
  co_return;
}

job call_erased(std::function<void()> body) {
  body();
  co_return;
}

job take(pair_of_counted) { co_return; }

job everything(int& ran) {
  auto shared = std::make_shared<int>(1);
  co_await call([mine = counted{}, shared, &ran] { ran += *shared; });
  co_await call_erased([mine = counted{}, shared, &ran] { ran += *shared; });
  co_await take({counted{}, shared});
  ran += shared.use_count() == 1 ? 1 : 100;
}

}  // namespace

int main() {
  int ran = 0;
  {
    auto all = everything(ran);
    all.start();
  }
  std::expected<int, int> const result = ran;
  return alive == 0 && result.value() == 3 ? 0 : 1;
}
