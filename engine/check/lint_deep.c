#include "check/lint_deep.h"

#include "base/beneath.h"
#include "base/give_up.h"
#include "base/interrupt.h"
#include "check/clip_joins.h"
#include "check/lint_report.h"
#include "media/media_analysis.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* How often the caller is told about progress. */
#define WAIT_US (G_USEC_PER_SEC / 10)
/* How long a range may still take once the check is stopped: a disk may hang. */
#define STOP_US        (G_USEC_PER_SEC / 4)
#define SLACK_US       (US_PER_SECOND / 10)
#define SOUND_SLACK_US (US_PER_SECOND / 4)
/* The progress report assumes this length for a range of unknown length. */
#define GUESS_US (10 * US_PER_SECOND)
/* A still has no length; any will do to decode it. */
#define STILL_US US_PER_SECOND

/* A range of a file. It is decoded once, however many nodes play it. */
struct decoded_range {
    char *key, *full;
    const char *path; /* as in the story */
    struct media_analysis_spec spec;
    int64_t expected_us; /* US_NONE: unknown */
    struct media_analysis found;
    char *failed;
    bool ended; /* a worker's: to the end of the range */
    bool done;  /* it is back, and ended */
};

/* What viewers of a node hear: some its film's own sound or one of its tracks, others one that is described. */
enum sound_role {
    PLAIN_SOUND,
    DESCRIBED_SOUND,
    VOICE_ALONE, /* over the plain one */
};

struct node_sound {
    struct decoded_range *piece;
    const char *language;
    enum sound_role role;
};

/* A picture beside those of the nodes: an option's, or one of somebody who signs. */
struct other_picture {
    struct decoded_range *piece;
    struct story_mark mark;
};

struct deep_lint {
    const struct story *s;
    GHashTable *facts;
    struct lint_report *report;
    GHashTable *known;               /* key to struct decoded_range */
    GPtrArray *ranges;               /* owns them */
    struct decoded_range **pictures; /* of each node, or NULL */
    GArray *others;                  /* struct other_picture */
    GArray **voices;                 /* of each node: struct node_sound; or NULL */
    char *language;                  /* the story's first; a copy, as the story may be gone before a worker is */
    GAsyncQueue *ready;              /* of struct decoded_range: a worker is done with it */
    atomic_bool stop;
    atomic_llong done_us;
};

static void decoded_range_free(void *data)
{
    struct decoded_range *p = data;
    g_free(p->key);
    g_free(p->full);
    g_free(p->failed);
    g_free(p);
}

/* ---- what is to be decoded ------------------------------------------------------------------------------------- */

static bool is_readable(const struct deep_lint *d, const char *path)
{
    const struct lint_fact *f = g_hash_table_lookup(d->facts, path);
    return f && f->media && !f->unreadable && !f->probe.is_still;
}

static struct decoded_range *add_range(struct deep_lint *d, const char *path, const struct media_analysis_spec *spec,
                                       int64_t expected_us)
{
    g_autofree char *key = g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d %s",
                                           spec->from_us, spec->to_us, spec->for_us, spec->no_sound, path);
    struct decoded_range *p = g_hash_table_lookup(d->known, key);
    if (p)
        return p;
    p = g_new0(struct decoded_range, 1);
    p->key = g_steal_pointer(&key);
    p->full = beneath_path(d->s->dir, path);
    p->path = path;
    p->spec = *spec;
    p->spec.path = p->full;
    p->expected_us = expected_us;
    g_hash_table_insert(d->known, p->key, p);
    g_ptr_array_add(d->ranges, p);
    return p;
}

/* A header of a still tells nothing about what follows it. NULL: it is no still, or known to be unreadable. */
static struct decoded_range *add_still(struct deep_lint *d, const char *path)
{
    const struct lint_fact *f = path ? g_hash_table_lookup(d->facts, path) : NULL;
    const struct media_analysis_spec spec = {
        .from_us = US_NONE, .to_us = US_NONE, .for_us = STILL_US, .no_sound = true, .still = true};
    return f && f->media && !f->unreadable && f->probe.is_still ? add_range(d, path, &spec, US_NONE) : NULL;
}

static void add_other(struct deep_lint *d, struct decoded_range *piece, struct story_mark mark)
{
    const struct other_picture other = {piece, mark};
    if (piece)
        g_array_append_val(d->others, other);
}

static void add_option(struct deep_lint *d, const struct story_option *o)
{
    add_other(d, add_still(d, o->image), o->mark);
    for (int32_t i = 0; i < o->labels.n; i++)
        add_other(d, add_still(d, d->s->labels[o->labels.first + i].image), o->mark);
}

static void add_sound(struct deep_lint *d, int32_t node, struct decoded_range *piece, const char *language,
                      enum sound_role role)
{
    const struct node_sound v = {piece, language, role};
    if (!d->voices[node])
        d->voices[node] = g_array_new(FALSE, FALSE, sizeof(struct node_sound));
    g_array_append_val(d->voices[node], v);
}

static void add_track(struct deep_lint *d, int32_t node, const struct story_track *t, enum sound_role role)
{
    const struct story_clip *c = &d->s->nodes[node].clip;
    const int64_t from_us = story_track_from_us(c, t), length_us = lint_clip_length_us(d->s, d->facts, node);
    const struct media_analysis_spec spec = {
        .from_us = from_us > 0 ? from_us : US_NONE, .to_us = US_NONE, .for_us = length_us == US_NONE ? 0 : length_us};
    const struct lint_fact *f = g_hash_table_lookup(d->facts, t->path);
    if (is_readable(d, t->path) && f->probe.n_audio > 0 && !f->probe.has_picture)
        add_sound(d, node, add_range(d, t->path, &spec, f->probe.duration_us), t->language, role);
}

/* A signed picture may end before its clip does, but not before its own header says. */
static void add_signs(struct deep_lint *d, int32_t node, const struct story_track *t)
{
    const struct story_clip *c = &d->s->nodes[node].clip;
    const int64_t from_us = MAX(story_track_from_us(c, t), 0);
    const int64_t length_us = lint_clip_length_us(d->s, d->facts, node);
    const struct lint_fact *f = g_hash_table_lookup(d->facts, t->path);
    if (!is_readable(d, t->path) || !f->probe.has_picture)
        return;
    const int64_t end_us = f->probe.duration_us, to_us = length_us == US_NONE ? US_NONE : from_us + length_us;
    const bool cut = to_us != US_NONE && end_us != US_NONE && to_us < end_us;
    const struct media_analysis_spec spec = {
        .from_us = from_us > 0 ? from_us : US_NONE, .to_us = cut ? to_us : US_NONE, .no_sound = true};
    const int64_t expected_us = end_us == US_NONE ? US_NONE : MAX((cut ? to_us : end_us) - from_us, 0);
    if (expected_us != 0) /* else nobody signs in this node */
        add_other(d, add_range(d, t->path, &spec, expected_us), c->mark);
}

static void add_node(struct deep_lint *d, int32_t node)
{
    const struct story_clip *c = &d->s->nodes[node].clip;
    const int64_t length_us = lint_clip_length_us(d->s, d->facts, node);
    const struct lint_fact *film = lint_film(d->s, d->facts, node);
    if (c->kind == STORY_STILL)
        d->pictures[node] = add_still(d, c->path);
    if (film && is_readable(d, c->path)) {
        const struct media_analysis_spec spec = {
            .from_us = c->from_us, .to_us = c->to_us, .audio_lang = d->language, .no_sound = c->sounds.n > 0};
        struct decoded_range *p =
            film->probe.has_picture || !spec.no_sound ? add_range(d, c->path, &spec, length_us) : NULL;
        if (p && film->probe.has_picture)
            d->pictures[node] = p;
        if (p && film->probe.n_audio > 0 && !spec.no_sound)
            add_sound(d, node, p, "", PLAIN_SOUND);
    }
    for (int32_t i = 0; i < c->sounds.n; i++)
        add_track(d, node, &d->s->tracks[c->sounds.first + i], PLAIN_SOUND);
    for (int32_t i = 0; i < c->described.n; i++) {
        const struct story_track *t = &d->s->tracks[c->described.first + i];
        add_track(d, node, t, t->mixed ? VOICE_ALONE : DESCRIBED_SOUND);
    }
    for (int32_t i = 0; i < c->signs.n; i++)
        add_signs(d, node, &d->s->tracks[c->signs.first + i]);
}

/* ---- decoding -------------------------------------------------------------------------------------------------- */

static void decode_range(void *data, void *user)
{
    struct deep_lint *d = user;
    struct decoded_range *p = data;
    const struct media_analysis_watch watch = {&d->stop, &d->done_us};
    g_autoptr(GError) error = NULL;
    if (!media_analysis_run(&p->spec, &watch, &p->found, &error)) {
        const char *text = error->message;
        g_autofree char *name = beneath_name(p->full);
        p->failed = g_strdup(g_str_has_prefix(text, name) ? text + strlen(name) + 2 : text);
    }
    p->ended = !atomic_load(&d->stop);
    g_async_queue_push(d->ready, p);
}

static int longest_first(const void *a, const void *b)
{
    const struct decoded_range *x = *(struct decoded_range *const *)a, *y = *(struct decoded_range *const *)b;
    return (x->expected_us < y->expected_us) - (x->expected_us > y->expected_us);
}

/* Takes one range that is back, if one comes soon. True: it did. */
static bool take_back(struct deep_lint *d, unsigned *done)
{
    struct decoded_range *p = g_async_queue_timeout_pop(d->ready, WAIT_US);
    if (p)
        p->done = p->ended;
    *done += p && p->done;
    return p != NULL;
}

/* A range belongs to a worker until it is back. *done: how many were decoded to their end. False: the user has stopped it, and
 * some do not come back, because a disk or a library hangs. */
static bool decode_ranges(struct deep_lint *d, lint_deep_progress progress, void *user, unsigned *done)
{
    GThreadPool *pool = g_thread_pool_new(decode_range, d, (int)MIN(g_get_num_processors(), 64U), FALSE, NULL);
    int64_t all_us = 0, until_us = INT64_MAX;
    unsigned back = 0;
    *done = 0;
    g_ptr_array_sort(d->ranges, longest_first);
    for (guint i = 0; i < d->ranges->len; i++) {
        struct decoded_range *p = d->ranges->pdata[i];
        all_us += p->expected_us == US_NONE ? GUESS_US : p->expected_us;
        give_up_or_push(pool, p);
    }
    assert(d->ranges->len == g_hash_table_size(d->known));
    while (back < d->ranges->len && g_get_monotonic_time() < until_us) {
        back += take_back(d, done);
        if (progress && !atomic_load(&d->stop) && !progress(user, atomic_load(&d->done_us), all_us)) {
            atomic_store(&d->stop, true);
            until_us = g_get_monotonic_time() + interrupt_patience_us(STOP_US);
        }
    }
    assert(*done <= back);
    g_thread_pool_free(pool, FALSE, back == d->ranges->len);
    return back == d->ranges->len;
}

/* ---- one clip -------------------------------------------------------------------------------------------------- */

static void check_flashing(struct deep_lint *d, int32_t node, const char *code, const char *what,
                           const struct flash_kind *k)
{
    const struct story_clip *c = &d->s->nodes[node].clip;
    if (!k->found)
        return;
    g_autofree char *from = lint_report_seconds(k->at_us), *to = lint_report_seconds(k->until_us);
    lint_report_add(d->report, c->mark, code,
                    "slow it down, darken it, make it smaller or cut it; then have the film tested (WCAG 2.3.1)",
                    "`%s` flashes%s more than three times a second from %s to %s into the clip (%d %% of the view)",
                    c->path, what, from, to, k->share);
}

/* Reports what only decoding shows; lint_run() has already compared the lengths that the headers declare. */
static void check_decoded_length(struct deep_lint *d, struct story_mark mark, const struct decoded_range *p)
{
    const struct media_analysis *a = &p->found;
    const bool early = p->expected_us != US_NONE && a->picture_us + SLACK_US < p->expected_us;
    if (early) {
        g_autofree char *is = lint_report_seconds(a->picture_us), *said = lint_report_seconds(p->expected_us);
        lint_report_add(d->report, mark, "W844", "the file may be truncated: export or copy it again",
                        "only %s of the clip's %s can be decoded from `%s`", is, said, p->path);
    }
    if (a->missing + a->damaged > 0)
        lint_report_add(d->report, mark, "W845", "export or copy it again",
                        "pictures of `%s`: %" G_GINT64_FORMAT " in all, %" G_GINT64_FORMAT
                        " of them missing and %" G_GINT64_FORMAT " damaged",
                        p->path, a->frames + a->missing, a->missing, a->damaged);
    else if (a->unsound && !early)
        lint_report_add(d->report, mark, "W845", "export or copy it again",
                        "`%s` is damaged: it ends before its header says, or times in it are wrong", p->path);
}

/* True: reported that there is nothing to show. */
static bool check_shown(struct deep_lint *d, struct story_mark mark, const struct decoded_range *p)
{
    if (!p->failed && (!p->found.has_picture || p->found.frames > 0))
        return false;
    lint_report_add(d->report, mark, "E801", "open it in a media player; if that fails too, export it again",
                    "`%s` can't be read: %s", p->path, p->failed ? p->failed : "no picture can be decoded");
    return true;
}

static void check_decoded_picture(struct deep_lint *d, int32_t node)
{
    const struct decoded_range *p = d->pictures[node];
    if (!p || !p->done || check_shown(d, d->s->nodes[node].clip.mark, p))
        return;
    check_flashing(d, node, "W840", "", &p->found.flash.general);
    check_flashing(d, node, "W841", " in red", &p->found.flash.red);
    check_decoded_length(d, d->s->nodes[node].clip.mark, p);
}

/* Has lint_run() reported this length already, from the headers? */
static bool headers_told(const struct deep_lint *d, const struct decoded_range *p, int64_t wanted_us)
{
    const struct lint_fact *f = g_hash_table_lookup(d->facts, p->path);
    const int64_t end_us = wanted_us + (p->spec.from_us == US_NONE ? 0 : p->spec.from_us);
    return f->probe.audio[0].end_us != US_NONE && f->probe.audio[0].end_us + SOUND_SLACK_US < end_us;
}

static void check_decoded_sound(struct deep_lint *d, int32_t node, const struct node_sound *sound)
{
    const struct decoded_range *p = sound->piece;
    const struct story_clip *c = &d->s->nodes[node].clip;
    const struct media_analysis *a = &p->found;
    const int64_t wanted_us = p->spec.for_us > 0 ? p->spec.for_us : a->picture_us;
    const bool silent = p->failed || (a->has_sound && a->sound_us == 0 && p->spec.from_us == US_NONE);
    if (p->done && silent && p != d->pictures[node])
        lint_report_add(d->report, c->mark, "E801", "open it in a media player; if that fails too, export it again",
                        "`%s` can't be read: %s", p->path, p->failed ? p->failed : "no sound can be decoded");
    if (!p->done || silent || !a->has_sound)
        return;
    if (a->unsound && c->kind == STORY_FILM && !d->pictures[node])
        lint_report_add(d->report, c->mark, "W845", "export or copy it again",
                        "`%s` is damaged: it ends before its header says, or times in it are wrong", p->path);
    if (sound->role != VOICE_ALONE && a->sound_us + SOUND_SLACK_US < wanted_us && !headers_told(d, p, wanted_us)) {
        g_autofree char *heard = lint_report_seconds(a->sound_us), *clip = lint_report_seconds(wanted_us);
        lint_report_add(d->report, c->mark, "W816", "export both with the same length; otherwise the rest is silent",
                        "the sound of `%s` ends %s into the clip, which lasts %s", p->path, heard, clip);
    }
    if (a->peak_db > LINT_PEAK_MAX)
        lint_report_add(d->report, c->mark, "W843", "lower it, or limit it to a true peak of -1 dBTP (EBU R128)",
                        "the sound of `%s` peaks at %.1f dBTP", p->path, a->peak_db);
}

static void check_decoded_node(struct deep_lint *d, int32_t node)
{
    check_decoded_picture(d, node);
    for (guint i = 0; d->voices[node] && i < d->voices[node]->len; i++)
        check_decoded_sound(d, node, &g_array_index(d->voices[node], struct node_sound, i));
}

static void check_others(struct deep_lint *d)
{
    for (guint i = 0; i < d->others->len; i++) {
        const struct other_picture *other = &g_array_index(d->others, struct other_picture, i);
        if (other->piece->done && !check_shown(d, other->mark, other->piece))
            check_decoded_length(d, other->mark, other->piece);
    }
}

/* ---- cuts ------------------------------------------------------------------------------------------------------ */

/* Does the node have a sound for those who hear what is described where they can? */
static bool has_described(const GArray *sounds)
{
    bool has = false;
    for (guint i = 0; i < sounds->len && !has; i++)
        has = g_array_index(sounds, struct node_sound, i).role == DESCRIBED_SOUND;
    return has;
}

/* Who hears what is described hears the plain sound of a node that has no other. How loud a voice alone is, says nothing. */
static bool have_one_listener(const struct node_sound *a, bool a_described, const struct node_sound *b,
                              bool b_described)
{
    if (a->role == VOICE_ALONE || b->role == VOICE_ALONE)
        return false;
    return a->role == b->role || (a->role == DESCRIBED_SOUND ? !b_described : !a_described);
}

static bool are_heard_in_turn(const struct node_sound *a, const struct node_sound *b)
{
    const bool one_language =
        a->language[0] == '\0' || b->language[0] == '\0' || g_ascii_strcasecmp(a->language, b->language) == 0;
    return one_language && a->piece != b->piece && a->piece->done && b->piece->done && isfinite(a->piece->found.lufs) &&
           isfinite(b->piece->found.lufs);
}

/* Reports the largest step in loudness that a viewer may hear at this cut. */
static void check_loudness_step(void *user, int32_t from, int32_t to)
{
    struct deep_lint *d = user;
    const struct decoded_range *was = NULL, *is = NULL;
    double worst = LINT_LOUDNESS_STEP;
    const bool from_described = d->voices[from] && has_described(d->voices[from]);
    const bool to_described = d->voices[to] && has_described(d->voices[to]);
    for (guint i = 0; d->voices[from] && d->voices[to] && i < d->voices[from]->len; i++)
        for (guint k = 0; k < d->voices[to]->len; k++) {
            const struct node_sound *a = &g_array_index(d->voices[from], struct node_sound, i),
                                    *b = &g_array_index(d->voices[to], struct node_sound, k);
            if (!are_heard_in_turn(a, b) || !have_one_listener(a, from_described, b, to_described) ||
                fabs(a->piece->found.lufs - b->piece->found.lufs) <= worst)
                continue;
            worst = fabs(a->piece->found.lufs - b->piece->found.lufs);
            was = a->piece;
            is = b->piece;
        }
    if (is)
        lint_report_add(
            d->report, d->s->nodes[to].clip.mark, "W842", "bring both to the same loudness; EBU R128 asks for -23 LUFS",
            "`%s` is %.1f LU %s than `%s` before it (%.1f and %.1f LUFS)", is->path, worst,
            is->found.lufs > was->found.lufs ? "louder" : "quieter", was->path, is->found.lufs, was->found.lufs);
}

static struct deep_lint *deep_lint_new(const struct story *s, GHashTable *facts, struct diags *diags)
{
    struct deep_lint *d = g_new0(struct deep_lint, 1);
    d->s = s;
    d->facts = facts;
    d->report = lint_report_new(s, diags);
    d->known = g_hash_table_new(g_str_hash, g_str_equal);
    d->ranges = g_ptr_array_new_with_free_func(decoded_range_free);
    d->pictures = g_new0(struct decoded_range *, s->n_nodes);
    d->others = g_array_new(FALSE, FALSE, sizeof(struct other_picture));
    d->voices = g_new0(GArray *, s->n_nodes);
    d->language = g_strdup(s->languages[0]);
    d->ready = g_async_queue_new();
    return d;
}

static void deep_lint_free(struct deep_lint *d)
{
    for (int32_t i = 0; i < d->s->n_nodes; i++)
        if (d->voices[i])
            g_array_unref(d->voices[i]);
    g_free(d->voices);
    g_free(d->pictures);
    g_array_unref(d->others);
    g_hash_table_unref(d->known);
    g_ptr_array_unref(d->ranges);
    g_free(d->language);
    g_async_queue_unref(d->ready);
    lint_report_free(d->report);
    g_free(d);
}

struct lint_deep lint_deep_run(const struct story *s, GHashTable *facts, struct diags *diags,
                               lint_deep_progress progress, void *user)
{
    struct deep_lint *d = deep_lint_new(s, facts, diags);
    for (int32_t i = 0; i < s->n_nodes; i++)
        add_node(d, i);
    for (int32_t i = 0; i < s->n_options; i++)
        add_option(d, &s->options[i]);
    struct lint_deep out = {.ranges = d->ranges->len};
    const bool back = decode_ranges(d, progress, user, &out.decoded);
    out.film_us = atomic_load(&d->done_us);
    for (int32_t i = 0; i < s->n_nodes; i++)
        check_decoded_node(d, i);
    check_others(d);
    clip_joins_each(s, NULL, check_loudness_step, d);
    if (back)
        deep_lint_free(d);
    return out;
}
