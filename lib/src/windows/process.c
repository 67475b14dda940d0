/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <mapmark/clock.h>
#include <mapmark/process.h>

#include "inherit.h"
#include "internal.h"
#include "native.h"
#include "spin.h"

enum {
    /* As long as a path gets with the `\\?\` prefix. */
    PATH_ROOM = 32768,
    STANDARD_STREAMS = 3,
    VERSION_ROOM = 128,
};

/* UTF-16 text that grows; a failure sticks until the end. */
struct line {
    wchar_t *text;
    size_t size;
    size_t room;
    bool failed;
};

static void add_unit(struct line *line, wchar_t unit)
{
    if (line->size + 1 >= line->room && !line->failed) {
        size_t room = 2 * line->room + 64;
        wchar_t *text = realloc(line->text, room * sizeof(*text));

        if (text == NULL) {
            line->failed = true;
        } else {
            line->text = text;
            line->room = room;
        }
    }
    if (!line->failed) {
        line->text[line->size++] = unit;
        line->text[line->size] = 0;
    }
}

static void add_backslashes(struct line *line, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_unit(line, L'\\');
    }
}

/*
 * Quote so that CommandLineToArgvW() and the C runtime get the text back:
 * backslashes count only in front of a quote, and then they come in pairs.
 * Everything is quoted, since some runtimes expand wildcards that are not.
 */
static void add_argument(struct line *line, const wchar_t *text)
{
    size_t backslashes = 0;

    if (line->size > 0) {
        add_unit(line, L' ');
    }
    add_unit(line, L'"');
    for (; *text != 0; text++) {
        if (*text == L'\\') {
            backslashes++;
            continue;
        }
        add_backslashes(line,
                        *text == L'"' ? 2 * backslashes + 1 : backslashes);
        backslashes = 0;
        add_unit(line, *text);
    }
    add_backslashes(line, 2 * backslashes);
    add_unit(line, L'"');
}

static enum mm_status build_line(const wchar_t *program,
                                 const char *const *arguments,
                                 struct line *line)
{
    enum mm_status status = MM_OK;

    add_argument(line, program);
    while (status == MM_OK && arguments != NULL && *arguments != NULL) {
        wchar_t *wide;

        status = mmi_wide_copy(*arguments, &wide);
        if (status == MM_OK) {
            add_argument(line, wide);
            free(wide);
        }
        arguments++;
    }
    return status == MM_OK && line->failed ? MM_NO_MEMORY : status;
}

static enum mm_status own_path(wchar_t **path_out)
{
    DWORD size;

    *path_out = malloc(PATH_ROOM * sizeof(**path_out));
    if (*path_out == NULL) {
        return MM_NO_MEMORY;
    }
    size = GetModuleFileNameW(NULL, *path_out, PATH_ROOM);
    return size == 0 || size == PATH_ROOM ? mmi_os_error() : MM_OK;
}

/* What the child inherits: these streams, what else it is to have, and nothing
 * more. */
struct legacy {
    STARTUPINFOEXW start;
    HANDLE *handles; /* the streams first */
    DWORD count;
    DWORD stream_count;
};

/* A stream that is closed, or a console's, needs no help. */
static HANDLE copy_stream(DWORD which)
{
    HANDLE self = GetCurrentProcess();
    HANDLE original = GetStdHandle(which);
    HANDLE copy = NULL;

    if (original == NULL || original == INVALID_HANDLE_VALUE) {
        return NULL;
    }
    if (!DuplicateHandle(self, original, self, &copy, 0, TRUE,
                         DUPLICATE_SAME_ACCESS)) {
        return NULL;
    }
    return copy;
}

static HANDLE add_stream(struct legacy *legacy, DWORD which)
{
    HANDLE copy = copy_stream(which);

    if (copy != NULL) {
        legacy->handles[legacy->count++] = copy;
        legacy->stream_count++;
    }
    return copy;
}

static void add_heirlooms(struct legacy *legacy,
                          const struct mmi_heirloom *heirloom)
{
    for (; heirloom != NULL; heirloom = heirloom->next) {
        for (size_t i = 0; i < heirloom->count; i++) {
            legacy->handles[legacy->count++] = (HANDLE)heirloom->handles[i];
        }
    }
}

static size_t count_handles(const struct mmi_heirloom *heirloom)
{
    size_t count = STANDARD_STREAMS;

    for (; heirloom != NULL; heirloom = heirloom->next) {
        count += heirloom->count;
    }
    return count;
}

static enum mm_status list_handles(struct legacy *legacy)
{
    LPPROC_THREAD_ATTRIBUTE_LIST list;
    SIZE_T size = 0;

    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    list = malloc(size);
    if (list == NULL) {
        return MM_NO_MEMORY;
    }
    if (!InitializeProcThreadAttributeList(list, 1, 0, &size)) {
        enum mm_status status = mmi_os_error();

        free(list);
        return status;
    }
    legacy->start.lpAttributeList = list;
    if (!UpdateProcThreadAttribute(
            list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, legacy->handles,
            legacy->count * sizeof(HANDLE), NULL, NULL)) {
        return mmi_os_error();
    }
    return MM_OK;
}

static enum mm_status open_legacy(struct legacy *legacy,
                                  const struct mmi_heirloom *heirlooms)
{
    STARTUPINFOW *info = &legacy->start.StartupInfo;

    memset(legacy, 0, sizeof(*legacy));
    legacy->handles = calloc(count_handles(heirlooms), sizeof(HANDLE));
    if (legacy->handles == NULL) {
        return MM_NO_MEMORY;
    }
    info->cb = sizeof(legacy->start);
    info->dwFlags = STARTF_USESTDHANDLES;
    info->hStdInput = add_stream(legacy, STD_INPUT_HANDLE);
    info->hStdOutput = add_stream(legacy, STD_OUTPUT_HANDLE);
    info->hStdError = add_stream(legacy, STD_ERROR_HANDLE);
    add_heirlooms(legacy, heirlooms);
    return legacy->count > 0 ? list_handles(legacy) : MM_OK;
}

static void close_legacy(struct legacy *legacy)
{
    if (legacy->start.lpAttributeList != NULL) {
        DeleteProcThreadAttributeList(legacy->start.lpAttributeList);
        free(legacy->start.lpAttributeList);
    }
    for (DWORD i = 0; i < legacy->stream_count; i++) {
        CloseHandle(legacy->handles[i]);
    }
    free(legacy->handles);
}

static enum mm_status start(const wchar_t *program, wchar_t *line,
                            const struct mmi_heirloom *heirlooms,
                            struct mm_process *process)
{
    enum mm_status status;
    PROCESS_INFORMATION made;
    struct legacy legacy;

    status = open_legacy(&legacy, heirlooms);
    if (status == MM_OK &&
        !CreateProcessW(program, line, NULL, NULL, legacy.count > 0,
                        EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                        &legacy.start.StartupInfo, &made)) {
        status = mmi_os_error();
    }
    close_legacy(&legacy);
    if (status == MM_OK) {
        CloseHandle(made.hThread);
        process->handle = made.hProcess;
        process->id = made.dwProcessId;
    }
    return status;
}

/* The list of what is inherited stands still while a child is made of it. */
static enum mm_status start_as_asked(const wchar_t *program, wchar_t *line,
                                     unsigned flags, struct mm_process *process)
{
    enum mm_status status;

    if ((flags & MM_PROCESS_INHERIT) == 0) {
        return start(program, line, NULL, process);
    }
    status = start(program, line, mmi_heirlooms_enter(), process);
    mmi_heirlooms_leave();
    return status;
}

enum mm_status mm_process_spawn(const struct mm_process_options *options,
                                struct mm_process **process_out)
{
    struct mm_process *process = NULL;
    struct line line = {0};
    wchar_t *program = NULL;
    enum mm_status status;

    *process_out = NULL;
    if (options == NULL ||
        (options->flags & ~(unsigned)MM_PROCESS_INHERIT) != 0) {
        return MM_INVALID;
    }
    status = options->program != NULL
                 ? mmi_wide_copy(options->program, &program)
                 : own_path(&program);
    if (status == MM_OK) {
        status = build_line(program, options->arguments, &line);
    }
    if (status != MM_OK) {
        goto done;
    }
    process = calloc(1, sizeof(*process));
    if (process == NULL) {
        status = MM_NO_MEMORY;
        goto done;
    }
    status = start_as_asked(program, line.text, options->flags, process);

done:
    free(program);
    free(line.text);
    if (status != MM_OK) {
        free(process);
        return status;
    }
    *process_out = process;
    return MM_OK;
}

enum mm_status mm_process_wait(struct mm_process *process, uint64_t timeout_ns,
                               int *exit_code_out)
{
    uint64_t deadline = mmi_deadline(timeout_ns);
    enum mm_status status = mmi_handle_wait(process->handle, deadline);
    DWORD code = 0;

    if (status == MM_OK && !GetExitCodeProcess(process->handle, &code)) {
        status = mmi_os_error();
        code = 0;
    }
    process->ended = process->ended || status == MM_OK;
    if (exit_code_out != NULL) {
        *exit_code_out = (int)code;
    }
    return status;
}

enum mm_status mm_process_kill(struct mm_process *process)
{
    enum mm_status status;

    if (TerminateProcess(process->handle, MM_EXIT_KILLED)) {
        return MM_OK;
    }
    status = mmi_os_error();
    /* What has ended cannot be terminated. */
    return mmi_handle_wait(process->handle, 0) == MM_OK ? MM_OK : status;
}

uint64_t mm_process_id(const struct mm_process *process)
{
    return process != NULL ? process->id : GetCurrentProcessId();
}

void mm_process_close(struct mm_process *process)
{
    if (process == NULL) {
        return;
    }
    CloseHandle(process->handle);
    free(process);
}

enum mm_status mm_process_pin(unsigned cpu)
{
    const unsigned bits = 8 * sizeof(DWORD_PTR);

    if (cpu >= bits) {
        return mmi_os_error_number(ERROR_INVALID_PARAMETER);
    }
    if (SetThreadAffinityMask(GetCurrentThread(), (DWORD_PTR)1 << cpu) == 0) {
        return mmi_os_error();
    }
    mmi_spin_forget_cpus();
    return MM_OK;
}

unsigned mm_process_cpu(void)
{
    return GetCurrentProcessorNumber();
}

unsigned mm_process_cpu_count(void)
{
    HANDLE thread = GetCurrentThread();
    DWORD_PTR process_mask;
    DWORD_PTR system_mask;
    DWORD_PTR mask;
    unsigned count = 0;

    if (!GetProcessAffinityMask(GetCurrentProcess(), &process_mask,
                                &system_mask)) {
        return 1;
    }
    /* Changing the mask is the one documented way to be told the old one. */
    mask = SetThreadAffinityMask(thread, process_mask);
    if (mask == 0) {
        mask = process_mask;
    } else {
        SetThreadAffinityMask(thread, mask);
    }
    for (; mask != 0; mask &= mask - 1) {
        count++;
    }
    return count > 0 ? count : 1;
}

/* Of ntdll: GetVersionExW() says what the program's manifest asks for. */
LONG NTAPI RtlGetVersion(OSVERSIONINFOW *version);

enum mm_status mm_process_system(char *text, size_t size)
{
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof(version)};
    typedef const char *CDECL wine_version(void);
    char layer[VERSION_ROOM] = "";
    FARPROC found;
    HMODULE ntdll;

    if (text == NULL || size == 0) {
        return MM_INVALID;
    }
    text[0] = 0;
    RtlGetVersion(&version);
    ntdll = GetModuleHandleW(L"ntdll.dll");
    found = ntdll == NULL ? NULL : GetProcAddress(ntdll, "wine_get_version");
    if (found != NULL) {
        wine_version *ask = (wine_version *)(void (*)(void))found;

        snprintf(layer, sizeof(layer), " (Wine %s)", ask());
    }
    snprintf(text, size, "Windows %lu.%lu.%lu%s", version.dwMajorVersion,
             version.dwMinorVersion, version.dwBuildNumber, layer);
    return MM_OK;
}
