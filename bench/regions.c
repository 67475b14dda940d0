/* SPDX-License-Identifier: MIT */
#include "regions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <mapmark/region.h>

enum {
    KIB = 1024,
    NUMBER_ROOM = 24,
};

/* Of all regions that are not free, in octets. */
struct sums {
    uint64_t regions;
    uint64_t reserved;
    uint64_t committed;
    uint64_t resident; /* MM_UNKNOWN when that of one region is */
    uint64_t share;
};

static const char *state_text(enum mm_region_state state)
{
    switch (state) {
    case MM_REGION_RESERVED:
        return "reserved";
    case MM_REGION_COMMITTED:
        return "committed";
    case MM_REGION_FREE:
    default:
        return "free";
    }
}

static const char *type_text(enum mm_region_type type)
{
    switch (type) {
    case MM_REGION_PRIVATE:
        return "private";
    case MM_REGION_MAPPED:
        return "mapped";
    case MM_REGION_IMAGE:
        return "image";
    case MM_REGION_NONE:
    default:
        return "-";
    }
}

static void access_text(unsigned access, char text[6])
{
    static const char letters[] = "rwxcg";

    for (unsigned bit = 0; bit < 5; bit++) {
        text[bit] = letters[bit];
        if ((access >> bit & 1) == 0) {
            text[bit] = '-';
        }
    }
    text[5] = 0;
}

/* Unknown is no number, and 0 is one. */
static const char *kib_text(uint64_t octets, char text[NUMBER_ROOM])
{
    if (octets == MM_UNKNOWN) {
        return "-";
    }
    snprintf(text, NUMBER_ROOM, "%" PRIu64, octets / KIB);
    return text;
}

static void print_region(const struct mm_region *region)
{
    char resident[NUMBER_ROOM];
    char share[NUMBER_ROOM];
    char access[6];

    access_text(region->access, access);
    printf("%16" PRIx64 " %12" PRIu64 "  %-9s  %s  %-7s  %9s %9s%s%s\n",
           region->base, region->size / KIB, state_text(region->state), access,
           type_text(region->type), kib_text(region->resident, resident),
           kib_text(region->share, share), *region->backing != 0 ? "  " : "",
           region->backing);
}

static void add(uint64_t *sum, uint64_t octets)
{
    *sum =
        *sum == MM_UNKNOWN || octets == MM_UNKNOWN ? MM_UNKNOWN : *sum + octets;
}

static void count_region(const struct mm_region *region, struct sums *sums)
{
    sums->regions++;
    if (region->state == MM_REGION_RESERVED) {
        sums->reserved += region->size;
    } else {
        sums->committed += region->size;
    }
    add(&sums->resident, region->resident);
    add(&sums->share, region->share);
}

static void print_sums(const struct sums *sums)
{
    char resident[NUMBER_ROOM];
    char share[NUMBER_ROOM];

    printf("\n%" PRIu64 " regions; in KiB: %" PRIu64 " reserved, %" PRIu64
           " committed, %s resident, %s of them this process's share\n",
           sums->regions, sums->reserved / KIB, sums->committed / KIB,
           kib_text(sums->resident, resident), kib_text(sums->share, share));
}

static enum mm_status print_all(struct mm_regions *regions)
{
    struct mm_region region;
    struct sums sums = {0};
    enum mm_status status;

    printf("%16s %12s  %-9s  %-5s  %-7s  %9s %9s  %s\n", "address", "KiB",
           "state", "rwxcg", "type", "resident", "share", "file");
    while ((status = mm_region_next(regions, &region)) == MM_OK) {
        if (region.state != MM_REGION_FREE) {
            print_region(&region);
            count_region(&region, &sums);
        }
    }
    print_sums(&sums);
    return status == MM_NOT_FOUND ? MM_OK : status;
}

static bool read_number(const char *text, uint64_t *number_out)
{
    char *end = NULL;

    errno = 0;
    *number_out = strtoull(text, &end, 10);
    return *text >= '1' && *text <= '9' && *end == 0 && errno == 0;
}

static enum exit_code fail(const char *process, enum mm_status status)
{
    const char *way_out = "look at the numbers of the processes that run";
    enum exit_code code = EXIT_USAGE;

    if (status == MM_DENIED) {
        way_out = "ask as its user, or as one who may look at all processes";
        code = EXIT_INPUT_OUTPUT;
    } else if (status != MM_NOT_FOUND) {
        way_out = "it cannot be looked at";
        code = EXIT_INPUT_OUTPUT;
    }
    fprintf(stderr, "mapmark-bench: --regions '%s': %s; %s\n", process,
            status == MM_NOT_FOUND ? "no such process" : mm_status_text(status),
            way_out);
    return code;
}

enum exit_code regions_print(const char *process)
{
    struct mm_regions *regions = NULL;
    uint64_t number = 0;
    enum mm_status status;

    if (process != NULL && !read_number(process, &number)) {
        return fail(process, MM_NOT_FOUND);
    }
    status = mm_region_open(number, &regions);
    if (status == MM_OK) {
        status = print_all(regions);
    }
    mm_region_close(regions);
    if (status != MM_OK) {
        return fail(process != NULL ? process : "", status);
    }
    if (fflush(stdout) != 0) {
        fputs("mapmark-bench: --regions: the output cannot be written\n",
              stderr);
        return EXIT_INPUT_OUTPUT;
    }
    return EXIT_OK;
}
