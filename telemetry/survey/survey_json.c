/* survey_json: a survey as one JSON object; telemetry/report.schema.json says what is in it. */

#include "base/json.h"
#include "telemetry/record.h"
#include "telemetry/survey/survey.h"

#include <assert.h>
#include <math.h>

static void add_number(JsonBuilder *b, double value)
{
    json_add_rounded(b, value, isfinite(value));
}

static void put_number(JsonBuilder *b, const char *key, double value)
{
    json_put_rounded(b, key, value, isfinite(value));
}

static void begin_object(JsonBuilder *b, const char *key)
{
    if (key)
        json_put_object(b, key);
    else
        json_builder_begin_object(b);
}

/* {"k", "n", "share", "low", "high", "least", "most"}; share, low and high are null where n is below the floor, the last
 * two where nothing was erased that could have counted. */
static void put_share_in(JsonBuilder *b, const char *key, struct survey_ratio r, struct stats_interval w, int64_t floor)
{
    const bool enough = survey_is_enough(r.n, floor);
    const struct stats_interval bounds = survey_bounds(r);
    begin_object(b, key);
    json_put_int(b, "k", r.k);
    json_put_int(b, "n", r.n);
    put_number(b, "share", enough ? stats_share(r.k, r.n) : NAN);
    put_number(b, "low", enough ? w.low : NAN);
    put_number(b, "high", enough ? w.high : NAN);
    put_number(b, "least", bounds.low);
    put_number(b, "most", bounds.high);
    json_builder_end_object(b);
}

static void put_share(JsonBuilder *b, const char *key, struct survey_ratio r, int64_t floor)
{
    put_share_in(b, key, r, stats_wilson(r.k, r.n, STATS_Z95), floor);
}

/* {"a": ratio, "b": ratio, "difference", "low", "high"} */
static void put_difference(JsonBuilder *b, const char *key, struct survey_ratio x, struct survey_ratio y, int64_t floor)
{
    const bool enough = survey_is_enough(MIN(x.n, y.n), floor);
    const struct stats_interval d = stats_difference(x.k, x.n, y.k, y.n, STATS_Z95);
    begin_object(b, key);
    put_share(b, "a", x, floor);
    put_share(b, "b", y, floor);
    put_number(b, "difference", enough ? stats_share(x.k, x.n) - stats_share(y.k, y.n) : NAN);
    put_number(b, "low", enough ? d.low : NAN);
    put_number(b, "high", enough ? d.high : NAN);
    json_builder_end_object(b);
}

static const char *version_name(const struct survey_film *f, int32_t at)
{
    return ((const struct survey_version *)f->versions->pdata[at])->version;
}

/* Their places in the film's versions, and what the author calls them. */
static void put_versions(JsonBuilder *b, const struct survey_film *f, const GArray *versions)
{
    json_put_array(b, "versions");
    for (guint i = 0; i < versions->len; i++)
        json_builder_add_int_value(b, g_array_index(versions, int32_t, i));
    json_builder_end_array(b);
    json_put_array(b, "version_names");
    for (guint i = 0; i < versions->len; i++)
        json_add_text(b, version_name(f, g_array_index(versions, int32_t, i)));
    json_builder_end_array(b);
}

static void put_one_version(JsonBuilder *b, const struct survey_film *f, int32_t at)
{
    json_put_int(b, "version", at);
    json_put_text(b, "version_name", version_name(f, at));
}

static void put_hash(JsonBuilder *b, int64_t hash, bool pool)
{
    g_autofree char *text = pool ? NULL : g_strdup_printf("%016" G_GINT64_MODIFIER "x", (uint64_t)hash);
    json_put_text(b, "hash", text);
}

/* ---- the parts ------------------------------------------------------------------------------------------------- */

static void put_options(JsonBuilder *b, const struct survey_options *o)
{
    static const char *const viewings[] = {"unknown", "first", "replay"};
    begin_object(b, "selected");
    json_put_text(b, "story", o->story);
    json_put_text(b, "version", o->version);
    json_put_text(b, "decision", o->decision);
    json_put_int(b, "since_day", o->since_day);
    json_put_text(b, "timezone", survey_zone(o));
    json_put_text(b, "viewings", o->viewings == COUNT_ALL ? "all" : viewings[o->viewings]);
    json_builder_set_member_name(b, "time");
    if (o->time == COUNT_ALL)
        json_builder_add_string_value(b, "all");
    else
        json_builder_add_int_value(b, o->time);
    json_builder_set_member_name(b, "pool");
    json_builder_add_boolean_value(b, o->pool);
    json_put_int(b, "floor", o->floor);
    json_put_array(b, "only");
    for (guint i = 0; i < o->n_only; i++) {
        g_autofree char *name = segment_name(&o->only[i]);
        json_builder_add_string_value(b, name);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void put_groups(JsonBuilder *b, const struct survey_film *f)
{
    static const char *const nth[] = {"unknown", "first", "replay"};
    json_put_array(b, "groups");
    for (guint i = 0; i < f->groups->len; i++) {
        const struct survey_group *g = &g_array_index(f->groups, struct survey_group, i);
        begin_object(b, NULL);
        put_one_version(b, f, g->version);
        json_put_text(b, "who", g->machine ? "machine" : "person");
        json_put_text(b, "viewings", nth[g->nth % 3]);
        json_put_int(b, "time", g->time);
        json_put_int(b, "n", g->viewings);
        json_builder_set_member_name(b, "selected");
        json_builder_add_boolean_value(b, g->selected);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_undated(JsonBuilder *b, const struct survey_film *f)
{
    json_put_array(b, "clock_not_believed");
    for (guint i = 0; i < f->undated->len; i++) {
        const struct count_undated *u = &g_array_index(f->undated, struct count_undated, i);
        g_autofree char *date = count_date(u->day);
        begin_object(b, NULL);
        json_put_text(b, "day", date);
        json_put_int(b, "viewings", u->viewings);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_reasons(JsonBuilder *b, const char *key, const int64_t *reasons)
{
    begin_object(b, key);
    for (int i = 1; i < COUNT_N_REASONS; i++)
        json_put_int(b, tel_word("REASON", i - 1), reasons[i]);
    json_put_int(b, "unknown", reasons[0]);
    json_builder_end_object(b);
}

static void put_completion(JsonBuilder *b, const struct survey_version *v, int64_t floor)
{
    struct stats_moment moments[COUNT_N_PERCENTS];
    for (int i = 0; i < COUNT_N_PERCENTS; i++) {
        moments[i] = (struct stats_moment){i / 100.0, v->completion[i], 0};
    }
    put_share(b, "watched_70_percent", (struct survey_ratio){v->seventy_percent, v->length_known, v->erased}, floor);
    put_share(b, "watched_70_percent_expected",
              (struct survey_ratio){v->expected_seventy, v->expected_known, v->erased}, floor);
    put_number(b, "completion_median",
               survey_is_enough(v->length_known, floor) ? stats_quantile(moments, COUNT_N_PERCENTS, 0.5) : NAN);
    json_put_array(b, "completion");
    for (int i = 0; i < COUNT_N_PERCENTS; i++)
        json_builder_add_int_value(b, v->completion[i]);
    json_builder_end_array(b);
}

static void put_dwell(JsonBuilder *b, int64_t playing_us, int64_t paused_us, int64_t hidden_us, int64_t planned_us)
{
    begin_object(b, "seconds");
    put_number(b, "playing", (double)playing_us / 1e6);
    put_number(b, "paused", (double)paused_us / 1e6);
    put_number(b, "hidden", (double)hidden_us / 1e6);
    put_number(b, "planned", (double)planned_us / 1e6);
    json_builder_end_object(b);
}

static void put_paths(JsonBuilder *b, const struct survey_version *v, int64_t floor)
{
    int64_t rest = v->whole_paths;
    json_put_int(b, "distinct_paths", v->distinct_paths);
    json_put_array(b, "paths");
    for (guint i = 0; i < v->paths->len; i++) {
        const struct survey_path *p = v->paths->pdata[i];
        rest -= p->viewings;
        begin_object(b, NULL);
        put_share(b, "viewings", (struct survey_ratio){p->viewings, v->viewings, 0}, floor);
        json_put_array(b, "nodes");
        for (char **n = p->nodes; *n; n++)
            json_builder_add_string_value(b, *n);
        json_builder_end_array(b);
        json_put_array(b, "words");
        for (char **n = p->words; *n; n++)
            json_builder_add_string_value(b, *n);
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    put_share(b, "other_paths", (struct survey_ratio){rest, v->viewings, 0}, floor);
    put_share(b, "no_whole_path", (struct survey_ratio){v->viewings - v->whole_paths, v->viewings, 0}, floor);
}

static void put_version(JsonBuilder *b, const struct survey_version *v, const struct survey_options *o)
{
    begin_object(b, NULL);
    json_put_text(b, "version", v->version);
    put_hash(b, v->hash, o->pool);
    json_put_int(b, "viewings", v->viewings);
    json_put_int(b, "still_running", v->running);
    begin_object(b, "erased");
    json_put_int(b, "by_choice", v->erased);
    json_put_int(b, "by_age", v->aged);
    json_builder_end_object(b);
    json_put_int(b, "not_recorded", v->unrecorded);
    put_reasons(b, "ended_by", v->reasons);
    put_share(b, "reached_an_ending", (struct survey_ratio){v->reached, v->viewings, v->erased}, o->floor);
    put_share(b, "watched_2_minutes", (struct survey_ratio){v->two_minutes, v->viewings, v->erased}, o->floor);
    put_completion(b, v, o->floor);
    put_dwell(b, v->playing_us, v->paused_us, v->hidden_us, v->planned_us);
    json_put_int(b, "lost_events", v->lost_events);
    json_put_int(b, "viewings_with_losses", v->lost_viewings);
    put_paths(b, v, o->floor);
    json_builder_end_object(b);
}

/* How many of those who were still there left in a second; who left, of all, until its end. */
static void put_second(JsonBuilder *b, const struct drop_off_second *s, int64_t floor)
{
    const bool enough = survey_is_enough(s->at_risk, floor);
    begin_object(b, NULL);
    json_put_int(b, "second", s->second);
    put_share(b, "left", (struct survey_ratio){s->left, s->at_risk, 0}, floor);
    json_put_int(b, "jumped", s->jumped);
    json_put_int(b, "went_on", s->other);
    put_number(b, "still_there", enough ? s->share : NAN);
    put_number(b, "still_there_low", enough ? s->interval.low : NAN);
    put_number(b, "still_there_high", enough ? s->interval.high : NAN);
    put_number(b, "q", s->q);
    json_builder_end_object(b);
}

static void put_seconds_of(JsonBuilder *b, const struct survey_node *n, int64_t floor)
{
    json_put_array(b, "by_second");
    for (guint i = 0; i < n->seconds->len; i++)
        put_second(b, &g_array_index(n->seconds, struct drop_off_second, i), floor);
    json_builder_end_array(b);
}

static void put_node(JsonBuilder *b, const struct survey_film *f, const struct survey_node *n,
                     const struct survey_options *o)
{
    begin_object(b, NULL);
    json_put_text(b, "id", n->name);
    json_put_text(b, "title", n->title);
    put_hash(b, n->hash, o->pool);
    put_versions(b, f, n->versions);
    put_share(b, "reach", (struct survey_ratio){n->viewings, n->of, n->erased}, o->floor);
    json_put_int(b, "visits", n->visits);
    put_share(b, "drop_off", (struct survey_ratio){n->quits, n->viewings, n->erased}, o->floor);
    put_reasons(b, "last_visited", n->last);
    put_seconds_of(b, n, o->floor);
    put_dwell(b, n->playing_us, n->paused_us, n->hidden_us, n->planned_us);
    json_builder_end_object(b);
}

/* What erases the viewing that picks it has no share, only bounds. */
static void put_picks(JsonBuilder *b, const struct survey_decision *d, const struct survey_option *p, int64_t floor)
{
    put_share(b, "picks", (struct survey_ratio){p->picks, p->available, d->erased}, p->forgets ? INT64_MAX : floor);
    put_share_in(b, "all_answers", (struct survey_ratio){p->all.k, p->all.n, 0},
                 stats_cluster_interval(&p->all, STATS_Z95), p->forgets ? INT64_MAX : floor);
    json_put_bool(b, "erases", p->forgets);
}

static void put_option(JsonBuilder *b, const struct survey_decision *d, const struct survey_option *p,
                       const struct survey_options *o)
{
    const bool enough = survey_is_enough(p->picks, o->floor);
    begin_object(b, NULL);
    json_put_text(b, "id", p->name);
    json_put_text(b, "title", p->title);
    put_picks(b, d, p, o->floor);
    json_put_int(b, "locked", p->locked);
    json_put_int(b, "timeouts", p->timeouts);
    put_number(b, "median_ms", enough ? survey_pick_ms(p, 0.5) : NAN);
    put_number(b, "p90_ms", enough ? survey_pick_ms(p, 0.9) : NAN);
    put_difference(b, "shown_first", p->first, p->later, o->floor);
    put_difference(b, "in_the_light", p->focused, p->unfocused, o->floor);
    json_builder_end_object(b);
}

static void put_time(JsonBuilder *b, const char *key, struct stats_time t, bool enough)
{
    begin_object(b, key);
    put_number(b, "ms", enough ? t.value : NAN);
    put_number(b, "low", enough ? t.interval.low : NAN);
    put_number(b, "high", enough ? t.interval.high : NAN);
    json_builder_end_object(b);
}

/* One row per moment at which somebody decided: ms, still undecided, its interval, at risk before, decided, censored. */
static void put_curve(JsonBuilder *b, const struct survey_decision *d, const struct survey_options *o)
{
    size_t n;
    g_autofree struct stats_survival *curve = survey_curve(d, &n);
    const bool enough = survey_is_enough(d->exposures, o->floor);
    begin_object(b, "decision_time");
    put_time(b, "median", stats_time_at(curve, n, 0.5), enough);
    put_time(b, "p90", stats_time_at(curve, n, 0.9), enough);
    json_put_array(b, "curve");
    for (size_t i = 0; i < n; i++) {
        const struct stats_survival *s = &curve[i];
        json_builder_begin_array(b);
        add_number(b, s->time);
        add_number(b, s->share);
        add_number(b, s->interval.low);
        add_number(b, s->interval.high);
        json_builder_add_int_value(b, s->at_risk);
        json_builder_add_int_value(b, s->events);
        json_builder_add_int_value(b, s->censored);
        json_builder_end_array(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void put_outcomes(JsonBuilder *b, const struct survey_decision *d)
{
    begin_object(b, "outcomes");
    for (int i = TEL_WHAT_PICK; i <= TEL_WHAT_QUIT; i++)
        json_put_int(b, tel_word("WHAT", i), d->what[i]);
    json_put_int(b, "unknown", d->what[TALLY_UNKNOWN]);
    json_builder_end_object(b);
    begin_object(b, "devices");
    for (int i = 0; i < COUNT_N_DEVICES && *tel_word("GIVEN", i) != '?'; i++)
        json_put_int(b, tel_word("GIVEN", i), d->given[i]);
    json_builder_end_object(b);
}

/* The options that were open together, and their shares: with one menu, those of the decision. */
static void put_menus(JsonBuilder *b, const struct survey_decision *d, int64_t floor)
{
    json_put_array(b, "menus");
    for (guint i = 0; i < d->menus->len; i++) {
        const struct survey_menu *m = survey_menu_of(d, i);
        begin_object(b, NULL);
        json_put_int(b, "exposures", m->exposures);
        json_put_array(b, "options");
        for (guint k = 0; k < d->options->len; k++) {
            const struct survey_option *p = survey_option_of(d, k);
            if (!survey_menu_has(m, k))
                continue;
            begin_object(b, NULL);
            json_put_text(b, "id", p->name);
            json_put_text(b, "title", p->title);
            put_share(b, "picks", (struct survey_ratio){m->picks[k], m->exposures, 0}, p->forgets ? INT64_MAX : floor);
            json_builder_end_object(b);
        }
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_positions(JsonBuilder *b, const struct survey_decision *d, int64_t floor)
{
    int n = CATALOGUE_OPTIONS_MAX; /* a place whose option was always locked may lie between two others */
    while (n > 0 && d->positions[2 * n - 1] == 0)
        n--;
    json_put_array(b, "positions");
    for (int i = 0; i < n; i++)
        put_share(b, NULL, (struct survey_ratio){d->positions[2 * i], d->positions[2 * i + 1], 0}, floor);
    json_builder_end_array(b);
}

static void put_seconds(JsonBuilder *b, const char *key, int64_t us)
{
    put_number(b, key, us == US_NONE ? NAN : (double)us / (double)US_PER_SECOND);
}

static void put_consequence(JsonBuilder *b, const struct survey_consequence *c)
{
    if (!c)
        return;
    begin_object(b, "consequence");
    put_number(b, "shift", c->compared ? c->shift : NAN);
    put_number(b, "shift_measured", c->compared ? c->measured : NAN);
    json_put_bool(b, "measured_alike", c->uniform);
    json_put_bool(b, "illusion", c->illusion);
    json_put_text(b, "verdict", c->verdict);
    put_seconds(b, "own_film_s", c->exclusive_us);
    put_seconds(b, "same_again_s", c->divergence_us);
    json_put_bool(b, "never_same_again", c->diverges_for_good);
    json_put_text(b, "asked_later", c->differs);
    json_builder_end_object(b);
}

static void put_decision(JsonBuilder *b, const struct survey_film *f, const struct survey_decision *d,
                         const struct survey_consequence *c, const struct survey_options *o)
{
    begin_object(b, NULL);
    json_put_text(b, "id", d->name);
    json_put_text(b, "title", d->title);
    json_put_text(b, "node", d->node);
    put_hash(b, d->hash, o->pool);
    put_versions(b, f, d->versions);
    json_put_int(b, "exposures", d->exposures);
    json_put_int(b, "asked_again", d->asked_again);
    json_put_int(b, "not_yet_answered", d->unanswered);
    put_outcomes(b, d);
    put_share(b, "changed_mind", (struct survey_ratio){d->changed, d->outcomes, d->erased}, o->floor);
    json_put_array(b, "options");
    for (guint i = 0; i < d->options->len; i++)
        put_option(b, d, survey_option_of(d, i), o);
    json_builder_end_array(b);
    put_menus(b, d, o->floor);
    put_positions(b, d, o->floor);
    put_curve(b, d, o);
    put_consequence(b, c);
    json_builder_end_object(b);
}

static void put_endings(JsonBuilder *b, const struct survey_film *f, int64_t floor)
{
    json_put_array(b, "endings");
    for (guint i = 0; i < f->endings->len; i++) {
        const struct survey_ending *e = f->endings->pdata[i];
        const struct survey_version *v = f->versions->pdata[e->version];
        begin_object(b, NULL);
        json_put_text(b, "id", e->name);
        json_put_text(b, "title", e->title);
        put_one_version(b, f, e->version);
        put_share(b, "reach", (struct survey_ratio){e->viewings, v->viewings, v->erased}, floor);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static const char *node_name(const struct survey_film *f, int32_t at)
{
    return at < 0 ? NULL : ((const struct survey_node *)f->nodes->pdata[at])->name;
}

static const char *ending_name(const struct survey_film *f, int32_t at)
{
    return ((const struct survey_ending *)f->endings->pdata[at])->name;
}

/* Places in "nodes" (from: -1 is the start, which has no id) and, for an ending, in "endings"; their ids. */
static void put_edges(JsonBuilder *b, const struct survey_film *f)
{
    json_put_array(b, "flow");
    for (guint i = 0; i < f->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(f->edges, struct survey_edge, i);
        begin_object(b, NULL);
        json_put_int(b, "from", e->from);
        json_put_text(b, "from_id", node_name(f, e->from));
        json_put_int(b, e->ending ? "ending" : "to", e->to);
        json_put_text(b, e->ending ? "ending_id" : "to_id", e->ending ? ending_name(f, e->to) : node_name(f, e->to));
        json_put_int(b, "times", e->times);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

/* Rows: the decision's options in their order; columns: low, middling, high lean by all other picks. */
static void put_associations(JsonBuilder *b, const struct survey_trait *t, int64_t floor)
{
    json_put_array(b, "told_by");
    for (guint i = 0; i < t->associations->len; i++) {
        const struct survey_association *association = t->associations->pdata[i];
        assert(association->n > 0);
        const bool enough = survey_is_enough(association->n, floor);
        begin_object(b, NULL);
        json_put_text(b, "decision", association->decision->name);
        json_put_text(b, "title", association->decision->title);
        json_put_int(b, "n", association->n);
        put_number(b, "bits", enough ? association->bits : NAN);
        put_number(b, "chance", enough ? association->p_value : NAN);
        put_number(b, "corrected", association->q);
        json_put_array(b, "table");
        for (guint row = 0; row < association->decision->options->len; row++) {
            json_builder_begin_array(b);
            for (guint k = 0; k < COUNT_N_LEVELS; k++)
                json_builder_add_int_value(b, association->table[row * COUNT_N_LEVELS + k]);
            json_builder_end_array(b);
        }
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_traits(JsonBuilder *b, const struct survey_film *f, int64_t floor)
{
    json_put_array(b, "traits");
    for (guint i = 0; i < f->traits->len; i++) {
        const struct survey_trait *t = f->traits->pdata[i];
        const int64_t n = survey_profiles(t);
        const bool enough = survey_is_enough(n, floor);
        begin_object(b, NULL);
        json_put_text(b, "id", t->name);
        put_one_version(b, f, t->version);
        put_share(b, "profiles", (struct survey_ratio){n, n + t->none, 0}, floor);
        begin_object(b, "mean");
        put_number(b, "lean", enough ? t->mean : NAN);
        put_number(b, "low", enough ? t->interval.low : NAN);
        put_number(b, "high", enough ? t->interval.high : NAN);
        json_builder_end_object(b);
        put_share(b, "surely_against", (struct survey_ratio){t->sure[0], n, 0}, floor);
        put_share(b, "not_sure", (struct survey_ratio){t->sure[1], n, 0}, floor);
        put_share(b, "surely_for", (struct survey_ratio){t->sure[2], n, 0}, floor);
        json_put_array(b, "leans");
        for (int k = 0; k < COUNT_N_LEANS; k++)
            json_builder_add_int_value(b, t->leans[k]);
        json_builder_end_array(b);
        put_associations(b, t, floor);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_props(JsonBuilder *b, const struct survey_film *f, int64_t floor)
{
    json_put_array(b, "props");
    for (guint i = 0; i < f->props->len; i++) {
        const struct survey_prop *p = f->props->pdata[i];
        begin_object(b, NULL);
        json_put_text(b, "id", p->name);
        json_put_text(b, "title", p->title);
        put_one_version(b, f, p->version);
        put_share(b, "picks", p->picks, floor);
        put_share(b, "seen_again", p->again, floor);
        json_put_array(b, "against");
        for (guint k = 0; k < p->rivals->len; k++) {
            const struct survey_rival *r = &g_array_index(p->rivals, struct survey_rival, k);
            begin_object(b, NULL);
            json_put_int(b, "prop", r->prop);
            json_put_text(b, "prop_id", ((const struct survey_prop *)f->props->pdata[r->prop])->name);
            put_share(b, "picks", r->picks, floor);
            json_builder_end_object(b);
        }
        json_builder_end_array(b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

/* Each share in each part of the audience, and how likely chance alone makes them differ as much: p, and q after
 * correction. "versions": places in the film's, as everywhere. */
static void put_mixture(JsonBuilder *b, const struct survey_film *f, const struct mixture *m, int64_t floor)
{
    g_autoptr(GArray) one = g_array_new(FALSE, FALSE, sizeof m->version);
    g_array_append_val(one, m->version);
    begin_object(b, NULL);
    json_put_text(b, "kind", mixture_kind(m));
    json_put_text(b, "id", m->id);
    json_put_text(b, "option", m->name);
    json_put_text(b, "title", m->title);
    json_put_text(b, "number", m->number);
    put_versions(b, f, m->versions ? m->versions : one);
    json_put_text(b, "by", mixture_by_word(m));
    json_put_array(b, "parts");
    for (guint i = 0; i < m->parts->len; i++) {
        const struct mixture_part *s = &g_array_index(m->parts, struct mixture_part, i);
        begin_object(b, NULL);
        json_put_text(b, "name", s->name);
        put_share(b, "share", (struct survey_ratio){s->k, s->n, 0}, floor);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    put_number(b, "p", m->p);
    put_number(b, "q", m->q);
    json_put_bool(b, "differ", mixture_differs(m));
    json_builder_end_object(b);
}

static void put_mixtures(JsonBuilder *b, const struct survey_film *f, const struct survey_options *o)
{
    json_put_array(b, "mixed");
    for (guint i = 0; f->mixtures && i < f->mixtures->len; i++) {
        const struct mixture *m = f->mixtures->pdata[i];
        if (!o->decision || g_strcmp0(m->id, o->decision) == 0)
            put_mixture(b, f, m, o->floor);
    }
    json_builder_end_array(b);
}

static void put_film(JsonBuilder *b, const struct survey *r, guint film, const struct survey_consequences *c)
{
    const struct survey_options *o = &r->options;
    const struct survey_film *f = r->films->pdata[film];
    begin_object(b, NULL);
    json_put_text(b, "id", f->name);
    json_put_text(b, "title", f->title);
    put_groups(b, f);
    put_undated(b, f);
    json_put_int(b, "dated_by_receipt", f->redated);
    json_put_array(b, "versions");
    for (guint i = 0; i < f->versions->len; i++)
        put_version(b, f->versions->pdata[i], o);
    json_builder_end_array(b);
    json_put_array(b, "decisions");
    for (guint i = 0; i < f->decisions->len; i++) {
        const struct survey_decision *d = f->decisions->pdata[i];
        if (!o->decision || g_strcmp0(o->decision, d->name) == 0)
            put_decision(b, f, d, survey_consequence_of(c, film, i), o);
    }
    json_builder_end_array(b);
    put_endings(b, f, o->floor);
    json_put_array(b, "nodes");
    for (guint i = 0; i < f->nodes->len; i++)
        put_node(b, f, f->nodes->pdata[i], o);
    json_builder_end_array(b);
    put_edges(b, f);
    put_traits(b, f, o->floor);
    put_props(b, f, o->floor);
    put_mixtures(b, f, o);
    json_builder_end_object(b);
}

void survey_json(const struct survey *r, const struct survey_consequences *c, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "format", "frumious-report");
    json_put_int(b, "format_version", 1);
    put_options(b, &r->options);
    json_put_array(b, "films");
    for (guint i = 0; i < r->films->len; i++)
        put_film(b, r, i, c);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_put_document(b, false, out);
}
