#include "media/clip.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "media/media.h"
#include "media/media_parked.h"
#include "media/picture.h"
#include "media/source.h"
#include "media/tape.h"

enum {
    RING_SMP = 32768,           /* power of two; 683 ms */
    PARKED_SMP = FILM_RATE / 5, /* 200 ms */
    PLAYING_SMP = FILM_RATE / 2,
    COLD_SMP = FILM_RATE / 10, /* enough to start when somebody waits */
    CHUNK_SMP = 2048,
    FRAMES_MAX = 16,
    AHEAD_BYTES = 2 << 20, /* packets read ahead while playing, so that the end is known early */
    POLL_US = 40000,       /* the audio thread must not wake us: we look how much it has taken */
    PARKED_NICE = 5,       /* others who use the machine shall not starve what must be ready in time */
};

struct clip {
    struct media *media;
    struct clip_spec spec;  /* its strings are owned; constant after clip_open() */
    struct media_user user; /* constant, too */
    pthread_t thread;       /* main: the current worker */

    /* Worker: whichever thread is the current one. A clip that begins to play gets a new one at normal priority,
     * because a thread cannot raise itself again; it takes over when the old one has left. */
    struct source *files[2]; /* picture's, and the sound's if it is another */
    struct picture *picture;
    struct tape *tape;

    /* Lock (of pthread, not of GLib: ThreadSanitizer knows it). */
    pthread_mutex_t lock;
    pthread_cond_t wake, progress;
    int64_t generation; /* of the worker; a change sends the old one home */
    bool playing;
    bool opened, no_picture, picture_end, sound_end, ahead_end;
    int parked_frames;
    struct frame *queue[FRAMES_MAX];
    int queue_first, queue_len;
    int64_t last_at; /* of the newest frame; -1 */
    enum clip_state state;
    char *error, *warning;
    struct clip_stats stats;

    /* Atomics. The ring has one writer (worker) and one reader (audio); both count samples of the segment, the
     * reader may be ahead of the writer after an underrun. */
    atomic_bool stop, warm;
    atomic_bool hurry; /* it plays, or somebody waits for it */
    _Atomic int64_t length_smp, known_smp;
    _Atomic int64_t written, pulled;
    _Atomic int64_t sound_end_smp; /* silence from here on; INT64_MAX while unknown. Stored after `written` */
    float *ring;
};

/* --- the ring --------------------------------------------------------------------------------------------------- */

static void ring_copy_in(struct clip *c, int64_t at, const float *src, int64_t n)
{
    const int64_t i = at & (RING_SMP - 1), k = MIN(n, RING_SMP - i);
    memcpy(c->ring + i * FILM_CHANNELS, src, (size_t)k * FILM_CHANNELS * sizeof *src);
    memcpy(c->ring, src + k * FILM_CHANNELS, (size_t)(n - k) * FILM_CHANNELS * sizeof *src);
}

static void ring_copy_out(const struct clip *c, int64_t at, float *dst, int64_t n)
{
    const int64_t i = at & (RING_SMP - 1), k = MIN(n, RING_SMP - i);
    memcpy(dst, c->ring + i * FILM_CHANNELS, (size_t)k * FILM_CHANNELS * sizeof *dst);
    memcpy(dst + k * FILM_CHANNELS, c->ring, (size_t)(n - k) * FILM_CHANNELS * sizeof *dst);
}

/* What the reader has already passed over in silence is not stored. */
static void ring_write(struct clip *c, const float *src, int64_t n)
{
    const int64_t at = atomic_load(&c->written);
    const int64_t late = CLAMP(atomic_load(&c->pulled) - at, 0, n);
    ring_copy_in(c, at + late, src + late * FILM_CHANNELS, n - late);
    atomic_store(&c->written, at + n);
}

int64_t clip_pull_pos(const struct clip *c)
{
    return atomic_load(&c->pulled);
}

int64_t clip_pull(struct clip *c, float *out, int64_t n)
{
    const int64_t at = atomic_load(&c->pulled);
    const int64_t length = atomic_load(&c->length_smp);
    const int64_t sound_end = atomic_load(&c->sound_end_smp);
    const int64_t end = length == US_NONE ? sound_end : MIN(length, sound_end);
    const int64_t there = MIN(atomic_load(&c->written), end);
    const int64_t have = CLAMP(there - at, 0, n);
    ring_copy_out(c, at, out, have);
    memset(out + have * FILM_CHANNELS, 0, (size_t)(n - have) * FILM_CHANNELS * sizeof *out);
    atomic_store(&c->pulled, at + n);
    return MAX(0, MIN(at + n, end) - MAX(there, at));
}

int64_t clip_length_smp(const struct clip *c)
{
    return atomic_load(&c->length_smp);
}

int64_t clip_known_smp(const struct clip *c)
{
    const int64_t length = atomic_load(&c->length_smp);
    return length == US_NONE ? atomic_load(&c->known_smp) : length;
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

static void know_at_least(struct clip *c, int64_t smp)
{
    if (smp > atomic_load(&c->known_smp))
        atomic_store(&c->known_smp, smp);
}

/* The first warning stays: the later ones follow from it. */
static void warn(struct clip *c, char *text)
{
    pthread_mutex_lock(&c->lock);
    if (c->warning)
        g_free(text);
    else
        c->warning = text;
    pthread_mutex_unlock(&c->lock);
}

static void fail(struct clip *c, const char *text)
{
    pthread_mutex_lock(&c->lock);
    if (!c->error)
        c->error = g_strdup(text);
    c->state = CLIP_FAILED;
    pthread_cond_broadcast(&c->progress);
    pthread_mutex_unlock(&c->lock);
}

static void fail_error(struct clip *c, GError *error)
{
    fail(c, error ? error->message : "was closed while it opened");
    g_clear_error(&error);
}

static int64_t given_length(const struct clip_spec *s)
{
    return s->for_us > 0 ? us_to_smp(s->for_us) : US_NONE;
}

/* A missing sound file does not stop the picture. */
static void open_sound_file(struct clip *c)
{
    GError *error = NULL;
    struct source *s = source_open(c->media, c->spec.sound_path, &c->user, &error);
    const int stream = s ? source_sound(s, c->spec.audio_lang) : -1;
    if (stream >= 0) {
        source_choose(s, -1, stream);
        c->tape = tape_open(s, stream, &c->stop, &error);
    }
    c->files[1] = s;
    if (!c->tape)
        warn(c, error ? g_strdup(error->message) : g_strdup_printf("%s: holds no sound", c->spec.sound_path));
    g_clear_error(&error);
}

static bool open_picture_file(struct clip *c, GError **error)
{
    struct source *s = c->files[0] = source_open(c->media, c->spec.path, &c->user, error);
    if (!s)
        return false;
    const int picture = source_picture(s);
    const bool own_sound = !c->spec.sound_path && !c->spec.no_sound;
    const int sound = own_sound ? source_sound(s, c->spec.audio_lang) : -1;
    if (picture < 0 && sound < 0 && !c->spec.sound_path) {
        g_set_error(error, MEDIA_ERROR, 0, "%s: holds neither picture nor sound", c->spec.path);
        return false;
    }
    source_choose(s, picture, sound);
    const struct picture_range range = {.from_us = c->spec.from_us,
                                        .to_us = c->spec.to_us,
                                        .from_frame = c->spec.from_frame,
                                        .to_frame = c->spec.to_frame,
                                        .length_smp = given_length(&c->spec),
                                        .start_smp = c->spec.start_smp};
    if (picture >= 0 && !(c->picture = picture_open(s, picture, &range, media_hardware(c->media), &c->stop, error)))
        return false;
    GError *why = NULL;
    if (sound >= 0 && !(c->tape = tape_open(s, sound, &c->stop, &why))) {
        source_choose(s, picture, -1);
        warn(c, g_strdup(why->message));
    }
    g_clear_error(&why);
    return true;
}

/* Where on the clock of the sound's file position 0 of the segment lies. */
static int64_t sound_origin(const struct clip *c)
{
    if (c->files[1])
        return tape_content_smp(c->tape) + us_to_smp(MAX(c->spec.sound_from_us, 0));
    if (c->picture)
        return tape_align(c->tape, picture_zero_smp(c->picture)) + picture_from_smp(c->picture);
    return tape_content_smp(c->tape) + us_to_smp(MAX(c->spec.from_us, 0));
}

static void seek_files(struct clip *c)
{
    const int64_t sound_at = c->tape ? sound_origin(c) + c->spec.start_smp : US_NONE;
    const int64_t preroll = c->tape ? tape_preroll_us(c->tape) : 0;
    struct source *sound_file = c->files[1] ? c->files[1] : c->files[0];
    if (c->tape) {
        tape_begin(c->tape, sound_at);
        const bool early = sound_at - tape_content_smp(c->tape) <= us_to_smp(preroll);
        if (!c->picture || c->files[1])
            if (!early || source_astray(sound_file))
                source_seek(sound_file, early ? INT64_MIN : smp_to_us(sound_at), preroll);
    }
    if (!c->picture)
        return;
    const int64_t at = picture_target_us(c->picture);
    if (at != INT64_MIN || source_astray(c->files[0]))
        source_seek(c->files[0], at, c->files[1] ? 0 : preroll);
    picture_begin(c->picture);
}

static bool open_files(struct clip *c, GError **error)
{
    if (c->spec.path && !open_picture_file(c, error))
        return false;
    if (c->spec.sound_path && !c->spec.no_sound && !is_stopped(c))
        open_sound_file(c);
    seek_files(c);
    set_length(c, given_length(&c->spec));
    if (c->picture)
        set_length(c, picture_length_smp(c->picture));
    else if (c->spec.to_us > 0)
        set_length(c, us_to_smp(c->spec.to_us) - us_to_smp(MAX(c->spec.from_us, 0)));
    const bool endless = !c->tape && (!c->picture || (c->files[0] && source_is_still(c->files[0])));
    if (endless && atomic_load(&c->length_smp) == US_NONE) {
        g_set_error(error, MEDIA_ERROR, 0, "%s: needs a length", c->spec.path ? c->spec.path : "blank");
        return false;
    }
    return true;
}

static void open_clip(struct clip *c)
{
    GError *error = NULL;
    const bool good = open_files(c, &error);
    if (!good)
        fail_error(c, error);
    if (!c->tape)
        atomic_store(&c->sound_end_smp, 0);
    pthread_mutex_lock(&c->lock);
    c->opened = true;
    c->no_picture = !c->picture;
    c->picture_end = !c->picture || !good;
    c->sound_end = !c->tape || !good;
    pthread_mutex_unlock(&c->lock);
}

/* --- worker: one step of each kind ------------------------------------------------------------------------------- */

static const char *name_of(const struct clip *c)
{
    return c->spec.path ? c->spec.path : c->spec.sound_path ? c->spec.sound_path : "blank";
}

/* The picture is at its end: is that where it should be? */
static void judge_end(struct clip *c)
{
    struct picture_facts f;
    picture_facts(c->picture, &f);
    const int64_t length = atomic_load(&c->length_smp);
    if (is_stopped(c))
        return;
    if (f.shown_end_smp == 0 && c->last_at < 0) {
        g_autofree char *text = f.decoded || f.discarded
                                    ? g_strdup_printf("%s: ends before the range begins", name_of(c))
                                    : g_strdup_printf("%s: not one picture can be decoded", name_of(c));
        fail(c, text);
    } else if (f.damaged || source_damaged(c->files[0])) {
        warn(c, g_strdup_printf("%s: is damaged; what can be decoded is shown", name_of(c)));
    } else if (length != US_NONE && length - f.shown_end_smp > FILM_RATE / 100 && c->spec.for_us <= 0) {
        warn(c, g_strdup_printf("%s: ends %.3f s before the range does; its last picture stays", name_of(c),
                                (double)(length - f.shown_end_smp) / FILM_RATE));
    }
}

static void step_picture(struct clip *c)
{
    struct frame *f = picture_next(c->picture);
    const int64_t length = picture_length_smp(c->picture);
    if (f) {
        know_at_least(c, MIN(f->at_smp + f->dur_smp, f->at_smp + FILM_RATE));
    } else {
        judge_end(c);
    }
    set_length(c, length);
    struct picture_facts facts;
    picture_facts(c->picture, &facts);
    pthread_mutex_lock(&c->lock);
    if (f) {
        c->queue[(c->queue_first + c->queue_len++) % FRAMES_MAX] = f;
        c->last_at = f->at_smp;
    }
    c->picture_end = !f;
    c->stats.width = facts.width;
    c->stats.height = facts.height;
    c->stats.hardware = facts.hardware;
    c->stats.bytes = facts.decoder_bytes; /* clip_stats() adds the rest */
    c->stats.decoded_frames = facts.decoded;
    c->stats.discarded_frames = facts.discarded;
    pthread_mutex_unlock(&c->lock);
}

/* The sound's end: it gives the length if nothing else does. */
static void end_sound(struct clip *c)
{
    const bool still = c->files[0] && source_is_still(c->files[0]);
    if ((!c->picture || still) && !is_stopped(c))
        set_length(c, atomic_load(&c->written));
    if (!c->picture && atomic_load(&c->written) <= c->spec.start_smp && !is_stopped(c)) {
        g_autofree char *text = g_strdup_printf("%s: no sound can be decoded", name_of(c));
        if (c->spec.for_us > 0)
            warn(c, g_steal_pointer(&text));
        else
            fail(c, text);
    }
}

static void step_sound(struct clip *c)
{
    float buf[CHUNK_SMP * FILM_CHANNELS];
    const int64_t length = atomic_load(&c->length_smp), at = atomic_load(&c->written);
    const int64_t room = RING_SMP - (at - MIN(atomic_load(&c->pulled), at));
    int64_t n = MIN(CHUNK_SMP, room);
    if (length != US_NONE)
        n = MIN(n, length - at);
    const int64_t got = n > 0 ? tape_read(c->tape, buf, n) : 0;
    ring_write(c, buf, got);
    const bool end = got == 0 && (n > 0 || (length != US_NONE && at >= length));
    if (got > 0 && !c->picture)
        know_at_least(c, at + got);
    if (end) { /* the rest of the segment is silent, and that is no underrun */
        end_sound(c);
        atomic_store(&c->sound_end_smp, at);
    }
    pthread_mutex_lock(&c->lock);
    c->sound_end = end;
    pthread_mutex_unlock(&c->lock);
}

static void step_ahead(struct clip *c)
{
    const bool more = source_read_ahead(c->files[0]);
    if (!more)
        set_length(c, picture_length_smp(c->picture));
    pthread_mutex_lock(&c->lock);
    c->ahead_end = !more;
    pthread_mutex_unlock(&c->lock);
}

/* --- worker: what to do next (under the lock) -------------------------------------------------------------------- */

static int64_t sound_ahead(const struct clip *c)
{
    return MAX(0, atomic_load(&c->written) - atomic_load(&c->pulled));
}

static bool lacks_frames(const struct clip *c)
{
    return !c->picture_end && c->queue_len < (c->playing ? CLIP_PLAYING_FRAMES : c->parked_frames);
}

static bool lacks_sound(const struct clip *c)
{
    return !c->sound_end && sound_ahead(c) < (c->playing ? PLAYING_SMP : PARKED_SMP);
}

static bool may_read_ahead(const struct clip *c)
{
    return c->playing && c->picture && !c->picture_end && !c->ahead_end && c->stats.packet_bytes < AHEAD_BYTES &&
           atomic_load(&c->length_smp) == US_NONE;
}

typedef void (*step_fn)(struct clip *c);

/* A stream is decoded only while its queue is short; the first picture comes first, then the sound that hides the
 * decoding of the rest. */
static step_fn choose_step(const struct clip *c)
{
    const bool frames = lacks_frames(c), sound = lacks_sound(c);
    if (sound && sound_ahead(c) < COLD_SMP && (!frames || c->queue_len > 0))
        return step_sound;
    if (frames)
        return step_picture;
    if (sound)
        return step_sound;
    return may_read_ahead(c) ? step_ahead : NULL;
}

/* Someone who waits for a cold clip gets it with its first frame. */
static bool is_warm(const struct clip *c)
{
    const int frames = c->playing ? 1 : c->parked_frames;
    const int64_t sound = c->playing ? COLD_SMP : PARKED_SMP;
    return (c->picture_end || c->queue_len >= frames) && (c->sound_end || sound_ahead(c) >= sound);
}

static void note_progress(struct clip *c)
{
    c->stats.packet_bytes = 0;
    for (int i = 0; i < 2; i++)
        c->stats.packet_bytes += c->files[i] ? source_bytes(c->files[i]) : 0;
    if (c->state == CLIP_OPENING && c->opened && is_warm(c)) {
        c->state = CLIP_WARM;
        atomic_store(&c->warm, true);
    }
    if (c->state == CLIP_WARM && c->playing)
        c->state = CLIP_PLAYING;
    if ((c->state == CLIP_WARM || c->state == CLIP_PLAYING) && c->picture_end && c->sound_end)
        c->state = CLIP_ENDED;
    pthread_cond_broadcast(&c->progress);
}

/* --- worker: the thread ------------------------------------------------------------------------------------------ */

static void rest(struct clip *c)
{
    if (!c->playing || c->sound_end) {
        pthread_cond_wait(&c->wake, &c->lock);
        return;
    }
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    const int64_t ns = t.tv_nsec + POLL_US * 1000;
    t.tv_sec += ns / 1000000000;
    t.tv_nsec = ns % 1000000000;
    pthread_cond_timedwait(&c->wake, &c->lock, &t);
}

/* A clip that waits, or has decoded everything, leaves the demuxers to others. */
static void lend_files(struct clip *c)
{
    for (int i = 0; i < 2; i++)
        if (c->files[i])
            source_lend(c->files[i]);
}

static void free_clip(struct clip *c)
{
    struct media *m = c->media;
    picture_close(c->picture);
    tape_close(c->tape);
    atomic_store(&c->stop, false); /* the demuxers are parked in good order */
    for (int i = 0; i < 2; i++)
        source_close(c->files[i]);
    for (int i = 0; i < c->queue_len; i++)
        frame_free(c->queue[(c->queue_first + i) % FRAMES_MAX]);
    g_free(c->error);
    g_free(c->warning);
    g_free((char *)c->spec.path);
    g_free((char *)c->spec.sound_path);
    g_free((char *)c->spec.audio_lang);
    g_free(c->ring);
    pthread_cond_destroy(&c->wake);
    pthread_cond_destroy(&c->progress);
    pthread_mutex_destroy(&c->lock);
    g_free(c);
    media_clip_gone(m);
}

static void work(struct clip *c, int64_t mine)
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
            rest(c);
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

/* Pre-rolling must not disturb the running film. (On Linux a nice value belongs to the thread.) */
static void *pre_roll(void *clip)
{
    const struct clip *c = clip;
    if (!c->spec.at_once)
        setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), PARKED_NICE);
    work(clip, 0);
    return NULL;
}

struct takeover {
    struct clip *clip;
    pthread_t from;
    int64_t generation;
};

static void *take_over(void *data)
{
    struct takeover t = *(struct takeover *)data;
    g_free(data);
    pthread_join(t.from, NULL);
    work(t.clip, t.generation);
    return NULL;
}

static void start_thread(pthread_t *t, void *(*run)(void *), void *data)
{
    if (pthread_create(t, NULL, run, data) != 0)
        g_error("out of threads"); /* as GLib does */
}

/* --- main -------------------------------------------------------------------------------------------------------- */

struct clip *clip_open(struct media *m, const struct clip_spec *spec)
{
    struct clip *c = g_new0(struct clip, 1);
    pthread_condattr_t monotonic;
    c->media = m;
    c->spec = *spec;
    c->user = (struct media_user){&c->stop, &c->hurry};
    atomic_store(&c->hurry, spec->at_once);
    c->spec.path = g_strdup(spec->path);
    c->spec.sound_path = g_strdup(spec->sound_path);
    c->spec.audio_lang = g_strdup(spec->audio_lang);
    c->spec.start_smp = MAX(spec->start_smp, 0);
    c->ring = g_new(float, RING_SMP *FILM_CHANNELS);
    c->last_at = -1;
    c->parked_frames = spec->parked_frames > 0 ? MIN(spec->parked_frames, FRAMES_MAX) : CLIP_PARKED_FRAMES;
    atomic_store(&c->length_smp, US_NONE);
    atomic_store(&c->written, c->spec.start_smp);
    atomic_store(&c->pulled, c->spec.start_smp);
    atomic_store(&c->sound_end_smp, INT64_MAX);
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &monotonic);
    pthread_cond_init(&c->progress, NULL);
    pthread_condattr_destroy(&monotonic);
    media_clip_begins(m);
    start_thread(&c->thread, pre_roll, c);
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
    start_thread(&c->thread, take_over, t);
}

void clip_park(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    c->playing = false;
    pthread_mutex_unlock(&c->lock);
}

void clip_set_parked_frames(struct clip *c, int n)
{
    pthread_mutex_lock(&c->lock);
    c->parked_frames = CLAMP(n, 1, FRAMES_MAX);
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

bool clip_has_picture(struct clip *c)
{
    pthread_mutex_lock(&c->lock);
    const bool has = !c->no_picture;
    pthread_mutex_unlock(&c->lock);
    return has;
}

static bool reached(const struct clip *c, int64_t until)
{
    if (c->state == CLIP_FAILED)
        return true;
    if (c->state == CLIP_OPENING)
        return false;
    return (!lacks_sound(c) || atomic_load(&c->written) >= until) && (!lacks_frames(c) || c->last_at >= until);
}

void clip_await(struct clip *c, int64_t until_smp)
{
    pthread_mutex_lock(&c->lock);
    while (!reached(c, until_smp)) {
        pthread_cond_signal(&c->wake);
        pthread_cond_wait(&c->progress, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
}

bool clip_is_ready(struct clip *c, int64_t until_smp)
{
    pthread_mutex_lock(&c->lock);
    const bool ready = reached(c, until_smp);
    if (!ready)
        pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    return ready;
}

/* --- main: the picture -------------------------------------------------------------------------------------------- */

static struct frame *pop(struct clip *c)
{
    struct frame *f = c->queue[c->queue_first];
    c->queue_first = (c->queue_first + 1) % FRAMES_MAX;
    c->queue_len--;
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
    struct frame *f = c->queue_len ? pop(c) : NULL;
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
    out->sound_smp = sound_ahead(c);
    out->bytes += RING_SMP * FILM_CHANNELS * (int64_t)sizeof *c->ring + out->packet_bytes;
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
