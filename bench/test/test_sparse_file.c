/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peers/sparse_file.h"
#include "scratch.h"
#include "skip.h"

enum { ROOM_MAX = 1 << 20 };

static void a_sparse_file_takes_the_room_of_what_is_written(void **state)
{
    const uint64_t size = UINT64_C(20) << 30;
    unsigned char octets[4096], found[4096];
    enum mm_status status;
    struct mm_file *file = NULL;
    uint64_t length = 0, room = 0;
    char *path = NULL;
    size_t done = 0;

    (void)state;
    assert_int_equal(scratch_create(".", "sparse", &path, &file), MM_OK);
    status = sparse_file_grow(path, size);
    if (status == MM_UNSUPPORTED) {
        mm_file_close(file);
        remove(path);
        free(path);
        SKIP_TEST("this file system has no sparse files");
    }
    assert_status(status, MM_OK);
    memset(octets, 5, sizeof(octets));
    assert_int_equal(mm_file_write(file, size - sizeof(octets), octets,
                                   sizeof(octets), &done),
                     MM_OK);
    assert_int_equal(mm_file_sync(file), MM_OK);
    assert_int_equal(mm_file_size(file, &length), MM_OK);
    assert_true(length == size);
    assert_int_equal(
        mm_file_read(file, size - sizeof(octets), found, sizeof(found), &done),
        MM_OK);
    assert_memory_equal(found, octets, sizeof(octets));
    assert_int_equal(sparse_file_room(path, &room), MM_OK);
    assert_in_range(room, 1, ROOM_MAX);
    mm_file_close(file);
    remove(path);
    free(path);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
    uint64_t room = 1;

    (void)state;
    assert_int_equal(sparse_file_grow("no such file", 1 << 20), MM_OS);
    assert_int_equal(sparse_file_room("no such file", &room), MM_OS);
    assert_int_equal(room, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sparse_file_takes_the_room_of_what_is_written),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
