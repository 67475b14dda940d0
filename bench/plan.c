/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sample of the default length; how often depends on the plan. */
static const double default_min_seconds = 0.1;

/* What interferes on a shared machine doubles one sample in twenty, which
 * scatters them by 21 %; beyond that a median is a matter of luck. */
static const double default_variation_max = 0.25;
enum { REPETITIONS_QUICK = 7, REPETITIONS_FULL = 11 };

struct builder {
    const struct plan_terms *terms;
    const struct bench_options *options;
    struct plan *plan;
    size_t room;
    bool first_ones; /* add the rows that go first, or else all others */
};

/* The number that --file decides, whatever the table lists. */
static bool is_file_size(const struct bench_table *table, size_t number,
                         const struct bench_options *options)
{
    return options->file_size > 0 && (table->flags & BENCH_TAKES_FILE) != 0 &&
           strcmp(table->numbers[number].name, "size") == 0;
}

static size_t word_values(const struct bench_table *table, size_t word)
{
    size_t count = 0;

    while (table->words[word].values[count] != NULL) {
        count++;
    }
    return count;
}

bool plan_name(const struct bench_row *row, char name[BENCH_NAME_MAX])
{
    const struct bench_table *table = row->table;
    size_t at = 0;
    int more;

    more = snprintf(name, BENCH_NAME_MAX, "%s", table->subject);
    at += (size_t)more;
    for (unsigned i = 0; i < table->word_count && at < BENCH_NAME_MAX; i++) {
        more =
            snprintf(name + at, BENCH_NAME_MAX - at, "/%s", bench_word(row, i));
        at += (size_t)more;
    }
    for (size_t i = 0; i < table->number_count && at < BENCH_NAME_MAX; i++) {
        if (row->numbers[i] == table->numbers[i].usual) {
            continue;
        }
        more = snprintf(name + at, BENCH_NAME_MAX - at, "/%s:%" PRId64,
                        table->numbers[i].name, row->numbers[i]);
        at += (size_t)more;
    }
    return at < BENCH_NAME_MAX;
}

/* Whether the plan has it, by its scale and its name. */
static bool is_wanted(const struct plan_terms *terms,
                      const struct bench_row *row, const char *name)
{
    const struct bench_options *options = terms->options;
    const struct bench_table *table = row->table;
    enum bench_scale least = options->quick ? BENCH_QUICK : BENCH_FULL;

    if (table->scale != NULL &&
        table->scale(row, options) < (options->all ? BENCH_ALL : least)) {
        return false;
    }
    return terms->filter == NULL || terms->filter(name, terms->context);
}

static bool goes_first(const struct bench_row *row)
{
    return row->table->goes_first != NULL && row->table->goes_first(row);
}

static enum mm_status append(struct builder *builder,
                             const struct bench_row *row)
{
    struct plan *plan = builder->plan;
    char name[BENCH_NAME_MAX];

    if (!plan_name(row, name)) {
        return MM_INVALID;
    }
    if (goes_first(row) != builder->first_ones ||
        !is_wanted(builder->terms, row, name)) {
        return MM_OK;
    }
    if (plan->count == builder->room) {
        size_t room = builder->room > 0 ? 2 * builder->room : 64;
        struct bench_row *rows = realloc(plan->rows, room * sizeof(*rows));

        if (rows == NULL) {
            return MM_NO_MEMORY;
        }
        plan->rows = rows;
        builder->room = room;
    }
    plan->rows[plan->count++] = *row;
    return MM_OK;
}

static bool is_compared(const struct bench_table *table, const char *name)
{
    return table->compared != NULL && strcmp(name, table->compared) == 0;
}

static bool number_is_compared(const struct bench_table *table, size_t number)
{
    return is_compared(table, table->numbers[number].name);
}

static bool word_is_compared(const struct bench_table *table, size_t word)
{
    return is_compared(table, table->words[word].name);
}

static enum mm_status add_ways(struct builder *builder, struct bench_row *row)
{
    enum mm_status status = MM_OK;
    size_t values;

    if (row->table->word_count == 0) {
        return append(builder, row);
    }
    values = word_values(row->table, 0);
    for (unsigned i = 0; status == MM_OK && i < values; i++) {
        row->words[0] = i;
        status = append(builder, row);
    }
    return status;
}

/* The rows of one comparison. */
static enum mm_status add_comparison(struct builder *builder,
                                     struct bench_row *row)
{
    const struct bench_table *table = row->table;
    enum mm_status status = MM_OK;
    size_t number = 0;

    while (number < table->number_count && !number_is_compared(table, number)) {
        number++;
    }
    if (number == table->number_count) {
        return add_ways(builder, row);
    }
    for (size_t i = 0; status == MM_OK && i < table->numbers[number].count;
         i++) {
        row->numbers[number] = table->numbers[number].values[i];
        status = add_ways(builder, row);
    }
    return status;
}

/* All combinations of the words below `words`, the first ones fastest, so
 * that the rows of a comparison come side by side. */
static enum mm_status add_words(struct builder *builder, struct bench_row *row,
                                size_t words)
{
    enum mm_status status = MM_OK;
    size_t values;

    if (words <= 1) {
        return add_comparison(builder, row);
    }
    values = word_values(row->table, words - 1);
    for (unsigned i = 0; status == MM_OK && i < values; i++) {
        row->words[words - 1] = i;
        status = add_words(builder, row, words - 1);
    }
    return status;
}

/* All combinations of the numbers from `number` on, the first one slowest. */
static enum mm_status add_numbers(struct builder *builder,
                                  struct bench_row *row, size_t number)
{
    const struct bench_table *table = row->table;
    enum mm_status status = MM_OK;

    if (number == table->number_count) {
        return add_words(builder, row, table->word_count);
    }
    if (number_is_compared(table, number)) {
        return add_numbers(builder, row, number + 1);
    }
    if (is_file_size(table, number, builder->options)) {
        row->numbers[number] = (int64_t)builder->options->file_size;
        return add_numbers(builder, row, number + 1);
    }
    for (size_t i = 0; status == MM_OK && i < table->numbers[number].count;
         i++) {
        row->numbers[number] = table->numbers[number].values[i];
        status = add_numbers(builder, row, number + 1);
    }
    return status;
}

/* Of more parts than a row has room for. */
static bool is_too_wide(const struct bench_table *table)
{
    return table->word_count > BENCH_WORDS_MAX ||
           table->number_count > BENCH_NUMBERS_MAX;
}

static bool has_rows(const struct bench_table *table,
                     const struct bench_options *options)
{
    return options->file_size == 0 || (table->flags & BENCH_TAKES_FILE) != 0;
}

static enum mm_status add_table(struct builder *builder,
                                const struct bench_table *table)
{
    struct bench_row row = {.table = table};

    if (is_too_wide(table)) {
        return MM_INVALID;
    }
    return has_rows(table, builder->options) ? add_numbers(builder, &row, 0)
                                             : MM_OK;
}

enum mm_status plan_make(const struct plan_terms *terms, struct plan *plan_out)
{
    struct builder builder = {terms, terms->options, plan_out, 0, true};
    const struct bench_table *const *tables = terms->tables;
    enum mm_status status = MM_OK;

    memset(plan_out, 0, sizeof(*plan_out));
    for (size_t i = 0; status == MM_OK && tables[i] != NULL; i++) {
        status = add_table(&builder, tables[i]);
    }
    builder.first_ones = false;
    for (size_t i = 0; status == MM_OK && tables[i] != NULL; i++) {
        status = add_table(&builder, tables[i]);
    }
    if (status != MM_OK) {
        plan_free(plan_out);
    }
    return status;
}

/* ---- one row, by its name ------------------------------------------------ */

/* Whether the part of a name that `*at` is at is `text`, and go behind it. */
static bool take_part(const char **at, const char *text)
{
    size_t size = strlen(text);

    if (strncmp(*at, text, size) != 0 ||
        ((*at)[size] != '/' && (*at)[size] != '\0')) {
        return false;
    }
    *at += size + ((*at)[size] == '/' ? 1 : 0);
    return true;
}

static bool take_word(const char **at, struct bench_row *row, size_t word)
{
    size_t values = word_values(row->table, word);
    unsigned value = 0;

    while (value < values &&
           !take_part(at, row->table->words[word].values[value])) {
        value++;
    }
    row->words[word] = value;
    return value < values;
}

/* A value that the table lists, or the file's size. */
static bool has_value(const struct bench_table *table, size_t number,
                      int64_t value, const struct bench_options *options)
{
    const struct bench_numbers *numbers = &table->numbers[number];
    size_t i = 0;

    if (is_file_size(table, number, options)) {
        return value == (int64_t)options->file_size;
    }
    while (i < numbers->count && numbers->values[i] != value) {
        i++;
    }
    return i < numbers->count;
}

/* The usual value is not in names. */
static bool take_number(const char **at, struct bench_row *row, size_t number,
                        const struct bench_options *options)
{
    const struct bench_numbers *numbers = &row->table->numbers[number];
    size_t size = strlen(numbers->name);
    char *end;

    row->numbers[number] = numbers->usual;
    if (strncmp(*at, numbers->name, size) == 0 && (*at)[size] == ':') {
        row->numbers[number] = strtoll(*at + size + 1, &end, 10);
        *at = *end == '/' ? end + 1 : end;
    }
    return has_value(row->table, number, row->numbers[number], options);
}

static bool read_name(const char *name, const struct bench_options *options,
                      struct bench_row *row)
{
    const struct bench_table *table = row->table;
    const char *at = name;
    bool fits = !is_too_wide(table) && take_part(&at, table->subject);

    for (size_t i = 0; fits && i < table->word_count; i++) {
        fits = take_word(&at, row, i);
    }
    for (size_t i = 0; fits && i < table->number_count; i++) {
        fits = take_number(&at, row, i, options);
    }
    return fits;
}

bool plan_find(const struct plan_terms *terms, const char *name,
               struct bench_row *row_out)
{
    char made[BENCH_NAME_MAX];

    for (size_t i = 0; terms->tables[i] != NULL; i++) {
        struct bench_row row = {.table = terms->tables[i]};

        /* What is made of the row decides: a part may be written otherwise. */
        if (has_rows(row.table, terms->options) &&
            read_name(name, terms->options, &row) && plan_name(&row, made) &&
            strcmp(made, name) == 0 && is_wanted(terms, &row, name)) {
            *row_out = row;
            return true;
        }
    }
    return false;
}

void plan_free(struct plan *plan)
{
    free(plan->rows);
    memset(plan, 0, sizeof(*plan));
}

bool plan_compares(const struct bench_row *a, const struct bench_row *b)
{
    if (a->table != b->table) {
        return false;
    }
    for (size_t i = 1; i < a->table->word_count; i++) {
        if (!word_is_compared(a->table, i) && a->words[i] != b->words[i]) {
            return false;
        }
    }
    for (size_t i = 0; i < a->table->number_count; i++) {
        if (!number_is_compared(a->table, i) &&
            a->numbers[i] != b->numbers[i]) {
            return false;
        }
    }
    return true;
}

size_t plan_comparison(const struct plan *plan, size_t first)
{
    size_t next = first + 1;

    while (next < plan->count &&
           plan_compares(&plan->rows[first], &plan->rows[next])) {
        next++;
    }
    return next - first;
}

struct bench_sampling plan_sampling(const struct bench_row *row,
                                    const struct bench_options *options)
{
    struct bench_sampling sampling = {0};

    if (row->table->sampling != NULL) {
        row->table->sampling(row, options, &sampling);
    }
    if (sampling.repetitions <= 0) {
        sampling.repetitions =
            options->quick ? REPETITIONS_QUICK : REPETITIONS_FULL;
    }
    if (options->repetitions > 0) {
        sampling.repetitions = options->repetitions;
    }
    if (sampling.min_seconds <= 0) {
        sampling.min_seconds = default_min_seconds;
    }
    if (sampling.sample_seconds <= 0) {
        sampling.sample_seconds = sampling.min_seconds;
    }
    if (options->variation_max > 0) {
        sampling.variation_max = options->variation_max;
    } else if (sampling.variation_max <= 0) {
        sampling.variation_max = default_variation_max;
    }
    return sampling;
}

double plan_seconds(const struct bench_row *row,
                    const struct bench_options *options)
{
    struct bench_sampling sampling = plan_sampling(row, options);
    /* Learning how many iterations fill a sample takes about two more. */
    int samples = sampling.repetitions + (sampling.iterations > 0 ? 0 : 2);

    return samples * sampling.sample_seconds;
}
