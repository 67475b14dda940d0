/* SPDX-License-Identifier: MIT */
/* All cases of a directory of stanzas, in the order of their ids. */
#ifndef MM_CORPUS_H
#define MM_CORPUS_H

#include "case.h"

/* Limits, so that a wrong directory is an error and not an exhausted memory. */
enum {
    MM_FILES_MAX = 64,
    MM_CASES_MAX = 100000,
    MM_CLASS_MAX = 48,
    MM_FILE_SIZE_MAX = 16 * 1024 * 1024,
};

struct mm_corpus_file {
    char class_name[MM_CLASS_MAX];
    char name[MM_CLASS_MAX + 8]; /* class_name and ".cases" */
    struct mm_buffer text;
};

/* Empty when all zeros. Cases point into it, so it stays where it is. */
struct mm_corpus {
    struct mm_corpus_file files[MM_FILES_MAX];
    size_t file_count;
    struct mm_case *cases;
    size_t case_count;
    size_t case_room;
};

/* Read index.txt in `directory` and the class files it names. */
enum mm_exit mm_corpus_load(struct mm_corpus *corpus, const char *directory,
                            struct mm_problem *problem);

/* Tells whether a directory holds an index, that is, may be a corpus. */
bool mm_corpus_exists(const char *directory);

/*
 * Add the stanzas of one class file and take over its text. Classes are added
 * in ascending order, each once.
 */
enum mm_exit mm_corpus_add(struct mm_corpus *corpus, const char *class_name,
                           struct mm_buffer *text, struct mm_problem *problem);

/* Sort the cases and refuse an id that is used twice. */
enum mm_exit mm_corpus_finish(struct mm_corpus *corpus,
                              struct mm_problem *problem);

/* Give NULL for an id that no case has. */
const struct mm_case *mm_corpus_find(const struct mm_corpus *corpus,
                                     const char *id);

/* Free everything; a half-loaded corpus and an empty one are allowed. */
void mm_corpus_free(struct mm_corpus *corpus);

#endif /* MM_CORPUS_H */
