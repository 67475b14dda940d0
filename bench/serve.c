/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/clock.h>

#include "engine.h"
#include "record_json.h"

/* An answer is one write: whoever waits for it is woken once, and whoever
 * traces this program sees where it ends. */
enum { ANSWER_ROOM = 1 << 16 };

/* What the open rows of one comparison share. */
struct group {
    struct bench_row row; /* one of them */
    void *shared;
    unsigned users; /* 0: the place is free */
};

struct server {
    const struct plan_terms *terms;
    double clock_cost_ns;
    int64_t order; /* slices so far */
    struct json answer;
    struct measured rows[SERVE_ROWS_MAX]; /* open when their name is not "" */
    struct group *groups_of[SERVE_ROWS_MAX];
    struct group groups[SERVE_ROWS_MAX];
};

/* ---- answers ------------------------------------------------------------- */

static void begin_answer(struct server *server)
{
    FILE *out = server->answer.stream;

    memset(&server->answer, 0, sizeof(server->answer));
    server->answer.stream = out;
    json_object(&server->answer, NULL);
}

/* Whether it was taken. */
static bool end_answer(struct server *server)
{
    FILE *out = server->answer.stream;

    json_end(&server->answer, '}');
    return putc('\n', out) != EOF && fflush(out) == 0;
}

static bool answer_text(struct server *server, const char *name,
                        const char *text)
{
    begin_answer(server);
    json_text(&server->answer, name, text);
    return end_answer(server);
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static bool
answer_error(struct server *server, const char *format, ...)
{
    char text[SERVE_LINE_MAX + BENCH_REASON_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return answer_text(server, "error", text);
}

static bool greet(struct server *server)
{
    begin_answer(server);
    json_text(&server->answer, "protocol", "mapmark-serve/1");
    record_json_program(&server->answer);
    return end_answer(server);
}

/* ---- rows ---------------------------------------------------------------- */

/* Its place; SERVE_ROWS_MAX when it is not open. "" finds a free one. */
static size_t find_open(const struct server *server, const char *name)
{
    size_t at = 0;

    while (at < SERVE_ROWS_MAX && strcmp(server->rows[at].name, name) != 0) {
        at++;
    }
    return at;
}

/* Join the comparison that the row belongs to, or begin it. */
static enum mm_status join(struct server *server, const struct bench_row *row,
                           struct group **group_out,
                           struct bench_reason *reason)
{
    struct group *group = NULL;
    enum mm_status status = MM_OK;

    for (size_t i = 0; i < SERVE_ROWS_MAX; i++) {
        struct group *other = &server->groups[i];

        if (other->users > 0 && plan_compares(&other->row, row)) {
            other->users++;
            *group_out = other;
            return MM_OK;
        }
        group = other->users == 0 ? other : group;
    }
    group->row = *row;
    group->shared = NULL;
    if (row->table->share != NULL) {
        status = row->table->share(row, server->terms->options, &group->shared,
                                   reason);
    }
    group->users = status == MM_OK ? 1 : 0;
    *group_out = group;
    return status;
}

static void leave(struct group *group)
{
    const struct bench_table *table = group->row.table;

    if (group->users > 0 && --group->users == 0 && table->unshare != NULL) {
        table->unshare(group->shared);
    }
}

static void close_row(struct server *server, size_t at)
{
    engine_tear_down(&server->rows[at]);
    leave(server->groups_of[at]);
    measured_free(&server->rows[at]);
    memset(&server->rows[at], 0, sizeof(server->rows[at]));
}

static bool answer_refused(struct server *server, const struct measured *row)
{
    begin_answer(server);
    json_text(&server->answer, "refused", row->name);
    json_text(&server->answer, "state", record_state_name(row->worst));
    json_text(&server->answer, "reason", row->reason.text);
    return end_answer(server);
}

static bool open_row(struct server *server, const char *name)
{
    size_t at = find_open(server, "");
    struct bench_reason reason = {{0}};
    struct bench_row row;
    struct measured *opened;
    enum mm_status status;
    bool taken;

    if (!plan_find(server->terms, name, &row)) {
        return answer_error(server, "open: there is no row '%s'", name);
    }
    if (find_open(server, name) < SERVE_ROWS_MAX) {
        return answer_error(server, "open: '%s' is open already", name);
    }
    if (at == SERVE_ROWS_MAX) {
        return answer_error(server, "open '%s': %d rows are open, close one",
                            name, SERVE_ROWS_MAX);
    }
    opened = &server->rows[at];
    engine_prepare(opened, &row, server->terms->options);
    status = join(server, &row, &server->groups_of[at], &reason);
    if (status == MM_OK) {
        engine_set_up(opened, server->groups_of[at]->shared);
    } else {
        engine_judge_failure(opened, status, &reason);
    }
    if (opened->is_set_up) {
        return answer_text(server, "opened", name);
    }
    taken = answer_refused(server, opened);
    close_row(server, at);
    return taken;
}

/* ---- slices -------------------------------------------------------------- */

/* The loop of one slice, and when it ran. */
struct slice {
    int64_t left;
    uint64_t begin;
    uint64_t end;
};

static int64_t next_batch(void *engine, int64_t want)
{
    struct slice *slice = engine;
    int64_t batch = want < slice->left ? want : slice->left;

    if (slice->begin == 0) {
        slice->begin = mm_clock_ns();
    }
    slice->left -= batch;
    if (batch == 0) {
        slice->end = mm_clock_ns();
    }
    return batch;
}

static void take_times(struct sample *sample, const struct slice *slice,
                       bool by_hand, double clock_cost_ns)
{
    const struct mm_process_usage *used = &sample->used;
    uint64_t real_ns =
        by_hand ? sample_phases_ns(sample) : slice->end - slice->begin;
    double iterations = (double)sample->iterations;

    if (!by_hand) {
        sample_judge_clock(sample, 1, clock_cost_ns, real_ns);
    }
    sample->real_ns = (double)real_ns / iterations;
    if (sample->usage_known == MM_OK && used->user_ns != MM_UNKNOWN &&
        used->system_ns != MM_UNKNOWN) {
        sample->cpu_ns = (double)(used->user_ns + used->system_ns) / iterations;
    }
}

/* What only a slice can get wrong: how long it is, somebody else decides. */
static void judge_length(struct sample *sample, int64_t most)
{
    struct bench_reason reason;

    if (most > 0 && sample->iterations > most) {
        bench_explain(&reason,
                      "the state in its name lasts for %" PRId64
                      " of the %" PRId64 " iterations",
                      most, sample->iterations);
        sample_judge(sample, BENCH_UNPROVED, reason.text);
    }
}

static bool take_slice(struct server *server, struct measured *row,
                       int64_t iterations)
{
    struct slice slice = {.left = iterations};
    struct bench_run run = {.next = next_batch, .engine = &slice};
    bool taken;

    run.sample = measured_add(row);
    if (run.sample == NULL) {
        return answer_error(server, "slice '%s': no memory", row->name);
    }
    run.sample->order = server->order++;
    run_body(row, &run, server->clock_cost_ns);
    if (run.sample->iterations > 0) {
        take_times(run.sample, &slice,
                   (row->row.table->flags & BENCH_TIMED_BY_HAND) != 0,
                   server->clock_cost_ns);
        judge_length(run.sample, row->sampling.iterations);
    }
    begin_answer(server);
    json_text(&server->answer, "slice", row->name);
    record_json_sample(&server->answer, run.sample);
    taken = end_answer(server);
    measured_free(row);
    return taken;
}

/* In decimal digits and nothing else; 0 for what is no such number. */
static int64_t read_count(const char *text)
{
    int64_t count;

    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0') {
        return 0;
    }
    errno = 0;
    count = strtoll(text, NULL, 10);
    return errno == 0 ? count : 0;
}

/* "NAME N", cut in two. */
static bool slice_row(struct server *server, char *words)
{
    char *space = strrchr(words, ' ');
    int64_t iterations = 0;
    size_t at;

    if (space != NULL) {
        *space = '\0';
        iterations = read_count(space + 1);
    }
    if (iterations < 1) {
        return answer_error(
            server, "slice '%s': the number of iterations, '%s', is none",
            words, space != NULL ? space + 1 : "");
    }
    at = find_open(server, words);
    if (words[0] == '\0' || at == SERVE_ROWS_MAX) {
        return answer_error(server, "slice: '%s' is not open", words);
    }
    return take_slice(server, &server->rows[at], iterations);
}

/* ---- requests ------------------------------------------------------------ */

/* A plan is made for this alone: it takes longer than to open a row. */
static bool list_rows(struct server *server)
{
    struct plan plan;
    enum mm_status status = plan_make(server->terms, &plan);
    bool taken;

    if (status != MM_OK) {
        return answer_error(server, "rows: %s", mm_status_text(status));
    }
    begin_answer(server);
    record_json_names(&server->answer, "rows", &plan);
    taken = end_answer(server);
    plan_free(&plan);
    return taken;
}

static bool close_named(struct server *server, const char *name)
{
    size_t at = find_open(server, name);

    if (name[0] == '\0' || at == SERVE_ROWS_MAX) {
        return answer_error(server, "close: '%s' is not open", name);
    }
    close_row(server, at);
    return answer_text(server, "closed", name);
}

/* False when the answer was not taken. */
static bool answer_request(struct server *server, char *line)
{
    char *words = strchr(line, ' ');

    if (strcmp(line, "rows") == 0) {
        return list_rows(server);
    }
    if (words != NULL) {
        *words++ = '\0';
        if (strcmp(line, "open") == 0) {
            return open_row(server, words);
        }
        if (strcmp(line, "slice") == 0) {
            return slice_row(server, words);
        }
        if (strcmp(line, "close") == 0) {
            return close_named(server, words);
        }
    }
    return answer_error(server,
                        "'%s' is no request; there are rows, open NAME, slice "
                        "NAME N, close NAME, end",
                        line);
}

enum line { LINE_WHOLE, LINE_LONG, LINE_END };

/* A line without its end. What the input ends in the middle of was never
 * asked for. */
static enum line read_line(FILE *in, char line[SERVE_LINE_MAX])
{
    size_t size = 0;
    bool fits = true;
    int octet;

    for (octet = getc(in); octet != '\n' && octet != EOF; octet = getc(in)) {
        fits = fits && size < SERVE_LINE_MAX - 1 && octet != '\0';
        if (fits) {
            line[size++] = (char)octet;
        }
    }
    if (size > 0 && line[size - 1] == '\r') {
        size--;
    }
    line[size] = '\0';
    if (octet == EOF) {
        return LINE_END;
    }
    return fits ? LINE_WHOLE : LINE_LONG;
}

/* Why there is no more to read. A signal has ended the wait before its handler
 * need have run: a sanitizer runs it later. */
static enum exit_code code_of_end(FILE *in)
{
    if (run_interrupted() || (ferror(in) && errno == EINTR)) {
        return EXIT_INTERRUPTED;
    }
    return ferror(in) ? EXIT_INPUT_OUTPUT : EXIT_OK;
}

static enum exit_code attend(struct server *server, FILE *in)
{
    char line[SERVE_LINE_MAX];
    bool taken = greet(server);

    while (taken && !run_interrupted()) {
        errno = 0;
        switch (read_line(in, line)) {
        case LINE_END:
            return code_of_end(in);
        case LINE_LONG:
            taken = answer_error(server,
                                 "a request that begins with '%.40s' is longer "
                                 "than %d octets, or no text",
                                 line, SERVE_LINE_MAX - 2);
            break;
        case LINE_WHOLE:
            if (strcmp(line, "end") == 0) {
                begin_answer(server);
                json_boolean(&server->answer, "end", true);
                return end_answer(server) ? EXIT_OK : EXIT_INPUT_OUTPUT;
            }
            taken = answer_request(server, line);
            break;
        }
    }
    return taken ? EXIT_INTERRUPTED : EXIT_INPUT_OUTPUT;
}

enum exit_code serve(const struct plan_terms *terms, double clock_cost_ns,
                     FILE *in, FILE *out)
{
    struct server *server = calloc(1, sizeof(*server));
    enum exit_code code;

    if (server == NULL) {
        return EXIT_INTERNAL;
    }
    server->terms = terms;
    server->clock_cost_ns = clock_cost_ns;
    server->answer.stream = out;
    (void)setvbuf(out, NULL, _IOFBF, ANSWER_ROOM);
    code = attend(server, in);
    for (size_t i = 0; i < SERVE_ROWS_MAX; i++) {
        if (server->rows[i].name[0] != '\0') {
            close_row(server, i);
        }
    }
    free(server);
    return code;
}
