# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/strict.cmake")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "Assertions stay in")
set(flags "-O1 -fno-omit-frame-pointer -fsanitize=thread")
set(CMAKE_C_FLAGS_INIT "${flags}")
# gcc warns about the C++ library's own code when it is instrumented.
set(CMAKE_CXX_FLAGS_INIT "${flags} -Wno-maybe-uninitialized")

# ThreadSanitizer of gcc 12 expects at most 28 random bits in an address;
# where vm.mmap_rnd_bits is larger, programs abort unless it is switched off.
# A container may forbid that, and then the programs run as they are.
execute_process(COMMAND setarch -R true RESULT_VARIABLE refused OUTPUT_QUIET
                        ERROR_QUIET)
if(refused EQUAL 0)
    set(CMAKE_CROSSCOMPILING_EMULATOR setarch -R)
endif()
