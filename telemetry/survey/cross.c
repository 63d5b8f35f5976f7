#include "telemetry/survey/cross.h"

#include "telemetry/record.h"

#include <assert.h>
#include <math.h>

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

/* What a row counts of a film; at: the place of its thing, option_at: of the option in its decision. */
typedef struct survey_ratio share_of(const struct survey_film *f, guint at, guint option_at);

static const struct survey_version *version_at(const struct survey_film *f, guint at)
{
    return f->versions->pdata[at];
}

static struct survey_ratio share_reached(const struct survey_film *f, guint at, guint option_at)
{
    (void)option_at;
    return (struct survey_ratio){version_at(f, at)->reached, version_at(f, at)->viewings, 0};
}

static struct survey_ratio share_two_minutes(const struct survey_film *f, guint at, guint option_at)
{
    (void)option_at;
    return (struct survey_ratio){version_at(f, at)->two_minutes, version_at(f, at)->viewings, 0};
}

static struct survey_ratio share_ending(const struct survey_film *f, guint at, guint option_at)
{
    (void)option_at;
    const struct survey_ending *e = f->endings->pdata[at];
    return (struct survey_ratio){e->viewings, version_at(f, (guint)e->version)->viewings, 0};
}

static struct survey_ratio share_reach(const struct survey_film *f, guint at, guint option_at)
{
    (void)option_at;
    const struct survey_node *n = f->nodes->pdata[at];
    return (struct survey_ratio){n->viewings, n->of, 0};
}

static struct survey_ratio share_pick(const struct survey_film *f, guint at, guint option_at)
{
    const struct survey_option *o = survey_option_of(f->decisions->pdata[at], option_at);
    return (struct survey_ratio){o->picks, o->available, 0};
}

static struct survey_ratio share_timeout(const struct survey_film *f, guint at, guint option_at)
{
    (void)option_at;
    const struct survey_decision *d = f->decisions->pdata[at];
    return (struct survey_ratio){d->what[TEL_WHAT_TIMEOUT], d->exposures, 0};
}

struct row_source {
    const struct cross *cross;
    guint film, at, option_at;
    share_of *share;
};

/* Adds the row, if any part has a case. */
static void add_row(GArray *rows, struct cross_row row, const struct row_source *s)
{
    int64_t cases = 0;
    row.shares = g_new(struct survey_ratio, s->cross->n_parts);
    for (guint i = 0; i < s->cross->n_parts; i++) {
        row.shares[i] = s->share(s->cross->parts[i].survey->films->pdata[s->film], s->at, s->option_at);
        cases += row.shares[i].n;
    }
    if (cases > 0)
        g_array_append_val(rows, row);
    else
        g_free(row.shares);
}

static void add_versions(struct cross_film *f, struct row_source s)
{
    for (s.at = 0; s.at < f->film->versions->len; s.at++) {
        const struct survey_version *v = version_at(f->film, s.at);
        struct cross_row row = {.kind = "film", .version = v->version, .id = "reached an ending"};
        row.title = row.id, s.share = share_reached;
        add_row(f->rows, row, &s);
        row.id = row.title = "watched 2 minutes", s.share = share_two_minutes;
        add_row(f->rows, row, &s);
    }
    s.share = share_ending;
    for (s.at = 0; s.at < f->film->endings->len; s.at++) {
        const struct survey_ending *e = f->film->endings->pdata[s.at];
        add_row(f->rows,
                (struct cross_row){.kind = "ending",
                                   .version = version_at(f->film, (guint)e->version)->version,
                                   .id = e->name,
                                   .title = e->title},
                &s);
    }
}

static void add_nodes(struct cross_film *f, struct row_source s)
{
    s.share = share_reach;
    for (s.at = 0; s.at < f->film->nodes->len; s.at++) {
        const struct survey_node *n = f->film->nodes->pdata[s.at];
        add_row(f->rows, (struct cross_row){.kind = "reach", .id = n->name, .title = n->title}, &s);
    }
}

static void add_decisions(struct cross_film *f, struct row_source s)
{
    for (s.at = 0; s.at < f->film->decisions->len; s.at++) {
        const struct survey_decision *d = f->film->decisions->pdata[s.at];
        struct cross_row row = {.kind = "option", .id = d->name};
        s.share = share_pick;
        for (s.option_at = 0; s.option_at < d->options->len; s.option_at++) {
            const struct survey_option *o = survey_option_of(d, s.option_at);
            row.option = o->name, row.title = o->title;
            add_row(f->rows, row, &s);
        }
        s.share = share_timeout;
        row.kind = "timeout", row.option = NULL, row.title = "– nobody chose in time";
        add_row(f->rows, row, &s);
    }
}

/* ---- chance -------------------------------------------------------------------------------------------------------- */

static double chance_of(const struct cross_row *r, guint n)
{
    g_autofree struct stats_part *parts = g_new(struct stats_part, n);
    for (guint i = 0; i < n; i++)
        parts[i] = (struct stats_part){r->shares[i].k, r->shares[i].n};
    return stats_heterogeneity(parts, n, NULL);
}

static void correct_rows(GArray *rows, guint n_parts)
{
    g_autofree struct stats_discovery *all = g_new0(struct stats_discovery, rows->len + 1);
    for (guint i = 0; i < rows->len; i++)
        all[i].p = chance_of(&g_array_index(rows, struct cross_row, i), n_parts);
    stats_false_discovery(all, rows->len);
    for (guint i = 0; i < rows->len; i++)
        g_array_index(rows, struct cross_row, i).q = all[i].q;
}

static void clear_row(void *row)
{
    g_free(((struct cross_row *)row)->shares);
}

struct cross *cross_new(const char *by, const struct cross_part *parts, guint n_parts)
{
    assert(n_parts > 0);
    struct cross *c = g_new0(struct cross, 1);
    *c = (struct cross){.by = by, .parts = parts, .n_parts = n_parts, .n_films = parts[0].survey->films->len};
    c->films = g_new0(struct cross_film, c->n_films + 1);
    for (guint i = 0; i < c->n_films; i++) {
        struct cross_film *f = &c->films[i];
        const struct row_source s = {.cross = c, .film = i};
        f->film = parts[0].survey->films->pdata[i];
        f->rows = g_array_new(FALSE, FALSE, sizeof(struct cross_row));
        g_array_set_clear_func(f->rows, clear_row);
        add_versions(f, s);
        add_nodes(f, s);
        add_decisions(f, s);
        correct_rows(f->rows, n_parts);
    }
    return c;
}

void cross_free(struct cross *c)
{
    if (!c)
        return;
    for (guint i = 0; i < c->n_films; i++)
        g_array_unref(c->films[i].rows);
    g_free(c->films);
    g_free(c);
}
