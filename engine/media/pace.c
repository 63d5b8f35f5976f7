#include "media/pace.h"

#include <assert.h>
#include <glib.h>
#include <rubberband/rubberband-c.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum {
    SPANS = 16,
    BLOCK_SMP = 1024, /* no more is handed to the stretcher at once */
    FADE_SMP = FILM_RATE / 100,
};
static_assert(FADE_SMP <= BLOCK_SMP, "what is cross-faded is pulled at once");

/* Its engine R3 with short windows: 2 to 4 % of a core, 1.7 ms for the longest buffer of 11 ms, and a steady tone keeps its
 * pitch. With long ones it takes three times as long. R2 is no faster, and off by up to 1.5 %. */
#define BAND_OPTIONS                                                                                                   \
    (RubberBandOptionProcessRealTime | RubberBandOptionEngineFiner | RubberBandOptionWindowShort |                     \
     RubberBandOptionThreadingNever | RubberBandOptionChannelsTogether)

struct stretcher {
    RubberBandState band;
    int32_t percent;
    int64_t skip;           /* output samples to be dropped: what the pad in front has become */
    int64_t fed, made;      /* source samples that it was given, output samples that were taken */
    struct stretcher *next; /* in the list of those that are done with */
};

/* The source position as a function of the output position, piece by piece. */
struct pace_span {
    _Atomic int64_t out, source;
    _Atomic int32_t percent;
};

struct pace {
    pace_pull pull;
    void *user;
    int32_t wanted; /* main thread */

    /* both threads */
    struct stretcher normal;          /* stands for none */
    _Atomic(struct stretcher *) mail; /* for the audio thread; NULL: nothing new */
    _Atomic(struct stretcher *) done; /* for the main thread, to be freed */

    /* The audio thread writes, anyone reads. What is read between two equal even values of `seq` is consistent. */
    _Atomic uint32_t seq;
    struct pace_span span[SPANS];
    _Atomic int64_t spans; /* how many were ever begun; the last SPANS are kept */

    /* audio thread */
    struct stretcher *now;  /* NULL: what is pulled is what comes out */
    struct stretcher *next; /* as soon as `now` is left; NULL: nothing is to change */
    bool leaving;
    int64_t ends_at; /* when it is left: output sample of `now` at which the cross-fade begins */
    int64_t out, source;
    float edge[FADE_SMP * FILM_CHANNELS]; /* the source where it is cross-faded */
    float block[BLOCK_SMP * FILM_CHANNELS];
    float channel[FILM_CHANNELS][BLOCK_SMP];
};

/* ---- stretchers: main thread ------------------------------------------------------------------------------------- */

static void stretcher_free(struct stretcher *s)
{
    rubberband_delete(s->band);
    g_free(s);
}

/* What comes out of it begins with the first sample that goes in. */
static struct stretcher *stretcher_new(int32_t percent)
{
    static const float silence[BLOCK_SMP];
    const float *const in[FILM_CHANNELS] = {silence, silence};
    struct stretcher *s = g_new0(struct stretcher, 1);
    s->percent = percent;
    s->band = rubberband_new(FILM_RATE, FILM_CHANNELS, BAND_OPTIONS, (double)PACE_NORMAL / percent, 1.0);
    rubberband_set_max_process_size(s->band, BLOCK_SMP);
    for (unsigned pad = rubberband_get_preferred_start_pad(s->band), k; pad > 0; pad -= k) {
        k = MIN(pad, BLOCK_SMP);
        rubberband_process(s->band, in, k, 0);
    }
    s->skip = rubberband_get_start_delay(s->band);
    return s;
}

/* ---- audio: spans ------------------------------------------------------------------------------------------------ */

static void add_span(struct pace *p, int64_t out, int64_t source, int32_t percent)
{
    const int64_t n = atomic_load(&p->spans);
    struct pace_span *s = &p->span[n % SPANS];
    atomic_fetch_add(&p->seq, 1);
    atomic_store(&s->out, out);
    atomic_store(&s->source, source);
    atomic_store(&s->percent, percent);
    atomic_store(&p->spans, n + 1);
    atomic_fetch_add(&p->seq, 1);
}

/* ---- audio: stretching ------------------------------------------------------------------------------------------- */

static bool pace_check(const struct pace *p)
{
    assert(p->out >= 0 && p->source >= 0);
    assert(!p->leaving || p->now);
    assert(!p->now || (p->now->fed >= 0 && p->now->made >= 0 && p->now->percent != PACE_NORMAL));
    return true;
}

/* For the main thread to free. */
static void give_back(struct pace *p, struct stretcher *s)
{
    s->next = atomic_load(&p->done);
    while (!atomic_compare_exchange_weak(&p->done, &s->next, s))
        ;
}

static void take_mail(struct pace *p)
{
    struct stretcher *s = atomic_load(&p->mail) ? atomic_exchange(&p->mail, NULL) : NULL;
    if (!s)
        return;
    if (p->next && p->next != &p->normal)
        give_back(p, p->next);
    p->next = s;
}

/* Gives the stretcher k samples, of the source or, once it is left, of silence. */
static void feed(struct pace *p, struct stretcher *s, int64_t k)
{
    const float *const in[FILM_CHANNELS] = {p->channel[0], p->channel[1]};
    if (p->leaving) {
        memset(p->channel, 0, sizeof p->channel);
    } else {
        p->pull(p->user, p->block, k);
        p->source += k;
        s->fed += k;
        for (int64_t i = 0; i < k; i++)
            for (int c = 0; c < FILM_CHANNELS; c++)
                p->channel[c][i] = p->block[i * FILM_CHANNELS + c];
    }
    rubberband_process(s->band, in, (unsigned)k, 0);
}

/* The same with what is to be cross-faded. */
static void feed_edge(struct pace *p, struct stretcher *s)
{
    feed(p, s, FADE_SMP);
    memcpy(p->edge, p->block, sizeof p->edge);
}

/* Takes up to `most` samples that are ready, at most a block, into `channel`; at least one. */
static int64_t take(struct pace *p, struct stretcher *s, int64_t most)
{
    float *const to[FILM_CHANNELS] = {p->channel[0], p->channel[1]};
    int64_t ready;
    while ((ready = rubberband_available(s->band)) <= 0)
        feed(p, s, CLAMP((int64_t)rubberband_get_samples_required(s->band), 1, BLOCK_SMP));
    return rubberband_retrieve(s->band, to, (unsigned)MIN(ready, MIN(most, BLOCK_SMP)));
}

/* Renders n samples of the stretched sound. */
static void render_stretched(struct pace *p, float *out, int64_t n)
{
    struct stretcher *s = p->now;
    while (s->skip > 0)
        s->skip -= take(p, s, s->skip);
    for (int64_t done = 0, k; done < n; done += k) {
        k = take(p, s, n - done);
        for (int64_t i = 0; i < k; i++)
            for (int c = 0; c < FILM_CHANNELS; c++)
                out[(done + i) * FILM_CHANNELS + c] = p->channel[c][i];
    }
    s->made += n;
}

/* Mixes n samples of the edge, from `at` on, with what stands in `out`. `share`: the edge's at `at`; it changes by `step`. */
static void cross_fade(const struct pace *p, float *out, int64_t at, int64_t n, float share, float step)
{
    for (int64_t i = 0; i < n; i++, share += step)
        for (int c = 0; c < FILM_CHANNELS; c++) {
            float *x = &out[i * FILM_CHANNELS + c];
            *x += (p->edge[(at + i) * FILM_CHANNELS + c] - *x) * share;
        }
}

static void begin_next(struct pace *p)
{
    struct stretcher *s = p->next;
    p->next = NULL;
    if (s == &p->normal)
        return;
    p->now = s;
    add_span(p, p->out, p->source, s->percent);
    feed_edge(p, s);
}

/* It is given a little more of the source, and everything that it was given is heard: the last of it as it is. */
static void begin_leaving(struct pace *p)
{
    struct stretcher *s = p->now;
    const int64_t ends_at = s->fed * PACE_NORMAL / s->percent;
    p->ends_at = MAX(ends_at, s->made);
    feed_edge(p, s);
    p->leaving = true;
    add_span(p, p->out + p->ends_at - s->made, p->source - FADE_SMP, PACE_NORMAL);
}

/* At another speed than the normal one: renders some of n samples, and says how many. */
static int64_t render_some(struct pace *p, float *out, int64_t n)
{
    struct stretcher *s = p->now;
    if (s->made < FADE_SMP) {
        const int64_t at = s->made, k = MIN(n, FADE_SMP - at);
        render_stretched(p, out, k);
        cross_fade(p, out, at, k, (float)(FADE_SMP - at) / FADE_SMP, -1.0f / FADE_SMP);
        return k;
    }
    if (p->next && !p->leaving)
        begin_leaving(p);
    if (!p->leaving || s->made < p->ends_at) {
        const int64_t k = p->leaving ? MIN(n, p->ends_at - s->made) : n;
        render_stretched(p, out, k);
        return k;
    }
    const int64_t at = s->made - p->ends_at, k = MIN(n, FADE_SMP - at);
    render_stretched(p, out, k);
    cross_fade(p, out, at, k, (float)at / FADE_SMP, 1.0f / FADE_SMP);
    if (at + k == FADE_SMP) {
        give_back(p, s);
        p->now = NULL;
        p->leaving = false;
    }
    return k;
}

void pace_render(struct pace *p, float *out, int64_t n)
{
    take_mail(p);
    for (int64_t done = 0, k; done < n; done += k) {
        float *to = out + done * FILM_CHANNELS;
        if (!p->now && p->next)
            begin_next(p);
        k = n - done;
        if (p->now) {
            k = render_some(p, to, k);
        } else {
            p->pull(p->user, to, k);
            p->source += k;
        }
        p->out += k;
    }
    assert(pace_check(p));
}

/* ---- main thread ------------------------------------------------------------------------------------------------- */

struct pace *pace_new(pace_pull pull, void *user)
{
    struct pace *p = g_new0(struct pace, 1);
    p->pull = pull;
    p->user = user;
    p->wanted = p->normal.percent = PACE_NORMAL;
    add_span(p, 0, 0, PACE_NORMAL);
    return p;
}

static void free_done(struct pace *p)
{
    struct stretcher *s = atomic_exchange(&p->done, NULL), *next;
    for (; s; s = next) {
        next = s->next;
        stretcher_free(s);
    }
}

static void free_unless_normal(struct pace *p, struct stretcher *s)
{
    if (s && s != &p->normal)
        stretcher_free(s);
}

void pace_free(struct pace *p)
{
    if (!p)
        return;
    free_done(p);
    free_unless_normal(p, atomic_load(&p->mail));
    free_unless_normal(p, p->next);
    free_unless_normal(p, p->now);
    g_free(p);
}

void pace_set(struct pace *p, int32_t percent)
{
    assert(percent >= PACE_LEAST && percent <= PACE_MOST);
    if (percent == p->wanted)
        return;
    p->wanted = percent;
    free_done(p);
    struct stretcher *s = percent == PACE_NORMAL ? &p->normal : stretcher_new(percent);
    free_unless_normal(p, atomic_exchange(&p->mail, s));
}

int32_t pace_percent(const struct pace *p)
{
    return p->wanted;
}

/* ---- any thread: positions --------------------------------------------------------------------------------------- */

struct place {
    int64_t out, source;
    int32_t percent;
};

/* The last span that begins at or before `at`, counted in the output or in the source; else the first that is kept. */
static struct place span_at(const struct pace *p, int64_t at, bool in_source)
{
    struct place found;
    uint32_t before;
    do {
        while ((before = atomic_load(&p->seq)) & 1)
            ;
        const int64_t n = atomic_load(&p->spans), first = MAX(0, n - SPANS);
        int64_t i = n;
        do {
            const struct pace_span *s = &p->span[--i % SPANS];
            found = (struct place){atomic_load(&s->out), atomic_load(&s->source), atomic_load(&s->percent)};
        } while (i > first && (in_source ? found.source : found.out) > at);
    } while (atomic_load(&p->seq) != before);
    return found;
}

int64_t pace_source_at(const struct pace *p, int64_t out_smp)
{
    const struct place s = span_at(p, out_smp, false);
    return s.source + (out_smp - s.out) * s.percent / PACE_NORMAL;
}

int64_t pace_out_at(const struct pace *p, int64_t source_smp)
{
    const struct place s = span_at(p, source_smp, true);
    return s.out + (source_smp - s.source) * PACE_NORMAL / s.percent;
}
