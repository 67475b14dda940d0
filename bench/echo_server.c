/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdlib.h>

#include <mapmark/semaphore.h>

#include "echo.h"
#include "own_object.h"
#include "partner.h"
#include "shim.h"

enum order { ORDER_ACCOUNT, ORDER_TELL };

/* What both processes see. */
struct page {
    uint64_t ask; /* numbers of semaphores */
    uint64_t answer;
    uint64_t place;
    uint64_t octets;
    uint64_t cpu;
    uint64_t order;
    uint64_t port; /* 0: it did not come to listen */
    uint64_t status;
    uint64_t usage_known;
    struct mm_process_usage used;
    uint64_t calls; /* of the system meanwhile; MM_UNKNOWN */
};

struct echo_server {
    struct partner_stage stage;
    struct own_object ask;
    struct own_object answer;
    struct mm_process *process;
};

/* ---- in the server's process --------------------------------------------- */

struct play {
    struct page *page;
    struct own_object ask;
    struct own_object answer;
    _Atomic uint64_t calls; /* 0: it does not count them */
};

static void has_called(void *context, uint64_t calls)
{
    struct play *play = context;

    atomic_store(&play->calls, calls);
}

static void listens(void *context, uint16_t port)
{
    struct play *play = context;

    play->page->port = port;
    (void)mm_semaphore_release(play->answer.handle, 1, NULL);
}

static void serve(struct play *play)
{
    struct page *page = play->page;
    const struct echo_terms terms = {.octets = (size_t)page->octets,
                                     .listens = listens,
                                     .has_called = has_called,
                                     .context = play};
    enum mm_status status = mm_process_pin((unsigned)page->cpu);

    if (status == MM_OK) {
        status = echo_kinds[page->place]->serve(&terms);
    }
    page->status = status;
    page->port = 0;
    (void)mm_semaphore_release(play->answer.handle, 1, NULL);
}

/* A thread that sleeps while the server works. */
static void answer(struct play *play)
{
    struct page *page = play->page;
    struct mm_process_usage before = {0}, now;
    uint64_t calls_before = 0;

    while (own_object_wait(&play->ask, CHANNEL_PARK) == MM_OK) {
        uint64_t calls = atomic_load(&play->calls);

        page->usage_known = mm_process_get_usage(NULL, &now);
        if (page->order == ORDER_ACCOUNT) {
            before = now;
            calls_before = calls;
        } else {
            page->used = partner_used(&before, &now);
            page->calls = calls > 0 ? calls - calls_before : MM_UNKNOWN;
        }
        (void)mm_semaphore_release(play->answer.handle, 1, NULL);
    }
}

static void play_part(void *context, size_t index)
{
    if (index == 0) {
        serve(context);
    } else {
        answer(context);
    }
}

int echo_server_play(void *memory, unsigned index, const void *context)
{
    struct play play = {.page = memory};
    struct shim_team *team = NULL;
    struct shim_team_times times;
    enum mm_status status;

    (void)index;
    (void)context;
    if (play.page->place >= echo_count) {
        return (int)MM_INVALID;
    }
    status = own_object_adopt(&own_semaphore, play.page->ask, &play.ask);
    if (status == MM_OK) {
        status =
            own_object_adopt(&own_semaphore, play.page->answer, &play.answer);
    }
    if (status == MM_OK) {
        status = shim_team_make(2, &team);
    }
    if (status == MM_OK) {
        shim_team_run(team, play_part, &play, &times); /* until it is killed */
    }
    return (int)status;
}

/* ---- beside it ----------------------------------------------------------- */

/* One that has died does not answer, which is looked for now and then. */
static enum mm_status wait_for_answer(struct echo_server *server)
{
    static const struct mm_wait_policy parked = {.way = MM_WAIT_PARK};
    const uint64_t look_ns = 50000000;
    enum mm_status status;

    do {
        status = mm_wait(server->answer.waitable, &parked, look_ns);
        if (status == MM_TIMED_OUT &&
            mm_process_wait(server->process, 0, NULL) == MM_OK) {
            status = MM_CLOSED;
        }
    } while (status == MM_TIMED_OUT);
    return status;
}

static enum mm_status order(struct echo_server *server, enum order what)
{
    struct page *page = server->stage.memory;
    enum mm_status status;

    page->order = what;
    status = mm_semaphore_release(server->ask.handle, 1, NULL);
    return status == MM_OK ? wait_for_answer(server) : status;
}

static enum mm_status prepare(struct echo_server *server, size_t place,
                              size_t octets)
{
    enum mm_status status =
        partner_stage_make(sizeof(struct page), &server->stage);
    struct page *page = server->stage.memory;
    unsigned mine, other;

    if (status != MM_OK) {
        return status;
    }
    page->place = place;
    page->octets = octets;
    status = own_object_make(&own_semaphore, &server->ask, &page->ask);
    if (status == MM_OK) {
        status =
            own_object_make(&own_semaphore, &server->answer, &page->answer);
    }
    if (status == MM_OK) {
        status = partner_take_cpu(0, &mine);
    }
    if (status == MM_OK) {
        status = partner_take_cpu(mine + 1, &other);
        page->cpu = other;
    }
    return status == MM_OK ? mm_process_pin(mine) : status;
}

static enum mm_status start(struct echo_server *server, size_t place,
                            size_t octets, struct bench_reason *reason)
{
    const struct page *page;
    enum mm_status status = prepare(server, place, octets);

    if (status == MM_UNSUPPORTED) {
        bench_explain(reason, "a server needs a CPU of its own");
    }
    if (status == MM_OK) {
        status =
            partner_start(&server->stage, PARTNER_ECHOES, 1, &server->process);
    }
    if (status == MM_OK) {
        status = wait_for_answer(server);
    }
    page = server->stage.memory;
    if (status == MM_OK && page->port == 0) {
        status = (enum mm_status)page->status;
        bench_explain(reason, "the server does not listen: %s",
                      mm_status_text(status));
    }
    return status;
}

enum mm_status echo_server_start(size_t place, size_t octets,
                                 struct echo_server **server_out,
                                 struct bench_reason *reason)
{
    struct echo_server *server = calloc(1, sizeof(*server));
    enum mm_status status;

    *server_out = NULL;
    if (server == NULL) {
        return MM_NO_MEMORY;
    }
    status = start(server, place, octets, reason);
    if (status != MM_OK) {
        echo_server_close(server);
        return status;
    }
    *server_out = server;
    return MM_OK;
}

uint16_t echo_server_port(const struct echo_server *server)
{
    const struct page *page = server->stage.memory;

    return (uint16_t)page->port;
}

enum mm_status echo_server_account(struct echo_server *server)
{
    return order(server, ORDER_ACCOUNT);
}

void echo_server_count(struct echo_server *server, struct bench_run *run)
{
    const struct page *page = server->stage.memory;

    if (bench_check(run, order(server, ORDER_TELL), "ask the server") &&
        page->usage_known == MM_OK) {
        partner_count(run, &page->used);
        if (page->calls != MM_UNKNOWN) {
            bench_count(run, BENCH_PARTNER_CALLS, (double)page->calls);
        }
    }
}

void echo_server_close(struct echo_server *server)
{
    if (server == NULL) {
        return;
    }
    partner_kill(server->process);
    own_object_close(&server->ask);
    own_object_close(&server->answer);
    partner_stage_free(&server->stage);
    free(server);
}
