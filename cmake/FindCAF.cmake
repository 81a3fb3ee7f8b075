#[[
Finds the C++ Actor Framework.

  find_package(CAF [version] COMPONENTS core io openssl)

defines CAF_FOUND, CAF_VERSION and the targets CAF::core, CAF::io and
CAF::openssl. Distributions ship CAF 0.17 without CMake files; a CAF that
brings a CAFConfig.cmake is used as it is when CAF_DIR names it.
]]

if(CAF_DIR)
  find_package(CAF ${CAF_FIND_VERSION} CONFIG QUIET
               COMPONENTS ${CAF_FIND_COMPONENTS})
  if(CAF_FOUND)
    return()
  endif()
endif()

if(NOT CAF_FIND_COMPONENTS)
  set(CAF_FIND_COMPONENTS core io openssl)
endif()

find_path(CAF_INCLUDE_DIR caf/all.hpp HINTS ${CAF_ROOT} PATH_SUFFIXES include)
mark_as_advanced(CAF_INCLUDE_DIR)

set(CAF_VERSION "")
if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" _caf_line
       REGEX "^#define CAF_VERSION [0-9]+")
  if(_caf_line MATCHES "CAF_VERSION ([0-9]+)")
    # The number is major * 10000 + minor * 100 + patch.
    math(EXPR _caf_major "${CMAKE_MATCH_1} / 10000")
    math(EXPR _caf_minor "${CMAKE_MATCH_1} / 100 % 100")
    math(EXPR _caf_patch "${CMAKE_MATCH_1} % 100")
    set(CAF_VERSION "${_caf_major}.${_caf_minor}.${_caf_patch}")
  endif()
endif()

foreach(_caf_component IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${_caf_component}_LIBRARY caf_${_caf_component}
               HINTS ${CAF_ROOT} PATH_SUFFIXES lib)
  mark_as_advanced(CAF_${_caf_component}_LIBRARY)
  if(CAF_${_caf_component}_LIBRARY)
    set(CAF_${_caf_component}_FOUND TRUE)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  CAF
  REQUIRED_VARS CAF_INCLUDE_DIR CAF_VERSION
  VERSION_VAR CAF_VERSION
  HANDLE_COMPONENTS)

if(CAF_FOUND)
  find_package(Threads REQUIRED)
  foreach(_caf_component IN LISTS CAF_FIND_COMPONENTS)
    if(NOT CAF_${_caf_component}_FOUND OR TARGET CAF::${_caf_component})
      continue()
    endif()
    add_library(CAF::${_caf_component} UNKNOWN IMPORTED)
    set_target_properties(
      CAF::${_caf_component} PROPERTIES IMPORTED_LOCATION
                                        "${CAF_${_caf_component}_LIBRARY}")
    # Compilers search /usr/include last and #include_next relies on it:
    # naming it again, as system or not, would break the C headers.
    if(NOT CAF_INCLUDE_DIR STREQUAL "/usr/include")
      set_target_properties(
        CAF::${_caf_component}
        PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
                   INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
    endif()
  endforeach()
  if(TARGET CAF::core)
    set_property(TARGET CAF::core APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                                                  Threads::Threads)
  endif()
  if(TARGET CAF::io)
    set_property(TARGET CAF::io APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                                                CAF::core)
  endif()
  if(TARGET CAF::openssl)
    find_package(OpenSSL REQUIRED)
    set_property(TARGET CAF::openssl APPEND
                 PROPERTY INTERFACE_LINK_LIBRARIES CAF::io OpenSSL::SSL
                          OpenSSL::Crypto)
  endif()
endif()
