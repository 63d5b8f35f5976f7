/* Audio: every sample is pulled once and in order, the clock goes neither back nor past what was pulled, and
 * deadlines are the clock's inverse; with SDL's dummy device, with the timer, and stepped. Nothing here depends on
 * how fast the machine is. */
#include "tap.h"
#include <stdatomic.h>
#include "present/audio.h"

struct counter {
    _Atomic int64_t pulled;
    atomic_int inside;
    atomic_bool twice;
};

/* Writes the number of each sample; notices two callers at once. */
static void pull(void *user, float *stereo, int frames)
{
    struct counter *c = user;
    if (atomic_fetch_add(&c->inside, 1) != 0)
        atomic_store(&c->twice, true);
    const int64_t n = atomic_load(&c->pulled);
    for (int i = 0; i < frames; i++)
        stereo[2 * i] = stereo[2 * i + 1] = (float)(n + i);
    atomic_store(&c->pulled, n + frames);
    atomic_fetch_sub(&c->inside, 1);
}

static void test_virtual(void)
{
    struct counter c = {0};
    struct audio *a = audio_open(&(struct audio_options){.mode = AUDIO_VIRTUAL, .pull = pull, .user = &c});
    float keep[2 * 5000];
    audio_step(a, 3000, NULL);
    audio_step(a, 5000, keep);
    is_int(audio_clock_smp(a), 8000, "the clock is what was stepped");
    is_int((int64_t)keep[0], 3000, "kept samples begin where they should");
    is_int((int64_t)keep[2 * 4999], 7999, "and end there");
    is_int(audio_at_ns(a, 1000000), 0, "everything is due at once");
    ok(audio_message(a) == NULL, "no complaint");
    audio_close(a);
}

/* Watches the clock until half a second was pulled, or until it is plain that something is wrong. */
static void watch(enum audio_mode mode, const char *driver)
{
    struct counter c = {0};
    struct audio_stats stats;
    struct audio *a = audio_open(&(struct audio_options){.mode = mode, .pull = pull, .user = &c});
    bool back = false, ahead = false, inverse = true;
    int64_t last = 0;
    const int64_t give_up = audio_now_ns() + INT64_C(20000000000);
    while (audio_pulled_smp(a) < FILM_RATE / 2 && audio_now_ns() < give_up) {
        const int64_t at = audio_clock_smp(a), pulled = audio_pulled_smp(a);
        back |= at < last;
        ahead |= at > pulled;
        inverse &= audio_at_ns(a, at + FILM_RATE) - audio_at_ns(a, at) > INT64_C(900000000);
        last = at;
        audio_sleep_until(audio_now_ns() + 1000000);
    }
    ok(audio_pulled_smp(a) >= FILM_RATE / 2, "%s: half a second was pulled", driver);
    ok(!back, "%s: the clock never goes back", driver);
    ok(!ahead, "%s: nor past what was pulled", driver);
    ok(inverse, "%s: a second is a second", driver);
    ok(last > 0, "%s: it goes", driver);
    audio_stats(a, &stats);
    is_str(stats.driver, driver, "the driver's name");
    audio_close(a);
    const int64_t after = atomic_load(&c.pulled);
    audio_sleep_until(audio_now_ns() + 50000000);
    is_int(atomic_load(&c.pulled), after, "after closing nothing is pulled");
    ok(!atomic_load(&c.twice), "%s: one caller at a time", driver);
}

static void test_no_device(void)
{
    struct counter c = {0};
    g_setenv("SDL_AUDIODRIVER", "nonsense", TRUE);
    struct audio *a = audio_open(&(struct audio_options){.pull = pull, .user = &c});
    const char *problem = audio_message(a);
    ok(problem && strstr(problem, "no sound device"), "without a device it says so");
    ok(audio_message(a) == NULL, "once");
    const int64_t give_up = audio_now_ns() + INT64_C(20000000000);
    while (audio_pulled_smp(a) < 4096 && audio_now_ns() < give_up)
        audio_sleep_until(audio_now_ns() + 1000000);
    ok(audio_pulled_smp(a) >= 4096, "and the film goes on");
    audio_close(a);
}

int main(void)
{
    test_virtual();
    watch(AUDIO_TIMER, "timer");
    g_setenv("SDL_AUDIODRIVER", "dummy", TRUE);
    watch(AUDIO_DEVICE, "dummy");
    test_no_device();
    return tap_done();
}
