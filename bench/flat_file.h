/* SPDX-License-Identifier: MIT */
/*
 * A flat-file database: records of one size, in the order of their keys, with
 * nothing between them. 125 octets are no divisor of anything, so that records
 * lie across pages and views as they do in real files.
 */
#ifndef FLAT_FILE_H
#define FLAT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FLAT_RECORD_BYTES = 125,
    FLAT_KEY_BYTES = 8, /* at the start of a record, in this machine's order */
    FLAT_FIELD_AT = 64, /* the field that is read and updated by itself */
    FLAT_FIELD_BYTES = 8,
};

/** The key of a record: grows with its number, by steps that vary. */
uint64_t flat_file_key(uint64_t seed, uint64_t record);

/** Octets of the file, as a dataset_content. */
void flat_file_content(unsigned char *octets, size_t size, uint64_t offset,
                       uint64_t seed);

static inline uint64_t flat_file_offset(uint64_t record)
{
    return record * FLAT_RECORD_BYTES;
}

/** Reads the key of a record; false when that fails. */
typedef bool flat_file_probe(void *context, uint64_t record, uint64_t *key_out);

/**
 * Find the record that has the key among the first `count`, by halves. The
 * number is `count` when there is none, or when a probe fails.
 */
static inline uint64_t flat_file_find(uint64_t count, uint64_t key,
                                      flat_file_probe *probe, void *context)
{
    uint64_t first = 0, last = count, found = 0;

    while (first < last) {
        uint64_t middle = first + (last - first) / 2;

        if (!probe(context, middle, &found)) {
            return count;
        }
        if (found == key) {
            return middle;
        }
        if (found < key) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return count;
}

#ifdef __cplusplus
}
#endif

#endif /* FLAT_FILE_H */
