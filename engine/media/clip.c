#include "media/clip.h"

#include <assert.h>
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/monotonic.h"
#include "media/media.h"
#include "media/media_limits.h"
#include "media/media_pool.h"
#include "media/picture_decoder.h"
#include "media/ring.h"
#include "media/source.h"
#include "media/streams.h"
#include "media/sound_decoder.h"

enum {
    STANDBY_SMP = FILM_RATE / 5, /* 200 ms */
    PLAYING_SMP = FILM_RATE / 2,
    COLD_SMP = FILM_RATE / 10, /* 100 ms: enough to start when somebody waits */
    LOW_SMP = FILM_RATE / 5,   /* 200 ms, and LOW_FRAMES: a playing clip that has less fills its queues again. A busy
                                * machine lets a thread of normal priority wait for less than that */
    LOW_FRAMES = 3,
    CHUNK_SMP = 2048,
    FRAMES_MAX = 16,
    AHEAD_BYTES = 2 << 20, /* of packets are read ahead while the clip plays, so that its length is known early */
    POLL_US = 40000,       /* we look at most this often how much the audio thread has taken: it must not wake us */
    STANDBY_NICE = 5,      /* low, but not so low that other programs can keep a clip from being ready in time */
};

struct clip {
    struct media *media;
    struct clip_spec spec;  /* owns its strings; constant after clip_open() */
    char *name;             /* of its file, for messages; constant as well */
    struct media_user user; /* constant as well */
    pthread_t thread;       /* main thread: the worker's */

    /* The worker's. A clip that begins to play gets a new thread at normal priority, because a thread cannot raise
     * its own priority again; the new one takes over when the old one has left. */
    struct streams streams;

    /* Under the lock (of pthread, not of GLib, because ThreadSanitizer knows it). */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int64_t generation; /* counts the workers; when it changes, the old one leaves */
    bool playing;
    bool refilling; /* the queues are being filled; false from when they are full until one of them runs low */
    bool lacks;     /* see clip_lacks() */
    bool opened, no_picture, forced_text, picture_end, sound_end, ahead_end;
    int standby_frames;
    struct frame *queue[FRAMES_MAX];
    int queue_first, queue_len;
    int64_t last_at; /* position of the newest frame; -1: none yet */
    enum clip_state state;
    char *error, *warning;
    struct clip_stats stats;

    /* Any thread. */
    atomic_bool stop, warm;
    atomic_bool hurry; /* it plays, or somebody waits for it */
    _Atomic int64_t length_smp, told_smp;
    struct ring ring; /* the worker writes, the audio thread reads */
};

static_assert(CLIP_PLAYING_FRAMES <= FRAMES_MAX && CLIP_STANDBY_FRAMES <= CLIP_PLAYING_FRAMES, "the queue holds them");
static_assert(LOW_FRAMES < CLIP_PLAYING_FRAMES && LOW_SMP < PLAYING_SMP, "a queue that is full does not run low");
static_assert(PLAYING_SMP + CHUNK_SMP <= RING_SMP && STANDBY_SMP < PLAYING_SMP && COLD_SMP <= STANDBY_SMP,
              "the ring holds what is decoded ahead, and a warm clip has more than a cold one");

/* Under the lock. */
static bool clip_check(const struct clip *c)
{
    const bool started = c->state == CLIP_WARM || c->state == CLIP_PLAYING || c->state == CLIP_ENDED;
    assert(c->queue_first >= 0 && c->queue_first < FRAMES_MAX);
    assert(c->queue_len >= 0 && c->queue_len <= FRAMES_MAX);
    assert(c->standby_frames >= 1 && c->standby_frames <= FRAMES_MAX);
    assert(c->last_at >= -1 && (c->queue_len == 0 || c->last_at >= 0));
    assert(atomic_load(&c->warm) == started);
    assert(!started || c->opened);
    assert(c->state != CLIP_ENDED || (c->picture_end && c->sound_end));
    assert((c->state == CLIP_FAILED) == (c->error != NULL));
    assert(!c->no_picture || c->queue_len == 0);
    assert(c->stats.packet_bytes >= 0 && c->generation >= 0);
    return true;
}

/* --- the audio thread --------------------------------------------------------------------------------------------- */

int64_t clip_pull_pos(const struct clip *c)
{
    return ring_pulled(&c->ring);
}

int64_t clip_pull(struct clip *c, float *out, int64_t n)
{
    return ring_pull(&c->ring, out, n, atomic_load(&c->length_smp));
}

int64_t clip_length_smp(const struct clip *c)
{
    return atomic_load(&c->length_smp);
}

int64_t clip_told_length_smp(const struct clip *c)
{
    return atomic_load(&c->told_smp);
}

bool clip_can_start(const struct clip *c)
{
    return atomic_load(&c->warm);
}

/* --- worker: opening ------------------------------------------------------------------------------------------- */

static bool is_stopped(const struct clip *c)
{
    return atomic_load_explicit(&c->stop, memory_order_relaxed);
}

static void set_length(struct clip *c, int64_t smp)
{
    const int64_t least = MAX(us_to_smp(c->spec.at_least_us), 1);
    if (smp != US_NONE && atomic_load(&c->length_smp) == US_NONE)
        atomic_store(&c->length_smp, MAX(smp, least));
}

/* Only the first warning is kept: later ones follow from it. */
static void set_warning(struct clip *c, char *text)
{
    pthread_mutex_lock(&c->lock);
    if (c->warning)
        g_free(text);
    else
        c->warning = text;
    pthread_mutex_unlock(&c->lock);
}

static void fail_clip(struct clip *c, const char *text)
{
    pthread_mutex_lock(&c->lock);
    if (!c->error)
        c->error = g_strdup(text);
    c->state = CLIP_FAILED;
    pthread_mutex_unlock(&c->lock);
}

static void open_clip(struct clip *c)
{
    GError *error = NULL;
    char *warning = NULL;
    const bool good = streams_open(&c->streams, c->media, &c->spec, &c->user, &warning, &error);
    pthread_mutex_lock(&c->lock);
    c->lacks = c->streams.lacks; /* before anybody hears of an error or a warning */
    pthread_mutex_unlock(&c->lock);
    if (warning)
        set_warning(c, warning);
    if (good) {
        set_length(c, streams_length_smp(&c->streams, &c->spec));
        atomic_store(&c->told_smp, streams_told_length_smp(&c->streams, &c->spec));
    } else
        fail_clip(c, error ? error->message : "was closed while it opened");
    g_clear_error(&error);
    if (!c->streams.sound)
        ring_end(&c->ring, 0);
    pthread_mutex_lock(&c->lock);
    c->opened = true;
    c->no_picture = !c->streams.picture;
    c->forced_text = c->streams.forced_text;
    c->picture_end = !c->streams.picture || !good;
    c->sound_end = !c->streams.sound || !good;
    pthread_mutex_unlock(&c->lock);
}

/* --- worker: one step of each kind ------------------------------------------------------------------------------- */

static const char *clip_name(const struct clip *c)
{
    return c->name;
}

/* All of the file lies before the segment. */
static bool is_behind_end(const struct clip *c)
{
    const int64_t end = streams_is_still(&c->streams) ? US_NONE : streams_file_end_smp(&c->streams);
    return end != US_NONE && end <= 0;
}

static void fail_without_picture(struct clip *c, const struct picture_decoder_facts *f)
{
    const char *why = is_behind_end(c) ? "ends before the range begins"
                      : f->refused     ? f->refused
                                       : "no picture can be decoded";
    g_autofree char *text = g_strdup_printf("%s: %s", clip_name(c), why);
    fail_clip(c, text);
}

/* The picture has ended. Is that where it should end? */
static void check_picture_end(struct clip *c)
{
    struct picture_decoder_facts f;
    picture_decoder_facts(c->streams.picture, &f);
    const int64_t length = atomic_load(&c->length_smp);
    const int64_t end = streams_is_still(&c->streams) ? US_NONE : streams_file_end_smp(&c->streams);
    if (is_stopped(c))
        return;
    if (c->last_at < 0) {
        fail_without_picture(c, &f);
    } else if (f.refused) {
        set_warning(c, g_strdup_printf("%s: %s", clip_name(c), f.refused));
    } else if (f.damaged + f.missing > 0 || streams_unsound(&c->streams)) {
        set_warning(c, g_strdup_printf("%s: is damaged; what can be decoded is shown", clip_name(c)));
    } else if (end != US_NONE && length != US_NONE && length - end > FILM_RATE / 100 && c->spec.for_us <= 0) {
        set_warning(c, g_strdup_printf("%s: ends %.3f s before the range does; its last picture stays", clip_name(c),
                                       (double)(length - end) / FILM_RATE));
    }
}

static void step_picture(struct clip *c)
{
    struct frame *f = picture_decoder_next(c->streams.picture);
    if (f && c->last_at < 0 && is_behind_end(c))
        g_clear_pointer(&f, frame_free); /* the file's last picture does not stay beyond its end */
    set_length(c, streams_length_smp(&c->streams, &c->spec));
    if (!f)
        check_picture_end(c);
    struct picture_decoder_facts facts;
    picture_decoder_facts(c->streams.picture, &facts);
    pthread_mutex_lock(&c->lock);
    if (f) {
        assert(f->at_smp > c->last_at && f->dur_smp > 0);
        assert(c->queue_len < FRAMES_MAX);
        c->queue[(c->queue_first + c->queue_len++) % FRAMES_MAX] = f;
        c->last_at = f->at_smp;
    }
    c->picture_end = !f;
    c->stats.width = facts.width;
    c->stats.height = facts.height;
    c->stats.hardware = facts.hardware;
    c->stats.bytes = facts.decoder_bytes; /* clip_stats() adds the rest */
    pthread_mutex_unlock(&c->lock);
}

static void check_sound_file(struct clip *c, const struct source *file)
{
    if (file && source_damaged(file) && !is_stopped(c))
        set_warning(c, g_strdup_printf("%s: is damaged; what can be decoded is heard", source_path(file)));
}

/* Are files damaged that hold sound and no picture of this clip? */
static void check_sound_files(struct clip *c)
{
    const struct streams *s = &c->streams;
    check_sound_file(c, s->files[2]);
    check_sound_file(c, s->files[1] ? s->files[1] : s->picture ? NULL : s->files[0]);
}

/* The sound has ended, which gives the length if nothing else does. */
static void end_sound(struct clip *c)
{
    if ((!c->streams.picture || streams_is_still(&c->streams)) && !is_stopped(c))
        set_length(c, ring_written(&c->ring));
    else if (!is_stopped(c))
        set_length(c, streams_length_smp(&c->streams, &c->spec));
    if (!c->streams.picture && ring_written(&c->ring) <= c->spec.start_smp && !is_stopped(c)) {
        g_autofree char *text = g_strdup_printf("%s: no sound can be decoded", clip_name(c));
        if (c->spec.for_us > 0)
            set_warning(c, g_steal_pointer(&text));
        else
            fail_clip(c, text);
    } else {
        check_sound_files(c);
    }
}

static void step_sound(struct clip *c)
{
    float buf[CHUNK_SMP * FILM_CHANNELS];
    const int64_t length = atomic_load(&c->length_smp), at = ring_written(&c->ring);
    const int64_t room = ring_room(&c->ring); /* read once: it grows while the sound is heard */
    int64_t n = MIN(CHUNK_SMP, room);
    if (length != US_NONE)
        n = MIN(n, length - at);
    const int64_t got = n > 0 ? streams_read_sound(&c->streams, buf, n, length != US_NONE) : 0;
    ring_write(&c->ring, buf, got);
    const bool end = got == 0 && (n > 0 || (length != US_NONE && at >= length));
    if (end) { /* the rest of the segment is meant to be silent: no underrun */
        end_sound(c);
        ring_end(&c->ring, at);
    }
    pthread_mutex_lock(&c->lock);
    c->sound_end = end;
    pthread_mutex_unlock(&c->lock);
}

static void step_ahead(struct clip *c)
{
    const bool more = source_read_ahead(c->streams.files[0]);
    if (!more)
        set_length(c, streams_length_smp(&c->streams, &c->spec));
    pthread_mutex_lock(&c->lock);
    c->ahead_end = !more;
    pthread_mutex_unlock(&c->lock);
}

/* --- worker: what to do next (under the lock) -------------------------------------------------------------------- */

static bool has_room_for_frames(const struct clip *c)
{
    return !c->picture_end && c->queue_len < (c->playing ? CLIP_PLAYING_FRAMES : c->standby_frames);
}

static bool has_room_for_sound(const struct clip *c)
{
    return !c->sound_end && ring_available(&c->ring) < (c->playing ? PLAYING_SMP : STANDBY_SMP);
}

static int64_t queued_smp(const struct clip *c)
{
    return c->queue_len ? c->last_at - c->queue[c->queue_first]->at_smp : 0;
}

static bool runs_low(const struct clip *c)
{
    const bool few = c->queue_len <= LOW_FRAMES || queued_smp(c) < LOW_SMP;
    return (!c->picture_end && few) || (!c->sound_end && ring_available(&c->ring) < LOW_SMP);
}

static bool needs_frames(const struct clip *c)
{
    return c->refilling && has_room_for_frames(c);
}

static bool needs_sound(const struct clip *c)
{
    return c->refilling && has_room_for_sound(c);
}

static bool may_read_ahead(const struct clip *c)
{
    return c->playing && c->streams.picture && !c->picture_end && !c->ahead_end &&
           c->stats.packet_bytes < AHEAD_BYTES && atomic_load(&c->length_smp) == US_NONE;
}

/* A clip that plays decodes in bursts. Within a burst the decoder finds its tables and reference pictures in the
 * processor's cache: that saves a sixth of the processor time of a whole play (tests/bench/README.md). */
static void note_room(struct clip *c)
{
    if (!c->playing || runs_low(c))
        c->refilling = true;
    else if (!has_room_for_frames(c) && !has_room_for_sound(c))
        c->refilling = false;
}

typedef void (*step_fn)(struct clip *c);

/* A stream is decoded only while its queue is short. The first frame comes first, then the sound: while it plays, the
 * other frames can be decoded. */
static step_fn choose_step(struct clip *c)
{
    note_room(c);
    const bool frames = needs_frames(c), sound = needs_sound(c);
    if (sound && ring_available(&c->ring) < COLD_SMP && (!frames || c->queue_len > 0))
        return step_sound;
    if (frames)
        return step_picture;
    if (sound)
        return step_sound;
    return may_read_ahead(c) ? step_ahead : NULL;
}

/* If somebody waits for the clip, its first frame and a little sound are enough. */
static bool is_warm(const struct clip *c)
{
    const int frames = c->playing ? 1 : c->standby_frames;
    const int64_t sound = c->playing ? COLD_SMP : STANDBY_SMP;
    return (c->picture_end || c->queue_len >= frames) && (c->sound_end || ring_available(&c->ring) >= sound);
}

static void note_progress(struct clip *c)
{
    c->stats.packet_bytes = streams_packet_bytes(&c->streams);
    if (c->state == CLIP_OPENING && c->opened && is_warm(c)) {
        c->state = CLIP_WARM;
        atomic_store(&c->warm, true);
    }
    if (c->state == CLIP_WARM && c->playing)
        c->state = CLIP_PLAYING;
    if ((c->state == CLIP_WARM || c->state == CLIP_PLAYING) && c->picture_end && c->sound_end)
        c->state = CLIP_ENDED;
    assert(clip_check(c));
}

/* --- worker: the thread ------------------------------------------------------------------------------------------ */

static void wait_for_work(struct clip *c)
{
    if (!c->playing || c->sound_end) {
        pthread_cond_wait(&c->wake, &c->lock);
        return;
    }
    const int64_t more_smp = ring_available(&c->ring) - LOW_SMP;
    const struct timespec t = monotonic_after_us(MAX(POLL_US, more_smp * US_PER_SECOND / FILM_RATE));
    pthread_cond_timedwait(&c->wake, &c->lock, &t);
}

/* A clip that waits, or that has decoded everything, lends its demuxers to others. */
static void lend_files(struct clip *c)
{
    streams_lend(&c->streams);
}

static void free_clip(struct clip *c)
{
    struct media *m = c->media;
    assert(is_stopped(c));         /* the caller has closed the clip */
    atomic_store(&c->stop, false); /* so that the demuxers are fit for reuse */
    streams_close(&c->streams);
    for (int i = 0; i < c->queue_len; i++)
        frame_free(c->queue[(c->queue_first + i) % FRAMES_MAX]);
    g_free(c->error);
    g_free(c->warning);
    clip_spec_clear(&c->spec);
    g_free(c->name);
    ring_clear(&c->ring);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    g_free(c);
    media_clip_gone(m);
}

static void run_worker(struct clip *c, int64_t mine)
{
    pthread_mutex_lock(&c->lock);
    const bool open = !c->opened && (c->generation == mine || c->spec.at_once);
    pthread_mutex_unlock(&c->lock);
    if (open)
        open_clip(c);
    pthread_mutex_lock(&c->lock);
    note_progress(c);
    for (bool lent = false; !is_stopped(c) && c->generation == mine;) {
        const step_fn step = c->state == CLIP_FAILED ? NULL : choose_step(c);
        if (!step && (lent || (c->playing && c->state != CLIP_ENDED))) {
            wait_for_work(c);
            continue;
        }
        pthread_mutex_unlock(&c->lock);
        (step ? step : lend_files)(c);
        lent = !step;
        pthread_mutex_lock(&c->lock);
        note_progress(c);
    }
    const bool last = c->generation == mine;
    pthread_mutex_unlock(&c->lock);
    if (last)
        free_clip(c);
}

/* Opening a clip must not disturb the running film. On Linux a nice value belongs to the thread. */
static void *preroll_thread(void *clip)
{
    const struct clip *c = clip;
    if (!c->spec.at_once)
        setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), STANDBY_NICE);
    run_worker(clip, 0);
    return NULL;
}

struct takeover {
    struct clip *clip;
    pthread_t from;
    int64_t generation;
};

static void *takeover_thread(void *data)
{
    struct takeover t = *(struct takeover *)data;
    g_free(data);
    pthread_join(t.from, NULL);
    run_worker(t.clip, t.generation);
    return NULL;
}

static void start_thread(pthread_t *t, void *(*run)(void *), void *data)
{
    if (pthread_create(t, NULL, run, data) != 0)
        g_error("out of threads"); /* the end, as in GLib when it cannot start a thread (base/give_up.h) */
}

/* --- main -------------------------------------------------------------------------------------------------------- */

struct clip *clip_open(struct media *m, const struct clip_spec *spec)
{
    struct clip *c = g_new0(struct clip, 1);
    c->media = m;
    c->spec = clip_spec_copy(spec);
    c->name = spec->path         ? beneath_name(spec->path)
              : spec->sound_path ? beneath_name(spec->sound_path)
                                 : g_strdup("blank");
    c->user = (struct media_user){&c->stop, &c->hurry};
    atomic_store(&c->hurry, spec->at_once);
    c->spec.start_smp = MAX(spec->start_smp, 0);
    ring_init(&c->ring, c->spec.start_smp);
    c->last_at = -1;
    c->standby_frames = spec->standby_frames > 0 ? MIN(spec->standby_frames, FRAMES_MAX) : CLIP_STANDBY_FRAMES;
    atomic_store(&c->length_smp, US_NONE);
    atomic_store(&c->told_smp, US_NONE);
    pthread_mutex_init(&c->lock, NULL);
    monotonic_cond_init(&c->wake);
    assert(clip_check(c));
    media_clip_begins(m);
    start_thread(&c->thread, preroll_thread, c);
    return c;
}

void clip_close(struct clip *c)
{
    if (!c)
        return;
    pthread_detach(c->thread);
    pthread_mutex_lock(&c->lock);
    atomic_store(&c->stop, true);
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

void clip_play(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const bool was = c->playing;
    c->playing = true;
    atomic_store(&c->hurry, true);
    const int64_t generation = was ? c->generation : ++c->generation;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (was)
        return;
    struct takeover *t = g_new(struct takeover, 1);
    *t = (struct takeover){c, c->thread, generation};
    start_thread(&c->thread, takeover_thread, t);
}

void clip_set_standby_frames(struct clip *c, int n)
{
    pthread_mutex_lock(&c->lock);
    c->standby_frames = CLAMP(n, 1, FRAMES_MAX);
    assert(clip_check(c));
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

enum clip_state clip_state(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const enum clip_state s = c->state;
    pthread_mutex_unlock(&c->lock);
    return s;
}

const char *clip_error(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const char *e = c->error;
    pthread_mutex_unlock(&c->lock);
    return e;
}

const char *clip_warning(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const char *w = c->warning;
    pthread_mutex_unlock(&c->lock);
    return w;
}

bool clip_lacks(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const bool lacks = c->lacks;
    pthread_mutex_unlock(&c->lock);
    return lacks;
}

bool clip_has_picture(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const bool has = !c->no_picture;
    pthread_mutex_unlock(&c->lock);
    return has;
}

bool clip_has_forced_text(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const bool has = c->forced_text;
    pthread_mutex_unlock(&c->lock);
    return has;
}

const struct stream_facts *clip_streams(struct clip *c, int *n)
{
    pthread_mutex_lock(&c->lock);
    const bool open = c->opened;
    pthread_mutex_unlock(&c->lock);
    *n = open ? c->streams.n_facts : 0; /* from then on it stays as it is */
    return open ? c->streams.facts : NULL;
}

static bool has_reached(const struct clip *c, int64_t until)
{
    if (c->state == CLIP_FAILED)
        return true;
    if (c->state == CLIP_OPENING)
        return false;
    return (!has_room_for_sound(c) || ring_written(&c->ring) >= until) &&
           (!has_room_for_frames(c) || c->last_at >= until);
}

bool clip_is_ready(struct clip *c, int64_t until_smp)
{
    pthread_mutex_lock(&c->lock);
    const bool ready = has_reached(c, until_smp);
    if (!ready) {
        c->refilling = true;
        pthread_cond_signal(&c->wake);
    }
    pthread_mutex_unlock(&c->lock);
    return ready;
}

/* --- main: the picture -------------------------------------------------------------------------------------------- */

static struct frame *pop_frame(struct clip *c)
{
    struct frame *f = c->queue[c->queue_first];
    c->queue_first = (c->queue_first + 1) % FRAMES_MAX;
    c->queue_len--;
    assert(f && clip_check(c));
    return f;
}

const struct frame *clip_peek(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const struct frame *f = c->queue_len ? c->queue[c->queue_first] : NULL;
    pthread_mutex_unlock(&c->lock);
    return f;
}

bool clip_lacks_frame(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const bool lacks = c->queue_len == 0 && !c->picture_end && c->state != CLIP_FAILED;
    pthread_mutex_unlock(&c->lock);
    return lacks;
}

struct frame *clip_take(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    struct frame *f = c->queue_len ? pop_frame(c) : NULL;
    if (!c->playing || runs_low(c))
        pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    return f;
}

struct frame *clip_take_due(struct clip *c, int64_t pos_smp, int64_t *dropped)
{
    struct frame *due = NULL;
    int64_t passed = 0;
    for (const struct frame *f; (f = clip_peek(c)) && f->at_smp <= pos_smp;) {
        passed += due != NULL;
        frame_free(due);
        due = clip_take(c);
    }
    if (dropped)
        *dropped += passed;
    return due;
}

/* --- main: what it holds ------------------------------------------------------------------------------------------ */

void clip_stats(struct clip *c, struct clip_stats *out)
{
    pthread_mutex_lock(&c->lock);
    *out = c->stats;
    out->state = c->state;
    out->frames_queued = c->queue_len;
    out->sound_smp = ring_available(&c->ring);
    out->bytes += RING_SMP * FILM_CHANNELS * (int64_t)sizeof(float) + out->packet_bytes;
    for (int i = 0; i < c->queue_len; i++)
        out->bytes += frame_bytes(c->queue[(c->queue_first + i) % FRAMES_MAX]);
    pthread_mutex_unlock(&c->lock);
}

int64_t clip_bytes(struct clip *c)
{
    struct clip_stats s;
    clip_stats(c, &s);
    return s.bytes;
}
