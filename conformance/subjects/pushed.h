/* SPDX-License-Identifier: MIT */
/*
 * Parsers that are given octets and call back. An application owes them two
 * hints: a response to HEAD has no body, and one that accepts CONNECT opens a
 * tunnel. What they call back with becomes an answer here.
 */
#ifndef CONFORM_PUSHED_H
#define CONFORM_PUSHED_H

#include "../subject.h"

/* Begins as {.feed, .answer}; the parser's callbacks are given it. */
struct pushed {
    const struct conform_feed *feed;
    struct conform_answer *answer;
    bool tunnel;
    bool skip_body;
    bool at_eof; /* the parser has been told that the peer closed */
    bool complete;
};

/* What a parser says of a message that is complete. */
struct pushed_end {
    bool is_chunked;
    bool has_length;
    bool keeps; /* the connection */
};

/* What to say when the header section is complete: 1 where no body follows, 2
 * where nothing of HTTP does, else 0; both parsers have it so.
 */
int pushed_hint(struct pushed *pushed, unsigned status_code);

/* The message is complete, but for where it ends. */
void pushed_complete(struct pushed *pushed, const struct pushed_end *end);

/* The message took so many octets; or the octets ran out, or `failed`, before
 * it was complete.
 */
void pushed_finish(struct pushed *pushed, size_t taken, bool failed);

#endif /* CONFORM_PUSHED_H */
