# machine — what every object of a build has in common: language, target machine, sanitizers; and which compilers are refused.
include_guard()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(sluice_remedy "Install clang 19 or newer (or GCC 14 or newer), or let `npm start` put one into .toolchain/, and configure a fresh build folder.")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR "g++ ${CMAKE_CXX_COMPILER_VERSION} is refused: it miscompiles coroutines. A capturing lambda or an aggregate that is a temporary "
    "inside a co_await expression is destroyed twice, and `co_await spawn([x] { ... })` is just that. ${sluice_remedy}")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} is too old: Sluice is written in C++23 as clang 19 knows it. ${sluice_remedy}")
endif()

# The same rounding everywhere: a `sim` run has one trace on every machine.
add_compile_options(-ffp-contract=off)

# A report says core/sluice/..., whatever folder Sluice was built in.
add_compile_options("-fmacro-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}/=")

if(EMSCRIPTEN)
  if(SLUICE_WASM_FIBERS)
    # Fibers are made by Asyncify, which goes together neither with exceptions nor with tail calls.
    set(sluice_wasm_flags "")
    add_compile_definitions(SLUICE_WASM_FIBERS=1)
  else()
    # Without tail calls a long chain of coroutines overflows the stack; exceptions and threads change every object.
    set(sluice_wasm_flags -fwasm-exceptions -mtail-call)
    if(SLUICE_WASM_THREADS)
      list(APPEND sluice_wasm_flags -pthread)
    endif()
  endif()
  add_compile_options(${sluice_wasm_flags})
  add_link_options(${sluice_wasm_flags})
else()
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
endif()

if(SLUICE_SANITIZE)
  set(sluice_sanitizer_flags -fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_options(${sluice_sanitizer_flags})
  add_link_options(${sluice_sanitizer_flags})
endif()

if(NOT CMAKE_CROSSCOMPILING AND NOT DEFINED SLUICE_COROUTINES_WORK)
  message(STATUS "Checking that ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} compiles coroutines correctly")
  try_run(sluice_coroutine_exit sluice_coroutine_compiled
    "${CMAKE_BINARY_DIR}/coroutine_check" "${CMAKE_CURRENT_LIST_DIR}/coroutine_check.cpp"
    CXX_STANDARD 23 CXX_STANDARD_REQUIRED ON COMPILE_OUTPUT_VARIABLE sluice_coroutine_output)
  if(NOT sluice_coroutine_compiled)
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} cannot compile C++23 coroutines and <expected>:\n${sluice_coroutine_output}\n${sluice_remedy}")
  elseif(NOT sluice_coroutine_exit EQUAL 0)
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} miscompiles coroutines: temporaries inside a co_await expression are destroyed twice or not at all. ${sluice_remedy}")
  endif()
  set(SLUICE_COROUTINES_WORK TRUE CACHE INTERNAL "the coroutine check has passed")
endif()

# The warnings of this project, for its own targets only; errors for clang, which every change is built with.
function(sluice_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Woverloaded-virtual -Wextra-semi -Wimplicit-fallthrough -Wcast-qual
    $<$<CXX_COMPILER_ID:Clang>:-Wunreachable-code;-Wunused-member-function;-Wmissing-noreturn;-Wheader-hygiene>
    $<$<AND:$<BOOL:${SLUICE_WERROR}>,$<CXX_COMPILER_ID:Clang>>:-Werror>)
endfunction()
