#include "media/ring.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

static_assert((RING_SMP & (RING_SMP - 1)) == 0, "a position is turned into a place in the ring by a mask");

/* Either end may call it. It loads `written` first: if the reader goes on meanwhile, the difference only shrinks. */
static bool ring_check(const struct ring *r)
{
    const int64_t written = atomic_load(&r->written), pulled = atomic_load(&r->pulled);
    assert(r->samples);
    assert(written - pulled <= RING_SMP);
    assert(atomic_load(&r->end_smp) >= 0);
    return true;
}

void ring_init(struct ring *r, int64_t at_smp)
{
    r->samples = g_new(float, RING_SMP *FILM_CHANNELS);
    atomic_store(&r->written, at_smp);
    atomic_store(&r->pulled, at_smp);
    atomic_store(&r->end_smp, INT64_MAX);
    assert(ring_check(r));
}

void ring_clear(struct ring *r)
{
    g_free(r->samples);
    r->samples = NULL;
}

static void copy_in(struct ring *r, int64_t at, const float *src, int64_t n)
{
    const int64_t i = at & (RING_SMP - 1), k = MIN(n, RING_SMP - i);
    memcpy(r->samples + i * FILM_CHANNELS, src, (size_t)k * FILM_CHANNELS * sizeof *src);
    memcpy(r->samples, src + k * FILM_CHANNELS, (size_t)(n - k) * FILM_CHANNELS * sizeof *src);
}

static void copy_out(const struct ring *r, int64_t at, float *dst, int64_t n)
{
    const int64_t i = at & (RING_SMP - 1), k = MIN(n, RING_SMP - i);
    memcpy(dst, r->samples + i * FILM_CHANNELS, (size_t)k * FILM_CHANNELS * sizeof *dst);
    memcpy(dst + k * FILM_CHANNELS, r->samples, (size_t)(n - k) * FILM_CHANNELS * sizeof *dst);
}

int64_t ring_room(const struct ring *r)
{
    return RING_SMP - ring_available(r);
}

/* Samples in whose place the reader has already taken silence are not stored. */
void ring_write(struct ring *r, const float *stereo, int64_t n)
{
    const int64_t at = atomic_load(&r->written), pulled = atomic_load(&r->pulled);
    const int64_t late = CLAMP(pulled - at, 0, n);
    assert(n >= 0 && n <= ring_room(r));
    copy_in(r, at + late, stereo + late * FILM_CHANNELS, n - late);
    atomic_store(&r->written, at + n);
    assert(ring_check(r));
}

void ring_end(struct ring *r, int64_t at_smp)
{
    atomic_store(&r->end_smp, at_smp);
}

int64_t ring_pull(struct ring *r, float *out, int64_t n, int64_t end_smp)
{
    const int64_t at = atomic_load(&r->pulled);
    const int64_t sound_end = atomic_load(&r->end_smp);
    const int64_t end = end_smp == US_NONE ? sound_end : MIN(end_smp, sound_end);
    const int64_t written = atomic_load(&r->written), there = MIN(written, end);
    const int64_t have = CLAMP(there - at, 0, n);
    assert(n >= 0 && ring_check(r));
    copy_out(r, at, out, have);
    memset(out + have * FILM_CHANNELS, 0, (size_t)(n - have) * FILM_CHANNELS * sizeof *out);
    atomic_store(&r->pulled, at + n);
    return MAX(0, MIN(at + n, end) - MAX(there, at));
}

int64_t ring_written(const struct ring *r)
{
    return atomic_load(&r->written);
}

int64_t ring_pulled(const struct ring *r)
{
    return atomic_load(&r->pulled);
}

int64_t ring_available(const struct ring *r)
{
    const int64_t written = atomic_load(&r->written), pulled = atomic_load(&r->pulled);
    return MAX(0, written - pulled);
}
