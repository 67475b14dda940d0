/* SPDX-License-Identifier: MIT */
#include "inject.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_amount(const char *text, uint32_t *amount_out)
{
    uint64_t amount = 0;

    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        amount = 10 * amount + (uint64_t)(*text - '0');
        if (amount > UINT32_MAX) {
            return false;
        }
    }
    *amount_out = (uint32_t)amount;
    return true;
}

bool mmi_injection_read(const char *text, struct mmi_injection *injection_out)
{
    static const struct {
        const char *prefix;
        enum mmi_injected kind;
    } kinds[] = {
        {"work:", MMI_INJECT_WORK},
        {"call:", MMI_INJECT_CALLS},
        {"fault:", MMI_INJECT_FAULTS},
    };

    *injection_out = (struct mmi_injection){MMI_INJECT_NOTHING, 0};
    if (text == NULL || *text == '\0' || strcmp(text, "none") == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t size = strlen(kinds[i].prefix);

        if (strncmp(text, kinds[i].prefix, size) == 0 &&
            read_amount(text + size, &injection_out->amount)) {
            injection_out->kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

/* Each step needs the one before. */
static void compute(uint32_t units)
{
    /* Knuth's constants for a linear congruential generator. */
    const uint64_t factor = 6364136223846793005, more = 1442695040888963407;
    uint64_t value = units;
    volatile uint64_t seen;

    for (uint32_t i = 0; i < units; i++) {
        value = value * factor + more;
    }
    seen = value; /* or the compiler would leave all of it out */
    (void)seen;
}

void mmi_injection_do(const struct mmi_injection *injection)
{
    switch (injection->kind) {
    case MMI_INJECT_NOTHING:
        break;
    case MMI_INJECT_WORK:
        compute(injection->amount);
        break;
    case MMI_INJECT_CALLS:
        for (uint32_t i = 0; i < injection->amount; i++) {
            mmi_inject_call();
        }
        break;
    case MMI_INJECT_FAULTS:
        for (uint32_t i = 0; i < injection->amount; i++) {
            mmi_inject_fault();
        }
        break;
    }
}

#if defined(MMI_INJECTS)
/* In one word, so that no thread sees half of it. */
enum { KNOWN = 1, KIND_SHIFT = 1, KIND_MASK = 3, AMOUNT_SHIFT = 32 };

static atomic_uint_least64_t wanted;

static uint64_t find_out(void)
{
    const char *text = getenv("MAPMARK_INJECT");
    struct mmi_injection injection;
    bool makes_sense = mmi_injection_read(text, &injection);
    uint64_t found = KNOWN | (uint64_t)injection.kind << KIND_SHIFT |
                     (uint64_t)injection.amount << AMOUNT_SHIFT;
    uint_least64_t before = 0;

    if (!atomic_compare_exchange_strong(&wanted, &before, found)) {
        return before;
    }
    if (!makes_sense) {
        fprintf(stderr,
                "mapmark: MAPMARK_INJECT '%s' is none of work:N, call:N, "
                "fault:N, none; nothing is injected\n",
                text);
    }
    return found;
}

void mmi_inject(void)
{
    uint64_t word = atomic_load_explicit(&wanted, memory_order_relaxed);
    struct mmi_injection injection;

    if (word == 0) {
        word = find_out();
    }
    injection.kind = (enum mmi_injected)(word >> KIND_SHIFT & KIND_MASK);
    injection.amount = (uint32_t)(word >> AMOUNT_SHIFT);
    mmi_injection_do(&injection);
}
#endif
