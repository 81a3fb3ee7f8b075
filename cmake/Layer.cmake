# One layer is one top-level folder and one library, metalmorphosis::<layer>.
# Adding a source or a header to the folder needs no edit here.

set(MORPH_INCLUDE_DIR "${PROJECT_BINARY_DIR}/include")
file(MAKE_DIRECTORY "${MORPH_INCLUDE_DIR}/morph")

# Lets <morph/NAME/...> read the same in this tree as after installation.
function(morph_link_headers name folder)
  file(MAKE_DIRECTORY "${folder}")
  file(CREATE_LINK "${folder}" "${MORPH_INCLUDE_DIR}/morph/${name}" SYMBOLIC)
endfunction()

# Kernels are compiled for speed in every configuration but instrumented ones,
# where that takes minutes. Nothing here may change a result: no -ffast-math,
# no contraction.
function(morph_optimise_kernels)
  if(MORPH_SANITIZE OR MORPH_COVERAGE)
    set(level "-O1")
  else()
    set(level "-O3")
  endif()
  set_source_files_properties(
    ${ARGN}
    PROPERTIES COMPILE_OPTIONS
               "${level};-fno-math-errno;-fno-trapping-math;-ffp-contract=off")
endfunction()

# morph_add_layer(name PUBLIC targets... PRIVATE targets...)
function(morph_add_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PUBLIC;PRIVATE")
  set(folder "${PROJECT_SOURCE_DIR}/${name}")
  morph_link_headers(${name} "${folder}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  file(GLOB_RECURSE kernels CONFIGURE_DEPENDS "${folder}/kernels/*.cpp")
  set(target morph_${name})
  add_library(${target} ${sources})
  add_library(metalmorphosis::${name} ALIAS ${target})
  set_target_properties(
    ${target} PROPERTIES EXPORT_NAME ${name} VERSION ${PROJECT_VERSION}
                         SOVERSION 0)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(
    ${target}
    PUBLIC ${arg_PUBLIC}
    PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:morph_build_options>)
  target_include_directories(
    ${target}
    PUBLIC "$<BUILD_INTERFACE:${MORPH_INCLUDE_DIR}>"
           "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  if(kernels)
    morph_optimise_kernels(${kernels})
  endif()
endfunction()
