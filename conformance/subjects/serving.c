/* SPDX-License-Identifier: MIT */
#include "serving.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What has to stand still while the loop turns. */
struct motion {
    size_t events;
    size_t read;
    bool gone;
    int unread; /* what the server's end has not taken from its socket */
};

void serving_open(struct serving *serving, const struct conform_feed *feed,
                  int fd)
{
    serving->feed = feed;
    serving->fd = fd;
    fcntl(fd, F_SETFL, O_NONBLOCK);
}

/* Notes an answer whose head is whole. */
static void read_head(struct serving *serving, const char *end)
{
    const char *head = serving->head;
    const char *digits = memchr(head, ' ', (size_t)(end - head));
    unsigned code = 0;

    serving->skip = 0;
    for (const char *line = head; line < end; line++) {
        if (*line == '\n' &&
            strncasecmp(line + 1, "content-length:", 15) == 0) {
            serving->skip = strtoul(line + 16, NULL, 10);
        }
    }
    if (digits != NULL) {
        code = (unsigned)strtoul(digits, NULL, 10);
    }
    if (code < 200) {
        return;
    }
    if (serving->code == 0) {
        serving->code = code;
    }
    if (code >= 400 && serving->refusals++ == 0) {
        snprintf(serving->status, sizeof(serving->status), "%.*s",
                 (int)strcspn(head, "\r\n"), head);
    }
}

static void read_octet(struct serving *serving, char octet)
{
    if (serving->skip > 0) {
        serving->skip--;
        return;
    }
    if (serving->head_size + 1 < sizeof(serving->head)) {
        serving->head[serving->head_size++] = octet;
        serving->head[serving->head_size] = '\0';
    }
    if (octet == '\n' && serving->head_size >= 4 &&
        memcmp(serving->head + serving->head_size - 4, "\r\n\r\n", 4) == 0) {
        read_head(serving, serving->head + serving->head_size);
        serving->head_size = 0;
    }
}

static void read_answers(struct serving *serving)
{
    char octets[4096];
    ssize_t size;

    while ((size = recv(serving->fd, octets, sizeof(octets), 0)) > 0) {
        serving->read += (size_t)size;
        for (ssize_t i = 0; i < size; i++) {
            read_octet(serving, octets[i]);
        }
    }
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        serving->gone = true;
    }
}

static struct motion motion_of(struct serving *serving)
{
    struct motion motion = {0};

    read_answers(serving);
    motion.events = serving->events;
    motion.read = serving->read;
    motion.gone = serving->gone;
    ioctl(serving->fd, SIOCOUTQ, &motion.unread);
    return motion;
}

/* Two turns: what the first one finds ready may make something else ready. */
enum { QUIET_TURNS = 2 };

void serving_pump(struct serving *serving, const struct serving_loop *loop)
{
    struct motion before = motion_of(serving);
    int quiet = 0;

    while (quiet < QUIET_TURNS) {
        bool more = loop->turn(loop->library);
        struct motion after = motion_of(serving);
        bool still = !more && after.events == before.events &&
                     after.read == before.read && after.gone == before.gone &&
                     after.unread == before.unread;

        quiet = still ? quiet + 1 : 0;
        before = after;
    }
}

/* Gives false when the server has closed, or takes nothing any more. */
static bool send_segment(struct serving *serving,
                         const struct serving_loop *loop, size_t end)
{
    const struct conform_feed *feed = serving->feed;
    bool full = false;

    serving->segment = serving->written;
    while (serving->written < end && !serving->gone) {
        ssize_t size =
            send(serving->fd, feed->octets + serving->written,
                 end - serving->written, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (size > 0) {
            serving->written += (size_t)size;
            full = false;
        } else if (size < 0 && errno == EAGAIN && !full) {
            full = true;
        } else if (size < 0 && errno != EINTR) {
            break;
        }
        serving_pump(serving, loop);
    }
    return serving->written == end && !serving->gone;
}

void serving_feed(struct serving *serving, const struct serving_loop *loop,
                  size_t limit)
{
    const struct conform_feed *feed = serving->feed;
    bool going = true;

    while (going && serving->written < limit) {
        size_t end = conform_feed_end(feed, serving->written);

        going = send_segment(serving, loop, end < limit ? end : limit);
    }
    if (going && limit == feed->size && feed->peer_closes &&
        !serving->complete) {
        serving->half_closed = true;
        shutdown(serving->fd, SHUT_WR);
        serving_pump(serving, loop);
    }
}

void serving_body(struct serving *serving, const char *octets, size_t size)
{
    serving->events++;
    if (!serving->complete && serving->answer != NULL) {
        conform_answer_body(serving->answer, octets, size);
    }
}

void serving_complete(struct serving *serving)
{
    serving->events++;
    serving->complete = true;
    serving->was_half_closed = serving->half_closed;
    serving->complete_from = serving->segment;
    serving->complete_by = serving->written;
}

void serving_judge(const struct serving *serving, struct conform_answer *answer)
{
    struct conform_outcome *outcome = &answer->outcome;
    bool closed = serving->gone || serving->half_closed;

    snprintf(answer->detail, sizeof(answer->detail), "%s", serving->status);
    if (serving->complete) {
        outcome->fate = closed || serving->refusals > 0 ? CONFORM_FATE_CLOSE
                                                        : CONFORM_FATE_KEEP;
        return;
    }
    outcome->fate = closed ? CONFORM_FATE_CLOSE : CONFORM_FATE_KEEP;
    if (serving->code != 0) {
        outcome->kind = CONFORM_OUTCOME_REJECT;
        outcome->code = serving->code;
    } else if (serving->half_closed) {
        outcome->kind = CONFORM_OUTCOME_INCOMPLETE;
    } else if (serving->gone) {
        outcome->kind = CONFORM_OUTCOME_ERROR;
        snprintf(answer->detail, sizeof(answer->detail),
                 "closed without an answer");
    } else {
        outcome->kind = CONFORM_OUTCOME_WAIT;
        outcome->fate = CONFORM_FATE_ANY;
    }
}

void serving_close(struct serving *serving)
{
    if (serving->fd >= 0) {
        close(serving->fd);
        serving->fd = -1;
    }
}
