/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

static const char *const ways[] = {"a", "b", NULL};
static const char *const caches[] = {"warm", "cold", NULL};
static const struct bench_words words[] = {{"way", ways}, {"cache", caches}};
static const int64_t sizes[] = {10, 20};
static const struct bench_numbers numbers[] = {{"size", sizes, 2, 0}};

static void body(struct bench_run *run, void *state)
{
    (void)run;
    (void)state;
}

static enum bench_scale
twenty_is_for_the_full_plan(const struct bench_row *row,
                            const struct bench_options *options)
{
    (void)options;
    if (row->words[0] == 1 && row->words[1] == 1) {
        return BENCH_NEVER;
    }
    return row->numbers[0] == 20 ? BENCH_FULL : BENCH_QUICK;
}

static const struct bench_table table = {
    .subject = "t",
    .words = words,
    .word_count = 2,
    .numbers = numbers,
    .number_count = 1,
    .flags = BENCH_TAKES_FILE,
    .scale = twenty_is_for_the_full_plan,
    .body = body,
};

static const struct bench_table without_file = {.subject = "u", .body = body};

static const struct bench_table *const tables[] = {&table, &without_file, NULL};

static enum mm_status make(const struct bench_table *const *list,
                           const struct bench_options *options,
                           plan_filter *filter, struct plan *plan_out)
{
    const struct plan_terms terms = {list, options, filter, NULL};

    return plan_make(&terms, plan_out);
}

static bool find(const struct bench_table *const *list,
                 const struct bench_options *options, const char *name)
{
    const struct plan_terms terms = {list, options, NULL, NULL};
    struct bench_row row;

    return plan_find(&terms, name, &row);
}

static void assert_names(const struct plan *plan, const char *const *names,
                         size_t count)
{
    char name[BENCH_NAME_MAX];

    assert_int_equal(plan->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(plan_name(&plan->rows[i], name));
        assert_string_equal(name, names[i]);
    }
}

static void a_plan_is_the_product_with_the_ways_side_by_side(void **state)
{
    static const char *const names[] = {
        "t/a/warm/size:10",
        "t/b/warm/size:10",
        "t/a/cold/size:10",
        "t/a/warm/size:20",
        "t/b/warm/size:20",
        "t/a/cold/size:20",
        "u",
    };
    struct bench_options options = {0};
    struct plan plan;

    (void)state;
    assert_int_equal(make(tables, &options, NULL, &plan), MM_OK);
    assert_names(&plan, names, 7);
    assert_int_equal(plan_comparison(&plan, 0), 2);
    assert_int_equal(plan_comparison(&plan, 2), 1);
    assert_int_equal(plan_comparison(&plan, 6), 1);
    plan_free(&plan);
}

static void a_compared_number_stands_beside_the_ways(void **state)
{
    static const char *const names[] = {
        "t/a/warm/size:10", "t/b/warm/size:10", "t/a/warm/size:20",
        "t/b/warm/size:20", "t/a/cold/size:10", "t/a/cold/size:20",
    };
    struct bench_table compared = table;
    const struct bench_table *const only[] = {&compared, NULL};
    struct bench_options options = {0};
    struct plan plan;

    (void)state;
    compared.compared = "size";
    assert_int_equal(make(only, &options, NULL, &plan), MM_OK);
    assert_names(&plan, names, 6);
    assert_int_equal(plan_comparison(&plan, 0), 4);
    assert_int_equal(plan_comparison(&plan, 4), 2);
    plan_free(&plan);
}

static void a_compared_word_stands_beside_the_ways(void **state)
{
    struct bench_table compared = table;
    const struct bench_table *const only[] = {&compared, NULL};
    struct bench_options options = {0};
    struct plan plan;

    (void)state;
    compared.compared = compared.words[1].name;
    assert_int_equal(make(only, &options, NULL, &plan), MM_OK);
    assert_int_equal(plan_comparison(&plan, 0), 3); /* a, b warm; a cold */
    assert_int_equal(plan_comparison(&plan, 3), 3);
    plan_free(&plan);
}

static void a_quick_plan_leaves_out_what_is_full(void **state)
{
    static const char *const names[] = {"t/a/warm/size:10", "t/b/warm/size:10",
                                        "t/a/cold/size:10", "u"};
    struct bench_options options = {.quick = true};
    struct plan plan;

    (void)state;
    assert_int_equal(make(tables, &options, NULL, &plan), MM_OK);
    assert_names(&plan, names, 4);
    plan_free(&plan);
}

static void a_given_file_decides_the_size_and_who_takes_part(void **state)
{
    static const char *const names[] = {"t/a/warm/size:77", "t/b/warm/size:77",
                                        "t/a/cold/size:77"};
    struct bench_options options = {.file_size = 77};
    struct plan plan;

    (void)state;
    assert_int_equal(make(tables, &options, NULL, &plan), MM_OK);
    assert_names(&plan, names, 3);
    plan_free(&plan);
}

static bool is_cold(const char *name, void *context)
{
    (void)context;
    return strstr(name, "cold") != NULL;
}

static void a_filter_sees_whole_names(void **state)
{
    static const char *const names[] = {"t/a/cold/size:10", "t/a/cold/size:20"};
    struct bench_options options = {0};
    struct plan plan;

    (void)state;
    assert_int_equal(make(tables, &options, is_cold, &plan), MM_OK);
    assert_names(&plan, names, 2);
    plan_free(&plan);
}

static bool cold_goes_first(const struct bench_row *row)
{
    return row->words[1] == 1;
}

static void what_goes_first_comes_before_every_other_table(void **state)
{
    static const char *const names[] = {"e/a/cold/size:10", "e/b/cold/size:10",
                                        "u", "e/a/warm/size:10",
                                        "e/b/warm/size:10"};
    const struct bench_table eager = {
        .subject = "e",
        .words = words,
        .word_count = 2,
        .numbers = &(const struct bench_numbers){"size", sizes, 1, 0},
        .number_count = 1,
        .goes_first = cold_goes_first,
    };
    const struct bench_table *const list[] = {&without_file, &eager, NULL};
    struct bench_options options = {0};
    struct plan plan;

    (void)state;
    assert_int_equal(make(list, &options, NULL, &plan), MM_OK);
    assert_names(&plan, names, 5);
    assert_int_equal(plan_comparison(&plan, 0), 2);
    plan_free(&plan);
}

static enum bench_scale only_on_request(const struct bench_row *row,
                                        const struct bench_options *options)
{
    (void)row;
    (void)options;
    return BENCH_ALL;
}

static void the_usual_number_is_not_named_and_all_is_on_request(void **state)
{
    static const char *const names[] = {"r", "r/threads:2"};
    static const int64_t threads[] = {1, 2};
    const struct bench_table rare = {
        .subject = "r",
        .numbers = &(const struct bench_numbers){"threads", threads, 2, 1},
        .number_count = 1,
        .scale = only_on_request,
    };
    const struct bench_table *const list[] = {&rare, NULL};
    struct bench_options options = {0};
    struct plan plan;

    (void)state;
    assert_int_equal(make(list, &options, NULL, &plan), MM_OK);
    assert_int_equal(plan.count, 0);
    options.all = true;
    assert_int_equal(make(list, &options, NULL, &plan), MM_OK);
    assert_names(&plan, names, 2);
    plan_free(&plan);
}

static void a_table_with_too_many_parts_is_refused(void **state)
{
    const struct bench_table wide = {.subject = "w",
                                     .word_count = BENCH_WORDS_MAX + 1};
    const struct bench_table *const list[] = {&wide, NULL};
    struct bench_options options = {0};
    struct plan plan;

    (void)state;
    assert_false(find(list, &options, "w"));
    assert_int_equal(make(list, &options, NULL, &plan), MM_INVALID);
    assert_int_equal(plan.count, 0);
    assert_null(plan.rows);
}

static void a_name_that_does_not_fit_is_refused(void **state)
{
    char subject[BENCH_NAME_MAX + 1];
    const struct bench_table endless = {.subject = subject};
    const struct bench_table *const list[] = {&endless, NULL};
    struct bench_options options = {0};
    struct plan plan;

    (void)state;
    memset(subject, 'x', sizeof(subject));
    subject[BENCH_NAME_MAX] = '\0';
    assert_int_equal(make(list, &options, NULL, &plan), MM_INVALID);
}

/* With what the program has, several tables of one subject included. */
static void every_row_of_the_program_is_found_by_its_name(void **state)
{
    struct bench_options options = {.all = true};
    const struct plan_terms terms = {bench_tables, &options, NULL, NULL};
    char name[BENCH_NAME_MAX];
    struct bench_row found;
    struct plan plan;

    (void)state;
    assert_int_equal(plan_make(&terms, &plan), MM_OK);
    assert_true(plan.count > 1000);
    for (size_t i = 0; i < plan.count; i++) {
        assert_true(plan_name(&plan.rows[i], name));
        assert_true(plan_find(&terms, name, &found));
        assert_memory_equal(&found, &plan.rows[i], sizeof(found));
    }
    plan_free(&plan);
}

static void a_row_that_no_plan_has_is_not_found(void **state)
{
    static const char *const names[] = {
        "",
        "t",
        "t/a",
        "t/a/warm",
        "t/a/warm/size:11",
        "t/a/warm/size:",
        "t/a/warm/size:010",
        "t/a/warm/size:10/",
        "t/a/warm/size:10/size:10",
        "t/warm/a/size:10",
        "t//warm/size:10",
        "t/b/cold/size:10", /* a combination that means nothing */
        "tt/a/warm/size:10",
        "u/",
        "u/a",
    };
    const struct bench_options options = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_false(find(tables, &options, names[i]));
    }
    assert_true(find(tables, &options, "t/a/warm/size:10"));
    assert_true(find(tables, &options, "u"));
}

static void what_a_plan_leaves_out_is_not_found(void **state)
{
    const struct bench_options quick = {.quick = true};
    const struct bench_options given = {.file_size = 77};
    const struct bench_options full = {0};
    const struct plan_terms cold = {tables, &full, is_cold, NULL};
    struct bench_row row;

    (void)state;
    assert_true(find(tables, &quick, "t/a/warm/size:10"));
    assert_false(find(tables, &quick, "t/a/warm/size:20"));
    assert_true(find(tables, &given, "t/a/warm/size:77"));
    assert_false(find(tables, &given, "t/a/warm/size:10"));
    assert_false(find(tables, &given, "u"));
    assert_true(plan_find(&cold, "t/a/cold/size:10", &row));
    assert_false(plan_find(&cold, "t/a/warm/size:10", &row));
}

static void the_usual_number_of_a_row_is_found_without_its_name(void **state)
{
    static const int64_t threads[] = {1, 2};
    const struct bench_table some = {
        .subject = "r",
        .numbers = &(const struct bench_numbers){"threads", threads, 2, 1},
        .number_count = 1,
    };
    const struct bench_table *const list[] = {&some, NULL};
    const struct bench_options options = {0};

    (void)state;
    assert_true(find(list, &options, "r"));
    assert_true(find(list, &options, "r/threads:2"));
    assert_false(find(list, &options, "r/threads:1"));
}

static unsigned rows_looked_at;

static enum bench_scale count_rows(const struct bench_row *row,
                                   const struct bench_options *options)
{
    (void)row;
    (void)options;
    rows_looked_at++;
    return BENCH_QUICK;
}

/* That of all rows takes a tenth of a second; a gate opens one at a time. */
static void no_plan_is_made_to_find_a_row(void **state)
{
    struct bench_table counted = table;
    const struct bench_table *const list[] = {&counted, NULL};
    const struct bench_options options = {0};

    (void)state;
    counted.scale = count_rows;
    rows_looked_at = 0;
    assert_true(find(list, &options, "t/b/cold/size:20"));
    assert_int_equal(rows_looked_at, 1);
}

static void sampling_has_defaults_for_what_a_table_leaves_open(void **state)
{
    struct bench_options options = {.quick = true};
    struct bench_row row = {.table = &without_file};
    struct bench_sampling sampling = plan_sampling(&row, &options);

    (void)state;
    assert_true(sampling.repetitions >= 6); /* a 95 % interval needs six */
    assert_int_equal(sampling.iterations, 0);
    assert_true(sampling.min_seconds > 0);
    assert_true(plan_seconds(&row, &options) >
                sampling.repetitions * sampling.min_seconds * 0.99);
}

static void repetitions_that_are_asked_for_are_every_rows(void **state)
{
    struct bench_options options = {.quick = true, .repetitions = 2};
    struct bench_row row = {.table = &without_file};
    struct bench_sampling sampling = plan_sampling(&row, &options);

    (void)state;
    assert_int_equal(sampling.repetitions, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_is_the_product_with_the_ways_side_by_side),
        cmocka_unit_test(what_goes_first_comes_before_every_other_table),
        cmocka_unit_test(the_usual_number_is_not_named_and_all_is_on_request),
        cmocka_unit_test(a_compared_number_stands_beside_the_ways),
        cmocka_unit_test(a_compared_word_stands_beside_the_ways),
        cmocka_unit_test(a_quick_plan_leaves_out_what_is_full),
        cmocka_unit_test(a_given_file_decides_the_size_and_who_takes_part),
        cmocka_unit_test(a_filter_sees_whole_names),
        cmocka_unit_test(a_table_with_too_many_parts_is_refused),
        cmocka_unit_test(a_name_that_does_not_fit_is_refused),
        cmocka_unit_test(every_row_of_the_program_is_found_by_its_name),
        cmocka_unit_test(a_row_that_no_plan_has_is_not_found),
        cmocka_unit_test(what_a_plan_leaves_out_is_not_found),
        cmocka_unit_test(the_usual_number_of_a_row_is_found_without_its_name),
        cmocka_unit_test(no_plan_is_made_to_find_a_row),
        cmocka_unit_test(sampling_has_defaults_for_what_a_table_leaves_open),
        cmocka_unit_test(repetitions_that_are_asked_for_are_every_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
