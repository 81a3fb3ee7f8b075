#[[
Finds OpenBLAS with its C interface and the LAPACK inside it.

Defines OpenBLAS_FOUND and the target OpenBLAS::OpenBLAS.
]]

find_path(OpenBLAS_INCLUDE_DIR cblas.h
          PATH_SUFFIXES openblas openblas-pthread
                        ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread)
find_library(OpenBLAS_LIBRARY openblas PATH_SUFFIXES openblas-pthread)
mark_as_advanced(OpenBLAS_INCLUDE_DIR OpenBLAS_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLAS REQUIRED_VARS OpenBLAS_LIBRARY
                                                         OpenBLAS_INCLUDE_DIR)

if(OpenBLAS_FOUND AND NOT TARGET OpenBLAS::OpenBLAS)
  add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
  set_target_properties(OpenBLAS::OpenBLAS PROPERTIES IMPORTED_LOCATION
                                                      "${OpenBLAS_LIBRARY}")
  if(NOT OpenBLAS_INCLUDE_DIR STREQUAL "/usr/include")
    set_target_properties(
      OpenBLAS::OpenBLAS PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
                                    "${OpenBLAS_INCLUDE_DIR}")
  endif()
endif()
