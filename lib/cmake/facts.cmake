# SPDX-License-Identifier: MIT
# Each test that FACTS.md names is one that runs:
# cmake -DPAGE= -DTESTS= -DWORDS= -P facts.cmake

cmake_minimum_required(VERSION 3.22)
file(READ "${PAGE}" page)
set(text "")
foreach(word IN LISTS WORDS)
    file(READ "${TESTS}/test_${word}.c" one)
    string(APPEND text "${one}")
endforeach()

string(REGEX MATCHALL
       "`lib\\.[a-z_]+` [A-Za-z0-9_]+(, [A-Za-z0-9_]+_[A-Za-z0-9_]+)*"
       groups "${page}")
string(REGEX REPLACE "`lib\\.[a-z_]+` |," "" names "${groups}")
string(REPLACE " " ";" names "${names}")
set(wrong "")
foreach(name IN LISTS names)
    if(NOT text MATCHES "TEST\\(${name}\\)")
        string(APPEND wrong "\n  ${name}")
    endif()
endforeach()
list(LENGTH names count)
if(wrong OR count EQUAL 0)
    message(FATAL_ERROR "${count} tests named by ${PAGE}; not there:${wrong}")
endif()
message(STATUS "${count} tests named, each of them there")
