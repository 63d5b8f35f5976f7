#include "media/mixer.h"

#include <assert.h>
#include <glib.h>
#include <stdatomic.h>
#include <string.h>

#include "media/clip.h"
#include "media/sound.h"

enum {
    COMMANDS = 64, /* powers of two */
    EVENTS = 128,
    EVENTS_SPARE = 4, /* a join sends at most three events */
    SPANS = 16,
    PAUSE_RAMP_SMP = FILM_RATE / 200,  /* 5 ms */
    VOLUME_RAMP_SMP = FILM_RATE / 100, /* 10 ms from 0 to 1 */
};

enum mixer_command_type { COMMAND_QUEUE, COMMAND_UNQUEUE, COMMAND_VOICE, COMMAND_VOICE_STOP, COMMAND_WAIT };

struct mixer_command {
    enum mixer_command_type type;
    struct clip *clip;
    int64_t cut_smp, for_smp;
    uint32_t serial, after;
    int voice;
    const struct sound *sound;
    struct mixer_voice_opts opts;
    int64_t fade_smp;
};

struct mixer_voice {
    const struct sound *sound; /* NULL: this voice is free */
    struct mixer_voice_opts opts;
    int64_t at;
    bool begun;
    float gain, step; /* a fade: the gain moves by `step` a sample, towards 1 or 0 */
};

/* The film position as a function of the output position, piece by piece: in each piece the film runs or stands. */
struct film_span {
    _Atomic int64_t out, film;
    atomic_bool running;
};

struct mixer {
    /* main thread */
    GQueue backlog; /* struct mixer_command*: commands for which the ring had no room */
    uint32_t last_serial, seen_serial;

    /* both threads */
    struct mixer_command command[COMMANDS];
    _Atomic uint32_t command_in, command_out;
    struct mixer_event event[EVENTS];
    _Atomic uint32_t event_in, event_out;
    _Atomic float volume;
    atomic_bool paused, mono;
    atomic_bool voice_busy[MIXER_VOICES]; /* set by the main thread, cleared by the audio thread */

    /* The audio thread writes, anyone reads. What is read between two equal even values of `seq` is consistent. */
    _Atomic uint32_t seq;
    _Atomic int state;
    _Atomic uint32_t now_serial;
    _Atomic int64_t out, film, start, held, underrun, standing_since;
    struct film_span span[SPANS];
    _Atomic int64_t spans; /* how many were ever begun; the last SPANS are kept */

    /* audio thread; a_* are its own counts, published after each buffer */
    struct clip *current;
    uint32_t serial;
    struct mixer_command next; /* .clip NULL: nothing is queued */
    int64_t a_out, a_film, a_start, a_held, a_underrun, a_standing_since;
    bool running, holding;
    /* The film stands at wait_at (0: nowhere) for wait_for samples, `waited` of which have passed. */
    int64_t wait_at, wait_for, waited;
    bool waiting;
    float pause_gain, wait_gain, gain;
    struct mixer_voice voice[MIXER_VOICES];
};

static_assert((COMMANDS & (COMMANDS - 1)) == 0 && (EVENTS & (EVENTS - 1)) == 0, "counts wrap around in 32 bits");
static_assert(EVENTS_SPARE >= 3 && EVENTS > EVENTS_SPARE, "a join finds room for all that it tells");

static bool voice_check(const struct mixer_voice *v)
{
    assert(v->at >= 0 && v->sound->length_smp > 0);
    assert(v->gain >= 0 && v->gain <= 1);
    assert(v->opts.film_smp <= 0 || !v->opts.through_pause);
    return true;
}

/* What the audio thread owns. Called once a buffer: it looks at eight voices and asks no clip. */
static bool mixer_check(const struct mixer *m)
{
    assert(m->a_film >= 0 && m->a_film <= m->a_out); /* the film runs only while something is rendered */
    assert(m->a_held >= 0 && m->a_held <= m->a_out);
    assert(m->a_underrun >= 0 && m->a_underrun <= m->a_film);
    assert(!m->current || m->a_start <= m->a_film);
    assert((m->current != NULL) == (m->serial != 0));
    assert(!m->holding || (m->current && !m->running));
    assert(!m->waiting || !m->running);
    assert(m->wait_at >= 0 && m->wait_for >= 0 && m->waited >= 0);
    assert(m->gain >= 0 && m->gain <= 1 && m->pause_gain >= 0 && m->pause_gain <= 1);
    assert(m->wait_gain >= 0 && m->wait_gain <= 1);
    assert(atomic_load(&m->event_in) - atomic_load(&m->event_out) <= EVENTS);
    for (int i = 0; i < MIXER_VOICES; i++)
        assert(!m->voice[i].sound || (atomic_load(&m->voice_busy[i]) && voice_check(&m->voice[i])));
    return true;
}

struct mixer *mixer_new(void)
{
    struct mixer *m = g_new0(struct mixer, 1);
    atomic_store(&m->volume, 1.0f);
    m->gain = m->pause_gain = m->wait_gain = 1.0f;
    return m;
}

void mixer_free(struct mixer *m)
{
    if (!m)
        return;
    g_queue_clear_full(&m->backlog, g_free);
    g_free(m);
}

/* --- audio: telling -------------------------------------------------------------------------------------------- */

static bool has_event_room(const struct mixer *m)
{
    return atomic_load(&m->event_in) - atomic_load(&m->event_out) <= EVENTS - EVENTS_SPARE;
}

static void send_event(struct mixer *m, enum mixer_event_type type, struct clip *clip, uint32_t serial)
{
    const uint32_t in = atomic_load(&m->event_in);
    assert(in - atomic_load(&m->event_out) < EVENTS);
    m->event[in % EVENTS] = (struct mixer_event){
        .type = type, .serial = serial, .clip = clip, .film_smp = m->a_film, .start_smp = m->a_start};
    atomic_store(&m->event_in, in + 1);
}

/* From here on the film runs, or stands. */
static void set_running(struct mixer *m, bool running)
{
    if (m->running == running && atomic_load(&m->spans) > 0)
        return;
    m->running = running;
    m->a_standing_since = m->a_out;
    const int64_t n = atomic_load(&m->spans);
    struct film_span *s = &m->span[n % SPANS];
    atomic_store(&s->out, m->a_out);
    atomic_store(&s->film, m->a_film);
    atomic_store(&s->running, running);
    atomic_store(&m->spans, n + 1);
}

static void publish_now(struct mixer *m, bool standing)
{
    const enum mixer_state s = standing      ? MIXER_PAUSED
                               : !m->current ? MIXER_IDLE
                               : m->holding  ? MIXER_HOLDING
                               : m->waiting  ? MIXER_WAITING
                                             : MIXER_PLAYING;
    atomic_store(&m->state, (int)s);
    atomic_store(&m->now_serial, m->serial);
    atomic_store(&m->out, m->a_out);
    atomic_store(&m->film, m->a_film);
    atomic_store(&m->start, m->a_start);
    atomic_store(&m->held, m->a_held);
    atomic_store(&m->underrun, m->a_underrun);
    atomic_store(&m->standing_since, m->a_standing_since);
}

/* --- audio: commands ------------------------------------------------------------------------------------------- */

static void drop_next(struct mixer *m)
{
    if (m->next.clip)
        send_event(m, MIXER_REFUSED, m->next.clip, m->next.serial);
    m->next.clip = NULL;
}

static void leave_current(struct mixer *m)
{
    if (m->current)
        send_event(m, MIXER_RELEASED, m->current, m->serial);
    m->current = NULL;
    m->serial = 0;
    m->holding = false;
}

static void do_queue(struct mixer *m, const struct mixer_command *c)
{
    if (c->after != m->serial) {
        if (c->clip != m->current && c->clip != m->next.clip)
            send_event(m, MIXER_REFUSED, c->clip, c->serial);
        return;
    }
    if (m->next.clip != c->clip)
        drop_next(m);
    m->next = *c;
}

static void do_wait(struct mixer *m, const struct mixer_command *c)
{
    if (m->wait_at != c->cut_smp)
        m->waited = 0;
    m->wait_at = c->cut_smp;
    m->wait_for = c->for_smp;
}

static void do_command(struct mixer *m, const struct mixer_command *c)
{
    switch (c->type) {
    case COMMAND_QUEUE:
        do_queue(m, c);
        break;
    case COMMAND_UNQUEUE:
        drop_next(m);
        break;
    case COMMAND_VOICE:
        m->voice[c->voice] =
            (struct mixer_voice){.sound = c->sound, .opts = c->opts, .begun = c->opts.film_smp <= 0, .gain = 1.0f};
        if (c->opts.fade_in_smp > 0) {
            m->voice[c->voice].gain = 0;
            m->voice[c->voice].step = 1.0f / (float)c->opts.fade_in_smp;
        }
        break;
    case COMMAND_VOICE_STOP:
        m->voice[c->voice].step = -1.0f / (float)c->fade_smp;
        break;
    case COMMAND_WAIT:
        do_wait(m, c);
        break;
    }
}

static void do_commands(struct mixer *m)
{
    uint32_t at = atomic_load(&m->command_out);
    while (at != atomic_load(&m->command_in) && has_event_room(m)) {
        do_command(m, &m->command[at % COMMANDS]);
        atomic_store(&m->command_out, ++at);
    }
}

/* --- audio: the film -------------------------------------------------------------------------------------------- */

static bool next_is_warm(const struct mixer *m)
{
    return m->next.clip && clip_can_start(m->next.clip) && has_event_room(m);
}

static void start_next(struct mixer *m)
{
    leave_current(m);
    if (m->waiting)
        m->wait_at = 0;
    m->waiting = false;
    m->current = m->next.clip;
    m->serial = m->next.serial;
    m->next.clip = NULL;
    m->a_start = m->a_film - clip_pull_pos(m->current);
    send_event(m, MIXER_STARTED, m->current, m->serial);
}

/* There is nothing to play for the rest of the buffer. */
static void hold_film(struct mixer *m, float *out, int64_t n)
{
    m->waiting = false;
    set_running(m, false);
    memset(out, 0, (size_t)n * FILM_CHANNELS * sizeof *out);
    if (m->current && !m->holding && has_event_room(m)) {
        m->holding = true;
        send_event(m, MIXER_HELD, m->current, m->serial);
    }
    if (m->current)
        m->a_held += n;
    m->a_out += n;
}

/* How many samples the film runs before it waits; 0: it waits now. */
static int64_t until_wait(const struct mixer *m)
{
    const bool ahead = m->current && m->wait_at > 0 && m->a_film <= m->wait_at && m->waited < m->wait_for;
    return ahead ? m->wait_at - m->a_film : INT64_MAX;
}

/* How many samples render_stretch() can take at once: in each run the film runs and then stands, or it only waits. */
static int64_t uniform_run(const struct mixer *m, int64_t n)
{
    const int64_t until = until_wait(m);
    return MIN(n, until == 0 ? m->wait_for - m->waited : until);
}

static void wait_here(struct mixer *m, float *out, int64_t n)
{
    set_running(m, false);
    memset(out, 0, (size_t)n * FILM_CHANNELS * sizeof *out);
    m->waiting = true;
    m->wait_gain = 0;
    m->waited += n;
    m->a_out += n;
}

/* Fades the k samples that were just pulled: out if the film waits after them, in if it has waited before them. */
static void fade_wait(struct mixer *m, float *out, int64_t k)
{
    const int64_t until = until_wait(m);
    if (m->wait_gain == 1.0f && (until == INT64_MAX || until - k >= PAUSE_RAMP_SMP))
        return;
    for (int64_t i = 0; i < k; i++) {
        const int64_t left = until == INT64_MAX ? PAUSE_RAMP_SMP : MIN(until - i, PAUSE_RAMP_SMP);
        m->wait_gain = MIN(m->wait_gain + 1.0f / PAUSE_RAMP_SMP, (float)left / PAUSE_RAMP_SMP);
        out[i * 2] *= m->wait_gain;
        out[i * 2 + 1] *= m->wait_gain;
    }
}

/* How far the current clip may run from `pos` on: up to its end, or up to the cut if the next clip is warm. */
static int64_t run_length(const struct mixer *m, int64_t pos)
{
    const int64_t length = clip_length_smp(m->current);
    int64_t end = length == US_NONE ? INT64_MAX : length;
    if (next_is_warm(m)) /* asked once: it may get warm at any time, and the cut may lie before `pos` */
        end = MIN(end, m->next.cut_smp);
    return MAX(0, end - pos);
}

static void render_film(struct mixer *m, float *out, int64_t n)
{
    for (int64_t done = 0; done < n;) {
        float *to = out + done * FILM_CHANNELS;
        const int64_t run = m->current ? run_length(m, m->a_film - m->a_start) : 0, k = MIN(n - done, run);
        if (k == 0 && next_is_warm(m)) {
            start_next(m);
            continue;
        }
        if (k > 0 && until_wait(m) == 0) {
            wait_here(m, to, n - done);
            return;
        }
        if (k == 0) {
            hold_film(m, to, n - done);
            return;
        }
        set_running(m, true);
        m->holding = m->waiting = false;
        m->a_underrun += clip_pull(m->current, to, k);
        fade_wait(m, to, k);
        m->a_film += k;
        m->a_out += k;
        done += k;
    }
}

/* --- audio: voices, gains ---------------------------------------------------------------------------------------- */

static void end_voice(struct mixer *m, int i)
{
    m->voice[i].sound = NULL;
    atomic_store(&m->voice_busy[i], false);
}

/* False: the voice has ended. */
static bool mix_voice(struct mixer_voice *v, float *out, int64_t n)
{
    const float loud = v->opts.gain > 0 ? v->opts.gain : 1.0f;
    for (int64_t i = 0; i < n; i++) {
        if (v->at >= v->sound->length_smp) {
            if (!v->opts.loop)
                return false;
            v->at = 0;
        }
        const float *s = v->sound->data + v->at++ * FILM_CHANNELS;
        out[i * 2] += s[0] * loud * v->gain;
        out[i * 2 + 1] += s[1] * loud * v->gain;
        v->gain = CLAMP(v->gain + v->step, 0.0f, 1.0f);
        if (v->gain < 1e-5f && v->step < 0) /* not quite 0, because steps are rounded */
            return false;
    }
    return true;
}

/* How many samples of a buffer of n pass before the voice begins; at the start of the buffer the film was at `film`.
 * Within a buffer the film runs first and then stands, never the other way round. */
static int64_t begins_after(const struct mixer *m, struct mixer_voice *v, int64_t film, int64_t n)
{
    if (v->begun)
        return 0;
    if (v->opts.film_smp >= m->a_film)
        return n;
    v->begun = true;
    v->at = MAX(0, film - v->opts.film_smp);
    return MAX(0, v->opts.film_smp - film);
}

static void mix_voices(struct mixer *m, float *out, int64_t n, bool through_pause, int64_t film)
{
    for (int i = 0; i < MIXER_VOICES; i++) {
        struct mixer_voice *v = &m->voice[i];
        if (!v->sound || v->opts.through_pause != through_pause)
            continue;
        const int64_t after = begins_after(m, v, film, n);
        const bool unwanted = !v->begun && v->step < 0;
        if (unwanted || !mix_voice(v, out + after * FILM_CHANNELS, n - after))
            end_voice(m, i);
    }
}

/* Moves *gain towards `to` by 1/ramp a sample and scales the n samples by it. Does nothing while both are 1. */
static void ramp_gain(float *out, int64_t n, float *gain, float to, int64_t ramp)
{
    const float step = 1.0f / (float)ramp;
    if (*gain == 1.0f && to == 1.0f)
        return;
    for (int64_t i = 0; i < n; i++) {
        *gain = *gain < to ? MIN(to, *gain + step) : MAX(to, *gain - step);
        out[i * 2] *= *gain;
        out[i * 2 + 1] *= *gain;
    }
}

static void clamp_all(float *out, int64_t n)
{
    for (int64_t i = 0; i < n * FILM_CHANNELS; i++)
        out[i] = CLAMP(out[i], -1.0f, 1.0f);
}

/* How many samples a pause still needs to fade out. */
static int64_t until_paused(const struct mixer *m)
{
    return (int64_t)(m->pause_gain * PAUSE_RAMP_SMP + 0.999f);
}

static_assert(FILM_CHANNELS == 2, "left and right");

static void make_mono(float *out, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        out[2 * i] = out[2 * i + 1] = (out[2 * i] + out[2 * i + 1]) * 0.5f;
}

static void render_stretch(struct mixer *m, float *out, int64_t n, bool paused)
{
    const int64_t active = paused ? MIN(n, until_paused(m)) : n;
    const int64_t film = m->a_film;
    render_film(m, out, active);
    mix_voices(m, out, active, false, film);
    ramp_gain(out, active, &m->pause_gain, paused ? 0.0f : 1.0f, PAUSE_RAMP_SMP);
    if (active < n) {
        m->pause_gain = 0;
        set_running(m, false);
        memset(out + active * FILM_CHANNELS, 0, (size_t)(n - active) * FILM_CHANNELS * sizeof *out);
        m->a_out += n - active;
    }
    mix_voices(m, out, n, true, film);
    ramp_gain(out, n, &m->gain, atomic_load(&m->volume), VOLUME_RAMP_SMP);
    if (atomic_load(&m->mono))
        make_mono(out, n);
    clamp_all(out, n);
}

void mixer_render(struct mixer *m, float *out, int64_t n)
{
    assert(n >= 0 && (atomic_load(&m->seq) & 1) == 0); /* only one thread renders */
    atomic_fetch_add(&m->seq, 1);
    do_commands(m);
    const bool paused = atomic_load(&m->paused);
    int64_t done = 0;
    do {
        const int64_t k = uniform_run(m, n - done);
        render_stretch(m, out + done * FILM_CHANNELS, k, paused);
        done += k;
    } while (done < n);
    assert(mixer_check(m));
    publish_now(m, paused && m->pause_gain <= 0);
    atomic_fetch_add(&m->seq, 1);
}

/* --- main: commands ----------------------------------------------------------------------------------------------- */

static bool try_send(struct mixer *m, const struct mixer_command *c)
{
    const uint32_t in = atomic_load(&m->command_in), waiting = in - atomic_load(&m->command_out);
    assert(waiting <= COMMANDS);
    if (waiting == COMMANDS)
        return false;
    m->command[in % COMMANDS] = *c;
    atomic_store(&m->command_in, in + 1);
    return true;
}

static void send_backlog(struct mixer *m)
{
    const struct mixer_command *c;
    while ((c = g_queue_peek_head(&m->backlog)) && try_send(m, c))
        g_free(g_queue_pop_head(&m->backlog));
}

static void send_command(struct mixer *m, const struct mixer_command *c)
{
    send_backlog(m);
    if (!g_queue_is_empty(&m->backlog) || !try_send(m, c))
        g_queue_push_tail(&m->backlog, g_memdup2(c, sizeof *c));
}

uint32_t mixer_queue(struct mixer *m, struct clip *next, int64_t cut_smp)
{
    const uint32_t serial = ++m->last_serial;
    assert(next && cut_smp >= 0);
    send_command(
        m, &(struct mixer_command){
               .type = COMMAND_QUEUE, .clip = next, .cut_smp = cut_smp, .serial = serial, .after = m->seen_serial});
    return serial;
}

void mixer_unqueue(struct mixer *m)
{
    send_command(m, &(struct mixer_command){.type = COMMAND_UNQUEUE});
}

bool mixer_poll(struct mixer *m, struct mixer_event *ev)
{
    send_backlog(m);
    const uint32_t at = atomic_load(&m->event_out);
    if (at == atomic_load(&m->event_in))
        return false;
    *ev = m->event[at % EVENTS];
    if (ev->type == MIXER_STARTED)
        m->seen_serial = ev->serial;
    assert(m->seen_serial <= m->last_serial && ev->clip);
    atomic_store(&m->event_out, at + 1);
    return true;
}

void mixer_pause(struct mixer *m, bool paused)
{
    atomic_store(&m->paused, paused);
}

void mixer_wait_at(struct mixer *m, int64_t film_smp, int64_t for_smp)
{
    assert(film_smp >= 0 && for_smp >= 0);
    send_command(m, &(struct mixer_command){.type = COMMAND_WAIT, .cut_smp = film_smp, .for_smp = for_smp});
}

void mixer_set_volume(struct mixer *m, float gain)
{
    atomic_store(&m->volume, CLAMP(gain, 0.0f, 1.0f));
}

void mixer_set_mono(struct mixer *m, bool mono)
{
    atomic_store(&m->mono, mono);
}

int mixer_voice_start(struct mixer *m, const struct sound *s, const struct mixer_voice_opts *opts)
{
    assert(s && s->length_smp > 0);
    for (int i = 0; i < MIXER_VOICES; i++) {
        if (atomic_load(&m->voice_busy[i]))
            continue;
        atomic_store(&m->voice_busy[i], true);
        struct mixer_command c = {.type = COMMAND_VOICE, .voice = i, .sound = s};
        if (opts)
            c.opts = *opts;
        send_command(m, &c);
        return i;
    }
    return -1;
}

void mixer_voice_stop(struct mixer *m, int voice, int64_t fade_smp)
{
    if (voice < 0 || voice >= MIXER_VOICES || !atomic_load(&m->voice_busy[voice]))
        return;
    send_command(m, &(struct mixer_command){.type = COMMAND_VOICE_STOP,
                                            .voice = voice,
                                            .fade_smp = fade_smp > 0 ? fade_smp : PAUSE_RAMP_SMP});
}

/* --- any thread: positions ---------------------------------------------------------------------------------------- */

void mixer_now(const struct mixer *m, struct mixer_now *out)
{
    uint32_t before;
    do {
        while ((before = atomic_load(&m->seq)) & 1)
            ;
        *out = (struct mixer_now){.state = (enum mixer_state)atomic_load(&m->state),
                                  .serial = atomic_load(&m->now_serial),
                                  .out_smp = atomic_load(&m->out),
                                  .film_smp = atomic_load(&m->film),
                                  .start_smp = atomic_load(&m->start),
                                  .held_smp = atomic_load(&m->held),
                                  .underrun_smp = atomic_load(&m->underrun),
                                  .standing_since_smp = atomic_load(&m->standing_since)};
    } while (atomic_load(&m->seq) != before);
}

/* What the film does at an output position. */
struct film_moment {
    int64_t film;
    bool runs;
};

static struct film_moment moment_at(const struct mixer *m, int64_t out_smp)
{
    const int64_t n = atomic_load(&m->spans);
    struct film_moment at = {0};
    for (int64_t i = MAX(0, n - SPANS); i < n; i++) {
        const struct film_span *s = &m->span[i % SPANS];
        const int64_t since = out_smp - atomic_load(&s->out);
        if (since < 0 && i == MAX(0, n - SPANS))
            return (struct film_moment){.film = atomic_load(&s->film)};
        if (since < 0)
            return at;
        at.runs = atomic_load(&s->running);
        at.film = atomic_load(&s->film) + (at.runs ? since : 0);
    }
    return at;
}

/* The same, as of one moment of the audio thread. */
static struct film_moment consistent_moment(const struct mixer *m, int64_t out_smp)
{
    uint32_t before;
    struct film_moment at;
    do {
        while ((before = atomic_load(&m->seq)) & 1)
            ;
        at = moment_at(m, out_smp);
    } while (atomic_load(&m->seq) != before);
    return at;
}

int64_t mixer_film_at(const struct mixer *m, int64_t out_smp)
{
    return consistent_moment(m, out_smp).film;
}

bool mixer_stands_at(const struct mixer *m, int64_t out_smp)
{
    return !consistent_moment(m, out_smp).runs;
}
