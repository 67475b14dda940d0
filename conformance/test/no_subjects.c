/* SPDX-License-Identifier: MIT */
/* The table of a build that found no library to test. */
#include "subject.h"

const struct conform_subject *const conform_subjects[] = {NULL};
const char *const conform_subjects_left_out[] = {"http-parser", NULL};
