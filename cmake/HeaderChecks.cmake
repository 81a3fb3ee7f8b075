# The target check_headers compiles each public header alone, twice in a row:
# it must bring what it uses and be guarded.

set(check_headers)
set(check_sources)
foreach(layer IN ITEMS graph autodiff transport actors)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS
       RELATIVE "${PROJECT_SOURCE_DIR}"
       "${PROJECT_SOURCE_DIR}/${layer}/*.hpp")
  list(APPEND check_headers ${headers})
endforeach()
file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/include/morph"
     "${PROJECT_SOURCE_DIR}/include/morph/*.hpp")
list(APPEND check_headers ${headers})

foreach(header IN LISTS check_headers)
  set(source "${PROJECT_BINARY_DIR}/check_headers/${header}.cpp")
  file(CONFIGURE OUTPUT "${source}"
       CONTENT "#include <morph/@header@>\n#include <morph/@header@>\n" @ONLY)
  list(APPEND check_sources "${source}")
endforeach()

# Two types of one name meet where all headers do.
list(TRANSFORM check_headers REPLACE "(.+)" "#include <morph/\\1>")
list(JOIN check_headers "\n" together)
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/check_headers/together.cpp"
     CONTENT "@together@\n" @ONLY)
list(APPEND check_sources "${PROJECT_BINARY_DIR}/check_headers/together.cpp")

add_library(check_headers OBJECT EXCLUDE_FROM_ALL ${check_sources})
target_compile_options(check_headers PRIVATE -O0 -g0)
target_link_libraries(check_headers PRIVATE metalmorphosis::asio
                                            morph_build_options)
