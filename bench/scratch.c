/* SPDX-License-Identifier: MIT */
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_MAX = 1000,
    NAME_ROOM = 32, /* what a path has beside folder and label */
};

enum mm_status scratch_create(const char *folder, const char *label,
                              char **path_out, struct mm_file **file_out)
{
    const unsigned flags =
        MM_FILE_READ | MM_FILE_WRITE | MM_FILE_CREATE | MM_FILE_NEW;
    size_t room = strlen(folder) + strlen(label) + NAME_ROOM;
    enum mm_status status = MM_ALREADY_EXISTS;
    char *path = malloc(room);

    *path_out = NULL;
    *file_out = NULL;
    if (path == NULL) {
        return MM_NO_MEMORY;
    }
    for (int i = 0; status == MM_ALREADY_EXISTS && i < NAMES_MAX; i++) {
        snprintf(path, room, "%s/mapmark-%s-%d.data", folder, label, i);
        status = mm_file_open(path, flags, file_out);
    }
    if (status != MM_OK) {
        free(path);
        return status;
    }
    *path_out = path;
    return MM_OK;
}
