/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/file.h>
#include <mapmark/process.h>

#include "calls.h"
#include "skip.h"

enum { SIZE = 65536, OCTETS = 4096 };

struct fixture {
    char path[64];
    struct calls calls;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    static unsigned char octets[SIZE];
    struct mm_file *file = NULL;
    size_t moved = 0;

    snprintf(fixture.path, sizeof(fixture.path), "mapmark-calls-%llu.tmp",
             (unsigned long long)mm_process_id(NULL));
    for (size_t i = 0; i < SIZE; i++) {
        octets[i] = (unsigned char)(i % 251);
    }
    if (mm_file_open(fixture.path,
                     MM_FILE_WRITE | MM_FILE_CREATE | MM_FILE_TRUNCATE,
                     &file) == MM_OK) {
        mm_file_write(file, 0, octets, SIZE, &moved);
    }
    mm_file_close(file);
    *state = &fixture;
    return moved == SIZE &&
                   calls_open(fixture.path, OCTETS, &fixture.calls) == MM_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    calls_close(&fixture->calls);
    remove(fixture->path);
    return 0;
}

static void every_call_succeeds_in_both_ways(void **state)
{
    struct fixture *fixture = *state;

    for (int call = 0; call < CALL_COUNT; call++) {
        for (int way = 0; way < CALL_WAYS; way++) {
            print_message("%s %d\n", call_words[call], way);
            assert_status(
                call_of((enum call)call, (enum call_way)way)(&fixture->calls),
                MM_OK);
        }
    }
    assert_null(call_words[CALL_COUNT]);
}

static void both_ways_tell_the_same_size(void **state)
{
    struct fixture *fixture = *state;

    for (int way = 0; way < CALL_WAYS; way++) {
        fixture->calls.result = 0;
        call_of(CALL_size, (enum call_way)way)(&fixture->calls);
        assert_int_equal(fixture->calls.result, SIZE);
    }
}

static void both_ways_read_the_start_of_the_file(void **state)
{
    struct fixture *fixture = *state;
    struct calls *calls = &fixture->calls;

    for (int way = 0; way < CALL_WAYS; way++) {
        calls->result = 0;
        memset(calls->buffer.octets, 0xff, OCTETS);
        call_of(CALL_read, (enum call_way)way)(calls);
        assert_int_equal(calls->result, OCTETS);
        assert_memory_equal(calls->buffer.octets, calls->view.address, OCTETS);
    }
}

static void both_ways_write_the_start_of_the_file(void **state)
{
    struct fixture *fixture = *state;
    struct calls *calls = &fixture->calls;
    const unsigned char *behind = calls->view.address;
    unsigned char next = behind[OCTETS];

    for (int way = 0; way < CALL_WAYS; way++) {
        calls->result = 0;
        memset(calls->buffer.octets, 'a' + way, OCTETS);
        call_of(CALL_write, (enum call_way)way)(calls);
        assert_int_equal(calls->result, OCTETS);
        memset(calls->buffer.octets, 0, OCTETS);
        call_of(CALL_read, CALL_BY_LIBRARY)(calls);
        assert_int_equal(calls->buffer.octets[0], 'a' + way);
        assert_int_equal(calls->buffer.octets[OCTETS - 1], 'a' + way);
    }
    assert_int_equal(behind[OCTETS], next);
}

static void what_is_written_is_what_is_there(void **state)
{
    struct fixture *fixture = *state;

    assert_memory_equal(fixture->calls.buffer.octets,
                        fixture->calls.view.address, OCTETS);
}

static void a_file_that_is_too_small_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct calls calls;

    assert_status(calls_open(fixture->path, SIZE + 1, &calls), MM_OUT_OF_RANGE);
    calls_close(&calls);
}

static void a_file_that_is_not_there_can_be_closed(void **state)
{
    struct calls calls;

    (void)state;
    assert_status(calls_open("no-such-file", 1, &calls), MM_NOT_FOUND);
    calls_close(&calls);
}

#define TEST(fact) cmocka_unit_test_setup_teardown(fact, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_call_succeeds_in_both_ways),
        TEST(both_ways_tell_the_same_size),
        TEST(both_ways_read_the_start_of_the_file),
        TEST(both_ways_write_the_start_of_the_file),
        TEST(what_is_written_is_what_is_there),
        TEST(a_file_that_is_too_small_is_refused),
        cmocka_unit_test(a_file_that_is_not_there_can_be_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
