# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/strict.cmake")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "Assertions stay in")
