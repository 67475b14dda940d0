/* SPDX-License-Identifier: MIT */
/* Lines of the 7-bit text files of this room, comments left out. */
#ifndef MM_LINES_H
#define MM_LINES_H

#include "buffer.h"

enum { MM_LINE_MAX = 4096 };

/* Start with {.next = text->data, .end = text->data + text->size}. */
struct mm_lines {
    char *next;
    char *end;
    unsigned long number; /* of the line given last, from 1 */
};

/*
 * Give the next line as a string made in place, or NULL behind the last.
 * Refuses whatever an editor can change unseen: octets outside 0x20..0x7e,
 * spaces at the end of a line, CR LF, a last line without LF.
 */
enum mm_exit mm_lines_next(struct mm_lines *lines, char **line_out,
                           struct mm_problem *problem);

/* Cut the next word out of a line, or give NULL behind the last. */
char *mm_lines_word(char **at);

#endif /* MM_LINES_H */
