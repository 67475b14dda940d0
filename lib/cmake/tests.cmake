# SPDX-License-Identifier: MIT
# lib.<unit> for each unit, lib.symbols for all of them together, and lib.facts
# for the tests that FACTS.md names. Names are no unit, but what they promise is
# long enough for a program of its own; so is what a unit promises about one
# subject: test_<unit>_<subject>.c.
set(subjects
    codec_hostile
    codec_reuse
    codec_stream
    namespace
    namespace_folder
    namespace_kills
    file_cache
    file_object
    mapping_inherit
    mapping_reserve
    message_refused
    message_differences
    socket_close
    socket_datagrams
    socket_hostile
    socket_race
    socket_send
    view_copy
    view_flush
    view_residency
    wait_all
    wait_fight
    wait_rally
    wait_sharing)
# What one system alone does for waits, shown by calls of its own.
set(linux_subjects wait_paths wait_state)
set(traced_subjects wait_calls wait_delays wait_kills)
if(os STREQUAL "linux")
    set(system_subjects ${linux_subjects})
    if(CMAKE_C_FLAGS MATCHES "sanitize=thread")
        message(STATUS "lib.wait_calls, lib.wait_delays and lib.wait_kills are "
                       "left out: ThreadSanitizer makes calls and steps of its "
                       "own")
    else()
        list(APPEND system_subjects ${traced_subjects})
    endif()
endif()
find_package(Threads REQUIRED)

# What the tests share, and what of it only a system can do.
add_library(test_support STATIC test/support.c test/support_${os}.c
            test/fight.c test/objects.c test/rally.c)
target_compile_definitions(test_support PRIVATE ${system_definitions})
target_link_libraries(test_support PUBLIC mapmark Threads::Threads)
mapmark_warnings(test_support)

# The tests start it as a real second process.
add_executable(peer test/peer.c test/peer_sharing.c test/peer_sync.c)
target_link_libraries(peer PRIVATE test_support)
mapmark_warnings(peer)

foreach(unit IN LISTS units subjects system_subjects)
    mapmark_test(lib.${unit} test_${unit} test/test_${unit}.c)
    target_link_libraries(test_${unit} PRIVATE test_support)
    add_dependencies(test_${unit} peer)
endforeach()

# What a library is built without that injects nothing.
mapmark_test(lib.inject test_inject test/test_inject.c src/inject.c
             src/${os}/inject.c)
target_include_directories(test_inject PRIVATE src)
target_compile_definitions(test_inject PRIVATE ${system_definitions})
target_link_libraries(test_inject PRIVATE mapmark)

# Ports and sockets, with the system's own at the other end. On Linux each of
# the rivals is tested: the usual one is io_uring where there are rings.
set(docked port pool reader socket socket_close socket_datagrams
           socket_hostile socket_race socket_send)
foreach(word IN LISTS docked)
    target_sources(test_${word} PRIVATE test/dock.c test/wire_${os}.c)
    target_compile_definitions(test_${word} PRIVATE ${system_definitions})
    if(os STREQUAL "linux")
        add_test(NAME lib.epoll.${word} COMMAND test_${word})
        set_tests_properties(lib.epoll.${word} PROPERTIES ENVIRONMENT
                                                          "MAPMARK_PORT=epoll")
    else()
        target_link_libraries(test_${word} PRIVATE ws2_32)
    endif()
endforeach()

foreach(word message message_refused message_differences)
    target_sources(test_${word} PRIVATE test/messages.c)
endforeach()

foreach(subject IN LISTS system_subjects)
    target_compile_definitions(test_${subject} PRIVATE ${system_definitions})
    target_sources(test_${subject} PRIVATE test/asleep.c
                                                   test/traced.c)
endforeach()
if(os STREQUAL "linux")
    # S30: the same where the system parks at one word at a time only.
    foreach(word event mutex semaphore timer wait wait_all wait_fight wait_paths
            wait_rally wait_sharing)
        add_test(NAME lib.one_word.${word} COMMAND test_${word})
        set_tests_properties(lib.one_word.${word} PROPERTIES ENVIRONMENT
                                                             "MAPMARK_WAIT=one")
    endforeach()
endif()

foreach(word codec_reuse socket_race)
    target_sources(test_${word} PRIVATE test/allocations_${os}.c)
endforeach()
foreach(word codec codec_hostile codec_reuse codec_stream)
    target_sources(test_${word} PRIVATE test/coding.c)
endforeach()

# Other programs read what codecs write, and the other way round.
add_executable(coder test/coder.c)
target_link_libraries(coder PRIVATE mapmark)
mapmark_warnings(coder)
mapmark_pytest(lib.interoperation test)

# The protocol of waits, looked at in all of its runs. It is the same whatever
# the library is built with.
find_program(SPIN spin)
if(os STREQUAL "linux" AND NOT CMAKE_C_FLAGS MATCHES "sanitize")
    if(SPIN)
        add_test(NAME lib.models
                 COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/test/models/check")
        set_tests_properties(lib.models PROPERTIES TIMEOUT 1500)
    else()
        message(STATUS "lib.models is left out: spin is not installed")
    endif()
endif()

if(MSVC)
    message(STATUS "lib.symbols is left out: MSVC has neither nm nor objdump")
    return()
endif()
add_test(
    NAME lib.symbols
    COMMAND
        "${CMAKE_COMMAND}" "-DLIBRARY=$<TARGET_FILE:mapmark>"
        "-DHEADERS=${CMAKE_CURRENT_SOURCE_DIR}/include/mapmark"
        "-DUNITS=${units}" "-DNM=${CMAKE_NM}" "-DOBJDUMP=${CMAKE_OBJDUMP}" -P
        "${CMAKE_CURRENT_LIST_DIR}/symbols.cmake")

# Also of what this system or flavour leaves out.
set(words ${units} ${subjects} ${linux_subjects} ${traced_subjects})
add_test(
    NAME lib.facts
    COMMAND
        "${CMAKE_COMMAND}" "-DPAGE=${CMAKE_CURRENT_SOURCE_DIR}/FACTS.md"
        "-DTESTS=${CMAKE_CURRENT_SOURCE_DIR}/test"
        "-DWORDS=${words}" -P
        "${CMAKE_CURRENT_LIST_DIR}/facts.cmake")

# Mapped files, sockets, synchronisation between processes, and codecs.
add_test(
    NAME lib.cases
    COMMAND "${CMAKE_COMMAND}" "-DTESTS=${CMAKE_CURRENT_SOURCE_DIR}/test"
            "-DWORDS=${words}" "-DCASES=M37;P40;S30;Z12" -P "${CMAKE_CURRENT_LIST_DIR}/cases.cmake")
