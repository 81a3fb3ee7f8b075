# What every target of this tree is compiled with, none of which is exported:
# warnings, sanitizers, coverage, and the tools that make builds quick.

find_program(MORPH_CCACHE ccache)
if(MORPH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${MORPH_CCACHE}")
endif()

include(CheckLinkerFlag)
foreach(linker IN ITEMS mold lld)
  check_linker_flag(CXX "-fuse-ld=${linker}" MORPH_LINKS_WITH_${linker})
  if(MORPH_LINKS_WITH_${linker})
    add_link_options("-fuse-ld=${linker}")
    break()
  endif()
endforeach()

# Results must not depend on whether the compiler fused a multiply and an add.
add_library(morph_build_options INTERFACE)
target_compile_options(morph_build_options INTERFACE -ffp-contract=off)
if(MORPH_DEVELOPER_MODE)
  target_compile_options(
    morph_build_options INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor)
  # Instrumented code leads g++ to warn of what is not so.
  if(NOT MORPH_SANITIZE)
    target_compile_options(morph_build_options INTERFACE -Werror)
  endif()
endif()

if(MORPH_SANITIZE)
  add_compile_options("-fsanitize=${MORPH_SANITIZE}" -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${MORPH_SANITIZE}")
endif()
if(MORPH_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
