# SPDX-License-Identifier: MIT
include(CheckCSourceCompiles)

# Looks for one library and checks that it links, because a search may find
# the build machine's library when another system is the target.
function(conform_find_library word header library found)
    find_path(CONFORM_${word}_INCLUDE ${header})
    find_library(CONFORM_${word}_LIBRARY ${library})
    mark_as_advanced(CONFORM_${word}_INCLUDE CONFORM_${word}_LIBRARY)
    set(${found} FALSE PARENT_SCOPE)
    if(CONFORM_${word}_INCLUDE AND CONFORM_${word}_LIBRARY)
        set(CMAKE_REQUIRED_INCLUDES "${CONFORM_${word}_INCLUDE}")
        set(CMAKE_REQUIRED_LIBRARIES "${CONFORM_${word}_LIBRARY}")
        check_c_source_compiles(
            "#include <stddef.h>\n#include <${header}>\nint main(void) { return 0; }"
            CONFORM_${word}_LINKS)
        set(${found} "${CONFORM_${word}_LINKS}" PARENT_SCOPE)
    endif()
endfunction()

# Looks for an interpreter whose helper can be run with it: the helpers are
# started by this system's calls. Sets CONFORM_PYTHON or CONFORM_NODE.
function(conform_find_helper interpreter module found)
    set(${found} FALSE PARENT_SCOPE)
    if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR CMAKE_CROSSCOMPILING)
        return()
    endif()
    if(interpreter STREQUAL "python")
        # The one that was found for the front end has the system's modules.
        find_program(CONFORM_PYTHON NAMES "${MAPMARK_PYTHON}"
                                          /usr/bin/python3 python3)
        set(program "${CONFORM_PYTHON}")
        set(arguments -c "import ${module}")
    else()
        find_program(CONFORM_NODE NAMES node nodejs)
        set(program "${CONFORM_NODE}")
        set(arguments -p "new (process.binding('http_parser').HTTPParser)
                          && process.versions.llhttp")
    endif()
    mark_as_advanced(CONFORM_PYTHON CONFORM_NODE)
    if(program)
        execute_process(COMMAND "${program}" ${arguments}
                        RESULT_VARIABLE failed OUTPUT_VARIABLE said
                        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
        if(failed EQUAL 0)
            set(${found} TRUE PARENT_SCOPE)
            set(CONFORM_${interpreter}_VERSION "${said}" CACHE INTERNAL "")
        endif()
    endif()
endfunction()

# Writes the table of subjects, and sets subject_sources, subject_libraries,
# subject_includes and subject_definitions for the program that links them, and
# subject_helpers, which it starts.
function(conform_find_subjects)
    set(words "${ARGN}")
    list(SORT words)
    foreach(entry IN LISTS words)
        string(REPLACE "|" ";" entry "${entry}")
        list(POP_FRONT entry word header library)
        string(REPLACE "_" "-" name "${word}")
        set(found TRUE)
        set(need "${header} or lib${library}")
        if(header MATCHES "^(python|node)$")
            conform_find_helper(${header} "${library}" found)
            set(need "${header} or what its helper needs")
        elseif("serving" IN_LIST entry
               AND NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
            # serving.c asks this system what a socket still holds.
            set(found FALSE)
        elseif(header)
            conform_find_library(${word} ${header} ${library} found)
        endif()
        if(NOT found)
            message(STATUS "mapmark-conform: subject ${name} is left out, "
                           "${need} was not found")
            string(APPEND left_out "    \"${name}\",\n")
            continue()
        endif()
        string(APPEND externs
               "extern const struct conform_subject conform_subject_${word};\n")
        string(APPEND rows "    &conform_subject_${word},\n")
        list(APPEND sources "subjects/${word}.c")
        if(header STREQUAL "python")
            list(APPEND definitions "CONFORM_PYTHON=\"${CONFORM_PYTHON}\"")
            list(APPEND helpers subjects/helper.py
                 "subjects/${word}_helper.py")
        elseif(header STREQUAL "node")
            list(APPEND definitions "CONFORM_NODE=\"${CONFORM_NODE}\"")
            list(APPEND helpers "subjects/${word}_helper.js")
        elseif(header)
            list(APPEND libraries "${CONFORM_${word}_LIBRARY}")
            list(APPEND includes "${CONFORM_${word}_INCLUDE}")
        endif()
        list(TRANSFORM entry PREPEND subjects/)
        list(TRANSFORM entry APPEND .c)
        list(APPEND sources ${entry})
    endforeach()
    list(REMOVE_DUPLICATES sources)
    list(REMOVE_DUPLICATES definitions)
    list(REMOVE_DUPLICATES helpers)
    configure_file(subjects.c.in subjects.c @ONLY)
    list(APPEND sources "${CMAKE_CURRENT_BINARY_DIR}/subjects.c")
    set(subject_sources "${sources}" PARENT_SCOPE)
    set(subject_libraries "${libraries}" PARENT_SCOPE)
    set(subject_includes "${includes}" PARENT_SCOPE)
    set(subject_definitions "${definitions}" PARENT_SCOPE)
    set(subject_helpers "${helpers}" PARENT_SCOPE)
endfunction()
