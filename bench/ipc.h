/* SPDX-License-Identifier: MIT */
/* What the tables of the subject `ipc` have in common. */
#ifndef IPC_H
#define IPC_H

#include "crew.h"
#include "talk.h"

/** Times that rows wait for, in nanoseconds. */
enum {
    US_10 = 10000,
    US_100 = 100000,
    MS_1 = 1000000,
    MS_10 = 10000000,
};

/** Whether the way is one of this system, or of any: the others' rows say only
 * that, and are left to the full plan. */
bool ipc_is_of_here(unsigned way);

/** MM_UNSUPPORTED with the reason, where a kind has one why it cannot be. */
enum mm_status ipc_check(const char *why_not, struct bench_reason *reason);

/** Few and short samples in the quick plan, of which these tables have many. */
void ipc_quickly(const struct bench_options *options,
                 struct bench_sampling *sampling_out);

/** Short samples: a scheduler is met thousands of times in each. */
void ipc_sampling(const struct bench_row *row,
                  const struct bench_options *options,
                  struct bench_sampling *sampling_out);

/** Make the round trips of a sample, with latencies, counts and judgement. The
 * calling thread is put on a CPU. */
void ipc_ping_pong(struct bench_run *run, const struct talk_options *options);

/** The jobs of crews, in the order of ipc_jobs. */
enum ipc_job { IPC_BROADCAST, IPC_LOCK, IPC_QUEUE, IPC_SHARE, IPC_TABLES };

extern const struct crew_jobs ipc_jobs;

/** Have a crew do the iterations of a sample, with counts and judgement. The
 * calling thread is put on a CPU. */
void ipc_crew(struct bench_run *run, const struct crew_options *options);

/** The role of PARTNER_OWNS; it has no context. */
int ipc_owner_play(void *memory, unsigned index, const void *context);

#endif /* IPC_H */
