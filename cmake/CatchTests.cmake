# One Catch2 program per test folder, one CTest test per TEST_CASE.

find_package(Catch2 REQUIRED)
include(Catch)

# Compiling Catch's main takes long: once for all programs. With Catch2 v3 a
# header by the old name stands in for <catch2/catch.hpp>.
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.cpp")
add_library(morph_test_support STATIC ${sources})
target_link_libraries(morph_test_support PUBLIC Catch2::Catch2
                      PRIVATE morph_build_options)
target_include_directories(morph_test_support
                           PUBLIC "${PROJECT_SOURCE_DIR}/tests")
if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
  target_include_directories(
    morph_test_support SYSTEM
    PUBLIC "${PROJECT_SOURCE_DIR}/tests/support/catch3")
endif()
target_compile_definitions(
  morph_test_support
  PUBLIC MORPH_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
         MORPH_PROGRAM_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")

if(MORPH_SANITIZE)
  set(test_timeout 300)
  set(slow_test_timeout 1200)
else()
  set(test_timeout 60)
  set(slow_test_timeout 300)
endif()

# morph_add_tests(folder libraries...): tests/<folder>/**/*_test.cpp become
# test_<folder>. Cases tagged [slow] get the label slow; those tagged [serial]
# run alone. A slow case that lacks its data says "skipped:" and counts as such.
function(morph_add_tests folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
       "${PROJECT_SOURCE_DIR}/tests/${folder}/*_test.cpp")
  if(NOT sources)
    return()
  endif()
  set(target test_${folder})
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${ARGN} morph_test_support
                                          morph_build_options)
  # A name that Catch reads as a pattern of nothing must not pass.
  set(common TEST_PREFIX "${folder}: " EXTRA_ARGS --warn NoTests PROPERTIES)
  catch_discover_tests(${target} TEST_SPEC "~[slow]~[serial]" ${common}
                       TIMEOUT ${test_timeout} LABELS ${folder})
  catch_discover_tests(${target} TEST_SPEC "[serial]~[slow]" ${common}
                       TIMEOUT ${test_timeout} LABELS ${folder} RUN_SERIAL ON)
  catch_discover_tests(${target} TEST_SPEC "[slow]" ${common}
                       TIMEOUT ${slow_test_timeout} LABELS slow
                       SKIP_REGULAR_EXPRESSION "skipped: ")
endfunction()
