# SPDX-License-Identifier: MIT
# Parsers of HTTP messages that are compared and examined, where they are.
include(CheckCSourceCompiles)

# Looks for one library and checks that it links, because a search may find
# the build machine's library when another system is the target. Sets
# <word>_INCLUDE, <word>_LIBRARY and <word>_LINKS. A target of the name will do.
function(mapmark_find_library word header library)
    if(TARGET ${library})
        set(${word}_INCLUDE "" PARENT_SCOPE)
        set(${word}_LIBRARY ${library} PARENT_SCOPE)
        set(${word}_LINKS TRUE PARENT_SCOPE)
        return()
    endif()
    find_path(${word}_INCLUDE ${header})
    find_library(${word}_LIBRARY ${library})
    mark_as_advanced(${word}_INCLUDE ${word}_LIBRARY)
    if(${word}_INCLUDE AND ${word}_LIBRARY)
        set(CMAKE_REQUIRED_INCLUDES "${${word}_INCLUDE}")
        set(CMAKE_REQUIRED_LIBRARIES "${${word}_LIBRARY}")
        check_c_source_compiles(
            "#include <stddef.h>\n#include <${header}>\nint main(void) { return 0; }"
            ${word}_LINKS)
    endif()
endfunction()

# Debian ships llhttp as sources: the target exists where they are.
find_path(LLHTTP_SOURCE llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH
          NO_CMAKE_FIND_ROOT_PATH)
find_path(LLHTTP_INCLUDE llhttp.h PATHS /usr/share/include/llhttp
          NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
mark_as_advanced(LLHTTP_SOURCE LLHTTP_INCLUDE)
if(LLHTTP_SOURCE AND LLHTTP_INCLUDE)
    add_library(llhttp STATIC EXCLUDE_FROM_ALL "${LLHTTP_SOURCE}/llhttp.c"
                       "${LLHTTP_SOURCE}/api.c" "${LLHTTP_SOURCE}/http.c")
    target_include_directories(llhttp SYSTEM PUBLIC "${LLHTTP_INCLUDE}")
endif()
