/* SPDX-License-Identifier: MIT */
/*
 * The library's hot calls, and beside each the system's own calls that do the
 * same. The benchmark lib_overhead times both; count_calls makes both for a
 * tool that counts their instructions.
 */
#ifndef CALLS_H
#define CALLS_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>
#include <mapmark/view.h>

#include "buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Every call, with the word that rows name it by: X(name, word). Flushes are
 * of what has not changed: what the call costs, and not what the device. Nobody
 * else waits for the objects, whose bare counterparts are what a program would
 * share between processes otherwise. */
#define CALLS_LIST(X)                                     \
    X(clock, "clock")                                     \
    X(size, "size")                                       \
    X(read, "read")                                       \
    X(write, "write")                                     \
    X(sync, "sync")                                       \
    X(map, "map") /* and unmap */                         \
    X(prefetch, "prefetch")                               \
    X(advise, "advise")                                   \
    X(flush_started, "flush-started")                     \
    X(flush_durable, "flush-durable")                     \
    X(event, "event")         /* set, and wait for it */  \
    X(mutex, "mutex")         /* acquired and released */ \
    X(semaphore, "semaphore") /* released and waited for */

enum call {
#define CALLS_PLACE(name, word) CALL_##name,
    CALLS_LIST(CALLS_PLACE)
#undef CALLS_PLACE
        CALL_COUNT
};

enum call_way {
    CALL_BY_LIBRARY,
    CALL_BARE,
    CALL_WAYS,
};

/** What the calls work on: one file, open in both ways. */
struct calls {
    struct mm_file *file;
    struct mm_mapping *mapping;
    struct mm_view view;   /* of the whole file; both ways flush this one */
    intptr_t bare_file;    /* a descriptor or HANDLE */
    intptr_t bare_section; /* what bare views are made of */
    struct mm_event *event;
    struct mm_mutex *mutex;
    struct mm_semaphore *semaphore;
    struct mm_waitable *waitables[3]; /* of these, in this order */
    void *bare_event;
    void *bare_mutex;
    void *bare_semaphore;
    struct buffer buffer; /* the first octets of the file */
    size_t octets;        /* that a call reads, writes, maps or flushes */
    uint64_t result;      /* of the last call: what it told or moved */
};

/** Make the call once. */
typedef enum mm_status call_body(struct calls *calls);

/** Words of the calls, in the order of enum call, NULL at the end. */
extern const char *const call_words[];

call_body *call_of(enum call call, enum call_way way);

/**
 * Open a file of at least `octets` octets. The calls do not change it.
 *
 * Errors:    as mm_file_open(), mm_mapping_create(); MM_OS from bare calls.
 *            What is open then is closed by calls_close() as well.
 */
enum mm_status calls_open(const char *path, size_t octets,
                          struct calls *calls_out);

void calls_close(struct calls *calls);

#ifdef __cplusplus
}
#endif

#endif /* CALLS_H */
