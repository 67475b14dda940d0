# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/strict.cmake")
set(CMAKE_BUILD_TYPE Release CACHE STRING "What measurements are made with")
