# SPDX-License-Identifier: MIT
foreach(word IN LISTS tests)
    mapmark_test(conform.${word} test_conform_${word} test/test_${word}.c)
    target_link_libraries(test_conform_${word} PRIVATE conform)
endforeach()

# The pipe needs no subject, but a system that it is written for.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    mapmark_test(conform.piped test_conform_piped test/test_piped.c
                 test/no_subjects.c subjects/piped.c subjects/process.c)
    target_link_libraries(test_conform_piped PRIVATE conform)
    target_compile_definitions(
        test_conform_piped PRIVATE ${system_definitions} ${helper_places})
endif()

# Where what a subject needs was not found this says so and is skipped; so it
# is where there is only a file of another version, as systems have several of
# Node. Only parsers that are called are asked about large cases, in a build
# that is not slowed down: the others take a minute for them.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    set(called_bound --largest 1024)
endif()
foreach(word IN LISTS expected)
    string(REPLACE "_" "-" name "${word}")
    set(file "${CMAKE_CURRENT_SOURCE_DIR}/expect/${word}.expect")
    set(found "${CONFORM_${word}_VERSION}")
    set(own "${CMAKE_CURRENT_SOURCE_DIR}/expect/${word}-${found}.expect")
    if(found AND EXISTS "${own}")
        set(file "${own}")
    endif()
    set(bound --largest 1024)
    if(word MATCHES "^(http_parser|llhttp)$")
        set(bound ${called_bound})
    endif()
    set(command mapmark-conform --subject ${name} --expect "${file}" ${bound})
    file(STRINGS "${file}" version REGEX "^# version: ")
    if(version AND found AND NOT version STREQUAL "# version: ${found}")
        message(STATUS "conform.expect.${name} is skipped, ${word} is of "
                       "version ${found}")
        set(command sh -c "exit 77")
    endif()
    add_test(NAME conform.expect.${name} COMMAND ${command})
    set_tests_properties(conform.expect.${name} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()

# What this project makes itself deviates from nothing, at any cut.
add_test(NAME conform.expect.engine
         COMMAND mapmark-conform --subject "engine-*" --expect
                 "${CMAKE_CURRENT_SOURCE_DIR}/expect/engine.expect"
                 ${called_bound})

# The program as it is there, outside the folder of the real one.
add_executable(conform_bare main.c test/no_subjects.c)
target_link_libraries(conform_bare PRIVATE conform)
set_target_properties(
    conform_bare PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                            "${CMAKE_CURRENT_BINARY_DIR}/bare")
mapmark_warnings(conform_bare)

mapmark_pytest(conform.program test)
if(TEST conform.program)
    set_property(
        TEST conform.program APPEND
        PROPERTY ENVIRONMENT
                 "MAPMARK_CONFORM_BARE=$<TARGET_FILE:conform_bare>"
                 "MAPMARK_CORPUS=${CMAKE_CURRENT_BINARY_DIR}/corpus")
    add_test(NAME conform.lint COMMAND "${MAPMARK_PYTHON}" -B
                                       "${CMAKE_CURRENT_SOURCE_DIR}/tools/lint.py"
                                       --strict)
endif()
