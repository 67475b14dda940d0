/* SPDX-License-Identifier: MIT */
/* What the tests, and the peer that they start, have in common. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/process.h>
#include <mapmark/view.h>

enum {
    SUPPORT_PATH_ROOM = 1024,
    SUPPORT_NAME_ROOM = 64,
    /* Words of the shared mapping that a test and its peer talk through. */
    SUPPORT_TALK_WORDS = 16,
    SUPPORT_ARGUMENTS_MAX = 16,
    /* Of one test at the same time. */
    SUPPORT_PEERS_MAX = 16,
};

/* How long what must come may take on a busy machine. */
#define SUPPORT_PATIENCE_NS UINT64_C(60000000000)

/* Each test gets one with names that nobody else uses. */
struct fixture {
    char path[SUPPORT_PATH_ROOM]; /* of files that are removed afterwards */
    char second_path[SUPPORT_PATH_ROOM];
    char name[SUPPORT_NAME_ROOM];
    char second_name[SUPPORT_NAME_ROOM];
};

/* Set-up and teardown for cmocka; the state is a struct fixture. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

#define TEST(fact) \
    cmocka_unit_test_setup_teardown(fact, fixture_set_up, fixture_tear_down)

/* Words in a named paging-store mapping, seen by two processes. */
struct talk {
    struct mm_mapping *mapping;
    struct mm_view view;
    _Atomic uint32_t *words;
};

/* False when it cannot be had; both sides use the same call. */
bool talk_open(struct talk *talk, const char *name);
void talk_close(struct talk *talk);

/* Wait until word 0 is `wanted`; false when that takes a minute. */
bool talk_wait(struct talk *talk, uint32_t wanted);
void talk_say(struct talk *talk, uint32_t word);

/* Wait until a count is reached; false when that takes too long. */
bool support_reached(const atomic_uint *count, unsigned wanted);

/* Remember where the programs are: the first call of main. */
void support_begin(const char *program);

/* True under Wine, which gets some things wrong that Windows gets right. */
bool support_on_wine(void);

/* Start the peer with a verb and what it takes, ended by NULL. What a test
 * leaves running is killed after it. */
struct mm_process *support_start_peer(const char *verb, ...);

/* Close a peer that the test has waited for by itself. */
void support_close_peer(struct mm_process *process);

/* Wait for a process, close it and tell its exit code; -1 on failure. */
int support_finish(struct mm_process *process);

/* Start the peer, wait for it and tell its exit code. */
int support_run_peer(const char *verb, ...);

/* The same two for a peer that gets the inheritable handles. */
struct mm_process *support_start_heir(const char *verb, ...);
int support_run_heir(const char *verb, ...);

/* Run a program of the system; -1 where there is none of that path. */
int support_run(const char *program, ...);

/* Path of the peer, for programs that start it in their own way. */
const char *support_peer_path(void);

/* The next of the numbers that follow from a first one, which is not 0. */
uint32_t support_random(uint32_t *state);

/* Octets that differ from place to place and from page to page. */
void support_fill(void *octets, size_t size, unsigned seed);

/* Create or replace a file of `size` octets of support_fill(). */
bool support_make_file(const char *path, size_t size, unsigned seed);

/* How much longer than usual long tests may take: MAPMARK_TEST_SCALE. */
unsigned support_scale(void);

/* Count the octets of a file that wait to be written; false where the system
 * does not tell. */
bool support_dirty(const char *path, uint64_t *dirty_out);

/* Give a name to an object that is no mapping, until support_leave_name();
 * false where the system's own calls know no names. */
bool support_take_name(const char *name);
void support_leave_name(void);

/* Make a section of the system from a number of a file; false where that
 * fails, or where there are no sections. */
bool support_section_of(uint64_t file);

/* Keep names in a new folder of their own from now on, until
 * support_forget_folder(); false where names are no files. */
bool support_use_folder(const char *path);
void support_forget_folder(const char *path);

/* Run `body` in a forked copy of this process and tell what it gave; false
 * where the system has no such thing. */
bool support_in_fork(int (*body)(void *), void *context, int *code_out);

/* Cut a file in the system's own way; false where that is refused. */
bool support_cut(const char *path, uint64_t size);

/*
 * Touch an octet that the file does not supply. On Linux the file is cut for
 * it. Windows refuses to cut what is mapped, and no device can be made to fail
 * here: there the same exception is raised as when one does.
 */
void support_touch_lost(const char *path, const void *octet);

/* Put a handler of such faults in front of those that are there: it passes
 * them on, or ends the process with the exit code. Only on Linux is it in
 * front of a guard's. */
bool support_handle_faults(bool passes_on, int exit_code);

/* Have a signal come every millisecond, or no more; false where there is no
 * such thing. How many have come is counted. */
bool support_interrupt_often(bool on);
unsigned support_interrupts(void);

/* Let this process have no more files than it has now, or as many as before;
 * false where there is no such limit. */
bool support_limit_files(bool on);

/* How many files and other objects of the system this process has open; 0
 * where that is not told. */
uint64_t support_open_files(void);

/* Run `body` in `count` threads at once and wait for all of them. */
bool support_in_threads(unsigned count, void (*body)(void *), void *context);

#endif /* SUPPORT_H */
