/* SPDX-License-Identifier: MIT */
#include "turns.h"

#include <mapmark/semaphore.h>

enum mm_status turns_open(struct crew_side *side, struct turn_numbers *numbers,
                          struct turns *turns)
{
    enum mm_status status = MM_OK;

    for (int i = 0; status == MM_OK && i < TURNS; i++) {
        status = side->me == 0
                     ? own_object_make(&own_semaphore, &turns->objects[i],
                                       &numbers->numbers[i])
                     : own_object_adopt(&own_semaphore, numbers->numbers[i],
                                        &turns->objects[i]);
    }
    return status;
}

void turns_close(struct turns *turns)
{
    for (int i = 0; i < TURNS; i++) {
        own_object_close(&turns->objects[i]);
    }
}

enum mm_status turns_let(struct turns *turns, enum turn turn, uint32_t count)
{
    return mm_semaphore_release(turns->objects[turn].handle, count, NULL);
}

enum mm_status turns_take(struct turns *turns, enum turn turn, unsigned times)
{
    enum mm_status status = MM_OK;

    for (unsigned i = 0; status == MM_OK && i < times; i++) {
        status = own_object_wait(&turns->objects[turn], CHANNEL_PARK);
    }
    return status;
}
