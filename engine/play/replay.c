#include "play/replay.h"

#include "story/limits.h"

#include <assert.h>
#include <string.h>

struct replay {
    const struct story *s;
    const struct transcript *t;
    int32_t next;               /* the first line that has not happened; draw lines happen with the line before them */
    int32_t lap;                /* how often the node that this line names was left since the line before */
    int32_t n_idle;             /* inputs since the line before */
    bool ended, serving;        /* serving: what replay_due() told is the line's input */
    GArray *draws, *draw_lines; /* int32: parts that `draw` lines want next, and the lines' indices */
    GArray *kept;               /* int32: for PLAY_START */
};

static bool replay_check(const struct replay *r)
{
    assert(r->next >= 0 && r->next <= transcript_n_lines(r->t));
    assert(r->draws->len == r->draw_lines->len);
    assert(!r->serving || r->next < transcript_n_lines(r->t)); /* only a line can be served */
    assert(!r->serving || !r->ended);
    assert(r->lap >= 0 && r->n_idle >= 0);
    return true;
}

struct replay *replay_new(const struct story *s, const struct transcript *t)
{
    struct replay *r = g_new0(struct replay, 1);
    r->s = s;
    r->t = t;
    r->draws = g_array_new(FALSE, FALSE, sizeof(int32_t));
    r->draw_lines = g_array_new(FALSE, FALSE, sizeof(int32_t));
    r->kept = g_array_new(FALSE, FALSE, sizeof(int32_t));
    return r;
}

void replay_free(struct replay *r)
{
    if (!r)
        return;
    g_array_unref(r->kept);
    g_array_unref(r->draw_lines);
    g_array_unref(r->draws);
    g_free(r);
}

static const struct transcript_line *current_line(const struct replay *r)
{
    return r->next < transcript_n_lines(r->t) ? transcript_get(r->t, r->next) : NULL;
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

/* The message begins with "line 7", or with "entry 3" of a transcript that was never text. */
G_GNUC_PRINTF(4, 5)
static bool set_mismatch(GError **error, int32_t number, int32_t entry, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_MISMATCH, "%s %d: %s", number ? "line" : "entry",
                number ? number : entry + 1, text);
    g_free(text);
    return false;
}

/* Where the film is, and what it asks there. To be freed. */
static char *describe_place(const struct replay *r, const int32_t *st)
{
    const char *node = st[PLAY_NODE] >= 0 ? r->s->nodes[st[PLAY_NODE]].name : "";
    switch ((enum play_phase)st[PLAY_PHASE]) {
    case PLAY_IDLE:
        return g_strdup("the film has not begun");
    case PLAY_OVER:
        return g_strdup_printf("the film is over after \"%s\"", node);
    case PLAY_STUCK:
        return g_strdup_printf("the film is stuck in \"%s\"", node);
    case PLAY_RUNNING:
        break;
    }
    if (st[PLAY_OPEN] < 0)
        return g_strdup_printf("the film is in \"%s\"", node);
    return g_strdup_printf("the film asks \"%s\" in \"%s\"", r->s->decisions[st[PLAY_OPEN]].name, node);
}

static bool set_misfit(const struct replay *r, const int32_t *st, GError **error, const char *wanted)
{
    char *here = describe_place(r, st);
    set_mismatch(error, current_line(r)->number, r->next, "%s, but %s", wanted, here);
    g_free(here);
    return false;
}

/* What the line wants to happen. To be freed. */
static char *wanted(const struct transcript_line *line)
{
    switch (line->kind) {
    case TRANSCRIPT_PICK:
        return g_strdup_printf("this picks \"%s\" at \"%s\"", line->option, line->decision);
    case TRANSCRIPT_TIMEOUT:
        return g_strdup_printf("this lets \"%s\" time out", line->decision);
    case TRANSCRIPT_BACK:
        return g_strdup_printf("this goes back from \"%s\" to \"%s\"", line->node, line->decision);
    case TRANSCRIPT_STOP:
        return g_strdup_printf("this leaves the film in \"%s\"", line->node);
    case TRANSCRIPT_CHANGE:
        return g_strdup_printf("this sets \"%s\" in \"%s\"", line->target, line->node);
    case TRANSCRIPT_JUMP:
        return g_strdup_printf("this jumps from \"%s\" to \"%s\"", line->node, line->target);
    case TRANSCRIPT_DRAW:
        break;
    }
    return g_strdup_printf("this draws part %d of the route \"%s\"", line->part + 1, line->route ? line->route : "-");
}

/* What the line names that the story no longer has. To be freed; NULL: it has all of it. */
static char *missing(const struct replay *r)
{
    const struct transcript_line *line = current_line(r);
    if (line->decision && story_find_decision(r->s, line->decision) < 0)
        return g_strdup_printf("the film has no decision \"%s\"", line->decision);
    const bool placed = line->kind == TRANSCRIPT_BACK || line->kind == TRANSCRIPT_STOP;
    if (placed && story_find_node(r->s, line->node) < 0)
        return g_strdup_printf("the film has no node \"%s\"", line->node);
    return NULL;
}

static bool line_misfit(const struct replay *r, const int32_t *st, GError **error)
{
    g_autofree char *gone = missing(r);
    if (gone)
        return set_mismatch(error, current_line(r)->number, r->next, "%s", gone);
    char *want = wanted(current_line(r));
    set_misfit(r, st, error, want);
    g_free(want);
    return false;
}

static char *possible_options(const struct story *s, const int32_t *st)
{
    const struct story_decision *d = &s->decisions[st[PLAY_OPEN]];
    GString *out = g_string_new(NULL);
    for (int32_t i = 0; i < d->options.n; i++) {
        if (play_can_pick(st, i))
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", s->options[d->options.first + i].name);
    }
    return g_string_free(out, FALSE);
}

static char *possible_backs(const struct story *s, const int32_t *st)
{
    GString *out = g_string_new(NULL);
    for (int32_t i = 0; i < st[PLAY_CHECKPOINTS]; i++) {
        const int32_t d = play_checkpoint(s, st, i);
        if (play_can_go_back(s, st, d))
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", s->decisions[d].name);
    }
    return g_string_free(out, FALSE);
}

/* Takes over `possible`. */
static bool not_possible(const struct replay *r, GError **error, const char *what, const char *of, char *possible)
{
    set_mismatch(error, current_line(r)->number, r->next, "%s \"%s\" is not possible here (possible: %s)", what, of,
                 *possible ? possible : "none");
    g_free(possible);
    return false;
}

/* ---- the viewer's inputs ------------------------------------------------------------------------------------ */

/* The next event; NULL also if the film cuts before it. */
static const struct story_event *coming_event(const struct replay *r, const int32_t *st)
{
    return st[PLAY_CUT] ? NULL : schedule_next_event(r->s, st);
}

static bool closes_undecided(const struct replay *r, const int32_t *st)
{
    const struct story_event *e = st[PLAY_PHASE] == PLAY_RUNNING ? coming_event(r, st) : NULL;
    return e && e->kind == STORY_CLOSE && e->index == st[PLAY_OPEN];
}

/* Is the next event not due yet at the line's time? */
static bool in_time(const struct replay *r, const int32_t *st, int64_t at_us)
{
    const struct story_event *e = coming_event(r, st);
    return at_us == US_NONE || !e || e->at_us > at_us;
}

static void serve_line(struct replay *r, struct schedule_due *due, int64_t at_us, struct play_input input)
{
    r->serving = true;
    due->at_us = at_us;
    due->input = input;
}

/* Names in a transcript may be those that things had before (`was`), so they are looked up, not compared. */
static bool asks(const struct replay *r, const int32_t *st, const char *decision)
{
    return story_find_decision(r->s, decision) == st[PLAY_OPEN];
}

static bool pick_due(struct replay *r, const int32_t *st, struct schedule_due *due, GError **error)
{
    const struct transcript_line *line = current_line(r);
    if (!asks(r, st, line->decision))
        return line_misfit(r, st, error);
    const int32_t option = story_find_option(r->s, st[PLAY_OPEN], line->option);
    const struct play_input pick = {.kind = PLAY_PICK, .option = option};
    if (!play_can_pick(st, option))
        return not_possible(r, error, "option", line->option, possible_options(r->s, st));
    if (closes_undecided(r, st))
        serve_line(r, due, CLAMP(line->at_us, schedule_last_event_us(r->s, st), coming_event(r, st)->at_us), pick);
    else if (in_time(r, st, line->at_us))
        serve_line(r, due, MAX(line->at_us, schedule_last_event_us(r->s, st)), pick);
    return true;
}

static bool timeout_due(struct replay *r, const int32_t *st, struct schedule_due *due, GError **error)
{
    if (!asks(r, st, current_line(r)->decision))
        return line_misfit(r, st, error);
    if (closes_undecided(r, st))
        serve_line(r, due, due->at_us, due->input);
    return true;
}

/* Has the film come to the place that a line (back, stop) names? */
static bool is_here(const struct replay *r, const int32_t *st)
{
    const struct transcript_line *line = current_line(r);
    if (line->at_us == TRANSCRIPT_AT_END)
        return st[PLAY_PHASE] == PLAY_OVER || st[PLAY_PHASE] == PLAY_STUCK;
    return st[PLAY_PHASE] == PLAY_RUNNING && r->lap >= line->lap &&
           story_find_node(r->s, line->node) == st[PLAY_NODE] && in_time(r, st, line->at_us);
}

static bool back_due(struct replay *r, const int32_t *st, struct schedule_due *due, GError **error)
{
    const struct transcript_line *line = current_line(r);
    const int32_t decision = story_find_decision(r->s, line->decision);
    if (!play_can_go_back(r->s, st, decision))
        return not_possible(r, error, "going back to", line->decision, possible_backs(r->s, st));
    const bool running = st[PLAY_PHASE] == PLAY_RUNNING;
    serve_line(r, due, running ? MAX(line->at_us, schedule_last_event_us(r->s, st)) : 0,
               (struct play_input){.kind = PLAY_BACK, .decision = decision});
    return true;
}

/* The transcript's value in the variable's type. PLAY_START clamps a number that the variable no longer takes. */
static bool parse_value(const struct story *s, const struct story_var *v, const struct transcript_value *k,
                        int32_t *value, GError **error)
{
    gint64 n = -1;
    switch (v->type) {
    case STORY_BOOL:
        n = strcmp(k->value, "true") == 0 ? 1 : strcmp(k->value, "false") == 0 ? 0 : -1;
        break;
    case STORY_ENUM:
        n = story_find_value(s, v, k->value);
        break;
    case STORY_INT:
        if (g_ascii_string_to_signed(k->value, 10, INT32_MIN, INT32_MAX, &n, NULL))
            break;
        return set_mismatch(error, k->number, 0, "\"%s\" is no number for \"%s\"", k->value, v->name);
    }
    *value = (int32_t)n;
    return v->type == STORY_INT || n >= 0 ||
           set_mismatch(error, k->number, 0, "\"%s\" is no value of \"%s\"", k->value, v->name);
}

static const struct story_var *variable_by_name(const struct story *s, const char *name)
{
    for (int32_t i = 0; i < s->n_vars; i++)
        if (strcmp(s->vars[i].name, name) == 0)
            return &s->vars[i];
    return NULL;
}

bool replay_change(const struct story *s, const struct transcript_line *line, struct play_input *in, GError **error)
{
    const struct story_var *v = variable_by_name(s, line->target);
    *in = (struct play_input){.kind = PLAY_CHANGE, .variable = v ? (int32_t)(v - s->vars) : -1};
    if (!v)
        return set_mismatch(error, line->number, 0, "there is no variable \"%s\"", line->target);
    if (!parse_value(s, v, &(struct transcript_value){line->target, line->value, line->number}, &in->value, error))
        return false;
    in->value = CLAMP(in->value, v->min, v->max);
    return true;
}

static bool change_due(struct replay *r, const int32_t *st, struct schedule_due *due, GError **error)
{
    const struct transcript_line *line = current_line(r);
    struct play_input in;
    if (!replay_change(r->s, line, &in, error))
        return false;
    serve_line(r, due, MAX(line->at_us, schedule_last_event_us(r->s, st)), in);
    return true;
}

static int32_t node_by_name(const struct story *s, const char *name)
{
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (strcmp(s->nodes[i].name, name) == 0)
            return i;
    return -1;
}

static bool jump_due(struct replay *r, const int32_t *st, struct schedule_due *due, GError **error)
{
    const struct transcript_line *line = current_line(r);
    const struct play_input in = {.kind = PLAY_JUMP, .node = node_by_name(r->s, line->target)};
    if (in.node < 0)
        return set_mismatch(error, line->number, r->next, "there is no node \"%s\"", line->target);
    serve_line(r, due, MAX(line->at_us, schedule_last_event_us(r->s, st)), in);
    return true;
}

static bool act_due(struct replay *r, const int32_t *st, struct schedule_due *due, GError **error)
{
    const enum transcript_kind kind = current_line(r)->kind;
    return kind == TRANSCRIPT_BACK     ? back_due(r, st, due, error)
           : kind == TRANSCRIPT_CHANGE ? change_due(r, st, due, error)
                                       : jump_due(r, st, due, error);
}

static bool end_replay(struct replay *r, struct schedule_due *due)
{
    r->ended = true;
    due->at_us = US_NONE;
    return true;
}

/* `due`: what time brings; replaced if the line comes first. */
static bool line_due(struct replay *r, const int32_t *st, struct schedule_due *due, GError **error)
{
    const struct transcript_line *line = current_line(r);
    const bool placed = transcript_is_act(line->kind) || line->kind == TRANSCRIPT_STOP;
    if (placed && is_here(r, st))
        return line->kind == TRANSCRIPT_STOP ? end_replay(r, due) : act_due(r, st, due, error);
    if (st[PLAY_PHASE] != PLAY_RUNNING || (placed && closes_undecided(r, st)))
        return line_misfit(r, st, error);
    if (placed || st[PLAY_OPEN] < 0)
        return true;
    return line->kind == TRANSCRIPT_PICK ? pick_due(r, st, due, error) : timeout_due(r, st, due, error);
}

/* ---- start -------------------------------------------------------------------------------------------------- */

/* Ignores what the story no longer has or keeps, since nothing can depend on it. */
static bool parse_kept(struct replay *r, GError **error)
{
    g_array_set_size(r->kept, 0);
    for (int32_t i = 0; i < r->s->n_vars; i++) {
        const struct story_var *v = &r->s->vars[i];
        int32_t value = v->initial;
        for (int32_t k = 0; v->keep_viewer && k < transcript_n_keeps(r->t); k++)
            if (story_find_var(r->s, transcript_get_keep(r->t, k)->var) == i &&
                !parse_value(r->s, v, transcript_get_keep(r->t, k), &value, error))
                return false;
        if (v->keep_viewer)
            g_array_append_val(r->kept, value);
    }
    return true;
}

static bool value_is_set(const struct story *s, const struct transcript_value *set, GError **error)
{
    const int32_t var = story_find_var(s, set->var);
    const struct story_var *v = &s->vars[var];
    int32_t value = 0;
    if (var < 0)
        return set_mismatch(error, set->number, 0, "there is no variable \"%s\" to begin with", set->var);
    return parse_value(s, v, set, &value, error) &&
           (value == v->initial ||
            set_mismatch(error, set->number, 0, "the play began with \"%s\" at \"%s\", and must begin so again",
                         set->var, set->value));
}

bool replay_can_begin(const struct story *s, const struct transcript *t, GError **error)
{
    const char *id = transcript_story_id(t), *from = transcript_header(t)->from, *start = s->nodes[s->start].name;
    if (*id && strcmp(id, s->id) != 0) {
        g_set_error(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_MISMATCH,
                    "the transcript is of the story \"%s\", not of \"%s\"", id, s->id);
        return false;
    }
    if (from && story_find_node(s, from) != s->start) {
        g_set_error(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_MISMATCH,
                    "the transcript begins at node \"%s\", and can't begin at \"%s\"", from, start);
        return false;
    }
    for (int32_t i = 0; i < transcript_n_sets(t); i++)
        if (!value_is_set(s, transcript_get_set(t, i), error))
            return false;
    return true;
}

static bool start_due(struct replay *r, struct schedule_due *due, GError **error)
{
    if (!replay_can_begin(r->s, r->t, error) || !parse_kept(r, error))
        return false;
    due->at_us = 0;
    due->input = (struct play_input){.kind = PLAY_START,
                                     .seed = transcript_seed(r->t),
                                     .kept = r->kept->len ? (const int32_t *)(void *)r->kept->data : NULL};
    return true;
}

/* ---- the loop ----------------------------------------------------------------------------------------------- */

/* Gathers the draw lines that come next: they are for the routes met between the line before them and the next one. */
static void gather_draws(struct replay *r)
{
    for (const struct transcript_line *line = current_line(r); line && line->kind == TRANSCRIPT_DRAW;
         line = current_line(r)) {
        g_array_append_val(r->draws, line->part);
        g_array_append_val(r->draw_lines, r->next);
        r->next++;
    }
}

/* A mismatch: a draw line is left over, though the next line, or the end, has come. */
static bool draws_are_met(const struct replay *r, GError **error)
{
    if (r->draws->len == 0)
        return true;
    const int32_t entry = g_array_index(r->draw_lines, int32_t, 0);
    const struct transcript_line *line = transcript_get(r->t, entry);
    return set_mismatch(error, line->number, entry, "no random route comes here that could draw part %d",
                        line->part + 1);
}

static bool next_due(struct replay *r, const int32_t *st, int64_t length_us, struct schedule_due *due, GError **error)
{
    if (st[PLAY_PHASE] == PLAY_IDLE)
        return start_due(r, due, error);
    *due = schedule_next(r->s, st, length_us, -1);
    if (current_line(r) && r->n_idle > REPLAY_STEPS_MAX)
        return line_misfit(r, st, error);
    if (current_line(r))
        return line_due(r, st, due, error);
    if (st[PLAY_PHASE] != PLAY_RUNNING || closes_undecided(r, st))
        return end_replay(r, due);
    if (r->n_idle > REPLAY_STEPS_MAX)
        return set_mismatch(error, 0, r->next, "after the last line the film goes on for ever");
    return true;
}

bool replay_due(struct replay *r, const int32_t *state, int64_t length_us, struct schedule_due *due, GError **error)
{
    r->serving = false;
    if (r->ended)
        return end_replay(r, due);
    if (!next_due(r, state, length_us, due, error))
        return false;
    assert(replay_check(r));
    return (!r->serving && !r->ended) || draws_are_met(r, error);
}

/* A sink that notes what was drawn and passes everything on. */
struct draw_watch {
    const struct replay *r;
    play_sink sink;
    void *user;
    uint32_t n_drawn;
    int32_t wrong; /* entry of the first draw line that was not obeyed, or -1 */
};

static void watch_draws(void *user, const struct play_effect *fx)
{
    struct draw_watch *w = user;
    if (fx->kind == PLAY_DID_DRAW && w->n_drawn++ < w->r->draws->len && w->wrong < 0) {
        const int32_t entry = g_array_index(w->r->draw_lines, int32_t, w->n_drawn - 1);
        const struct transcript_line *line = transcript_get(w->r->t, entry);
        if (fx->draw.part != line->part ||
            (line->route && g_strcmp0(w->r->s->routes[fx->draw.route].name, line->route) != 0))
            w->wrong = entry;
    }
    if (w->sink)
        w->sink(w->user, fx);
}

/* Called before the step: if it is the line's own, the line has happened. */
static void note_step(struct replay *r, const int32_t *st, const struct play_input *in)
{
    const struct transcript_line *line = current_line(r);
    if (r->serving || in->kind == PLAY_START) {
        r->next += r->serving;
        r->lap = r->n_idle = 0;
        gather_draws(r);
        return;
    }
    r->n_idle++;
    if (line && line->node && in->kind == PLAY_LEAVE && story_find_node(r->s, line->node) == st[PLAY_NODE])
        r->lap++;
}

bool replay_step(struct replay *r, int32_t *state, const struct play_input *in, play_sink sink, void *user,
                 GError **error)
{
    struct draw_watch watch = {r, sink, user, 0, -1};
    struct play_input input = *in;
    note_step(r, state, in);
    r->serving = false;
    input.draws = r->draws->len ? (const int32_t *)(void *)r->draws->data : NULL;
    input.n_draws = (int32_t)r->draws->len;
    const bool taken = play_step(r->s, state, &input, watch_draws, &watch);
    const uint32_t used = MIN(watch.n_drawn, r->draws->len);
    if (used) {
        g_array_remove_range(r->draws, 0, used);
        g_array_remove_range(r->draw_lines, 0, used);
    }
    assert(replay_check(r));
    if (watch.wrong >= 0)
        return set_mismatch(error, transcript_get(r->t, watch.wrong)->number, watch.wrong,
                            "part %d can't be drawn of the random route that comes here",
                            transcript_get(r->t, watch.wrong)->part + 1);
    return taken || set_mismatch(error, 0, r->next, "the film cannot take this input now");
}

bool transcript_replay(const struct story *s, const struct transcript *t, int32_t *state,
                       const struct replay_watch *watch, GError **error)
{
    const struct replay_watch nobody = {0}, *w = watch ? watch : &nobody;
    struct replay *r = replay_new(s, t);
    struct schedule_due due = {0};
    bool good = true;
    play_init(s, state);
    while (good) {
        const bool running = state[PLAY_PHASE] == PLAY_RUNNING;
        const int64_t length_us = running ? schedule_planned_length(s, state[PLAY_NODE]) : 0;
        good = replay_due(r, state, length_us, &due, error);
        if (!good || due.at_us == US_NONE)
            break;
        if (w->input)
            w->input(w->user, state, &due.input, due.at_us);
        good = replay_step(r, state, &due.input, w->sink, w->user, error);
    }
    replay_free(r);
    return good;
}
