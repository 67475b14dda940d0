# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/strict.cmake")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "Assertions stay in")
set(CMAKE_C_COMPILER clang)
set(CMAKE_CXX_COMPILER clang++)
set(CMAKE_C_FLAGS_INIT "-O1 -fno-omit-frame-pointer \
-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all")
set(CMAKE_CXX_FLAGS_INIT "${CMAKE_C_FLAGS_INIT}")
set(MAPMARK_FUZZ ON CACHE BOOL "libFuzzer's main() is there")
set(MAPMARK_BENCH OFF CACHE BOOL "Nothing is measured")
set(BUILD_TESTING OFF CACHE BOOL "The other flavours run the tests")
