# SPDX-License-Identifier: MIT
# Each numbered case of the library is named by a comment in a test, or by what
# runs one: cmake -DTESTS= -DWORDS= -DCASES= -P cases.cmake
# CASES are a letter and the number of the last one: M37.

cmake_minimum_required(VERSION 3.22)
file(READ "${CMAKE_CURRENT_LIST_DIR}/tests.cmake" text)
foreach(word IN LISTS WORDS)
    file(READ "${TESTS}/test_${word}.c" one)
    string(APPEND text "${one}")
endforeach()

set(missing "")
foreach(cases IN LISTS CASES)
    string(SUBSTRING "${cases}" 0 1 letter)
    string(SUBSTRING "${cases}" 1 -1 last)
    foreach(number RANGE 1 ${last})
        if(NOT text MATCHES "[^A-Za-z0-9_]${letter}${number}[^A-Za-z0-9_]")
            string(APPEND missing " ${letter}${number}")
        endif()
    endforeach()
endforeach()
if(missing)
    message(FATAL_ERROR "no test names these cases:${missing}")
endif()
message(STATUS "each case of ${CASES} is named by a test")
