# Installation, find_package(metalmorphosis) and pkg-config.

include(CMakePackageConfigHelpers)

set(layers graph autodiff transport actors)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/metalmorphosis")

foreach(layer IN LISTS layers)
  install(
    DIRECTORY "${PROJECT_SOURCE_DIR}/${layer}"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/morph"
    FILES_MATCHING
    PATTERN "*.hpp")
  install(TARGETS morph_${layer} EXPORT metalmorphosis)
endforeach()
install(TARGETS morph_asio EXPORT metalmorphosis)
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/include/"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING
  PATTERN "*.hpp")
if(TARGET morph)
  install(TARGETS morph)
endif()

install(
  EXPORT metalmorphosis
  FILE metalmorphosis-targets.cmake
  NAMESPACE metalmorphosis::
  DESTINATION "${package_dir}")
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/metalmorphosis-config.cmake.in"
  "${PROJECT_BINARY_DIR}/metalmorphosis-config.cmake"
  INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/metalmorphosis-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/metalmorphosis-config.cmake"
        "${PROJECT_BINARY_DIR}/metalmorphosis-config-version.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/FindOpenBLAS.cmake"
  DESTINATION "${package_dir}")

# Static archives leave it to whoever links them to name what they use.
set(pc_private "-lcaf_openssl -lcaf_io -lcaf_core -lopenblas -pthread ${MORPH_LINK_URING}")
set(pc_requires "libpng libcrypto libssl")
if(BUILD_SHARED_LIBS)
  set(pc_link "Requires.private: ${pc_requires}")
else()
  set(pc_link "Requires: ${pc_requires}")
endif()
string(REGEX REPLACE "[^/]+" ".." pc_prefix "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
configure_file("${PROJECT_SOURCE_DIR}/cmake/metalmorphosis.pc.in"
               "${PROJECT_BINARY_DIR}/metalmorphosis.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/metalmorphosis.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
