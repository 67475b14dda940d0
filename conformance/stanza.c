/* SPDX-License-Identifier: MIT */
#include "stanza.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "wire.h"

enum { NAME_MAX_SIZE = 64, SINCE_MAX = 9999 };

struct field {
    const char *name;
    enum mm_exit (*set)(struct mm_case *item, char *value,
                        struct mm_problem *problem);
    bool required;
    bool repeats;
};

static enum mm_exit refuse(struct mm_problem *problem, const char *value,
                           const char *allowed)
{
    return mm_problem_set(problem, MM_EXIT_ENVIRONMENT, "\"%.60s\": allowed %s",
                          value, allowed);
}

static enum mm_exit set_id(struct mm_case *item, char *value,
                           struct mm_problem *problem)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    if (strlen(value) >= NAME_MAX_SIZE ||
        value[strspn(value, allowed)] != '\0') {
        return refuse(problem, value,
                      "are up to 63 letters, digits and hyphens");
    }
    item->id = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_since(struct mm_case *item, char *value,
                              struct mm_problem *problem)
{
    unsigned long since = 0;

    if (value[strspn(value, "0123456789")] == '\0' && strlen(value) <= 4) {
        since = strtoul(value, NULL, 10);
    }
    if (since == 0 || since > SINCE_MAX) {
        return refuse(problem, value, "is a corpus version from 1 to 9999");
    }
    item->since = (unsigned)since;
    return MM_EXIT_OK;
}

static enum mm_exit set_direction(struct mm_case *item, char *value,
                                  struct mm_problem *problem)
{
    if (strcmp(value, "request") == 0) {
        item->direction = MM_DIRECTION_REQUEST;
    } else if (strcmp(value, "response") == 0) {
        item->direction = MM_DIRECTION_RESPONSE;
    } else {
        return refuse(problem, value, "are request and response");
    }
    return MM_EXIT_OK;
}

static enum mm_exit set_to(struct mm_case *item, char *value,
                           struct mm_problem *problem)
{
    static const char *const names[] = {"server", "proxy", "client", "parser"};
    enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };
    char *word;

    while ((word = mm_lines_word(&value)) != NULL) {
        unsigned i = 0;

        while (i < NAME_COUNT && strcmp(word, names[i]) != 0) {
            i++;
        }
        if (i == NAME_COUNT) {
            return refuse(problem, word, "are server proxy client parser");
        }
        item->roles |= 1u << i;
    }
    return MM_EXIT_OK;
}

static enum mm_exit set_answers(struct mm_case *item, char *value,
                                struct mm_problem *problem)
{
    if (value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-")] != '\0') {
        return refuse(problem, value, "is a method in capital letters");
    }
    item->answers = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_send(struct mm_case *item, char *value,
                             struct mm_problem *problem)
{
    enum mm_exit status;

    if (item->send_count == MM_SENDS_MAX) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "more than %d send lines", MM_SENDS_MAX);
    }
    status = mm_wire_expand(value, &item->wire, problem);
    item->send_ends[item->send_count++] = item->wire.size;
    return status;
}

static enum mm_exit set_peer(struct mm_case *item, char *value,
                             struct mm_problem *problem)
{
    if (strcmp(value, "keep") != 0 && strcmp(value, "eof") != 0) {
        return refuse(problem, value, "are keep and eof");
    }
    item->peer_closes = strcmp(value, "eof") == 0;
    return MM_EXIT_OK;
}

static enum mm_exit set_rfc2616(struct mm_case *item, char *value,
                                struct mm_problem *problem)
{
    return mm_ruling_parse(value, &item->rulings[MM_EPOCH_RFC2616], problem);
}

static enum mm_exit set_rfc9112(struct mm_case *item, char *value,
                                struct mm_problem *problem)
{
    return mm_ruling_parse(value, &item->rulings[MM_EPOCH_RFC9112], problem);
}

static enum mm_exit set_body(struct mm_case *item, char *value,
                             struct mm_problem *problem)
{
    if (item->body_count == MM_BODIES_MAX) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "more than %d body lines", MM_BODIES_MAX);
    }
    return mm_wire_expand(value, &item->bodies[item->body_count++], problem);
}

static enum mm_exit set_next(struct mm_case *item, char *value,
                             struct mm_problem *problem)
{
    if (strcmp(value, "nothing") != 0 && strcmp(value, "sentinel") != 0 &&
        strcmp(value, "octets") != 0) {
        return refuse(problem, value, "are nothing, sentinel and octets");
    }
    item->next = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_harm(struct mm_case *item, char *value,
                             struct mm_problem *problem)
{
    (void)problem;
    item->harm = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_flags(struct mm_case *item, char *value,
                              struct mm_problem *problem)
{
    (void)problem;
    item->flags = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_refs(struct mm_case *item, char *value,
                             struct mm_problem *problem)
{
    (void)problem;
    item->refs = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_why(struct mm_case *item, char *value,
                            struct mm_problem *problem)
{
    (void)problem;
    item->why = value;
    return MM_EXIT_OK;
}

static const struct field fields[] = {
    {"id", set_id, true, false},
    {"since", set_since, true, false},
    {"direction", set_direction, true, false},
    {"to", set_to, true, false},
    {"answers", set_answers, false, false},
    {"send", set_send, true, true},
    {"peer", set_peer, true, false},
    {"rfc2616", set_rfc2616, true, false},
    {"rfc9112", set_rfc9112, true, false},
    {"body", set_body, false, true},
    {"next", set_next, false, false},
    {"harm", set_harm, false, false},
    {"flags", set_flags, false, false},
    {"refs", set_refs, false, false},
    {"why", set_why, true, false},
};

enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };

enum mm_exit mm_stanza_add(struct mm_stanza *stanza, char *line,
                           struct mm_problem *problem)
{
    char *colon = strstr(line, ": ");
    enum mm_exit status;
    int i = 0;

    if (colon == NULL) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "\"%.60s\": a line is \"key: value\", a comment "
                              "that starts with '#', or empty",
                              line);
    }
    *colon = '\0';
    while (i < FIELD_COUNT && strcmp(line, fields[i].name) != 0) {
        i++;
    }
    if (i == FIELD_COUNT) {
        return refuse(problem, line,
                      "keys are id since direction to answers send peer "
                      "rfc2616 rfc9112 body next harm flags refs why");
    }
    if (i != 0 && stanza->item.id == NULL) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "%s before id: a stanza starts with its id",
                              line);
    }
    if ((stanza->seen & 1ul << i) != 0 && !fields[i].repeats) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "%s twice: only send and body may repeat, and "
                              "an empty line ends a stanza",
                              line);
    }
    stanza->seen |= 1ul << i;
    status = fields[i].set(&stanza->item, colon + 2, problem);
    if (status != MM_EXIT_OK) {
        mm_problem_locate(problem, line, 0);
    }
    return status;
}

/* The octets a complete outcome delivers must be known, and where they are. */
static enum mm_exit check_outcome(const struct mm_case *item,
                                  const struct mm_outcome *outcome,
                                  struct mm_problem *problem)
{
    const char *wire = item->wire.data;
    size_t size = item->wire.size;
    size_t octets = (size_t)outcome->octets;
    const char *body = NULL;

    if (outcome->end > size || outcome->octets > outcome->end) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "reaches beyond the %zu octets sent", size);
    }
    if (outcome->kind == MM_OUTCOME_CLOSE &&
        (!item->peer_closes || outcome->end != size)) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "needs \"peer: eof\" and ends with the last of "
                              "the %zu octets sent",
                              size);
    }
    if (outcome->kind != MM_OUTCOME_CHUNKED) {
        body = wire + (size_t)outcome->end - octets;
    }
    if (octets > 0 && !mm_case_has_body(item, body, octets)) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "no body line holds its %zu octets", octets);
    }
    return MM_EXIT_OK;
}

static enum mm_exit check_ruling(const struct mm_case *item,
                                 enum mm_epoch epoch,
                                 struct mm_problem *problem)
{
    const struct mm_ruling *ruling = &item->rulings[epoch];

    for (size_t i = 0; i < ruling->count; i++) {
        const struct mm_outcome *outcome = &ruling->alternatives[i];
        char text[MM_OUTCOME_TEXT_MAX];
        enum mm_exit status;

        if (!mm_outcome_is_complete(outcome->kind)) {
            continue;
        }
        status = check_outcome(item, outcome, problem);
        if (status != MM_EXIT_OK) {
            mm_outcome_print(outcome, text);
            mm_problem_locate(problem, text, 0);
            mm_problem_locate(problem, mm_epoch_name(epoch), 0);
            return status;
        }
    }
    return MM_EXIT_OK;
}

enum mm_exit mm_stanza_check(const struct mm_stanza *stanza,
                             struct mm_problem *problem)
{
    const struct mm_case *item = &stanza->item;
    enum mm_exit status = MM_EXIT_OK;

    for (int i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].required && (stanza->seen & 1ul << i) == 0) {
            return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                                  "%s: the field %s is missing", item->id,
                                  fields[i].name);
        }
    }
    if (item->wire.size == 0) {
        status = mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                                "send: there is not one octet");
    } else if ((item->answers != NULL) !=
               (item->direction == MM_DIRECTION_RESPONSE)) {
        status = mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                                "answers: every response needs the method it "
                                "answers, and no request has one");
    }
    for (int i = 0; status == MM_EXIT_OK && i < MM_EPOCH_COUNT; i++) {
        status = check_ruling(item, (enum mm_epoch)i, problem);
    }
    if (status != MM_EXIT_OK) {
        mm_problem_locate(problem, item->id, 0);
    }
    return status;
}
