/* SPDX-License-Identifier: MIT */
#include <pthread.h>

#include "support.h"

enum {
    THREADS_MAX = 64,
};

struct job {
    void (*body)(void *);
    void *context;
};

static void *run(void *argument)
{
    const struct job *job = argument;

    job->body(job->context);
    return NULL;
}

bool support_in_threads(unsigned count, void (*body)(void *), void *context)
{
    struct job job = {body, context};
    pthread_t threads[THREADS_MAX];
    unsigned started = 0;

    while (started < count && started < THREADS_MAX &&
           pthread_create(&threads[started], NULL, run, &job) == 0) {
        started++;
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    return started == count;
}
