# SPDX-License-Identifier: MIT
# bin/mapmark, the Python front end: a launcher beside the programs it starts.
set(modules numpy scipy jinja2 rich typer)

# The distribution's Python has the distribution's packages; another one may
# come first on PATH and lack them.
function(mapmark_find_python)
    string(JOIN ", " import ${modules})
    find_program(other python3 NO_CACHE)
    foreach(python IN LISTS MAPMARK_PYTHON ITEMS /usr/bin/python3 "${other}")
        execute_process(COMMAND "${python}" -c "import ${import}"
                        RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
        if(failed EQUAL 0)
            set(MAPMARK_PYTHON "${python}"
                CACHE FILEPATH "Python that runs the front end" FORCE)
            return()
        endif()
    endforeach()
    list(TRANSFORM modules PREPEND python3-)
    list(JOIN modules " " packages)
    message(WARNING "no python3 here can import ${import}, so bin/mapmark is "
                    "not built. Install: python3 ${packages}")
endfunction()

# mapmark_launcher(<file> <package folder, relative to the launcher or not>)
function(mapmark_launcher file package)
    configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/launcher.in" "${file}"
                   @ONLY FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
                   GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endfunction()

set(launcher mapmark)
if(CMAKE_SYSTEM_NAME STREQUAL "Windows")
    # Python skips the first line (-x), the command interpreter leaves in it.
    set(start "@python -x \"%~f0\" %* & exit /b")
    set(launcher mapmark.cmd)
else()
    mapmark_find_python()
    if(NOT MAPMARK_PYTHON) # the programs are useful without it
        return()
    endif()
    set(start "#!${MAPMARK_PYTHON}")
endif()

mapmark_launcher("${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${launcher}"
                 "${PROJECT_SOURCE_DIR}/reports")
file(RELATIVE_PATH package "/${CMAKE_INSTALL_BINDIR}"
     "/${CMAKE_INSTALL_DATADIR}/mapmark/python")
mapmark_launcher("${PROJECT_BINARY_DIR}/installed/${launcher}" "${package}")
install(PROGRAMS "${PROJECT_BINARY_DIR}/installed/${launcher}"
        TYPE BIN)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/reports/mapmark"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/mapmark/python"
        PATTERN "__pycache__" EXCLUDE)
