/* SPDX-License-Identifier: MIT */
#include <program/arguments.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum exit_code arguments_refuse(const struct arguments *arguments,
                                const char *format, ...)
{
    va_list values;

    fprintf(stderr, "%s: ", arguments->program);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputs("; --help lists the options\n", stderr);
    return EXIT_USAGE;
}

static const struct argument *find(const struct arguments *arguments,
                                   const char *value)
{
    const struct argument *entry = arguments->table;
    size_t size = strcspn(value, "=");

    while (entry->name != NULL && (strlen(entry->name) != size ||
                                   strncmp(entry->name, value, size) != 0)) {
        entry++;
    }
    return entry->name != NULL ? entry : NULL;
}

static enum exit_code keep(const struct arguments *arguments,
                           const struct argument *entry, const char *value)
{
    struct argument_list *list = entry->list;

    if (list == NULL) {
        *entry->text = value;
        return EXIT_OK;
    }
    if (list->count == ARGUMENT_LIST_MAX) {
        return arguments_refuse(arguments,
                                "option '%s' can be given at most %d times",
                                entry->name, ARGUMENT_LIST_MAX);
    }
    list->values[list->count++] = value;
    return EXIT_OK;
}

/* Is the next word one that an option may take or leave? */
static bool has_value(int count, char **values, int index)
{
    return index + 1 < count && values[index + 1][0] != '-';
}

/* Read the option at `*index_in_out` and what belongs to it. */
static enum exit_code take(const struct arguments *arguments, int count,
                           char **values, int *index_in_out)
{
    const char *given = values[*index_in_out];
    const struct argument *entry = find(arguments, given);
    const char *value = strchr(given, '=');

    if (entry == NULL) {
        return arguments_refuse(arguments, "unknown option '%s'", given);
    }
    if (entry->flag != NULL) {
        *entry->flag = true;
        if (entry->text == NULL && value != NULL) {
            return arguments_refuse(arguments, "option '%s' takes no value",
                                    given);
        }
        if (value == NULL &&
            (entry->text == NULL || !has_value(count, values, *index_in_out))) {
            return EXIT_OK;
        }
    }
    if (value != NULL) {
        value++;
    } else if (*index_in_out + 1 < count) {
        value = values[++*index_in_out];
    }
    if (value == NULL || *value == '\0') {
        return arguments_refuse(arguments, "option '%s' needs a value: %s",
                                entry->name, entry->value_name);
    }
    return keep(arguments, entry, value);
}

enum exit_code arguments_read(const struct arguments *arguments, int count,
                              char **values)
{
    enum exit_code code = EXIT_OK;

    for (int i = 1; code == EXIT_OK && i < count; i++) {
        code = take(arguments, count, values, &i);
    }
    return code;
}

void arguments_print(const struct arguments *arguments)
{
    for (const struct argument *entry = arguments->table; entry->name != NULL;
         entry++) {
        char form[32];

        if (entry->help == NULL) {
            continue;
        }
        snprintf(form, sizeof(form), "%s%s%s", entry->name,
                 entry->value_name != NULL ? " " : "",
                 entry->value_name != NULL ? entry->value_name : "");
        printf("  %-16s %s\n", form, entry->help);
    }
}
