# choose_compiler — before project(): clang 19 or newer from PATH, else the one in .toolchain/.
# A compiler named with -DCMAKE_CXX_COMPILER or CXX is left alone, and checked in machine.cmake.
if(CMAKE_TOOLCHAIN_FILE OR DEFINED CACHE{CMAKE_CXX_COMPILER} OR CMAKE_CXX_COMPILER)
  set(sluice_compiler_is_given TRUE)
endif()

include("${CMAKE_CURRENT_LIST_DIR}/../../.toolchain/native.cmake" OPTIONAL)
if(NOT sluice_compiler_is_given AND NOT DEFINED ENV{CXX})
  if(SLUICE_TOOLCHAIN_CXX AND EXISTS "${SLUICE_TOOLCHAIN_CXX}")
    set(CMAKE_CXX_COMPILER "${SLUICE_TOOLCHAIN_CXX}")
  else()
    find_program(SLUICE_CLANG NAMES clang++-23 clang++-22 clang++-21 clang++-20 clang++-19)
    if(SLUICE_CLANG)
      set(CMAKE_CXX_COMPILER "${SLUICE_CLANG}")
    endif()
  endif()
endif()
