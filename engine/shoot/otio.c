#include "shoot/otio.h"

#include "base/beneath.h"
#include "base/json.h"

#include <math.h>

struct otio_writer {
    const struct linear_cut *cut;
    struct footage *footage;
    const char *language;
    JsonBuilder *json;
};

/* ---- times ---------------------------------------------------------------------------------------------------------- */

static double frames(int64_t us, struct footage_rate rate)
{
    return round((double)us * rate.num / rate.den / (double)US_PER_SECOND);
}

/* In one rate, rounded, and then exact in another: what lies side by side stays so however much comes before it. */
static double converted(double value, struct footage_rate from, struct footage_rate to)
{
    return value * from.den / from.num * to.num / to.den;
}

static void put_time(JsonBuilder *b, const char *key, double value, struct footage_rate rate)
{
    json_put_object(b, key);
    json_put_text(b, "OTIO_SCHEMA", "RationalTime.1");
    json_put_real(b, "rate", (double)rate.num / rate.den);
    json_put_real(b, "value", value);
    json_builder_end_object(b);
}

static void put_range(JsonBuilder *b, const char *key, double start, double duration, struct footage_rate rate)
{
    json_put_object(b, key);
    json_put_text(b, "OTIO_SCHEMA", "TimeRange.1");
    put_time(b, "start_time", start, rate);
    put_time(b, "duration", duration, rate);
    json_builder_end_object(b);
}

static void put_null(JsonBuilder *b, const char *key)
{
    json_put_text(b, key, NULL);
}

static void put_us(JsonBuilder *b, const char *key, int64_t us)
{
    if (us == US_NONE)
        put_null(b, key);
    else
        json_put_int(b, key, us);
}

/* ---- parts that every object has ------------------------------------------------------------------------------------ */

static void begin_object(JsonBuilder *b, const char *key, const char *schema)
{
    if (key)
        json_builder_set_member_name(b, key);
    json_builder_begin_object(b);
    json_put_text(b, "OTIO_SCHEMA", schema);
}

static void put_empty_list(JsonBuilder *b, const char *key)
{
    json_put_array(b, key);
    json_builder_end_array(b);
}

static void put_empty_object(JsonBuilder *b, const char *key)
{
    json_put_object(b, key);
    json_builder_end_object(b);
}

/* ---- what a clip is of ---------------------------------------------------------------------------------------------- */

static void put_file(const struct otio_writer *w, const char *path)
{
    JsonBuilder *b = w->json;
    const struct footage_fact *fact = footage_of(w->footage, path);
    g_autofree char *joined = g_build_filename(w->cut->story->dir, path, NULL),
                    *full = g_canonicalize_filename(joined, NULL), *url = g_filename_to_uri(full, NULL, NULL);
    begin_object(b, "media_reference", "ExternalReference.1");
    put_empty_object(b, "metadata");
    json_put_text(b, "name", path);
    if (fact->length_us == US_NONE)
        put_null(b, "available_range");
    else
        put_range(b, "available_range", 0, frames(fact->length_us, fact->rate), fact->rate);
    json_put_text(b, "target_url", url);
    json_builder_end_object(b);
}

static void put_card(const struct otio_writer *w, const struct story_clip *c)
{
    JsonBuilder *b = w->json;
    begin_object(b, "media_reference", "GeneratorReference.1");
    put_empty_object(b, "metadata");
    json_put_text(b, "name", "card");
    put_null(b, "available_range");
    json_put_text(b, "generator_kind", "card");
    json_put_object(b, "parameters");
    json_put_text(b, "text", story_text(w->cut->story, c->card, w->language));
    json_builder_end_object(b);
    json_builder_end_object(b);
}

/* ---- markers -------------------------------------------------------------------------------------------------------- */

static char *outcome_text(const struct otio_writer *w, const struct cut_marker *m)
{
    static const char *const words[] = {
        [CUT_UNDECIDED] = "undecided", [CUT_PICKED] = "picked", [CUT_TIMED_OUT] = "timed out"};
    const struct story *s = w->cut->story;
    if (m->option < 0)
        return g_strdup(words[m->outcome]);
    const struct story_option *o = &s->options[s->decisions[m->decision].options.first + m->option];
    const char *text = story_text(s, o->text, w->language);
    return g_strdup_printf("%s: %s", words[m->outcome], text ? text : o->name);
}

/* `base_us`: the media time of the file at which the node begins. */
static void put_marker(const struct otio_writer *w, const struct cut_marker *m, int64_t base_us,
                       struct footage_rate rate)
{
    JsonBuilder *b = w->json;
    const struct story *s = w->cut->story;
    const struct story_decision *d = &s->decisions[m->decision];
    const char *prompt = story_text(s, d->prompt, w->language);
    const double start = frames(base_us + m->at_us, rate);
    g_autofree char *comment = outcome_text(w, m);
    /* Every version of OTIO upgrades this one; 0.19 loses the range of a Marker.2. */
    begin_object(b, NULL, "Marker.1");
    json_put_object(b, "metadata");
    json_put_object(b, OTIO_METADATA);
    json_put_text(b, "decision", d->name);
    json_put_text(b, "option", m->option < 0 ? NULL : s->options[d->options.first + m->option].name);
    json_put_text(b, "outcome", m->outcome == CUT_PICKED ? "picked" : m->outcome == CUT_TIMED_OUT ? "timeout" : NULL);
    json_builder_end_object(b);
    json_builder_end_object(b);
    json_put_text(b, "name", prompt ? prompt : d->name);
    json_put_text(b, "color", m->outcome == CUT_TIMED_OUT ? "YELLOW" : "GREEN");
    json_put_text(b, "comment", comment);
    put_range(b, "range", start, frames(base_us + m->until_us, rate) - start, rate);
    json_builder_end_object(b);
}

/* ---- clips ---------------------------------------------------------------------------------------------------------- */

/* Where a segment lies in its file, in frames of the file's rate. */
struct placed {
    struct footage_rate rate;
    int64_t base_us;              /* media time of the file at which the node begins */
    double start, duration, hold; /* hold: for how long the last picture stays behind the clip's end */
    bool part;                    /* more of the node was not seen */
};

static struct placed place(const struct otio_writer *w, const struct cut_segment *g)
{
    const struct story_clip *c = &w->cut->story->nodes[g->node].clip;
    const bool film = c->kind == STORY_FILM;
    const int64_t length_us = film ? footage_clip_length(w->footage, c) : US_NONE;
    struct placed p = {.rate = film ? footage_of(w->footage, c->path)->rate : footage_usual_rate(w->footage),
                       .base_us = film && c->from_us != US_NONE ? c->from_us : 0};
    const int64_t to_us = length_us == US_NONE ? g->to_us : CLAMP(length_us, g->from_us, g->to_us);
    p.start = frames(p.base_us + g->from_us, p.rate);
    p.duration = frames(p.base_us + to_us, p.rate) - p.start;
    p.hold = frames(p.base_us + g->to_us, p.rate) - p.start - p.duration;
    p.part = g->from_us > 0 || g->to_us < footage_node_length(w->footage, g->node);
    return p;
}

static void put_gap(JsonBuilder *b, const char *name, double duration, struct footage_rate rate)
{
    begin_object(b, NULL, "Gap.1");
    put_empty_object(b, "metadata");
    json_put_text(b, "name", name);
    put_range(b, "source_range", 0, duration, rate);
    put_empty_list(b, "effects");
    put_empty_list(b, "markers");
    json_put_bool(b, "enabled", true);
    json_builder_end_object(b);
}

/* Where a clip begins and ends in its file, in frames. */
struct clip_range {
    double start, duration;
    struct footage_rate rate;
    bool part;
};

static int64_t frames_us(double n, struct footage_rate rate)
{
    return (int64_t)round(n * rate.den / rate.num * US_PER_SECOND);
}

static void put_node(const struct otio_writer *w, int32_t node, const char *path, const struct clip_range *r)
{
    JsonBuilder *b = w->json;
    const struct story_clip *c = &w->cut->story->nodes[node].clip;
    json_put_object(b, "metadata");
    json_put_object(b, OTIO_METADATA);
    json_put_text(b, "node", w->cut->story->nodes[node].name);
    json_put_text(b, "file", path);
    put_us(b, "from_us", c->from_us);
    put_us(b, "to_us", c->to_us);
    json_put_int(b, "start_us", frames_us(r->start, r->rate));
    json_put_int(b, "end_us", frames_us(r->start + r->duration, r->rate));
    json_put_bool(b, "part", r->part);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

/* Begins a clip; the caller writes its markers and what it is of, and ends it. */
static void begin_clip(const struct otio_writer *w, int32_t node, const char *path, const struct clip_range *r)
{
    begin_object(w->json, NULL, "Clip.1");
    put_node(w, node, path, r);
    json_put_text(w->json, "name", w->cut->story->nodes[node].name);
    put_range(w->json, "source_range", r->start, r->duration, r->rate);
    put_empty_list(w->json, "effects");
    json_put_bool(w->json, "enabled", true);
}

static void put_picture(const struct otio_writer *w, const struct cut_segment *g)
{
    JsonBuilder *b = w->json;
    const struct story_clip *c = &w->cut->story->nodes[g->node].clip;
    const struct placed p = place(w, g);
    begin_clip(w, g->node, c->path, &(struct clip_range){p.start, p.duration, p.rate, p.part});
    json_put_array(b, "markers");
    for (int32_t i = 0; i < g->markers.n; i++)
        put_marker(w, &g_array_index(w->cut->markers, struct cut_marker, g->markers.first + i), p.base_us, p.rate);
    json_builder_end_array(b);
    if (c->kind == STORY_CARD)
        put_card(w, c);
    else
        put_file(w, c->path);
    json_builder_end_object(b);
    if (p.hold > 0)
        put_gap(b, "the last picture stays", p.hold, p.rate);
}

static void put_sound(const struct otio_writer *w, const struct cut_segment *g)
{
    static const struct footage_rate samples = {FILM_RATE, 1};
    JsonBuilder *b = w->json;
    const struct story_clip *c = &w->cut->story->nodes[g->node].clip;
    const struct placed p = place(w, g);
    const bool own = !g->sound && c->kind == STORY_FILM && footage_of(w->footage, c->path)->has_sound;
    if (!g->sound && !own) {
        put_gap(b, "", p.duration + p.hold, p.rate);
        return;
    }
    const struct clip_range range = {p.start, p.duration, p.rate, p.part},
                            apart = {g->sound ? frames(story_track_from_us(c, g->sound) + g->from_us, samples) : 0,
                                     converted(p.duration + p.hold, p.rate, samples), samples, p.part};
    begin_clip(w, g->node, g->sound ? g->sound->path : c->path, g->sound ? &apart : &range);
    put_empty_list(b, "markers");
    put_file(w, g->sound ? g->sound->path : c->path);
    json_builder_end_object(b);
    if (own && p.hold > 0)
        put_gap(b, "", p.hold, p.rate);
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static void put_track(const struct otio_writer *w, const char *name, const char *kind,
                      void (*put)(const struct otio_writer *w, const struct cut_segment *g))
{
    JsonBuilder *b = w->json;
    begin_object(b, NULL, "Track.1");
    put_empty_object(b, "metadata");
    json_put_text(b, "name", name);
    json_put_text(b, "kind", kind);
    put_null(b, "source_range");
    put_empty_list(b, "effects");
    put_empty_list(b, "markers");
    json_put_bool(b, "enabled", true);
    json_put_array(b, "children");
    for (guint i = 0; i < w->cut->segments->len; i++)
        put(w, &g_array_index(w->cut->segments, struct cut_segment, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static bool has_sound(const struct otio_writer *w)
{
    for (guint i = 0; i < w->cut->segments->len; i++) {
        const struct cut_segment *g = &g_array_index(w->cut->segments, struct cut_segment, i);
        const struct story_clip *c = &w->cut->story->nodes[g->node].clip;
        if (g->sound || (c->kind == STORY_FILM && footage_of(w->footage, c->path)->has_sound))
            return true;
    }
    return false;
}

static void put_stack(const struct otio_writer *w)
{
    JsonBuilder *b = w->json;
    begin_object(b, "tracks", "Stack.1");
    put_empty_object(b, "metadata");
    json_put_text(b, "name", "tracks");
    put_null(b, "source_range");
    put_empty_list(b, "effects");
    put_empty_list(b, "markers");
    json_put_bool(b, "enabled", true);
    json_put_array(b, "children");
    put_track(w, "V1", "Video", put_picture);
    if (has_sound(w))
        put_track(w, "A1", "Audio", put_sound);
    json_builder_end_array(b);
    json_builder_end_object(b);
}

void otio_write(const struct linear_cut *c, struct footage *f, const char *language, GString *out)
{
    const struct story *s = c->story;
    g_autoptr(JsonBuilder) b = json_builder_new();
    const struct otio_writer w = {c, f, language, b};
    begin_object(b, NULL, "Timeline.1");
    json_put_object(b, "metadata");
    json_put_object(b, OTIO_METADATA);
    json_put_text(b, "story", s->id);
    json_put_text(b, "version", s->version);
    json_builder_end_object(b);
    json_builder_end_object(b);
    json_put_text(b, "name", story_text(s, s->title, language));
    put_null(b, "global_start_time");
    put_stack(&w);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}
