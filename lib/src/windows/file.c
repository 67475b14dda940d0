/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <mapmark/mapping.h>

#include "inject.h"
#include "internal.h"
#include "native.h"

enum {
    /* Of one call, whose size is 32 bits; whole pages, as unbuffered files
     * want them. */
    TRANSFER_MAX = 1 << 30,
};

enum mm_status mmi_wide_copy(const char *text, wchar_t **wide_out)
{
    int count =
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);

    *wide_out = NULL;
    if (count <= 0) {
        return mmi_os_error();
    }
    *wide_out = malloc((size_t)count * sizeof(**wide_out));
    if (*wide_out == NULL) {
        return MM_NO_MEMORY;
    }
    MultiByteToWideChar(CP_UTF8, 0, text, -1, *wide_out, count);
    return MM_OK;
}

static DWORD access_of(unsigned flags)
{
    DWORD access = 0;

    if ((flags & MM_FILE_READ) != 0) {
        access |= GENERIC_READ;
    }
    if ((flags & MM_FILE_WRITE) != 0) {
        access |= GENERIC_WRITE;
    }
    return access;
}

/* Cutting comes after sharing and mappings had their say: see finish_open. */
static DWORD disposition_of(unsigned flags)
{
    if ((flags & MM_FILE_NEW) != 0) {
        return CREATE_NEW;
    }
    return (flags & MM_FILE_CREATE) != 0 ? OPEN_ALWAYS : OPEN_EXISTING;
}

static DWORD attributes_of(unsigned flags)
{
    static const struct {
        unsigned flag;
        DWORD attribute;
    } table[] = {
        {MM_FILE_SEQUENTIAL, FILE_FLAG_SEQUENTIAL_SCAN},
        {MM_FILE_RANDOM, FILE_FLAG_RANDOM_ACCESS},
        {MM_FILE_NO_CACHE, FILE_FLAG_NO_BUFFERING},
        {MM_FILE_WRITE_THROUGH, FILE_FLAG_WRITE_THROUGH},
        {MM_FILE_TEMPORARY, FILE_FLAG_DELETE_ON_CLOSE},
    };
    DWORD attributes = FILE_ATTRIBUTE_NORMAL;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if ((flags & table[i].flag) != 0) {
            attributes |= table[i].attribute;
        }
    }
    return attributes;
}

/* A folder is refused by a number that says less than we know. */
static enum mm_status open_error(const wchar_t *path)
{
    enum mm_status status = mmi_os_error();
    DWORD attributes;

    if (status != MM_DENIED && status != MM_ALREADY_EXISTS &&
        status != MM_NOT_FOUND) {
        return status;
    }
    attributes = GetFileAttributesW(path);
    if (status != MM_ALREADY_EXISTS && attributes != INVALID_FILE_ATTRIBUTES &&
        (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
        return MM_WRONG_TYPE;
    }
    return status;
}

static enum mm_status finish_open(struct mm_file *file)
{
    if (GetFileType(file->handle) != FILE_TYPE_DISK) {
        return MM_WRONG_TYPE;
    }
    if ((file->flags & MM_FILE_TRUNCATE) != 0) {
        return mm_file_set_size(file, 0);
    }
    return MM_OK;
}

enum mm_status mm_file_open(const char *path, unsigned flags,
                            struct mm_file **file_out)
{
    enum mm_status status = MM_OK;
    struct mm_file *file = NULL;
    wchar_t *wide = NULL;
    DWORD sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

    *file_out = NULL;
    if (path == NULL || !mmi_file_flags_valid(flags)) {
        return MM_INVALID;
    }

    file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return MM_NO_MEMORY;
    }
    file->flags = flags;
    file->handle = INVALID_HANDLE_VALUE;
    status = mmi_wide_copy(path, &wide);
    if (status != MM_OK) {
        goto done;
    }
    if ((flags & MM_FILE_EXCLUSIVE) != 0) {
        sharing = 0;
    }
    file->handle =
        CreateFileW(wide, access_of(flags), sharing, NULL,
                    disposition_of(flags), attributes_of(flags), NULL);
    if (file->handle == INVALID_HANDLE_VALUE) {
        status = open_error(wide);
        goto done;
    }
    status = finish_open(file);

done:
    free(wide);
    if (status != MM_OK) {
        mm_file_close(file);
        return status;
    }
    *file_out = file;
    return MM_OK;
}

void mm_file_close(struct mm_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->handle != INVALID_HANDLE_VALUE) {
        CloseHandle(file->handle);
    }
    free(file);
}

static bool aligned(const struct mm_file *file, uint64_t offset,
                    const void *buffer, size_t size)
{
    size_t page;

    if ((file->flags & MM_FILE_NO_CACHE) == 0) {
        return true;
    }
    page = mm_page_size();
    return offset % page == 0 && size % page == 0 &&
           (uintptr_t)buffer % page == 0;
}

static enum mm_status check_transfer(const struct mm_file *file,
                                     unsigned needed, uint64_t offset,
                                     const void *buffer, size_t size)
{
    if ((file->flags & needed) == 0) {
        return MM_DENIED;
    }
    if (offset > INT64_MAX || (buffer == NULL && size != 0)) {
        return MM_INVALID;
    }
    return aligned(file, offset, buffer, size) ? MM_OK : MM_MISALIGNED;
}

/* The offset of one call; without it the file's own position would count. */
static OVERLAPPED position(uint64_t offset)
{
    OVERLAPPED result = {0};

    result.Offset = mmi_low(offset);
    result.OffsetHigh = mmi_high(offset);
    return result;
}

/* When all else has been checked, only the place itself can be invalid. */
static enum mm_status place_error(void)
{
    enum mm_status status = mmi_os_error();

    return mm_last_os_error() == ERROR_INVALID_PARAMETER ? MM_OUT_OF_RANGE
                                                         : status;
}

static DWORD part_of(size_t size)
{
    return size < TRANSFER_MAX ? (DWORD)size : TRANSFER_MAX;
}

enum mm_status mm_file_read(struct mm_file *file, uint64_t offset, void *buffer,
                            size_t size, size_t *transferred_out)
{
    enum mm_status status =
        check_transfer(file, MM_FILE_READ, offset, buffer, size);
    size_t done = 0;

    mmi_inject();
    while (status == MM_OK && done < size) {
        OVERLAPPED where = position(offset + done);
        DWORD part = part_of(size - done);
        DWORD count = 0;

        if (!ReadFile(file->handle, (char *)buffer + done, part, &count,
                      &where)) {
            if (GetLastError() == ERROR_HANDLE_EOF) {
                break;
            }
            status = mmi_os_error();
        }
        done += count;
        if (count < part) {
            break; /* the end of the file, or the failure above */
        }
    }
    *transferred_out = done;
    return status;
}

enum mm_status mm_file_write(struct mm_file *file, uint64_t offset,
                             const void *buffer, size_t size,
                             size_t *transferred_out)
{
    enum mm_status status =
        check_transfer(file, MM_FILE_WRITE, offset, buffer, size);
    size_t done = 0;

    mmi_inject();
    while (status == MM_OK && done < size) {
        OVERLAPPED where = position(offset + done);
        DWORD count = 0;

        if (!WriteFile(file->handle, (const char *)buffer + done,
                       part_of(size - done), &count, &where)) {
            status = place_error();
        } else if (count == 0) {
            status = MM_IO; /* Asking again could go on for ever. */
        }
        done += count;
    }
    *transferred_out = done;
    return status;
}

enum mm_status mm_file_size(struct mm_file *file, uint64_t *size_out)
{
    mmi_inject();
    LARGE_INTEGER size;

    *size_out = 0;
    if (!GetFileSizeEx(file->handle, &size)) {
        return mmi_os_error();
    }
    *size_out = (uint64_t)size.QuadPart;
    return MM_OK;
}

enum mm_status mm_file_is_same(struct mm_file *file, struct mm_file *other,
                               bool *same_out)
{
    BY_HANDLE_FILE_INFORMATION info;
    BY_HANDLE_FILE_INFORMATION other_info;

    *same_out = false;
    if (!GetFileInformationByHandle(file->handle, &info) ||
        !GetFileInformationByHandle(other->handle, &other_info)) {
        return mmi_os_error();
    }
    *same_out = info.dwVolumeSerialNumber == other_info.dwVolumeSerialNumber &&
                info.nFileIndexHigh == other_info.nFileIndexHigh &&
                info.nFileIndexLow == other_info.nFileIndexLow;
    return MM_OK;
}

/* Every read and write says where, so the position is free to be the mark. */
enum mm_status mm_file_mark(struct mm_file *file, bool *marked_out)
{
    const LARGE_INTEGER mark = {.QuadPart = 1};
    LARGE_INTEGER found = {.QuadPart = 0};

    *marked_out = false;
    if (!SetFilePointerEx(file->handle, found, &found, FILE_CURRENT) ||
        !SetFilePointerEx(file->handle, mark, NULL, FILE_BEGIN)) {
        return mmi_os_error();
    }
    *marked_out = found.QuadPart != 0;
    return MM_OK;
}

/* Where the file system cannot reserve, growing shows whether it fits. */
static enum mm_status reserve(HANDLE handle, uint64_t size)
{
    FILE_ALLOCATION_INFO allocation;
    enum mm_status status;

    allocation.AllocationSize.QuadPart = (LONGLONG)size;
    if (SetFileInformationByHandle(handle, FileAllocationInfo, &allocation,
                                   sizeof(allocation))) {
        return MM_OK;
    }
    status = mmi_os_error();
    return status == MM_NO_SPACE || status == MM_OUT_OF_RANGE ? status : MM_OK;
}

static enum mm_status move_end(HANDLE handle, uint64_t size)
{
    FILE_END_OF_FILE_INFO end;

    end.EndOfFile.QuadPart = (LONGLONG)size;
    if (!SetFileInformationByHandle(handle, FileEndOfFileInfo, &end,
                                    sizeof(end))) {
        return place_error();
    }
    return MM_OK;
}

enum mm_status mm_file_set_size(struct mm_file *file, uint64_t size)
{
    enum mm_status status;
    uint64_t old_size;

    if ((file->flags & MM_FILE_WRITE) == 0) {
        return MM_DENIED;
    }
    if (size > INT64_MAX) {
        return MM_OUT_OF_RANGE;
    }
    status = mm_file_size(file, &old_size);
    if (status == MM_OK && size > old_size) {
        status = reserve(file->handle, size);
    }
    if (status == MM_OK && size != old_size) {
        status = move_end(file->handle, size);
    }
    return status;
}

enum mm_status mm_file_sync(struct mm_file *file)
{
    return FlushFileBuffers(file->handle) ? MM_OK : mmi_os_error();
}
