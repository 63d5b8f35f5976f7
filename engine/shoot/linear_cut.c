#include "shoot/linear_cut.h"

#include "play/replay.h"
#include "play/track_choice.h"

static struct linear_cut *cut_new(const struct story *s)
{
    struct linear_cut *c = g_new(struct linear_cut, 1);
    *c = (struct linear_cut){s, g_array_new(FALSE, FALSE, sizeof(struct cut_segment)),
                             g_array_new(FALSE, FALSE, sizeof(struct cut_marker))};
    return c;
}

void linear_cut_free(struct linear_cut *c)
{
    if (!c)
        return;
    g_array_unref(c->segments);
    g_array_unref(c->markers);
    g_free(c);
}

/* ---- all clips ------------------------------------------------------------------------------------------------------ */

static void add_scene(struct linear_cut *c, int32_t node, int64_t length_us, const struct story_track *sound)
{
    const struct story_span decisions = c->story->nodes[node].decisions;
    const struct cut_segment segment = {node, 0, length_us, sound, {(int32_t)c->markers->len, decisions.n}};
    for (int32_t i = 0; i < decisions.n; i++) {
        const struct story_decision *d = &c->story->decisions[decisions.first + i];
        const struct cut_marker marker = {decisions.first + i, d->opens_us, d->closes_us, CUT_UNDECIDED, -1};
        g_array_append_val(c->markers, marker);
    }
    g_array_append_val(c->segments, segment);
}

struct linear_cut *linear_cut_of_story(const struct scenes *sc, struct footage *f, const char *language)
{
    const struct story *s = sc->story;
    struct linear_cut *c = cut_new(s);
    g_autofree int32_t *state = g_new(int32_t, (gsize)play_state_slots(s));
    play_init(s, state);
    for (int32_t i = 0; i < sc->n; i++) {
        const struct story_clip *clip = &s->nodes[sc->nodes[i]].clip;
        if (clip->kind != STORY_SILENT)
            add_scene(c, sc->nodes[i], footage_node_length(f, sc->nodes[i]),
                      track_choice(s, state, clip->sounds, language));
    }
    return c;
}

/* ---- a play --------------------------------------------------------------------------------------------------------- */

struct cutting {
    struct linear_cut *cut;
    const char *language;
    int64_t now_us;
    bool to_end;         /* behind the transcript, nobody chooses */
    bool running, fresh; /* fresh: the sound is not chosen yet */
    struct cut_segment segment;
};

static void begin(struct cutting *x, int32_t node, int64_t at_us)
{
    x->now_us = at_us;
    x->running = x->fresh = x->cut->story->nodes[node].clip.kind != STORY_SILENT;
    x->segment = (struct cut_segment){node, at_us, at_us, NULL, {(int32_t)x->cut->markers->len, 0}};
}

static void end(struct cutting *x)
{
    if (!x->running)
        return;
    x->running = false;
    x->segment.to_us = x->now_us;
    x->segment.markers.n = (int32_t)x->cut->markers->len - x->segment.markers.first;
    for (int32_t i = 0; i < x->segment.markers.n; i++) {
        struct cut_marker *m = &g_array_index(x->cut->markers, struct cut_marker, x->segment.markers.first + i);
        m->until_us = m->until_us == US_NONE ? x->now_us : m->until_us;
    }
    if (x->segment.to_us > x->segment.from_us)
        g_array_append_val(x->cut->segments, x->segment);
}

static void on_effect(void *user, const struct play_effect *fx)
{
    struct cutting *x = user;
    GArray *markers = x->cut->markers;
    if (fx->kind == PLAY_DID_ENTER)
        begin(x, fx->enter.node, 0);
    if (fx->kind == PLAY_DID_REWIND)
        begin(x, fx->rewind.node, x->cut->story->decisions[fx->rewind.decision].opens_us);
    if (fx->kind == PLAY_DID_LEAVE || fx->kind == PLAY_DID_STICK)
        end(x);
    if (fx->kind == PLAY_DID_OPEN) {
        const struct cut_marker opened = {fx->open.decision, x->now_us, US_NONE, CUT_UNDECIDED, -1};
        g_array_append_val(markers, opened);
    }
    if (fx->kind == PLAY_DID_DECIDE && markers->len > 0) {
        struct cut_marker *m = &g_array_index(markers, struct cut_marker, markers->len - 1);
        m->until_us = x->now_us;
        m->outcome = fx->decide.outcome == PLAY_PICKED ? CUT_PICKED : CUT_TIMED_OUT;
        m->option = fx->decide.option;
    }
}

static bool play_all(struct cutting *x, struct replay *r, struct footage *f, int32_t *state, GError **error)
{
    const struct story *s = x->cut->story;
    struct schedule_due due = {0};
    bool replays = true;
    for (int32_t steps = 0; steps < REPLAY_STEPS_MAX; steps += !replays) { /* a replay counts its own */
        const bool running = state[PLAY_PHASE] == PLAY_RUNNING;
        const int64_t length_us = running ? footage_node_length(f, state[PLAY_NODE]) : 0;
        if (replays && !replay_due(r, state, length_us, &due, error))
            return false;
        replays = replays && due.at_us != US_NONE;
        if (!replays && x->to_end)
            due = schedule_next(s, state, length_us, -1);
        if (due.at_us == US_NONE)
            return true;
        x->now_us = running ? MAX(x->now_us, due.at_us) : x->now_us;
        if (!replays)
            play_step(s, state, &due.input, on_effect, x);
        else if (!replay_step(r, state, &due.input, on_effect, x, error))
            return false;
        if (x->fresh && x->running)
            x->segment.sound = track_choice(s, state, s->nodes[x->segment.node].clip.sounds, x->language);
        x->fresh = false;
    }
    g_set_error(
        error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_LIMIT,
        "the film goes round in circles: it has not ended after %d steps. Name a play that ends (--choose FILE)",
        REPLAY_STEPS_MAX);
    return false;
}

/* The line that says where the play was left; NULL: it was not. */
static const struct transcript_line *stop_of(const struct transcript *t)
{
    const int32_t n = transcript_n_lines(t);
    const struct transcript_line *last = n > 0 ? transcript_get(t, n - 1) : NULL;
    return last && last->kind == TRANSCRIPT_STOP ? last : NULL;
}

static struct linear_cut *cut_play(const struct story *s, const struct transcript *t, struct footage *f,
                                   const char *language, bool to_end, GError **error)
{
    const struct transcript_line *stop = stop_of(t);
    struct cutting x = {.cut = cut_new(s), .language = language, .to_end = to_end && !stop};
    g_autofree int32_t *state = g_new(int32_t, (gsize)play_state_slots(s));
    struct replay *r = replay_new(s, t);
    play_init(s, state);
    const bool good = play_all(&x, r, f, state, error);
    replay_free(r);
    if (!good) {
        linear_cut_free(x.cut);
        return NULL;
    }
    if (stop)
        x.now_us = MAX(x.now_us, stop->at_us);
    end(&x);
    return x.cut;
}

struct linear_cut *linear_cut_of_play(const struct story *s, const struct transcript *t, struct footage *f,
                                      const char *language, GError **error)
{
    return cut_play(s, t, f, language, false, error);
}

struct linear_cut *linear_cut_to_end(const struct story *s, const struct transcript *t, struct footage *f,
                                     const char *language, GError **error)
{
    return cut_play(s, t, f, language, true, error);
}

int64_t linear_cut_length(const struct linear_cut *c)
{
    int64_t us = 0;
    for (guint i = 0; i < c->segments->len; i++) {
        const struct cut_segment *g = &g_array_index(c->segments, struct cut_segment, i);
        us += g->to_us - g->from_us;
    }
    return us;
}
