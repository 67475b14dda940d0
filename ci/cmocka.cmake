# SPDX-License-Identifier: MIT
# mapmark_test(<name> <program> <source>...): one cmocka program, one entry.
find_package(cmocka 1.1.5 REQUIRED)
if(NOT TARGET cmocka::cmocka) # cmocka names no target before 1.1.6
    add_library(cmocka::cmocka INTERFACE IMPORTED)
    target_include_directories(cmocka::cmocka INTERFACE "${CMOCKA_INCLUDE_DIR}")
    target_link_libraries(cmocka::cmocka INTERFACE "${CMOCKA_LIBRARIES}")
endif()

function(mapmark_test name program)
    add_executable(${program} ${ARGN})
    target_link_libraries(${program} PRIVATE cmocka::cmocka)
    mapmark_warnings(${program})
    add_test(NAME ${name} COMMAND ${program})
endfunction()
