#include "play/transcript_parts.h"
#include "story/limits.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

G_DEFINE_QUARK(transcript - error - quark, transcript_error)

struct transcript *transcript_empty(void)
{
    struct transcript *t = g_new0(struct transcript, 1);
    t->names = g_string_chunk_new(1024);
    t->id = t->version = "";
    t->keeps = g_array_new(FALSE, FALSE, sizeof(struct transcript_keep));
    t->lines = g_array_new(FALSE, FALSE, sizeof(struct transcript_line));
    t->left = g_hash_table_new(NULL, NULL);
    return t;
}

void transcript_free(struct transcript *t)
{
    if (!t)
        return;
    g_hash_table_unref(t->left);
    g_array_unref(t->lines);
    g_array_unref(t->keeps);
    g_string_chunk_free(t->names);
    g_free(t);
}

const char *transcript_own(struct transcript *t, const char *text)
{
    return text ? g_string_chunk_insert_const(t->names, text) : NULL;
}

/* ---- its parts ---------------------------------------------------------------------------------------------- */

const char *transcript_story_id(const struct transcript *t)
{
    return t->id;
}

const char *transcript_story_version(const struct transcript *t)
{
    return t->version;
}

uint64_t transcript_story_hash(const struct transcript *t)
{
    return t->hash;
}

uint64_t transcript_seed(const struct transcript *t)
{
    return t->seed;
}

int32_t transcript_n_lines(const struct transcript *t)
{
    return (int32_t)t->lines->len;
}

const struct transcript_line *transcript_get(const struct transcript *t, int32_t i)
{
    return &g_array_index(t->lines, struct transcript_line, i);
}

int32_t transcript_n_keeps(const struct transcript *t)
{
    return (int32_t)t->keeps->len;
}

const struct transcript_keep *transcript_get_keep(const struct transcript *t, int32_t i)
{
    return &g_array_index(t->keeps, struct transcript_keep, i);
}

/* ---- recording ---------------------------------------------------------------------------------------------- */

static void keep_value(struct transcript *t, const struct story *s, const struct story_var *v, int32_t value)
{
    char number[16];
    const char *text = number;
    value = CLAMP(value, v->min, v->max);
    switch (v->type) {
    case STORY_BOOL:
        text = value ? "true" : "false";
        break;
    case STORY_ENUM:
        text = s->names[v->values.first + value];
        break;
    case STORY_INT:
        g_snprintf(number, sizeof number, "%" G_GINT32_FORMAT, value);
        break;
    }
    const struct transcript_keep keep = {transcript_own(t, v->name), transcript_own(t, text), 0};
    g_array_append_val(t->keeps, keep);
}

struct transcript *transcript_new(const struct story *s, uint64_t seed, const int32_t *kept)
{
    struct transcript *t = transcript_empty();
    t->id = transcript_own(t, s->id ? s->id : "");
    t->version = transcript_own(t, s->version ? s->version : "");
    t->hash = s->hash;
    t->seed = seed;
    for (int32_t i = 0; kept && i < s->n_vars; i++)
        if (s->vars[i].keep_viewer)
            keep_value(t, s, &s->vars[i], *kept++);
    return t;
}

static const struct story_event *next_node_event(const struct story *s, const int32_t *state)
{
    const struct story_span events = s->nodes[state[PLAY_NODE]].events;
    return state[PLAY_CURSOR] < events.n ? &s->events[events.first + state[PLAY_CURSOR]] : NULL;
}

/* The time as it can be told apart from those of the events that have happened and have not. */
static int64_t between_events(const struct story *s, const int32_t *state, int64_t at_us, bool is_pick)
{
    const struct story_event *next = next_node_event(s, state);
    int64_t first_us = 0, last_us = STORY_TIME_US_MAX;
    if (state[PLAY_CURSOR] > 0)
        first_us = s->events[s->nodes[state[PLAY_NODE]].events.first + state[PLAY_CURSOR] - 1].at_us;
    if (next && !state[PLAY_CUT]) {
        const bool closing = is_pick && next->kind == STORY_CLOSE && next->index == state[PLAY_OPEN];
        last_us = closing ? next->at_us : next->at_us - 1;
    }
    return at_us > last_us ? MAX(last_us, first_us) : MAX(at_us, first_us);
}

static struct transcript_line line_here(struct transcript *t, const struct story *s, const int32_t *state,
                                        enum transcript_kind kind, int64_t at_us)
{
    struct transcript_line line = {.kind = kind, .node = transcript_own(t, s->nodes[state[PLAY_NODE]].name)};
    const bool running = state[PLAY_PHASE] == PLAY_RUNNING;
    line.at_us = running ? between_events(s, state, at_us, kind == TRANSCRIPT_PICK) : TRANSCRIPT_AT_END;
    if (running && (kind == TRANSCRIPT_BACK || kind == TRANSCRIPT_STOP))
        line.lap = GPOINTER_TO_INT(g_hash_table_lookup(t->left, GINT_TO_POINTER(state[PLAY_NODE])));
    return line;
}

static struct transcript_line *append_line(struct transcript *t, const struct story *s, const int32_t *state,
                                           enum transcript_kind kind, int64_t at_us)
{
    const struct transcript_line line = line_here(t, s, state, kind, at_us);
    g_hash_table_remove_all(t->left);
    g_array_append_val(t->lines, line);
    return &g_array_index(t->lines, struct transcript_line, t->lines->len - 1);
}

static void append_pick(struct transcript *t, const struct story *s, const int32_t *state, int32_t option,
                        int64_t at_us)
{
    const struct story_decision *d = &s->decisions[state[PLAY_OPEN]];
    struct transcript_line *line = append_line(t, s, state, TRANSCRIPT_PICK, at_us);
    line->decision = transcript_own(t, d->name);
    line->option = transcript_own(t, s->options[d->options.first + option].name);
}

static void append_timeout(struct transcript *t, const struct story *s, const int32_t *state)
{
    const struct story_event *e = next_node_event(s, state);
    if (!e || e->kind != STORY_CLOSE || e->index != state[PLAY_OPEN])
        return;
    struct transcript_line *line = append_line(t, s, state, TRANSCRIPT_TIMEOUT, e->at_us);
    line->at_us = e->at_us;
    line->decision = transcript_own(t, s->decisions[e->index].name);
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
    case PLAY_BACK: {
        struct transcript_line *line = append_line(t, s, state, TRANSCRIPT_BACK, at_us);
        line->decision = transcript_own(t, s->decisions[in->decision].name);
        break;
    }
    }
}

void transcript_add_draw(struct transcript *t, const struct story *s, int32_t route, int32_t part)
{
    const struct transcript_line line = {
        .kind = TRANSCRIPT_DRAW, .route = transcript_own(t, s->routes[route].name), .at_us = US_NONE, .part = part};
    g_array_append_val(t->lines, line);
}

void transcript_add_stop(struct transcript *t, const struct story *s, const int32_t *state, int64_t at_us)
{
    if (state[PLAY_PHASE] == PLAY_RUNNING)
        append_line(t, s, state, TRANSCRIPT_STOP, at_us);
}

char *transcript_print_stop(struct transcript *t, const struct story *s, const int32_t *state, int64_t at_us)
{
    if (state[PLAY_PHASE] != PLAY_RUNNING)
        return transcript_print(t);
    const struct transcript_line stop = line_here(t, s, state, TRANSCRIPT_STOP, at_us);
    g_array_append_val(t->lines, stop);
    char *text = transcript_print(t);
    g_array_set_size(t->lines, t->lines->len - 1);
    return text;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

/* Reads at most a byte more than is allowed, so that a huge or endless file costs no more. */
static char *read_limited(const char *path, size_t *len, GError **error)
{
    GFile *file = g_file_new_for_path(path);
    GFileInputStream *in = g_file_read(file, NULL, error);
    char *text = NULL;
    if (in) {
        text = g_malloc(TRANSCRIPT_BYTES_MAX + 1);
        if (!g_input_stream_read_all(G_INPUT_STREAM(in), text, TRANSCRIPT_BYTES_MAX + 1, len, NULL, error))
            g_clear_pointer(&text, g_free);
        g_object_unref(in);
    }
    g_object_unref(file);
    return text;
}

struct transcript *transcript_load(const char *path, GError **error)
{
    size_t len = 0;
    char *text = read_limited(path, &len, error);
    struct transcript *t = text ? transcript_parse(text, (gssize)len, error) : NULL;
    g_free(text);
    if (!t)
        g_prefix_error(error, "%s: ", path);
    return t;
}

static bool write_into(const char *path, const char *text, GError **error)
{
    FILE *file = fopen(path, "we");
    bool good = file && fputs(text, file) >= 0;
    if (file && fclose(file) != 0)
        good = false;
    if (!good)
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "%s can't be written: %s", path,
                    g_strerror(errno));
    return good;
}

bool transcript_save(const struct transcript *t, const char *path, GError **error)
{
    GStatBuf st;
    char *text = transcript_print(t);
    /* A pipe, a device or a link is written into; replacing it would take it away from everybody. */
    const bool special = g_lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
    const bool good = special ? write_into(path, text, error) : g_file_set_contents(path, text, -1, error);
    g_free(text);
    return good;
}
