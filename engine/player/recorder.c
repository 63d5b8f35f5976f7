#include "player/recorder.h"

#include "player/choice.h"
#include "player/extra_time.h"
#include "player/story_record.h"
#include "story/limits.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* ---- telemetry's codes ------------------------------------------------------------------------------------------- */

static const int32_t chooser_codes[] = {
    [VIEWING_PERSON] = TEL_CHOOSER_PERSON,         [VIEWING_DEFAULTS] = TEL_CHOOSER_DEFAULT,
    [VIEWING_FIRST_OPTION] = TEL_CHOOSER_FIRST,    [VIEWING_RANDOM_OPTION] = TEL_CHOOSER_RANDOM,
    [VIEWING_TRANSCRIPT] = TEL_CHOOSER_TRANSCRIPT,
};

static const int32_t device_codes[] = {
    [VIEWING_NO_DEVICE] = TEL_GIVEN_NOBODY, [VIEWING_KEY] = TEL_GIVEN_KEY,     [VIEWING_MOUSE] = TEL_GIVEN_MOUSE,
    [VIEWING_PAD] = TEL_GIVEN_PAD,          [VIEWING_TOUCH] = TEL_GIVEN_TOUCH, [VIEWING_MACHINE] = TEL_GIVEN_AUTO,
};

static const int32_t fault_codes[] = {
    [VIEWING_FAULT_WAIT] = TEL_FAULT_WAIT,
    [VIEWING_FAULT_PICTURES] = TEL_FAULT_PICTURES,
    [VIEWING_FAULT_DAMAGE] = TEL_FAULT_DAMAGE,
};

static const int32_t end_codes[] = {
    [VIEWING_ENDED] = TEL_REASON_ENDED,         [VIEWING_LEFT] = TEL_REASON_LEFT,
    [VIEWING_RESTARTED] = TEL_REASON_RESTARTED, [VIEWING_FAILED] = TEL_REASON_FAILED,
    [VIEWING_KILLED] = TEL_REASON_KILLED,
};

static const int32_t outcome_codes[] = {
    [PLAY_PICKED] = TEL_WHAT_PICK,
    [PLAY_TIMED_OUT] = TEL_WHAT_TIMEOUT,
};

struct recorder {
    const struct story *story;
    struct writer *writer;
    int32_t node;                      /* visited now, -1: none */
    struct viewing_clock entered, now; /* now: never goes backward */
    int64_t (*wall_us)(void *data);
    void *wall_data;
    GArray *held; /* struct tel_record: the visit whose planned length is not known yet, and what came after it */
    bool exposed; /* an exposure waits for its outcome */
    int64_t before_exposure; /* the number of the event before the latest exposure */
    int64_t part_ms;         /* when this part of the viewing began; 0: it is the first one */
    bool stopped;
    char id[TEL_ID_SIZE];
};

static_assert(STORY_EXPERIMENTS_MAX <= TEL_VIEWING_ARMS, "a viewing has an arm of each experiment");
static_assert(STORY_CHANNEL_BYTES_MAX < TEL_WORD_SIZE, "the channel is recorded as a whole");
static_assert(VIEWING_ID_SIZE == TEL_ID_SIZE, "an id is as long here as there");
static_assert(G_N_ELEMENTS(chooser_codes) == VIEWING_TRANSCRIPT + 1, "every chooser has a code");
static_assert(G_N_ELEMENTS(device_codes) == VIEWING_MACHINE + 1, "every device has a code");
static_assert(G_N_ELEMENTS(fault_codes) == VIEWING_FAULT_DAMAGE + 1, "every fault has a code");
static_assert(G_N_ELEMENTS(end_codes) == VIEWING_KILLED + 1, "every end has a code");

static bool recorder_check(const struct recorder *r)
{
    assert(r->node >= -1 && r->node < r->story->n_nodes);
    assert(r->node < 0 || r->now.at_us >= r->entered.at_us);
    assert(r->held->len == 0 || r->node >= 0); /* only a visit that is under way waits */
    assert(r->node < 0 || (r->now.playing_us >= r->entered.playing_us && r->now.paused_us >= r->entered.paused_us &&
                           r->now.hidden_us >= r->entered.hidden_us));
    return true;
}

/* ---- the story as telemetry knows it -------------------------------------------------------------------------- */

/* The arms of a viewing, by their places in story_record(). */
static void take_arms(struct tel_viewing *v, const struct story *s, const int32_t *arms)
{
    int32_t first = 0;
    for (int32_t i = 0; arms && i < s->n_experiments; i++) {
        v->arms[v->n_arms++] = first + arms[i];
        first += s->vars[s->experiments[i].var].values.n;
    }
}

static void put_story(const struct tel_story *t, void *writer)
{
    writer_story(writer, t);
}

static int64_t wall_ms(const struct recorder *r)
{
    return (r->wall_us ? r->wall_us(r->wall_data) : g_get_real_time()) / US_PER_MS;
}

static void continue_at(struct tel_viewing *v, const struct viewing_place *place)
{
    g_strlcpy(v->continues, place->id, sizeof v->continues);
    v->place_known = place->exact;
    v->place_ms = place->part_ms;
    v->place_seq = place->seq;
}

struct recorder *recorder_new(const struct story *s, struct writer *w, const struct recorder_options *o)
{
    struct recorder *r = g_new0(struct recorder, 1);
    r->story = s;
    r->writer = w;
    r->node = -1;
    r->held = g_array_new(FALSE, FALSE, sizeof(struct tel_record));
    r->wall_us = o->wall_us;
    r->wall_data = o->wall_data;
    story_record(s, put_story, w);

    struct tel_viewing v = {
        .started_ms = wall_ms(r),
        .mode = o->headless ? TEL_MODE_HEADLESS : TEL_MODE_WINDOW,
        .chooser = chooser_codes[o->chooser],
        .time_mode = o->time_factor,
        .seed = (int64_t)o->seed,
        .subtitles = o->subtitles ? 2 : 1,
    };
    g_strlcpy(v.language, o->language ? o->language : "", sizeof v.language);
    take_arms(&v, s, o->arms);
    g_strlcpy(v.channel, o->channel ? o->channel : "", sizeof v.channel);
    tel_new_id(v.id, v.started_ms);
    if (o->resumed) {
        v.resumed_ms = v.started_ms;
        r->part_ms = v.resumed_ms;
        if (o->continues)
            continue_at(&v, o->continues);
    }
    g_strlcpy(v.viewer, o->viewer ? o->viewer : "", sizeof v.viewer);
    g_strlcpy(v.engine, FRUMIOUS_VERSION, sizeof v.engine);
    g_strlcpy(r->id, v.continues[0] ? v.continues : v.id, sizeof r->id);
    writer_begin(w, &v);
    return r;
}

void recorder_viewing(const struct recorder *r, char id[TEL_ID_SIZE])
{
    if (!writer_viewing_id(r->writer, id))
        g_strlcpy(id, r->id, TEL_ID_SIZE);
}

void recorder_place(const struct recorder *r, struct viewing_place *place)
{
    *place = (struct viewing_place){.exact = true, .part_ms = r->part_ms};
    recorder_viewing(r, place->id);
    place->seq = writer_seq(r->writer);
    if (r->exposed)
        place->seq = MIN(place->seq, r->before_exposure);
    place->entering = r->held->len > 0;
    assert(place->seq >= 0);
}

void recorder_stop(struct recorder *r)
{
    g_array_set_size(r->held, 0);
    r->stopped = true;
}

void recorder_free(struct recorder *r)
{
    if (!r)
        return;
    g_array_unref(r->held);
    g_free(r);
}

/* ---- one record each ------------------------------------------------------------------------------------------ */

/* Records what waits. */
static void release(struct recorder *r)
{
    for (guint i = 0; i < r->held->len; i++)
        writer_put(r->writer, &g_array_index(r->held, struct tel_record, i));
    g_array_set_size(r->held, 0);
}

static void write_record(struct recorder *r, struct tel_record *rec)
{
    rec->at_us = r->now.at_us;
    if (r->stopped)
        return;
    if (rec->kind == TEL_OUTCOME) /* a kill must not take what the place tells already */
        release(r);
    if (r->held->len > 0)
        g_array_append_val(r->held, *rec);
    else
        writer_put(r->writer, rec);
}

void recorder_planned(struct recorder *r, int64_t planned_us)
{
    if (r->held->len > 0)
        g_array_index(r->held, struct tel_record, 0).visit.planned_us = planned_us;
    release(r);
}

bool recorder_waits(const struct recorder *r)
{
    return r->held->len > 0;
}

static void move_clock(struct recorder *r, const struct viewing_clock *to)
{
    r->now.at_us = MAX(r->now.at_us, to->at_us);
    r->now.playing_us = MAX(r->now.playing_us, to->playing_us);
    r->now.paused_us = MAX(r->now.paused_us, to->paused_us);
    r->now.hidden_us = MAX(r->now.hidden_us, to->hidden_us);
}

static void write_leave(struct recorder *r)
{
    if (r->node < 0)
        return;
    release(r);
    struct tel_record rec = {.kind = TEL_LEAVE};
    rec.leave = (struct tel_leave){
        .node = r->node,
        .playing_us = r->now.playing_us - r->entered.playing_us,
        .paused_us = r->now.paused_us - r->entered.paused_us,
        .hidden_us = r->now.hidden_us - r->entered.hidden_us,
    };
    write_record(r, &rec);
    r->node = -1;
}

/* `comes`: the planned length, if it is not known, comes with recorder_planned(). */
static void write_visit(struct recorder *r, int32_t node, const struct viewing_moment *m, bool comes)
{
    struct tel_record rec = {.kind = TEL_VISIT, .at_us = r->now.at_us};
    rec.visit = (struct tel_visit){.node = node, .planned_us = m->planned_us};
    assert(r->held->len == 0); /* the node before was left */
    if (comes && m->planned_us == US_NONE && !r->stopped)
        g_array_append_val(r->held, rec);
    else
        write_record(r, &rec);
    r->node = node;
    r->entered = r->now;
}

static void write_exposure(struct recorder *r, int32_t decision, const struct viewing_moment *m)
{
    const struct story_decision *d = &r->story->decisions[decision];
    const struct choice *c = m->choice;
    struct tel_record rec = {.kind = TEL_EXPOSURE};
    assert(!r->exposed && c->menu.decision == decision);
    rec.exposure.menu.decision = decision;
    rec.exposure.menu.n = (uint8_t)c->menu.n;
    for (int32_t p = 0; p < c->menu.n; p++) {
        rec.exposure.menu.options[p] = (uint8_t)c->menu.options[p];
        if (!menu_can_pick(&c->menu, p))
            rec.exposure.menu.locked |= UINT64_C(1) << c->menu.options[p];
    }
    rec.exposure.focus = c->first_focus;
    rec.exposure.window_us =
        m->time_factor == EXTRA_TIME_NO_LIMIT ? US_NONE : (d->closes_us - d->opens_us) * m->time_factor;
    rec.exposure.time_mode = m->time_factor;
    r->before_exposure = writer_seq(r->writer) + r->held->len;
    write_record(r, &rec);
    r->exposed = true;
}

static void write_outcome(struct recorder *r, int32_t decision, int32_t what, int32_t option,
                          const struct viewing_moment *m)
{
    const struct choice *c = m->choice;
    const bool picked = what == TEL_WHAT_PICK;
    assert(r->exposed); /* only what was offered has an outcome */
    struct tel_record rec = {.kind = TEL_OUTCOME};
    rec.outcome = (struct tel_outcome){
        .decision = decision,
        .what = what,
        .option = option,
        .latency_us = choice_latency_us(c, picked, m->pos_us),
        .given = picked ? device_codes[c->device] : TEL_GIVEN_NOBODY,
        .changes = c->changes,
    };
    write_record(r, &rec);
    r->exposed = false;
}

void recorder_effect(struct recorder *r, const struct play_effect *fx, const struct viewing_moment *m)
{
    struct tel_record rec;
    move_clock(r, &m->clock);
    switch (fx->kind) {
    case PLAY_DID_LEAVE:
        write_leave(r);
        break;
    case PLAY_DID_ENTER:
        write_leave(r); /* a silent node is left without having been shown */
        write_visit(r, fx->enter.node, m, true);
        break;
    case PLAY_DID_OPEN:
        write_exposure(r, fx->open.decision, m);
        break;
    case PLAY_DID_DECIDE:
        write_outcome(r, fx->decide.decision, outcome_codes[fx->decide.outcome], fx->decide.option, m);
        break;
    case PLAY_DID_REWIND:
        if (r->exposed)
            write_outcome(r, m->choice->menu.decision, TEL_WHAT_REWOUND, TEL_NONE, m);
        write_leave(r);
        write_visit(r, fx->rewind.node, m, false);
        break;
    case PLAY_DID_END:
        rec = (struct tel_record){.kind = TEL_REACHED, .reached.ending = fx->end.ending};
        write_record(r, &rec);
        break;
    case PLAY_DID_SET:
    case PLAY_DID_DRAW:
    case PLAY_DID_FINISH:
    case PLAY_DID_STICK:
        break; /* they follow from the story, the seed and the decisions */
    }
    assert(recorder_check(r));
}

void recorder_stall(struct recorder *r, enum viewing_fault fault, int64_t lasted_us, const struct viewing_moment *m)
{
    if (r->node < 0)
        return;
    move_clock(r, &m->clock);
    struct tel_record rec = {.kind = TEL_STALL};
    rec.stall = (struct tel_stall){.node = r->node, .fault = fault_codes[fault], .lasted_us = lasted_us};
    write_record(r, &rec);
}

void recorder_finish(struct recorder *r, enum viewing_end end, const struct viewing_moment *m)
{
    move_clock(r, &m->clock);
    if (r->exposed)
        write_outcome(r, m->choice->menu.decision, TEL_WHAT_QUIT, TEL_NONE, m);
    write_leave(r);
    struct tel_record rec = {.kind = TEL_FINISH};
    rec.finish = (struct tel_finish){.ended_ms = wall_ms(r), .reason = end_codes[end]};
    write_record(r, &rec);
}
