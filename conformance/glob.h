/* SPDX-License-Identifier: MIT */
/* Patterns for names: '*' is any run of characters, '?' any one. */
#ifndef MM_GLOB_H
#define MM_GLOB_H

#include <stdbool.h>

bool mm_glob_match(const char *pattern, const char *name);

#endif /* MM_GLOB_H */
