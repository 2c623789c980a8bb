# One room of the house: a static library `steelyard_NAME`, its alias `steelyard::NAME`, and its
# unit tests, which stand beside the code. A room links only what it names in USES, so that an
# include against the direction of the arrows fails to link or is caught by the lint test.
#
#   steelyard_room(core
#     SOURCES scheduler.hpp scheduler.cpp
#     TESTS   scheduler.test.cpp
#     USES    steelyard::base steelyard::strategy)
function(steelyard_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;TESTS;USES;TEST_USES" ${ARGN})
  set(target steelyard_${name})
  set(kind PUBLIC)
  set(has_code ${ROOM_SOURCES})
  list(FILTER has_code INCLUDE REGEX "\\.cpp$|\\.proto$")
  if(has_code)
    add_library(${target} STATIC ${ROOM_SOURCES})
    steelyard_warnings(${target})
  else()
    add_library(${target} INTERFACE)
    set(kind INTERFACE)
  endif()
  add_library(steelyard::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${kind} cxx_std_20)
  target_include_directories(${target} ${kind}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} ${kind} ${ROOM_USES})
  set_property(GLOBAL APPEND PROPERTY STEELYARD_ROOMS ${target})
  if(STEELYARD_TESTS AND ROOM_TESTS)
    steelyard_test(${name}_test SOURCES ${ROOM_TESTS} USES steelyard::${name} ${ROOM_TEST_USES})
  endif()
endfunction()

# A GoogleTest program registered with CTest as one test.
function(steelyard_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;USES" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 300)
  endif()
  add_executable(${name} ${TEST_SOURCES})
  steelyard_test_settings(${name})
  target_precompile_headers(${name} REUSE_FROM steelyard_test_headers)
  target_link_libraries(${name} PRIVATE ${TEST_USES} GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT})
endfunction()

# Warnings belong to the presets (STEELYARD_WARNINGS), so that a packager's compiler of another
# year does not fail the build.
function(steelyard_warnings target)
  if(STEELYARD_WARNINGS)
    target_compile_options(${target} PRIVATE
      -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
      # GCC 12 sees overlapping copies in std::string where there are none (GCC bug 105651).
      $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  endif()
endfunction()

# What every test is compiled with; the same for all, or they could not share their headers. The
# code of the tests themselves need not be fast.
function(steelyard_test_settings target)
  steelyard_warnings(${target})
  target_compile_options(${target} PRIVATE
    $<$<CONFIG:Release>:-O1>
    # Without it ccache does not see what a precompiled header was made of.
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  # Programs and libraries have different words for it, and the headers belong to a library.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_link_libraries(${target} PRIVATE GTest::gmock Threads::Threads)
endfunction()

if(STEELYARD_TESTS)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/nothing.cpp CONTENT "")
  add_library(steelyard_test_headers OBJECT ${PROJECT_BINARY_DIR}/nothing.cpp)
  target_compile_features(steelyard_test_headers PUBLIC cxx_std_20)
  steelyard_test_settings(steelyard_test_headers)
  target_precompile_headers(steelyard_test_headers PRIVATE
    <gmock/gmock.h> <gtest/gtest.h>
    <chrono> <functional> <map> <memory> <optional> <string> <vector>)
endif()
