#include "player/playout.h"

#include "base/beneath.h"
#include "play/schedule.h"
#include "player/prefetch.h"

#include <assert.h>
#include <glib.h>

#include <string.h>

/* This long before a node's end is mixed, what follows as things stand is queued in the mixer, even while a decision is
 * still open. It is longer than any device asks for at once, and short enough that viewers seldom change their minds
 * after it. */
#define QUEUE_LEAD_SMP (FILM_RATE * 2 / 5)

/* A shot that nothing leads up to, the film's first or one that the viewer goes back to, begins when so much of it is
 * decoded, or as much as its queues hold: other programs then do not make its first second stumble. */
#define PRIMED_SMP (FILM_RATE * 3 / 10)

/* The shot that plays changes its sound so far ahead of what is mixed, or twice as far if its clip was not decoded in time, and so on.
 * It is queued in the mixer no later than so long before: more than a device asks for at once. */
#define OTHER_LEAD_SMP      (FILM_RATE / 4)
#define OTHER_LEAD_MOST_SMP (FILM_RATE * 4)
#define OTHER_MARGIN_SMP    (FILM_RATE / 10)

/* How long a due picture may be missing before the viewer is told. */
#define SLOW_SMP (FILM_RATE / 10)
/* When the film goes on by more than this at once, whoever looks at it stood: the machine, or the display. At rest it is looked
 * at every fifth of a second. */
#define STOOD_SMP (FILM_RATE * 3 / 10)

/* A node's segment and the clip that plays it. */
struct shot {
    struct segment segment;
    struct clip *clip; /* the deck's until it has joined, then owned */
    uint32_t serial;   /* in the mixer; 0: not queued */
    int32_t node;      /* -1: there is no shot */
    int32_t selected;  /* what the viewer had selected when it was queued */
    int64_t start_smp; /* film position of the clip's 0 */
    bool at_once;      /* queued to cut at once, not at the end */
    bool sought;       /* it plays from where the viewer went */
    bool joined;       /* the mixer has joined it */
    bool warned;       /* the viewer was told what is wrong with its clip */
    bool slow_told;    /* the viewer was told that its pictures come too late, */
    bool stood_told;   /* or that they stood because everything did */
    int64_t lacks_smp; /* film position since which a picture is missing; 0: none is */
    bool released;     /* the mixer does not touch its clip any more */
};

struct playout {
    struct playout_options o;
    int32_t *copy;    /* scratch for a state */
    int32_t *next_of; /* the state that the segment of `next` was made from, while `next` is queued */
    struct prefetch prefetch;
    struct deck *deck;
    bool *broken;     /* per node: its file could not be played */
    bool *slate_told; /* per node: the viewer was told that a slate stands in for it */

    int64_t heard_smp;   /* film position at which the picture was looked at last */
    int64_t excused_smp; /* film position up to which it may lack because nobody looked */

    struct shot now, next;
    struct segment awaited; /* of the shot that nothing leads up to, until it is queued; all zero: none */
    struct shot replaced;   /* was queued, then replaced by `next`; kept until the mixer says which of them it took */
    struct shot other;      /* the one that plays, with another sound, which takes its place */
    int64_t other_lead_smp; /* how far ahead it was opened */
    bool other_again;       /* yet another sound is wanted, once it has */
    GPtrArray *leaving;     /* clips whose picture is gone, but that the mixer may still touch */
    bool outdated;          /* the situation changed since `prefetch` and `next` were computed */
    bool ends;              /* as things stand, no shot follows this one */

    int64_t held_smp; /* how long the mixer had been held when the shot that plays began */
    bool waits;       /* the mixer is held because the next shot is not warm, and the viewer was told */
    struct frame *frame;
    const struct frame *first; /* before the film begins: the first picture of what is awaited, its clip's; else NULL */
    uint64_t frame_serial;     /* rises whenever the picture is another one */
    int64_t frames, dropped;
    bool lacks; /* see struct playout_stats */
    GQueue notices;
};

static bool shot_check(const struct shot *shot)
{
    assert(shot->node >= 0 || (!shot->clip && !shot->serial));
    assert(!shot->serial ||
           (shot->clip && shot->segment.key)); /* what is queued can play, and has a name in the deck */
    assert(!shot->joined || shot->serial);
    return true;
}

static bool playout_check(const struct playout *p)
{
    assert(shot_check(&p->now) && shot_check(&p->next) && shot_check(&p->replaced) && shot_check(&p->other));
    assert(!p->now.clip || p->now.joined); /* only what is heard is shown */
    assert(!p->next.joined || !p->replaced.serial);
    assert(!p->now.serial || p->now.serial != p->next.serial);
    assert((!p->frame || p->now.clip) && (!p->first || !p->now.clip));
    assert(p->frames >= 0 && p->dropped >= 0);
    return true;
}

/* ---- making and freeing --------------------------------------------------------------------------------------- */

struct playout *playout_new(const struct playout_options *o)
{
    const size_t nodes = (size_t)o->story->n_nodes;
    const struct deck_opts deck = {.budget_bytes = o->deck_bytes};
    struct playout *p = g_new0(struct playout, 1);
    *p = (struct playout){
        .o = *o,
        .copy = g_new0(int32_t, (size_t)play_state_slots(o->story)),
        .next_of = g_new0(int32_t, (size_t)play_state_slots(o->story)),
        .deck = deck_new(o->media, &deck),
        .broken = g_new0(bool, nodes),
        .slate_told = g_new0(bool, nodes),
        .now.node = -1,
        .next.node = -1,
        .replaced.node = -1,
        .other.node = -1,
        .leaving = g_ptr_array_new(),
        .notices = G_QUEUE_INIT,
    };
    p->prefetch = (struct prefetch){
        .story = o->story,
        .deck = p->deck,
        .tracks = o->tracks,
        .broken = p->broken,
        .scratch = g_new0(int32_t, prefetch_scratch_slots(o->story)),
    };
    assert(playout_check(p));
    return p;
}

static void shot_clear(struct shot *shot)
{
    segment_clear(&shot->segment);
    *shot = (struct shot){.node = -1};
}

void playout_free(struct playout *p)
{
    if (!p)
        return;
    for (guint i = 0; i < p->leaving->len; i++)
        clip_close(p->leaving->pdata[i]);
    g_ptr_array_unref(p->leaving);
    clip_close(p->now.clip);
    if (p->next.joined)
        clip_close(p->next.clip);
    clip_close(p->other.clip);
    shot_clear(&p->other);
    shot_clear(&p->now);
    shot_clear(&p->next);
    shot_clear(&p->replaced);
    segment_clear(&p->awaited);
    deck_free(p->deck);
    frame_free(p->frame);
    g_queue_clear_full(&p->notices, g_free);
    prefetch_clear(&p->prefetch);
    g_free(p->prefetch.scratch);
    g_free(p->broken);
    g_free(p->slate_told);
    g_free(p->copy);
    g_free(p->next_of);
    g_free(p);
}

void playout_resume_at(struct playout *p, int64_t from_us)
{
    assert(from_us >= 0 && p->now.node < 0);
    p->prefetch.from_us = from_us;
    p->outdated = true;
}

void playout_seek(struct playout *p, int64_t at_us)
{
    p->prefetch.sought = at_us != US_NONE;
    p->prefetch.from_us = p->prefetch.sought ? at_us : 0;
    p->outdated = true;
}

void playout_set_tracks(struct playout *p, const struct segment_tracks *tracks, const int32_t *state)
{
    p->o.tracks = p->prefetch.tracks = *tracks;
    if (p->now.node >= 0 && p->now.node == state[PLAY_NODE])
        segment_speak(&p->now.segment, p->o.story, state, tracks);
    playout_situation_changed(p);
}

const struct segment_tracks *playout_tracks(const struct playout *p)
{
    return &p->o.tracks;
}

void playout_situation_changed(struct playout *p)
{
    p->outdated = true;
}

/* ---- what goes wrong -------------------------------------------------------------------------------------------- */

static void add_notice(struct playout *p, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static void add_notice(struct playout *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g_queue_push_tail(&p->notices, g_strdup_vprintf(fmt, ap));
    va_end(ap);
}

char *playout_take_notice(struct playout *p)
{
    return g_queue_pop_head(&p->notices);
}

/* For messages: the file that plays the shot, or the name of its node. The caller frees it. */
static char *shot_name(const struct playout *p, const struct shot *shot)
{
    return shot->segment.path ? beneath_name(shot->segment.path) : g_strdup(p->o.story->nodes[shot->node].name);
}

/* A clip that cannot be played becomes a slate, wherever its node plays from now on. The viewer is told once. */
static bool check_broken(struct playout *p, struct clip *clip, int32_t node)
{
    if (!clip || clip_state(clip) != CLIP_FAILED || p->broken[node])
        return false;
    p->broken[node] = true;
    p->lacks |= clip_lacks(clip);
    p->slate_told[node] = true;
    p->outdated = true;
    add_notice(p, "%s; a slate stands in for it", clip_error(clip));
    return true;
}

/* Some damage shows only in decoding: a file that ends early, a sound that is missing. */
static void check_warning(struct playout *p)
{
    const char *warning = p->now.warned ? NULL : clip_warning(p->now.clip);
    if (!warning)
        return;
    add_notice(p, "%s", warning);
    p->lacks |= clip_lacks(p->now.clip);
    p->o.fault(p->o.user, VIEWING_FAULT_DAMAGE, US_NONE);
    p->now.warned = true;
}

/* Says once per shot that its pictures come too late. */
static void tell_slow(struct playout *p, struct shot *shot)
{
    if (shot->slow_told)
        return;
    g_autofree char *name = shot_name(p, shot);
    add_notice(
        p,
        "%s: its pictures come too late (a slow disk, or too much for this machine); the last one stays until they do",
        name);
    shot->slow_told = true;
}

/* Neither the disk nor the decoder is at fault: nobody took the pictures. */
static void tell_stood(struct playout *p, struct shot *shot, int64_t stood_smp)
{
    if (shot->stood_told)
        return;
    g_autofree char *name = shot_name(p, shot);
    add_notice(p, "%s: its picture stood still for %d ms, as this machine or its display did; the sound went on", name,
               (int)(smp_to_us(stood_smp) / US_PER_MS));
    shot->stood_told = true;
}

static void tell_lack(struct playout *p, struct shot *shot, int64_t heard_smp)
{
    if (heard_smp < p->excused_smp)
        tell_stood(p, shot, heard_smp - shot->lacks_smp);
    else
        tell_slow(p, shot);
}

/* When the film has leapt, all pictures that were decoded ahead are past. Whoever decodes faster than the film plays has caught up
 * before it has gone on by as much again. */
static int64_t note_leap(struct playout *p, int64_t heard_smp)
{
    const int64_t leap_smp = heard_smp - p->heard_smp;
    p->heard_smp = heard_smp;
    if (leap_smp <= STOOD_SMP)
        return 0;
    p->excused_smp = heard_smp + leap_smp;
    return leap_smp;
}

/* If the disk or the decoder cannot keep up in the middle of a clip, the sound goes on and the last picture stays. */
static void check_slow(struct playout *p, int64_t heard_smp)
{
    struct shot *shot = &p->now;
    const int64_t leap_smp = note_leap(p, heard_smp);
    if (!clip_lacks_frame(shot->clip)) {
        playout_end_lack(p, heard_smp);
        return;
    }
    if (shot->lacks_smp == 0)
        shot->lacks_smp = heard_smp - leap_smp;
    if (heard_smp - shot->lacks_smp >= SLOW_SMP)
        tell_lack(p, shot, heard_smp);
}

/* What is recorded is also said, though the pictures may have come back before anybody looked. */
void playout_end_lack(struct playout *p, int64_t heard_smp)
{
    struct shot *shot = &p->now;
    const int64_t lacked_smp = heard_smp - shot->lacks_smp;
    if (shot->lacks_smp != 0 && lacked_smp >= SLOW_SMP) {
        tell_lack(p, shot, heard_smp);
        p->o.fault(p->o.user, VIEWING_FAULT_PICTURES, smp_to_us(lacked_smp));
    }
    shot->lacks_smp = 0;
}

/* The wait for the next shot is over: tells the fault. */
static void end_wait(struct playout *p)
{
    struct mixer_now mix;
    mixer_now(p->o.mixer, &mix);
    if (p->waits)
        p->o.fault(p->o.user, VIEWING_FAULT_WAIT, smp_to_us(mix.held_smp - p->held_smp));
    p->waits = false;
    p->held_smp = mix.held_smp;
}

void playout_end(struct playout *p, int64_t heard_smp)
{
    playout_end_lack(p, heard_smp);
    if (p->waits)
        end_wait(p);
}

/* ---- what follows --------------------------------------------------------------------------------------------- */

static bool is_settled(const struct playout *p, const struct situation *l)
{
    return l->state[PLAY_CUT] || schedule_next_decision(p->o.story, l->state) < 0;
}

static size_t state_bytes(const struct playout *p)
{
    return (size_t)play_state_slots(p->o.story) * sizeof *p->copy;
}

/* Works out the state behind this node, as things stand, in p->copy. */
static void foresee_next(struct playout *p, const struct situation *l)
{
    const struct story *s = p->o.story;
    const struct play_input leave = {.kind = PLAY_LEAVE};
    memcpy(p->copy, l->state, state_bytes(p));
    while (!p->copy[PLAY_CUT]) {
        const struct schedule_due due = schedule_next(s, p->copy, US_NONE, l->selected);
        if (due.at_us == US_NONE || !play_step(s, p->copy, &due.input, NULL, NULL))
            break;
    }
    play_step(s, p->copy, &leave, NULL, NULL);
}

/* Does nothing lead up to the next shot? */
static bool is_awaited(const struct playout *p, const struct situation *l)
{
    return p->now.node < 0 || l->jumping;
}

/* The state in which the next shot will begin, as things stand; NULL: it is too early to say. */
static const int32_t *following(struct playout *p, const struct situation *l)
{
    if (is_awaited(p, l))
        return l->state;
    struct mixer_now mix;
    mixer_now(p->o.mixer, &mix); /* a device that holds much sound has been given more than is heard */
    const int64_t end_smp = playout_end_smp(p);
    const bool near_end = end_smp != INT64_MAX && end_smp - MAX(l->heard_smp, mix.film_smp) < QUEUE_LEAD_SMP;
    if (!is_settled(p, l) && !near_end)
        return NULL;
    foresee_next(p, l);
    return p->copy;
}

/* Takes over the segment, which begins in `state`. */
static void queue_shot(struct playout *p, struct segment *segment, struct clip *clip, const int32_t *state,
                       const struct situation *l, bool at_once)
{
    if (p->next.serial)
        p->replaced = p->next;
    p->next = (struct shot){.segment = *segment,
                            .clip = clip,
                            .node = state[PLAY_NODE],
                            .selected = l->selected,
                            .at_once = at_once,
                            .sought = p->prefetch.sought};
    p->next.serial = mixer_queue(p->o.mixer, clip, at_once ? MIXER_AT_ONCE : MIXER_AT_END);
    memcpy(p->next_of, state, state_bytes(p));
    *segment = (struct segment){0};
}

static void unqueue_shot(struct playout *p)
{
    if (!p->next.serial)
        return;
    mixer_unqueue(p->o.mixer);
    p->replaced = p->next;
    p->next = (struct shot){.node = -1};
}

/* The clip of an awaited shot fills its queues as if it played, before the mixer may start it. */
static bool is_primed(struct playout *p, struct clip *clip, const struct situation *l, int64_t from_smp)
{
    if (!is_awaited(p, l))
        return true;
    clip_play(clip);
    return clip_is_ready(clip, from_smp + PRIMED_SMP) && (p->now.node >= 0 || !l->held_back);
}

/* What is queued already: does it have to go, or to cut at once? */
static void follow_queued(struct playout *p, bool at_once)
{
    if (check_broken(p, p->next.clip, p->next.node)) {
        unqueue_shot(p);
    } else if (at_once && !p->next.at_once) {
        p->next.serial = mixer_queue(p->o.mixer, p->next.clip, MIXER_AT_ONCE);
        p->next.at_once = true;
    }
}

/* Queues the shot that begins in `state` in the mixer, if it is not queued already. All else that a segment depends on changes only
 * together with `outdated`; so the segment is made once, and the disk asked for its files. */
static void queue_next(struct playout *p, const struct situation *l, const int32_t *state)
{
    const int32_t node = state[PLAY_NODE];
    const bool at_once = l->jumping || l->state[PLAY_CUT];
    const struct segment_options so = {
        .tracks = p->o.tracks, .broken = p->broken[node], .from_us = p->prefetch.from_us, .sought = p->prefetch.sought};
    struct segment segment;

    if (p->next.serial && !p->outdated && memcmp(p->next_of, state, state_bytes(p)) == 0) {
        follow_queued(p, at_once);
        return;
    }
    segment_make(&segment, p->o.story, state, &so);
    if (p->next.serial && strcmp(p->next.segment.key, segment.key) == 0) {
        memcpy(p->next_of, state, state_bytes(p));
        follow_queued(p, at_once);
    } else {
        struct clip *clip = deck_find(p->deck, segment.key);
        if (check_broken(p, clip, node) || !clip || clip_state(clip) == CLIP_FAILED)
            unqueue_shot(p);
        else if (is_primed(p, clip, l, segment.spec.start_smp))
            queue_shot(p, &segment, clip, state, l, at_once);
    }
    segment_clear(&p->awaited);
    if (segment.key && is_awaited(p, l) && !p->next.serial)
        p->awaited = segment;
    else
        segment_clear(&segment);
}

/* ---- another sound for the shot that plays ----------------------------------------------------------------------- */

static void drop_other(struct playout *p)
{
    assert(!p->other.serial || p->other.joined); /* what is queued is the mixer's to give back */
    if (p->other.clip && p->other.joined && !p->other.released)
        g_ptr_array_add(p->leaving, p->other.clip);
    else
        clip_close(p->other.clip);
    shot_clear(&p->other);
    p->other_again = false;
}

/* What plays leaves. */
static void release_now(struct playout *p)
{
    if (p->now.clip && p->now.released)
        clip_close(p->now.clip);
    else if (p->now.clip)
        g_ptr_array_add(p->leaving, p->now.clip);
    shot_clear(&p->now);
}

/* False: the film would be elsewhere before it is there. */
static bool open_other(struct playout *p, const int32_t *state)
{
    struct mixer_now mix;
    mixer_now(p->o.mixer, &mix);
    const int64_t at_smp = mix.film_smp - p->now.start_smp + p->other_lead_smp, length = playout_length_smp(p);
    const struct segment_options so = {
        .tracks = p->o.tracks, .broken = p->broken[p->now.node], .from_us = smp_to_us(at_smp), .sought = true};
    if (p->next.serial || p->replaced.serial || (length != US_NONE && at_smp >= length - OTHER_MARGIN_SMP))
        return false;
    p->other = (struct shot){.node = p->now.node};
    segment_make(&p->other.segment, p->o.story, state, &so);
    if (g_strcmp0(p->other.segment.path, p->now.segment.path) != 0) { /* the node has another picture by now */
        drop_other(p);
        return false;
    }
    p->other.clip = clip_open(p->o.media, &p->other.segment.spec);
    clip_play(p->other.clip);
    return true;
}

/* It is what is heard. */
static void take_other(struct playout *p)
{
    release_now(p);
    p->now = p->other;
    p->other = (struct shot){.node = -1};
}

bool playout_change_sound(struct playout *p, const int32_t *state)
{
    if (!p->now.clip || p->next.joined || p->now.node != state[PLAY_NODE])
        return false;
    p->other_again = p->other.serial != 0;
    if (p->other_again) /* another one is on its way already: this one comes after it */
        return true;
    drop_other(p);
    p->other_lead_smp = OTHER_LEAD_SMP;
    return open_other(p, state);
}

/* Too late: it is tried again further ahead. */
static void retry_other(struct playout *p, const struct situation *l)
{
    drop_other(p);
    p->other_lead_smp *= 2;
    if (p->other_lead_smp <= OTHER_LEAD_MOST_SMP)
        open_other(p, l->state);
}

/* Queues it once enough of it is decoded, if the mixer waits for nothing else. */
static void follow_other(struct playout *p, const struct situation *l)
{
    struct mixer_now mix;
    if (p->other.node < 0 || p->other.serial)
        return;
    mixer_now(p->o.mixer, &mix);
    const int64_t start_smp = p->other.segment.spec.start_smp, left_smp = p->now.start_smp + start_smp - mix.film_smp;
    if (l->jumping || l->state[PLAY_CUT] || p->next.serial || clip_state(p->other.clip) == CLIP_FAILED)
        drop_other(p);
    else if (left_smp < OTHER_MARGIN_SMP)
        retry_other(p, l);
    else if (!p->replaced.serial && clip_is_ready(p->other.clip, start_smp + PRIMED_SMP))
        p->other.serial = mixer_queue(p->o.mixer, p->other.clip, start_smp);
}

static void look_ahead_anew(struct playout *p, const struct situation *l)
{
    p->outdated = false;
    if (!is_awaited(p, l)) {
        prefetch_update(&p->prefetch, l->state, l->selected);
        return;
    }
    if (p->prefetch.sought)
        prefetch_sought(&p->prefetch, l->state);
    else
        prefetch_only(&p->prefetch, l->state);
    if (!p->ends)
        queue_next(p, l, l->state); /* its clip has just been opened, and may fill its queues from now on */
}

/* The film's first picture stands from when it is decoded; meanwhile, more of its clip is, and the sound device begins. */
static void show_first(struct playout *p)
{
    const struct frame *first;
    playout_next_picture(p, &first);
    p->frame_serial += first != p->first;
    p->first = first;
}

/* The queue comes first: the deck may close a clip only when the mixer has given it back, so new wishes wait until
 * `replaced` has come back. */
void playout_look_ahead(struct playout *p, const struct situation *l)
{
    if (p->next.joined)
        return;
    follow_other(p, l);
    if (p->other_again && p->other.node < 0)
        playout_change_sound(p, l->state);
    if (!p->replaced.serial) {
        const int32_t *state = following(p, l);
        p->ends = state && state[PLAY_PHASE] != PLAY_RUNNING;
        if (p->ends)
            unqueue_shot(p);
        else if (state)
            queue_next(p, l, state);
    }
    if (p->outdated && !p->replaced.serial)
        look_ahead_anew(p, l);
    deck_poll(p->deck);
    if (!p->now.clip)
        show_first(p);
    assert(playout_check(p));
}

/* ---- the mixer's news ------------------------------------------------------------------------------------------ */

/* True: it is the shot that `next` should have replaced; *selected as in playout_poll(). */
static bool handle_started(struct playout *p, const struct mixer_event *ev, int32_t *selected)
{
    if (ev->clip == p->other.clip) {
        p->other.joined = true;
        p->other.start_smp = ev->start_smp;
        return false;
    }
    /* By its clip: a clip that is queued again, to cut at once, may start under the serial that it had before. */
    const bool too_late = p->replaced.serial && p->replaced.clip == ev->clip;
    end_wait(p);
    if (too_late) {
        shot_clear(&p->next);
        p->next = p->replaced;
        p->replaced = (struct shot){.node = -1};
        *selected = p->next.selected;
    }
    assert(p->next.clip == ev->clip); /* the mixer starts nothing but what is queued */
    p->next.joined = true;
    p->next.start_smp = ev->start_smp;
    p->next.clip = deck_take(p->deck, p->next.segment.key, NULL);
    clip_play(p->next.clip);
    return too_late;
}

static void handle_released(struct playout *p, struct clip *clip)
{
    if (clip == p->now.clip)
        p->now.released = true;
    else if (clip == p->other.clip)
        p->other.released = true;
    else if (g_ptr_array_remove_fast(p->leaving, clip))
        clip_close(clip);
}

static void handle_refused(struct playout *p, uint32_t serial)
{
    if (p->replaced.serial == serial)
        shot_clear(&p->replaced);
    else if (p->next.serial == serial)
        shot_clear(&p->next);
    else if (p->other.serial == serial) {
        p->other.serial = 0;
        drop_other(p);
    }
}

static void handle_held(struct playout *p)
{
    p->waits |= p->next.serial != 0;
    if (!p->next.serial)
        return;
    g_autofree char *name = shot_name(p, &p->next);
    add_notice(p, "%s is not ready in time; the last picture stays until it is", name);
}

bool playout_poll(struct playout *p, int32_t *selected)
{
    struct mixer_event ev;
    bool too_late = false;
    while (mixer_poll(p->o.mixer, &ev)) {
        switch (ev.type) {
        case MIXER_STARTED:
            too_late |= handle_started(p, &ev, selected);
            break;
        case MIXER_RELEASED:
            handle_released(p, ev.clip);
            break;
        case MIXER_REFUSED:
            handle_refused(p, ev.serial);
            break;
        case MIXER_HELD:
            handle_held(p);
            break;
        }
    }
    assert(playout_check(p));
    return too_late;
}

/* ---- the cut and the picture ------------------------------------------------------------------------------------ */

bool playout_has_joined(const struct playout *p)
{
    return p->next.joined;
}

bool playout_next_is_sought(const struct playout *p)
{
    return p->next.sought;
}

int64_t playout_join_smp(const struct playout *p)
{
    assert(p->next.joined);
    return p->next.start_smp + p->next.segment.spec.start_smp;
}

void playout_cut(struct playout *p)
{
    assert(p->next.joined);
    drop_other(p);
    release_now(p);
    p->now = p->next;
    p->next = (struct shot){.node = -1};
    p->first = NULL;
    p->outdated = true;
    p->prefetch.from_us = 0;
    p->prefetch.sought = false;
    if (!clip_has_picture(p->now.clip)) {
        g_clear_pointer(&p->frame, frame_free);
        p->frame_serial++;
    }
    if (p->now.segment.missing && !p->slate_told[p->now.node])
        add_notice(p, "%s can't be shown; a slate stands in for it", p->now.segment.missing);
    if (p->now.segment.slate && p->broken[p->now.node])
        p->o.fault(p->o.user, VIEWING_FAULT_DAMAGE, US_NONE);
    p->slate_told[p->now.node] |= p->now.segment.slate;
    assert(playout_check(p));
}

static void take_frame(struct playout *p, int64_t heard_smp)
{
    struct frame *frame = clip_take_due(p->now.clip, heard_smp - p->now.start_smp, &p->dropped);
    if (!frame)
        return;
    frame_free(p->frame);
    p->frame = frame;
    p->frame_serial++;
    p->frames++;
}

void playout_picture(struct playout *p, int64_t heard_smp)
{
    if (!p->now.clip)
        return;
    if (p->other.joined && heard_smp >= p->other.start_smp + p->other.segment.spec.start_smp)
        take_other(p);
    check_warning(p);
    take_frame(p, heard_smp);
    check_slow(p, heard_smp);
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

bool playout_plays(const struct playout *p)
{
    return p->now.clip != NULL;
}

int32_t playout_node(const struct playout *p)
{
    return p->now.node;
}

const struct segment *playout_segment(const struct playout *p)
{
    return &p->now.segment;
}

const struct segment *playout_next_segment(const struct playout *p)
{
    return p->next.node >= 0 ? &p->next.segment : &p->awaited;
}

/* NULL: there is none, or nothing is known of it. */
static struct clip *next_clip(const struct playout *p)
{
    if (p->next.node >= 0)
        return p->next.clip;
    return p->awaited.key ? deck_find(p->deck, p->awaited.key) : NULL;
}

bool playout_next_picture(const struct playout *p, const struct frame **first)
{
    struct clip *clip = next_clip(p);
    *first = clip ? clip_peek(clip) : NULL;
    return !clip || !clip_lacks_frame(clip);
}

unsigned playout_wanted(const struct playout *p, const struct segment **all, int *n)
{
    *all = p->prefetch.wanted;
    *n = p->prefetch.n_wanted;
    return p->prefetch.serial;
}

const struct stream_facts *playout_streams(const struct playout *p, int *n)
{
    *n = 0;
    return p->now.clip ? clip_streams(p->now.clip, n) : NULL;
}

bool playout_has_forced_text(const struct playout *p)
{
    return p->now.clip && clip_has_forced_text(p->now.clip);
}

bool playout_next_has_forced_text(const struct playout *p)
{
    struct clip *clip = next_clip(p);
    return clip && clip_has_forced_text(clip);
}

int64_t playout_start_smp(const struct playout *p)
{
    return p->now.start_smp;
}

const struct frame *playout_frame(const struct playout *p)
{
    return p->frame ? p->frame : p->first;
}

uint64_t playout_frame_serial(const struct playout *p)
{
    return p->frame_serial;
}

void playout_stats(const struct playout *p, struct playout_stats *out)
{
    *out = (struct playout_stats){.frames = p->frames, .dropped = p->dropped, .lacks = p->lacks};
    deck_stats(p->deck, &out->deck);
    if (p->now.clip)
        clip_stats(p->now.clip, &out->clip);
}

int64_t playout_length_smp(const struct playout *p)
{
    return p->now.clip ? clip_length_smp(p->now.clip) : US_NONE;
}

int64_t playout_end_smp(const struct playout *p)
{
    const int64_t length = playout_length_smp(p);
    return length == US_NONE ? INT64_MAX : p->now.start_smp + length;
}

int64_t playout_planned_us(const struct playout *p)
{
    const int64_t length = p->now.clip ? clip_told_length_smp(p->now.clip) : US_NONE;
    return length == US_NONE ? US_NONE : schedule_node_length(p->o.story, p->now.node, smp_to_us(length));
}

bool playout_is_over(const struct playout *p, const struct situation *l)
{
    struct mixer_now mix;
    if (!p->ends || !is_settled(p, l) || l->heard_smp < playout_end_smp(p))
        return false;
    mixer_now(p->o.mixer, &mix); /* a device that lags has not even asked for the last samples */
    return mix.film_smp >= playout_end_smp(p);
}

int64_t playout_next_change(const struct playout *p, int64_t heard_smp)
{
    int64_t at = INT64_MAX;
    const struct frame *frame = p->now.clip ? clip_peek(p->now.clip) : NULL;
    if (frame)
        at = p->now.start_smp + frame->at_smp;
    if (p->next.joined)
        at = MIN(at, playout_join_smp(p));
    else if (playout_end_smp(p) > heard_smp)
        at = MIN(at, playout_end_smp(p)); /* the join, though the mixer has not rendered it yet */
    return at;
}

bool playout_lacks_frame(const struct playout *p)
{
    return p->now.clip && !p->next.joined && clip_lacks_frame(p->now.clip);
}

bool playout_changes_soon(const struct playout *p, int64_t heard_smp)
{
    if (!p->now.clip || p->next.joined)
        return false;
    return playout_lacks_frame(p) || (p->next.serial && (p->next.at_once || heard_smp >= playout_end_smp(p)));
}

bool playout_is_ready(const struct playout *p, const struct situation *l, int64_t smp)
{
    if (!p->now.clip)
        return p->next.joined;
    if (p->other.node >= 0 && !p->other.serial) /* it is queued as soon as enough of it is decoded */
        return false;
    const int64_t end_smp = playout_end_smp(p);
    const bool last = end_smp != INT64_MAX && end_smp - l->heard_smp <= smp;
    const bool follows = p->next.joined || (p->next.serial && clip_can_start(p->next.clip));
    const bool cuts = l->jumping || l->state[PLAY_CUT]; /* then what follows must be warm now, or the cut is late */
    return ((!last && !cuts) || p->ends || follows) && clip_is_ready(p->now.clip, clip_pull_pos(p->now.clip) + smp);
}
