#include "play/transcript.h"

#include "play/explain.h"
#include "play/schedule.h"
#include "story/limits.h"

#include <assert.h>

G_DEFINE_QUARK(transcript - error - quark, transcript_error)

#define NAMES_BYTES 1024

struct transcript {
    GStringChunk *names; /* owns every string */
    struct transcript_header header;
    GArray *keeps, *sets; /* struct transcript_value */
    GArray *lines;        /* struct transcript_line */
    GArray *reloads;      /* struct transcript_reload */
    GHashTable *left;     /* recording: node -> how often it was left since the last line */
    bool stopped;         /* its last line is a stop */
};

struct transcript *transcript_empty(void)
{
    struct transcript *t = g_new0(struct transcript, 1);
    t->names = g_string_chunk_new(NAMES_BYTES);
    t->header.id = t->header.version = "";
    t->keeps = g_array_new(FALSE, FALSE, sizeof(struct transcript_value));
    t->sets = g_array_new(FALSE, FALSE, sizeof(struct transcript_value));
    t->lines = g_array_new(FALSE, FALSE, sizeof(struct transcript_line));
    t->reloads = g_array_new(FALSE, FALSE, sizeof(struct transcript_reload));
    t->left = g_hash_table_new(NULL, NULL);
    return t;
}

void transcript_free(struct transcript *t)
{
    if (!t)
        return;
    g_hash_table_unref(t->left);
    g_array_unref(t->reloads);
    g_array_unref(t->lines);
    g_array_unref(t->sets);
    g_array_unref(t->keeps);
    g_string_chunk_free(t->names);
    g_free(t);
}

/* The same text, which lives as long as the transcript; NULL stays NULL. */
static const char *own(struct transcript *t, const char *text)
{
    return text ? g_string_chunk_insert_const(t->names, text) : NULL;
}

static bool line_check(const struct transcript_line *line)
{
    assert((line->kind == TRANSCRIPT_DRAW) == (line->node == NULL));
    assert(!line->decision == (line->kind >= TRANSCRIPT_STOP));
    assert(!line->target == (line->kind < TRANSCRIPT_CHANGE));
    assert((line->kind == TRANSCRIPT_PICK) == (line->option != NULL));
    assert(line->lap >= 0 && line->lap < TRANSCRIPT_LAPS_MAX && line->part >= 0);
    assert(line->at_us == US_NONE || line->at_us >= 0);
    return true;
}

static void push_line(struct transcript *t, const struct transcript_line *line)
{
    assert(!t->stopped && line_check(line)); /* nothing happens once the play was left */
    t->stopped = line->kind == TRANSCRIPT_STOP;
    g_array_append_val(t->lines, *line);
}

/* ---- its parts ---------------------------------------------------------------------------------------------- */

const struct transcript_header *transcript_header(const struct transcript *t)
{
    return &t->header;
}

const char *transcript_story_id(const struct transcript *t)
{
    return t->header.id;
}

uint64_t transcript_story_hash(const struct transcript *t)
{
    return t->header.hash;
}

uint64_t transcript_seed(const struct transcript *t)
{
    return t->header.seed;
}

int32_t transcript_n_lines(const struct transcript *t)
{
    return (int32_t)t->lines->len;
}

const struct transcript_line *transcript_get(const struct transcript *t, int32_t i)
{
    return &g_array_index(t->lines, struct transcript_line, i);
}

int32_t transcript_n_reloads(const struct transcript *t)
{
    return (int32_t)t->reloads->len;
}

const struct transcript_reload *transcript_get_reload(const struct transcript *t, int32_t i)
{
    return &g_array_index(t->reloads, struct transcript_reload, i);
}

int32_t transcript_n_keeps(const struct transcript *t)
{
    return (int32_t)t->keeps->len;
}

const struct transcript_value *transcript_get_keep(const struct transcript *t, int32_t i)
{
    return &g_array_index(t->keeps, struct transcript_value, i);
}

int32_t transcript_n_sets(const struct transcript *t)
{
    return (int32_t)t->sets->len;
}

const struct transcript_value *transcript_get_set(const struct transcript *t, int32_t i)
{
    return &g_array_index(t->sets, struct transcript_value, i);
}

bool transcript_begins_elsewhere(const struct transcript *t)
{
    return t->header.from || t->sets->len > 0;
}

/* ---- for the reader of its text ----------------------------------------------------------------------------- */

void transcript_set_header(struct transcript *t, const struct transcript_header *header)
{
    t->header = *header;
    t->header.id = own(t, header->id);
    t->header.version = own(t, header->version);
    t->header.from = own(t, header->from);
    assert(t->header.id && t->header.version);
}

bool transcript_append(struct transcript *t, const struct transcript_line *line)
{
    if (t->lines->len >= TRANSCRIPT_LINES_MAX)
        return false;
    const struct transcript_line copy = {
        .kind = line->kind,
        .node = own(t, line->node),
        .decision = own(t, line->decision),
        .option = own(t, line->option),
        .target = own(t, line->target),
        .value = own(t, line->value),
        .route = own(t, line->route),
        .at_us = line->at_us,
        .lap = line->lap,
        .part = line->part,
        .number = line->number,
    };
    push_line(t, &copy);
    return true;
}

static bool append_value(struct transcript *t, GArray *values, const struct transcript_value *v)
{
    const struct transcript_value copy = {own(t, v->var), own(t, v->value), v->number};
    if (values->len >= STORY_VARS_MAX)
        return false;
    g_array_append_val(values, copy);
    return true;
}

bool transcript_append_keep(struct transcript *t, const struct transcript_value *keep)
{
    return append_value(t, t->keeps, keep);
}

bool transcript_append_set(struct transcript *t, const struct transcript_value *set)
{
    return append_value(t, t->sets, set);
}

/* ---- recording ---------------------------------------------------------------------------------------------- */

static void add_value(struct transcript *t, GArray *values, const struct story *s, int32_t var, int32_t value)
{
    g_autofree char *text = explain_value(s, var, CLAMP(value, s->vars[var].min, s->vars[var].max));
    const bool added = append_value(t, values, &(struct transcript_value){s->vars[var].name, text, 0});
    assert(added); /* a story has no more variables than a transcript takes */
}

struct transcript *transcript_new(const struct story *s, uint64_t seed, const int32_t *kept)
{
    struct transcript *t = transcript_empty();
    transcript_set_header(
        t, &(struct transcript_header){s->id ? s->id : "", s->version ? s->version : "", s->hash, seed, s->from});
    for (int32_t i = 0; i < s->n_vars; i++) {
        if (s->vars[i].given)
            add_value(t, t->sets, s, i, s->vars[i].initial);
        if (kept && s->vars[i].keep_viewer)
            add_value(t, t->keeps, s, i, *kept++);
    }
    return t;
}

/* The time, moved between that of the latest event and that of the next one, so that the text tells what came first. */
static int64_t between_events(const struct story *s, const int32_t *state, int64_t at_us, bool is_pick)
{
    const struct story_event *next = schedule_next_event(s, state);
    const int64_t first_us = schedule_last_event_us(s, state);
    int64_t last_us = STORY_TIME_US_MAX;
    if (next && !state[PLAY_CUT]) {
        const bool closing = is_pick && next->kind == STORY_CLOSE && next->index == state[PLAY_OPEN];
        last_us = closing ? next->at_us : next->at_us - 1;
    }
    return at_us > last_us ? MAX(last_us, first_us) : MAX(at_us, first_us);
}

static struct transcript_line line_here(struct transcript *t, const struct story *s, const int32_t *state,
                                        enum transcript_kind kind, int64_t at_us)
{
    struct transcript_line line = {.kind = kind, .node = own(t, s->nodes[state[PLAY_NODE]].name)};
    const bool running = state[PLAY_PHASE] == PLAY_RUNNING;
    line.at_us = running ? between_events(s, state, at_us, kind == TRANSCRIPT_PICK) : TRANSCRIPT_AT_END;
    if (running && (transcript_is_act(kind) || kind == TRANSCRIPT_STOP))
        line.lap = GPOINTER_TO_INT(g_hash_table_lookup(t->left, GINT_TO_POINTER(state[PLAY_NODE])));
    return line;
}

static void append_line(struct transcript *t, const struct transcript_line *line)
{
    g_hash_table_remove_all(t->left);
    push_line(t, line);
}

static void append_pick(struct transcript *t, const struct story *s, const int32_t *state, int32_t option,
                        int64_t at_us)
{
    assert(play_can_pick(state, option));
    const struct story_decision *d = &s->decisions[state[PLAY_OPEN]];
    struct transcript_line line = line_here(t, s, state, TRANSCRIPT_PICK, at_us);
    line.decision = own(t, d->name);
    line.option = own(t, s->options[d->options.first + option].name);
    append_line(t, &line);
}

static void append_timeout(struct transcript *t, const struct story *s, const int32_t *state)
{
    const struct story_event *e = schedule_next_event(s, state);
    if (!e || e->kind != STORY_CLOSE || e->index != state[PLAY_OPEN])
        return;
    struct transcript_line line = line_here(t, s, state, TRANSCRIPT_TIMEOUT, e->at_us);
    line.at_us = e->at_us;
    line.decision = own(t, s->decisions[e->index].name);
    append_line(t, &line);
}

static void append_back(struct transcript *t, const struct story *s, const int32_t *state, int32_t decision,
                        int64_t at_us)
{
    assert(play_can_go_back(s, state, decision));
    struct transcript_line line = line_here(t, s, state, TRANSCRIPT_BACK, at_us);
    line.decision = own(t, s->decisions[decision].name);
    append_line(t, &line);
}

static void append_change(struct transcript *t, const struct story *s, const int32_t *state,
                          const struct play_input *in, int64_t at_us)
{
    g_autofree char *value = explain_value(s, in->variable, in->value);
    struct transcript_line line = line_here(t, s, state, TRANSCRIPT_CHANGE, at_us);
    line.target = own(t, s->vars[in->variable].name);
    line.value = own(t, value);
    append_line(t, &line);
}

static void append_jump(struct transcript *t, const struct story *s, const int32_t *state, int32_t node, int64_t at_us)
{
    struct transcript_line line = line_here(t, s, state, TRANSCRIPT_JUMP, at_us);
    line.target = own(t, s->nodes[node].name);
    append_line(t, &line);
}

static void note_leaving(struct transcript *t, int32_t node)
{
    const int n = GPOINTER_TO_INT(g_hash_table_lookup(t->left, GINT_TO_POINTER(node)));
    g_hash_table_insert(t->left, GINT_TO_POINTER(node), GINT_TO_POINTER(MIN(n + 1, TRANSCRIPT_LAPS_MAX - 1)));
}

void transcript_add(struct transcript *t, const struct story *s, const int32_t *state, const struct play_input *in,
                    int64_t at_us)
{
    switch (in->kind) {
    case PLAY_START:
        break;
    case PLAY_ADVANCE:
        append_timeout(t, s, state);
        break;
    case PLAY_PICK:
        append_pick(t, s, state, in->option, at_us);
        break;
    case PLAY_LEAVE:
        note_leaving(t, state[PLAY_NODE]);
        break;
    case PLAY_BACK:
        append_back(t, s, state, in->decision, at_us);
        break;
    case PLAY_CHANGE:
        append_change(t, s, state, in, at_us);
        break;
    case PLAY_JUMP:
        append_jump(t, s, state, in->node, at_us);
        break;
    }
}

void transcript_add_draw(struct transcript *t, const struct story *s, int32_t route, int32_t part)
{
    const struct transcript_line line = {
        .kind = TRANSCRIPT_DRAW, .route = own(t, s->routes[route].name), .at_us = US_NONE, .part = part};
    push_line(t, &line);
}

static void append_reload(struct transcript *t, const struct transcript_reload *reload, int32_t before)
{
    const struct transcript_reload copy = {own(t, reload->node), reload->at_us, own(t, reload->changes), before};
    assert(!t->stopped && copy.node && copy.changes);
    g_array_append_val(t->reloads, copy);
}

void transcript_add_reload(struct transcript *t, const struct transcript_reload *reload)
{
    append_reload(t, reload, transcript_n_lines(t));
}

void transcript_copy_reloads(struct transcript *t, const struct transcript *from)
{
    for (int32_t i = 0; i < transcript_n_reloads(from); i++) {
        const struct transcript_reload *reload = transcript_get_reload(from, i);
        append_reload(t, reload, MIN(reload->before, transcript_n_lines(t)));
    }
}

void transcript_add_stop(struct transcript *t, const struct story *s, const int32_t *state, int64_t at_us)
{
    if (state[PLAY_PHASE] != PLAY_RUNNING)
        return;
    const struct transcript_line line = line_here(t, s, state, TRANSCRIPT_STOP, at_us);
    append_line(t, &line);
}

struct transcript_line transcript_stop_line(struct transcript *t, const struct story *s, const int32_t *state,
                                            int64_t at_us)
{
    assert(state[PLAY_PHASE] == PLAY_RUNNING);
    return line_here(t, s, state, TRANSCRIPT_STOP, at_us);
}
