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

function(mapmark_check_units)
    foreach(unit IN LISTS ARGN)
        foreach(path "include/mapmark/${unit}.h" "test/test_${unit}.c")
            if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${path}")
                message(FATAL_ERROR "lib/${path} is missing: ${unit} is a unit")
            endif()
        endforeach()
    endforeach()
endfunction()

# mapmark_sources(<target> <os> <word>...)
function(mapmark_sources target os)
    set(systems linux windows ${os})
    foreach(word IN LISTS ARGN)
        set(held "")
        set(lacking "")
        foreach(system IN LISTS systems)
            if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/src/${system}/${word}.c")
                list(APPEND held ${system})
            else()
                list(APPEND lacking ${system})
            endif()
        endforeach()
        if(held AND lacking)
            message(FATAL_ERROR "lib/src/${lacking}/${word}.c is missing: "
                                "lib/src/${held}/${word}.c exists")
        elseif(held)
            target_sources(${target} PRIVATE "src/${os}/${word}.c")
        endif()
        if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/src/${word}.c")
            target_sources(${target} PRIVATE "src/${word}.c")
        elseif(NOT held)
            message(FATAL_ERROR "${word} has code neither in lib/src nor in "
                                "lib/src/${os}")
        endif()
    endforeach()

    # A file that comes or goes changes its folder, and so what is built.
    list(TRANSFORM systems PREPEND "src/")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS src ${systems})
endfunction()
