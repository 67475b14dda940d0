/* SPDX-License-Identifier: MIT */
#include "flat_file.h"

#include <string.h>

#include "splitmix.h"

enum { KEY_STEP = 10 };

uint64_t flat_file_key(uint64_t seed, uint64_t record)
{
    return record * KEY_STEP + splitmix(seed, record) % KEY_STEP;
}

static void make_record(unsigned char record[FLAT_RECORD_BYTES],
                        uint64_t number, uint64_t seed)
{
    uint64_t key = flat_file_key(seed, number);

    memcpy(record, &key, FLAT_KEY_BYTES);
    for (size_t i = FLAT_KEY_BYTES; i < FLAT_RECORD_BYTES; i++) {
        record[i] = (unsigned char)(key >> i % 8 * 8 ^ i);
    }
}

void flat_file_content(unsigned char *octets, size_t size, uint64_t offset,
                       uint64_t seed)
{
    unsigned char record[FLAT_RECORD_BYTES];
    size_t done = 0;

    while (done < size) {
        uint64_t number = (offset + done) / FLAT_RECORD_BYTES;
        size_t skipped = (size_t)((offset + done) % FLAT_RECORD_BYTES);
        size_t part = FLAT_RECORD_BYTES - skipped;

        part = part < size - done ? part : size - done;
        make_record(record, number, seed);
        memcpy(octets + done, record + skipped, part);
        done += part;
    }
}
