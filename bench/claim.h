/* SPDX-License-Identifier: MIT */
/* What a row claims of its samples, judged by what was seen of them: the state
 * of the cache before and after, what storage was asked for, and the calls
 * that were made. */
#ifndef CLAIM_H
#define CLAIM_H

#include "dataset.h"

/** The claim that something is in a state of the cache. */
struct claim {
    struct bench_run *run;
    enum cache cache;
    const char *object; /* in words, such as "the file" */
    uint64_t spare;     /* octets from storage that are of something else */
};

/** Judge the state that was established. False when there is nothing to be
 * measured in it. */
bool claim_begins(const struct claim *claim, const struct cache_proof *proof);

/** Judge the state that is left. After the loop. */
void claim_ends(const struct claim *claim, const struct cache_proof *proof);

/** Judge what came from storage, of which a cold sample needs so many octets
 * at least. After the loop. */
void claim_storage(const struct claim *claim, uint64_t needed);

/** Judge the way by the calls that the system saw: those that were made, or,
 * when octets come through mappings, none. After the loop. */
void claim_calls(struct bench_run *run, bool mapped, uint64_t made);

#endif /* CLAIM_H */
