# SPDX-License-Identifier: MIT
# What the word lists promise, checked while configuring: a file that is
# missing here would be a link error, or a silent gap, on the other system.

# The version has one home, project(); the header repeats it for programs.
function(mapmark_check_version header)
    file(STRINGS "${header}" lines REGEX "#define MM_VERSION_(M|P)[A-Z]+ ")
    string(REGEX REPLACE "[^0-9;]" "" parts "${lines}")
    list(JOIN parts "." version)
    if(NOT version STREQUAL PROJECT_VERSION)
        message(FATAL_ERROR "${header} says ${version}, "
                            "project() says ${PROJECT_VERSION}")
    endif()
endfunction()

function(mapmark_require)
    foreach(path IN LISTS ARGN)
        if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${path}")
            message(FATAL_ERROR "lib/${path} is missing: a word in "
                                "lib/CMakeLists.txt asks for it")
        endif()
    endforeach()
endfunction()

function(mapmark_check_layout)
    foreach(word IN LISTS units portable_units)
        mapmark_require("include/mapmark/${word}.h" "test/test_${word}.c")
    endforeach()
    foreach(word IN LISTS portable_units portable_internal)
        mapmark_require("src/${word}.c")
    endforeach()
    foreach(word IN LISTS units internal)
        mapmark_require("src/linux/${word}.c" "src/windows/${word}.c")
    endforeach()
endfunction()
