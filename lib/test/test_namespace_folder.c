/* SPDX-License-Identifier: MIT */
/* The folder that names are kept in where the kernel keeps none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/view.h>

#include "skip.h"
#include "support.h"

/* Run a command of the shell in the folder that stands for $0. */
static int in_folder(const char *folder, const char *command)
{
    char line[512];

    snprintf(line, sizeof(line), "cd \"$0\" && %s", command);
    return support_run("/bin/sh", "-c", line, folder, NULL);
}

/* The peer, with a folder of names of its own. */
static int run_there(const char *folder, const char *verb, const char *name)
{
    char where[SUPPORT_PATH_ROOM + 32];

    snprintf(where, sizeof(where), "MAPMARK_NAMESPACE_DIR=%s", folder);
    return support_run("/usr/bin/env", where, support_peer_path(), verb, name,
                       "4096", NULL);
}

/* S28: the folder of names is safe, or it is not used. */
static void an_unsafe_folder_of_names_is_denied(void **state)
{
    static const char *const spoil[] = {
        "chmod 0710 mapmark*",
        "chown 65534 mapmark*",
        "d=$(echo mapmark*) && mv $d real && ln -s real $d",
        "d=$(echo mapmark*) && rm -r $d && echo >$d",
    };
    const struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
        if (support_run("/bin/mkdir", fixture->path, NULL) != 0) {
            SKIP_TEST("names are no files here");
        }
        assert_int_equal(run_there(fixture->path, "create", fixture->name),
                         MM_OK);
        if (in_folder(fixture->path, spoil[i]) != 0) {
            in_folder(fixture->path, "rm -r mapmark*");
            SKIP_TEST("only root can give a folder away");
        }
        assert_int_equal(run_there(fixture->path, "create", fixture->name),
                         MM_DENIED);
        assert_int_equal(support_run("/bin/rm", "-r", fixture->path, NULL), 0);
    }
}

/* not even the file of a process that ended without a word. */
static void names_leave_no_files_behind(void **state)
{
    const struct fixture *fixture = *state;

    if (support_run("/bin/mkdir", fixture->path, NULL) != 0) {
        SKIP_TEST("names are no files here");
    }
    assert_int_equal(run_there(fixture->path, "create", fixture->name), MM_OK);
    assert_int_equal(in_folder(fixture->path, "test -z \"$(ls mapmark*)\""), 0);
    assert_int_equal(run_there(fixture->path, "forget", fixture->name), MM_OK);
    assert_int_equal(run_there(fixture->path, "create", fixture->second_name),
                     MM_OK);
    assert_int_equal(in_folder(fixture->path, "test -z \"$(ls mapmark*)\""), 0);
    assert_int_equal(in_folder(fixture->path, "rm -r mapmark*"), 0);
}

/* `change` is made to what a file of a name says, then the name, which
 * flock(1) keeps alive, is looked up. */
static int look_up_changed(const struct fixture *fixture, const char *change)
{
    char command[512];
    char where[SUPPORT_PATH_ROOM + 32];

    if (run_there(fixture->path, "forget", fixture->name) != MM_OK ||
        in_folder(fixture->path, change) != 0) {
        return -1;
    }
    snprintf(where, sizeof(where), "MAPMARK_NAMESPACE_DIR=%s", fixture->path);
    snprintf(command, sizeof(command),
             "exec flock -s \"$0\"/mapmark*/[0-9a-f]* env \"$1\" \"$2\" create "
             "\"$3\" 4096");
    return support_run("/bin/sh", "-c", command, fixture->path, where,
                       support_peer_path(), fixture->name, NULL);
}

static void a_name_of_something_else_is_refused(void **state)
{
    /* The places are those of struct header: magic, size, kind, sizes, layout
     * name. */
#define WRITE_AT(place)                                                 \
    " | dd of=$(echo mapmark*/[0-9a-f]*) bs=1 conv=notrunc seek=" place \
    " 2>/dev/null"
    static const struct {
        const char *change;
        enum mm_status expected;
    } rows[] = {
        {"true", MM_ALREADY_EXISTS},
        {"printf '\\2'" WRITE_AT("16"), MM_WRONG_TYPE},
        {"printf x" WRITE_AT("0"), MM_WRONG_TYPE},
        {"printf '\\7'" WRITE_AT("24"), MM_WRONG_TYPE},
        {"printf '\\3'" WRITE_AT("28"), MM_WRONG_TYPE},
        {"printf x" WRITE_AT("40"), MM_BAD_NAME},
    };
#undef WRITE_AT
    const struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int code;

        if (support_run("/bin/mkdir", fixture->path, NULL) != 0) {
            SKIP_TEST("names are no files here");
        }
        code = look_up_changed(fixture, rows[i].change);
        assert_int_equal(support_run("/bin/rm", "-r", fixture->path, NULL), 0);
        assert_status((enum mm_status)code, rows[i].expected);
    }
}

/* Whoever runs short of descriptors must not take a name for a dead one. */
static void a_shortage_of_descriptors_takes_no_name_away(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping_options options = {
        .size = 4096,
        .protection = MM_READ_WRITE,
        .name = fixture->name,
    };
    struct mm_mapping *mapping;
    bool short_of_them = false;

    assert_status(mm_mapping_create(NULL, &options, &mapping), MM_OK);
    for (int limit = 4; limit < 12; limit++) {
        char command[64];
        int code;

        snprintf(command, sizeof(command), "ulimit -n %d && exec \"$0\" \"$@\"",
                 limit);
        code = support_run("/bin/sh", "-c", command, support_peer_path(),
                           "create", fixture->name, "4096", NULL);
        assert_int_not_equal(code, MM_OK);
        short_of_them = short_of_them || code == MM_TOO_MANY;
    }
    assert_int_equal(support_run_peer("create", fixture->name, "4096", NULL),
                     MM_ALREADY_EXISTS);
    mm_mapping_close(mapping);
    if (!short_of_them) {
        SKIP_TEST("nobody can be made short of descriptors here");
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(an_unsafe_folder_of_names_is_denied),
        TEST(names_leave_no_files_behind),
        TEST(a_name_of_something_else_is_refused),
        TEST(a_shortage_of_descriptors_takes_no_name_away),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
