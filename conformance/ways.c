/* SPDX-License-Identifier: MIT */
#include "ways.h"

#include <stdlib.h>
#include <string.h>

static struct conform_feed feed_of(const struct conform_case *item)
{
    return (struct conform_feed){
        .direction = item->direction,
        .answers = item->answers,
        .octets = item->wire.data,
        .size = item->wire.size,
        .peer_closes = item->peer_closes,
    };
}

/* A repeatable sequence: splitmix64 by Vigna, seeded with the wire's size. */
static size_t seeded(uint64_t *state, size_t below)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (size_t)((z ^ z >> 31) % below);
}

/* Marks every offset within CONFORM_SPLIT_NEAR of a CR, an LF or an end. */
static void mark_near(const struct conform_case *item, bool *wanted)
{
    size_t size = item->wire.size;
    size_t marked = 1; /* offsets below it have been decided */

    for (size_t at = 0; at < size; at++) {
        char octet = item->wire.data[at];
        size_t from = at > CONFORM_SPLIT_NEAR ? at - CONFORM_SPLIT_NEAR : 1;
        size_t to = at + CONFORM_SPLIT_NEAR + 1;

        if (octet != '\r' && octet != '\n') {
            continue;
        }
        to = to < size ? to : size;
        for (marked = marked > from ? marked : from; marked < to; marked++) {
            wanted[marked] = true;
        }
    }
}

static size_t count_splits(const bool *wanted, size_t size)
{
    size_t count = 0;

    for (size_t at = 1; at < size; at++) {
        count += wanted[at];
    }
    return count;
}

/* Drops so many that the octets of all feeds stay bounded. */
static void thin_out(bool *wanted, size_t size)
{
    size_t count = count_splits(wanted, size);
    size_t most = CONFORM_SPLIT_OCTETS_MAX / size;
    size_t seen = 0;

    most = most < CONFORM_SPLIT_LEAST ? CONFORM_SPLIT_LEAST : most;
    for (size_t at = 1; at < size && count > most; at++) {
        if (wanted[at]) {
            wanted[at] = (seen + 1) * most / count > seen * most / count;
            seen++;
        }
    }
}

/* Gives size flags, one for each offset, or NULL. */
static bool *choose_splits(const struct conform_case *item, bool splits)
{
    size_t size = item->wire.size;
    bool *wanted = calloc(size, sizeof(*wanted));
    uint64_t state = size;

    if (wanted == NULL || !splits) {
        return wanted;
    }
    if (size <= CONFORM_SPLIT_ALL_MAX) {
        memset(wanted, true, size);
        return wanted;
    }
    mark_near(item, wanted);
    for (int i = 0; i < CONFORM_SPLIT_SEEDED; i++) {
        wanted[1 + seeded(&state, size - 1)] = true;
    }
    thin_out(wanted, size);
    return wanted;
}

static void add_splits(const struct conform_case *item, const bool *wanted,
                       struct conform_ways *ways)
{
    for (size_t at = 1; at < item->wire.size; at++) {
        struct conform_feed *feed = &ways->feeds[ways->count];

        if (wanted[at]) {
            ways->cuts[ways->splits] = at;
            *feed = feed_of(item);
            feed->cuts = &ways->cuts[ways->splits++];
            feed->cut_count = 1;
            ways->count++;
        }
    }
}

static void add_all(const struct conform_case *item, const bool *wanted,
                    struct conform_ways *ways)
{
    struct conform_feed *feeds = ways->feeds;

    feeds[0] = feeds[1] = feed_of(item);
    feeds[1].step = 1 + item->wire.size / CONFORM_SEGMENTS_MAX;
    ways->count = 2;
    if (item->send_count > 1) {
        feeds[2] = feed_of(item);
        feeds[2].cuts = item->send_ends;
        feeds[2].cut_count = item->send_count;
        ways->count++;
    }
    add_splits(item, wanted, ways);
}

enum exit_code conform_ways_choose(const struct conform_case *item, bool splits,
                                   struct conform_ways *ways_out,
                                   struct conform_problem *problem)
{
    bool *wanted = choose_splits(item, splits);
    size_t room = 3; /* the ways that are no splits */

    *ways_out = (struct conform_ways){0};
    if (wanted != NULL) {
        room += count_splits(wanted, item->wire.size);
    }
    ways_out->feeds = calloc(room, sizeof(*ways_out->feeds));
    ways_out->cuts = calloc(room, sizeof(*ways_out->cuts));
    if (wanted == NULL || ways_out->feeds == NULL || ways_out->cuts == NULL) {
        free(wanted);
        conform_ways_free(ways_out);
        return conform_problem_no_memory(problem);
    }
    add_all(item, wanted, ways_out);
    free(wanted);
    return EXIT_OK;
}

void conform_ways_free(struct conform_ways *ways)
{
    free(ways->feeds);
    free(ways->cuts);
    *ways = (struct conform_ways){0};
}
