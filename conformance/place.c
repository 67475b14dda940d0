/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"

/* Gives the length of the path without its last part, 0 for a bare name. */
static size_t folder_size(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *backslash = strrchr(path, '\\');

    if (slash == NULL || (backslash != NULL && backslash > slash)) {
        slash = backslash;
    }
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

static bool is_file(const char *folder, size_t size, const char *name,
                    const char *suffix)
{
    char path[CONFORM_PLACE_MAX];
    FILE *file = NULL;

    if (size < CONFORM_PLACE_MAX / 2 && strlen(name) < CONFORM_PLACE_MAX / 4) {
        snprintf(path, sizeof(path), "%.*s/%s%s", (int)size, folder, name,
                 suffix);
        file = fopen(path, "rb");
    }
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

/* Gives the folder of PATH that holds the program, or NULL. */
static const char *search(const char *program, size_t *size_out)
{
    const char *path = getenv("PATH");
    /* Where folders have drive letters, a colon cannot separate them. */
    const char *separator =
        path != NULL && strchr(path, ';') != NULL ? ";" : ":";

    while (path != NULL && *path != '\0') {
        size_t size = strcspn(path, separator);

        if (size > 0 && (is_file(path, size, program, "") ||
                         is_file(path, size, program, ".exe"))) {
            *size_out = size;
            return path;
        }
        path += size;
        path += *path == '\0' ? 0 : 1;
    }
    return NULL;
}

void conform_place_corpus(const char *program,
                          char directory_out[CONFORM_PLACE_MAX])
{
    size_t size = folder_size(program);
    const char *folder = size > 0 ? program : search(program, &size);

    if (folder != NULL && size < CONFORM_PLACE_MAX / 2) {
        snprintf(directory_out, CONFORM_PLACE_MAX, "%.*s/%s", (int)size, folder,
                 CONFORM_CORPUS_FROM_BIN);
        if (conform_corpus_exists(directory_out)) {
            return;
        }
    }
    snprintf(directory_out, CONFORM_PLACE_MAX, "%s", CONFORM_CORPUS_SOURCE);
}
