/* SPDX-License-Identifier: MIT */
/* Octets in hex and text. */
#ifndef CONFORM_DUMP_H
#define CONFORM_DUMP_H

#include <stddef.h>

/*
 * Print octets to stdout, sixteen a row. A row is cut at each offset of `ends`,
 * and a line says so; rows that repeat are left out behind a "*".
 */
void conform_dump(const char *octets, size_t size, const size_t *ends,
                  size_t end_count);

#endif /* CONFORM_DUMP_H */
