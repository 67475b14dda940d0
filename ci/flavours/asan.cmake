# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/strict.cmake")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "Assertions stay in")
set(flags "-O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
-fno-sanitize-recover=all")
set(CMAKE_C_FLAGS_INIT "${flags}")
# gcc warns about the C++ library's own code when it is instrumented.
set(CMAKE_CXX_FLAGS_INIT "${flags} -Wno-maybe-uninitialized")
