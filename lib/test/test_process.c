/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/clock.h>
#include <mapmark/file.h>
#include <mapmark/process.h>

#include "skip.h"
#include "support.h"

static const uint64_t millisecond_ns = 1000000;

static void the_exit_code_of_a_child_is_told(void **state)
{
    (void)state;
    assert_int_equal(support_run_peer("exit", "0", NULL), 0);
    assert_int_equal(support_run_peer("exit", "7", NULL), 7);
    assert_int_equal(support_run_peer("exit", "255", NULL), 255);
}

static void the_exit_code_can_be_asked_again(void **state)
{
    struct mm_process *process = support_start_peer("exit", "5", NULL);
    int code = 0;

    (void)state;
    assert_non_null(process);
    assert_status(mm_process_wait(process, MM_INFINITE, &code), MM_OK);
    assert_int_equal(code, 5);
    code = 0;
    assert_status(mm_process_wait(process, 0, &code), MM_OK);
    assert_int_equal(code, 5);
    assert_status(mm_process_wait(process, MM_INFINITE, NULL), MM_OK);
    support_close_peer(process);
}

static void no_program_means_the_calling_one(void **state)
{
    (void)state;
    assert_int_equal(support_run_peer("again", "42", NULL), 42);
}

/* One text at a time, so that a failure names it. */
static void check_argument(const char *path, const char *text)
{
    char seen[64] = {0};
    FILE *file;
    size_t size;

    assert_int_equal(support_run_peer("arguments", path, text, "end", NULL), 0);
    file = fopen(path, "rb");
    assert_non_null(file);
    size = fread(seen, 1, sizeof(seen) - 1, file);
    fclose(file);
    assert_string_equal(seen, text);
    assert_int_equal(size, strlen(text) + 1 + strlen("end") + 1);
    assert_string_equal(seen + strlen(text) + 1, "end");
}

static void arguments_arrive_unchanged(void **state)
{
    static const char *const texts[] = {
        "",     "a b",        "\"",      "a\"b",      "\\",         "\\\\",
        "a\\",  "a b\\",      "a b\\\\", "\\\"",      "a\\\\\"b c", "*",
        "?.c",  "%PATH%",     "$HOME",   "tab\there", "'",          "--",
        "a\nb", "\\\\a\\b c", " ",
    };
    const struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        check_argument(fixture->path, texts[i]);
    }
}

static void a_missing_program_is_not_found(void **state)
{
    struct mm_process_options options = {.program = "./no such program"};
    struct mm_process *process = (struct mm_process *)&options;

    (void)state;
    assert_status(mm_process_spawn(&options, &process), MM_NOT_FOUND);
    assert_null(process);
    assert_int_not_equal(mm_last_os_error(), 0);
}

static void unknown_flags_are_invalid(void **state)
{
    struct mm_process_options options = {.flags = 1U << 31};
    struct mm_process *process = (struct mm_process *)&options;

    (void)state;
    assert_status(mm_process_spawn(&options, &process), MM_INVALID);
    assert_null(process);
    assert_status(mm_process_spawn(NULL, &process), MM_INVALID);
}

static void a_killed_process_is_gone_and_says_so(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_process *process;
    struct talk talk;
    int code = 1;

    assert_true(talk_open(&talk, fixture->name));
    process = support_start_peer("spin", fixture->name, NULL);
    assert_non_null(process);
    assert_true(talk_wait(&talk, 1));

    assert_status(mm_process_wait(process, 0, &code), MM_TIMED_OUT);
    assert_int_equal(code, 0);
    assert_status(mm_process_kill(process), MM_OK);
    assert_status(mm_process_wait(process, MM_INFINITE, &code), MM_OK);
    assert_int_equal(code, MM_EXIT_KILLED);
    assert_status(mm_process_kill(process), MM_OK);
    support_close_peer(process);
    talk_close(&talk);
}

static void a_time_out_is_never_early(void **state)
{
    const uint64_t timeouts_ns[] = {1, 999, 1500000, 20 * millisecond_ns};
    const struct fixture *fixture = *state;
    struct mm_process *process;
    struct talk talk;

    assert_true(talk_open(&talk, fixture->name));
    process = support_start_peer("spin", fixture->name, NULL);
    assert_non_null(process);
    for (size_t i = 0; i < sizeof(timeouts_ns) / sizeof(timeouts_ns[0]); i++) {
        uint64_t start = mm_clock_ns();
        enum mm_status status = mm_process_wait(process, timeouts_ns[i], NULL);

        assert_true(mm_clock_ns() - start >= timeouts_ns[i]);
        assert_status(status, MM_TIMED_OUT);
    }
    assert_true(talk_wait(&talk, 1));
    talk_say(&talk, 2);
    assert_status(mm_process_wait(process, 60000 * millisecond_ns, NULL),
                  MM_OK);
    support_close_peer(process);
    talk_close(&talk);
}

static void each_process_has_its_own_id(void **state)
{
    struct mm_process *process = support_start_peer("exit", "0", NULL);

    (void)state;
    assert_non_null(process);
    assert_true(mm_process_id(process) > 0);
    assert_true(mm_process_id(NULL) > 0);
    assert_true(mm_process_id(process) != mm_process_id(NULL));
    assert_int_equal(support_finish(process), 0);
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    mm_process_close(NULL);
}

static void own_usage_grows_with_work(void **state)
{
    struct mm_process_usage before;
    struct mm_process_usage after;
    uint64_t wanted_ns = 30 * millisecond_ns;

    (void)state;
    assert_status(mm_process_get_usage(NULL, &before), MM_OK);
    do {
        assert_status(mm_process_get_usage(NULL, &after), MM_OK);
    } while (after.user_ns + after.system_ns <
             before.user_ns + before.system_ns + wanted_ns);
    assert_true(after.minor_faults >= before.minor_faults);
    assert_true(after.voluntary_switches >= before.voluntary_switches);
    assert_true(after.involuntary_switches >= before.involuntary_switches);
}

static void no_process_runs_without_a_fault(void **state)
{
    struct mm_process_usage usage;

    (void)state;
    assert_status(mm_process_get_usage(NULL, &usage), MM_OK);
    assert_true(usage.minor_faults > 0);
    if (support_on_wine()) {
        assert_true(usage.minor_faults == MM_UNKNOWN);
        SKIP_TEST("Wine does not count faults");
    }
    assert_true(usage.minor_faults < MM_UNKNOWN);
}

/* What a test prints meanwhile, or a sanitizer reads, is a call as well. */
static void calls_of_files_are_counted(void **state)
{
    enum { CALLS = 200, OTHERS_MAX = 50 };
    const unsigned flags =
        MM_FILE_READ | MM_FILE_WRITE | MM_FILE_CREATE | MM_FILE_NEW;
    const struct fixture *fixture = *state;
    struct mm_process_usage before, written, read;
    struct mm_file *file = NULL;
    char octets[100] = {0};
    size_t count;

    assert_status(mm_file_open(fixture->path, flags, &file), MM_OK);
    assert_status(mm_process_get_usage(NULL, &before), MM_OK);
    for (uint64_t i = 0; i < CALLS; i++) {
        mm_file_write(file, i * sizeof(octets), octets, sizeof(octets), &count);
    }
    assert_status(mm_process_get_usage(NULL, &written), MM_OK);
    for (uint64_t i = 0; i < CALLS; i++) {
        mm_file_read(file, i * sizeof(octets), octets, sizeof(octets), &count);
    }
    assert_status(mm_process_get_usage(NULL, &read), MM_OK);
    mm_file_close(file);
    if (before.read_calls == MM_UNKNOWN) {
        assert_true(support_on_wine());
        SKIP_TEST("Wine does not count calls");
    }
    assert_in_range(written.write_calls - before.write_calls, CALLS,
                    CALLS + OTHERS_MAX);
    assert_in_range(read.read_calls - written.read_calls, CALLS,
                    CALLS + OTHERS_MAX);
    assert_in_range(read.write_calls - written.write_calls, 0, OTHERS_MAX);
    assert_in_range(written.write_bytes - before.write_bytes,
                    CALLS * sizeof(octets), UINT64_MAX / 2);
    assert_in_range(read.read_bytes - written.read_bytes,
                    CALLS * sizeof(octets), UINT64_MAX / 2);
}

static void usage_of_a_child_is_seen_while_it_lives(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_process_usage usage;
    struct mm_process *process;
    struct talk talk;

    assert_true(talk_open(&talk, fixture->name));
    process = support_start_peer("burn", fixture->name, "100", NULL);
    assert_non_null(process);
    assert_true(talk_wait(&talk, 1));
    assert_status(mm_process_get_usage(process, &usage), MM_OK);
    /* Both sides round to steps of ten milliseconds, each of two times. */
    assert_true(usage.user_ns + usage.system_ns >= 60 * millisecond_ns);
    assert_true(usage.minor_faults > 0); /* or MM_UNKNOWN */
    talk_say(&talk, 2);
    assert_status(mm_process_wait(process, MM_INFINITE, NULL), MM_OK);
    assert_status(mm_process_get_usage(process, &usage), MM_NOT_FOUND);
    assert_int_equal(usage.user_ns, 0);
    assert_int_equal(usage.minor_faults, 0);
    support_close_peer(process);
    talk_close(&talk);
}

static void pin_to_every_cpu(void *context)
{
    atomic_int *failed = context;
    unsigned count = mm_process_cpu_count();
    unsigned pinned = 0;

    for (unsigned cpu = 0; cpu < 64 && pinned < count; cpu++) {
        if (mm_process_pin(cpu) == MM_OK) {
            pinned++;
            if (mm_process_cpu() != cpu || mm_process_cpu_count() != 1) {
                atomic_fetch_add(failed, 1);
            }
        }
    }
    if (pinned == 0) {
        atomic_fetch_add(failed, 1);
    }
}

/* In a thread of its own: the other tests want all CPUs. */
static void a_pinned_thread_runs_where_it_was_pinned(void **state)
{
    atomic_int failed = 0;

    (void)state;
    assert_true(support_in_threads(1, pin_to_every_cpu, &failed));
    assert_int_equal(atomic_load(&failed), 0);
}

static void a_cpu_that_is_not_there_is_invalid(void **state)
{
    (void)state;
    assert_status(mm_process_pin(30000), MM_INVALID);
    assert_status(mm_process_pin(UINT32_MAX), MM_INVALID);
    assert_true(mm_process_cpu_count() >= 1);
}

static void the_system_has_a_name(void **state)
{
    char text[128];
    char small[4];

    (void)state;
    assert_status(mm_process_system(text, sizeof(text)), MM_OK);
    assert_true(strncmp(text, "Linux ", 6) == 0 ||
                strncmp(text, "Windows ", 8) == 0);
    print_message("system: %s\n", text);
    assert_status(mm_process_system(small, sizeof(small)), MM_OK);
    assert_int_equal(strlen(small), 3);
    assert_memory_equal(small, text, 3);
    assert_status(mm_process_system(text, 0), MM_INVALID);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(the_exit_code_of_a_child_is_told),
        TEST(the_exit_code_can_be_asked_again),
        TEST(no_program_means_the_calling_one),
        TEST(arguments_arrive_unchanged),
        TEST(a_missing_program_is_not_found),
        TEST(unknown_flags_are_invalid),
        TEST(a_killed_process_is_gone_and_says_so),
        TEST(a_time_out_is_never_early),
        TEST(each_process_has_its_own_id),
        TEST(closing_nothing_is_allowed),
        TEST(own_usage_grows_with_work),
        TEST(no_process_runs_without_a_fault),
        TEST(calls_of_files_are_counted),
        TEST(usage_of_a_child_is_seen_while_it_lives),
        TEST(a_pinned_thread_runs_where_it_was_pinned),
        TEST(a_cpu_that_is_not_there_is_invalid),
        TEST(the_system_has_a_name),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
