/* SPDX-License-Identifier: MIT */
/* The table of a build that found no library to test. */
#include "subject.h"

const struct mm_subject *const mm_subjects[] = {NULL};
const char *const mm_subjects_left_out[] = {"http-parser", NULL};
