# SPDX-License-Identifier: MIT
find_package(cmocka 1.1.5 REQUIRED)
if(NOT TARGET cmocka::cmocka) # cmocka names no target before 1.1.6
    add_library(cmocka::cmocka INTERFACE IMPORTED)
    target_include_directories(cmocka::cmocka INTERFACE "${CMOCKA_INCLUDE_DIR}")
    target_link_libraries(cmocka::cmocka INTERFACE "${CMOCKA_LIBRARIES}")
endif()

# mapmark_test(<name> <program> <source>...): one cmocka program, one entry.
function(mapmark_test name program)
    add_executable(${program} ${ARGN})
    target_link_libraries(${program} PRIVATE cmocka::cmocka)
    mapmark_warnings(${program})
    add_test(NAME ${name} COMMAND ${program})
endfunction()

# mapmark_pytest(<name> <folder> [ONLY <file>...] [EXCEPT <file>...]): the
# folder's Python tests, all of them or a part, which start the built programs
# in MAPMARK_BIN_DIR; MAPMARK_BUILD_TYPE is for what only optimised programs can
# show. They, and so the programs, run under what the flavour runs its programs
# under; not for another system's programs.
function(mapmark_pytest name folder)
    cmake_parse_arguments(PARSE_ARGV 2 part "" "" "ONLY;EXCEPT")
    set(tests "${CMAKE_CURRENT_SOURCE_DIR}/${folder}")
    if(part_EXCEPT)
        list(TRANSFORM part_EXCEPT PREPEND "--ignore=${tests}/")
    endif()
    if(part_ONLY)
        list(TRANSFORM part_ONLY PREPEND "${tests}/" OUTPUT_VARIABLE tests)
    endif()
    if(CMAKE_SYSTEM_NAME STREQUAL CMAKE_HOST_SYSTEM_NAME AND MAPMARK_PYTHON)
        set(bin "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
        add_test(
            NAME ${name}
            COMMAND
                ${CMAKE_CROSSCOMPILING_EMULATOR} "${MAPMARK_PYTHON}" -B -m
                pytest -q -rsfE -p no:cacheprovider ${part_EXCEPT} ${tests})
        set_tests_properties(
            ${name}
            PROPERTIES
                TIMEOUT 600
                ENVIRONMENT
                "MAPMARK_BIN_DIR=${bin};MAPMARK_BUILD_TYPE=${CMAKE_BUILD_TYPE}")
    endif()
endfunction()
