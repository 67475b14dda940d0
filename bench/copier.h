/* SPDX-License-Identifier: MIT */
/* Copies of a file, made in one of several ways, from opening to closing and
 * timed by phase. */
#ifndef COPIER_H
#define COPIER_H

#include <stdio.h>

#include <mapmark/mapping.h>
#include <mapmark/view.h>

#include "bench.h"

enum copy_way {
    COPY_MAPPED,     /* through one view of each file */
    COPY_WINDOW,     /* through views that move along */
    COPY_SEQUENTIAL, /* as COPY_MAPPED, with that hint for the source */
    COPY_WILL_NEED,
    COPY_CALLS,
    COPY_CALLS_SEQUENTIAL, /* the same with that hint for the source */
    COPY_STDIO,
    COPY_SYSTEM, /* by what the system has for it */
};

enum {
    /** Of one read and one write call. */
    COPY_PIECE_BYTES = 64 << 10,
    COPY_WINDOW_BYTES = 1 << 20,
};

/** One end of a copy. */
struct copy_end {
    const char *path;
    struct mm_file *file;
    struct mm_mapping *mapping;
    struct mm_view view;
    FILE *stream;
};

/** All zero where nothing is said. Give the members above `maps`, and take
 * those from there on. */
struct copier {
    enum copy_way way;
    bool durable;  /* the copy is on the device at the end */
    uint64_t size; /* of the source */
    struct copy_end source;
    struct copy_end target;
    unsigned char *piece; /* COPY_PIECE_BYTES */
    uint64_t maps;
    uint64_t reads;
    uint64_t writes;
    struct bench_phases phases;
    uint64_t clock;
    const char *tried; /* what failed */
};

bool copy_way_is_mapped(enum copy_way way);

/**
 * Copy the source to a target that does not exist.
 *
 * An empty source has nothing to map: its mapped copy is a new file.
 *
 * Errors:    as the calls of the way, MM_INVALID where it notices that the
 *            target exists. What was made of the target stays.
 */
enum mm_status copier_run(struct copier *copier);

#endif /* COPIER_H */
