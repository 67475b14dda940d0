/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <program/arguments.h>

/* What the table below sets. */
struct settings {
    bool flag;
    const char *text;
    struct argument_list list;
    bool maybe;
    const char *maybe_text;
};

/* Read up to three arguments; what is wrong with them goes to stderr. */
static enum exit_code read(struct settings *settings, const char *first,
                           const char *second, const char *third)
{
    const struct argument table[] = {
        {"--flag", NULL, "a flag", .flag = &settings->flag},
        {"--text", "TEXT", "a text", .text = &settings->text},
        {"--list", "ITEM", "many texts", .list = &settings->list},
        {"--maybe", "[TEXT]", "a text or none", .flag = &settings->maybe,
         .text = &settings->maybe_text},
        {0},
    };
    const struct arguments arguments = {"test", table};
    char *values[] = {(char *)"test", (char *)first, (char *)second,
                      (char *)third};
    int count = first == NULL ? 1 : second == NULL ? 2 : third == NULL ? 3 : 4;

    *settings = (struct settings){0};
    return arguments_read(&arguments, count, values);
}

static void nothing_given_sets_nothing(void **state)
{
    struct settings settings;

    (void)state;
    assert_int_equal(read(&settings, NULL, NULL, NULL), EXIT_OK);
    assert_false(settings.flag);
    assert_null(settings.text);
    assert_int_equal(settings.list.count, 0);
}

static void a_value_is_the_next_word_or_behind_the_sign(void **state)
{
    struct settings settings;

    (void)state;
    assert_int_equal(read(&settings, "--text", "--flag", NULL), EXIT_OK);
    assert_string_equal(settings.text, "--flag");
    assert_false(settings.flag);
    assert_int_equal(read(&settings, "--text=a=b", "--flag", NULL), EXIT_OK);
    assert_string_equal(settings.text, "a=b");
    assert_true(settings.flag);
}

static void the_last_text_counts_and_a_list_keeps_all(void **state)
{
    struct settings settings;

    (void)state;
    assert_int_equal(read(&settings, "--text=1", "--text=2", NULL), EXIT_OK);
    assert_string_equal(settings.text, "2");
    assert_int_equal(read(&settings, "--list=1", "--list", "2"), EXIT_OK);
    assert_int_equal(settings.list.count, 2);
    assert_string_equal(settings.list.values[0], "1");
    assert_string_equal(settings.list.values[1], "2");
}

static void a_value_in_brackets_may_be_left_out(void **state)
{
    struct settings settings;

    (void)state;
    assert_int_equal(read(&settings, "--maybe", NULL, NULL), EXIT_OK);
    assert_true(settings.maybe);
    assert_null(settings.maybe_text);
    assert_int_equal(read(&settings, "--maybe", "--flag", NULL), EXIT_OK);
    assert_true(settings.flag);
    assert_null(settings.maybe_text);
    assert_int_equal(read(&settings, "--maybe", "a", "--flag"), EXIT_OK);
    assert_true(settings.flag);
    assert_string_equal(settings.maybe_text, "a");
    assert_int_equal(read(&settings, "--maybe=-b", NULL, NULL), EXIT_OK);
    assert_string_equal(settings.maybe_text, "-b");
    assert_int_equal(read(&settings, "--maybe=", NULL, NULL), EXIT_USAGE);
}

static void a_full_list_refuses_one_more(void **state)
{
    struct argument_list list = {.count = ARGUMENT_LIST_MAX};
    const struct argument table[] = {
        {"--list", "ITEM", "many texts", .list = &list},
        {0},
    };
    const struct arguments arguments = {"test", table};
    char *values[] = {(char *)"test", (char *)"--list=1"};

    (void)state;
    assert_int_equal(arguments_read(&arguments, 2, values), EXIT_USAGE);
    assert_int_equal(list.count, ARGUMENT_LIST_MAX);
}

static void what_the_table_does_not_allow_is_refused(void **state)
{
    static const char *const wrong[] = {
        "--wrong", "--fla",   "--flags", "stray", "--flag=yes",
        "--text",  "--text=", "-",       "",      "--list",
    };
    struct settings settings;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(read(&settings, wrong[i], NULL, NULL), EXIT_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given_sets_nothing),
        cmocka_unit_test(a_value_is_the_next_word_or_behind_the_sign),
        cmocka_unit_test(the_last_text_counts_and_a_list_keeps_all),
        cmocka_unit_test(a_value_in_brackets_may_be_left_out),
        cmocka_unit_test(a_full_list_refuses_one_more),
        cmocka_unit_test(what_the_table_does_not_allow_is_refused),
    };

    return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
