// SPDX-License-Identifier: MIT
// Asio by its usual back end: epoll on Linux.
#ifdef BENCH_HAS_ASIO

#include "asio_server.h"

extern "C" const echo_kind echo_asio = {nullptr, serve};

#else

#include "../echo.h"

extern "C" const echo_kind echo_asio = {
    "Asio was not there when this program was built", nullptr};

#endif
