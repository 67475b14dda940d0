# SPDX-License-Identifier: MIT
# mapmark_fuzz(<unit> [SOURCES <file>...] [LIBRARIES <library>...]
# [SEEDS <folder>] [OPTIONS <option of libFuzzer>...]): the target fuzz_<unit> of
# fuzz_<unit>.c and the files, with fuzz_<unit>.dict where there is one, and a
# test that runs it for a while. MAPMARK_FUZZ_SECONDS in the environment of the
# test says for how long; inputs that are new are kept in fuzz/<unit>.
function(mapmark_fuzz unit)
    cmake_parse_arguments(PARSE_ARGV 1 fuzz "" "SEEDS"
                          "SOURCES;LIBRARIES;OPTIONS")
    set(program fuzz_${unit})
    add_executable(${program} ${program}.c ${fuzz_SOURCES})
    target_include_directories(${program} PRIVATE "${PROJECT_SOURCE_DIR}/lib/fuzz")
    target_link_libraries(${program} PRIVATE ${fuzz_LIBRARIES})
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
    mapmark_warnings(${program})
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${program}.dict")
        set(dictionary "-dict=${CMAKE_CURRENT_SOURCE_DIR}/${program}.dict")
    endif()
    add_test(NAME fuzz.${unit}
             COMMAND "${PROJECT_SOURCE_DIR}/ci/fuzz" "$<TARGET_FILE:${program}>"
                     "${PROJECT_BINARY_DIR}/fuzz/${unit}" ${fuzz_SEEDS}
                     ${dictionary} ${fuzz_OPTIONS})
endfunction()
