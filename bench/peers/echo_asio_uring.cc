// SPDX-License-Identifier: MIT
// Asio by io_uring.
#if defined(BENCH_HAS_ASIO) && defined(BENCH_HAS_URING)

#define asio asio_by_uring
#define ASIO_HAS_IO_URING 1
#define ASIO_DISABLE_EPOLL 1
#include "asio_server.h"

extern "C" const echo_kind echo_asio_uring = {nullptr, serve};

#else

#include "../echo.h"

extern "C" const echo_kind echo_asio_uring = {
    "Asio and io_uring were not there when this program was built", nullptr};

#endif
