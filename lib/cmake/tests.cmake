# SPDX-License-Identifier: MIT
# lib.<unit> for each unit, and lib.symbols for all of them together.

# The tests start it as a real second process.
add_executable(peer test/peer.c)
target_link_libraries(peer PRIVATE mapmark)
mapmark_warnings(peer)

foreach(word IN LISTS units)
    mapmark_test(lib.${word} test_${word} test/test_${word}.c)
    target_link_libraries(test_${word} PRIVATE mapmark)
    add_dependencies(test_${word} peer)
endforeach()

add_test(
    NAME lib.symbols
    COMMAND
        "${CMAKE_COMMAND}" "-DLIBRARY=$<TARGET_FILE:mapmark>"
        "-DHEADERS=${CMAKE_CURRENT_SOURCE_DIR}/include/mapmark"
        "-DUNITS=${units}" "-DNM=${CMAKE_NM}"
        "-DOBJDUMP=${CMAKE_OBJDUMP}" -P
        "${CMAKE_CURRENT_LIST_DIR}/symbols.cmake")
