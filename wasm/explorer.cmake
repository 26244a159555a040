# explorer — the module of the Explore view: the checker on fibers, without threads and without exceptions.
add_library(sluice_explorer STATIC EXCLUDE_FROM_ALL boundary/explorer.cpp)
target_include_directories(sluice_explorer PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")
target_link_libraries(sluice_explorer PUBLIC sluice_scenarios)
sluice_warnings(sluice_explorer)
set_source_files_properties(boundary/explorer.cpp bindings/explorer_module.cpp PROPERTIES COMPILE_OPTIONS -Os)

set(sluice_fiber_options -sASYNCIFY -sASYNCIFY_STACK_SIZE=16384 -sSTACK_SIZE=256KB -sINITIAL_MEMORY=32MB -sALLOW_MEMORY_GROWTH -sMAXIMUM_MEMORY=256MB CACHE INTERNAL "how fibers are linked")

# Only what can be on the stack when fibers change has to be able to leave it and come back; the linker cannot see
# through a call by pointer, so what is never there is named in never_suspends.json.
function(sluice_explorer_module target environment folder)
  add_executable(${target} EXCLUDE_FROM_ALL bindings/explorer_module.cpp)
  target_link_libraries(${target} PRIVATE sluice_explorer)
  sluice_warnings(${target})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME explorer SUFFIX .mjs RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  target_link_options(${target} PRIVATE
    -Oz  # Asyncify's unwinding makes functions half as large again
    -sMODULARIZE -sEXPORT_ES6 -sEXPORT_NAME=createExplorer -sENVIRONMENT=${environment} --no-entry
    -sSTRICT -sFILESYSTEM=0 -sDYNAMIC_EXECUTION=0 -sWASM_BIGINT -sABORTING_MALLOC=0 -sEXPORTED_RUNTIME_METHODS=cwrap
    ${sluice_fiber_options} "-sASYNCIFY_REMOVE=@${CMAKE_CURRENT_SOURCE_DIR}/never_suspends.json")
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND node "${PROJECT_SOURCE_DIR}/web/scripts/lib/place-engine.mjs" "$<TARGET_FILE_DIR:${target}>" explorer "${folder}"
    COMMENT "Placing explorer into ${folder}" VERBATIM)
endfunction()
sluice_explorer_module(explorer web,worker "${PROJECT_SOURCE_DIR}/web/engine")
sluice_explorer_module(explorer_node node "${PROJECT_SOURCE_DIR}/web/engine/node")
