/* SPDX-License-Identifier: MIT */
#include "subject.h"

#include <string.h>

bool conform_subject_reads(const struct conform_subject *subject,
                           const struct conform_case *item)
{
    return (item->roles & subject->roles) != 0 &&
           (subject->directions == 0 ||
            (subject->directions & 1u << item->direction) != 0);
}

size_t conform_feed_end(const struct conform_feed *feed, size_t start)
{
    if (feed->step > 0) {
        return feed->size - start < feed->step ? feed->size
                                               : start + feed->step;
    }
    for (size_t i = 0; i < feed->cut_count; i++) {
        if (feed->cuts[i] > start && feed->cuts[i] < feed->size) {
            return feed->cuts[i];
        }
    }
    return feed->size;
}

void conform_answer_body(struct conform_answer *answer, const char *octets,
                         size_t size)
{
    size_t used = answer->body_size;
    size_t room = answer->body_room > used ? answer->body_room - used : 0;

    if (size > 0 && room > 0) {
        memcpy(answer->body + used, octets, size < room ? size : room);
    }
    answer->body_size += size;
}
