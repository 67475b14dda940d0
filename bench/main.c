/* SPDX-License-Identifier: MIT */
/* mapmark-bench: reads its command line, makes the plan, walks it. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <mapmark/clock.h>

#include <program/interrupt.h>

#include "dataset.h"
#include "echo.h"
#include "engine.h"
#include "ipc.h"
#include "options.h"
#include "partner.h"
#include "pressure.h"
#include "progress.h"
#include "regions.h"
#include "serve.h"
#include "shim.h"

/* Everything that main() opens and must close. */
struct session {
    struct options options;
    struct bench_options bench;
    struct record_context context;
    struct shim_pattern *filter;
    struct plan_terms terms;
    struct plan plan;
    struct record *record;
};

static enum exit_code fail(enum exit_code code, const char *text)
{
    fprintf(stderr, "mapmark-bench: %s\n", text);
    return code;
}

/* Name the output directory, what is wrong with it, and the way out. */
static enum exit_code fail_to_write(const struct session *session,
                                    enum mm_status status)
{
    fprintf(stderr,
            "mapmark-bench: --out '%s': %s; name a directory that exists, "
            "that you may write, and that has room\n",
            session->options.out, mm_status_text(status));
    return EXIT_INPUT_OUTPUT;
}

/* A bad path is bad usage; a disk that fails is not the user's mistake. */
static enum exit_code code_of_file_failure(enum mm_status status)
{
    switch (status) {
    case MM_NOT_FOUND:
    case MM_WRONG_TYPE:
    case MM_FILE_INVALID:
        return EXIT_USAGE;
    default:
        return EXIT_INPUT_OUTPUT;
    }
}

static bool passes_filter(const char *name, void *context)
{
    return shim_pattern_matches(context, name);
}

static enum exit_code open_filter(struct session *session)
{
    struct bench_reason reason = {{0}};

    if (session->options.filter == NULL) {
        return EXIT_OK;
    }
    session->filter = shim_pattern_make(session->options.filter, &reason);
    if (session->filter == NULL) {
        fprintf(stderr,
                "mapmark-bench: --filter '%s' is no regular expression: %s\n",
                session->options.filter, reason.text);
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

static enum exit_code open_datasets(struct session *session)
{
    const struct options *options = &session->options;
    struct bench_reason reason = {"no memory"};
    enum mm_status status;

    status = datasets_open(options->file, options->scratch, options->seed,
                           &session->bench.datasets, &reason);
    if (status != MM_OK) {
        return fail(code_of_file_failure(status), reason.text);
    }
    session->bench.quick = options->quick;
    session->bench.all = options->all || (options->serve && !options->quick);
    session->bench.repetitions = (int)options->repetitions;
    session->bench.seed = options->seed;
    session->bench.variation_max = options->scatter_percent / 100;
    session->bench.file_size = datasets_given_size(session->bench.datasets);
    return EXIT_OK;
}

static enum exit_code open_plan(struct session *session)
{
    enum mm_status status;

    session->terms = (struct plan_terms){
        .tables = bench_tables,
        .options = &session->bench,
        .filter = session->filter != NULL ? passes_filter : NULL,
        .context = session->filter,
    };
    /* Who serves all rows looks for those that are asked for. */
    if (session->options.serve && session->filter == NULL) {
        return EXIT_OK;
    }
    status = plan_make(&session->terms, &session->plan);
    if (status != MM_OK) {
        return fail(EXIT_INTERNAL, mm_status_text(status));
    }
    if (session->plan.count == 0 && session->filter != NULL) {
        fprintf(stderr,
                "mapmark-bench: --filter '%s' matches no row; --list prints "
                "the rows%s\n",
                session->options.filter,
                session->options.all ? "" : ", --all --list every row");
        return EXIT_USAGE;
    }
    return session->plan.count > 0 ? EXIT_OK : EXIT_NOTHING_RAN;
}

static enum exit_code open_record(struct session *session)
{
    session->context.options = &session->bench;
    session->context.file_path = session->options.file;
    session->context.clock_cost_ns = mm_clock_cost_ns();
    session->context.clock_resolution_ns = mm_clock_resolution_ns();
    if (record_open(session->options.out, &session->plan, &session->context,
                    &session->record) != MM_OK) {
        return fail(EXIT_INTERNAL, "no memory");
    }
    return EXIT_OK;
}

static void close_session(struct session *session)
{
    record_close(session->record);
    plan_free(&session->plan);
    shim_pattern_free(session->filter);
    datasets_close(session->bench.datasets);
}

static enum exit_code list_rows(const struct plan *plan)
{
    char name[BENCH_NAME_MAX];

    for (size_t i = 0; i < plan->count; i++) {
        plan_name(&plan->rows[i], name);
        puts(name);
    }
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_INPUT_OUTPUT;
}

/* The rows say how the program ends. */
static enum exit_code code_of_rows(const struct session *session)
{
    const struct record *record = session->record;
    size_t unsupported = record_count(record, BENCH_UNSUPPORTED);
    size_t inconclusive = record_count(record, BENCH_INCONCLUSIVE);

    if (record_count(record, BENCH_VOID) > 0 ||
        record_count(record, BENCH_ERROR) > 0 || record_missing(record) > 0) {
        return EXIT_ROWS;
    }
    if (unsupported == session->plan.count) {
        return EXIT_NOTHING_RAN;
    }
    return unsupported + inconclusive == session->plan.count ? EXIT_INCONCLUSIVE
                                                             : EXIT_OK;
}

static enum exit_code walk(struct session *session)
{
    enum progress progress = session->options.progress;
    enum mm_status status;

    progress_plan(progress, session->plan.count,
                  engine_seconds(&session->plan, &session->bench));
    status = engine_walk(&session->plan, &session->bench,
                         session->context.clock_cost_ns,
                         progress_listener(progress), session->record);
    switch (status) {
    case MM_OK:
        return code_of_rows(session);
    case MM_CANCELLED:
        return fail(EXIT_INTERRUPTED, "interrupted");
    case MM_NO_MEMORY:
        return fail(EXIT_INTERNAL, "no memory");
    default:
        return fail_to_write(session, status);
    }
}

static enum exit_code run(struct session *session)
{
    enum exit_code code = EXIT_OK;

    if (shim_start() != MM_OK) {
        return fail(EXIT_INTERNAL, "Google Benchmark does not start");
    }
    code = open_filter(session);
    if (code == EXIT_OK) {
        code = open_datasets(session);
    }
    if (code == EXIT_OK) {
        code = open_plan(session);
    }
    if (code != EXIT_OK || session->options.list) {
        return code != EXIT_OK ? code : list_rows(&session->plan);
    }
    if (session->options.serve) {
        interrupt_waits(run_interrupt);
#ifdef SIGPIPE
        signal(SIGPIPE, SIG_IGN); /* files must go when the client has gone */
#endif
        return serve(&session->terms, mm_clock_cost_ns(), stdin, stdout);
    }
    code = open_record(session);
    return code != EXIT_OK ? code : walk(session);
}

static const struct talk_kinds kinds = {channel_kinds, CHANNEL_COUNT};

static const struct partner_role roles[PARTNER_PARTS] = {
    [PARTNER_TALKS] = {talk_play, &kinds},
    [PARTNER_WORKS] = {crew_play, &ipc_jobs},
    [PARTNER_OWNS] = {ipc_owner_play, NULL},
    [PARTNER_PRESSED] = {pressure_play, NULL},
    [PARTNER_ECHOES] = {echo_server_play, NULL},
};

int main(int count, char **arguments)
{
    struct session session = {0};
    enum exit_code code;

    if (partner_is_meant(count, arguments)) {
        return partner_main(count, arguments, roles);
    }
    code = options_read(count, arguments, &session.options);
    if (code != EXIT_OK) {
        return code;
    }
    if (session.options.help) {
        options_print_help();
        return EXIT_OK;
    }
    if (session.options.version) {
        puts("mapmark-bench " MM_VERSION_STRING);
        return EXIT_OK;
    }
    if (session.options.regions) {
        return regions_print(session.options.regions_of);
    }
    signal(SIGINT, run_interrupt);
    signal(SIGTERM, run_interrupt);
    code = run(&session);
    close_session(&session);
    if (!session.options.list && !session.options.serve) {
        progress_end(session.options.progress, code);
    }
    return code;
}
