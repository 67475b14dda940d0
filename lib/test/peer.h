/* SPDX-License-Identifier: MIT */
/* The verbs of the second process: see peer.c. */
#ifndef PEER_H
#define PEER_H

#include "support.h"

/* Of the peer, beside those of a status. */
enum {
    EXIT_HANDLED = 42,    /* by its own handler of faults */
    EXIT_HALF_BUILT = 97, /* it saw what was not all there */
    EXIT_DIED = 98,
    EXIT_TROUBLE = 99,
};

/* Words of the talk with `once`. */
enum once_word {
    ONCE_ATTEMPTS = 1, /* to initialise, so far */
    ONCE_FAILURES,     /* how many of the first attempts fail */
    ONCE_DEATHS,       /* and how many of the next ones die */
    ONCE_ARRIVED,      /* peers that have tried */
    ONCE_SEED,         /* of what they fill in */
};

/* Words of the talk with `struggle`, and what it fills in. */
enum struggle {
    STRUGGLE_TURNS = 1, /* all peers together */
    STRUGGLE_WRONG,     /* turns in which anything was not as it should be */
    STRUGGLE_SIZE = 100000,
    STRUGGLE_SEED = 11,
};

/* A table of them ends with one without a name. */
struct verb {
    const char *name;
    int argument_count;
    int (*body)(char **arguments); /* argv from the verb on */
};

extern const struct verb peer_sharing_verbs[];
extern const struct verb peer_sync_verbs[];

uint64_t peer_number(const char *text);

/* spin TALK: say 1 and run until told to stop, or killed. */
int peer_spin(char **arguments);

/* Open the existing name and map it whole; nothing but the view stays. */
bool peer_map_name(const char *name, enum mm_protection protection,
                   enum mm_access access, struct mm_view *view);

#endif /* PEER_H */
