/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "support.h"

enum {
    THREADS_MAX = 64,
};

bool support_dirty(const char *path, uint64_t *dirty_out)
{
    (void)path;
    *dirty_out = 0;
    return false;
}

static HANDLE taken;

bool support_take_name(const char *name)
{
    taken = CreateEventA(NULL, TRUE, FALSE, name);
    return taken != NULL;
}

void support_leave_name(void)
{
    CloseHandle(taken);
    taken = NULL;
}

bool support_section_of(uint64_t file)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): that is what it is about */
    HANDLE section = CreateFileMappingA((HANDLE)(uintptr_t)file, NULL,
                                        PAGE_READWRITE, 0, 4096, NULL);

    if (section != NULL) {
        CloseHandle(section);
    }
    return section != NULL;
}

bool support_use_folder(const char *path)
{
    (void)path;
    return false;
}

void support_forget_folder(const char *path)
{
    (void)path;
}

bool support_in_fork(int (*body)(void *), void *context, int *code_out)
{
    (void)body;
    (void)context;
    *code_out = -1;
    return false;
}

struct job {
    void (*body)(void *);
    void *context;
};

static DWORD WINAPI run(void *argument)
{
    const struct job *job = argument;

    job->body(job->context);
    return 0;
}

bool support_in_threads(unsigned count, void (*body)(void *), void *context)
{
    struct job job = {body, context};
    HANDLE threads[THREADS_MAX];
    unsigned started = 0;

    while (started < count && started < THREADS_MAX) {
        threads[started] = CreateThread(NULL, 0, run, &job, 0, NULL);
        if (threads[started] == NULL) {
            break;
        }
        started++;
    }
    for (unsigned i = 0; i < started; i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    return started == count;
}
