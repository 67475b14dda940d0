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

# Writes the table of subjects, and sets subject_sources, subject_libraries
# and subject_includes for the program that links them.
function(conform_find_subjects)
    set(words "${ARGN}")
    list(SORT words)
    foreach(entry IN LISTS words)
        string(REPLACE "|" ";" entry "${entry}")
        list(POP_FRONT entry word header library shared)
        string(REPLACE "_" "-" name "${word}")
        set(found TRUE)
        if(header)
            conform_find_library(${word} ${header} ${library} found)
        endif()
        if(NOT found)
            message(STATUS "mapmark-conform: subject ${name} is left out, "
                           "${header} or lib${library} was not found")
            string(APPEND left_out "    \"${name}\",\n")
            continue()
        endif()
        string(APPEND externs
               "extern const struct conform_subject conform_subject_${word};\n")
        string(APPEND rows "    &conform_subject_${word},\n")
        list(APPEND sources "subjects/${word}.c")
        if(header)
            list(APPEND libraries "${CONFORM_${word}_LIBRARY}")
            list(APPEND includes "${CONFORM_${word}_INCLUDE}")
        endif()
        if(shared)
            list(APPEND sources "subjects/${shared}.c")
        endif()
    endforeach()
    list(REMOVE_DUPLICATES sources)
    configure_file(subjects.c.in subjects.c @ONLY)
    list(APPEND sources "${CMAKE_CURRENT_BINARY_DIR}/subjects.c")
    set(subject_sources "${sources}" PARENT_SCOPE)
    set(subject_libraries "${libraries}" PARENT_SCOPE)
    set(subject_includes "${includes}" PARENT_SCOPE)
endfunction()
