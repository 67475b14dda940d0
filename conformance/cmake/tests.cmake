# SPDX-License-Identifier: MIT
foreach(word IN LISTS tests)
    mapmark_test(conform.${word} test_conform_${word} test/test_${word}.c)
    target_link_libraries(test_conform_${word} PRIVATE conform)
endforeach()

# Where no library was found this says so and is skipped.
add_test(NAME conform.expect
         COMMAND mapmark-conform --expect
                 "${CMAKE_CURRENT_SOURCE_DIR}/expect/http_parser.expect")
set_tests_properties(conform.expect PROPERTIES SKIP_RETURN_CODE 77)

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
                                       "${CMAKE_CURRENT_SOURCE_DIR}/tools/lint.py")
endif()
