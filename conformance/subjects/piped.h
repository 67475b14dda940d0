/* SPDX-License-Identifier: MIT */
/*
 * A subject that is reached through a helper program, in the language of the
 * subject: subjects/<word>_helper.*, which is started once a session.
 *
 * The helper first says its subject's version, in a frame. Each case is one
 * frame to it and one from it. To it: one octet each for the direction (0
 * request, 1 response), whether the peer closes and the size of the method that
 * a response answers; that method; four octets of size and the octets; and then
 * for each way to cut them four octets of step, four of the number of cuts, and
 * four for each cut. Numbers have the least significant octet first.
 *
 * From it, for each way: '=' for the answer to the way before; or '!', when the
 * helper itself failed, and a text that says how; or 'a', the fate ('k' kept,
 * 'c' closed, '?' unknown), the outcome as the corpus writes it, a text; four
 * octets of size and the decoded octets; and the subject's own words, a text. A
 * text is one octet of size and that many of ASCII.
 */
#ifndef CONFORM_PIPED_H
#define CONFORM_PIPED_H

#include "../subject.h"

enum { PIPED_DEADLINE_MS = 120 * 1000, PIPED_VERSION_MAX = 64 };

/* Which helper, and what it said its version is, "" before it has. */
struct piped_kind {
    const char *interpreter; /* a path */
    const char *option;
    const char *file; /* of this folder, or where it is installed */
    int deadline_ms;
    char version[PIPED_VERSION_MAX];
};

/* What a `struct conform_subject` does; see there. The kind outlives it. */
enum exit_code piped_start(struct piped_kind *kind, void **session_out,
                           struct conform_problem *problem);
void piped_prepare(void *state, const struct conform_feed *feeds, size_t count);
enum exit_code piped_run(void *state, const struct conform_feed *feed,
                         struct conform_answer *answer);
void piped_stop(void *state);
void piped_version(struct piped_kind *kind, char *text_out, size_t size);

#endif /* CONFORM_PIPED_H */
