#include "media/subs.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/beneath.h"
#include "base/monotonic.h"
#include "base/units.h"
#include "media/demuxer.h"
#include "media/media_pool.h"
#include "media/subs_painter.h"
#include "media/subs_reader.h"
#include "media/subs_track.h"

/* Containers are read this far ahead of what is shown. */
#define AHEAD_MS 10000
/* What lies further ahead than this is sought instead of read up to. */
#define SEEK_MS 60000
/* The next moment's picture is drawn this long before it is due. */
#define LEAD_MS 2000
/* Pictures that change are drawn for the next frame, which is at most this far away. */
#define STEP_MS_MAX 100

enum { PICTURES_MAX = 4 };

struct wish {
    int64_t ms, step_ms; /* step_ms: until the next frame, as far as one can tell; 0: there is none */
    struct subs_view view;
    unsigned number; /* counts the wishes; 0: none yet */
};

struct subs {
    struct media *media;
    char *path, *language, *title;
    enum stream_purpose purpose;
    bool only_forced;
    int64_t from_ms;
    atomic_bool stop; /* ends reading */

    /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t wished, done;
    bool closed, opened, failed; /* opened: whether it can be read is known */
    struct wish wish;
    unsigned served;     /* the number of the last wish that was fulfilled */
    GPtrArray *pictures; /* struct subs_picture, on the file's clock; the newest is last */
    struct subs_findings findings;
    char *error;

    /* main */
    struct subs_picture *shown;
    int64_t last_ms;
    bool told[SUBS_FAULTS], error_told;

    /* the file's thread */
    struct subs_findings found;
    struct subs_reader *reader;
    struct subs_track *track;
    struct subs_painter *painter;
    int64_t start_ms; /* where the reading began that is going on */
    bool ended;
};

/* Under the lock. */
static bool subs_check(const struct subs *s)
{
    assert(s->served <= s->wish.number);
    assert(s->pictures->len <= PICTURES_MAX);
    assert(!s->failed || s->error);
    return true;
}

/* ---- pictures: under the lock ------------------------------------------------------------------------------------- */

static bool covers(const struct subs_picture *p, int64_t ms, const struct subs_view *v)
{
    return subs_view_equal(&p->view, v) && p->moment.from_ms <= ms && ms < p->moment.to_ms;
}

/* What is exactly right at that time. */
static bool fits(const struct subs_picture *p, int64_t ms, const struct subs_view *v)
{
    return covers(p, ms, v) && (!p->moment.animated || p->at_ms == ms);
}

/* The newest that covers that time; among those of an animated moment, the one that fits. NULL: none. */
static struct subs_picture *find_picture(const struct subs *s, int64_t ms, const struct subs_view *v)
{
    struct subs_picture *found = NULL;
    for (guint i = s->pictures->len; i-- > 0;) {
        struct subs_picture *p = s->pictures->pdata[i];
        if (fits(p, ms, v))
            return p;
        if (!found && covers(p, ms, v))
            found = p;
    }
    return found;
}

/* Is there nothing to draw for now, and for what comes soon? */
static bool is_prepared(const struct subs *s, const struct wish *w)
{
    const struct subs_picture *now = find_picture(s, w->ms, &w->view);
    if (!now || now->moment.animated || !fits(now, w->ms, &w->view))
        return false;
    return now->moment.to_ms > w->ms + LEAD_MS / 2 || find_picture(s, now->moment.to_ms, &w->view);
}

static bool is_over(const struct subs_picture *p, const struct wish *w)
{
    return !subs_view_equal(&p->view, &w->view) || p->moment.to_ms <= w->ms || (p->moment.animated && p->at_ms < w->ms);
}

static void publish(struct subs *s, struct subs_picture *p)
{
    pthread_mutex_lock(&s->lock);
    for (guint i = s->pictures->len; i-- > 0;)
        if (is_over(s->pictures->pdata[i], &s->wish))
            g_ptr_array_remove_index(s->pictures, i);
    if (s->pictures->len == PICTURES_MAX)
        g_ptr_array_remove_index(s->pictures, 0);
    g_ptr_array_add(s->pictures, p);
    s->findings = s->found;
    assert(subs_check(s));
    pthread_cond_broadcast(&s->done);
    pthread_mutex_unlock(&s->lock);
}

/* ---- the file's thread -------------------------------------------------------------------------------------------- */

/* Does somebody wait for something else by now? */
static bool is_outdated(struct subs *s, unsigned number)
{
    pthread_mutex_lock(&s->lock);
    const bool yes = s->closed || (s->wish.number != number && !is_prepared(s, &s->wish));
    pthread_mutex_unlock(&s->lock);
    return yes;
}

static bool read_once(struct subs *s)
{
    struct subs_line line = {0};
    const enum subs_read got = subs_reader_next(s->reader, &line);
    if (got == SUBS_READ_LINE)
        subs_track_add(s->track, &line);
    s->ended = got == SUBS_READ_END;
    return !s->ended;
}

/* Goes to where reading must begin, if it is not on its way there already. */
static void seek(struct subs *s, int64_t ms)
{
    const int64_t position = subs_reader_position_ms(s->reader);
    if (subs_reader_is_text(s->reader) || (ms >= s->start_ms && (s->ended || ms < position + SEEK_MS)))
        return;
    subs_track_clear(s->track);
    subs_reader_seek(s->reader, ms);
    s->start_ms = ms;
    s->ended = false;
}

/* Reads until everything is known that is shown at `ms`. */
static void read_to(struct subs *s, int64_t ms)
{
    seek(s, ms);
    while (!s->ended && (subs_reader_is_text(s->reader) || subs_reader_position_ms(s->reader) <= ms))
        read_once(s);
}

static void read_ahead(struct subs *s, int64_t ms, unsigned number)
{
    for (int i = 1; !s->ended && subs_reader_position_ms(s->reader) <= ms; i++)
        if (!read_once(s) || (i % 64 == 0 && is_outdated(s, number)))
            return;
}

/* Nothing is known of what has not been read yet. */
static struct subs_picture *paint(struct subs *s, int64_t ms, const struct subs_view *view)
{
    struct subs_picture *p = subs_painter_paint(s->painter, ms, view);
    if (!s->ended)
        p->moment.to_ms = MIN(p->moment.to_ms, MAX(subs_reader_position_ms(s->reader), ms + 1));
    return p;
}

static bool is_drawn(struct subs *s, int64_t ms, const struct subs_view *view)
{
    pthread_mutex_lock(&s->lock);
    const bool yes = s->closed || find_picture(s, ms, view);
    pthread_mutex_unlock(&s->lock);
    return yes;
}

static void draw(struct subs *s, int64_t ms, const struct subs_view *view)
{
    if (!is_drawn(s, ms, view))
        publish(s, paint(s, ms, view));
}

/* A picture that changes is drawn for the next frame, too; one that stays is followed by the next one. */
static void serve(struct subs *s, const struct wish *w)
{
    read_to(s, w->ms);
    struct subs_moment m = subs_track_moment(s->track, w->ms);
    if (m.animated && w->step_ms == 0)
        publish(s, paint(s, w->ms, &w->view));
    else
        draw(s, w->ms, &w->view);
    if (m.animated && w->step_ms > 0 && w->ms + w->step_ms < m.to_ms)
        publish(s, paint(s, w->ms + w->step_ms, &w->view));
    read_ahead(s, w->ms + AHEAD_MS, w->number);
    m = subs_track_moment(s->track, w->ms);
    if (m.to_ms <= w->ms + LEAD_MS && !is_outdated(s, w->number))
        draw(s, m.to_ms, &w->view);
}

static bool open_file(struct subs *s, GError **error)
{
    const struct subs_wish wish = {{s->language, s->purpose, s->title}, s->only_forced};
    s->reader = subs_reader_open(s->path, &wish, &s->stop, &s->found, error);
    s->track = s->reader ? subs_track_new(s->reader, &s->found) : NULL;
    s->painter = s->track ? subs_painter_new(s->track) : NULL;
    if (s->reader && !s->painter)
        g_set_error(error, MEDIA_ERROR, 0, "%s: libass does not start", s->path);
    if (s->painter)
        read_to(s, s->from_ms);
    return s->painter != NULL;
}

/* Waits for a wish that is not fulfilled. False: closed. */
static bool next_wish(struct subs *s, struct wish *out)
{
    pthread_mutex_lock(&s->lock);
    s->served = out->number;
    pthread_cond_broadcast(&s->done);
    while (!s->closed && s->served == s->wish.number)
        pthread_cond_wait(&s->wished, &s->lock);
    *out = s->wish;
    const bool goes_on = !s->closed;
    pthread_mutex_unlock(&s->lock);
    return goes_on;
}

static void free_subs(struct subs *s)
{
    subs_painter_free(s->painter);
    subs_track_free(s->track);
    subs_reader_close(s->reader);
    subs_picture_unref(s->shown);
    g_ptr_array_unref(s->pictures);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->wished);
    pthread_cond_destroy(&s->done);
    g_free(s->error);
    g_free(s->language);
    g_free(s->title);
    g_free(s->path);
    g_free(s);
}

static void *run(void *data)
{
    struct subs *s = data;
    struct media *m = s->media;
    struct wish w = {0};
    GError *error = NULL;
    const bool good = open_file(s, &error);
    pthread_mutex_lock(&s->lock);
    s->failed = !good;
    s->error = good ? NULL : g_strdup(error->message);
    s->findings = s->found;
    s->opened = true;
    pthread_cond_broadcast(&s->done);
    pthread_mutex_unlock(&s->lock);
    g_clear_error(&error);
    while (next_wish(s, &w))
        if (good)
            serve(s, &w);
    free_subs(s);
    media_helper_gone(m);
    return NULL;
}

/* ---- main --------------------------------------------------------------------------------------------------------- */

struct subs *subs_open(struct media *m, const struct subs_spec *spec)
{
    struct subs *s = g_new0(struct subs, 1);
    s->media = m;
    s->path = g_strdup(spec->path);
    s->language = g_strdup(spec->wish.language);
    s->title = g_strdup(spec->wish.title);
    s->purpose = spec->wish.purpose;
    s->only_forced = spec->only_forced;
    s->from_ms = spec->from_us / US_PER_MS;
    s->last_ms = INT64_MIN;
    s->pictures = g_ptr_array_new_with_free_func((GDestroyNotify)subs_picture_unref);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wished, NULL);
    monotonic_cond_init(&s->done);
    media_helper_start(m, run, s);
    return s;
}

void subs_close(struct subs *s)
{
    if (!s)
        return;
    atomic_store(&s->stop, true);
    pthread_mutex_lock(&s->lock);
    s->closed = true;
    pthread_cond_signal(&s->wished);
    pthread_mutex_unlock(&s->lock); /* from here on it may be gone */
}

static bool is_view(const struct subs_view *v)
{
    return v->w > 0 && v->h > 0 && v->w <= SUBS_SIDE_MAX && v->h <= SUBS_SIDE_MAX;
}

/* Under the lock. */
static void wish_for(struct subs *s, int64_t ms, int64_t step_ms, const struct subs_view *view)
{
    const struct wish w = {ms, step_ms, *view, s->wish.number + 1};
    if (s->failed || is_prepared(s, &w))
        return;
    s->wish = w;
    pthread_cond_signal(&s->wished);
}

const struct subs_image *subs_show(struct subs *s, int64_t t_us, const struct subs_view *view, int *n)
{
    const int64_t ms = s->from_ms + t_us / US_PER_MS;
    const int64_t step = s->last_ms == INT64_MIN ? 0 : ms - s->last_ms;
    const bool steady = step > 0 && step <= STEP_MS_MAX;
    *n = 0;
    s->last_ms = ms;
    if (!is_view(view))
        return NULL;
    pthread_mutex_lock(&s->lock);
    struct subs_picture *p = find_picture(s, ms, view);
    if (p)
        subs_picture_ref(p);
    wish_for(s, ms, steady ? step : 0, view);
    assert(subs_check(s));
    pthread_mutex_unlock(&s->lock);
    subs_picture_unref(s->shown);
    s->shown = p;
    *n = p ? (int)p->images->len : 0;
    return p ? (const struct subs_image *)(const void *)p->images->data : NULL;
}

bool subs_wait(struct subs *s, int64_t t_us, const struct subs_view *view, int ms)
{
    const int64_t at_ms = s->from_ms + t_us / US_PER_MS;
    const struct timespec end = monotonic_after_us(ms * US_PER_MS);
    if (!is_view(view))
        return true;
    pthread_mutex_lock(&s->lock);
    int rc = 0;
    for (;;) {
        const struct subs_picture *p = find_picture(s, at_ms, view);
        if (s->failed || (p && fits(p, at_ms, view)) || rc != 0)
            break;
        if (s->served == s->wish.number)
            wish_for(s, at_ms, 0, view);
        rc = pthread_cond_timedwait(&s->done, &s->lock, &end);
    }
    const bool good = rc == 0;
    pthread_mutex_unlock(&s->lock);
    return good;
}

bool subs_wait_open(struct subs *s, int ms)
{
    const struct timespec end = monotonic_after_us(ms * US_PER_MS);
    int rc = 0;
    pthread_mutex_lock(&s->lock);
    while (!s->opened && rc == 0)
        rc = pthread_cond_timedwait(&s->done, &s->lock, &end);
    const bool opened = s->opened;
    pthread_mutex_unlock(&s->lock);
    return opened;
}

char *subs_take_problem(struct subs *s)
{
    char *words = NULL;
    pthread_mutex_lock(&s->lock);
    if (s->error && !s->error_told) {
        s->error_told = true;
        words = g_strdup(s->error);
    }
    for (enum subs_fault i = 0; i < SUBS_FAULTS && !words && !s->error; i++)
        if (s->findings.count[i] > 0 && !s->told[i]) {
            g_autofree char *what = subs_findings_words(&s->findings, i), *name = beneath_name(s->path);
            s->told[i] = true;
            words = g_strdup_printf("%s: %s; %s", name, what, subs_findings_advice(i));
        }
    pthread_mutex_unlock(&s->lock);
    return words;
}

/* ---- the text alone ----------------------------------------------------------------------------------------------- */

static void scan_events(struct subs_reader *r, struct subs_track *t, int64_t most_bytes)
{
    enum subs_read got;
    struct subs_line line = {0};
    while ((got = subs_reader_next(r, &line)) != SUBS_READ_END && subs_reader_bytes(r) <= most_bytes)
        if (got == SUBS_READ_LINE)
            subs_track_add(t, &line);
    g_free(line.event);
}

static int by_time(const void *a, const void *b)
{
    const struct subs_event *x = a, *y = b;
    return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

/* The events of the file, in a track that the caller frees before the reader. NULL with *error. */
static struct subs_track *scan_file(struct subs_reader *r, const char *path, bool whole, struct subs_findings *findings,
                                    GError **error)
{
    struct subs_track *t = r ? subs_track_new(r, findings) : NULL;
    if (r && !t)
        g_set_error(error, MEDIA_ERROR, 0, "%s: libass does not start", path);
    if (t)
        scan_events(r, t, whole ? INT64_MAX : SUBS_SCAN_BYTES);
    return t;
}

GArray *subs_scan(const char *path, const char *language, bool whole, const atomic_bool *stop,
                  struct subs_findings *findings, GError **error)
{
    const atomic_bool never = false;
    *findings = (struct subs_findings){0};
    const struct subs_wish wish = {.text = {.language = language}};
    struct subs_reader *r = subs_reader_open(path, &wish, stop ? stop : &never, findings, error);
    struct subs_track *t = scan_file(r, path, whole, findings, error);
    GArray *out = t ? g_array_new(FALSE, FALSE, sizeof(struct subs_event)) : NULL;
    for (int i = 0; t && i < subs_track_ass(t)->n_events; i++) {
        const struct subs_event e = subs_track_event(t, i);
        g_array_append_val(out, e);
    }
    if (out)
        g_array_sort(out, by_time); /* a container may hold them in any order */
    subs_track_free(t);
    subs_reader_close(r);
    return out;
}

static void clear_words(void *words)
{
    g_free(((struct subs_words *)words)->ass);
}

static int words_by_time(const void *a, const void *b)
{
    const struct subs_words *x = a, *y = b;
    return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

GArray *subs_read_words(const char *path, const char *language, GError **error)
{
    const atomic_bool never = false;
    struct subs_findings findings = {0};
    const struct subs_wish wish = {.text = {.language = language}};
    struct subs_reader *r = subs_reader_open(path, &wish, &never, &findings, error);
    struct subs_track *t = scan_file(r, path, true, &findings, error);
    GArray *out = t ? g_array_new(FALSE, FALSE, sizeof(struct subs_words)) : NULL;
    for (int i = 0; t && i < subs_track_ass(t)->n_events; i++) {
        const struct subs_event e = subs_track_event(t, i);
        const struct subs_words words = {e.from_us, e.to_us, g_strdup(subs_track_ass(t)->events[i].Text)};
        g_array_append_val(out, words);
    }
    if (out) {
        g_array_set_clear_func(out, clear_words);
        g_array_sort(out, words_by_time);
    }
    subs_track_free(t);
    subs_reader_close(r);
    return out;
}
