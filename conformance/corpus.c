/* SPDX-License-Identifier: MIT */
#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "stanza.h"

enum { PATH_SIZE = 4096, INDEX_SIZE_MAX = 64 * 1024 };

static const char suffix[] = ".cases";

static enum exit_code join(char path_out[PATH_SIZE], const char *directory,
                           const char *name, struct conform_problem *problem)
{
    int size = snprintf(path_out, PATH_SIZE, "%s/%s", directory, name);

    if (size < 0 || size >= PATH_SIZE) {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "path of a corpus file longer than %d characters", PATH_SIZE - 1);
    }
    return EXIT_OK;
}

static enum exit_code keep_case(struct conform_corpus *corpus,
                                const struct conform_case *item,
                                struct conform_problem *problem)
{
    if (corpus->case_count == CONFORM_CASES_MAX) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "more than %d cases", CONFORM_CASES_MAX);
    }
    if (corpus->case_count == corpus->case_room) {
        size_t room = corpus->case_room == 0 ? 64 : corpus->case_room * 2;
        struct conform_case *cases =
            realloc(corpus->cases, room * sizeof(*corpus->cases));

        if (cases == NULL) {
            return conform_problem_no_memory(problem);
        }
        corpus->cases = cases;
        corpus->case_room = room;
    }
    corpus->cases[corpus->case_count++] = *item;
    return EXIT_OK;
}

static void start_stanza(struct conform_stanza *stanza,
                         const struct conform_corpus_file *file,
                         unsigned long line)
{
    *stanza = (struct conform_stanza){
        .item = {.class_name = file->class_name,
                 .file = file->name,
                 .line = line,
                 .next = "",
                 .harm = "",
                 .flags = "",
                 .refs = ""},
    };
}

static enum exit_code end_stanza(struct conform_corpus *corpus,
                                 struct conform_stanza *stanza,
                                 struct conform_problem *problem)
{
    enum exit_code status = EXIT_OK;

    if (stanza->seen != 0) {
        status = conform_stanza_check(stanza, problem);
    }
    if (status == EXIT_OK && stanza->seen != 0) {
        status = keep_case(corpus, &stanza->item, problem);
    }
    if (status == EXIT_OK) {
        *stanza = (struct conform_stanza){0};
    }
    return status;
}

static enum exit_code read_stanzas(struct conform_corpus *corpus,
                                   struct conform_corpus_file *file,
                                   struct conform_problem *problem)
{
    struct conform_lines lines = {.next = file->text.data,
                                  .end = file->text.data + file->text.size};
    struct conform_stanza stanza = {0};
    unsigned long place = 0;
    enum exit_code status;
    char *line = NULL;

    do {
        status = conform_lines_next(&lines, &line, problem);
        place = lines.number;
        if (status == EXIT_OK && (line == NULL || *line == '\0')) {
            place = stanza.item.line;
            status = end_stanza(corpus, &stanza, problem);
        } else if (status == EXIT_OK) {
            if (stanza.seen == 0) {
                start_stanza(&stanza, file, lines.number);
            }
            status = conform_stanza_add(&stanza, line, problem);
        }
    } while (status == EXIT_OK && line != NULL);
    if (status != EXIT_OK) {
        conform_problem_locate(problem, file->name, place);
    }
    conform_case_free(&stanza.item);
    return status;
}

static enum exit_code check_class(const struct conform_corpus *corpus,
                                  const char *class_name,
                                  struct conform_problem *problem)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    const char *before = corpus->file_count == 0
                             ? ""
                             : corpus->files[corpus->file_count - 1].class_name;

    if (class_name[0] == '\0' || strlen(class_name) >= CONFORM_CLASS_MAX ||
        class_name[strspn(class_name, allowed)] != '\0') {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "class \"%.60s\": allowed are up to %d small "
            "letters, digits and hyphens",
            class_name, CONFORM_CLASS_MAX - 1);
    }
    if (strcmp(before, class_name) >= 0) {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "class \"%s\" behind \"%s\": classes stand in "
            "ascending order, each once",
            class_name, before);
    }
    if (corpus->file_count == CONFORM_FILES_MAX) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "more than %d classes", CONFORM_FILES_MAX);
    }
    return EXIT_OK;
}

enum exit_code conform_corpus_add(struct conform_corpus *corpus,
                                  const char *class_name,
                                  struct conform_buffer *text,
                                  struct conform_problem *problem)
{
    enum exit_code status = check_class(corpus, class_name, problem);
    struct conform_corpus_file *file;

    if (status != EXIT_OK) {
        conform_buffer_free(text);
        return status;
    }
    file = &corpus->files[corpus->file_count++];
    snprintf(file->class_name, sizeof(file->class_name), "%s", class_name);
    snprintf(file->name, sizeof(file->name), "%s%s", class_name, suffix);
    file->text = *text;
    *text = (struct conform_buffer){0};
    /* An empty buffer has no address to count from. */
    return file->text.size == 0 ? EXIT_OK : read_stanzas(corpus, file, problem);
}

static int by_id(const void *left, const void *right)
{
    return strcmp(((const struct conform_case *)left)->id,
                  ((const struct conform_case *)right)->id);
}

enum exit_code conform_corpus_finish(struct conform_corpus *corpus,
                                     struct conform_problem *problem)
{
    if (corpus->case_count == 0) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "no case in any of its files");
    }
    qsort(corpus->cases, corpus->case_count, sizeof(*corpus->cases), by_id);
    for (size_t i = 1; i < corpus->case_count; i++) {
        const struct conform_case *one = &corpus->cases[i - 1];
        const struct conform_case *two = &corpus->cases[i];

        if (strcmp(one->id, two->id) == 0) {
            return conform_problem_set(
                problem, EXIT_ENVIRONMENT,
                "%s:%lu: the id %s is that of %s:%lu: an id "
                "is used once",
                two->file, two->line, two->id, one->file, one->line);
        }
    }
    return EXIT_OK;
}

static enum exit_code load_class(struct conform_corpus *corpus,
                                 const char *directory, char *name,
                                 struct conform_problem *problem)
{
    size_t size = strlen(name);
    size_t tail = strlen(suffix);
    struct conform_buffer text = {0};
    char path[PATH_SIZE];
    enum exit_code status;

    if (size <= tail || strcmp(name + size - tail, suffix) != 0) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "\"%.60s\": a line is CLASS.cases", name);
    }
    status = join(path, directory, name, problem);
    if (status == EXIT_OK) {
        status =
            conform_buffer_read(&text, path, CONFORM_FILE_SIZE_MAX, problem);
    }
    if (status != EXIT_OK) {
        conform_buffer_free(&text);
        return status;
    }
    name[size - tail] = '\0';
    return conform_corpus_add(corpus, name, &text, problem);
}

static enum exit_code load_classes(struct conform_corpus *corpus,
                                   const char *directory,
                                   struct conform_buffer *index,
                                   struct conform_problem *problem)
{
    struct conform_lines lines = {.next = index->data,
                                  .end = index->data + index->size};
    enum exit_code status;
    size_t file_count;
    char *line = NULL;

    do {
        file_count = corpus->file_count;
        status = conform_lines_next(&lines, &line, problem);
        if (status == EXIT_OK && line != NULL && *line != '\0') {
            status = load_class(corpus, directory, line, problem);
        }
    } while (status == EXIT_OK && line != NULL);
    /* Once the file is open, a problem is inside it and says so itself. */
    if (status != EXIT_OK && corpus->file_count == file_count) {
        conform_problem_locate(problem, "index.txt", lines.number);
    }
    return status;
}

enum exit_code conform_corpus_load(struct conform_corpus *corpus,
                                   const char *directory,
                                   struct conform_problem *problem)
{
    struct conform_buffer index = {0};
    char path[PATH_SIZE];
    enum exit_code status = join(path, directory, "index.txt", problem);

    if (status == EXIT_OK) {
        status = conform_buffer_read(&index, path, INDEX_SIZE_MAX, problem);
    }
    if (status == EXIT_OK) {
        status = load_classes(corpus, directory, &index, problem);
    }
    if (status == EXIT_OK) {
        status = conform_corpus_finish(corpus, problem);
    }
    conform_buffer_free(&index);
    return status;
}

bool conform_corpus_exists(const char *directory)
{
    struct conform_problem problem;
    char path[PATH_SIZE];
    FILE *file = NULL;

    if (join(path, directory, "index.txt", &problem) == EXIT_OK) {
        file = fopen(path, "rb");
    }
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

const struct conform_case *
conform_corpus_find(const struct conform_corpus *corpus, const char *id)
{
    struct conform_case key = {.id = id};

    if (corpus->case_count == 0) {
        return NULL;
    }
    return bsearch(&key, corpus->cases, corpus->case_count,
                   sizeof(*corpus->cases), by_id);
}

void conform_corpus_free(struct conform_corpus *corpus)
{
    for (size_t i = 0; i < corpus->case_count; i++) {
        conform_case_free(&corpus->cases[i]);
    }
    free(corpus->cases);
    for (size_t i = 0; i < corpus->file_count; i++) {
        conform_buffer_free(&corpus->files[i].text);
    }
    *corpus = (struct conform_corpus){0};
}
