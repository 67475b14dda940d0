/* SPDX-License-Identifier: MIT */
#include "../echo.h"

const struct echo_kind echo_epoll = {.why_not = "Windows has no epoll"};
const struct echo_kind echo_uring = {.why_not = "Windows has no io_uring"};
