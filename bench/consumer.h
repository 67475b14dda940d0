/* SPDX-License-Identifier: MIT */
/* What is done with the octets that a way has brought: the same code for every
 * way, so that only the bringing differs. */
#ifndef CONSUMER_H
#define CONSUMER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum consumer {
    CONSUMER_TOUCH, /* one octet of each page */
    CONSUMER_SUM,   /* every octet, as 64-bit words and a rest */
    CONSUMER_COPY,  /* into the program's own buffer, touched there */
};

/** Consume one access; the result depends on the octets. What CONSUMER_COPY
 * consumes is the copy. */
uint64_t consumer_eat(enum consumer consumer, const unsigned char *octets,
                      size_t size, size_t page_size);

/** Chain the results of accesses, so that their order counts too. */
static inline uint64_t consumer_chain(uint64_t checksum, uint64_t result)
{
    return (checksum ^ result) * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

#ifdef __cplusplus
}
#endif

#endif /* CONSUMER_H */
