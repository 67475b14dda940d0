/* SPDX-License-Identifier: MIT */
/* From the text of a stanza to the octets on the wire. */
#ifndef MM_WIRE_H
#define MM_WIRE_H

#include "buffer.h"

/* Room for the largest body a case may want to send, and its framing. */
enum { MM_WIRE_MAX = 4 * 1024 * 1024 };

/*
 * Expand the macros of `text` innermost first, then its escapes, and add the
 * octets to `wire`. corpus/README.md is the definition of both.
 */
enum mm_exit mm_wire_expand(const char *text, struct mm_buffer *wire,
                            struct mm_problem *problem);

#endif /* MM_WIRE_H */
