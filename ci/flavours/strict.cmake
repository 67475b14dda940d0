# SPDX-License-Identifier: MIT
# Included by every flavour: our own builds have no warnings. A probe of the
# compiler may have some, so try_compile is left alone. CMake < 3.24 ignores
# the variable.
get_property(probing GLOBAL PROPERTY IN_TRY_COMPILE)
if(NOT probing)
    set(CMAKE_COMPILE_WARNING_AS_ERROR ON CACHE BOOL "Warnings are errors")
endif()
