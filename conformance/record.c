/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <string.h>

#include <mapmark/api.h>
#include <program/json.h>

#include "written.h"

static void write_corpus(struct json *json,
                         const struct conform_session *session)
{
    const struct conform_corpus *corpus = session->corpus;

    json_object(json, "corpus");
    json_integer(json, "cases", (int64_t)corpus->case_count);
    json_array(json, "files");
    for (size_t i = 0; i < corpus->file_count; i++) {
        json_text(json, NULL, corpus->files[i].name);
    }
    json_end(json, ']');
    json_end(json, '}');
}

static void write_counts(struct json *json, const char *epoch,
                         const struct conform_counts *counts)
{
    json_object(json, epoch);
    for (int i = 0; i < CONFORM_VERDICT_COUNT; i++) {
        json_integer(json, conform_verdict_name((enum conform_verdict)i),
                     (int64_t)counts->by_verdict[i]);
    }
    json_end(json, '}');
}

static void write_subject(struct json *json,
                          const struct conform_session *session, size_t index)
{
    const struct conform_subject *subject = session->subjects[index];
    char version[64] = "";

    subject->version(version, sizeof(version));
    json_line(json);
    json_object(json, NULL);
    json_text(json, "name", subject->name);
    json_text(json, "version", version);
    json_object(json, "counts");
    for (int i = 0; i < CONFORM_EPOCH_COUNT; i++) {
        if (session->epochs[i]) {
            enum conform_epoch epoch = (enum conform_epoch)i;
            struct conform_counts counts =
                conform_session_count(session, index, epoch, NULL);

            write_counts(json, conform_epoch_name(epoch), &counts);
        }
    }
    json_end(json, '}');
    json_end(json, '}');
}

static void write_rulings(struct json *json,
                          const struct conform_session *session,
                          const struct conform_case *item)
{
    json_object(json, "epochs");
    for (int i = 0; i < CONFORM_EPOCH_COUNT; i++) {
        const struct conform_ruling *ruling = &item->rulings[i];

        if (session->epochs[i]) {
            json_object(json, conform_epoch_name((enum conform_epoch)i));
            json_text(json, "accepted", ruling->accepted);
            json_text(json, "level", conform_level_name(ruling->level));
            json_text(json, "clause", ruling->clause);
            json_end(json, '}');
        }
    }
    json_end(json, '}');
}

static void write_result(struct json *json,
                         const struct conform_session *session,
                         const struct conform_result *result)
{
    char outcome[CONFORM_OUTCOME_TEXT_MAX];

    conform_outcome_print(&result->outcome, outcome);
    json_object(json, NULL);
    json_text(json, "subject", result->subject->name);
    json_text(json, "outcome", outcome);
    json_text(json, "connection", conform_fate_name(result->outcome.fate));
    json_object(json, "verdicts");
    for (int i = 0; i < CONFORM_EPOCH_COUNT; i++) {
        if (session->epochs[i]) {
            json_text(json, conform_epoch_name((enum conform_epoch)i),
                      conform_verdict_name(result->verdicts[i]));
        }
    }
    json_end(json, '}');
    json_integer(json, "splits", (int64_t)result->splits);
    json_text(json, "detail", result->detail);
    json_end(json, '}');
}

enum { WIRE_SHOWN_MAX = 1024, ESCAPE_MAX = 4 };

/* Gives how many characters stand for the octet. */
static size_t escape(unsigned char octet, char text_out[ESCAPE_MAX])
{
    static const char names[] = "\rr\nn\tt\\\\";
    static const char digits[] = "0123456789abcdef";
    const char *name = octet == 0 ? NULL : strchr(names, octet);

    if (name != NULL && (name - names) % 2 == 0) {
        memcpy(text_out, (char[]){'\\', name[1]}, 2);
        return 2;
    }
    if (octet >= ' ' && octet <= '~' && octet != '{' && octet != '}') {
        text_out[0] = (char)octet;
        return 1;
    }
    memcpy(text_out,
           (char[]){'\\', 'x', digits[octet >> 4], digits[octet & 15]},
           ESCAPE_MAX);
    return ESCAPE_MAX;
}

/* The octets as stanzas write them, without the rest of many. */
static void write_wire(struct json *json, const struct conform_buffer *wire)
{
    char text[WIRE_SHOWN_MAX * ESCAPE_MAX + 1];
    size_t size = wire->size < WIRE_SHOWN_MAX ? wire->size : WIRE_SHOWN_MAX;
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        used += escape((unsigned char)wire->data[i], text + used);
    }
    text[used] = '\0';
    json_text(json, "wire", text);
}

static void write_case(struct json *json, const struct conform_session *session,
                       size_t index)
{
    const struct conform_case *item = session->cases[index];
    bool is_request = item->direction == CONFORM_DIRECTION_REQUEST;

    json_line(json);
    json_object(json, NULL);
    json_text(json, "id", item->id);
    json_text(json, "class", item->class_name);
    json_text(json, "direction", is_request ? "request" : "response");
    json_integer(json, "wire_octets", (int64_t)item->wire.size);
    write_wire(json, &item->wire);
    json_text(json, "peer", item->peer_closes ? "eof" : "keep");
    json_text(json, "answers", item->answers == NULL ? "" : item->answers);
    json_text(json, "harm", item->harm);
    json_text(json, "flags", item->flags);
    json_text(json, "refs", item->refs);
    json_text(json, "why", item->why);
    write_rulings(json, session, item);
    json_array(json, "results");
    for (size_t i = 0; i < session->subject_count; i++) {
        const struct conform_result *result =
            conform_session_result(session, index, i);

        if (result->ran) {
            write_result(json, session, result);
        }
    }
    json_end(json, ']');
    json_end(json, '}');
}

static void write_record(struct json *json,
                         const struct conform_session *session)
{
    json_object(json, NULL);
    json_text(json, "schema", "mapmark-conformance/1");
    json_text(json, "mapmark", MM_VERSION_STRING);
    write_corpus(json, session);
    json_line(json);
    json_array(json, "subjects");
    for (size_t i = 0; i < session->subject_count; i++) {
        write_subject(json, session, i);
    }
    json_end(json, ']');
    json_line(json);
    json_array(json, "cases");
    for (size_t i = 0; i < session->case_count; i++) {
        write_case(json, session, i);
    }
    json_end(json, ']');
    json_end(json, '}');
    json_line(json);
}

static void write_session(FILE *file, const void *what)
{
    struct json json = {.stream = file};

    write_record(&json, what);
}

enum exit_code conform_record_write(const struct conform_session *session,
                                    const char *path,
                                    struct conform_problem *problem)
{
    return conform_written(path, write_session, session, problem);
}
