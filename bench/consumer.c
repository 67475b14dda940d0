/* SPDX-License-Identifier: MIT */
#include "consumer.h"

#include <string.h>

static uint64_t touch(const unsigned char *octets, size_t size,
                      size_t page_size)
{
    uint64_t result = 0;

    for (size_t i = 0; i < size; i += page_size) {
        result = result * 31 + *(const volatile unsigned char *)&octets[i];
    }
    return result;
}

/* Four sums, so that the loop waits for memory and not for its own adds. */
static uint64_t sum(const unsigned char *octets, size_t size)
{
    uint64_t sums[4] = {0}, words[4];
    uint64_t rest = 0;
    size_t at = 0;

    for (; size - at >= sizeof(words); at += sizeof(words)) {
        memcpy(words, octets + at, sizeof(words));
        sums[0] += words[0];
        sums[1] += words[1];
        sums[2] += words[2];
        sums[3] += words[3];
    }
    for (; at < size; at++) {
        rest = rest << 8 | rest >> 56;
        rest += octets[at];
    }
    return sums[0] + 3 * sums[1] + 5 * sums[2] + 7 * sums[3] + rest;
}

uint64_t consumer_eat(enum consumer consumer, const unsigned char *octets,
                      size_t size, size_t page_size)
{
    return consumer == CONSUMER_SUM ? sum(octets, size)
                                    : touch(octets, size, page_size);
}
