/* SPDX-License-Identifier: MIT */
/* Export macro and version; included by every other mapmark header. */
#ifndef MAPMARK_API_H
#define MAPMARK_API_H

#define MM_VERSION_MAJOR 0
#define MM_VERSION_MINOR 1
#define MM_VERSION_PATCH 0
#define MM_VERSION_STRING "0.1.0"

#if defined(_WIN32) && defined(MM_BUILDING)
#define MM_API __declspec(dllexport)
#elif defined(_WIN32)
#define MM_API __declspec(dllimport)
#else
#define MM_API __attribute__((visibility("default")))
#endif

/** A time-out that never passes. */
#define MM_INFINITE UINT64_MAX

/** A quantity that this system does not tell; never a measured value. */
#define MM_UNKNOWN UINT64_MAX

#endif /* MAPMARK_API_H */
