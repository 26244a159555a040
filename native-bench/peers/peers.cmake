# peers — what others have written for the same purpose, measured beside ours where this machine has it. Never fetched.
include_guard()

# One file per library: its name, the libraries to link, with commas between them, or -, and the header that tells that it
# is here.
set(sluice_peer_headers
  "moodycamel|-|concurrentqueue/moodycamel/concurrentqueue.h|concurrentqueue/concurrentqueue.h|concurrentqueue.h"
  "atomic_queue|-|atomic_queue/atomic_queue.h"
  "boost_lockfree|-|boost/lockfree/queue.hpp"
  "xenium|-|xenium/vyukov_bounded_queue.hpp"
  "tbb|tbb|oneapi/tbb/concurrent_queue.h"
  "cds|cds|cds/container/vyukov_mpmc_cycle_queue.h"
  "boost_fiber|boost_fiber,boost_context|boost/fiber/fiber.hpp")

# Compiles the peers that are found into the program, and tells it which they are.
function(sluice_add_peers program)
  set(found "")
  set(declarations "")
  set(calls "")
  foreach(entry IN LISTS sluice_peer_headers)
    string(REPLACE "|" ";" words "${entry}")
    list(POP_FRONT words peer libraries)
    string(REGEX MATCHALL "[A-Za-z_]+" libraries "${libraries}")
    set(links "")
    set(complete TRUE)
    foreach(library IN LISTS libraries)
      find_library(SLUICE_PEER_${library} ${library})  # not its package: a broken one must not stop a build that can do without
      if(SLUICE_PEER_${library})
        list(APPEND links "${SLUICE_PEER_${library}}")
      else()
        set(complete FALSE)
      endif()
    endforeach()
    if(NOT complete)
      continue()
    endif()
    foreach(header IN LISTS words)
      string(MAKE_C_IDENTIFIER "SLUICE_${header}_FOLDER" folder)
      find_path(${folder} "${header}")
      if(${folder})
        list(APPEND found ${peer})
        target_include_directories(${program} SYSTEM PRIVATE "${${folder}}")
        string(APPEND declarations "void add_${peer}_workloads(workload_list& to);\n")
        string(APPEND calls "  add_${peer}_workloads(to);\n")
        target_sources(${program} PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${peer}_peer.cpp")
        set_source_files_properties("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${peer}_peer.cpp" PROPERTIES
          COMPILE_DEFINITIONS "SLUICE_PEER_HEADER=<${header}>")
        target_link_libraries(${program} PRIVATE ${links})
        break()
      endif()
    endforeach()
  endforeach()
  if(found)
    list(JOIN found ", " text)
    message(STATUS "native-bench: peers found: ${text}")
    set(parameter " to")
  else()
    message(STATUS "native-bench: no peers found; it measures Sluice, and Go where that is installed")
    set(parameter "")
  endif()
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/generated/peers_found.cpp" CONTENT
[[// peers_found — which peers this program was built with.
#include "micro/workload.hpp"

namespace sluice::bench {

@declarations@
void add_peer_workloads(workload_list&@parameter@) {
@calls@}

}  // namespace sluice::bench
]] @ONLY)
  target_sources(${program} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/generated/peers_found.cpp")
endfunction()
