# SPDX-License-Identifier: MIT
# Run at every build: writes to OUTPUT what exactly was built. Touches the file
# only when that has changed.
cmake_minimum_required(VERSION 3.22)
execute_process(
    COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=12
    OUTPUT_VARIABLE id OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
    RESULT_VARIABLE failed)
if(failed)
    set(id "not under version control")
endif()
if(INJECTS) # never to be taken for a build that can be compared
    string(APPEND id "+inject")
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT
"/* Written by the build. */
#define BUILD_ID \"@id@\"
#define BUILD_COMPILER \"@COMPILER@\"
#define BUILD_TYPE \"@TYPE@\"
#define BUILD_FLAGS \"@FLAGS@\"
#define BUILD_BENCHMARK_VERSION \"@BENCHMARK_VERSION@\"
" @ONLY)
