// SPDX-License-Identifier: MIT
// Boost.Interprocess, by its semaphore in shared memory. Without Boost this
// file says only that.
#include "../channel.h"

#ifdef BENCH_HAS_INTERPROCESS

#include <new>

#include <boost/interprocess/sync/interprocess_semaphore.hpp>

namespace
{

using boost::interprocess::interprocess_semaphore;

struct alignas(CHANNEL_LINE) Side {
    interprocess_semaphore semaphore{0};
};

Side *sides_of(channel *channel)
{
    return static_cast<Side *>(channel->memory);
}

mm_status make(channel *channel)
try {
    static_assert(CHANNEL_SIDES * sizeof(Side) <= CHANNEL_MEMORY);
    for (unsigned i = 0; i < CHANNEL_SIDES; i++) {
        new (static_cast<void *>(sides_of(channel) + i)) Side;
    }
    return MM_OK;
} catch (const std::exception &) {
    return MM_OS;
}

mm_status join(channel *)
{
    return MM_OK;
}

mm_status wake(channel *channel, unsigned to, const void *, size_t)
try {
    sides_of(channel)[to].semaphore.post();
    return MM_OK;
} catch (const std::exception &) {
    return MM_OS;
}

mm_status wait(channel *channel, void *, size_t)
try {
    sides_of(channel)[channel->me].semaphore.wait();
    return MM_OK;
} catch (const std::exception &) {
    return MM_OS;
}

void close(channel *)
{
}

} // namespace

extern const channel_kind channel_interprocess = {
    nullptr, channel_bit(CHANNEL_PARK),
    false,   make,
    nullptr, join,
    wake,    wait,
    nullptr, close};

#else

extern const channel_kind channel_interprocess = {
    "built without Boost.Interprocess (libboost-dev)",
    channel_bit(CHANNEL_PARK),
    false,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr};

#endif
