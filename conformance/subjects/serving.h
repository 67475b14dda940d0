/* SPDX-License-Identifier: MIT */
/*
 * A server in this process at the other end of a connection: segments go out,
 * the server's loop turns until nothing moves, and what came back is read. No
 * clock is asked: what a server has not done by then, it does not do.
 */
#ifndef CONFORM_SERVING_H
#define CONFORM_SERVING_H

#include "../subject.h"

enum { SERVING_HEAD_MAX = 4096 };

/* One connection. The library's callbacks write the middle part. */
struct serving {
    const struct conform_feed *feed;
    int fd;         /* this end, or -1 */
    size_t segment; /* where the segment that was written last starts */
    size_t written;
    bool half_closed; /* nothing more will be written, and the server knows */

    size_t events;        /* grows with every call of the library */
    bool complete;        /* the first message has reached the application */
    bool was_half_closed; /* when it did */
    size_t complete_from; /* octets sent before the segment that completed it */
    size_t complete_by;   /* and with it */
    struct conform_answer *answer; /* its body; NULL: not wanted */

    bool gone;       /* the server has closed */
    size_t read;     /* octets of its answers */
    unsigned code;   /* status code of its first final answer, or 0 */
    size_t refusals; /* final answers of 400 and more */
    char status[80]; /* status line of the first of them */
    char head[SERVING_HEAD_MAX];
    size_t head_size;
    size_t skip; /* octets of an answer's body that are still to come */
};

/* A library with a loop: `turn` runs what is ready and returns whether more is
 * known to be. */
struct serving_loop {
    bool (*turn)(void *library);
    void *library;
};

/* Begin on a connected socket, which is made non-blocking and then owned. */
void serving_open(struct serving *serving, const struct conform_feed *feed,
                  int fd);

/* Turn the loop until nothing moves any more. */
void serving_pump(struct serving *serving, const struct serving_loop *loop);

/*
 * Send the segments of the feed up to `limit`, and pump behind each of them;
 * stops where the server has closed, or takes nothing any more. Behind the last
 * octet of the feed the peer closes, if it is to and the message is not
 * complete before.
 */
void serving_feed(struct serving *serving, const struct serving_loop *loop,
                  size_t limit);

/* From the application: decoded octets of the first message, its completion,
 * and whatever else is called. */
void serving_body(struct serving *serving, const char *octets, size_t size);
void serving_complete(struct serving *serving);

/*
 * Say what became of the connection where the first message is complete, and
 * which outcome it is where it is not.
 */
void serving_judge(const struct serving *serving,
                   struct conform_answer *answer);

/* Close this end. */
void serving_close(struct serving *serving);

#endif /* CONFORM_SERVING_H */
