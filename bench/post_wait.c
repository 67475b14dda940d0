/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to post to a port and to wait for it, within a thread and
 * from one thread to another?
 *
 * Within a thread nobody sleeps: the post is there when it is waited for. From
 * thread to thread it is a ping-pong between two ports, each a thread's own,
 * which sleep while they wait, on two CPUs; a number goes with each post, and
 * the other thread expects it. Semaphores do the same without a message.
 */
#include <stdlib.h>

#include <mapmark/port.h>
#include <mapmark/semaphore.h>

#include "ipc.h"
#include "shim.h"

/* places of words */
enum { WAY, PATTERN };

enum post_way { POST_PORT, POST_EPOLL, POST_SEMAPHORE };
static const char *const ways[] = {"port", "port-epoll", "semaphore", NULL};

enum post_pattern { POST_WITHIN, POST_ACROSS };
static const char *const patterns[] = {"within", "across", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
};

enum { SIDES = 2, SLICE = 1 << 12 };

/* What one thread waits at. */
struct post_side {
    struct mm_port *port;
    struct mm_semaphore *semaphore;
    struct mm_operation operation; /* that is posted here */
    enum mm_status status;
    uint64_t number; /* of the next post that is expected here */
};

struct posts {
    enum post_way way;
    struct post_side sides[SIDES];
    struct shim_team *team; /* POST_ACROSS */
    uint64_t count;         /* of this slice */
};

static enum mm_status post(struct posts *posts, struct post_side *to,
                           uint64_t number)
{
    if (posts->way == POST_SEMAPHORE) {
        return mm_semaphore_release(to->semaphore, 1, NULL);
    }
    return mm_port_post(to->port, 0, &to->operation, number);
}

static enum mm_status wait_at(struct posts *posts, struct post_side *side)
{
    static const struct mm_wait_policy parked = {.way = MM_WAIT_PARK};
    struct mm_completion completion;
    enum mm_status status;
    size_t count = 0;

    if (posts->way == POST_SEMAPHORE) {
        return mm_wait(mm_semaphore_waitable(side->semaphore), &parked,
                       MM_INFINITE);
    }
    status = mm_port_wait(side->port, &completion, 1, MM_INFINITE, &count);
    if (status == MM_OK && completion.bytes != side->number) {
        status = MM_BAD_DATA;
    }
    side->number++;
    return status;
}

static enum mm_status go_round(struct posts *posts)
{
    struct post_side *side = &posts->sides[0];
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < posts->count; i++) {
        status = post(posts, side, side->number);
        if (status == MM_OK) {
            status = wait_at(posts, side);
        }
    }
    return status;
}

/* Thread 0 posts first. */
static void ping_pong(void *context, size_t index)
{
    struct posts *posts = context;
    struct post_side *mine = &posts->sides[index];
    struct post_side *other = &posts->sides[1 - index];
    uint64_t next = mine->number; /* of what is posted to the other */
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < posts->count; i++) {
        if (index == 0) {
            status = post(posts, other, next++);
        }
        if (status == MM_OK) {
            status = wait_at(posts, mine);
        }
        if (status == MM_OK && index == 1) {
            status = post(posts, other, next++);
        }
    }
    mine->status = status;
}

/* ---- the rows ------------------------------------------------------------ */

static void tear_down(void *state)
{
    struct posts *posts = state;

    if (posts == NULL) {
        return;
    }
    shim_team_free(posts->team); /* the threads that rings belong to */
    for (int i = 0; i < SIDES; i++) {
        (void)mm_port_close(posts->sides[i].port);
        mm_semaphore_close(posts->sides[i].semaphore);
    }
    free(posts);
}

static enum mm_status make_side(enum post_way way, struct post_side *side)
{
    const struct mm_port_options options = {
        .way = way == POST_EPOLL ? MM_PORT_EPOLL : MM_PORT_ANY};
    const struct mm_semaphore_options one = {.maximum = 1};

    return way == POST_SEMAPHORE ? mm_semaphore_create(&one, &side->semaphore)
                                 : mm_port_create(&options, &side->port);
}

/* A ring belongs to a thread, and each sample has threads of its own. */
static enum mm_status make(const struct bench_row *row,
                           struct posts **posts_out)
{
    struct posts *posts = calloc(1, sizeof(*posts));
    enum mm_status status = posts != NULL ? MM_OK : MM_NO_MEMORY;

    *posts_out = posts;
    for (int i = 0; status == MM_OK && i < SIDES; i++) {
        posts->way = (enum post_way)row->words[WAY];
        status = make_side(posts->way, &posts->sides[i]);
    }
    if (status == MM_OK && row->words[PATTERN] == POST_ACROSS) {
        status = shim_team_make(SIDES, &posts->team);
    }
    return status;
}

static enum mm_status run_slice(struct posts *posts)
{
    struct shim_team_times times;
    enum mm_status status;

    if (posts->team == NULL) {
        return go_round(posts);
    }
    shim_team_run(posts->team, ping_pong, posts, &times);
    status = posts->sides[0].status;
    return status == MM_OK ? posts->sides[1].status : status;
}

static void measure(void *context)
{
    struct bench_run *run = context;
    struct posts *posts = NULL;
    enum mm_status status = make(bench_run_row(run), &posts);
    int64_t wanted, done = 0;

    while (bench_check(run, status, "post and wait") &&
           (wanted = bench_next(run, SLICE)) > 0) {
        posts->count = (uint64_t)wanted;
        status = run_slice(posts);
        done += wanted;
    }
    bench_count(run, BENCH_ACCESSES, (double)done);
    tear_down(posts);
}

static void body(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, shim_apart(measure, run), "start a thread");
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)row;
    (void)options;
    return BENCH_FULL;
}

extern const struct bench_table bench_post_wait;
const struct bench_table bench_post_wait = {
    .subject = "post",
    .question = "What does it cost to post to a port and to wait for it?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .scale = scale,
    .sampling = ipc_sampling,
    .body = body,
};
