/* SPDX-License-Identifier: MIT */
/* From the text of a stanza to the octets on the wire. */
#ifndef CONFORM_WIRE_H
#define CONFORM_WIRE_H

#include "buffer.h"

/* Room for the largest body a case may want to send, and its framing. */
enum { CONFORM_WIRE_MAX = 4 * 1024 * 1024 };

/*
 * Expand the macros of `text` innermost first, then its escapes, and add the
 * octets to `wire`. corpus/README.md is the definition of both.
 */
enum exit_code conform_wire_expand(const char *text,
                                   struct conform_buffer *wire,
                                   struct conform_problem *problem);

#endif /* CONFORM_WIRE_H */
