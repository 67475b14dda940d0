/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <mapmark/api.h>

#include "output.h"

static void put_string(FILE *file, const char *text)
{
    putc('"', file);
    for (; *text != '\0'; text++) {
        unsigned char octet = (unsigned char)*text;

        if (octet == '"' || octet == '\\') {
            fprintf(file, "\\%c", octet);
        } else if (octet < 0x20 || octet > 0x7e) {
            fprintf(file, "\\u%04x", octet);
        } else {
            putc(octet, file);
        }
    }
    putc('"', file);
}

static void put_member(FILE *file, const char *key, const char *text)
{
    fprintf(file, ", \"%s\": ", key);
    put_string(file, text);
}

/* Separates the members of an object or array that may start empty. */
static void put_comma(FILE *file, bool *started)
{
    fputs(*started ? ", " : "", file);
    *started = true;
}

static void put_corpus(FILE *file, const struct mm_session *session)
{
    const struct mm_corpus *corpus = session->corpus;

    fprintf(file, "\"corpus\": {\"cases\": %zu, \"files\": [",
            corpus->case_count);
    for (size_t i = 0; i < corpus->file_count; i++) {
        fputs(i == 0 ? "" : ", ", file);
        put_string(file, corpus->files[i].name);
    }
    fputs("]}", file);
}

static void put_counts(FILE *file, const struct mm_counts *counts)
{
    for (int i = 0; i < MM_VERDICT_COUNT; i++) {
        fprintf(file, "%s\"%s\": %zu", i == 0 ? "{" : ", ",
                mm_verdict_name((enum mm_verdict)i), counts->by_verdict[i]);
    }
    putc('}', file);
}

static void put_subject(FILE *file, const struct mm_session *session,
                        size_t index)
{
    const struct mm_subject *subject = session->subjects[index];
    bool started = false;
    char version[64] = "";

    subject->version(version, sizeof(version));
    fputs("{\"name\": ", file);
    put_string(file, subject->name);
    put_member(file, "version", version);
    fputs(", \"counts\": {", file);
    for (int i = 0; i < MM_EPOCH_COUNT; i++) {
        struct mm_counts counts;

        if (!session->epochs[i]) {
            continue;
        }
        counts = mm_session_count(session, index, (enum mm_epoch)i, NULL);
        put_comma(file, &started);
        fprintf(file, "\"%s\": ", mm_epoch_name((enum mm_epoch)i));
        put_counts(file, &counts);
    }
    fputs("}}", file);
}

static void put_rulings(FILE *file, const struct mm_session *session,
                        const struct mm_case *item)
{
    bool started = false;

    fputs(", \"epochs\": {", file);
    for (int i = 0; i < MM_EPOCH_COUNT; i++) {
        const struct mm_ruling *ruling = &item->rulings[i];

        if (!session->epochs[i]) {
            continue;
        }
        put_comma(file, &started);
        fprintf(file,
                "\"%s\": {\"accepted\": ", mm_epoch_name((enum mm_epoch)i));
        put_string(file, ruling->accepted);
        put_member(file, "level", mm_level_name(ruling->level));
        put_member(file, "clause", ruling->clause);
        putc('}', file);
    }
    putc('}', file);
}

static void put_result(FILE *file, const struct mm_session *session,
                       const struct mm_result *result)
{
    static const char *const fates[] = {"unknown", "kept", "closed"};
    char outcome[MM_OUTCOME_TEXT_MAX];
    bool started = false;

    mm_outcome_print(&result->outcome, outcome);
    fputs("{\"subject\": ", file);
    put_string(file, result->subject->name);
    put_member(file, "outcome", outcome);
    put_member(file, "connection", fates[result->outcome.fate]);
    fputs(", \"verdicts\": {", file);
    for (int i = 0; i < MM_EPOCH_COUNT; i++) {
        if (session->epochs[i]) {
            put_comma(file, &started);
            fprintf(file, "\"%s\": \"%s\"", mm_epoch_name((enum mm_epoch)i),
                    mm_verdict_name(result->verdicts[i]));
        }
    }
    fprintf(file, "}, \"splits\": %zu", result->splits);
    put_member(file, "detail", result->detail);
    putc('}', file);
}

static void put_case(FILE *file, const struct mm_session *session, size_t index)
{
    const struct mm_case *item = session->cases[index];
    bool started = false;

    fputs("{\"id\": ", file);
    put_string(file, item->id);
    put_member(file, "class", item->class_name);
    put_member(file, "direction",
               item->direction == MM_DIRECTION_REQUEST ? "request"
                                                       : "response");
    fprintf(file, ", \"wire_octets\": %zu", item->wire.size);
    put_member(file, "why", item->why);
    put_rulings(file, session, item);
    fputs(", \"results\": [", file);
    for (size_t i = 0; i < session->subject_count; i++) {
        const struct mm_result *result = mm_session_result(session, index, i);

        if (result->ran) {
            put_comma(file, &started);
            put_result(file, session, result);
        }
    }
    fputs("]}", file);
}

enum mm_exit mm_record_write(const struct mm_session *session, const char *path,
                             struct mm_problem *problem)
{
    struct mm_output output = {0};
    enum mm_exit status = mm_output_open(&output, path, problem);
    FILE *file = output.file;

    if (status != MM_EXIT_OK) {
        return status;
    }
    fputs("{\"schema\": \"mapmark-conformance/1\",\n", file);
    fputs(" \"mapmark\": \"" MM_VERSION_STRING "\",\n ", file);
    put_corpus(file, session);
    fputs(",\n \"subjects\": [", file);
    for (size_t i = 0; i < session->subject_count; i++) {
        fputs(i == 0 ? "\n  " : ",\n  ", file);
        put_subject(file, session, i);
    }
    fputs("],\n \"cases\": [", file);
    for (size_t i = 0; i < session->case_count; i++) {
        fputs(i == 0 ? "\n  " : ",\n  ", file);
        put_case(file, session, i);
    }
    fputs("]}\n", file);
    return mm_output_commit(&output, problem);
}
