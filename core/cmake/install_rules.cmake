# install_rules — after `cmake --install`, find_package(Sluice) gives Sluice::sluice and its companions.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(sluice_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Sluice")
install(TARGETS sluice sluice_observed sluice_scenarios sluice_scenarios_observed EXPORT SluiceTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/sluice" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(EXPORT SluiceTargets NAMESPACE Sluice:: DESTINATION "${sluice_package_dir}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/SluiceConfig.cmake.in" "${CMAKE_CURRENT_BINARY_DIR}/SluiceConfig.cmake" INSTALL_DESTINATION "${sluice_package_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/SluiceConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/SluiceConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/SluiceConfigVersion.cmake" DESTINATION "${sluice_package_dir}")
