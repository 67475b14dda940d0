/* SPDX-License-Identifier: MIT */
/* Ports and sockets that several threads use at once, and what there is too
 * little of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/semaphore.h>
#include <mapmark/socket.h>

#include "allocations.h"
#include "dock.h"
#include "skip.h"
#include "support.h"

enum {
    THREADS = 4,
    PAIRS = 16,
    /* Of the usual scale, and at most: 10^5 and 10^6. */
    RACES = 2000,
    RACES_MAX = 100000,
    TURNS = 40000,
    TURNS_MAX = 1000000,
    ECHOES = 20000,
    ECHOES_MAX = 1000000,
    /* Where each turn is many calls of another process. */
    WINE_DIVISOR = 10,
};

static unsigned scaled(unsigned usual, unsigned most)
{
    uint64_t wanted = (uint64_t)usual * support_scale();

    wanted = support_on_wine() ? wanted / WINE_DIVISOR : wanted;
    return wanted < most ? (unsigned)wanted : most;
}

/* ---- a thread that goes -------------------------------------------------- */

struct start {
    struct mm_socket *socket;
    struct mm_operation receive;
    char octet;
    enum mm_status status;
};

static void start_and_go(void *context)
{
    struct start *start = context;

    start->status =
        dock_receive(start->socket, &start->octet, 1, &start->receive);
}

/* P21 */
static void a_receive_outlives_the_thread_that_started_it(void **state)
{
    struct dock *dock = *state;
    struct wire wire;
    struct start start = {.socket = dock_connect(dock, &wire), .status = MM_OS};

    assert_true(support_in_threads(1, start_and_go, &start));
    assert_status(start.status, MM_OK);
    dock_quiet(dock);
    assert_true(wire_send(&wire, "x", 1));
    dock_end(dock, &start.receive, MM_OK);
    assert_int_equal(start.octet, 'x');
    wire_close(&wire);
}

/* ---- a cancel against data ----------------------------------------------- */

struct race {
    struct dock *dock;
    struct mm_socket *socket;
    struct wire wire;
    struct mm_operation receive;
    unsigned rounds;
    atomic_uint number;   /* of threads */
    atomic_uint started;  /* rounds */
    atomic_uint answered; /* cancels */
    unsigned cancelled;
    unsigned failed;
};

static void cancel_rounds(struct race *race)
{
    for (unsigned round = 1; round <= race->rounds; round++) {
        enum mm_status status;

        if (!support_reached(&race->started, round)) {
            return;
        }
        status = mm_port_cancel(race->dock->port, &race->receive);
        race->failed += status != MM_OK && status != MM_NOT_FOUND ? 1 : 0;
        atomic_store(&race->answered, round);
    }
}

/* One completion, and no more. */
static bool take_one(const struct race *race, enum mm_status *status_out)
{
    struct mm_completion completion;
    size_t count = 0;

    if (mm_port_wait(race->dock->port, &completion, 1, SUPPORT_PATIENCE_NS,
                     &count) != MM_OK ||
        completion.operation != &race->receive) {
        return false;
    }
    *status_out = completion.status;
    return mm_port_wait(race->dock->port, &completion, 1, 0, &count) ==
           MM_TIMED_OUT;
}

/* Whatever wins, the octet is there for one receive. */
static bool run_round(struct race *race, unsigned round)
{
    char octet = 0, wanted = (char)round;
    enum mm_status status = MM_OS;

    if (dock_receive(race->socket, &octet, 1, &race->receive) != MM_OK) {
        return false;
    }
    /* Each goes first in turn, by as little as can be. */
    if (round % 2 == 0) {
        atomic_store(&race->started, round);
    }
    if (!wire_send(&race->wire, &wanted, 1)) {
        return false;
    }
    atomic_store(&race->started, round);
    if (!take_one(race, &status) || !support_reached(&race->answered, round)) {
        return false;
    }
    if (status == MM_CANCELLED) {
        race->cancelled++;
        if (dock_receive(race->socket, &octet, 1, &race->receive) != MM_OK ||
            !take_one(race, &status)) {
            return false;
        }
    }
    return status == MM_OK && octet == wanted;
}

/* Without asserting: only a test's own thread may do that. */
static struct mm_socket *accept_one(struct dock *dock)
{
    struct mm_operation accept = {0};
    struct mm_completion completion = {0};
    size_t count = 0;

    if (mm_socket_accept(dock->listener, &accept) != MM_OK ||
        mm_port_wait(dock->port, &completion, 1, SUPPORT_PATIENCE_NS, &count) !=
            MM_OK) {
        return NULL;
    }
    return completion.socket;
}

/* The thread that waits is the one that a ring belongs to. */
static void race_or_cancel(void *context)
{
    struct race *race = context;

    if (atomic_fetch_add(&race->number, 1) > 0) {
        cancel_rounds(race);
        return;
    }
    race->socket = accept_one(race->dock);
    for (unsigned round = 1; round <= race->rounds; round++) {
        if (race->socket == NULL || !run_round(race, round)) {
            race->failed++;
            return;
        }
    }
}

/* P18 */
static void a_cancel_and_data_make_one_completion(void **state)
{
    struct dock *dock = *state;
    struct race race = {.dock = dock, .rounds = scaled(RACES, RACES_MAX)};

    dock_listen(dock);
    assert_true(wire_connect(&race.wire, dock->at));
    assert_true(support_in_threads(2, race_or_cancel, &race));
    assert_int_equal(race.failed, 0);
    print_message("%u of %u cancels won\n", race.cancelled, race.rounds);
    wire_close(&race.wire);
}

/* ---- many at once -------------------------------------------------------- */

/* An operation that one thread starts and another one sees end, again and
 * again. Octets of a connection are numbered. */
struct shuttle {
    struct mm_socket *socket;
    struct mm_operation operation;
    bool sends;
    unsigned char octet;
    unsigned char number; /* of the next octet */
    atomic_uint at_rest;  /* 1: whoever sets it to 0 starts */
    atomic_uint under_way;
};

struct loom {
    struct dock dock;
    unsigned waiters;
    struct shuttle shuttles[2 * PAIRS];
    struct mm_semaphore *resting; /* shuttles */
    atomic_uint number;           /* of threads */
    atomic_uint connected;
    atomic_uint left; /* completions */
    atomic_uint failed;
};

static void give_up(struct loom *loom)
{
    atomic_fetch_add(&loom->failed, 1);
}

static bool goes_on(struct loom *loom)
{
    return atomic_load(&loom->left) > 0 && atomic_load(&loom->failed) == 0;
}

static void start(struct loom *loom, struct shuttle *shuttle)
{
    enum mm_status status;

    shuttle->operation.user = shuttle;
    if (atomic_exchange(&shuttle->under_way, 1) != 0) {
        give_up(loom);
    }
    if (shuttle->sends) {
        shuttle->octet = shuttle->number++;
        status =
            dock_send(shuttle->socket, &shuttle->octet, 1, &shuttle->operation);
    } else {
        status = dock_receive(shuttle->socket, &shuttle->octet, 1,
                              &shuttle->operation);
    }
    if (status != MM_OK) {
        give_up(loom);
    }
}

/* One that is at rest, for each time that one came to rest. */
static void start_one(struct loom *loom)
{
    for (int i = 0; i < 2 * PAIRS; i++) {
        struct shuttle *shuttle = &loom->shuttles[i];

        if (atomic_load(&shuttle->at_rest) == 1 &&
            atomic_exchange(&shuttle->at_rest, 0) == 1) {
            start(loom, shuttle);
            return;
        }
    }
}

static void start_all(struct loom *loom)
{
    const uint64_t short_ns = 1000000;

    while (goes_on(loom)) {
        if (mm_wait(mm_semaphore_waitable(loom->resting), NULL, short_ns) ==
            MM_OK) {
            start_one(loom);
        }
    }
}

static void rest(struct loom *loom, struct shuttle *shuttle)
{
    atomic_store(&shuttle->at_rest, 1);
    if (mm_semaphore_release(loom->resting, 1, NULL) != MM_OK) {
        give_up(loom);
    }
}

/* Of two that see the last one left, one has it. */
static bool count_down(struct loom *loom)
{
    unsigned left = atomic_load(&loom->left);

    while (left > 0 &&
           !atomic_compare_exchange_weak(&loom->left, &left, left - 1)) {
    }
    return left > 0;
}

static void see(struct loom *loom, const struct mm_completion *completion)
{
    struct shuttle *shuttle = completion->operation->user;

    if (completion->status != MM_OK || completion->bytes != 1 ||
        atomic_exchange(&shuttle->under_way, 0) != 1 ||
        (!shuttle->sends && shuttle->octet != shuttle->number++)) {
        give_up(loom);
    }
    if (count_down(loom)) {
        rest(loom, shuttle);
    }
}

static void see_all(struct loom *loom)
{
    const uint64_t short_ns = 1000000;
    struct mm_completion some[8];
    size_t count;

    while (goes_on(loom)) {
        (void)mm_port_wait(loom->dock.port, some, 8, short_ns, &count);
        for (size_t i = 0; i < count; i++) {
            see(loom, &some[i]);
        }
    }
}

/* A connection whose both sides are the port's. */
static bool connect_pair(struct loom *loom, struct shuttle *out,
                         struct shuttle *in)
{
    const struct mm_address to =
        mm_address_loopback(MM_SOCKET_IPV4, loom->dock.at);
    struct mm_operation accept = {0}, connect = {0};
    struct mm_port *port = loom->dock.port;

    if (mm_socket_open(port, MM_SOCKET_IPV4, MM_SOCKET_TCP, 1, &out->socket) !=
            MM_OK ||
        mm_socket_accept(loom->dock.listener, &accept) != MM_OK ||
        mm_socket_connect(out->socket, &to, &connect) != MM_OK) {
        return false;
    }
    for (int ended = 0; ended < 2; ended++) {
        struct mm_completion completion = {0};
        size_t count = 0;

        if (mm_port_wait(port, &completion, 1, SUPPORT_PATIENCE_NS, &count) !=
                MM_OK ||
            completion.status != MM_OK) {
            return false;
        }
        in->socket = completion.socket != NULL ? completion.socket : in->socket;
    }
    out->sends = true;
    rest(loom, out);
    rest(loom, in);
    return true;
}

static void connect_pairs(struct loom *loom)
{
    for (int i = 0; i < PAIRS; i++) {
        if (!connect_pair(loom, &loom->shuttles[2 * (size_t)i],
                          &loom->shuttles[2 * (size_t)i + 1])) {
            give_up(loom);
            break;
        }
    }
    atomic_store(&loom->connected, 1);
}

/* The first thread waits from the beginning, because a ring is its own then. */
static void weave(void *context)
{
    struct loom *loom = context;
    unsigned number = atomic_fetch_add(&loom->number, 1);

    if (number == 0) {
        connect_pairs(loom);
    } else if (!support_reached(&loom->connected, 1)) {
        give_up(loom);
    }
    if (number < loom->waiters) {
        see_all(loom);
    } else {
        start_all(loom);
    }
}

static void weave_with(unsigned waiters)
{
    const struct mm_port_options options = {.waiters = waiters};
    const struct mm_semaphore_options resting = {.maximum = 2 * PAIRS};
    struct loom loom = {.waiters = waiters};

    atomic_store(&loom.left, scaled(TURNS, TURNS_MAX));
    assert_status(mm_port_create(&options, &loom.dock.port), MM_OK);
    assert_status(mm_semaphore_create(&resting, &loom.resting), MM_OK);
    dock_listen(&loom.dock);
    assert_true(support_in_threads(waiters + THREADS, weave, &loom));
    assert_int_equal(atomic_load(&loom.failed), 0);
    assert_int_equal(atomic_load(&loom.left), 0);
    assert_status(mm_port_close(loom.dock.port), MM_OK);
    mm_semaphore_close(loom.resting);
}

/* P22, R-10 */
static void each_operation_completes_once_whoever_starts_and_waits(void **state)
{
    (void)state;
    weave_with(1);
    weave_with(THREADS);
}

/* ---- what there is too little of ----------------------------------------- */

/* P25 */
static void a_lack_of_descriptors_is_told_and_ends(void **state)
{
    enum { WIRES = 3 };
    struct dock *dock = *state;
    struct mm_operation accept = {0};
    struct mm_completion completion;
    struct wire wires[WIRES];
    int accepted = 0;

    dock_listen(dock);
    dock_quiet(dock);
    for (int i = 0; i < WIRES; i++) {
        assert_true(wire_connect(&wires[i], dock->at));
    }
    if (!support_limit_files(true)) {
        SKIP_TEST("this system has no such limit");
    }
    assert_status(mm_socket_accept_many(dock->listener, &accept), MM_OK);
    completion = dock_next(dock);
    support_limit_files(false);
    assert_status(completion.status, MM_TOO_MANY);
    assert_int_equal(completion.flags, 0);
    assert_status(mm_socket_accept_many(dock->listener, &accept), MM_OK);
    while (accepted < WIRES) {
        completion = dock_end(dock, &accept, MM_OK);
        assert_non_null(completion.socket);
        accepted++;
    }
    for (int i = 0; i < WIRES; i++) {
        wire_close(&wires[i]);
    }
    dock_close(dock);
}

/* An octet there and back. */
static void echo(struct dock *dock, struct mm_socket *socket,
                 const struct wire *wire, struct mm_operation *operation)
{
    char octet = 'a';

    assert_true(wire_send(wire, &octet, 1));
    assert_status(dock_receive(socket, &octet, 1, operation), MM_OK);
    dock_end(dock, operation, MM_OK);
    assert_status(dock_send(socket, &octet, 1, operation), MM_OK);
    dock_end(dock, operation, MM_OK);
    assert_int_equal(wire_receive(wire, &octet, 1), 1);
}

/* P39 */
static void echoes_allocate_nothing(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operation = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    unsigned count = scaled(ECHOES, ECHOES_MAX);
    uint64_t before, after;

    if (!allocations_count(&before)) {
        wire_close(&wire);
        SKIP_TEST("allocations cannot be counted here");
    }
    echo(dock, socket, &wire, &operation);
    assert_true(allocations_count(&before));
    for (unsigned i = 0; i < count; i++) {
        echo(dock, socket, &wire, &operation);
    }
    assert_true(allocations_count(&after));
    assert_true(after == before);
    wire_close(&wire);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        DOCK_TEST(a_receive_outlives_the_thread_that_started_it),
        DOCK_TEST(a_cancel_and_data_make_one_completion),
        cmocka_unit_test(
            each_operation_completes_once_whoever_starts_and_waits),
        DOCK_TEST(a_lack_of_descriptors_is_told_and_ends),
        DOCK_TEST(echoes_allocate_nothing),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
