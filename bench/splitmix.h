/* SPDX-License-Identifier: MIT */
/* The splitmix64 generator (Steele, Lea and Flood 2014): its state is a
 * number, so any place of its sequence can be asked for. */
#ifndef SPLITMIX_H
#define SPLITMIX_H

#include <stdint.h>

/** Element `index` of the sequence that `seed` starts. */
static inline uint64_t splitmix(uint64_t seed, uint64_t index)
{
    uint64_t word = seed + index * UINT64_C(0x9e3779b97f4a7c15);

    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

#endif /* SPLITMIX_H */
