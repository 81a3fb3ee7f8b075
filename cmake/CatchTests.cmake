# One Catch2 program per test folder, one CTest test per TEST_CASE.

find_package(Catch2 REQUIRED)
include(Catch)

# Compiling Catch's main takes long: once for all programs. With Catch2 v3 a
# header by the old name stands in for <catch2/catch.hpp>.
add_library(morph_test_support STATIC
            "${PROJECT_SOURCE_DIR}/tests/support/main.cpp")
if(Catch2_VERSION VERSION_LESS 3)
  target_link_libraries(morph_test_support PUBLIC Catch2::Catch2)
else()
  target_link_libraries(morph_test_support PUBLIC Catch2::Catch2)
  target_include_directories(
    morph_test_support SYSTEM PUBLIC "${PROJECT_SOURCE_DIR}/tests/support/catch3")
endif()
target_include_directories(morph_test_support
                           PUBLIC "${PROJECT_SOURCE_DIR}/tests")
target_compile_definitions(
  morph_test_support
  PUBLIC MORPH_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
         MORPH_PROGRAM_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")

# morph_add_tests(folder libraries...): tests/<folder>/**/*_test.cpp become
# test_<folder>. Cases tagged [slow] get the label slow.
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
  catch_discover_tests(
    ${target}
    TEST_SPEC "~[slow]"
    TEST_PREFIX "${folder}: "
    PROPERTIES TIMEOUT 60 LABELS ${folder})
  catch_discover_tests(
    ${target}
    TEST_SPEC "[slow]"
    TEST_PREFIX "${folder}: "
    PROPERTIES TIMEOUT 300 LABELS "slow")
endfunction()
