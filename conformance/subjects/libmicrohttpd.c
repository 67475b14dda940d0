/* SPDX-License-Identifier: MIT */
/*
 * GNU libmicrohttpd as a server, with its defaults, on one end of a pair of
 * sockets; its application answers 200 once it has the whole request.
 *
 * The library shows nobody how far it has read. The end of a message is
 * therefore found by growing what it is sent: it is the smallest number of
 * octets, cut in the same places, that makes it call the application for the
 * last time. An octet behind those that it would have taken as well, had it
 * been there, cannot be seen. Nor is the framing shown: where the body is,
 * octet by octet, what stands behind the head, the message is delimited by
 * Content-Length (or, with no octet and no such field, by nothing), and else
 * by the chunked coding. Where more than 16 KiB are sent, an end that was found
 * for one way to cut them is not looked for again in the others, if it is in
 * the segment that completes the message.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "serving.h"

enum { CHECKED_SIZE_MAX = 16 * 1024 };

struct library {
    struct MHD_Daemon *daemon;
    struct MHD_Response *reply;
    struct serving *serving; /* the one that runs, or NULL */
    size_t connections;
    size_t head_size; /* of the first message */
    bool has_length;
    /* The end found last, for the feeds of one case that differ in cuts. */
    const char *octets;
    size_t size;
    size_t end;
};

static bool turn(void *library)
{
    MHD_run(((struct library *)library)->daemon);
    return false;
}

static void on_connection(void *context, struct MHD_Connection *connection,
                          void **slot, enum MHD_ConnectionNotificationCode what)
{
    struct library *library = context;

    (void)connection;
    (void)slot;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        library->connections++;
    } else {
        library->connections--;
    }
}

static void note_first(struct library *library,
                       struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    library->head_size = info == NULL ? 0 : info->header_size;
    library->has_length =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                    MHD_HTTP_HEADER_CONTENT_LENGTH) != NULL;
    serving_complete(library->serving);
}

/* Called with the head, then for octets of the body, then for the end. */
static enum MHD_Result on_request(void *context,
                                  struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *protocol, const char *octets,
                                  size_t *size, void **request)
{
    struct library *library = context;
    struct serving *serving = library->serving;

    (void)url;
    (void)method;
    (void)protocol;
    if (serving != NULL) {
        serving->events++;
    }
    if (*request == NULL) {
        *request = library;
        return MHD_YES;
    }
    if (*size > 0) {
        if (serving != NULL) {
            serving_body(serving, octets, *size);
        }
        *size = 0;
        return MHD_YES;
    }
    if (serving != NULL && !serving->complete) {
        note_first(library, connection);
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, library->reply);
}

static void start_daemon(struct library *library)
{
    library->daemon = MHD_start_daemon(
        MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request, library,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, library, MHD_OPTION_END);
}

static void stop_daemon(struct library *library)
{
    if (library->daemon != NULL) {
        MHD_stop_daemon(library->daemon);
        library->daemon = NULL;
    }
}

static void stop(void *session)
{
    struct library *library = session;

    stop_daemon(library);
    if (library->reply != NULL) {
        MHD_destroy_response(library->reply);
    }
    free(library);
}

static enum exit_code start(void **session_out, struct conform_problem *problem)
{
    struct library *library = calloc(1, sizeof(*library));

    if (library == NULL) {
        return conform_problem_no_memory(problem);
    }
    library->reply =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    start_daemon(library);
    if (library->reply == NULL || library->daemon == NULL) {
        stop(library);
        return conform_problem_set(problem, EXIT_INTERNAL,
                                   "the library does not start");
    }
    *session_out = library;
    return EXIT_OK;
}

/* Gives this side's socket, or -1. */
static int connect_pair(struct library *library)
{
    static const struct sockaddr peer = {.sa_family = AF_UNIX};
    int fds[2];

    if (library->daemon == NULL ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        return -1;
    }
    /* The library closes its socket even when it does not take it. */
    if (MHD_add_connection(library->daemon, fds[1], &peer, sizeof(peer)) !=
        MHD_YES) {
        close(fds[0]);
        return -1;
    }
    return fds[0];
}

enum { FAREWELL_TURNS = 8 };

/* Turns until the library has let go of a connection that is closed. One whose
 * buffer is full of a line that does not end it keeps, and looks through it at
 * every turn; such a library begins anew. */
static void disconnect(struct library *library, struct serving *serving)
{
    library->serving = NULL;
    serving_close(serving);
    for (int i = 0; i < FAREWELL_TURNS && library->connections > 0; i++) {
        turn(library);
    }
    if (library->connections > 0) {
        stop_daemon(library);
        library->connections = 0;
        start_daemon(library);
    }
}

static bool serve(struct library *library, const struct conform_feed *feed,
                  size_t limit, struct serving *serving)
{
    const struct serving_loop loop = {turn, library};
    int fd = connect_pair(library);

    if (fd < 0) {
        return false;
    }
    serving_open(serving, feed, fd);
    library->serving = serving;
    serving_pump(serving, &loop);
    serving_feed(serving, &loop, limit);
    return true;
}

/* Tells whether the first `limit` octets make a message. */
static bool suffices(struct library *library, const struct conform_feed *feed,
                     size_t limit)
{
    struct serving serving = {0};

    if (limit == 0 || !serve(library, feed, limit, &serving)) {
        return false;
    }
    disconnect(library, &serving);
    return serving.complete && !serving.was_half_closed;
}

/* Gives the smallest number in (low, high] that suffices; high does. */
static size_t find_end(struct library *library, const struct conform_feed *feed,
                       size_t low, size_t high)
{
    bool known = library->octets == feed->octets &&
                 library->size == feed->size && low < library->end &&
                 library->end <= high;

    if (known && feed->size > CHECKED_SIZE_MAX) {
        return library->end;
    }
    if (known &&
        (library->end == high || suffices(library, feed, library->end)) &&
        (library->end - 1 == low ||
         !suffices(library, feed, library->end - 1))) {
        return library->end;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (suffices(library, feed, middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    library->octets = feed->octets;
    library->size = feed->size;
    library->end = high;
    return high;
}

/* Tells whether the body stands behind the head as it was delivered; only line
 * ends may stand in front of the head. */
static bool is_plain(const struct library *library,
                     const struct conform_feed *feed, size_t end,
                     const struct conform_answer *answer)
{
    size_t size = answer->body_size;
    size_t head_end = end - size;
    size_t front = 0;

    if (size > end || library->head_size > head_end ||
        memcmp(feed->octets + head_end, answer->body, size) != 0) {
        return false;
    }
    front = head_end - library->head_size;
    for (size_t i = 0; i < front; i++) {
        if (feed->octets[i] != '\r' && feed->octets[i] != '\n') {
            return false;
        }
    }
    return true;
}

static void note_message(const struct library *library,
                         const struct serving *serving, size_t end,
                         struct conform_answer *answer)
{
    struct conform_outcome *outcome = &answer->outcome;

    outcome->end = end;
    outcome->octets = answer->body_size;
    if (serving->was_half_closed) {
        outcome->kind = CONFORM_OUTCOME_CLOSE;
    } else if (!is_plain(library, serving->feed, end, answer)) {
        outcome->kind = CONFORM_OUTCOME_CHUNKED;
    } else if (answer->body_size > 0 || library->has_length) {
        outcome->kind = CONFORM_OUTCOME_CL;
    } else {
        outcome->kind = CONFORM_OUTCOME_NONE;
    }
}

static enum exit_code run(void *session, const struct conform_feed *feed,
                          struct conform_answer *answer)
{
    struct library *library = session;
    struct serving serving = {.answer = answer};
    struct library facts;

    if (!serve(library, feed, feed->size, &serving)) {
        snprintf(answer->detail, sizeof(answer->detail), "no connection");
        return EXIT_INTERNAL;
    }
    disconnect(library, &serving);
    facts = *library;
    if (serving.complete) {
        size_t end = serving.was_half_closed
                         ? feed->size
                         : find_end(library, feed, serving.complete_from,
                                    serving.complete_by);

        note_message(&facts, &serving, end, answer);
    }
    serving_judge(&serving, answer);
    return EXIT_OK;
}

static void version(char *text_out, size_t size)
{
    snprintf(text_out, size, "%s", MHD_get_version());
}

const struct conform_subject conform_subject_libmicrohttpd = {
    .name = "libmicrohttpd",
    .roles = CONFORM_ROLE_SERVER,
    .version = version,
    .start = start,
    .run = run,
    .stop = stop,
};
