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
    enum exit_code (*set)(struct conform_case *item, char *value,
                          struct conform_problem *problem);
    bool required;
    bool repeats;
};

static enum exit_code refuse(struct conform_problem *problem, const char *value,
                             const char *allowed)
{
    return conform_problem_set(problem, EXIT_ENVIRONMENT,
                               "\"%.60s\": allowed %s", value, allowed);
}

static enum exit_code set_id(struct conform_case *item, char *value,
                             struct conform_problem *problem)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    if (strlen(value) >= NAME_MAX_SIZE ||
        value[strspn(value, allowed)] != '\0') {
        return refuse(problem, value,
                      "are up to 63 letters, digits and hyphens");
    }
    item->id = value;
    return EXIT_OK;
}

static enum exit_code set_since(struct conform_case *item, char *value,
                                struct conform_problem *problem)
{
    unsigned long since = 0;

    if (value[strspn(value, "0123456789")] == '\0' && strlen(value) <= 4) {
        since = strtoul(value, NULL, 10);
    }
    if (since == 0 || since > SINCE_MAX) {
        return refuse(problem, value, "is a corpus version from 1 to 9999");
    }
    item->since = (unsigned)since;
    return EXIT_OK;
}

static enum exit_code set_direction(struct conform_case *item, char *value,
                                    struct conform_problem *problem)
{
    if (strcmp(value, "request") == 0) {
        item->direction = CONFORM_DIRECTION_REQUEST;
    } else if (strcmp(value, "response") == 0) {
        item->direction = CONFORM_DIRECTION_RESPONSE;
    } else {
        return refuse(problem, value, "are request and response");
    }
    return EXIT_OK;
}

static enum exit_code set_to(struct conform_case *item, char *value,
                             struct conform_problem *problem)
{
    static const char *const names[] = {"server", "proxy", "client", "parser"};
    enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };
    char *word;

    while ((word = conform_lines_word(&value)) != NULL) {
        unsigned i = 0;

        while (i < NAME_COUNT && strcmp(word, names[i]) != 0) {
            i++;
        }
        if (i == NAME_COUNT) {
            return refuse(problem, word, "are server proxy client parser");
        }
        item->roles |= 1u << i;
    }
    return EXIT_OK;
}

static enum exit_code set_answers(struct conform_case *item, char *value,
                                  struct conform_problem *problem)
{
    if (value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-")] != '\0') {
        return refuse(problem, value, "is a method in capital letters");
    }
    item->answers = value;
    return EXIT_OK;
}

static enum exit_code set_send(struct conform_case *item, char *value,
                               struct conform_problem *problem)
{
    enum exit_code status;

    if (item->send_count == CONFORM_SENDS_MAX) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "more than %d send lines",
                                   CONFORM_SENDS_MAX);
    }
    status = conform_wire_expand(value, &item->wire, problem);
    item->send_ends[item->send_count++] = item->wire.size;
    return status;
}

static enum exit_code set_peer(struct conform_case *item, char *value,
                               struct conform_problem *problem)
{
    if (strcmp(value, "keep") != 0 && strcmp(value, "eof") != 0) {
        return refuse(problem, value, "are keep and eof");
    }
    item->peer_closes = strcmp(value, "eof") == 0;
    return EXIT_OK;
}

static enum exit_code set_rfc2616(struct conform_case *item, char *value,
                                  struct conform_problem *problem)
{
    return conform_ruling_parse(value, &item->rulings[CONFORM_EPOCH_RFC2616],
                                problem);
}

static enum exit_code set_rfc9112(struct conform_case *item, char *value,
                                  struct conform_problem *problem)
{
    return conform_ruling_parse(value, &item->rulings[CONFORM_EPOCH_RFC9112],
                                problem);
}

static enum exit_code set_body(struct conform_case *item, char *value,
                               struct conform_problem *problem)
{
    if (item->body_count == CONFORM_BODIES_MAX) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "more than %d body lines",
                                   CONFORM_BODIES_MAX);
    }
    return conform_wire_expand(value, &item->bodies[item->body_count++],
                               problem);
}

static enum exit_code set_next(struct conform_case *item, char *value,
                               struct conform_problem *problem)
{
    if (strcmp(value, "nothing") != 0 && strcmp(value, "sentinel") != 0 &&
        strcmp(value, "octets") != 0) {
        return refuse(problem, value, "are nothing, sentinel and octets");
    }
    item->next = value;
    return EXIT_OK;
}

static enum exit_code set_harm(struct conform_case *item, char *value,
                               struct conform_problem *problem)
{
    (void)problem;
    item->harm = value;
    return EXIT_OK;
}

static enum exit_code set_flags(struct conform_case *item, char *value,
                                struct conform_problem *problem)
{
    (void)problem;
    item->flags = value;
    return EXIT_OK;
}

static enum exit_code set_refs(struct conform_case *item, char *value,
                               struct conform_problem *problem)
{
    (void)problem;
    item->refs = value;
    return EXIT_OK;
}

static enum exit_code set_why(struct conform_case *item, char *value,
                              struct conform_problem *problem)
{
    (void)problem;
    item->why = value;
    return EXIT_OK;
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

enum exit_code conform_stanza_add(struct conform_stanza *stanza, char *line,
                                  struct conform_problem *problem)
{
    char *colon = strstr(line, ": ");
    enum exit_code status;
    int i = 0;

    if (colon == NULL) {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
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
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "%s before id: a stanza starts with its id",
                                   line);
    }
    if ((stanza->seen & 1ul << i) != 0 && !fields[i].repeats) {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "%s twice: only send and body may repeat, and "
            "an empty line ends a stanza",
            line);
    }
    stanza->seen |= 1ul << i;
    status = fields[i].set(&stanza->item, colon + 2, problem);
    if (status != EXIT_OK) {
        conform_problem_locate(problem, line, 0);
    }
    return status;
}

/* The octets a complete outcome delivers must be known, and where they are. */
static enum exit_code check_outcome(const struct conform_case *item,
                                    const struct conform_outcome *outcome,
                                    struct conform_problem *problem)
{
    const char *wire = item->wire.data;
    size_t size = item->wire.size;
    size_t octets = (size_t)outcome->octets;
    const char *body = NULL;

    if (outcome->end > size || outcome->octets > outcome->end) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "reaches beyond the %zu octets sent", size);
    }
    if (outcome->kind == CONFORM_OUTCOME_CLOSE &&
        (!item->peer_closes || outcome->end != size)) {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "needs \"peer: eof\" and ends with the last of "
            "the %zu octets sent",
            size);
    }
    if (outcome->kind != CONFORM_OUTCOME_CHUNKED) {
        body = wire + (size_t)outcome->end - octets;
    }
    if (octets > 0 && !conform_case_has_body(item, body, octets)) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "no body line holds its %zu octets", octets);
    }
    return EXIT_OK;
}

static enum exit_code check_ruling(const struct conform_case *item,
                                   enum conform_epoch epoch,
                                   struct conform_problem *problem)
{
    const struct conform_ruling *ruling = &item->rulings[epoch];

    for (size_t i = 0; i < ruling->count; i++) {
        const struct conform_outcome *outcome = &ruling->alternatives[i];
        char text[CONFORM_OUTCOME_TEXT_MAX];
        enum exit_code status;

        if (!conform_outcome_is_complete(outcome->kind)) {
            continue;
        }
        status = check_outcome(item, outcome, problem);
        if (status != EXIT_OK) {
            conform_outcome_print(outcome, text);
            conform_problem_locate(problem, text, 0);
            conform_problem_locate(problem, conform_epoch_name(epoch), 0);
            return status;
        }
    }
    return EXIT_OK;
}

enum exit_code conform_stanza_check(const struct conform_stanza *stanza,
                                    struct conform_problem *problem)
{
    const struct conform_case *item = &stanza->item;
    enum exit_code status = EXIT_OK;

    for (int i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].required && (stanza->seen & 1ul << i) == 0) {
            return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                       "%s: the field %s is missing", item->id,
                                       fields[i].name);
        }
    }
    if (item->wire.size == 0) {
        status = conform_problem_set(problem, EXIT_ENVIRONMENT,
                                     "send: there is not one octet");
    } else if ((item->answers != NULL) !=
               (item->direction == CONFORM_DIRECTION_RESPONSE)) {
        status =
            conform_problem_set(problem, EXIT_ENVIRONMENT,
                                "answers: every response needs the method it "
                                "answers, and no request has one");
    }
    for (int i = 0; status == EXIT_OK && i < CONFORM_EPOCH_COUNT; i++) {
        status = check_ruling(item, (enum conform_epoch)i, problem);
    }
    if (status != EXIT_OK) {
        conform_problem_locate(problem, item->id, 0);
    }
    return status;
}
