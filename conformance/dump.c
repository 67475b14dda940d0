/* SPDX-License-Identifier: MIT */
#include "dump.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ROW = 16 };

static void print_row(const char *octets, size_t at, size_t size)
{
    printf("  %06zx ", at);
    for (size_t i = 0; i < ROW; i++) {
        if (i < size) {
            printf(" %02x", (unsigned)(unsigned char)octets[at + i]);
        } else {
            printf("   ");
        }
    }
    printf("  ");
    for (size_t i = 0; i < size; i++) {
        char octet = octets[at + i];

        putchar(octet >= 0x20 && octet <= 0x7e ? octet : '.');
    }
    putchar('\n');
}

/* Gives the smallest end behind `at`, or `size`. */
static size_t next_end(size_t at, size_t size, const size_t *ends,
                       size_t end_count)
{
    size_t next = size;

    for (size_t i = 0; i < end_count; i++) {
        if (ends[i] > at && ends[i] < next) {
            next = ends[i];
        }
    }
    return next;
}

static bool is_end(size_t at, const size_t *ends, size_t end_count)
{
    for (size_t i = 0; i < end_count; i++) {
        if (ends[i] == at) {
            return true;
        }
    }
    return false;
}

static bool repeats(const char *octets, size_t at, size_t width, size_t before)
{
    return width == ROW && before == ROW &&
           memcmp(octets + at, octets + at - ROW, ROW) == 0;
}

void conform_dump(const char *octets, size_t size, const size_t *ends,
                  size_t end_count)
{
    size_t before = 0;
    bool starred = false;

    for (size_t at = 0; at < size;) {
        size_t width = next_end(at, size, ends, end_count) - at;

        width = width < ROW ? width : ROW;
        if (!repeats(octets, at, width, before)) {
            print_row(octets, at, width);
            starred = false;
        } else if (!starred) {
            printf("  *\n");
            starred = true;
        }
        at += width;
        before = width;
        if (is_end(at, ends, end_count)) {
            printf("  ------ accepted end at %zu\n", at);
            before = 0;
        }
    }
}
