# What `cmake --install` lays down: the headers, every room's static library with the CMake package
# (`find_package(steelyard)`, target steelyard::steelyard), the pkg-config file, the program, its
# manual page and its completions.
# tests/consumer builds against an installation in both ways.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/steelyard)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
get_property(rooms GLOBAL PROPERTY STEELYARD_ROOMS)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/steelyard DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.test.hpp" EXCLUDE PATTERN "test_*.hpp" EXCLUDE
  PATTERN "core/simulation" EXCLUDE)
install(DIRECTORY ${PROJECT_BINARY_DIR}/generated/steelyard
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.pb.h")
install(TARGETS ${rooms} EXPORT steelyard-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT steelyard-targets NAMESPACE steelyard:: DESTINATION ${package_dir})
if(TARGET steelyard)
  install(TARGETS steelyard RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set(manual_dir ${PROJECT_BINARY_DIR}/manual)
  install(FILES ${manual_dir}/steelyard.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${manual_dir}/steelyard
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${manual_dir}/_steelyard DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${manual_dir}/steelyard.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/steelyard-config.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/steelyard-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/cmake/steelyard-config-version.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES
    ${PROJECT_BINARY_DIR}/cmake/steelyard-config.cmake
    ${PROJECT_BINARY_DIR}/cmake/steelyard-config-version.cmake
  DESTINATION ${package_dir})

# The prefix is written relative to the file, so that an installation can be moved. A static
# library stands before those it uses: the reverse of the order in which rooms are declared.
file(RELATIVE_PATH pc_prefix /${pkgconfig_dir} /)
set(pc_libraries "")
foreach(room IN LISTS rooms)
  get_target_property(type ${room} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    string(PREPEND pc_libraries "-l${room} ")
  endif()
endforeach()
configure_file(
  ${PROJECT_SOURCE_DIR}/cmake/steelyard.pc.in ${PROJECT_BINARY_DIR}/cmake/steelyard.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cmake/steelyard.pc DESTINATION ${pkgconfig_dir})
