/* SPDX-License-Identifier: MIT */
/*
 * libevent's evhttp as a server, with its defaults and every method allowed
 * that it knows, so that what it refuses it refuses for the message. It accepts
 * from a socket of this process, and its application answers 200 to all that it
 * is given.
 *
 * The end of a message is where evhttp is when it calls the application: what
 * was written, less what its socket and its buffer still hold. An octet that
 * evhttp takes without using it is not told from one that belongs to the
 * message. Chunked is what req->chunked says, unless nothing behind the head
 * was taken, as evhttp reads no body of some methods; a length counts as the
 * delimiter where a Content-Length stands for as many octets as were delivered.
 *
 * As a client it is not asked: evhttp connects by itself, always anew and by
 * TCP, and takes no socket that is connected already.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>

#include "serving.h"

struct library {
    struct event_base *base;
    struct evhttp *http;
    struct sockaddr_un address;
    socklen_t address_size;
    struct bufferevent *accepted; /* the latest connection's */
    struct serving *serving;      /* the one that runs, or NULL */
};

static bool turn(void *library)
{
    struct event_base *base = ((struct library *)library)->base;

    event_base_loop(base, EVLOOP_NONBLOCK);
    return event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE) > 0;
}

static struct bufferevent *on_accept(struct event_base *base, void *context)
{
    struct library *library = context;

    library->accepted = bufferevent_socket_new(base, -1, 0);
    return library->accepted;
}

/* Tells whether the first empty line, as evhttp knows lines, is the last of
 * what was taken. */
static bool is_head_alone(const char *octets, size_t end)
{
    size_t line = 0;

    for (size_t at = 0; at < end; at++) {
        if (octets[at] != '\n') {
            continue;
        }
        if (at == line || (at == line + 1 && octets[line] == '\r')) {
            return at + 1 == end;
        }
        line = at + 1;
    }
    return true;
}

static enum conform_outcome_kind kind_of(const struct serving *serving,
                                         struct evhttp_request *request,
                                         size_t body_size, size_t end)
{
    const char *length = evhttp_find_header(
        evhttp_request_get_input_headers(request), "Content-Length");

    if (serving->half_closed) {
        return CONFORM_OUTCOME_CLOSE;
    }
    if (request->chunked && !is_head_alone(serving->feed->octets, end)) {
        return CONFORM_OUTCOME_CHUNKED;
    }
    return body_size > 0 || (length != NULL && strtoull(length, NULL, 10) == 0)
               ? CONFORM_OUTCOME_CL
               : CONFORM_OUTCOME_NONE;
}

static size_t taken(const struct serving *serving,
                    const struct bufferevent *stream)
{
    struct evbuffer *input =
        bufferevent_get_input((struct bufferevent *)stream);
    int unread = 0;

    ioctl(bufferevent_getfd((struct bufferevent *)stream), FIONREAD, &unread);
    return serving->written - (size_t)unread - evbuffer_get_length(input);
}

static void note_first(struct serving *serving, struct evhttp_request *request,
                       const struct bufferevent *stream)
{
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    size_t size = evbuffer_get_length(body);
    struct conform_outcome *outcome = &serving->answer->outcome;

    serving_body(serving, (const char *)evbuffer_pullup(body, -1), size);
    outcome->end = taken(serving, stream);
    outcome->kind = kind_of(serving, request, size, (size_t)outcome->end);
    outcome->octets = conform_outcome_has_octets(outcome->kind) ? size : 0;
    serving_complete(serving);
}

static void on_request(struct evhttp_request *request, void *context)
{
    struct library *library = context;
    struct bufferevent *stream = evhttp_connection_get_bufferevent(
        evhttp_request_get_connection(request));
    struct serving *serving =
        stream == library->accepted ? library->serving : NULL;

    if (serving != NULL) {
        serving->events++;
        if (!serving->complete) {
            note_first(serving, request, stream);
        }
    }
    evhttp_send_reply(request, 200, "OK", NULL);
}

static void stop(void *session)
{
    struct library *library = session;

    if (library->http != NULL) {
        evhttp_free(library->http);
    }
    if (library->base != NULL) {
        event_base_free(library->base);
    }
    free(library);
}

/* A listening socket whose name the system chooses; no file stands for it. */
static int listen_anywhere(struct library *library)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    library->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    library->address_size = sizeof(library->address);
    if (fd < 0 ||
        bind(fd, (const struct sockaddr *)&library->address,
             sizeof(sa_family_t)) != 0 ||
        listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&library->address,
                    &library->address_size) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

static enum exit_code start(void **session_out, struct conform_problem *problem)
{
    static const uint16_t methods =
        EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
        EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
        EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH;
    struct library *library = calloc(1, sizeof(*library));
    int fd;

    if (library == NULL) {
        return conform_problem_no_memory(problem);
    }
    library->base = event_base_new();
    library->http = library->base == NULL ? NULL : evhttp_new(library->base);
    fd = library->http == NULL ? -1 : listen_anywhere(library);
    if (fd < 0 || evhttp_accept_socket(library->http, fd) != 0) {
        stop(library);
        return conform_problem_set(problem, EXIT_INTERNAL,
                                   "no listening socket: %s", strerror(errno));
    }
    evhttp_set_allowed_methods(library->http, methods);
    evhttp_set_bevcb(library->http, on_accept, library);
    evhttp_set_gencb(library->http, on_request, library);
    *session_out = library;
    return EXIT_OK;
}

static enum exit_code run(void *session, const struct conform_feed *feed,
                          struct conform_answer *answer)
{
    struct library *library = session;
    const struct serving_loop loop = {turn, library};
    struct serving serving = {.answer = answer};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)&library->address,
                          library->address_size) != 0) {
        snprintf(answer->detail, sizeof(answer->detail), "no connection");
        if (fd >= 0) {
            close(fd);
        }
        return EXIT_INTERNAL;
    }
    library->serving = &serving;
    library->accepted = NULL;
    serving_open(&serving, feed, fd);
    serving_pump(&serving, &loop);
    serving_feed(&serving, &loop, feed->size);
    serving_judge(&serving, answer);
    library->serving = NULL;
    serving_close(&serving);
    turn(library);
    return EXIT_OK;
}

static void version(char *text_out, size_t size)
{
    snprintf(text_out, size, "%s", event_get_version());
}

const struct conform_subject conform_subject_libevent = {
    .name = "libevent",
    .roles = CONFORM_ROLE_SERVER,
    .version = version,
    .start = start,
    .run = run,
    .stop = stop,
};
