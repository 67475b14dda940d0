/* SPDX-License-Identifier: MIT */
/* Lines of the 7-bit text files of this room, comments left out. */
#ifndef CONFORM_LINES_H
#define CONFORM_LINES_H

#include "buffer.h"

enum { CONFORM_LINE_MAX = 4096 };

/* Start with {.next = text->data, .end = text->data + text->size}. */
struct conform_lines {
    char *next;
    char *end;
    unsigned long number; /* of the line given last, from 1 */
};

/*
 * Give the next line as a string made in place, or NULL behind the last.
 * Refuses whatever an editor can change unseen: octets outside 0x20..0x7e,
 * spaces at the end of a line, CR LF, a last line without LF.
 */
enum exit_code conform_lines_next(struct conform_lines *lines, char **line_out,
                                  struct conform_problem *problem);

/* Cut the next word out of a line, or give NULL behind the last. */
char *conform_lines_word(char **at);

#endif /* CONFORM_LINES_H */
