/* SPDX-License-Identifier: MIT */
#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "stanza.h"

enum { PATH_SIZE = 4096, INDEX_SIZE_MAX = 64 * 1024 };

static const char suffix[] = ".cases";

static enum mm_exit join(char path_out[PATH_SIZE], const char *directory,
                         const char *name, struct mm_problem *problem)
{
    int size = snprintf(path_out, PATH_SIZE, "%s/%s", directory, name);

    if (size < 0 || size >= PATH_SIZE) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "path of a corpus file longer than %d characters",
                              PATH_SIZE - 1);
    }
    return MM_EXIT_OK;
}

static enum mm_exit keep_case(struct mm_corpus *corpus,
                              const struct mm_case *item,
                              struct mm_problem *problem)
{
    if (corpus->case_count == MM_CASES_MAX) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "more than %d cases", MM_CASES_MAX);
    }
    if (corpus->case_count == corpus->case_room) {
        size_t room = corpus->case_room == 0 ? 64 : corpus->case_room * 2;
        struct mm_case *cases =
            realloc(corpus->cases, room * sizeof(*corpus->cases));

        if (cases == NULL) {
            return mm_problem_no_memory(problem);
        }
        corpus->cases = cases;
        corpus->case_room = room;
    }
    corpus->cases[corpus->case_count++] = *item;
    return MM_EXIT_OK;
}

static void start_stanza(struct mm_stanza *stanza,
                         const struct mm_corpus_file *file, unsigned long line)
{
    *stanza = (struct mm_stanza){
        .item = {.class_name = file->class_name,
                 .file = file->name,
                 .line = line,
                 .next = "",
                 .harm = "",
                 .flags = "",
                 .refs = ""},
    };
}

static enum mm_exit end_stanza(struct mm_corpus *corpus,
                               struct mm_stanza *stanza,
                               struct mm_problem *problem)
{
    enum mm_exit status = MM_EXIT_OK;

    if (stanza->seen != 0) {
        status = mm_stanza_check(stanza, problem);
    }
    if (status == MM_EXIT_OK && stanza->seen != 0) {
        status = keep_case(corpus, &stanza->item, problem);
    }
    if (status == MM_EXIT_OK) {
        *stanza = (struct mm_stanza){0};
    }
    return status;
}

static enum mm_exit read_stanzas(struct mm_corpus *corpus,
                                 struct mm_corpus_file *file,
                                 struct mm_problem *problem)
{
    struct mm_lines lines = {.next = file->text.data,
                             .end = file->text.data + file->text.size};
    struct mm_stanza stanza = {0};
    unsigned long place = 0;
    enum mm_exit status;
    char *line = NULL;

    do {
        status = mm_lines_next(&lines, &line, problem);
        place = lines.number;
        if (status == MM_EXIT_OK && (line == NULL || *line == '\0')) {
            place = stanza.item.line;
            status = end_stanza(corpus, &stanza, problem);
        } else if (status == MM_EXIT_OK) {
            if (stanza.seen == 0) {
                start_stanza(&stanza, file, lines.number);
            }
            status = mm_stanza_add(&stanza, line, problem);
        }
    } while (status == MM_EXIT_OK && line != NULL);
    if (status != MM_EXIT_OK) {
        mm_problem_locate(problem, file->name, place);
    }
    mm_case_free(&stanza.item);
    return status;
}

static enum mm_exit check_class(const struct mm_corpus *corpus,
                                const char *class_name,
                                struct mm_problem *problem)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    const char *before = corpus->file_count == 0
                             ? ""
                             : corpus->files[corpus->file_count - 1].class_name;

    if (class_name[0] == '\0' || strlen(class_name) >= MM_CLASS_MAX ||
        class_name[strspn(class_name, allowed)] != '\0') {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "class \"%.60s\": allowed are up to %d small "
                              "letters, digits and hyphens",
                              class_name, MM_CLASS_MAX - 1);
    }
    if (strcmp(before, class_name) >= 0) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "class \"%s\" behind \"%s\": classes stand in "
                              "ascending order, each once",
                              class_name, before);
    }
    if (corpus->file_count == MM_FILES_MAX) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "more than %d classes", MM_FILES_MAX);
    }
    return MM_EXIT_OK;
}

enum mm_exit mm_corpus_add(struct mm_corpus *corpus, const char *class_name,
                           struct mm_buffer *text, struct mm_problem *problem)
{
    enum mm_exit status = check_class(corpus, class_name, problem);
    struct mm_corpus_file *file;

    if (status != MM_EXIT_OK) {
        mm_buffer_free(text);
        return status;
    }
    file = &corpus->files[corpus->file_count++];
    snprintf(file->class_name, sizeof(file->class_name), "%s", class_name);
    snprintf(file->name, sizeof(file->name), "%s%s", class_name, suffix);
    file->text = *text;
    *text = (struct mm_buffer){0};
    return read_stanzas(corpus, file, problem);
}

static int by_id(const void *left, const void *right)
{
    return strcmp(((const struct mm_case *)left)->id,
                  ((const struct mm_case *)right)->id);
}

enum mm_exit mm_corpus_finish(struct mm_corpus *corpus,
                              struct mm_problem *problem)
{
    if (corpus->case_count == 0) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "no case in any of its files");
    }
    qsort(corpus->cases, corpus->case_count, sizeof(*corpus->cases), by_id);
    for (size_t i = 1; i < corpus->case_count; i++) {
        const struct mm_case *one = &corpus->cases[i - 1];
        const struct mm_case *two = &corpus->cases[i];

        if (strcmp(one->id, two->id) == 0) {
            return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                                  "%s:%lu: the id %s is that of %s:%lu: an id "
                                  "is used once",
                                  two->file, two->line, two->id, one->file,
                                  one->line);
        }
    }
    return MM_EXIT_OK;
}

static enum mm_exit load_class(struct mm_corpus *corpus, const char *directory,
                               char *name, struct mm_problem *problem)
{
    size_t size = strlen(name);
    size_t tail = strlen(suffix);
    struct mm_buffer text = {0};
    char path[PATH_SIZE];
    enum mm_exit status;

    if (size <= tail || strcmp(name + size - tail, suffix) != 0) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "\"%.60s\": a line is CLASS.cases", name);
    }
    status = join(path, directory, name, problem);
    if (status == MM_EXIT_OK) {
        status = mm_buffer_read(&text, path, MM_FILE_SIZE_MAX, problem);
    }
    if (status != MM_EXIT_OK) {
        mm_buffer_free(&text);
        return status;
    }
    name[size - tail] = '\0';
    return mm_corpus_add(corpus, name, &text, problem);
}

static enum mm_exit load_classes(struct mm_corpus *corpus,
                                 const char *directory, struct mm_buffer *index,
                                 struct mm_problem *problem)
{
    struct mm_lines lines = {.next = index->data,
                             .end = index->data + index->size};
    enum mm_exit status;
    size_t file_count;
    char *line = NULL;

    do {
        file_count = corpus->file_count;
        status = mm_lines_next(&lines, &line, problem);
        if (status == MM_EXIT_OK && line != NULL && *line != '\0') {
            status = load_class(corpus, directory, line, problem);
        }
    } while (status == MM_EXIT_OK && line != NULL);
    /* Once the file is open, a problem is inside it and says so itself. */
    if (status != MM_EXIT_OK && corpus->file_count == file_count) {
        mm_problem_locate(problem, "index.txt", lines.number);
    }
    return status;
}

enum mm_exit mm_corpus_load(struct mm_corpus *corpus, const char *directory,
                            struct mm_problem *problem)
{
    struct mm_buffer index = {0};
    char path[PATH_SIZE];
    enum mm_exit status = join(path, directory, "index.txt", problem);

    if (status == MM_EXIT_OK) {
        status = mm_buffer_read(&index, path, INDEX_SIZE_MAX, problem);
    }
    if (status == MM_EXIT_OK) {
        status = load_classes(corpus, directory, &index, problem);
    }
    if (status == MM_EXIT_OK) {
        status = mm_corpus_finish(corpus, problem);
    }
    mm_buffer_free(&index);
    return status;
}

bool mm_corpus_exists(const char *directory)
{
    struct mm_problem problem;
    char path[PATH_SIZE];
    FILE *file = NULL;

    if (join(path, directory, "index.txt", &problem) == MM_EXIT_OK) {
        file = fopen(path, "rb");
    }
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

const struct mm_case *mm_corpus_find(const struct mm_corpus *corpus,
                                     const char *id)
{
    struct mm_case key = {.id = id};

    if (corpus->case_count == 0) {
        return NULL;
    }
    return bsearch(&key, corpus->cases, corpus->case_count,
                   sizeof(*corpus->cases), by_id);
}

void mm_corpus_free(struct mm_corpus *corpus)
{
    for (size_t i = 0; i < corpus->case_count; i++) {
        mm_case_free(&corpus->cases[i]);
    }
    free(corpus->cases);
    for (size_t i = 0; i < corpus->file_count; i++) {
        mm_buffer_free(&corpus->files[i].text);
    }
    *corpus = (struct mm_corpus){0};
}
