/* SPDX-License-Identifier: MIT */
#include "asleep.h"

#include <stdio.h>
#include <stdlib.h>

void wait_until_asleep(pid_t process)
{
    char path[64];
    char state = 0;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
    while (state != 'S') {
        FILE *file = fopen(path, "r");

        if (file == NULL || fscanf(file, "%*d (%*[^)]) %c", &state) != 1) {
            abort();
        }
        fclose(file);
    }
}
