#include "app/film.h"
#include "app/account.h"
#include "app/ahead.h"
#include "app/segment.h"
#include "play/sched.h"
#include "play/transcript.h"

#include <glib.h>
#include <string.h>

/* From this long before a node's end on, what follows as things stand is queued in the mixer, even while a decision
 * is still open: longer than any device buffers sound, short enough that a mind is seldom changed behind it. */
#define QUEUE_LEAD_SMP (FILM_RATE * 2 / 5)

/* So long a picture that is due may be missing before it is said. */
#define SLOW_SMP (FILM_RATE / 10)

/* A segment and the clip that plays it. */
struct shot {
    struct segment segment;
    struct clip *clip; /* owned once started */
    uint32_t serial;   /* in the mixer; 0: not queued */
    int32_t node;
    int32_t selected;  /* what the viewer had selected when it was queued */
    int64_t start_smp; /* film position of the clip's 0 */
    bool at_once;      /* queued to cut at once, not at the end */
    bool started;      /* the mixer has joined it */
    bool warned;       /* what is wrong with its clip has been said */
    bool slow_told;    /* that its pictures come too late has been said */
    int64_t lacks_smp; /* film position since which a picture is missing; 0: none is */
    bool released;     /* the mixer does not touch its clip any more */
};

struct film {
    struct film_options o;
    const struct story *story;
    size_t slots;
    int32_t *state, *copy;
    struct ahead ahead;
    struct deck *deck;
    bool *broken; /* per node: its file could not be played */
    bool *told;   /* per node: that a slate stands in for it */

    struct shot now, next;
    struct shot replaced; /* was queued, then replaced by `next`; until the mixer says which it was */
    GPtrArray *leaving;   /* clips whose picture is gone, but that the mixer may still touch */
    bool dirty;           /* the state or the selection changed since `ahead` and `next` were computed */
    bool ends;            /* as things stand, no film follows this node */
    bool jumping;         /* the state is in another node already (going back); only the cut is missing */

    struct choice choice;
    struct hold hold;
    struct {
        int32_t decision, option;
        bool timed_out;
        int64_t at_us;
    } taken;

    struct account *account;
    struct recorder_clock clock;
    int64_t heard_smp, pos_us;
    int64_t held_smp; /* that the mixer has stood, when the shot that plays began */
    bool waits;       /* the mixer stands because the next shot is not warm, and it has been said */
    struct frame *frame;
    uint64_t frame_serial;
    int64_t frames, dropped;
    enum film_phase phase;
    GQueue notices;
    GRand *rand; /* where the focus starts; nothing that a replay depends on */
};

/* ---- making and freeing --------------------------------------------------------------------------------------- */

struct film *film_new(const struct film_options *o)
{
    struct film *f = g_new0(struct film, 1);
    const struct deck_opts deck = {.budget_bytes = o->deck_bytes};
    f->o = *o;
    f->story = o->story;
    f->account = account_new(o->story, o->earlier);
    f->slots = (size_t)play_state_slots(o->story);
    f->state = g_new0(int32_t, f->slots);
    f->copy = g_new0(int32_t, f->slots);
    f->deck = deck_new(o->media, &deck);
    f->broken = g_new0(bool, (size_t)o->story->n_nodes);
    f->told = g_new0(bool, (size_t)o->story->n_nodes);
    f->ahead =
        (struct ahead){o->story, f->deck, o->language, f->broken, g_new0(int32_t, ahead_scratch_slots(o->story)), 0};
    f->leaving = g_ptr_array_new();
    f->rand = g_rand_new_with_seed((guint32)(o->seed ^ o->seed >> 32));
    f->hold.times = 1;
    f->taken.decision = -1;
    f->now.node = f->next.node = -1;
    choice_none(&f->choice);
    play_init(f->story, f->state);
    g_queue_init(&f->notices);
    return f;
}

static void shot_clear(struct shot *shot)
{
    segment_clear(&shot->segment);
    *shot = (struct shot){.node = -1};
}

void film_free(struct film *f)
{
    if (!f)
        return;
    for (guint i = 0; i < f->leaving->len; i++)
        clip_close(f->leaving->pdata[i]);
    g_ptr_array_unref(f->leaving);
    clip_close(f->now.clip);
    if (f->next.started)
        clip_close(f->next.clip);
    shot_clear(&f->now);
    shot_clear(&f->next);
    shot_clear(&f->replaced);
    deck_free(f->deck);
    frame_free(f->frame);
    g_queue_clear_full(&f->notices, g_free);
    g_rand_free(f->rand);
    g_free(f->ahead.scratch);
    g_free(f->broken);
    g_free(f->told);
    g_free(f->copy);
    g_free(f->state);
    account_free(f->account);
    g_free(f);
}

static void notice(struct film *f, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static void notice(struct film *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g_queue_push_tail(&f->notices, g_strdup_vprintf(fmt, ap));
    va_end(ap);
}

/* ---- steps ---------------------------------------------------------------------------------------------------- */

static struct recorder_moment moment(const struct film *f)
{
    return (struct recorder_moment){f->clock, &f->choice, US_NONE, f->pos_us, f->hold.times};
}

static int64_t planned_us(const struct story *s, int32_t node)
{
    const struct story_clip *clip = &s->nodes[node].clip;
    const bool told = clip->kind != STORY_FILM || clip->for_us != US_NONE || clip->to_us != US_NONE;
    if (clip->kind == STORY_SILENT)
        return 0;
    return told ? sched_planned_length(s, node) : US_NONE;
}

static void on_effect(void *user, const struct play_effect *fx)
{
    struct film *f = user;
    if (fx->kind == PLAY_DID_OPEN) {
        choice_open(&f->choice, f->story, f->state, f->pos_us, g_rand_int(f->rand));
        f->taken.decision = -1;
    }
    struct recorder_moment m = moment(f);
    if (fx->kind == PLAY_DID_ENTER)
        m.planned_us = planned_us(f->story, fx->a);
    if (f->o.recorder)
        recorder_effect(f->o.recorder, fx, &m);
    account_effect(f->account, fx, &m);

    if (fx->kind == PLAY_DID_DECIDE) {
        f->taken.decision = fx->a;
        f->taken.option = fx->c;
        f->taken.timed_out = fx->b == PLAY_TIMED_OUT;
        f->taken.at_us = f->pos_us;
        choice_none(&f->choice);
    } else if (fx->kind == PLAY_DID_REWIND) {
        f->taken.decision = -1;
        choice_none(&f->choice);
    }
    if (f->o.watch)
        f->o.watch(f->o.watch_user, fx);
}

/* Takes one step at position `at_us` of the node. */
static bool step(struct film *f, const struct play_input *in, int64_t at_us)
{
    f->pos_us = at_us;
    memcpy(f->copy, f->state, f->slots * sizeof *f->copy); /* the transcript tells what was before */
    if (!play_step(f->story, f->state, in, on_effect, f))
        return false;
    if (f->o.transcript)
        transcript_add(f->o.transcript, f->story, f->copy, in, at_us);
    f->dirty = true;
    return true;
}

/* Everything of the timetable that is due until `until_us`. */
static void run_events(struct film *f, int64_t until_us)
{
    for (;;) {
        if (f->state[PLAY_CUT])
            return;
        const struct sched_due due = sched_next(f->story, f->state, US_NONE, f->choice.selected);
        if (due.at_us == US_NONE || due.at_us > until_us || !step(f, &due.input, due.at_us))
            return;
    }
}

static void tell_stall(struct film *f, int32_t fault, int64_t lasted_us)
{
    const struct recorder_moment m = moment(f);
    if (f->o.recorder)
        recorder_stall(f->o.recorder, fault, lasted_us, &m);
}

/* ---- what follows --------------------------------------------------------------------------------------------- */

static bool settled(const struct film *f)
{
    return f->state[PLAY_CUT] || sched_next_decision(f->story, f->state) < 0;
}

/* The state behind this node as things stand, into f->copy. */
static void foresee(struct film *f)
{
    const struct play_input leave = {.kind = PLAY_LEAVE};
    memcpy(f->copy, f->state, f->slots * sizeof *f->copy);
    while (!f->copy[PLAY_CUT]) {
        const struct sched_due due = sched_next(f->story, f->copy, US_NONE, f->choice.selected);
        if (due.at_us == US_NONE || !play_step(f->story, f->copy, &due.input, NULL, NULL))
            break;
    }
    play_step(f->story, f->copy, &leave, NULL, NULL);
}

static bool near_end(const struct film *f)
{
    const int64_t length = f->now.clip ? clip_length_smp(f->now.clip) : US_NONE;
    return length != US_NONE && f->now.start_smp + length - f->heard_smp < QUEUE_LEAD_SMP;
}

/* A clip that can't be played becomes a slate, everywhere and once. */
static bool check_broken(struct film *f, struct clip *clip, int32_t node)
{
    if (!clip || clip_state(clip) != CLIP_FAILED || f->broken[node])
        return false;
    f->broken[node] = true;
    f->told[node] = true;
    f->dirty = true;
    notice(f, "%s; a slate stands in for it", clip_error(clip));
    return true;
}

static void queue_shot(struct film *f, struct segment *segment, struct clip *clip, int32_t node, bool at_once)
{
    if (f->next.serial)
        f->replaced = f->next;
    f->next = (struct shot){
        .segment = *segment, .clip = clip, .node = node, .selected = f->choice.selected, .at_once = at_once};
    f->next.serial = mixer_queue(f->o.mixer, clip, at_once ? MIXER_AT_ONCE : MIXER_AT_END);
    *segment = (struct segment){0};
}

static void unqueue_shot(struct film *f)
{
    if (!f->next.serial)
        return;
    mixer_unqueue(f->o.mixer);
    f->replaced = f->next;
    f->next = (struct shot){.node = -1};
}

/* The state in which the next shot will begin, as things stand; NULL while that is too early to say. */
static const int32_t *following(struct film *f)
{
    if (f->jumping || f->now.node < 0)
        return f->state;
    if (!settled(f) && !near_end(f))
        return NULL;
    foresee(f);
    return f->copy;
}

/* Queues what follows in the mixer, if it is not queued already. */
static void queue_next(struct film *f, const int32_t *state)
{
    const int32_t node = state[PLAY_NODE];
    const bool at_once = f->jumping || f->state[PLAY_CUT];
    const struct segment_options so = {
        .language = f->o.language, .broken = f->broken[node], .from_us = f->ahead.from_us};
    struct segment segment;

    segment_make(&segment, f->story, state, &so);
    if (f->next.serial && strcmp(f->next.segment.key, segment.key) == 0) {
        if (check_broken(f, f->next.clip, node)) {
            unqueue_shot(f);
        } else if (at_once && !f->next.at_once) {
            f->next.serial = mixer_queue(f->o.mixer, f->next.clip, MIXER_AT_ONCE);
            f->next.at_once = true;
        }
    } else {
        struct clip *clip = deck_find(f->deck, segment.key);
        if (check_broken(f, clip, node) || !clip || clip_state(clip) == CLIP_FAILED)
            unqueue_shot(f);
        else
            queue_shot(f, &segment, clip, node, at_once);
    }
    segment_clear(&segment);
}

/*
 * Brings the mixer's queue and the deck up to date with the state. The queue first: the deck may close a clip only
 * when the mixer has given it back, so that new wishes wait while `replaced` is on its way.
 */
static void look_ahead(struct film *f)
{
    if (f->next.started)
        return;
    if (!f->replaced.serial) {
        const int32_t *state = following(f);
        f->ends = state && state[PLAY_PHASE] != PLAY_RUNNING;
        if (f->ends)
            unqueue_shot(f);
        else if (state)
            queue_next(f, state);
    }
    if (f->dirty && !f->replaced.serial) {
        if (f->jumping || f->now.node < 0)
            ahead_only(&f->ahead, f->state);
        else
            ahead_update(&f->ahead, f->state, f->choice.selected);
        f->dirty = false;
    }
    deck_poll(f->deck);
}

/* ---- the mixer's news ------------------------------------------------------------------------------------------ */

static void end_wait(struct film *f)
{
    struct mixer_now mix;
    mixer_now(f->o.mixer, &mix);
    if (f->waits)
        tell_stall(f, TEL_FAULT_WAIT, smp_to_us(mix.held_smp - f->held_smp));
    f->waits = false;
    f->held_smp = mix.held_smp;
}

static void on_started(struct film *f, const struct mixer_event *ev)
{
    end_wait(f);
    if (f->replaced.serial == ev->serial) {
        /* The change of mind came when the join had been rendered: what is heard counts. */
        shot_clear(&f->next);
        f->next = f->replaced;
        f->replaced = (struct shot){.node = -1};
        f->choice.selected = f->next.selected;
    }
    f->next.started = true;
    f->next.start_smp = ev->start_smp;
    f->next.clip = deck_take(f->deck, f->next.segment.key, NULL);
    clip_play(f->next.clip);
}

static void on_released(struct film *f, struct clip *clip)
{
    if (clip == f->now.clip)
        f->now.released = true;
    else if (g_ptr_array_remove_fast(f->leaving, clip))
        clip_close(clip);
}

static void poll_mixer(struct film *f)
{
    struct mixer_event ev;
    while (mixer_poll(f->o.mixer, &ev)) {
        switch (ev.type) {
        case MIXER_STARTED:
            on_started(f, &ev);
            break;
        case MIXER_RELEASED:
            on_released(f, ev.clip);
            break;
        case MIXER_REFUSED:
            if (f->replaced.serial == ev.serial)
                shot_clear(&f->replaced);
            else if (f->next.serial == ev.serial)
                shot_clear(&f->next);
            break;
        case MIXER_HELD:
            f->waits |= f->next.serial != 0;
            if (f->next.serial)
                notice(f, "%s is not ready in time; the last picture stays until it is",
                       f->next.segment.path ? f->next.segment.path : f->story->nodes[f->next.node].name);
            break;
        }
    }
}

/* ---- the cut ---------------------------------------------------------------------------------------------------- */

/* Film position at which the next shot's first sample is heard. */
static int64_t join_smp(const struct film *f)
{
    return f->next.start_smp + f->next.segment.spec.start_smp;
}

/* Pictures are there again, or nobody needs them any more. */
static void end_lack(struct film *f)
{
    const int64_t lacked_smp = f->heard_smp - f->now.lacks_smp;
    if (f->now.lacks_smp != 0 && lacked_smp >= SLOW_SMP)
        tell_stall(f, TEL_FAULT_PICTURES, smp_to_us(lacked_smp));
    f->now.lacks_smp = 0;
}

static void leave_node(struct film *f)
{
    const struct play_input leave = {.kind = PLAY_LEAVE};
    end_lack(f);
    run_events(f, INT64_MAX);
    step(f, &leave, f->pos_us);
    if (f->state[PLAY_PHASE] == PLAY_OVER)
        f->phase = FILM_OVER;
    else if (f->state[PLAY_PHASE] == PLAY_STUCK)
        f->phase = FILM_STUCK;
}

static void swap_shot(struct film *f)
{
    if (f->now.clip && !f->jumping)
        leave_node(f);
    if (f->now.clip) {
        if (f->now.released)
            clip_close(f->now.clip);
        else
            g_ptr_array_add(f->leaving, f->now.clip);
    }
    shot_clear(&f->now);
    f->now = f->next;
    f->next = (struct shot){.node = -1};
    f->jumping = false;
    f->dirty = true;
    f->ahead.from_us = 0;
    if (f->phase == FILM_OPENING)
        f->phase = FILM_PLAYING;
    if (!clip_has_picture(f->now.clip)) {
        g_clear_pointer(&f->frame, frame_free);
        f->frame_serial++;
    }
    if (f->now.segment.missing && !f->told[f->now.node])
        notice(f, "%s can't be shown; a slate stands in for it", f->now.segment.missing);
    if (f->now.segment.slate && f->broken[f->now.node])
        tell_stall(f, TEL_FAULT_DAMAGE, US_NONE);
    f->told[f->now.node] |= f->now.segment.slate;
}

/* Damage shows only when a clip is decoded: a file that ends early, a sound that is missing. */
static void check_warning(struct film *f)
{
    const char *warning = f->now.warned ? NULL : clip_warning(f->now.clip);
    if (!warning)
        return;
    notice(f, "%s", warning);
    tell_stall(f, TEL_FAULT_DAMAGE, US_NONE);
    f->now.warned = true;
}

/* The disk or the decoder can't keep up in the middle of a clip: the sound goes on, the last picture stays. */
static void check_slow(struct film *f)
{
    struct shot *shot = &f->now;
    if (!clip_lacks_frame(shot->clip)) {
        end_lack(f);
        return;
    }
    if (shot->lacks_smp == 0)
        shot->lacks_smp = f->heard_smp;
    if (shot->slow_told || f->heard_smp - shot->lacks_smp < SLOW_SMP)
        return;
    notice(f,
           "%s: its pictures come too late (a slow disk, or too much for this machine); the last one stays until then",
           shot->segment.path ? shot->segment.path : film_node_name(f));
    shot->slow_told = true;
}

static void take_frame(struct film *f)
{
    struct frame *frame = clip_take_due(f->now.clip, f->heard_smp - f->now.start_smp, &f->dropped);
    if (!frame)
        return;
    frame_free(f->frame);
    f->frame = frame;
    f->frame_serial++;
    f->frames++;
}

static bool at_last_end(const struct film *f)
{
    const int64_t length = clip_length_smp(f->now.clip);
    struct mixer_now mix;
    if (!f->ends || !settled(f) || length == US_NONE || f->heard_smp - f->now.start_smp < length)
        return false;
    mixer_now(f->o.mixer, &mix); /* a device that is behind has not even asked for the last samples */
    return mix.film_smp >= f->now.start_smp + length;
}

/* What has happened stands in the transcript already; the recorder and who watches learn where the film is. */
static void resume(struct film *f)
{
    memcpy(f->state, f->o.resume, f->slots * sizeof *f->state);
    f->ahead.from_us = f->o.resume_us;
    f->dirty = true;
    on_effect(f, &(struct play_effect){.kind = PLAY_DID_ENTER, .a = f->state[PLAY_NODE]});
}

void film_start(struct film *f)
{
    const struct play_input start = {.kind = PLAY_START, .seed = f->o.seed, .kept = f->o.kept};
    if (f->o.resume)
        resume(f);
    else
        step(f, &start, 0);
    if (f->state[PLAY_PHASE] == PLAY_OVER)
        f->phase = FILM_OVER;
    else if (f->state[PLAY_PHASE] == PLAY_STUCK)
        f->phase = FILM_STUCK;
    else
        look_ahead(f);
}

/* The film waits right before the open window closes, unless something is selected or the join has been rendered. */
static void update_hold(struct film *f)
{
    const bool wants = f->choice.decision >= 0 && f->choice.selected < 0 && !f->jumping && f->phase == FILM_PLAYING;
    if (f->next.started)
        return;
    if (!wants) {
        hold_want(&f->hold, f->o.mixer, 0, 0);
        return;
    }
    const struct story_decision *d = &f->story->decisions[f->choice.decision];
    hold_want(&f->hold, f->o.mixer, film_smp_at(f, d->closes_us) - 1,
              hold_longer_us(&f->hold, d->closes_us - d->opens_us));
}

void film_tick(struct film *f, int64_t heard_smp, const struct recorder_clock *clock)
{
    f->heard_smp = heard_smp;
    f->clock = *clock;
    hold_tick(&f->hold, heard_smp, clock->playing_us);
    f->choice.held_us = f->hold.held_us;
    poll_mixer(f);
    while (f->phase < FILM_OVER) {
        const bool joined = f->next.started && heard_smp >= join_smp(f);
        if (f->now.clip && !f->jumping) {
            const int64_t until = joined ? join_smp(f) : heard_smp;
            const int64_t pos_us = smp_to_us(until - f->now.start_smp);
            run_events(f, pos_us);
            f->pos_us = pos_us;
        }
        if (joined)
            swap_shot(f);
        else
            break;
        poll_mixer(f);
    }
    update_hold(f);
    if (f->phase >= FILM_OVER)
        return;
    look_ahead(f);
    if (f->now.clip && !f->jumping && at_last_end(f))
        leave_node(f);
    if (f->now.clip) {
        check_warning(f);
        take_frame(f);
        check_slow(f);
    }
}

/* ---- the viewer ------------------------------------------------------------------------------------------------- */

/* Once the mixer has joined what follows, the decision is over, though its last samples are yet to be heard. */
static bool accepts(const struct film *f)
{
    return f->choice.decision >= 0 && !f->next.started && !f->jumping;
}

bool film_move_focus(struct film *f, int32_t places)
{
    return accepts(f) && choice_move(&f->choice, places);
}

bool film_focus(struct film *f, int32_t place)
{
    if (!accepts(f) || film_is_code(f) || place < 0 || place >= f->choice.n_shown ||
        (f->choice.available >> f->choice.shown[place] & 1) == 0)
        return false;
    f->choice.focus = place;
    return true;
}

bool film_select(struct film *f, int32_t place, int given)
{
    if (!accepts(f) || !choice_select(&f->choice, place, f->pos_us, given))
        return false;
    f->dirty = true;
    if (f->story->decisions[f->choice.decision].cut == STORY_CUT_NOW) {
        const struct play_input pick = {.kind = PLAY_PICK, .option = f->choice.selected};
        step(f, &pick, f->pos_us);
        look_ahead(f);
    }
    update_hold(f);
    return true;
}

bool film_select_option(struct film *f, int32_t option, int given)
{
    for (int32_t p = 0; p < f->choice.n_shown; p++)
        if (f->choice.shown[p] == option)
            return film_select(f, p, given);
    return false;
}

int32_t film_letter(const struct film *f, uint32_t letter)
{
    return f->choice.decision < 0 ? -1 : choice_letter(&f->choice, f->story, f->o.language, letter);
}

bool film_is_code(const struct film *f)
{
    return f->choice.decision >= 0 && f->story->decisions[f->choice.decision].layout == STORY_CODE;
}

void film_type_focus(struct film *f, int given)
{
    if (accepts(f) && film_is_code(f))
        film_type(f, choice_pad(&f->choice, f->story), given);
}

void film_type(struct film *f, uint32_t character, int given)
{
    if (!accepts(f) || !film_is_code(f))
        return;
    const int32_t option = choice_type(&f->choice, f->story, character);
    if (option >= 0)
        film_select_option(f, option, given);
}

void film_set_times(struct film *f, int32_t times)
{
    f->hold.times = times;
    update_hold(f);
}

double film_time_left(const struct film *f)
{
    const struct story_decision *d = &f->story->decisions[MAX(f->choice.decision, 0)];
    const int64_t window_us = d->closes_us - d->opens_us;
    if (f->hold.times == HOLD_NO_LIMIT)
        return -1.0;
    if (f->choice.decision < 0)
        return 1.0;
    return (double)(d->closes_us - f->pos_us + f->hold.for_us - f->hold.held_us) / (double)(window_us * f->hold.times);
}

int64_t film_holds_at(const struct film *f)
{
    return f->hold.at_smp;
}

int64_t film_held_us(const struct film *f)
{
    return f->hold.total_us + f->hold.held_us;
}

int32_t film_last_checkpoint(const struct film *f)
{
    for (int32_t i = f->state[PLAY_CHECKPOINTS] - 1; i >= 0; i--) {
        const int32_t decision = play_checkpoint(f->story, f->state, i);
        if (decision != f->choice.decision && play_can_go_back(f->story, f->state, decision))
            return decision;
    }
    return -1;
}

bool film_back(struct film *f, int32_t decision)
{
    const struct play_input back = {.kind = PLAY_BACK, .decision = decision};
    if (decision < 0 || f->phase != FILM_PLAYING || f->next.started || f->jumping || !step(f, &back, f->pos_us))
        return false;
    f->jumping = true;
    update_hold(f);
    look_ahead(f);
    return true;
}

void film_end(struct film *f, int32_t reason)
{
    const struct recorder_moment m = moment(f);
    end_lack(f);
    if (f->waits)
        end_wait(f);
    if (f->o.recorder)
        recorder_finish(f->o.recorder, reason, &m);
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

enum film_phase film_phase(const struct film *f)
{
    return f->phase;
}

const char *film_stuck_text(const struct film *f)
{
    if (f->state[PLAY_STUCK_WHY] == PLAY_SILENT_LOOP)
        return "nodes without a clip lead to each other in a circle";
    return "the node leads nowhere and is no ending";
}

/* Position of the film at which the clip that plays ends. */
static int64_t end_smp(const struct film *f)
{
    const int64_t length = f->now.clip ? clip_length_smp(f->now.clip) : US_NONE;
    return length == US_NONE ? INT64_MAX : f->now.start_smp + length;
}

int64_t film_next_change(const struct film *f)
{
    int64_t at = INT64_MAX;
    const struct frame *frame = f->now.clip ? clip_peek(f->now.clip) : NULL;
    if (frame)
        at = f->now.start_smp + frame->at_smp;
    if (f->next.started)
        at = MIN(at, join_smp(f));
    else if (end_smp(f) > f->heard_smp)
        at = MIN(at, end_smp(f)); /* the join, though the mixer has not rendered it yet */
    return at;
}

bool film_lacks_frame(const struct film *f)
{
    return f->now.clip && !f->next.started && clip_lacks_frame(f->now.clip);
}

bool film_changes_soon(const struct film *f)
{
    if (!f->now.clip || f->next.started)
        return false;
    return film_lacks_frame(f) || (f->next.serial && (f->next.at_once || f->heard_smp >= end_smp(f)));
}

int64_t film_smp_at(const struct film *f, int64_t pos_us)
{
    return f->now.start_smp + us_to_smp(pos_us);
}

const struct frame *film_frame(const struct film *f)
{
    return f->frame;
}

uint64_t film_frame_serial(const struct film *f)
{
    return f->frame_serial;
}

const struct account *film_account(const struct film *f)
{
    return f->account;
}

int64_t film_watched_us(const struct film *f)
{
    return f->clock.playing_us;
}

const int32_t *film_state(const struct film *f)
{
    return f->state;
}

int32_t film_node(const struct film *f)
{
    return f->now.node;
}

const char *film_node_name(const struct film *f)
{
    return f->now.node < 0 ? "-" : f->story->nodes[f->now.node].name;
}

int64_t film_pos_us(const struct film *f)
{
    return f->pos_us;
}

int64_t film_length_us(const struct film *f)
{
    const int64_t length = f->now.clip ? clip_length_smp(f->now.clip) : US_NONE;
    return length == US_NONE ? US_NONE : smp_to_us(length);
}

bool film_is_slate(const struct film *f)
{
    return f->now.segment.slate;
}

const char *film_missing(const struct film *f)
{
    return f->now.segment.missing;
}

const char *film_subtitles(const struct film *f)
{
    return f->now.segment.subtitles;
}

const char *film_next_subtitles(const struct film *f)
{
    return f->next.segment.subtitles;
}

bool film_ready(struct film *f, int64_t smp)
{
    if (!f->now.clip)
        return f->next.started || f->phase >= FILM_OVER;
    const int64_t length = clip_length_smp(f->now.clip);
    const bool last = length != US_NONE && f->now.start_smp + length - f->heard_smp <= smp;
    const bool follows = f->next.started || (f->next.serial && clip_can_start(f->next.clip));
    const bool cuts =
        f->jumping || f->state[PLAY_CUT]; /* then what follows must be warm now, or the cut would be late */
    return ((!last && !cuts) || f->ends || follows) && clip_is_ready(f->now.clip, clip_pull_pos(f->now.clip) + smp);
}

char *film_take_notice(struct film *f)
{
    return g_queue_pop_head(&f->notices);
}

const struct choice *film_choice(const struct film *f)
{
    return &f->choice;
}

int32_t film_taken(const struct film *f, int32_t *option, bool *timed_out, int64_t *at_us)
{
    *option = f->taken.option;
    *timed_out = f->taken.timed_out;
    *at_us = f->taken.at_us;
    return f->taken.decision;
}

void film_stats(struct film *f, struct film_stats *out)
{
    struct mixer_now mix;
    memset(out, 0, sizeof *out);
    deck_stats(f->deck, &out->deck);
    media_stats(f->o.media, &out->media);
    if (f->now.clip)
        clip_stats(f->now.clip, &out->clip);
    mixer_now(f->o.mixer, &mix);
    out->frames = f->frames;
    out->dropped = f->dropped;
    out->held_smp = mix.held_smp;
    out->underrun_smp = mix.underrun_smp;
}
