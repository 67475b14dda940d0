/* SPDX-License-Identifier: MIT */
/* What the second process does with synchronisation objects. */
#include <stdlib.h>
#include <string.h>

#include "fight.h"
#include "objects.h"
#include "peer.h"
#include "rally.h"

static enum object_kind kind_of(const char *text)
{
    return (enum object_kind)peer_number(text);
}

/* object-open KIND NAME */
static int do_object_open(char **arguments)
{
    struct object object;
    enum mm_status status =
        object_open(kind_of(arguments[1]), arguments[2], &object);

    object_close(&object);
    return (int)status;
}

/* object-create KIND NAME */
static int do_object_create(char **arguments)
{
    struct object object;
    enum mm_status status =
        object_create(kind_of(arguments[1]), arguments[2], false, &object);

    object_close(&object);
    return (int)status;
}

/* object-stir KIND NAME: and end without closing anything. */
static int do_object_stir(char **arguments)
{
    struct object object;
    enum mm_status status =
        object_open(kind_of(arguments[1]), arguments[2], &object);

    _Exit((int)(status == MM_OK ? object_stir(&object) : status));
}

/* object-adopt-stir KIND HANDLE: likewise. */
static int do_object_adopt_stir(char **arguments)
{
    struct object object;
    enum mm_status status =
        object_adopt(kind_of(arguments[1]), peer_number(arguments[2]), &object);

    _Exit((int)(status == MM_OK ? object_stir(&object) : status));
}

/* object-wait KIND NAME: wait for it, however long. */
static int do_object_wait(char **arguments)
{
    struct object object;
    enum mm_status status =
        object_open(kind_of(arguments[1]), arguments[2], &object);

    if (status == MM_OK) {
        status = mm_wait(object_waitable(&object), NULL, SUPPORT_PATIENCE_NS);
    }
    object_close(&object);
    return (int)status;
}

/* mutex-hold TALK NAME TIMES: acquire it so often, then as `spin`. */
static int do_mutex_hold(char **arguments)
{
    struct object object;
    int code;

    if (mm_status_failed(
            object_create(OBJECT_MUTEX, arguments[2], false, &object))) {
        return EXIT_TROUBLE;
    }
    for (uint64_t i = peer_number(arguments[3]); i > 0; i--) {
        if (mm_status_failed(
                mm_wait(object_waitable(&object), NULL, SUPPORT_PATIENCE_NS))) {
            return EXIT_TROUBLE;
        }
    }
    code = peer_spin(arguments);
    object_close(&object);
    return code;
}

/* mutex-add TALK NAME TIMES: add 1 to word 1 so often, each time by a read and
 * a write that nothing but the mutex holds together. */
static int do_mutex_add(char **arguments)
{
    struct object object;
    struct talk talk;
    enum mm_status status = MM_OK;

    if (object_open(OBJECT_MUTEX, arguments[2], &object) != MM_OK ||
        !talk_open(&talk, arguments[1])) {
        return EXIT_TROUBLE;
    }
    for (uint64_t i = peer_number(arguments[3]); status == MM_OK && i > 0;
         i--) {
        status = mm_wait(object_waitable(&object), NULL, SUPPORT_PATIENCE_NS);
        if (status == MM_OK) {
            uint32_t word = atomic_load(&talk.words[1]);

            atomic_store(&talk.words[1], word + 1);
            status = mm_mutex_release(object.mutex);
        }
    }
    talk_close(&talk);
    object_close(&object);
    return (int)status;
}

/* event-crowd TALK NAME: wait for the event, then count in word 1. */
static int do_event_crowd(char **arguments)
{
    struct object object;
    struct talk talk;
    enum mm_status status;

    if (object_open(OBJECT_EVENT, arguments[2], &object) != MM_OK ||
        !talk_open(&talk, arguments[1])) {
        return EXIT_TROUBLE;
    }
    atomic_fetch_add(&talk.words[2], 1);
    status = mm_wait(object_waitable(&object), NULL, SUPPORT_PATIENCE_NS);
    if (status == MM_OK) {
        atomic_fetch_add(&talk.words[1], 1);
    }
    talk_close(&talk);
    object_close(&object);
    return (int)status;
}

/* name-race TALK NAME TURNS: create, open and close one name (S25). Whoever
 * has created it is the only one: word 1 counts who has, at this moment. */
static int do_name_race(char **arguments)
{
    uint64_t turns = peer_number(arguments[3]);
    struct talk talk;
    int code = 0;

    if (!talk_open(&talk, arguments[1])) {
        return EXIT_TROUBLE;
    }
    for (uint64_t i = 0; i < turns && code == 0; i++) {
        enum object_kind kind = i % 2 == 0 ? OBJECT_SEMAPHORE : OBJECT_EVENT;
        struct object object;
        enum mm_status status =
            i % 3 == 0 ? object_open(kind, arguments[2], &object)
                       : object_create(kind, arguments[2], false, &object);

        if (status == MM_OK && i % 3 != 0 &&
            atomic_fetch_add(&talk.words[1], 1) != 0) {
            code = EXIT_HALF_BUILT; /* two live objects of one name */
        }
        if (mm_status_failed(status) && status != MM_NOT_FOUND &&
            status != MM_WRONG_TYPE) {
            code = (int)status;
        }
        if (status == MM_OK && i % 3 != 0) {
            atomic_fetch_sub(&talk.words[1], 1);
        }
        object_close(&object);
    }
    talk_close(&talk);
    return code;
}

/* rally NAME ROUNDS DELAY_BITS SEED WAY SPIN_NS ANY PINNED */
static int do_rally(char **arguments)
{
    struct rally_plan plan = {
        .name = arguments[1],
        .rounds = peer_number(arguments[2]),
        .delay_bits = (uint32_t)peer_number(arguments[3]),
        .seed = (uint32_t)peer_number(arguments[4]),
        .policy.way = (enum mm_wait_way)peer_number(arguments[5]),
        .policy.spin_ns = peer_number(arguments[6]),
        .side = 1,
        .any = peer_number(arguments[7]) != 0,
        .pinned = peer_number(arguments[8]) != 0,
    };

    return rally_play(&plan) == plan.rounds ? 0 : EXIT_TROUBLE;
}

/* fight NAME SLOT: until killed. */
static int do_fight(char **arguments)
{
    struct fight fight;

    if (fight_open(&fight, arguments[1])) {
        fight_on(&fight, (unsigned)peer_number(arguments[2]));
    }
    fight_close(&fight);
    return EXIT_TROUBLE;
}

const struct verb peer_sync_verbs[] = {
    {"object-open", 2, do_object_open},
    {"object-create", 2, do_object_create},
    {"object-stir", 2, do_object_stir},
    {"object-adopt-stir", 2, do_object_adopt_stir},
    {"object-wait", 2, do_object_wait},
    {"mutex-hold", 3, do_mutex_hold},
    {"mutex-add", 3, do_mutex_add},
    {"event-crowd", 2, do_event_crowd},
    {"name-race", 3, do_name_race},
    {"rally", 8, do_rally},
    {"fight", 2, do_fight},
    {NULL, 0, NULL},
};
