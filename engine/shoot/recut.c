#include "shoot/recut.h"

#include "base/beneath.h"
#include "base/json.h"
#include "shoot/otio.h"
#include "story/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than any timeline, and no danger for the parser's stack. */
#define DEPTH_MAX 200

struct reading {
    const struct story *s;
    struct footage *footage;
    struct recut *recut;
    char *folder;        /* of the story, without links */
    GHashTable *changed; /* node to 1 + its index in the changes */
    bool timeline;       /* there is something of OpenTimelineIO */
};

/* A clip's range in its file, and what it was when it was written. */
struct editing {
    int32_t node;
    int64_t start_us, end_us;         /* now */
    int64_t was_start_us, was_end_us; /* then */
    int64_t slack_us;                 /* half a frame: what rounding may do */
    bool part;
};

G_GNUC_PRINTF(2, 3)
static void leave_out(struct reading *r, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_ptr_array_add(r->recut->left_out, g_strdup_vprintf(format, ap));
    va_end(ap);
}

/* ---- JSON of strangers ---------------------------------------------------------------------------------------------- */

static double number_of(JsonObject *o, const char *name)
{
    JsonNode *n = o ? json_object_get_member(o, name) : NULL;
    const bool number = n && JSON_NODE_HOLDS_VALUE(n) &&
                        (json_node_get_value_type(n) == G_TYPE_INT64 || json_node_get_value_type(n) == G_TYPE_DOUBLE);
    return number ? json_node_get_double(n) : NAN;
}

static int64_t us_of(JsonObject *o, const char *name)
{
    const double us = number_of(o, name);
    return us >= 0 && us <= STORY_TIME_US_MAX ? (int64_t)us : US_NONE;
}

static bool is_of(JsonObject *o, const char *schema)
{
    const char *said = json_get_text(o, "OTIO_SCHEMA");
    const size_t n = strlen(schema);
    return said && strncmp(said, schema, n) == 0 && said[n] == '.';
}

/* ---- one clip ------------------------------------------------------------------------------------------------------- */

/* In seconds; NAN where it is none. */
static double seconds_of(JsonObject *time)
{
    const double rate = number_of(time, "rate");
    return rate > 0 ? number_of(time, "value") / rate : NAN;
}

static JsonObject *media_of(JsonObject *clip)
{
    JsonObject *all = json_get_object(clip, "media_references");
    const char *active = json_get_text(clip, "active_media_reference_key");
    return all ? json_get_object(all, active ? active : "DEFAULT_MEDIA") : json_get_object(clip, "media_reference");
}

/* Where it lies in its file now; false: it does not tell, or there is no such place. */
static bool read_range(JsonObject *clip, struct editing *e)
{
    JsonObject *available = json_get_object(media_of(clip), "available_range");
    JsonObject *range = json_get_object(clip, "source_range");
    range = range ? range : available;
    const double origin_s = available ? seconds_of(json_get_object(available, "start_time")) : 0;
    const double start_s = seconds_of(json_get_object(range, "start_time")) - origin_s;
    const double end_s = start_s + seconds_of(json_get_object(range, "duration"));
    const double rate = number_of(json_get_object(range, "duration"), "rate");
    if (!(start_s > -1e-6 && end_s > start_s && end_s <= (double)STORY_TIME_US_MAX / 1e6))
        return false;
    e->start_us = MAX(llround(start_s * 1e6), 0);
    e->end_us = llround(end_s * 1e6);
    e->slack_us = MAX(US_PER_MS, llround(0.5e6 / rate));
    return true;
}

/* Without metadata, it was what the story would give now. */
static void read_former(const struct reading *r, JsonObject *own, struct editing *e)
{
    const struct story_clip *c = &r->s->nodes[e->node].clip;
    const int64_t from_us = c->from_us == US_NONE ? 0 : c->from_us;
    const int64_t length_us =
        c->kind == STORY_FILM ? footage_clip_length(r->footage, c) : footage_node_length(r->footage, e->node);
    JsonNode *part = own ? json_object_get_member(own, "part") : NULL;
    e->was_start_us = us_of(own, "start_us");
    e->was_end_us = us_of(own, "end_us");
    if (e->was_start_us == US_NONE || e->was_end_us == US_NONE) {
        e->was_start_us = from_us;
        e->was_end_us = from_us + (length_us == US_NONE ? footage_node_length(r->footage, e->node) : length_us);
    }
    e->part = part && JSON_NODE_HOLDS_VALUE(part) && json_node_get_value_type(part) == G_TYPE_BOOLEAN &&
              json_node_get_boolean(part);
}

static bool is_retimed(JsonObject *clip)
{
    JsonArray *effects = json_get_array(clip, "effects");
    for (guint i = 0; effects && i < json_array_get_length(effects); i++) {
        JsonNode *n = json_array_get_element(effects, i);
        if (JSON_NODE_HOLDS_OBJECT(n) && number_of(json_node_get_object(n), "time_scalar") != 1 &&
            json_object_has_member(json_node_get_object(n), "time_scalar"))
            return true;
    }
    return false;
}

/* The file of a clip in the story's folder, if it is another one now; to be freed. False: it lies elsewhere, which is said. */
static bool read_file(struct reading *r, JsonObject *clip, int32_t node, char **file)
{
    const struct story_clip *c = &r->s->nodes[node].clip;
    const char *url = json_get_text(media_of(clip), "target_url");
    g_autofree char *local =
        url && g_str_has_prefix(url, "file:") ? g_filename_from_uri(url, NULL, NULL) : g_strdup(url);
    *file = NULL;
    if (!local || !c->path)
        return true;
    /* The folder may lie elsewhere on the editor's machine. */
    const size_t n = strlen(c->path), have = strlen(local);
    if (have >= n && strcmp(local + have - n, c->path) == 0 && (have == n || local[have - n - 1] == '/'))
        return true;
    g_autofree char *full = g_canonicalize_filename(local, r->folder), *real = realpath(full, NULL);
    const char *inside = real && g_str_has_prefix(real, r->folder) ? real + strlen(r->folder) : NULL;
    if (!inside || inside[0] != '/') {
        leave_out(r, "%s: its file %s is not in the story's folder", r->s->nodes[node].name, local);
        return false;
    }
    *file = g_strdup(inside + 1);
    return true;
}

static int64_t read_changed(int64_t now_us, int64_t was_us, int64_t slack_us)
{
    return llabs(now_us - was_us) > slack_us ? now_us : US_NONE;
}

/* Did somebody change the story's own range since the timeline was written? */
static bool is_stale(const struct story_clip *c, JsonObject *own)
{
    return own && (us_of(own, "from_us") != c->from_us || us_of(own, "to_us") != c->to_us);
}

static void add_change(struct reading *r, struct recut_change *x)
{
    GArray *changes = r->recut->changes;
    const int known = GPOINTER_TO_INT(g_hash_table_lookup(r->changed, GINT_TO_POINTER(x->node)));
    const struct recut_change *other = known > 0 ? &g_array_index(changes, struct recut_change, known - 1) : NULL;
    if (!other) {
        g_array_append_val(changes, *x);
        g_hash_table_insert(r->changed, GINT_TO_POINTER(x->node), GINT_TO_POINTER((int)changes->len));
        return;
    }
    if (g_strcmp0(other->file, x->file) != 0 || other->from_us != x->from_us || other->to_us != x->to_us ||
        other->for_us != x->for_us)
        leave_out(r, "%s: it is there several times, with different ranges; the first is taken",
                  r->s->nodes[x->node].name);
    g_free(x->file);
}

static void take_changes(struct reading *r, JsonObject *clip, JsonObject *own, const struct editing *e)
{
    const char *name = r->s->nodes[e->node].name;
    const struct story_clip *c = &r->s->nodes[e->node].clip;
    struct recut_change x = {e->node, NULL, US_NONE, US_NONE, US_NONE};
    if (!read_file(r, clip, e->node, &x.file))
        return;
    if (c->kind == STORY_FILM) {
        x.from_us = read_changed(e->start_us, e->was_start_us, e->slack_us);
        x.to_us = read_changed(e->end_us, e->was_end_us, e->slack_us);
    } else
        x.for_us = read_changed(e->end_us - e->start_us, e->was_end_us - e->was_start_us, e->slack_us);
    const bool same = !x.file && x.from_us == US_NONE && x.to_us == US_NONE && x.for_us == US_NONE;
    if (same)
        r->recut->n_same++;
    else if (e->part)
        leave_out(r, "%s: only a part of it was seen in that play; change it in a timeline of the whole story", name);
    else if (is_stale(c, own))
        leave_out(r, "%s: its range in the story has changed since the timeline was written", name);
    else {
        add_change(r, &x);
        return;
    }
    g_free(x.file);
}

static void read_clip(struct reading *r, JsonObject *clip)
{
    JsonObject *own = json_get_object(json_get_object(clip, "metadata"), OTIO_METADATA);
    const char *node = json_get_text(own, "node"), *name = node ? node : json_get_text(clip, "name");
    struct editing e = {.node = name ? story_find_node(r->s, name) : -1};
    if (e.node < 0 || r->s->nodes[e.node].clip.kind == STORY_SILENT)
        leave_out(r, "the clip %s belongs to no node of the story", name ? name : "without a name");
    else if (is_retimed(clip))
        leave_out(r, "%s: a story plays clips at their own speed", name);
    else if (!read_range(clip, &e))
        leave_out(r, "%s: it has no range that a clip can have", name);
    else {
        read_former(r, own, &e);
        take_changes(r, clip, own, &e);
    }
}

/* ---- the timeline --------------------------------------------------------------------------------------------------- */

static void read_node(struct reading *r, JsonNode *n);

static void read_element(JsonArray *array, guint i, JsonNode *n, gpointer user)
{
    (void)array;
    (void)i;
    read_node(user, n);
}

/* Sounds follow the pictures: a story cuts both in one. */
static void read_node(struct reading *r, JsonNode *n)
{
    JsonObject *o = JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
    if (!o || g_strcmp0(json_get_text(o, "kind"), "Audio") == 0)
        return;
    if (is_of(o, "Clip"))
        read_clip(r, o);
    if (is_of(o, "Transition"))
        leave_out(r, "the transition %s: a story has only cuts",
                  json_get_text(o, "name") ? json_get_text(o, "name") : "");
    r->timeline |= is_of(o, "Timeline") || is_of(o, "SerializableCollection") || is_of(o, "Stack") || is_of(o, "Track");
    if (is_of(o, "Timeline") && json_object_has_member(o, "tracks"))
        read_node(r, json_object_get_member(o, "tracks"));
    else if (json_get_array(o, "children"))
        json_array_foreach_element(json_get_array(o, "children"), read_element, r);
}

static void clear_change(void *at)
{
    g_free(((struct recut_change *)at)->file);
}

void recut_free(struct recut *r)
{
    if (!r)
        return;
    g_array_unref(r->changes);
    g_ptr_array_unref(r->left_out);
    g_free(r);
}

struct recut *recut_read(const struct story *s, struct footage *f, const char *text, gsize len, GError **error)
{
    g_autoptr(JsonParser) parser = json_read(text, len, DEPTH_MAX, error);
    if (!parser)
        return NULL;
    struct reading r = {s, f, g_new0(struct recut, 1), realpath(s->dir, NULL), g_hash_table_new(NULL, NULL), false};
    r.recut->changes = g_array_new(FALSE, FALSE, sizeof(struct recut_change));
    g_array_set_clear_func(r.recut->changes, clear_change);
    r.recut->left_out = g_ptr_array_new_with_free_func(g_free);
    if (json_parser_get_root(parser) && r.folder)
        read_node(&r, json_parser_get_root(parser));
    g_hash_table_destroy(r.changed);
    free(r.folder);
    if (!r.timeline) {
        g_set_error_literal(error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_UNKNOWN, "it is no timeline of OpenTimelineIO");
        g_clear_pointer(&r.recut, recut_free);
    }
    return r.recut;
}
