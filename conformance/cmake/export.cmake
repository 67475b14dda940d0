# SPDX-License-Identifier: MIT
# The corpus in forms that other programs read, beside the one that this one
# does. Python makes them; where there is none, they are left out.
if(NOT MAPMARK_PYTHON)
    return()
endif()

set(tools clauses.py corpus.schema.json export.py flags.py lint.py strict.py
          strict_body.py strict_head.py strict_values.py)
list(TRANSFORM tools PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/tools/")

# A class that is named or removed makes the build configure itself again.
set(index "${CMAKE_CURRENT_SOURCE_DIR}/corpus/index.txt")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${index}")
file(STRINGS "${index}" classes REGEX "^[a-z0-9-]+[.]cases$")
set(texts clauses.txt flags.txt index.txt retired.txt ${classes})
list(TRANSFORM texts PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/corpus/")

set(exported "${CMAKE_CURRENT_BINARY_DIR}/corpus")
add_custom_command(
    OUTPUT "${exported}/corpus.json"
    COMMAND "${MAPMARK_PYTHON}" -B
            "${CMAKE_CURRENT_SOURCE_DIR}/tools/export.py"
            "${CMAKE_CURRENT_SOURCE_DIR}/corpus" "${exported}"
    DEPENDS ${tools} ${texts}
    COMMENT "Writing the corpus as JSON, CSV and raw octets"
    VERBATIM)
add_custom_target(conform_corpus ALL DEPENDS "${exported}/corpus.json")
install(DIRECTORY "${exported}/" DESTINATION "${corpus}")
