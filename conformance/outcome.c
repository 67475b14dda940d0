/* SPDX-License-Identifier: MIT */
#include "outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct kind {
    const char *name;
    bool has_octets;
    bool has_end;
    bool has_code;
};

static const struct kind kinds[] = {
    [CONFORM_OUTCOME_NONE] = {"none", false, true, false},
    [CONFORM_OUTCOME_CL] = {"cl", true, true, false},
    [CONFORM_OUTCOME_CHUNKED] = {"chunked", true, true, false},
    [CONFORM_OUTCOME_MPBR] = {"mpbr", true, true, false},
    [CONFORM_OUTCOME_CLOSE] = {"close", true, true, false},
    [CONFORM_OUTCOME_TUNNEL] = {"tunnel", false, true, false},
    [CONFORM_OUTCOME_WAIT] = {"wait", false, false, false},
    [CONFORM_OUTCOME_INCOMPLETE] = {"incomplete", false, false, false},
    [CONFORM_OUTCOME_REJECT] = {"reject", false, false, true},
    [CONFORM_OUTCOME_ERROR] = {"error", false, false, false},
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

const char *conform_fate_name(enum conform_fate fate)
{
    static const char *const names[] = {"unknown", "kept", "closed"};

    return names[fate];
}

bool conform_outcome_is_complete(enum conform_outcome_kind kind)
{
    return kinds[kind].has_end;
}

bool conform_outcome_has_octets(enum conform_outcome_kind kind)
{
    return kinds[kind].has_octets;
}

/* Reads `prefix` and digits from the front of [*at, end). */
static bool take_number(const char **at, const char *end, char prefix,
                        uint64_t *number_out)
{
    const char *digit = *at;
    uint64_t number = 0;

    if (digit == end || *digit++ != prefix) {
        return false;
    }
    *at = digit;
    while (digit < end && *digit >= '0' && *digit <= '9') {
        if (number > (UINT64_MAX - 9) / 10) {
            return false;
        }
        number = number * 10 + (uint64_t)(*digit++ - '0');
    }
    if (digit == *at) {
        return false;
    }
    *at = digit;
    *number_out = number;
    return true;
}

static bool take_word(const char **at, const char *end, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(end - *at) < size || memcmp(*at, word, size) != 0) {
        return false;
    }
    *at += size;
    return true;
}

static bool take_kind(const char **at, const char *end,
                      struct conform_outcome *outcome)
{
    const char *stop = *at;

    while (stop < end && *stop >= 'a' && *stop <= 'z') {
        stop++;
    }
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strlen(kinds[i].name) == (size_t)(stop - *at) &&
            take_word(at, stop, kinds[i].name)) {
            outcome->kind = (enum conform_outcome_kind)i;
            return true;
        }
    }
    return false;
}

static bool take_outcome(const char *at, const char *end,
                         struct conform_outcome *outcome)
{
    const struct kind *kind;
    uint64_t code = 0;

    if (!take_kind(&at, end, outcome)) {
        return false;
    }
    kind = &kinds[outcome->kind];
    if (kind->has_octets && !take_number(&at, end, ':', &outcome->octets)) {
        return false;
    }
    if (kind->has_code &&
        (!take_number(&at, end, ':', &code) || code < 100 || code > 599)) {
        return false;
    }
    outcome->code = (unsigned)code;
    if (kind->has_end && !take_number(&at, end, '@', &outcome->end)) {
        return false;
    }
    if (take_word(&at, end, " !close")) {
        outcome->fate = CONFORM_FATE_CLOSE;
    }
    return at == end;
}

enum exit_code conform_outcome_parse(const char *text, size_t size,
                                     struct conform_outcome *outcome_out,
                                     struct conform_problem *problem)
{
    *outcome_out = (struct conform_outcome){0};
    if (take_outcome(text, text + size, outcome_out)) {
        return EXIT_OK;
    }
    return conform_problem_set(
        problem, EXIT_ENVIRONMENT,
        "outcome \"%.*s\": allowed are none@END cl:N@END chunked:N@END "
        "mpbr:N@END close:N@END tunnel@END wait incomplete reject:CODE error, "
        "each with \" !close\" or without",
        size > 60 ? 60 : (int)size, text);
}

void conform_outcome_print(const struct conform_outcome *outcome,
                           char text_out[CONFORM_OUTCOME_TEXT_MAX])
{
    const struct kind *kind = &kinds[outcome->kind];
    char detail[CONFORM_OUTCOME_TEXT_MAX - 16] = "";

    if (kind->has_octets) {
        snprintf(detail, sizeof(detail), ":%" PRIu64 "@%" PRIu64,
                 outcome->octets, outcome->end);
    } else if (kind->has_end) {
        snprintf(detail, sizeof(detail), "@%" PRIu64, outcome->end);
    } else if (kind->has_code) {
        snprintf(detail, sizeof(detail), ":%u", outcome->code);
    }
    snprintf(text_out, CONFORM_OUTCOME_TEXT_MAX, "%s%s", kind->name, detail);
}

static bool same_message(const struct conform_outcome *accepted,
                         const struct conform_outcome *reported)
{
    if (accepted->kind == CONFORM_OUTCOME_REJECT &&
        reported->kind == CONFORM_OUTCOME_ERROR) {
        return true;
    }
    if (accepted->kind == CONFORM_OUTCOME_INCOMPLETE &&
        reported->kind == CONFORM_OUTCOME_WAIT) {
        return true;
    }
    return accepted->kind == reported->kind &&
           accepted->octets == reported->octets &&
           accepted->end == reported->end && accepted->code == reported->code;
}

enum conform_fit conform_outcome_fit(const struct conform_outcome *accepted,
                                     const struct conform_outcome *reported)
{
    if (!same_message(accepted, reported)) {
        return CONFORM_FIT_NONE;
    }
    if (accepted->fate == CONFORM_FATE_CLOSE &&
        reported->fate == CONFORM_FATE_KEEP) {
        return CONFORM_FIT_BUT_KEPT;
    }
    return CONFORM_FIT_ALL;
}
