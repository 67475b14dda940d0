/* SPDX-License-Identifier: MIT */
/*
 * Two processes that wake each other through a channel, and prove it: in every
 * round trip one side says an odd number that the other expects, and gets the
 * next even one back. A process that talks to itself hears its own.
 *
 * The partner is this program again, and lives as long as the talk.
 */
#ifndef TALK_H
#define TALK_H

#include <mapmark/process.h>

#include "bench.h"
#include "channel.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Which CPUs the sides are to run on. */
enum talk_placement {
    TALK_CROSS, /* on two */
    TALK_SAME,  /* on one */
    TALK_PLACEMENTS
};

/** Their words, NULL at the end. */
extern const char *const talk_placements[];

/** The largest message. */
enum { TALK_OCTETS_MAX = 64 << 10 };

struct talk_options {
    const struct channel_kind *kind;
    size_t place; /* of the kind, in the list that the partner is given */
    enum channel_policy policy;
    enum talk_placement placement;
    size_t octets; /* of a message, where the kind carries any */
};

struct talk;

/**
 * Start a partner and come to terms with it. The calling thread stays on the
 * CPU that it is put on until talk_close().
 *
 * Errors:    MM_UNSUPPORTED (one CPU only; the kind is not here), MM_CLOSED
 *            (the partner died), and as the kind's make(); with a reason.
 * Ownership: the caller gives `*talk_out` to talk_close().
 */
enum mm_status talk_open(const struct talk_options *options,
                         struct talk **talk_out, struct bench_reason *reason);

/** Make so many round trips. MM_CLOSED when the partner has gone; what was
 * heard wrong is counted, and judged by talk_end(). */
enum mm_status talk_round_trips(struct talk *talk, uint64_t count);

/** Have the partner count what it uses from now on. */
enum mm_status talk_account(struct talk *talk);

/** End the talk, give the run what the partner has used since
 * talk_account(), and judge numbers and places. */
void talk_end(struct talk *talk, struct bench_run *run);

/** Also of a talk that was not ended: its partner is told to go, and waited
 * for. */
void talk_close(struct talk *talk);

/** What partners look their kinds up in. */
struct talk_kinds {
    const struct channel_kind *const *list;
    size_t count;
};

/** The role of PARTNER_TALKS; its context is a struct talk_kinds. */
int talk_play(void *memory, unsigned index, const void *context);

#ifdef __cplusplus
}
#endif

#endif /* TALK_H */
