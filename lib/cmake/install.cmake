# SPDX-License-Identifier: MIT
# Installs the library, its headers and what other builds find it by.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/mapmark")
install(TARGETS mapmark EXPORT mapmark)
install(DIRECTORY include/mapmark TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(EXPORT mapmark NAMESPACE mapmark:: FILE mapmark-config.cmake
        DESTINATION "${package_dir}")
write_basic_package_version_file(mapmark-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/mapmark-config-version.cmake"
        DESTINATION "${package_dir}")

# Relative to the file itself, so that the installed tree can be moved.
file(RELATIVE_PATH prefix_from_pkgconfig "/${CMAKE_INSTALL_LIBDIR}/pkgconfig"
     "/")
configure_file(cmake/mapmark.pc.in mapmark.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/mapmark.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" TYPE DOC)
