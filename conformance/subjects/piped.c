/* SPDX-License-Identifier: MIT */
#include "piped.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "process.h"

enum { PATH_SIZE = 4096, STARTS_MAX = 4 };

/* What the helper was asked last, and its answer as far as it is used. */
struct session {
    struct piped_kind *kind;
    struct process process;
    int starts;
    const struct conform_feed *feeds;
    size_t feed_count;
    size_t next; /* the first feed that has not been answered */
    bool asked;  /* and the helper has not answered yet */
    struct conform_buffer question;
    struct conform_buffer reply;
    size_t at;
    struct conform_answer last; /* its body points into `reply` */
    struct conform_problem problem;
};

/* Writes the path of a helper: beside the installed program, or that of the
 * source tree. */
static void find_file(const char *name, char path_out[PATH_SIZE])
{
    char program[PATH_SIZE / 2];
    ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
    char *slash;

    program[size > 0 ? size : 0] = '\0';
    slash = strrchr(program, '/');
    if (slash != NULL) {
        *slash = '\0';
        snprintf(path_out, PATH_SIZE, "%s/%s/%s", program,
                 CONFORM_HELPERS_FROM_BIN, name);
        if (access(path_out, R_OK) == 0) {
            return;
        }
    }
    snprintf(path_out, PATH_SIZE, "%s/%s", CONFORM_HELPERS_SOURCE, name);
}

static enum exit_code receive_version(struct session *session)
{
    struct piped_kind *kind = session->kind;
    enum exit_code status =
        process_receive(&session->process, &session->reply, &session->problem);

    if (status == EXIT_OK && kind->version[0] == '\0') {
        snprintf(kind->version, sizeof(kind->version), "%.*s",
                 (int)session->reply.size, session->reply.data);
    }
    return status;
}

static enum exit_code start_helper(struct session *session)
{
    const struct piped_kind *kind = session->kind;
    char path[PATH_SIZE];
    const char *const command[] = {kind->interpreter, kind->option, path, NULL};
    enum exit_code status;

    if (session->starts == STARTS_MAX) {
        return EXIT_INTERNAL; /* for the reason it ended before */
    }
    session->starts++;
    find_file(kind->file, path);
    status = process_start(&session->process, command, kind->deadline_ms,
                           &session->problem);
    return status == EXIT_OK ? receive_version(session) : status;
}

enum exit_code piped_start(struct piped_kind *kind, void **session_out,
                           struct conform_problem *problem)
{
    struct session *session = calloc(1, sizeof(*session));

    if (session == NULL) {
        return conform_problem_no_memory(problem);
    }
    session->kind = kind;
    session->process.fd = -1;
    if (start_helper(session) != EXIT_OK) {
        *problem = session->problem;
        piped_stop(session);
        return EXIT_INTERNAL;
    }
    session->starts = 0;
    *session_out = session;
    return EXIT_OK;
}

void piped_stop(void *state)
{
    struct session *session = state;

    if (session != NULL) {
        process_stop(&session->process);
        conform_buffer_free(&session->question);
        conform_buffer_free(&session->reply);
        free(session);
    }
}

void piped_version(struct piped_kind *kind, char *text_out, size_t size)
{
    struct conform_problem problem;
    void *session = NULL;

    if (kind->version[0] == '\0' &&
        piped_start(kind, &session, &problem) == EXIT_OK) {
        piped_stop(session);
    }
    snprintf(text_out, size, "%s", kind->version);
}

static enum exit_code add(struct session *session, const void *octets,
                          size_t size)
{
    return conform_buffer_add(&session->question, octets, size,
                              PROCESS_FRAME_MAX, &session->problem);
}

static enum exit_code add_number(struct session *session, size_t number)
{
    char octets[4];

    for (int i = 0; i < 4; i++) {
        octets[i] = (char)(number >> 8 * i & 255);
    }
    return add(session, octets, sizeof(octets));
}

static bool is_cut(const struct conform_feed *feed, size_t at)
{
    return at > 0 && at < feed->size;
}

static enum exit_code add_way(struct session *session,
                              const struct conform_feed *feed)
{
    size_t count = 0;
    enum exit_code status = add_number(session, feed->step);

    for (size_t i = 0; i < feed->cut_count; i++) {
        count += is_cut(feed, feed->cuts[i]);
    }
    status = status == EXIT_OK ? add_number(session, count) : status;
    for (size_t i = 0; status == EXIT_OK && i < feed->cut_count; i++) {
        if (is_cut(feed, feed->cuts[i])) {
            status = add_number(session, feed->cuts[i]);
        }
    }
    return status;
}

static enum exit_code write_question(struct session *session)
{
    const struct conform_feed *feed = session->feeds;
    const char *answers = feed->answers == NULL ? "" : feed->answers;
    const char head[] = {(char)(feed->direction == CONFORM_DIRECTION_RESPONSE),
                         (char)feed->peer_closes, (char)strlen(answers)};
    enum exit_code status;

    session->question.size = 0;
    status = add(session, head, sizeof(head));
    status =
        status == EXIT_OK ? add(session, answers, strlen(answers)) : status;
    status = status == EXIT_OK ? add_number(session, feed->size) : status;
    status =
        status == EXIT_OK ? add(session, feed->octets, feed->size) : status;
    for (size_t i = 0; status == EXIT_OK && i < session->feed_count; i++) {
        status = add_way(session, &session->feeds[i]);
    }
    return status;
}

void piped_prepare(void *state, const struct conform_feed *feeds, size_t count)
{
    struct session *session = state;
    enum exit_code status = EXIT_OK;

    session->feeds = feeds;
    session->feed_count = count;
    session->next = 0;
    session->at = 0;
    session->reply.size = 0;
    if (session->process.fd < 0) {
        status = start_helper(session);
    }
    status = status == EXIT_OK ? write_question(session) : status;
    if (status == EXIT_OK) {
        status = process_send(&session->process, session->question.data,
                              session->question.size, &session->problem);
    }
    session->asked = status == EXIT_OK;
    session->reply.size = 0;
}

/* What is left of the reply; a size that is not there makes it broken. */
static const char *take(struct session *session, size_t size)
{
    const char *octets = session->reply.data + session->at;

    if (session->reply.size - session->at < size) {
        return NULL;
    }
    session->at += size;
    return octets;
}

/* Gives the size of a text, whose octets come first, or -1. */
static int take_text(struct session *session, const char **text_out)
{
    const char *size = take(session, 1);

    *text_out = size == NULL ? NULL : take(session, (unsigned char)*size);
    return *text_out == NULL ? -1 : (unsigned char)*size;
}

static bool take_fate(struct session *session, struct conform_outcome *outcome)
{
    static const char letters[] = "?kc";
    const char *letter = take(session, 1);
    const char *found =
        letter == NULL || *letter == '\0' ? NULL : strchr(letters, *letter);

    if (found != NULL) {
        outcome->fate = (enum conform_fate)(found - letters);
    }
    return found != NULL;
}

static bool take_body(struct session *session, struct conform_answer *answer)
{
    const char *number = take(session, 4);
    size_t size = 0;

    for (int i = 0; number != NULL && i < 4; i++) {
        size |= (size_t)(unsigned char)number[i] << 8 * i;
    }
    answer->body = number == NULL ? NULL : (char *)take(session, size);
    answer->body_size = size;
    return answer->body != NULL;
}

static bool take_outcome(struct session *session,
                         struct conform_outcome *outcome)
{
    struct conform_outcome fate = {0};
    const char *text;
    int size;

    if (!take_fate(session, &fate)) {
        return false;
    }
    size = take_text(session, &text);
    if (size < 0 || conform_outcome_parse(text, (size_t)size, outcome,
                                          &session->problem) != EXIT_OK) {
        return false;
    }
    outcome->fate = fate.fate;
    return true;
}

static bool take_detail(struct session *session, char *detail_out)
{
    const char *text;
    int size = take_text(session, &text);

    if (size >= 0) {
        snprintf(detail_out, CONFORM_DETAIL_MAX, "%.*s", size, text);
    }
    return size >= 0;
}

/* Reads one answer into `last`; false when it is none. */
static bool take_answer(struct session *session, bool *failed_out)
{
    struct conform_answer *last = &session->last;
    const char *tag = take(session, 1);

    *failed_out = tag != NULL && *tag == '!';
    if (tag == NULL) {
        return false;
    }
    if (*tag == '=') {
        return session->next > 0;
    }
    if (*tag == '!') {
        return take_detail(session, last->detail);
    }
    return *tag == 'a' && take_outcome(session, &last->outcome) &&
           take_body(session, last) && take_detail(session, last->detail);
}

static enum exit_code receive(struct session *session)
{
    if (!session->asked || session->reply.size > 0) {
        return session->asked ? EXIT_OK : EXIT_INTERNAL;
    }
    return process_receive(&session->process, &session->reply,
                           &session->problem);
}

static enum exit_code fail(struct session *session,
                           struct conform_answer *answer, const char *text)
{
    snprintf(answer->detail, sizeof(answer->detail), "%.*s",
             CONFORM_DETAIL_MAX - 1, text);
    session->asked = false;
    session->feed_count = 0;
    return EXIT_INTERNAL;
}

enum exit_code piped_run(void *state, const struct conform_feed *feed,
                         struct conform_answer *answer)
{
    struct session *session = state;
    bool failed = false;

    if (session->next >= session->feed_count ||
        &session->feeds[session->next] != feed) {
        piped_prepare(session, feed, 1);
    }
    if (receive(session) != EXIT_OK) {
        return fail(session, answer, session->problem.text);
    }
    if (!take_answer(session, &failed)) {
        process_stop(&session->process);
        return fail(session, answer, "the helper says what is no answer");
    }
    session->next++;
    if (failed) {
        return fail(session, answer, session->last.detail);
    }
    answer->outcome = session->last.outcome;
    conform_answer_body(answer, session->last.body, session->last.body_size);
    memcpy(answer->detail, session->last.detail, sizeof(answer->detail));
    return EXIT_OK;
}
