/* SPDX-License-Identifier: MIT */
/* Where the corpus is that belongs to the program. */
#ifndef CONFORM_PLACE_H
#define CONFORM_PLACE_H

enum { CONFORM_PLACE_MAX = 4096 };

/*
 * Write the directory of the corpus that is installed beside the program, or
 * that of the source tree when there is none. `program` is how it was called;
 * a bare name is looked up in PATH.
 */
void conform_place_corpus(const char *program,
                          char directory_out[CONFORM_PLACE_MAX]);

#endif /* CONFORM_PLACE_H */
