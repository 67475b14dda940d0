/* SPDX-License-Identifier: MIT */
/* What the system's own counts say about a hint: whether it was more than
 * taken. */
#ifndef PROOF_H
#define PROOF_H

#include "ways.h"

/** Judge the hint of the way by the faults of so many passes, where a hint
 * that does nothing can be told from one that works. After the loop. */
void proof_hint(struct bench_run *run, const struct sampler *sampler, bool cold,
                int64_t passes);

#endif /* PROOF_H */
