/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include <winternl.h>

#include "core.h"
#include "internal.h"
#include "namespace.h"
#include "native.h"

enum {
    /* Information class of NtQuerySection(), and flags that it tells. */
    SECTION_BASIC = 0,
    SECTION_HAS_FILE = SEC_FILE,
    SECTION_IS_RESERVED = SEC_RESERVE,
};

/* STATUS_OBJECT_TYPE_MISMATCH: a handle, but of no section. */
static const LONG object_type_mismatch = (LONG)0xC0000024;

struct section_basic {
    void *base;
    ULONG attributes;
    LARGE_INTEGER size;
};

/* Of ntdll; no header of the SDK declares it. */
LONG NTAPI NtQuerySection(HANDLE section, int information_class, void *buffer,
                          SIZE_T size, SIZE_T *size_out);

static enum mm_status check_file_access(const struct mm_file *file,
                                        enum mm_protection protection)
{
    unsigned needed = MM_FILE_READ;

    if (protection == MM_READ_WRITE) {
        needed |= MM_FILE_WRITE;
    }
    return (file->flags & needed) == needed ? MM_OK : MM_DENIED;
}

static DWORD page_protection(enum mm_protection protection)
{
    switch (protection) {
    case MM_READ_WRITE:
        return PAGE_READWRITE;
    case MM_WRITE_COPY:
        return PAGE_WRITECOPY;
    case MM_READ_ONLY:
    default:
        return PAGE_READONLY;
    }
}

/* What is wanted of an existing section; private copies only read it. */
static DWORD section_access(enum mm_protection protection)
{
    DWORD access = SECTION_QUERY | SECTION_MAP_READ;

    return protection == MM_READ_WRITE ? access | SECTION_MAP_WRITE : access;
}

static enum mm_status create_section(struct mmi_core *core, HANDLE file,
                                     uint64_t size, const wchar_t *name)
{
    const DWORD kind = core->reserved ? SEC_RESERVE : SEC_COMMIT;
    HANDLE section =
        CreateFileMappingW(file, NULL, page_protection(core->protection) | kind,
                           mmi_high(size), mmi_low(size), name);

    if (section == NULL) {
        return name != NULL ? mmi_name_error() : mmi_os_error();
    }
    core->data = (intptr_t)section;
    return name != NULL && GetLastError() == ERROR_ALREADY_EXISTS
               ? MM_ALREADY_EXISTS
               : MM_OK;
}

static enum mm_status copy_handle(intptr_t from, DWORD access, DWORD options,
                                  intptr_t *to)
{
    HANDLE self = GetCurrentProcess();
    HANDLE copy;

    if (!DuplicateHandle(self, (HANDLE)from, self, &copy, access, FALSE,
                         options)) {
        return mmi_os_error();
    }
    *to = (intptr_t)copy;
    return MM_OK;
}

/* Negative numbers to the kernel, which calls them invalid. */
static enum mm_status check_size(const struct mmi_core *core)
{
    if (core->size <= INT64_MAX) {
        return MM_OK;
    }
    return core->has_file && core->protection == MM_READ_WRITE ? MM_OUT_OF_RANGE
                                                               : MM_NO_MEMORY;
}

static enum mm_status map_file(struct mmi_core *core,
                               const struct mmi_request *request,
                               const wchar_t *name)
{
    struct mm_file *file = request->file;
    enum mm_status status = check_file_access(file, request->protection);

    core->has_file = true;
    core->size = request->size;
    if (status == MM_OK) {
        status = check_size(core);
    }
    if (status == MM_OK && core->size == 0) {
        status = mm_file_size(file, &core->size);
    }
    if (status == MM_OK) {
        /* Durable flushes need the file after its own handle is closed. */
        status = copy_handle((intptr_t)file->handle, 0, DUPLICATE_SAME_ACCESS,
                             &core->file);
    }
    if (status != MM_OK) {
        return status;
    }
    /* An empty file, or one that cannot grow, is for the kernel to refuse. */
    return create_section(core, file->handle, core->size, name);
}

static enum mm_status found(struct mmi_core *core,
                            const struct mmi_request *request,
                            const wchar_t *name)
{
    enum mm_status status;

    if (request->file != NULL) {
        return map_file(core, request, name);
    }
    core->size = request->size;
    core->marked = request->marked;
    status = check_size(core);
    if (status != MM_OK) {
        return status;
    }
    if (!core->marked) {
        return create_section(core, INVALID_HANDLE_VALUE, core->size, name);
    }
    status = create_section(core, INVALID_HANDLE_VALUE,
                            core->size + mm_page_size(), name);
    return status == MM_OK ? mmi_mark_make(core) : status;
}

/* Only an attempt tells whether the section lets anybody write. */
static enum mm_status try_access(const struct mmi_core *core)
{
    void *address;

    if (core->protection != MM_READ_WRITE) {
        return MM_OK;
    }
    address = MapViewOfFile((HANDLE)core->data, FILE_MAP_WRITE, 0, 0, 1);
    if (address == NULL) {
        enum mm_status status = mmi_os_error();

        /* STATUS_SECTION_PROTECTION arrives as an invalid parameter. */
        return status == MM_INVALID ? MM_DENIED : status;
    }
    UnmapViewOfFile(address);
    return MM_OK;
}

/* A page at the end that is no part of the mapping. */
static void find_mark(struct mmi_core *core)
{
    const uint64_t page = mm_page_size();

    core->marked = false;
    if (core->has_file || core->reserved || core->size <= page) {
        return;
    }
    core->size -= page;
    core->marked = mmi_mark_found(core);
    if (!core->marked) {
        core->size += page;
    }
}

/* What the section that `core` has been given is, and grants. */
static enum mm_status examine(struct mmi_core *core)
{
    struct section_basic basic;
    LONG nt_status = NtQuerySection((HANDLE)core->data, SECTION_BASIC, &basic,
                                    sizeof(basic), NULL);

    if (nt_status < 0) {
        enum mm_status status =
            mmi_os_error_number((long)RtlNtStatusToDosError(nt_status));

        return nt_status == object_type_mismatch ? MM_WRONG_TYPE : status;
    }
    core->size = (uint64_t)basic.size.QuadPart;
    core->has_file = (basic.attributes & SECTION_HAS_FILE) != 0;
    core->reserved = (basic.attributes & SECTION_IS_RESERVED) != 0;
    find_mark(core);
    return try_access(core);
}

static enum mm_status join(struct mmi_core *core, const wchar_t *name)
{
    HANDLE section =
        OpenFileMappingW(section_access(core->protection), FALSE, name);
    enum mm_status status;

    if (section == NULL) {
        return mmi_name_error();
    }
    core->data = (intptr_t)section;
    status = examine(core);
    return status == MM_OK ? MM_ALREADY_EXISTS : status;
}

/*
 * Looking first keeps the call's own file as it is when the name exists. Who
 * comes between the two steps makes the second one end with ALREADY_EXISTS,
 * and a handle that may do more than was asked: then look again.
 */
static enum mm_status open_or_found(struct mm_mapping *mapping,
                                    const struct mmi_request *request)
{
    struct mmi_core *core = mapping->core;
    struct mmi_wide_name name;
    enum mm_status status = mmi_name_widen(request->name, &name);

    if (status != MM_OK) {
        return status;
    }
    do {
        mmi_core_close(core);
        status = join(core, name.text);
        if (status == MM_NOT_FOUND && request->must_exist) {
            return status;
        }
        if (status == MM_NOT_FOUND) {
            core->reserved = (request->flags & MM_MAPPING_RESERVE) != 0;
            status = found(core, request, name.text);
            if (status != MM_ALREADY_EXISTS) {
                return status;
            }
            status = MM_NOT_FOUND;
        }
    } while (status == MM_NOT_FOUND);
    return status;
}

enum mm_status mmi_mapping_build(struct mm_mapping *mapping,
                                 const struct mmi_request *request)
{
    mapping->core->reserved = (request->flags & MM_MAPPING_RESERVE) != 0;
    if (request->name != NULL) {
        return open_or_found(mapping, request);
    }
    return found(mapping->core, request, NULL);
}

enum mm_status mmi_mapping_copy(const struct mm_mapping *from,
                                struct mm_mapping *to)
{
    struct mmi_core *core = to->core;
    enum mm_status status = copy_handle(
        from->core->data, section_access(core->protection), 0, &core->data);

    core->size = from->core->size;
    core->has_file = from->core->has_file;
    core->reserved = from->core->reserved;
    if (status == MM_OK && from->core->file != MMI_NO_HANDLE) {
        status = copy_handle(from->core->file, 0, DUPLICATE_SAME_ACCESS,
                             &core->file);
    }
    return status;
}

enum mm_status mmi_mapping_adopt(struct mm_mapping *mapping, uint64_t value)
{
    struct mmi_core *core = mapping->core;
    enum mm_status status;

    core->data = (intptr_t)value;
    status = examine(core);
    if (status == MM_OK &&
        !SetHandleInformation((HANDLE)core->data, HANDLE_FLAG_INHERIT, 0)) {
        status = mmi_os_error();
    }
    if (status != MM_OK) {
        core->data = MMI_NO_HANDLE; /* still the caller's, or nobody's */
    }
    return status;
}

static void close_handle(intptr_t *handle)
{
    if (*handle != MMI_NO_HANDLE) {
        CloseHandle((HANDLE)*handle);
        *handle = MMI_NO_HANDLE;
    }
}

void mmi_mapping_leave(struct mm_mapping *mapping)
{
    /* Views keep the section without it; the name must not live so long. */
    close_handle(&mapping->core->data);
}

void mmi_core_close(struct mmi_core *core)
{
    close_handle(&core->data);
    close_handle(&core->file);
}

size_t mm_page_size(void)
{
    SYSTEM_INFO info;

    GetSystemInfo(&info);
    return info.dwPageSize;
}
