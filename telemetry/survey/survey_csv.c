/* survey_csv: a survey as one CSV table, a row for each number that has a definition. */

#include "base/safe.h"
#include "telemetry/record.h"
#include "telemetry/survey/survey_share.h"

#include <math.h>
#include <string.h>

struct csv_row {
    const char *story, *versions, *kind, *id, *option, *title, *number;
};

static void append_head(GString *out, const struct csv_row *r)
{
    const char *const fields[] = {r->story, r->versions, r->kind, r->id, r->option, r->title, r->number};
    safe_csv_fields(out, fields, G_N_ELEMENTS(fields));
}

/* The bounds of a share, where viewings were erased that could have counted. */
static void append_bounds(GString *out, struct survey_ratio r)
{
    const struct stats_interval bounds = survey_bounds(r);
    survey_share_csv_number(out, bounds.low);
    survey_share_csv_number(out, bounds.high);
    g_string_append(out, "\r\n");
}

static void append_share_in(GString *out, struct csv_row r, struct survey_ratio share, struct stats_interval w,
                            int64_t floor)
{
    const bool enough = survey_is_enough(share.n, floor);
    append_head(out, &r);
    g_string_append_printf(out, ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, share.k, share.n);
    survey_share_csv_number(out, enough ? stats_share(share.k, share.n) : NAN);
    survey_share_csv_number(out, enough ? w.low : NAN);
    survey_share_csv_number(out, enough ? w.high : NAN);
    append_bounds(out, share);
}

static void append_share(GString *out, struct csv_row r, const char *number, struct survey_ratio share, int64_t floor)
{
    r.number = number;
    append_share_in(out, r, share, stats_wilson(share.k, share.n, STATS_Z95), floor);
}

/* How many: in the column "k". */
static void append_count(GString *out, struct csv_row r, const char *number, int64_t n)
{
    r.number = number;
    append_head(out, &r);
    g_string_append_printf(out, ",%" G_GINT64_FORMAT ",,,,,,\r\n", n);
}

/* A time in ms of n exposures, in the column "value". */
static void append_time(GString *out, struct csv_row r, const char *number, struct stats_time t, int64_t n,
                        int64_t floor)
{
    const bool enough = survey_is_enough(n, floor);
    r.number = number;
    append_head(out, &r);
    g_string_append_printf(out, ",,%" G_GINT64_FORMAT, n);
    survey_share_csv_number(out, enough ? t.value : NAN);
    survey_share_csv_number(out, enough ? t.interval.low : NAN);
    survey_share_csv_number(out, enough ? t.interval.high : NAN);
    g_string_append(out, ",,\r\n");
}

static void append_version(GString *out, const struct survey_film *f, const struct survey_version *v, int64_t floor)
{
    const struct csv_row r = {f->name, v->version, "film", f->name, NULL, f->title, NULL};
    for (int i = 1; i < COUNT_N_REASONS; i++)
        append_share(out, r, tel_word("REASON", i - 1), (struct survey_ratio){v->reasons[i], v->viewings, v->erased},
                     floor);
    append_count(out, r, "still running", v->running);
    append_count(out, r, "erased by choice", v->erased);
    append_count(out, r, "erased by age", v->aged);
    append_count(out, r, "not recorded", v->unrecorded);
    append_share(out, r, "no end recorded", (struct survey_ratio){v->reasons[0], v->viewings, v->erased}, floor);
    append_share(out, r, "reached an ending", (struct survey_ratio){v->reached, v->viewings, v->erased}, floor);
    append_share(out, r, "watched 2 minutes", (struct survey_ratio){v->two_minutes, v->viewings, v->erased}, floor);
    append_share(out, r, "watched 70 percent", (struct survey_ratio){v->seventy_percent, v->length_known, v->erased},
                 floor);
    append_share(out, r, "watched 70 percent, expected",
                 (struct survey_ratio){v->expected_seventy, v->expected_known, v->erased}, floor);
}

/* A mean, bits or a probability of n viewings, in the column "value". */
static void append_estimate(GString *out, struct csv_row r, const char *number, int64_t n, double value,
                            struct stats_interval w)
{
    r.number = number;
    append_head(out, &r);
    g_string_append_printf(out, ",,%" G_GINT64_FORMAT, n);
    survey_share_csv_number(out, value);
    survey_share_csv_number(out, w.low);
    survey_share_csv_number(out, w.high);
    g_string_append(out, ",,\r\n");
}

/* A number of the film itself: it has neither k and n nor an interval. */
static void append_film_value(GString *out, struct csv_row r, const char *number, double value)
{
    r.number = number;
    append_head(out, &r);
    g_string_append(out, ",,");
    survey_share_csv_number(out, value);
    g_string_append(out, ",,,,\r\n");
}

/* n: in how many exposures viewers decided, on which a verdict rests. */
static void append_consequence(GString *out, const struct csv_row *r, const struct survey_consequence *c, int64_t n)
{
    const double ms = (double)US_PER_SECOND / 1000;
    append_film_value(out, *r, "endings shift", c->compared ? c->shift : NAN);
    append_film_value(out, *r, "endings shift as measured", c->compared ? c->measured : NAN);
    append_film_value(out, *r, "own film ms", (double)c->exclusive_us / ms);
    append_film_value(out, *r, "same again after ms",
                      c->divergence_us == US_NONE ? NAN : (double)c->divergence_us / ms);
    g_autofree char *verdict = g_strdup_printf("verdict: %s", c->verdict);
    if (*c->verdict)
        append_estimate(out, *r, verdict, n, NAN, (struct stats_interval){NAN, NAN});
}

/* What erases the viewing that picks it has no share, only bounds. */
static void append_picks(GString *out, struct csv_row r, const struct survey_decision *d, const struct survey_option *o,
                         int64_t floor)
{
    const int64_t enough = o->forgets ? INT64_MAX : floor;
    append_share(out, r, o->forgets ? "pick, which erases" : "pick",
                 (struct survey_ratio){o->picks, o->available, d->erased}, enough);
    r.number = "pick, of all answers";
    append_share_in(out, r, (struct survey_ratio){o->all.k, o->all.n, 0}, stats_cluster_interval(&o->all, STATS_Z95),
                    enough);
}

/* Each option's share among those who were offered the same options, by their ids. */
static void append_menus(GString *out, struct csv_row r, const struct survey_decision *d, guint option, int64_t floor)
{
    for (guint i = 0; i < d->menus->len && !survey_has_one_menu(d); i++) {
        const struct survey_menu *m = survey_menu_of(d, i);
        g_autoptr(GString) number = g_string_new("pick, of the menu");
        for (guint k = 0; k < d->options->len; k++)
            if (survey_menu_has(m, k))
                g_string_append_printf(number, " %s", survey_option_of(d, k)->name);
        if (survey_menu_has(m, option))
            append_share(out, r, number->str, (struct survey_ratio){m->picks[option], m->exposures, 0}, floor);
    }
}

static void append_decision(GString *out, const struct survey_film *f, const struct survey_decision *d,
                            const struct survey_consequence *c, int64_t floor)
{
    g_autofree char *versions = survey_versions(f, d->versions);
    const struct csv_row whole = {f->name, versions, "decision", d->name, NULL, d->title, NULL};
    size_t n;
    g_autofree struct stats_survival *curve = survey_curve(d, &n);
    for (int i = TEL_WHAT_PICK; i <= TEL_WHAT_QUIT; i++)
        append_share(out, whole, tel_word("WHAT", i), (struct survey_ratio){d->what[i], d->exposures, d->erased},
                     floor);
    append_count(out, whole, "asked again", d->asked_again);
    append_count(out, whole, "not yet answered", d->unanswered);
    append_time(out, whole, "median ms", stats_time_at(curve, n, 0.5), d->exposures, floor);
    append_time(out, whole, "p90 ms", stats_time_at(curve, n, 0.9), d->exposures, floor);
    if (c)
        append_consequence(out, &whole, c, d->exposures);
    for (guint i = 0; i < d->options->len; i++) {
        const struct survey_option *o = survey_option_of(d, i);
        const struct csv_row r = {f->name, versions, "option", d->name, o->name, o->title, NULL};
        append_picks(out, r, d, o, floor);
        append_menus(out, r, d, i, o->forgets ? INT64_MAX : floor);
        append_share(out, r, "pick when shown first", o->first, floor);
        append_share(out, r, "pick when shown later", o->later, floor);
        append_share(out, r, "pick in the light", o->focused, floor);
        append_share(out, r, "pick without the light", o->unfocused, floor);
    }
}

/* A second in which somebody left or went elsewhere; who only went on changes nothing. */
static void append_second(GString *out, struct csv_row r, const struct drop_off_second *s, int64_t floor)
{
    const bool enough = survey_is_enough(s->at_risk, floor);
    const struct stats_interval none = {NAN, NAN};
    g_autofree char *left = g_strdup_printf("left in second %d", s->second);
    g_autofree char *jumped = g_strdup_printf("went back or skipped in second %d", s->second);
    g_autofree char *there = g_strdup_printf("still there after second %d", s->second);
    g_autofree char *chance = g_strdup_printf("left in second %d, chance, corrected", s->second);
    if (s->left > 0)
        append_share(out, r, left, (struct survey_ratio){s->left, s->at_risk, 0}, floor);
    if (s->jumped > 0)
        append_share(out, r, jumped, (struct survey_ratio){s->jumped, s->at_risk, 0}, floor);
    if (s->left == 0)
        return;
    append_estimate(out, r, there, s->at_risk, enough ? s->share : NAN, enough ? s->interval : none);
    append_estimate(out, r, chance, s->at_risk, s->q, none);
}

static void append_node(GString *out, const struct survey_film *f, const struct survey_node *n, int64_t floor)
{
    g_autofree char *versions = survey_versions(f, n->versions);
    const struct csv_row r = {f->name, versions, "node", n->name, NULL, n->title, NULL};
    append_share(out, r, "reach", (struct survey_ratio){n->viewings, n->of, n->erased}, floor);
    append_share(out, r, "drop-off", (struct survey_ratio){n->quits, n->viewings, n->erased}, floor);
    for (guint i = 0; i < n->seconds->len; i++)
        append_second(out, r, &g_array_index(n->seconds, struct drop_off_second, i), floor);
}

static void append_trait(GString *out, const struct survey_film *f, const struct survey_trait *t, int64_t floor)
{
    static const char *const sure[] = {"surely against", "not sure", "surely for"};
    const struct survey_version *v = f->versions->pdata[t->version];
    const struct csv_row r = {f->name, v->version, "trait", t->name, NULL, NULL, NULL};
    const int64_t n = survey_profiles(t);
    const struct stats_interval none = {NAN, NAN};
    const bool enough = survey_is_enough(n, floor);
    append_share(out, r, "profiles", (struct survey_ratio){n, n + t->none, 0}, floor);
    append_estimate(out, r, "mean lean", n, enough ? t->mean : NAN, enough ? t->interval : none);
    for (int i = 0; i < COUNT_N_LEVELS; i++)
        append_share(out, r, sure[i], (struct survey_ratio){t->sure[i], n, 0}, floor);
    for (guint i = 0; i < t->associations->len; i++) {
        const struct survey_association *association = t->associations->pdata[i];
        const bool told = survey_is_enough(association->n, floor);
        const struct csv_row by = {
            f->name, v->version, "told by", t->name, association->decision->name, association->decision->title, NULL};
        append_estimate(out, by, "bits", association->n, told ? association->bits : NAN, none);
        append_estimate(out, by, "chance", association->n, told ? association->p_value : NAN, none);
        append_estimate(out, by, "chance, corrected", association->n, association->q, none);
    }
}

static void append_prop(GString *out, const struct survey_film *f, const struct survey_prop *p, int64_t floor)
{
    const struct survey_version *v = f->versions->pdata[p->version];
    const struct csv_row r = {f->name, v->version, "prop", p->name, NULL, p->title, NULL};
    append_share(out, r, "pick", p->picks, floor);
    append_share(out, r, "seen again", p->again, floor);
    for (guint i = 0; i < p->rivals->len; i++) {
        const struct survey_rival *rival = &g_array_index(p->rivals, struct survey_rival, i);
        const struct survey_prop *other = f->props->pdata[rival->prop];
        const struct csv_row by = {f->name, v->version, "prop against", p->name, other->name, other->title, NULL};
        append_share(out, by, "pick", rival->picks, floor);
    }
}

/* The share in each part of the audience, and how likely chance alone makes them differ as much. */
static void append_mixture(GString *out, const struct survey_film *f, const struct mixture *m, int64_t floor)
{
    g_autofree char *versions = m->versions
                                    ? survey_versions(f, m->versions)
                                    : g_strdup(((struct survey_version *)f->versions->pdata[m->version])->version);
    const struct csv_row r = {f->name, versions, mixture_kind(m), m->id, m->name, m->title, NULL};
    g_autofree char *chance = g_strdup_printf("%s, chance by %s", m->number, mixture_by_word(m));
    int64_t n = 0;
    for (guint i = 0; i < m->parts->len; i++) {
        const struct mixture_part *s = &g_array_index(m->parts, struct mixture_part, i);
        g_autofree char *number = g_strdup_printf("%s, %s %s", m->number, mixture_by_word(m), s->name);
        append_share(out, r, number, (struct survey_ratio){s->k, s->n, 0}, floor);
        n += s->n;
    }
    append_estimate(out, r, chance, n, m->q, (struct stats_interval){NAN, NAN});
}

static void append_mixtures(GString *out, const struct survey_film *f, const struct survey_options *o)
{
    for (guint i = 0; f->mixtures && i < f->mixtures->len; i++) {
        const struct mixture *m = f->mixtures->pdata[i];
        if (!o->decision || g_strcmp0(m->id, o->decision) == 0)
            append_mixture(out, f, m, o->floor);
    }
}

static void append_undated(GString *out, const struct survey_film *f)
{
    for (guint i = 0; i < f->undated->len; i++) {
        const struct count_undated *u = &g_array_index(f->undated, struct count_undated, i);
        g_autofree char *date = count_date(u->day), *number = g_strdup_printf("clock not believed, %s", date);
        const struct csv_row r = {f->name, NULL, "film", f->name, NULL, f->title, NULL};
        append_count(out, r, number, u->viewings);
    }
    const struct csv_row r = {f->name, NULL, "film", f->name, NULL, f->title, NULL};
    if (f->redated > 0)
        append_count(out, r, "dated by receipt", f->redated);
}

static void append_paths(GString *out, const struct survey_film *f, const struct survey_version *v, int64_t floor)
{
    struct csv_row r = {f->name, v->version, "path", NULL, NULL, NULL, NULL};
    int64_t rest = v->whole_paths;
    for (guint i = 0; i < v->paths->len; i++) {
        const struct survey_path *p = v->paths->pdata[i];
        g_autofree char *ids = g_strjoinv(" > ", p->nodes), *words = g_strjoinv(" > ", p->words);
        r.id = ids, r.title = words;
        append_share(out, r, "share", (struct survey_ratio){p->viewings, v->viewings, 0}, floor);
        rest -= p->viewings;
    }
    r.id = r.title = NULL;
    append_share(out, r, "other whole paths", (struct survey_ratio){rest, v->viewings, 0}, floor);
    append_share(out, r, "no whole path", (struct survey_ratio){v->viewings - v->whole_paths, v->viewings, 0}, floor);
}

static void append_film(GString *out, const struct survey *s, guint film, const struct survey_consequences *c)
{
    const struct survey_options *o = &s->options;
    const struct survey_film *f = s->films->pdata[film];
    append_undated(out, f);
    for (guint i = 0; i < f->versions->len && !o->decision; i++) {
        append_version(out, f, f->versions->pdata[i], o->floor);
        append_paths(out, f, f->versions->pdata[i], o->floor);
    }
    for (guint i = 0; i < f->decisions->len; i++) {
        const struct survey_decision *d = f->decisions->pdata[i];
        if (!o->decision || strcmp(o->decision, d->name) == 0)
            append_decision(out, f, d, survey_consequence_of(c, film, i), o->floor);
    }
    for (guint i = 0; i < f->endings->len && !o->decision; i++) {
        const struct survey_ending *e = f->endings->pdata[i];
        const struct survey_version *v = f->versions->pdata[e->version];
        const struct csv_row r = {f->name, v->version, "ending", e->name, NULL, e->title, NULL};
        append_share(out, r, "reach", (struct survey_ratio){e->viewings, v->viewings, v->erased}, o->floor);
    }
    for (guint i = 0; i < f->nodes->len && !o->decision; i++)
        append_node(out, f, f->nodes->pdata[i], o->floor);
    for (guint i = 0; i < f->traits->len && !o->decision; i++)
        append_trait(out, f, f->traits->pdata[i], o->floor);
    for (guint i = 0; i < f->props->len && !o->decision; i++)
        append_prop(out, f, f->props->pdata[i], o->floor);
    append_mixtures(out, f, o);
}

void survey_csv(const struct survey *r, const struct survey_consequences *c, GString *out)
{
    g_string_append(out, "story,versions,kind,id,option,title,number,k,n,value,low,high,least,most\r\n");
    for (guint i = 0; i < r->films->len; i++)
        append_film(out, r, i, c);
}
