/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/region.h>

#include "internal.h"

enum {
    PATH_ROOM = 64,
    FLAGS = 4, /* what is allowed, and whether it is shared */
};

/* A file of which some region can be executed. */
struct image {
    uint64_t device;
    uint64_t inode;
};

struct mm_regions {
    FILE *stream;
    char *line;
    size_t room;
    uint64_t end;  /* of the last region that was told */
    bool has_line; /* one that begins a region, and is not told yet */
    struct image *images;
    size_t image_count;
};

/* The line that begins a region, see proc(5). */
struct head {
    uint64_t base;
    uint64_t end;
    char flags[FLAGS];
    struct image file;
    const char *backing;
};

/* A number, and behind it `after`, which is skipped as well. */
static bool take_number(const char **text, int base, char after,
                        uint64_t *number_out)
{
    char *end = NULL;

    *number_out = strtoull(*text, &end, base);
    if (end == *text || *end != after) {
        return false;
    }
    *text = end + 1;
    return true;
}

/* 7f35c1e7c000-7f35c1e80000 r--p 00000000 fe:00 247134     /usr/bin/cat */
static bool read_head(const char *line, struct head *head)
{
    uint64_t offset;
    uint64_t major;
    uint64_t minor;

    if (!take_number(&line, 16, '-', &head->base) ||
        !take_number(&line, 16, ' ', &head->end) || strlen(line) < FLAGS + 1) {
        return false;
    }
    memcpy(head->flags, line, FLAGS);
    line += FLAGS + 1;
    if (!take_number(&line, 16, ' ', &offset) ||
        !take_number(&line, 16, ':', &major) ||
        !take_number(&line, 16, ' ', &minor) ||
        !take_number(&line, 10, ' ', &head->file.inode)) {
        return false;
    }
    head->file.device = major << 32 | minor;
    head->backing = line + strspn(line, " ");
    return true;
}

static bool is_image(const struct mm_regions *regions, const struct image *file)
{
    for (size_t i = 0; i < regions->image_count; i++) {
        if (regions->images[i].device == file->device &&
            regions->images[i].inode == file->inode) {
            return true;
        }
    }
    return false;
}

static enum mm_status add_image(struct mm_regions *regions,
                                const struct image *file)
{
    struct image *more;

    if (file->inode == 0 || is_image(regions, file)) {
        return MM_OK;
    }
    more = realloc(regions->images,
                   (regions->image_count + 1) * sizeof(*regions->images));
    if (more == NULL) {
        return MM_NO_MEMORY;
    }
    regions->images = more;
    regions->images[regions->image_count++] = *file;
    return MM_OK;
}

static enum mm_status open_list(uint64_t process_id, const char *name,
                                FILE **stream_out)
{
    char path[PATH_ROOM];

    if (process_id == 0) {
        snprintf(path, sizeof(path), "/proc/self/%s", name);
    } else {
        snprintf(path, sizeof(path), "/proc/%" PRIu64 "/%s", process_id, name);
    }
    *stream_out = fopen(path, "re");
    return *stream_out == NULL ? mmi_os_error() : MM_OK;
}

/* The constants of a program come before its code, so look ahead. */
static enum mm_status find_images(struct mm_regions *regions,
                                  uint64_t process_id)
{
    struct head head;
    FILE *stream;
    enum mm_status status = open_list(process_id, "maps", &stream);

    if (status != MM_OK) {
        return status;
    }
    while (status == MM_OK &&
           getline(&regions->line, &regions->room, stream) > 0) {
        if (read_head(regions->line, &head) && head.flags[2] == 'x') {
            status = add_image(regions, &head.file);
        }
    }
    fclose(stream);
    return status;
}

enum mm_status mm_region_open(uint64_t process_id,
                              struct mm_regions **regions_out)
{
    struct mm_regions *regions = calloc(1, sizeof(*regions));
    enum mm_status status;

    *regions_out = NULL;
    if (regions == NULL) {
        return MM_NO_MEMORY;
    }
    status = find_images(regions, process_id);
    if (status == MM_OK) {
        status = open_list(process_id, "smaps", &regions->stream);
    }
    if (status != MM_OK) {
        mm_region_close(regions);
        return status;
    }
    *regions_out = regions;
    return MM_OK;
}

/* MM_NOT_FOUND at the end; a process that has ended meanwhile is one. */
static enum mm_status next_line(struct mm_regions *regions)
{
    ssize_t size = getline(&regions->line, &regions->room, regions->stream);

    if (size <= 0) {
        return MM_NOT_FOUND;
    }
    if (regions->line[size - 1] == '\n') {
        regions->line[size - 1] = 0;
    }
    return MM_OK;
}

static void add_kib(const char *line, const char *label, uint64_t *octets)
{
    size_t size = strlen(label);

    if (strncmp(line, label, size) == 0) {
        *octets = strtoull(line + size, NULL, 10) * 1024;
    }
}

static void describe(const struct mm_regions *regions, const struct head *head,
                     struct mm_region *region)
{
    const bool has_file = head->file.inode != 0;
    const bool is_shared = head->flags[3] == 's';

    region->base = head->base;
    region->size = head->end - head->base;
    region->access = (head->flags[0] == 'r' ? MM_REGION_READ : 0U) |
                     (head->flags[1] == 'w' ? MM_REGION_WRITE : 0U) |
                     (head->flags[2] == 'x' ? MM_REGION_EXECUTE : 0U);
    if (has_file && !is_shared && head->flags[1] == 'w') {
        region->access |= MM_REGION_COPY;
    }
    region->state = region->access == 0 && !has_file && !is_shared
                        ? MM_REGION_RESERVED
                        : MM_REGION_COMMITTED;
    if (!has_file && !is_shared) {
        region->type = MM_REGION_PRIVATE;
    } else if (is_image(regions, &head->file)) {
        region->type = MM_REGION_IMAGE;
    } else {
        region->type = MM_REGION_MAPPED;
    }
    snprintf(region->backing, sizeof(region->backing), "%s", head->backing);
}

/* The lines that follow a head, up to the next one. */
static void count_octets(struct mm_regions *regions, struct mm_region *region)
{
    regions->has_line = false;
    while (!regions->has_line && next_line(regions) == MM_OK) {
        /* Heads begin with a number, the others with a name. */
        regions->has_line = islower((unsigned char)regions->line[0]) ||
                            isdigit((unsigned char)regions->line[0]);
        add_kib(regions->line, "Rss:", &region->resident);
        add_kib(regions->line, "Pss:", &region->share);
    }
}

/* The kernel shows a page of its own at the very end, which is nobody's. */
static bool is_of_the_kernel(const struct head *head)
{
    return (head->base >> 63) != 0;
}

enum mm_status mm_region_next(struct mm_regions *regions,
                              struct mm_region *region_out)
{
    struct head head;
    enum mm_status status = regions->has_line ? MM_OK : next_line(regions);

    *region_out = (struct mm_region){0};
    if (status != MM_OK) {
        return status;
    }
    if (!read_head(regions->line, &head) || is_of_the_kernel(&head)) {
        return MM_NOT_FOUND;
    }
    if (head.base > regions->end) {
        region_out->base = regions->end;
        region_out->size = head.base - regions->end;
        regions->has_line = true;
    } else {
        describe(regions, &head, region_out);
        count_octets(regions, region_out);
    }
    regions->end = region_out->base + region_out->size;
    return MM_OK;
}

void mm_region_close(struct mm_regions *regions)
{
    if (regions == NULL) {
        return;
    }
    if (regions->stream != NULL) {
        fclose(regions->stream);
    }
    free(regions->line);
    free(regions->images);
    free(regions);
}
