#include "present/audio.h"
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <SDL2/SDL.h>
#include "base/monotonic.h"
#include "base/units.h"
#include "base/words.h"
#include "present/device_clock.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define BUFFER_SMP    1024
#define GUARD_US      (US_PER_SECOND / 10) /* how often the guard checks the device */
#define STALL_NS      (NS_PER_SECOND / 2)  /* the timer takes over from a device that is silent for this long */
#define RETRY_NS      (2 * NS_PER_SECOND)
#define LINES         4 /* lines of the clock that readers may be reading while the next is written */

enum audio_source { FROM_DEVICE, FROM_TIMER };

struct published_line {
    _Atomic int64_t smp, ns;
    _Atomic double slow;
};

struct audio {
    audio_pull pull;
    void *user;
    enum audio_mode mode;

    /* The line of the clock that is valid is the last of `lines`. Whoever pulls publishes the line first and then the
     * count; readers load them in the other order, so none is ever ahead of what was pulled. */
    struct published_line line[LINES];
    _Atomic uint32_t lines; /* how many were ever published, at least 1 */
    _Atomic int64_t pulled_smp;
    _Atomic int64_t shown_smp; /* the largest position ever given out */
    atomic_flag pulling;       /* one puller at a time */
    atomic_int source;         /* enum audio_source: whose calls count */

    /* Owned by whoever holds `pulling`. */
    struct device_clock clock;
    int was; /* the source of the last buffer; -1: none */

    /* Any thread. */
    _Atomic int64_t heard_ns; /* when the device last asked for samples */
    _Atomic int64_t drift_us, stood_us;
    _Atomic int32_t slow_ppm, stands;
    atomic_int buffer_smp;
    _Atomic(const char *) message, driver;

    /* Owned by the guard's thread, and by the main thread before it starts and after it ends. */
    SDL_AudioDeviceID device;
    bool subsystem;

    GThread *guard, *timer;
    pthread_mutex_t lock; /* of `quit` and of what `wake` announces; of pthread, because ThreadSanitizer knows it */
    pthread_cond_t wake;  /* `quit`, `stop`, or that it is the timer's turn */
    bool quit;
    atomic_bool stop; /* ends the timer's thread */
};

/* ---- time ---- */

int64_t audio_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

void audio_sleep_until(int64_t deadline_ns)
{
    const struct timespec t = {.tv_sec = deadline_ns / NS_PER_SECOND, .tv_nsec = deadline_ns % NS_PER_SECOND};
    if (deadline_ns <= 0)
        return;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

/* Whole seconds and the rest are converted apart, because one product would overflow after two days. */
static int64_t smp_to_ns(int64_t smp)
{
    return smp / FILM_RATE * NS_PER_SECOND + smp % FILM_RATE * NS_PER_SECOND / FILM_RATE;
}

/* ---- checks ---- */

static_assert(BUFFER_SMP <= UINT16_MAX, "SDL counts a buffer in 16 bits");

/* Any thread. It loads `shown_smp` first: if the puller goes on meanwhile, the difference only grows. */
static bool audio_check(const struct audio *a)
{
    const int64_t shown = atomic_load(&a->shown_smp);
    assert(shown >= 0 && shown <= atomic_load(&a->pulled_smp)); /* nothing is heard before it is pulled */
    assert(a->pull);
    assert(atomic_load(&a->buffer_smp) > 0);
    return true;
}

/* ---- the clock ---- */

static void publish_line(struct audio *a, const struct clock_line *l)
{
    const uint32_t n = atomic_load_explicit(&a->lines, memory_order_relaxed);
    struct published_line *p = &a->line[n % LINES];
    atomic_store_explicit(&p->smp, l->smp, memory_order_relaxed);
    atomic_store_explicit(&p->ns, l->ns, memory_order_relaxed);
    atomic_store_explicit(&p->slow, l->slow, memory_order_relaxed);
    atomic_store(&a->lines, n + 1);
}

/* Reads again in the rare case that so many lines were published meanwhile that this one may be half of another. */
static struct clock_line current_line(const struct audio *a)
{
    for (;;) {
        const uint32_t n = atomic_load(&a->lines);
        const struct published_line *p = &a->line[(n - 1) % LINES];
        const struct clock_line l = {atomic_load(&p->smp), atomic_load(&p->ns), atomic_load(&p->slow)};
        if (atomic_load(&a->lines) - n < LINES - 1)
            return l;
    }
}

/* Only a device is said to have stood: the timer stands when the whole process does, and nobody hears it. */
static void publish_stats(struct audio *a, const struct device_clock *before, int64_t n)
{
    const struct device_clock *c = &a->clock;
    if (a->was == FROM_DEVICE && c->stood_ns != before->stood_ns) {
        atomic_fetch_add(&a->stands, c->stands - before->stands);
        atomic_fetch_add(&a->stood_us, (c->stood_ns - before->stood_ns) / 1000);
    }
    atomic_store_explicit(&a->slow_ppm, (int32_t)(c->asked.slow * 1e6), memory_order_relaxed);
    atomic_store_explicit(&a->drift_us, device_clock_drift_ns(c, n) / 1000, memory_order_relaxed);
}

/* `source` asks at `asked_ns` for what follows the first n samples. */
static void follow_clock(struct audio *a, int source, int64_t n, int64_t asked_ns)
{
    struct device_clock *c = &a->clock;
    const struct device_clock before = *c;
    if (a->was != source)
        device_clock_start(c, source == FROM_DEVICE ? atomic_load(&a->buffer_smp) : BUFFER_SMP);
    a->was = source;
    device_clock_ask(c, n, asked_ns);
    if (c->heard.ns != before.heard.ns || c->heard.smp != before.heard.smp || c->heard.slow != before.heard.slow)
        publish_line(a, &c->heard);
    publish_stats(a, &before, n);
}

/* Pulls one buffer, asked for at `asked_ns`. Gives silence if it is not this source's turn. */
static void deliver(struct audio *a, int source, float *out, int frames, int64_t asked_ns)
{
    if (atomic_load(&a->source) != source || atomic_flag_test_and_set_explicit(&a->pulling, memory_order_acquire)) {
        memset(out, 0, (size_t)frames * FILM_CHANNELS * sizeof *out);
        return;
    }
    const int64_t n = atomic_load_explicit(&a->pulled_smp, memory_order_relaxed);
    assert(n >= 0 && frames >= 0);
    follow_clock(a, source, n, asked_ns);
    a->pull(a->user, out, frames);
    atomic_store_explicit(&a->pulled_smp, n + frames, memory_order_release);
    atomic_flag_clear_explicit(&a->pulling, memory_order_release);
}

int64_t audio_pulled_smp(const struct audio *a)
{
    return atomic_load_explicit(&a->pulled_smp, memory_order_acquire);
}

int64_t audio_clock_smp(struct audio *a)
{
    const int64_t pulled = audio_pulled_smp(a);
    if (a->mode == AUDIO_VIRTUAL)
        return pulled;
    const struct clock_line line = current_line(a);
    const int64_t running = clock_line_smp(&line, audio_now_ns());
    const int64_t at = CLAMP(running, 0, pulled); /* the macro looks at it three times: time must not go on meanwhile */
    int64_t shown = atomic_load(&a->shown_smp);
    while (at > shown && !atomic_compare_exchange_weak(&a->shown_smp, &shown, at))
        ;
    assert(audio_check(a));
    return MAX(at, shown);
}

int64_t audio_at_ns(const struct audio *a, int64_t smp)
{
    if (a->mode == AUDIO_VIRTUAL)
        return 0;
    const struct clock_line line = current_line(a);
    return clock_line_ns(&line, smp);
}

/* ---- the device ---- */

static void SDLCALL on_device(void *user, Uint8 *stream, int bytes)
{
    struct audio *a = user;
    const int frames = bytes / (int)(FILM_CHANNELS * sizeof(float));
    const int64_t now = audio_now_ns();
    atomic_store(&a->heard_ns, now);
    deliver(a, FROM_DEVICE, (float *)(void *)stream, frames, now);
}

/* ALSA's library writes eight lines to the terminal each time that no device can be opened. The film says it once, in
 * its own words. The library is SDL's; we only look whether it is there. */
typedef void (*alsa_error)(const char *file, int line, const char *function, int code, const char *format, ...);

static void say_nothing(const char *file, int line, const char *function, int code, const char *format, ...)
{
    (void)file, (void)line, (void)function, (void)code, (void)format;
}

static void silence_alsa(void)
{
    int (*set)(alsa_error handler) = NULL;
    void *library = dlopen("libasound.so.2", RTLD_LAZY | RTLD_NOLOAD), *found;
    if (!library)
        return;
    found = dlsym(library, "snd_lib_error_set_handler");
    static_assert(sizeof set == sizeof found, "POSIX lets a pointer to data hold one to a function");
    memcpy(&set, &found, sizeof set);
    if (set)
        set(say_nothing);
    dlclose(library);
}

static bool open_device(struct audio *a)
{
    const SDL_AudioSpec want = {.freq = FILM_RATE,
                                .format = AUDIO_F32SYS,
                                .channels = FILM_CHANNELS,
                                .samples = BUFFER_SMP,
                                .callback = on_device,
                                .userdata = a};
    SDL_AudioSpec got;
    a->device = SDL_OpenAudioDevice(NULL, 0, &want, &got, SDL_AUDIO_ALLOW_SAMPLES_CHANGE);
    if (!a->device)
        return false;
    atomic_store(&a->buffer_smp, got.samples);
    atomic_store(&a->heard_ns, audio_now_ns());
    SDL_PauseAudioDevice(a->device, 0);
    return true;
}

static void close_device(struct audio *a)
{
    if (a->device)
        SDL_CloseAudioDevice(a->device);
    a->device = 0;
}

static bool device_lives(const struct audio *a)
{
    return a->device && SDL_GetAudioDeviceStatus(a->device) != SDL_AUDIO_STOPPED &&
           audio_now_ns() - atomic_load(&a->heard_ns) < STALL_NS;
}

static void set_message(struct audio *a, const char *message)
{
    atomic_store(&a->message, message);
}

/* Checks the device once: hands over to the timer, or back to the device. */
static void check_device(struct audio *a, int64_t *retry_ns)
{
    const bool lives = device_lives(a);
    if (lives && atomic_load(&a->source) == FROM_TIMER) {
        atomic_store(&a->source, FROM_DEVICE);
        set_message(a, WORDS("the sound is back"));
    } else if (!lives && atomic_load(&a->source) == FROM_DEVICE) {
        pthread_mutex_lock(&a->lock);
        atomic_store(&a->source, FROM_TIMER);
        pthread_cond_broadcast(&a->wake);
        pthread_mutex_unlock(&a->lock);
        set_message(a, WORDS("the sound device stopped: the film goes on without sound"));
        *retry_ns = audio_now_ns() + RETRY_NS;
    } else if (!lives && audio_now_ns() > *retry_ns) {
        close_device(a);
        open_device(a); /* the next check shows whether it lives */
        *retry_ns = audio_now_ns() + RETRY_NS;
    }
}

/* Sleeps until the next check. True: the guard is to end. */
static bool guard_waits(struct audio *a)
{
    const struct timespec t = monotonic_after_us(GUARD_US);
    pthread_mutex_lock(&a->lock);
    while (!a->quit && pthread_cond_timedwait(&a->wake, &a->lock, &t) == 0)
        ;
    const bool quit = a->quit;
    pthread_mutex_unlock(&a->lock);
    return quit;
}

static void *guard_main(void *user)
{
    struct audio *a = user;
    int64_t retry_ns = audio_now_ns() + RETRY_NS;
    while (!guard_waits(a))
        check_device(a, &retry_ns);
    return NULL;
}

/* ---- the timer ---- */

static bool is_timers_turn(const struct audio *a)
{
    return atomic_load(&a->source) == FROM_TIMER || atomic_load(&a->stop);
}

static void await_turn(struct audio *a)
{
    pthread_mutex_lock(&a->lock);
    while (!is_timers_turn(a))
        pthread_cond_wait(&a->wake, &a->lock);
    pthread_mutex_unlock(&a->lock);
}

/* Pulls and drops samples at the film's rate whenever it is its turn. */
static void *timer_main(void *user)
{
    struct audio *a = user;
    float *nowhere = g_new(float, BUFFER_SMP *FILM_CHANNELS);
    const int64_t period = smp_to_ns(BUFFER_SMP);
    int64_t next = audio_now_ns();
    while (!atomic_load(&a->stop)) {
        if (!is_timers_turn(a)) {
            await_turn(a);
            next = audio_now_ns();
        }
        const int64_t now = audio_now_ns();
        if (now - next > STALL_NS) /* the process was stopped: do not hurry to make up for it */
            next = now;
        deliver(a, FROM_TIMER, nowhere, BUFFER_SMP, next);
        next += period;
        audio_sleep_until(next);
    }
    g_free(nowhere);
    return NULL;
}

/* ---- opening and closing ---- */

bool audio_start_subsystem(void)
{
    SDL_SetHint(SDL_HINT_AUDIO_DEVICE_APP_NAME, "Frumious");
    SDL_SetHint(SDL_HINT_AUDIO_DEVICE_STREAM_ROLE, "movie");
    const bool started = SDL_InitSubSystem(SDL_INIT_AUDIO) == 0;
    silence_alsa();
    return started;
}

static void start_device(struct audio *a)
{
    a->subsystem = audio_start_subsystem();
    if (a->subsystem && open_device(a)) {
        atomic_store(&a->source, FROM_DEVICE);
        atomic_store(&a->driver, SDL_GetCurrentAudioDriver());
    } else {
        set_message(a, WORDS("no sound device: the film plays without sound"));
    }
    if (a->subsystem)
        a->guard = g_thread_new("audio-guard", guard_main, a);
}

struct audio *audio_open(const struct audio_options *opts)
{
    struct audio *a = g_new0(struct audio, 1);
    a->pull = opts->pull;
    a->user = opts->user;
    a->mode = opts->mode;
    a->was = -1;
    atomic_flag_clear(&a->pulling);
    atomic_store(&a->buffer_smp, BUFFER_SMP);
    atomic_store(&a->source, FROM_TIMER);
    atomic_store(&a->driver, a->mode == AUDIO_VIRTUAL ? "virtual" : "timer");
    publish_line(a, &(struct clock_line){.ns = audio_now_ns()});
    pthread_mutex_init(&a->lock, NULL);
    monotonic_cond_init(&a->wake);
    assert(audio_check(a));
    if (a->mode == AUDIO_DEVICE)
        start_device(a);
    if (a->mode != AUDIO_VIRTUAL)
        a->timer = g_thread_new("audio-timer", timer_main, a);
    return a;
}

static void stop_guard(struct audio *a)
{
    pthread_mutex_lock(&a->lock);
    a->quit = true;
    pthread_cond_broadcast(&a->wake);
    pthread_mutex_unlock(&a->lock);
    if (a->guard)
        g_thread_join(a->guard);
}

void audio_close(struct audio *a)
{
    if (!a)
        return;
    stop_guard(a);
    pthread_mutex_lock(&a->lock);
    atomic_store(&a->stop, true);
    pthread_cond_broadcast(&a->wake);
    pthread_mutex_unlock(&a->lock);
    if (a->timer)
        g_thread_join(a->timer);
    close_device(a);
    if (a->subsystem)
        SDL_QuitSubSystem(SDL_INIT_AUDIO);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->wake);
    g_free(a);
}

void audio_step(struct audio *a, int64_t n, float *keep)
{
    float nowhere[BUFFER_SMP * FILM_CHANNELS];
    assert(a->mode == AUDIO_VIRTUAL && n >= 0); /* in the other modes a thread pulls */
    while (n > 0) {
        const int frames = (int)MIN(n, BUFFER_SMP);
        a->pull(a->user, keep ? keep : nowhere, frames);
        atomic_fetch_add(&a->pulled_smp, frames);
        keep = keep ? keep + frames * FILM_CHANNELS : NULL;
        n -= frames;
    }
}

const char *audio_message(struct audio *a)
{
    return atomic_exchange(&a->message, NULL);
}

void audio_stats(const struct audio *a, struct audio_stats *out)
{
    *out = (struct audio_stats){.driver = atomic_load(&a->driver),
                                .drift_us = atomic_load(&a->drift_us),
                                .slow_ppm = atomic_load(&a->slow_ppm),
                                .stands = atomic_load(&a->stands),
                                .stood_us = atomic_load(&a->stood_us)};
}
