#include "player/film.h"
#include "player/viewing_facts.h"
#include "player/playout.h"
#include "play/schedule.h"
#include "play/transcript.h"

#include <glib.h>
#include <string.h>

struct film {
    struct film_options o;
    const struct story *story;
    size_t slots;
    int32_t *state, *copy;
    struct playout playout;
    bool jumping; /* the state is in another node already (going back); only the cut is missing */

    struct choice choice;
    struct extra_time extra;
    struct {
        int32_t decision, option;
        bool timed_out;
        int64_t at_us;
    } taken;

    struct viewing_facts *facts;
    struct recorder_clock clock;
    int64_t heard_smp, pos_us;
    enum film_phase phase;
    GRand *rand; /* where the focus starts; nothing that a replay depends on */
};

/* ---- making and freeing --------------------------------------------------------------------------------------- */

static void record_fault(void *user, int32_t fault, int64_t lasted_us);

struct film *film_new(const struct film_options *o)
{
    struct film *f = g_new0(struct film, 1);
    const struct playout_options po = {
        .story = o->story,
        .media = o->media,
        .mixer = o->mixer,
        .language = o->language,
        .deck_bytes = o->deck_bytes,
        .fault = record_fault,
        .user = f,
    };
    f->o = *o;
    f->story = o->story;
    f->facts = viewing_facts_new(o->story, o->past_choices);
    f->slots = (size_t)play_state_slots(o->story);
    f->state = g_new0(int32_t, f->slots);
    f->copy = g_new0(int32_t, f->slots);
    playout_init(&f->playout, &po);
    f->rand = g_rand_new_with_seed((guint32)(o->seed ^ o->seed >> 32));
    f->extra.times = 1;
    f->taken.decision = -1;
    choice_clear(&f->choice);
    play_init(f->story, f->state);
    return f;
}

void film_free(struct film *f)
{
    if (!f)
        return;
    playout_clear(&f->playout);
    g_rand_free(f->rand);
    g_free(f->copy);
    g_free(f->state);
    viewing_facts_free(f->facts);
    g_free(f);
}

/* ---- steps ---------------------------------------------------------------------------------------------------- */

static struct recorder_moment recorder_moment_now(const struct film *f)
{
    return (struct recorder_moment){f->clock, &f->choice, US_NONE, f->pos_us, f->extra.times};
}

static int64_t planned_us(const struct story *s, int32_t node)
{
    const struct story_clip *clip = &s->nodes[node].clip;
    const bool told = clip->kind != STORY_FILM || clip->for_us != US_NONE || clip->to_us != US_NONE;
    if (clip->kind == STORY_SILENT)
        return 0;
    return told ? schedule_planned_length(s, node) : US_NONE;
}

static void apply_effect(void *user, const struct play_effect *fx)
{
    struct film *f = user;
    if (fx->kind == PLAY_DID_OPEN) {
        choice_open(&f->choice, f->story, f->state, f->pos_us, g_rand_int(f->rand));
        f->taken.decision = -1;
    }
    struct recorder_moment m = recorder_moment_now(f);
    if (fx->kind == PLAY_DID_ENTER)
        m.planned_us = planned_us(f->story, fx->enter.node);
    if (f->o.recorder)
        recorder_effect(f->o.recorder, fx, &m);
    viewing_facts_note(f->facts, fx, &m);

    if (fx->kind == PLAY_DID_DECIDE) {
        f->taken.decision = fx->decide.decision;
        f->taken.option = fx->decide.option;
        f->taken.timed_out = fx->decide.outcome == PLAY_TIMED_OUT;
        f->taken.at_us = f->pos_us;
        choice_clear(&f->choice);
    } else if (fx->kind == PLAY_DID_REWIND) {
        f->taken.decision = -1;
        choice_clear(&f->choice);
    }
    if (f->o.watch)
        f->o.watch(f->o.watch_user, fx);
}

/* Takes one step at position `at_us` of the node. */
static bool take_step(struct film *f, const struct play_input *in, int64_t at_us)
{
    f->pos_us = at_us;
    memcpy(f->copy, f->state, f->slots * sizeof *f->copy); /* the transcript tells what was before */
    if (!play_step(f->story, f->state, in, apply_effect, f))
        return false;
    if (f->o.transcript)
        transcript_add(f->o.transcript, f->story, f->copy, in, at_us);
    f->playout.dirty = true;
    return true;
}

/* Everything of the timetable that is due until `until_us`. */
static void run_events(struct film *f, int64_t until_us)
{
    for (;;) {
        if (f->state[PLAY_CUT])
            return;
        const struct schedule_due due = schedule_next(f->story, f->state, US_NONE, f->choice.selected);
        if (due.at_us == US_NONE || due.at_us > until_us || !take_step(f, &due.input, due.at_us))
            return;
    }
}

static void record_fault(void *user, int32_t fault, int64_t lasted_us)
{
    struct film *f = user;
    const struct recorder_moment m = recorder_moment_now(f);
    if (f->o.recorder)
        recorder_stall(f->o.recorder, fault, lasted_us, &m);
}

static struct situation situation(const struct film *f)
{
    return (struct situation){f->state, f->choice.selected, f->jumping, f->heard_smp};
}

static void look_ahead(struct film *f)
{
    const struct situation l = situation(f);
    playout_look_ahead(&f->playout, &l);
}

/* ---- time passes ----------------------------------------------------------------------------------------------- */

static void leave_node(struct film *f)
{
    const struct play_input leave = {.kind = PLAY_LEAVE};
    playout_end_lack(&f->playout, f->heard_smp);
    run_events(f, INT64_MAX);
    take_step(f, &leave, f->pos_us);
    if (f->state[PLAY_PHASE] == PLAY_OVER)
        f->phase = FILM_OVER;
    else if (f->state[PLAY_PHASE] == PLAY_STUCK)
        f->phase = FILM_STUCK;
}

static void cut(struct film *f)
{
    if (f->playout.now.clip && !f->jumping)
        leave_node(f);
    playout_cut(&f->playout);
    f->jumping = false;
    if (f->phase == FILM_OPENING)
        f->phase = FILM_PLAYING;
}

/* What has happened stands in the transcript already; the recorder and who watches learn where the film is. */
static void resume(struct film *f)
{
    memcpy(f->state, f->o.resume, f->slots * sizeof *f->state);
    f->playout.prefetch.from_us = f->o.resume_us;
    f->playout.dirty = true;
    apply_effect(f, &(struct play_effect){.kind = PLAY_DID_ENTER, .enter.node = f->state[PLAY_NODE]});
}

void film_start(struct film *f)
{
    const struct play_input start = {.kind = PLAY_START, .seed = f->o.seed, .kept = f->o.kept};
    if (f->o.resume)
        resume(f);
    else
        take_step(f, &start, 0);
    if (f->state[PLAY_PHASE] == PLAY_OVER)
        f->phase = FILM_OVER;
    else if (f->state[PLAY_PHASE] == PLAY_STUCK)
        f->phase = FILM_STUCK;
    else
        look_ahead(f);
}

/* The film waits right before the open window closes, unless something is selected or the join has been rendered. */
static void update_extra_time(struct film *f)
{
    const bool wants =
        f->choice.menu.decision >= 0 && f->choice.selected < 0 && !f->jumping && f->phase == FILM_PLAYING;
    if (f->playout.next.started)
        return;
    if (!wants) {
        extra_time_wait_at(&f->extra, f->o.mixer, 0, 0);
        return;
    }
    const struct story_decision *d = &f->story->decisions[f->choice.menu.decision];
    extra_time_wait_at(&f->extra, f->o.mixer, film_smp_at(f, d->closes_us) - 1,
                       extra_time_us(&f->extra, d->closes_us - d->opens_us));
}

void film_tick(struct film *f, int64_t heard_smp, const struct recorder_clock *clock)
{
    struct playout *p = &f->playout;
    f->heard_smp = heard_smp;
    f->clock = *clock;
    extra_time_tick(&f->extra, heard_smp, clock->playing_us);
    f->choice.held_us = f->extra.held_us;
    playout_poll(p, &f->choice.selected);
    while (f->phase < FILM_OVER) {
        const bool joined = p->next.started && heard_smp >= playout_join_smp(p);
        if (p->now.clip && !f->jumping) {
            const int64_t until = joined ? playout_join_smp(p) : heard_smp;
            const int64_t pos_us = smp_to_us(until - p->now.start_smp);
            run_events(f, pos_us);
            f->pos_us = pos_us;
        }
        if (!joined)
            break;
        cut(f);
        playout_poll(p, &f->choice.selected);
    }
    update_extra_time(f);
    if (f->phase >= FILM_OVER)
        return;
    look_ahead(f);
    const struct situation l = situation(f);
    if (p->now.clip && !f->jumping && playout_is_over(p, &l))
        leave_node(f);
    playout_picture(p, heard_smp);
}

/* ---- the viewer ------------------------------------------------------------------------------------------------- */

/* Once the mixer has joined what follows, the decision is over, though its last samples are yet to be heard. */
static bool accepts_choice(const struct film *f)
{
    return f->choice.menu.decision >= 0 && !f->playout.next.started && !f->jumping;
}

bool film_move_focus(struct film *f, int32_t places)
{
    return accepts_choice(f) && choice_move(&f->choice, places);
}

bool film_focus(struct film *f, int32_t place)
{
    if (!accepts_choice(f) || film_is_code(f) || !menu_can_pick(&f->choice.menu, place))
        return false;
    f->choice.focus = place;
    return true;
}

bool film_select(struct film *f, int32_t place, int given)
{
    if (!accepts_choice(f) || !choice_select(&f->choice, place, f->pos_us, given))
        return false;
    f->playout.dirty = true;
    if (f->story->decisions[f->choice.menu.decision].cut == STORY_CUT_NOW) {
        const struct play_input pick = {.kind = PLAY_PICK, .option = f->choice.selected};
        take_step(f, &pick, f->pos_us);
        look_ahead(f);
    }
    update_extra_time(f);
    return true;
}

bool film_select_option(struct film *f, int32_t option, int given)
{
    return film_select(f, menu_place(&f->choice.menu, option), given);
}

int32_t film_place_of_letter(const struct film *f, uint32_t letter)
{
    return f->choice.menu.decision < 0 ? -1 : choice_place_of_letter(&f->choice, f->story, f->o.language, letter);
}

bool film_is_code(const struct film *f)
{
    return f->choice.menu.decision >= 0 && f->story->decisions[f->choice.menu.decision].layout == STORY_CODE;
}

void film_type_focus(struct film *f, int given)
{
    if (accepts_choice(f) && film_is_code(f))
        film_type(f, choice_pad_key(&f->choice, f->story), given);
}

void film_type(struct film *f, uint32_t character, int given)
{
    if (!accepts_choice(f) || !film_is_code(f))
        return;
    const int32_t option = choice_type(&f->choice, f->story, character);
    if (option >= 0)
        film_select_option(f, option, given);
}

void film_set_times(struct film *f, int32_t times)
{
    f->extra.times = times;
    update_extra_time(f);
}

double film_time_left(const struct film *f)
{
    const struct story_decision *d = &f->story->decisions[MAX(f->choice.menu.decision, 0)];
    const int64_t window_us = d->closes_us - d->opens_us;
    if (f->extra.times == EXTRA_TIME_NO_LIMIT)
        return -1.0;
    if (f->choice.menu.decision < 0)
        return 1.0;
    return (double)(d->closes_us - f->pos_us + f->extra.for_us - f->extra.held_us) /
           (double)(window_us * f->extra.times);
}

int64_t film_waits_at(const struct film *f)
{
    return f->extra.at_smp;
}

int64_t film_waited_us(const struct film *f)
{
    return f->extra.total_us + f->extra.held_us;
}

int32_t film_last_checkpoint(const struct film *f)
{
    return menu_last_back(f->story, f->state);
}

bool film_back(struct film *f, int32_t decision)
{
    const struct play_input back = {.kind = PLAY_BACK, .decision = decision};
    if (decision < 0 || f->phase != FILM_PLAYING || f->playout.next.started || f->jumping ||
        !take_step(f, &back, f->pos_us))
        return false;
    f->jumping = true;
    update_extra_time(f);
    look_ahead(f);
    return true;
}

void film_end(struct film *f, int32_t reason)
{
    const struct recorder_moment m = recorder_moment_now(f);
    playout_end_lack(&f->playout, f->heard_smp);
    if (f->playout.waits)
        playout_end_wait(&f->playout);
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

int64_t film_next_change(const struct film *f)
{
    return playout_next_change(&f->playout, f->heard_smp);
}

bool film_lacks_frame(const struct film *f)
{
    return playout_lacks_frame(&f->playout);
}

bool film_changes_soon(const struct film *f)
{
    return playout_changes_soon(&f->playout, f->heard_smp);
}

int64_t film_smp_at(const struct film *f, int64_t pos_us)
{
    return f->playout.now.start_smp + us_to_smp(pos_us);
}

const struct frame *film_frame(const struct film *f)
{
    return f->playout.frame;
}

uint64_t film_frame_serial(const struct film *f)
{
    return f->playout.frame_serial;
}

const struct viewing_facts *film_facts(const struct film *f)
{
    return f->facts;
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
    return f->playout.now.node;
}

const char *film_node_name(const struct film *f)
{
    return f->playout.now.node < 0 ? "-" : f->story->nodes[f->playout.now.node].name;
}

int64_t film_pos_us(const struct film *f)
{
    return f->pos_us;
}

int64_t film_length_us(const struct film *f)
{
    const int64_t length_smp = playout_length_smp(&f->playout);
    return length_smp == US_NONE ? US_NONE : smp_to_us(length_smp);
}

bool film_is_slate(const struct film *f)
{
    return f->playout.now.segment.slate;
}

const char *film_missing_file(const struct film *f)
{
    return f->playout.now.segment.missing;
}

const char *film_subtitles(const struct film *f)
{
    return f->playout.now.segment.subtitles;
}

const char *film_next_subtitles(const struct film *f)
{
    return f->playout.next.segment.subtitles;
}

bool film_is_ready(struct film *f, int64_t smp)
{
    const struct situation l = situation(f);
    if (!f->playout.now.clip && f->phase >= FILM_OVER)
        return true;
    return playout_is_ready(&f->playout, &l, smp);
}

char *film_take_notice(struct film *f)
{
    return playout_take_notice(&f->playout);
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
    deck_stats(f->playout.deck, &out->deck);
    media_stats(f->o.media, &out->media);
    if (f->playout.now.clip)
        clip_stats(f->playout.now.clip, &out->clip);
    mixer_now(f->o.mixer, &mix);
    out->frames = f->playout.frames;
    out->dropped = f->playout.dropped;
    out->held_smp = mix.held_smp;
    out->underrun_smp = mix.underrun_smp;
}
