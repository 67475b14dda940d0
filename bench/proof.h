/* SPDX-License-Identifier: MIT */
/* What the system's own counts say about a sample: whether the way that it is
 * of was the one used, and whether a hint was more than taken. */
#ifndef PROOF_H
#define PROOF_H

#include "ways.h"

/** Judge the way by the calls that the system saw. After the loop. */
void proof_way(struct bench_run *run, const struct sampler *sampler);

/** Judge the hint of the way by the faults of so many passes, where a hint
 * that does nothing can be told from one that works. After the loop. */
void proof_hint(struct bench_run *run, const struct sampler *sampler, bool cold,
                int64_t passes);

#endif /* PROOF_H */
