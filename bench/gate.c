/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include <stdlib.h>

const char *const gate_words[] = {
#define GATE_WORD(name, word) word,
    GATE_LIST(GATE_WORD)
#undef GATE_WORD
        NULL};

const void *const gate_kinds[] = {
#define GATE_KIND(name, word) &gate_##name,
    GATE_LIST(GATE_KIND)
#undef GATE_KIND
};

struct gate *gate_new(const struct gate_kind *kind, enum channel_policy policy,
                      void *memory, bool makes, unsigned initial)
{
    struct gate *gate = calloc(1, sizeof(*gate));

    if (gate != NULL) {
        gate->kind = kind;
        gate->policy = policy;
        gate->memory = memory;
        gate->makes = makes;
        gate->initial = initial;
    }
    return gate;
}

void gate_free(struct gate *gate)
{
    if (gate != NULL) {
        gate->kind->close(gate);
        free(gate);
    }
}
