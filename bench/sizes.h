/* SPDX-License-Identifier: MIT */
/* Sizes that tables of benchmarks are made of, in octets. */
#ifndef SIZES_H
#define SIZES_H

enum {
    KIB_4 = 4 << 10,
    KIB_64 = 64 << 10,
    KIB_256 = 256 << 10,
    MIB_1 = 1 << 20,
    MIB_4 = 4 << 20,
    MIB_16 = 16 << 20,
    MIB_64 = 64 << 20,
    MIB_256 = 256 << 20,
    GIB_1 = 1 << 30,
};

#endif /* SIZES_H */
