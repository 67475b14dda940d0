# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/strict.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/mingw.cmake")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "Assertions stay in")
string(APPEND CMAKE_C_FLAGS_INIT " -O1")
string(APPEND CMAKE_CXX_FLAGS_INIT " -O1")

# cmocka and Google Benchmark for this system.
execute_process(
    COMMAND "${CMAKE_CURRENT_LIST_DIR}/../mingw" --prefix
    OUTPUT_VARIABLE prefix
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT EXISTS "${prefix}")
    message(FATAL_ERROR "cmocka and Google Benchmark are not built for "
                        "Windows yet: run ci/mingw first")
endif()
list(APPEND CMAKE_FIND_ROOT_PATH "${prefix}")
# Of zlib as well: a program needs no DLL but ours.
set(ZLIB_USE_STATIC_LIBS ON)

set(CMAKE_CROSSCOMPILING_EMULATOR
    "${CMAKE_CURRENT_LIST_DIR}/../wine" --test)
