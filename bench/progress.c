/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>

#include <program/json.h>
#include "record_json.h"

static double median_ns(const struct measured *measured)
{
    double values[256];
    size_t count = 0;

    for (size_t i = 0; i < measured->kept && count < 256; i++) {
        double value = measured_repetition(measured, i)->real_ns;
        size_t at = count++;

        while (at > 0 && values[at - 1] > value) {
            values[at] = values[at - 1];
            at--;
        }
        values[at] = value;
    }
    return count > 0 ? values[count / 2] : 0;
}

static void tell_nothing_of_step(void *context, const char *row, double done,
                                 double of)
{
    (void)context;
    (void)row;
    (void)done;
    (void)of;
}

static void tell_nothing_of_row(void *context, const struct measured *row)
{
    (void)context;
    (void)row;
}

static void print_row(void *context, const struct measured *row)
{
    (void)context;
    if (row->worst <= BENCH_VOID) {
        printf("%-72s %14.0f ns", row->name, median_ns(row));
    } else {
        printf("%-72s %17s", row->name, "-");
    }
    printf("  %s%s%s\n", record_state_name(row->worst),
           row->reason.text[0] != '\0' ? ": " : "", row->reason.text);
    fflush(stdout);
}

static void begin_event(struct json *json, const char *event)
{
    json->stream = stdout;
    json_object(json, NULL);
    json_text(json, "event", event);
}

static void end_event(struct json *json)
{
    json_end(json, '}');
    json_line(json);
    fflush(stdout);
}

static void print_step_event(void *context, const char *row, double done,
                             double of)
{
    struct json json = {0};

    (void)context;
    begin_event(&json, "step");
    json_text(&json, "row", row);
    json_real(&json, "done_seconds", done);
    json_real(&json, "of_seconds", of);
    end_event(&json);
}

static void print_row_event(void *context, const struct measured *row)
{
    struct json json = {0};

    (void)context;
    begin_event(&json, "row");
    json_text(&json, "name", row->name);
    json_text(&json, "state", record_state_name(row->worst));
    json_text(&json, "reason", row->reason.text);
    if (row->worst <= BENCH_VOID) {
        json_real(&json, "real_time_ns", median_ns(row));
    }
    end_event(&json);
}

void progress_plan(enum progress progress, size_t rows, double seconds)
{
    struct json json = {0};

    if (progress == PROGRESS_JSON) {
        begin_event(&json, "plan");
        json_integer(&json, "rows", (int64_t)rows);
        json_real(&json, "seconds", seconds);
        end_event(&json);
    } else if (progress == PROGRESS_ROWS) {
        printf("%zu rows, about %.0f s\n", rows, seconds);
        fflush(stdout);
    }
}

const struct engine_listener *progress_listener(enum progress progress)
{
    static const struct engine_listener listeners[] = {
        [PROGRESS_ROWS] = {tell_nothing_of_step, print_row, NULL},
        [PROGRESS_JSON] = {print_step_event, print_row_event, NULL},
        [PROGRESS_NONE] = {tell_nothing_of_step, tell_nothing_of_row, NULL},
    };

    return &listeners[progress];
}

void progress_end(enum progress progress, enum exit_code code)
{
    struct json json = {0};

    if (progress == PROGRESS_JSON) {
        begin_event(&json, "end");
        json_integer(&json, "exit_code", code);
        end_event(&json);
    }
}
