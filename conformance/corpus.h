/* SPDX-License-Identifier: MIT */
/* All cases of a directory of stanzas, in the order of their ids. */
#ifndef CONFORM_CORPUS_H
#define CONFORM_CORPUS_H

#include "case.h"

/* Limits, so that a wrong directory is an error and not an exhausted memory. */
enum {
    CONFORM_FILES_MAX = 64,
    CONFORM_CASES_MAX = 100000,
    CONFORM_CLASS_MAX = 48,
    CONFORM_FILE_SIZE_MAX = 16 * 1024 * 1024,
};

struct conform_corpus_file {
    char class_name[CONFORM_CLASS_MAX];
    char name[CONFORM_CLASS_MAX + 8]; /* class_name and ".cases" */
    struct conform_buffer text;
};

/* Empty when all zeros. Cases point into it, so it stays where it is. */
struct conform_corpus {
    struct conform_corpus_file files[CONFORM_FILES_MAX];
    size_t file_count;
    struct conform_case *cases;
    size_t case_count;
    size_t case_room;
};

/* Read index.txt in `directory` and the class files it names. */
enum exit_code conform_corpus_load(struct conform_corpus *corpus,
                                   const char *directory,
                                   struct conform_problem *problem);

/* Tells whether a directory holds an index, that is, may be a corpus. */
bool conform_corpus_exists(const char *directory);

/*
 * Add the stanzas of one class file and take over its text. Classes are added
 * in ascending order, each once.
 */
enum exit_code conform_corpus_add(struct conform_corpus *corpus,
                                  const char *class_name,
                                  struct conform_buffer *text,
                                  struct conform_problem *problem);

/* Sort the cases and refuse an id that is used twice. */
enum exit_code conform_corpus_finish(struct conform_corpus *corpus,
                                     struct conform_problem *problem);

/* Give NULL for an id that no case has. */
const struct conform_case *
conform_corpus_find(const struct conform_corpus *corpus, const char *id);

/* Free everything; a half-loaded corpus and an empty one are allowed. */
void conform_corpus_free(struct conform_corpus *corpus);

#endif /* CONFORM_CORPUS_H */
