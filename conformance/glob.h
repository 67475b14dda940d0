/* SPDX-License-Identifier: MIT */
/* Patterns for names: '*' is any run of characters, '?' any one. */
#ifndef CONFORM_GLOB_H
#define CONFORM_GLOB_H

#include <stdbool.h>

bool conform_glob_match(const char *pattern, const char *name);

#endif /* CONFORM_GLOB_H */
