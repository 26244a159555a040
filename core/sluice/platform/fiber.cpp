#include <sluice/platform/fiber.hpp>

#include <cstdint>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLUICE_FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define SLUICE_FIBER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SLUICE_FIBER_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define SLUICE_FIBER_TSAN 1
#endif

#if defined(__EMSCRIPTEN__)
#if defined(SLUICE_WASM_FIBERS)
#include <emscripten/fiber.h>
#endif
#else
#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>
#if defined(__linux__) && defined(__x86_64__) && !defined(SLUICE_FIBER_ASAN) && \
    !defined(SLUICE_FIBER_TSAN)
#define SLUICE_FIBER_ASSEMBLY 1
#else
#include <ucontext.h>
#endif
#if defined(SLUICE_FIBER_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(SLUICE_FIBER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif
#endif

namespace sluice::platform {

#if defined(__EMSCRIPTEN__) && !defined(SLUICE_WASM_FIBERS)

struct fiber::body {};

#elif defined(__EMSCRIPTEN__)

// What Asyncify saves of a stack while another one runs.
constexpr std::size_t unwound_bytes = 16 * 1024;

struct fiber::body {
  explicit body(std::size_t stack_bytes)
      : size(stack_bytes),
        stack(stack_bytes == 0 ? nullptr : new (std::align_val_t{16}) char[stack_bytes]),
        unwound(new char[unwound_bytes]) {
    if (stack == nullptr) emscripten_fiber_init_from_current_context(&context, unwound, unwound_bytes);
  }
  ~body() {
    if (stack != nullptr) operator delete[](stack, std::align_val_t{16});
    delete[] unwound;
  }

  void restart(void (*entry)(void*), void* argument) {
    emscripten_fiber_init(&context, entry, argument, stack, size, unwound, unwound_bytes);
  }
  void switch_to(body& next) { emscripten_fiber_swap(&context, &next.context); }
  void arrived() noexcept {}

  emscripten_fiber_t context{};
  std::size_t size;
  char* stack;
  char* unwound;
};

#else

#if defined(SLUICE_FIBER_ASSEMBLY)

// swapcontext makes two system calls a switch, for a signal mask that never changes here: some 350 ns
// where the switch itself takes 3. What a function may expect to find unchanged after a call is all
// that has to be kept.
extern "C" void sluice_switch_stack(void** from, void* to) noexcept;
extern "C" void sluice_begin_on_stack() noexcept;
__asm__(R"(
  .text
  .p2align 4
  .globl sluice_switch_stack
  .hidden sluice_switch_stack
  .type sluice_switch_stack, @function
sluice_switch_stack:
  .cfi_startproc
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .cfi_endproc
  .size sluice_switch_stack, . - sluice_switch_stack

  .p2align 4
  .globl sluice_begin_on_stack
  .hidden sluice_begin_on_stack
  .type sluice_begin_on_stack, @function
sluice_begin_on_stack:
  .cfi_startproc
  .cfi_undefined rip
  movq %r12, %rdi
  callq *%r13
  ud2
  .cfi_endproc
  .size sluice_begin_on_stack, . - sluice_begin_on_stack
)");

#endif

/// The runtime keeps the exceptions that are being handled in one list a thread; each stack needs
/// its own, or a switch inside a handler would mix them up.
struct handled_exceptions {
  void* caught = nullptr;
  unsigned uncaught = 0;
};

struct fiber::body {
  explicit body(std::size_t wanted) {
    if (wanted == 0) return;
    auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    size = (wanted + page - 1) / page * page + page;
    auto* const room = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) throw std::bad_alloc();
    stack = static_cast<char*>(room);
    ::mprotect(stack, page, PROT_NONE);  // a stack that overflows ends the program here
    usable = stack + page;
  }
  ~body() {
#if defined(SLUICE_FIBER_TSAN)
    if (stack != nullptr && shadow != nullptr) __tsan_destroy_fiber(shadow);
#endif
    if (stack != nullptr) ::munmap(stack, size);
  }

  void restart(void (*entry)(void*), void* argument) {
    exceptions = {};
#if defined(SLUICE_FIBER_TSAN)
    if (shadow != nullptr) __tsan_destroy_fiber(shadow);
    shadow = __tsan_create_fiber(0);
#endif
#if defined(SLUICE_FIBER_ASSEMBLY)
    auto** top = reinterpret_cast<void**>(stack + size);
    *--top = nullptr;  // keeps the stack aligned, and ends a walk up it
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(&sluice_begin_on_stack);
    *--top = nullptr;                          // rbp
    *--top = nullptr;                          // rbx
    *--top = argument;                         // r12
    *--top = reinterpret_cast<void*>(entry);   // r13
    *--top = nullptr;                          // r14
    *--top = nullptr;                          // r15
    pointer = top;
#else
    begin_ = entry;
    argument_ = argument;
    ::getcontext(&context);
    context.uc_stack.ss_sp = usable;
    context.uc_stack.ss_size = static_cast<std::size_t>(stack + size - usable);
    context.uc_link = nullptr;
    // makecontext passes ints only, so the pointer travels as two of them.
    auto const bits = reinterpret_cast<std::uintptr_t>(this);
    ::makecontext(&context, reinterpret_cast<void (*)()>(&begin), 2, static_cast<unsigned>(bits >> 32),
                  static_cast<unsigned>(bits));
#endif
  }

  void switch_to(body& next) {
    auto& of_thread = *reinterpret_cast<handled_exceptions*>(abi::__cxa_get_globals());
    exceptions = of_thread;
    of_thread = next.exceptions;
#if defined(SLUICE_FIBER_ASSEMBLY)
    sluice_switch_stack(&pointer, next.pointer);
#else
#if defined(SLUICE_FIBER_ASAN)
    __sanitizer_start_switch_fiber(&fake_stack, next.bottom(), next.length());
#endif
#if defined(SLUICE_FIBER_TSAN)
    if (shadow == nullptr) shadow = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(next.shadow, 0);
#endif
    previous_of(next) = this;
    ::swapcontext(&context, &next.context);
    arrived();
#endif
  }

  void arrived() noexcept {
#if defined(SLUICE_FIBER_ASAN)
    void const* bottom_of_other = nullptr;
    std::size_t length_of_other = 0;
    __sanitizer_finish_switch_fiber(fake_stack, &bottom_of_other, &length_of_other);
    if (previous != nullptr && previous->stack == nullptr) {  // the thread's own stack: learnt here
      previous->usable = static_cast<char*>(const_cast<void*>(bottom_of_other));
      previous->own_length = length_of_other;
    }
#endif
  }

#if !defined(SLUICE_FIBER_ASSEMBLY)
  static void begin(unsigned high, unsigned low) {
    auto* const self = reinterpret_cast<body*>((std::uintptr_t{high} << 32) | low);
    self->begin_(self->argument_);
  }
  static auto previous_of(body& next) noexcept -> body*& { return next.previous; }
  [[nodiscard]] auto bottom() const noexcept -> void const* { return usable; }
  [[nodiscard]] auto length() const noexcept -> std::size_t {
    return stack == nullptr ? own_length : static_cast<std::size_t>(stack + size - usable);
  }

  ucontext_t context{};
  void (*begin_)(void*) = nullptr;
  void* argument_ = nullptr;
  body* previous = nullptr;
  void* fake_stack = nullptr;
  void* shadow = nullptr;
  std::size_t own_length = 0;
#else
  void* pointer = nullptr;
#endif
  char* stack = nullptr;
  char* usable = nullptr;
  std::size_t size = 0;
  handled_exceptions exceptions;
};

#endif

#if defined(__EMSCRIPTEN__) && !defined(SLUICE_WASM_FIBERS)

fiber::fiber() = default;
fiber::fiber(std::size_t) {}
fiber::~fiber() = default;
void fiber::restart(void (*)(void*), void*) {}
void fiber::switch_to(fiber&) {}
void fiber::arrived() noexcept {}

#else

fiber::fiber() : body_(std::make_unique<body>(0)) {}
fiber::fiber(std::size_t stack_bytes) : body_(std::make_unique<body>(stack_bytes)) {}
fiber::~fiber() = default;
void fiber::restart(void (*entry)(void*), void* argument) { body_->restart(entry, argument); }
void fiber::switch_to(fiber& next) { body_->switch_to(*next.body_); }
void fiber::arrived() noexcept { body_->arrived(); }

#endif

}  // namespace sluice::platform
