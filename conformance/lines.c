/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <string.h>

static enum exit_code check(const char *line, size_t size,
                            struct conform_problem *problem)
{
    if (size > CONFORM_LINE_MAX) {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "line of %zu characters: at most %d are allowed", size,
            CONFORM_LINE_MAX);
    }
    for (size_t i = 0; i < size; i++) {
        if (line[i] < 0x20 || line[i] > 0x7e) {
            return conform_problem_set(
                problem, EXIT_ENVIRONMENT,
                "octet 0x%02x in column %zu: allowed are "
                "printable ASCII and LF line ends; in send "
                "and body write \\xHH",
                (unsigned)(unsigned char)line[i], i + 1);
        }
    }
    if (size > 0 && line[size - 1] == ' ') {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "space at the end of the line: write \\x20 or "
            "remove it");
    }
    return EXIT_OK;
}

enum exit_code conform_lines_next(struct conform_lines *lines, char **line_out,
                                  struct conform_problem *problem)
{
    *line_out = NULL;
    while (*line_out == NULL && lines->next < lines->end) {
        char *line = lines->next;
        char *feed = memchr(line, '\n', (size_t)(lines->end - line));
        enum exit_code status;

        lines->number++;
        if (feed == NULL) {
            return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                       "the last line has no line feed");
        }
        status = check(line, (size_t)(feed - line), problem);
        if (status != EXIT_OK) {
            return status;
        }
        *feed = '\0';
        lines->next = feed + 1;
        *line_out = *line == '#' ? NULL : line;
    }
    return EXIT_OK;
}

char *conform_lines_word(char **at)
{
    char *word = *at + strspn(*at, " ");

    if (*word == '\0') {
        return NULL;
    }
    *at = word + strcspn(word, " ");
    if (**at != '\0') {
        *(*at)++ = '\0';
    }
    return word;
}
