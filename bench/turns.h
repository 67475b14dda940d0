/* SPDX-License-Identifier: MIT */
/* Semaphores by which the leader of a crew and its members take turns: each is
 * released once for each member, or once by each of them. */
#ifndef TURNS_H
#define TURNS_H

#include "crew.h"
#include "own_object.h"

#ifdef __cplusplus
extern "C" {
#endif

enum turn {
    TURN_GO,
    TURN_LOOK,
    TURN_LEAVE,
    TURN_DONE, /* by members */
    TURNS
};

/** Their numbers, in memory that all see. */
struct turn_numbers {
    uint64_t numbers[TURNS];
};

/** One side's ends; all zero is none. */
struct turns {
    struct own_object objects[TURNS];
};

/** By the leader before the members start, and by each of them. */
enum mm_status turns_open(struct crew_side *side, struct turn_numbers *numbers,
                          struct turns *turns);
void turns_close(struct turns *turns);

/** Let one turn be taken so often. */
enum mm_status turns_let(struct turns *turns, enum turn turn, uint32_t count);

/** Take one so often. */
enum mm_status turns_take(struct turns *turns, enum turn turn, unsigned times);

#ifdef __cplusplus
}
#endif

#endif /* TURNS_H */
