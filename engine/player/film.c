#include "player/film.h"

#include "media/file_streams.h"

#include "player/extra_time.h"
#include "player/recorder.h"
#include "player/viewing_facts.h"
#include "play/schedule.h"
#include "play/transcript.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* Less than this is not worth a cut. */
#define SKIP_LEAST_US US_PER_SECOND

struct film {
    struct film_options o;
    const struct story *story;
    size_t slots;
    int32_t *state, *copy;
    struct playout *playout;
    bool plans;        /* the recorder waits for the planned length of the node that was entered */
    bool jumping;      /* the state is in another node than the picture, which cuts there as soon as it can, */
    int64_t sought_us; /* or to this place of the same one; -1: the viewer seeks none */
    bool heard_stands, held_back;

    struct choice choice;
    struct extra_time extra;
    struct {
        int32_t decision, option;
        bool timed_out;
        int64_t at_us;
    } taken;

    struct viewing_facts *facts;
    struct viewing_clock clock;
    int64_t heard_smp, pos_us;
    enum film_phase phase;
    GRand *rand; /* for a random focus; no replay depends on it */

    struct film_tracks {
        char *path; /* NULL: it is none of its own */
        struct file_streams *streams;
    } sound, text; /* files of the clip that plays */
};

static bool film_check(const struct film *f)
{
    assert(play_check(f->story, f->state));
    assert(f->choice.menu.decision == f->state[PLAY_OPEN]); /* the viewer is asked what the story asks */
    assert((f->phase == FILM_OVER) == (f->state[PLAY_PHASE] == PLAY_OVER));
    assert((f->phase == FILM_STUCK) == (f->state[PLAY_PHASE] == PLAY_STUCK));
    assert(f->phase != FILM_OPENING || !playout_plays(f->playout));
    assert(!f->jumping || f->phase == FILM_PLAYING);
    assert(!f->plans || f->o.recorder);
    /* The picture is in the node of the state, unless it is about to cut there. */
    assert(f->phase != FILM_PLAYING || f->jumping || playout_node(f->playout) == f->state[PLAY_NODE]);
    assert(choice_check(&f->choice) && extra_time_check(&f->extra));
    return true;
}

/* ---- making and freeing --------------------------------------------------------------------------------------- */

static void record_fault(void *user, enum viewing_fault fault, int64_t lasted_us);

/* The viewer's wishes, each with a language. */
static struct segment_tracks tracks_of(const struct film_options *o)
{
    struct segment_tracks t = o->tracks;
    if (!t.sound.language)
        t.sound.language = o->language;
    if (!t.text.language)
        t.text.language = o->language;
    return t;
}

struct film *film_new(const struct film_options *o)
{
    struct film *f = g_new0(struct film, 1);
    const struct playout_options po = {
        .story = o->story,
        .media = o->media,
        .mixer = o->mixer,
        .tracks = tracks_of(o),
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
    f->playout = playout_new(&po);
    f->rand = g_rand_new_with_seed((guint32)(o->seed ^ o->seed >> 32));
    extra_time_init(&f->extra);
    f->taken.decision = -1;
    f->sought_us = -1;
    choice_clear(&f->choice);
    play_init(f->story, f->state);
    return f;
}

static void drop_tracks(struct film_tracks *t)
{
    file_streams_close(t->streams);
    g_free(t->path);
    *t = (struct film_tracks){0};
}

void film_free(struct film *f)
{
    if (!f)
        return;
    drop_tracks(&f->sound);
    drop_tracks(&f->text);
    playout_free(f->playout);
    g_rand_free(f->rand);
    g_free(f->copy);
    g_free(f->state);
    viewing_facts_free(f->facts);
    g_free(f);
}

/* ---- steps ---------------------------------------------------------------------------------------------------- */

static struct viewing_moment moment_now(const struct film *f)
{
    return (struct viewing_moment){f->clock, &f->choice, US_NONE, f->pos_us, extra_time_factor(&f->extra)};
}

static void apply_effect(void *user, const struct play_effect *fx)
{
    struct film *f = user;
    if (fx->kind == PLAY_DID_OPEN) {
        choice_open(&f->choice, f->story, f->state, f->pos_us, g_rand_int(f->rand));
        f->taken.decision = -1;
    }
    struct viewing_moment m = moment_now(f);
    if (fx->kind == PLAY_DID_ENTER) {
        m.planned_us = schedule_told_length(f->story, fx->enter.node);
        f->plans = f->o.recorder && m.planned_us == US_NONE;
    }
    if (f->o.recorder)
        recorder_effect(f->o.recorder, fx, &m);
    viewing_facts_note(f->facts, fx, &m, f->copy);

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
    memcpy(f->copy, f->state, f->slots * sizeof *f->copy); /* the transcript needs the state as it was before */
    if (!play_step(f->story, f->state, in, apply_effect, f))
        return false;
    if (f->o.transcript)
        transcript_add(f->o.transcript, f->story, f->copy, in, at_us);
    playout_situation_changed(f->playout);
    return true;
}

/* Takes every step of the timetable that is due until `until_us`. */
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

static void record_fault(void *user, enum viewing_fault fault, int64_t lasted_us)
{
    struct film *f = user;
    const struct viewing_moment m = moment_now(f);
    if (f->o.recorder)
        recorder_stall(f->o.recorder, fault, lasted_us, &m);
}

static struct situation situation(const struct film *f)
{
    return (struct situation){.state = f->state,
                              .selected = f->choice.selected,
                              .jumping = f->jumping,
                              .held_back = f->held_back,
                              .heard_smp = f->heard_smp};
}

static void look_ahead(struct film *f)
{
    const struct situation l = situation(f);
    playout_look_ahead(f->playout, &l);
}

/* ---- time passes ----------------------------------------------------------------------------------------------- */

static void leave_node(struct film *f)
{
    const struct play_input leave = {.kind = PLAY_LEAVE};
    playout_end_lack(f->playout, f->heard_smp);
    run_events(f, INT64_MAX);
    take_step(f, &leave, f->pos_us);
    if (f->state[PLAY_PHASE] == PLAY_OVER)
        f->phase = FILM_OVER;
    else if (f->state[PLAY_PHASE] == PLAY_STUCK)
        f->phase = FILM_STUCK;
}

static void cut_to_next(struct film *f)
{
    /* What was queued before the viewer went elsewhere in the node may have joined: then that is what is heard. */
    const bool too_late = f->sought_us >= 0 && !playout_next_is_sought(f->playout);
    if (playout_plays(f->playout) && (!f->jumping || too_late))
        leave_node(f);
    playout_cut(f->playout);
    f->sought_us = -1;
    /* The mixer may have joined what was queued before the viewer went back, or picked, an instant ago: then the
     * picture is in the wrong node, and cuts to the right one as soon as it can. */
    f->jumping = f->state[PLAY_PHASE] == PLAY_RUNNING && playout_node(f->playout) != f->state[PLAY_NODE];
    if (f->phase == FILM_OPENING)
        f->phase = FILM_PLAYING;
}

/* The transcript already holds what happened before. The recorder and the watcher learn where the film is. */
static void resume(struct film *f)
{
    assert(play_check(f->story, f->o.resume) && f->o.resume[PLAY_PHASE] == PLAY_RUNNING && f->o.resume[PLAY_OPEN] < 0);
    memcpy(f->state, f->o.resume, f->slots * sizeof *f->state);
    if (f->o.transcript)
        viewing_facts_learn(f->facts, f->o.transcript);
    playout_resume_at(f->playout, f->o.resume_us);
    const GArray *passed = f->o.resume_passed;
    const struct play_effect here = {.kind = PLAY_DID_ENTER, .enter.node = f->state[PLAY_NODE]};
    for (guint i = 0; passed && i < passed->len; i++)
        apply_effect(f, &g_array_index(passed, struct play_effect, i));
    if (!passed || passed->len == 0)
        apply_effect(f, &here);
    if (f->plans) /* its clip begins in the middle */
        recorder_planned(f->o.recorder, US_NONE);
    f->plans = false;
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
    assert(film_check(f));
}

/* Makes the film wait right before the open window closes, unless something is selected or the join has been rendered.
 */
static void update_extra_time(struct film *f)
{
    const bool wants =
        f->choice.menu.decision >= 0 && f->choice.selected < 0 && !f->jumping && f->phase == FILM_PLAYING;
    if (playout_has_joined(f->playout))
        return;
    if (!wants) {
        extra_time_wait_at(&f->extra, f->o.mixer, 0, 0);
        return;
    }
    const struct story_decision *d = &f->story->decisions[f->choice.menu.decision];
    extra_time_wait_at(&f->extra, f->o.mixer, film_smp_at(f, d->closes_us) - 1,
                       extra_time_us(&f->extra, d->closes_us - d->opens_us));
}

/* Says how long the node is planned to last, once its clip plays. */
static void tell_plan(struct film *f)
{
    if (!f->plans || f->jumping || !playout_plays(f->playout) || playout_node(f->playout) != f->state[PLAY_NODE])
        return;
    recorder_planned(f->o.recorder, playout_planned_us(f->playout));
    f->plans = false;
}

static void follow_mixer(struct film *f)
{
    int32_t selected = -1;
    if (playout_poll(f->playout, &selected))
        choice_take_back(&f->choice, selected);
}

/* Lets the timetable happen until what is heard now, or until the joined shot begins. */
static void run_until_heard(struct film *f, bool joined)
{
    if (!playout_plays(f->playout) || f->jumping)
        return;
    const int64_t until = joined ? playout_join_smp(f->playout) : f->heard_smp;
    const int64_t pos_us = smp_to_us(until - playout_start_smp(f->playout));
    run_events(f, pos_us);
    f->pos_us = pos_us;
}

void film_heard_stands(struct film *f, bool stands)
{
    f->heard_stands = stands;
}

void film_hold_back(struct film *f, bool held)
{
    f->held_back = held;
}

/* The next shot has joined and is heard. What is heard may stand at the join, before its first sample; or, after a loop
 * that was kept from running, at the shot's end. */
static bool next_is_heard(const struct film *f)
{
    if (!playout_has_joined(f->playout))
        return false;
    const int64_t join_smp = playout_join_smp(f->playout);
    return f->heard_smp > join_smp || (f->heard_smp == join_smp && !f->heard_stands);
}

static void follow_tracks(struct film *f, struct film_tracks *t, const char *path)
{
    if (g_strcmp0(t->path, path) == 0)
        return;
    drop_tracks(t);
    t->path = g_strdup(path);
    t->streams = path ? file_streams_open(f->o.media, path) : NULL;
}

/* Is it for any language, and so perhaps for several? */
static bool is_for_any(const struct film *f, struct story_span tracks)
{
    bool any = false;
    for (int32_t i = tracks.first; i < tracks.first + tracks.n; i++)
        any |= !f->story->tracks[i].language[0];
    return any;
}

/* Of those alone whose languages the story does not name. */
static void follow_files(struct film *f)
{
    const struct segment *g = playout_segment(f->playout);
    const int32_t node = playout_node(f->playout);
    const struct story_clip *clip = node < 0 ? NULL : &f->story->nodes[node].clip;
    follow_tracks(f, &f->sound, clip && is_for_any(f, clip->sounds) ? g->sound : NULL);
    follow_tracks(f, &f->text, clip && is_for_any(f, clip->subtitles) ? g->subtitles : NULL);
}

void film_tick(struct film *f, int64_t heard_smp, const struct viewing_clock *clock)
{
    f->heard_smp = heard_smp;
    f->clock = *clock;
    extra_time_tick(&f->extra, heard_smp, clock->playing_us);
    choice_set_waited(&f->choice, extra_time_waited_here_us(&f->extra));
    follow_mixer(f);
    while (f->phase < FILM_OVER) {
        const bool joined = next_is_heard(f);
        run_until_heard(f, joined);
        if (!joined)
            break;
        cut_to_next(f);
        follow_mixer(f);
    }
    follow_files(f);
    update_extra_time(f);
    tell_plan(f);
    if (f->phase >= FILM_OVER)
        return;
    look_ahead(f);
    const struct situation l = situation(f);
    if (playout_plays(f->playout) && !f->jumping && playout_is_over(f->playout, &l))
        leave_node(f);
    playout_picture(f->playout, heard_smp);
    assert(film_check(f));
}

/* ---- the viewer ------------------------------------------------------------------------------------------------- */

/* Once the mixer has joined what follows, the decision is over, even though its last samples are still to be heard. */
static bool accepts_choice(const struct film *f)
{
    return f->choice.menu.decision >= 0 && !playout_has_joined(f->playout) && !f->jumping;
}

bool film_move_focus(struct film *f, int32_t places)
{
    return accepts_choice(f) && choice_move(&f->choice, places);
}

bool film_focus(struct film *f, int32_t place)
{
    return accepts_choice(f) && choice_set_focus(&f->choice, place);
}

bool film_select(struct film *f, int32_t place, enum viewing_device device)
{
    if (!accepts_choice(f) || !choice_select(&f->choice, place, f->pos_us, device))
        return false;
    playout_situation_changed(f->playout);
    if (story_pick_cuts(&f->story->decisions[f->choice.menu.decision])) {
        const struct play_input pick = {.kind = PLAY_PICK, .option = f->choice.selected};
        take_step(f, &pick, f->pos_us);
        look_ahead(f);
    }
    update_extra_time(f);
    assert(film_check(f));
    return true;
}

bool film_select_option(struct film *f, int32_t option, enum viewing_device device)
{
    return film_select(f, menu_place(&f->choice.menu, option), device);
}

int32_t film_place_of_letter(const struct film *f, uint32_t letter)
{
    return f->choice.menu.decision < 0 ? -1
                                       : choice_place_of_letter(&f->choice, f->story, f->state, f->o.language, letter);
}

int32_t film_place_of_digit(const struct film *f, int32_t digit)
{
    const int32_t own =
        f->choice.menu.decision < 0 ? -1 : choice_place_of_key(&f->choice, f->story, (uint32_t)('0' + digit));
    return own >= 0 ? own : (digit + 9) % 10;
}

bool film_is_code(const struct film *f)
{
    return f->choice.menu.decision >= 0 && f->story->decisions[f->choice.menu.decision].layout == STORY_CODE;
}

bool film_code_takes(const struct film *f, uint32_t character)
{
    const bool digit = character >= '0' && character <= '9';
    return film_is_code(f) && (digit || menu_code_has_letters(f->story, f->choice.menu.decision));
}

void film_type_focus(struct film *f, enum viewing_device device)
{
    if (!accepts_choice(f) || !film_is_code(f))
        return;
    const bool enters =
        device == VIEWING_KEY && !f->choice.pointed; /* who types the digits has not looked at the pad */
    film_type(f, enters ? '\r' : choice_pad_key(&f->choice, f->story), device);
}

void film_type(struct film *f, uint32_t character, enum viewing_device device)
{
    if (!accepts_choice(f) || !film_is_code(f))
        return;
    const int32_t option = choice_type(&f->choice, f->story, character);
    if (option >= 0)
        film_select_option(f, option, device);
}

void film_set_time_factor(struct film *f, int32_t time_factor)
{
    extra_time_set_factor(&f->extra, time_factor);
    update_extra_time(f);
}

double film_time_left(const struct film *f)
{
    const struct story_decision *d = &f->story->decisions[MAX(f->choice.menu.decision, 0)];
    const int64_t window_us = d->closes_us - d->opens_us;
    if (extra_time_factor(&f->extra) == EXTRA_TIME_NO_LIMIT)
        return -1.0;
    if (f->choice.menu.decision < 0)
        return 1.0;
    return (double)(d->closes_us - f->pos_us + extra_time_left_us(&f->extra)) /
           (double)(window_us * extra_time_factor(&f->extra));
}

int64_t film_waits_at(const struct film *f)
{
    return extra_time_stop_smp(&f->extra);
}

int64_t film_waited_us(const struct film *f)
{
    return extra_time_waited_us(&f->extra);
}

int32_t film_last_checkpoint(const struct film *f)
{
    return menu_last_back(f->story, f->state);
}

/* Is the film not on its way elsewhere, or only to a place that the viewer sought? */
static bool may_jump(const struct film *f)
{
    return !playout_has_joined(f->playout) && (!f->jumping || f->sought_us >= 0);
}

/* The picture follows the state, to `at_us` in its node (US_NONE: where it begins or goes back to). */
static void jump(struct film *f, int64_t at_us)
{
    f->jumping = true;
    f->sought_us = -1;
    playout_seek(f->playout, at_us);
    update_extra_time(f);
    look_ahead(f);
    assert(film_check(f));
}

bool film_back(struct film *f, int32_t decision)
{
    const struct play_input back = {.kind = PLAY_BACK, .decision = decision};
    const bool runs = f->phase == FILM_PLAYING || f->phase == FILM_OVER;
    if (decision < 0 || !runs || !may_jump(f) || !take_step(f, &back, f->pos_us))
        return false;
    f->phase = FILM_PLAYING;
    jump(f, US_NONE);
    return true;
}

bool film_jump(struct film *f, int32_t node)
{
    const struct play_input in = {.kind = PLAY_JUMP, .node = node};
    if (f->phase != FILM_PLAYING || f->state[PLAY_PHASE] != PLAY_RUNNING || !may_jump(f) ||
        !take_step(f, &in, f->pos_us))
        return false;
    f->taken.decision = -1;
    choice_clear(&f->choice); /* a decision may have been open */
    if (f->state[PLAY_PHASE] == PLAY_RUNNING)
        jump(f, 0);
    else
        f->phase = f->state[PLAY_PHASE] == PLAY_OVER ? FILM_OVER : FILM_STUCK;
    return true;
}

bool film_change(struct film *f, int32_t variable, int32_t value)
{
    const struct play_input in = {.kind = PLAY_CHANGE, .variable = variable, .value = value};
    if (f->phase != FILM_PLAYING || f->state[PLAY_PHASE] != PLAY_RUNNING || !may_jump(f) ||
        !take_step(f, &in, f->pos_us))
        return false;
    look_ahead(f);
    assert(film_check(f));
    return true;
}

/* May the viewer go elsewhere in the node that plays? */
static bool may_seek(const struct film *f)
{
    return f->phase == FILM_PLAYING && may_jump(f) && f->state[PLAY_OPEN] < 0 && !f->state[PLAY_CUT];
}

int64_t film_place_us(const struct film *f)
{
    return f->sought_us >= 0 ? f->sought_us : f->pos_us;
}

struct way_ahead film_way_ahead(const struct film *f)
{
    const int64_t at_us = film_place_us(f);
    if (!may_seek(f))
        return (struct way_ahead){at_us, at_us, 0, WAY_UNKNOWN};
    return way_ahead(f->story, f->state, at_us, film_length_us(f), f->copy);
}

bool film_asks_within(const struct film *f, int64_t us)
{
    if (f->phase != FILM_PLAYING || f->state[PLAY_PHASE] != PLAY_RUNNING)
        return false;
    const struct way_ahead way = way_ahead(f->story, f->state, film_place_us(f), film_length_us(f), f->copy);
    return way.then == WAY_CHOICE && way.sure_us <= us;
}

bool film_seek(struct film *f, int64_t to_us)
{
    const struct way_ahead way = film_way_ahead(f);
    const int64_t at_us = CLAMP(to_us, way.from_us, way.to_us);
    if (at_us == film_place_us(f))
        return false;
    jump(f, at_us);
    f->sought_us = at_us;
    return true;
}

/* A sound that is to change is heard from here on in a clip that is opened anew. Where the film is on its way to another place in the
 * node, it goes there in that clip; where nothing plays yet or any more, it will begin so. */
static bool change_tracks(struct film *f)
{
    const struct segment_tracks before = *playout_tracks(f->playout), now = tracks_of(&f->o);
    const bool same = stream_wish_equal(&before.sound, &now.sound);
    const bool runs = f->phase == FILM_PLAYING && !f->jumping && !f->state[PLAY_CUT];
    playout_set_tracks(f->playout, &now, f->state);
    if (same || f->phase != FILM_PLAYING || (runs && playout_change_sound(f->playout, f->state)))
        return true;
    if (!may_seek(f))
        return false;
    const int64_t at_us = film_place_us(f);
    jump(f, at_us);
    f->sought_us = at_us;
    return true;
}

bool film_set_language(struct film *f, const char *language)
{
    f->o.language = language;
    return change_tracks(f);
}

bool film_set_tracks(struct film *f, const struct segment_tracks *tracks)
{
    f->o.tracks = *tracks;
    return change_tracks(f);
}

const struct stream_facts *film_streams(const struct film *f, int *n)
{
    return playout_streams(f->playout, n);
}

const struct stream_facts *film_track_streams(const struct film *f, enum stream_kind kind, int *n)
{
    return file_streams_get(kind == STREAM_SOUND ? f->sound.streams : f->text.streams, n);
}

/* Leaves the node, all of whose rest was seen, if the film goes on then. */
static bool skip_node(struct film *f, const int64_t *seen_us)
{
    const int32_t node = f->state[PLAY_NODE];
    memcpy(f->copy, f->state, f->slots * sizeof *f->copy);
    if (seen_us[node] != FILM_SEEN_WHOLE || f->story->nodes[node].ending >= 0 || !way_leave(f->story, f->copy) ||
        f->copy[PLAY_PHASE] != PLAY_RUNNING)
        return false;
    leave_node(f);
    f->pos_us = 0;
    return true;
}

/* How far the node of the state can be skipped: what was seen of it, before a decision. */
static int64_t skip_within_us(const struct film *f, const int64_t *seen_us)
{
    const int32_t decision = schedule_next_decision(f->story, f->state);
    const int64_t seen = seen_us[f->state[PLAY_NODE]];
    if (decision >= 0)
        return MIN(f->story->decisions[decision].opens_us - WAY_LEAD_US, seen);
    return seen == FILM_SEEN_WHOLE ? 0 : seen;
}

bool film_can_skip(const struct film *f, const int64_t *seen_us)
{
    const int32_t node = f->state[PLAY_NODE];
    if (!may_seek(f))
        return false;
    const bool whole = seen_us[node] == FILM_SEEN_WHOLE && f->story->nodes[node].ending < 0 &&
                       schedule_next_decision(f->story, f->state) < 0;
    return whole || skip_within_us(f, seen_us) > film_place_us(f) + SKIP_LEAST_US;
}

bool film_skip(struct film *f, const int64_t *seen_us)
{
    int32_t left = 0;
    if (!may_seek(f))
        return false;
    while (left < f->story->n_nodes && skip_node(f, seen_us))
        left++;
    const int64_t to_us = skip_within_us(f, seen_us);
    const bool within = to_us > (left > 0 ? 0 : film_place_us(f)) + SKIP_LEAST_US;
    if (left > 0)
        jump(f, within ? to_us : US_NONE);
    return left > 0 || (within && film_seek(f, to_us));
}

void film_end(struct film *f, enum viewing_end end)
{
    const struct viewing_moment m = moment_now(f);
    playout_end(f->playout, f->heard_smp);
    if (f->o.recorder)
        recorder_finish(f->o.recorder, end, &m);
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
    return playout_next_change(f->playout, f->heard_smp);
}

bool film_lacks_frame(const struct film *f)
{
    return playout_lacks_frame(f->playout);
}

bool film_changes_soon(const struct film *f)
{
    return playout_changes_soon(f->playout, f->heard_smp);
}

int64_t film_smp_at(const struct film *f, int64_t pos_us)
{
    return playout_start_smp(f->playout) + us_to_smp(pos_us);
}

const struct frame *film_frame(const struct film *f)
{
    return playout_frame(f->playout);
}

uint64_t film_frame_serial(const struct film *f)
{
    return playout_frame_serial(f->playout);
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
    return playout_node(f->playout);
}

const char *film_node_name(const struct film *f)
{
    return playout_node(f->playout) < 0 ? "-" : f->story->nodes[playout_node(f->playout)].name;
}

int64_t film_pos_us(const struct film *f)
{
    return f->pos_us;
}

int64_t film_length_us(const struct film *f)
{
    const int64_t length_smp = playout_length_smp(f->playout);
    return length_smp == US_NONE ? US_NONE : smp_to_us(length_smp);
}

bool film_is_slate(const struct film *f)
{
    return playout_segment(f->playout)->slate;
}

const char *film_missing_file(const struct film *f)
{
    return playout_segment(f->playout)->missing;
}

static struct film_subtitles subtitles_of(const struct film *f, const struct segment *g, bool wanted, bool forced)
{
    const struct stream_wish wish = playout_tracks(f->playout)->text;
    if (wanted && g->subtitles)
        return (struct film_subtitles){g->subtitles, g->subtitles_from_us, false, wish};
    return forced ? (struct film_subtitles){g->path, MAX(g->spec.from_us, 0), true, wish} : (struct film_subtitles){0};
}

struct film_subtitles film_subtitles(const struct film *f, bool wanted)
{
    return subtitles_of(f, playout_segment(f->playout), wanted, playout_has_forced_text(f->playout));
}

struct film_subtitles film_next_subtitles(const struct film *f, bool wanted)
{
    return subtitles_of(f, playout_next_segment(f->playout), wanted, playout_next_has_forced_text(f->playout));
}

int film_unshown_text(const struct film *f, bool wanted)
{
    int n;
    const struct stream_facts *all = film_streams(f, &n);
    const struct segment_tracks *tracks = playout_tracks(f->playout);
    if (!all || film_subtitles(f, wanted).path)
        return -1;
    struct stream_wish text = tracks->text;
    if (!text.language || !text.language[0])
        text.language = f->story->languages[0];
    return stream_choice_unshown(all, n, &text, stream_choice_heard(all, n, &tracks->sound), wanted);
}

const char *film_path(const struct film *f)
{
    return playout_segment(f->playout)->path;
}

/* Does a press of the open decision, or of the next one, cut at once? */
static bool may_cut_now(const struct film *f)
{
    const int32_t open = f->state[PLAY_OPEN];
    const int32_t decision = open >= 0 ? open : schedule_next_decision(f->story, f->state);
    return decision >= 0 && f->story->decisions[decision].cut == STORY_CUT_NOW;
}

int film_coming_subtitles(const struct film *f, struct film_subtitles *all, int n, unsigned *serial)
{
    const struct segment *wanted;
    int n_wanted, found = 0;
    *serial = playout_wanted(f->playout, &wanted, &n_wanted);
    const bool may_come = playout_plays(f->playout) && !f->jumping && may_cut_now(f);
    for (int i = 0; may_come && i < n_wanted && found < n; i++)
        if (wanted[i].subtitles && g_strcmp0(wanted[i].subtitles, wanted[i].path) != 0)
            all[found++] = subtitles_of(f, &wanted[i], true, false);
    return found;
}

static struct film_signs signs_of(const struct segment *g)
{
    return (struct film_signs){g->signs, g->signs_from_us, g->spec.start_smp};
}

struct film_signs film_signs(const struct film *f)
{
    return signs_of(playout_segment(f->playout));
}

int film_coming_signs(const struct film *f, struct film_signs all[FILM_SIGNS_MAX], unsigned *serial)
{
    const struct segment *next = playout_next_segment(f->playout), *wanted;
    int n_wanted, n = 0;
    *serial = playout_wanted(f->playout, &wanted, &n_wanted) * 2 + (next->signs != NULL);
    if (next->signs)
        all[n++] = signs_of(next);
    for (int i = 0; i < n_wanted && n < FILM_SIGNS_MAX; i++)
        if (wanted[i].signs)
            all[n++] = signs_of(&wanted[i]);
    return n;
}

int64_t film_next_from_us(const struct film *f)
{
    return smp_to_us(playout_next_segment(f->playout)->spec.start_smp);
}

bool film_next_picture(const struct film *f, const struct frame **first)
{
    return playout_next_picture(f->playout, first);
}

bool film_is_ready(struct film *f, int64_t smp)
{
    const struct situation l = situation(f);
    if (!playout_plays(f->playout) && f->phase >= FILM_OVER)
        return true;
    return playout_is_ready(f->playout, &l, smp);
}

char *film_take_notice(struct film *f)
{
    return playout_take_notice(f->playout);
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
    *out = (struct film_stats){0};
    playout_stats(f->playout, &out->playout);
    media_stats(f->o.media, &out->media);
    mixer_now(f->o.mixer, &mix);
    out->held_smp = mix.held_smp;
    out->underrun_smp = mix.underrun_smp;
}
