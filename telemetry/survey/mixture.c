#include "telemetry/survey/mixture.h"

#include <assert.h>
#include <math.h>

static const int times[] = {0, 1, 2, 3, 5, 10}; /* time modes */
static const char *const nths[] = {
    [AGGREGATE_UNKNOWN] = "unknown", [AGGREGATE_FIRST] = "first", [AGGREGATE_REPLAY] = "replay"};

#define NTHS ((guint)G_N_ELEMENTS(nths))

/* A share, by the columns of `mixer` that hold its counts. */
struct share {
    struct mixture as; /* its names */
    guint k;
    GArray *n; /* guint: columns, which are added up */
};

/* The counts of all shares in each part of the audience: a matrix with a row for each part. */
struct mixer {
    const struct catalogue_film *film;
    const struct count_layout *layout;
    const struct count_slice *slice;
    guint *column; /* of each place of the layout, + 1; 0: it has none */
    guint n_columns;
    GArray *shares; /* struct share */
    int64_t *x;     /* rows: versions, then whether they are first viewings, then time modes */
    guint n_rows;
};

static void clear_share(void *data)
{
    g_array_unref(((struct share *)data)->n);
}

static guint column_of(struct mixer *m, guint place)
{
    assert(place < m->layout->n);
    if (m->column[place] == 0)
        m->column[place] = ++m->n_columns;
    return m->column[place] - 1;
}

static void add_share(struct mixer *m, struct mixture as, guint k, const guint *n, guint n_places)
{
    struct share s = {as, column_of(m, k), g_array_new(FALSE, FALSE, sizeof(guint))};
    for (guint i = 0; i < n_places; i++) {
        const guint column = column_of(m, n[i]);
        g_array_append_val(s.n, column);
    }
    g_array_append_val(m->shares, s);
}

/* ---- the shares of a film ---------------------------------------------------------------------------------------- */

static void add_version_shares(struct mixer *m, guint i)
{
    static const struct {
        const char *number;
        guint k, n;
    } shares[] = {{"reached an ending", COUNT_REACHED_ENDING, COUNT_VIEWINGS},
                  {"watched 2 minutes", COUNT_TWO_MINUTES, COUNT_VIEWINGS},
                  {"watched 70 percent", COUNT_SEVENTY_PERCENT, COUNT_LENGTH_KNOWN}};
    const guint at = m->layout->version[i];
    for (guint s = 0; s < G_N_ELEMENTS(shares); s++) {
        const guint n = at + shares[s].n;
        const struct mixture as = {.of = MIXTURE_OF_VERSION,
                                   .at = i,
                                   .id = m->film->name,
                                   .title = m->film->title,
                                   .number = shares[s].number,
                                   .version = (int32_t)i};
        add_share(m, as, at + shares[s].k, &n, 1);
    }
}

static void add_ending_share(struct mixer *m, guint i)
{
    const struct catalogue_ending *e = m->film->endings->pdata[i];
    const guint n = m->layout->version[e->version] + COUNT_VIEWINGS;
    const struct mixture as = {
        .of = MIXTURE_OF_ENDING, .at = i, .id = e->name, .title = e->title, .number = "reach", .version = e->version};
    add_share(m, as, m->layout->ending[i], &n, 1);
}

static void add_decision_shares(struct mixer *m, guint i)
{
    const struct catalogue_decision *d = m->film->decisions->pdata[i];
    const guint at = m->layout->decision[i], exposures = at + COUNT_EXPOSURES;
    const struct mixture whole = {.of = MIXTURE_OF_DECISION,
                                  .at = i,
                                  .id = d->name,
                                  .title = d->title,
                                  .number = "timeout",
                                  .versions = d->versions};
    for (guint o = 0; o < d->options->len; o++) {
        const struct catalogue_option *p = catalogue_option_at(d, o);
        const guint option = count_layout_option(m->layout, i, o), n = option + COUNT_AVAILABLE;
        struct mixture as = whole;
        as.of = MIXTURE_OF_OPTION, as.option = o, as.name = p->name, as.title = p->title, as.number = "pick";
        as.question = d->title && *d->title ? d->title : d->name;
        if (!p->forgets) /* else there is no share that could be mixed */
            add_share(m, as, option + COUNT_PICKS, &n, 1);
    }
    add_share(m, whole, at + COUNT_TIMEOUTS, &exposures, 1);
}

static void add_node_shares(struct mixer *m, guint i)
{
    const struct catalogue_node *n = m->film->nodes->pdata[i];
    const guint came = m->layout->node[i] + COUNT_NODE_VIEWINGS;
    struct mixture as = {
        .of = MIXTURE_OF_NODE, .at = i, .id = n->name, .title = n->title, .number = "reach", .versions = n->versions};
    g_autofree guint *possible = g_new(guint, n->versions->len + 1);
    for (guint v = 0; v < n->versions->len; v++)
        possible[v] = m->layout->version[g_array_index(n->versions, int32_t, v)] + COUNT_VIEWINGS;
    add_share(m, as, came, possible, n->versions->len);
    as.number = "drop-off";
    add_share(m, as, m->layout->node[i] + COUNT_QUITS, &came, 1);
}

static void add_shares(struct mixer *m)
{
    const struct {
        const GPtrArray *things;
        void (*add)(struct mixer *m, guint i);
    } kinds[] = {{m->film->versions, add_version_shares},
                 {m->film->endings, add_ending_share},
                 {m->film->decisions, add_decision_shares},
                 {m->film->nodes, add_node_shares}};
    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++)
        for (guint i = 0; i < kinds[k].things->len; i++)
            kinds[k].add(m, i);
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static guint n_versions(const struct mixer *m)
{
    return m->film->versions->len;
}

static bool is_selected(const struct mixer *m, const struct count_key *k)
{
    const struct count_slice *s = m->slice;
    return (s->viewings == COUNT_ALL || s->viewings == k->nth) && (s->time == COUNT_ALL || s->time == k->time) &&
           (s->version == COUNT_ALL || s->version == k->version);
}

static void count_cell(struct mixer *m, guint row, const struct count_cell *c)
{
    assert(row < m->n_rows);
    m->x[(gsize)row * m->n_columns + m->column[c->place] - 1] += c->n;
}

static void count_cells(struct mixer *m, const GArray *cells)
{
    for (guint i = 0; i < cells->len; i++) {
        const struct count_cell *c = &g_array_index(cells, struct count_cell, i);
        if (m->column[c->place] == 0 || !is_selected(m, &c->key))
            continue;
        count_cell(m, (guint)c->key.version, c);
        count_cell(m, n_versions(m) + MIN(c->key.nth, NTHS - 1), c);
        for (guint t = 0; t < G_N_ELEMENTS(times); t++)
            if (times[t] == c->key.time)
                count_cell(m, n_versions(m) + NTHS + t, c);
    }
}

/* ---- testing ----------------------------------------------------------------------------------------------------- */

static const char *name_of_row(const struct mixer *m, enum mixture_by by, guint i, char buffer[MIXTURE_NAME_BYTES])
{
    if (by == MIXTURE_BY_VERSION)
        return ((const struct catalogue_version *)m->film->versions->pdata[i])->version;
    if (by == MIXTURE_BY_VIEWINGS)
        return nths[i];
    g_snprintf(buffer, MIXTURE_NAME_BYTES, "%d", times[i]);
    return buffer;
}

static struct mixture_part part_in(const struct mixer *m, const struct share *s, guint row)
{
    const int64_t *x = m->x + (gsize)row * m->n_columns;
    struct mixture_part part = {.k = x[s->k]};
    for (guint i = 0; i < s->n->len; i++)
        part.n += x[g_array_index(s->n, guint, i)];
    return part;
}

static GArray *parts_of(const struct mixer *m, const struct share *s, enum mixture_by by, guint first, guint n)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(struct mixture_part));
    for (guint i = 0; i < n; i++) {
        char buffer[MIXTURE_NAME_BYTES];
        struct mixture_part part = part_in(m, s, first + i);
        g_strlcpy(part.name, name_of_row(m, by, i, buffer), sizeof part.name);
        if (part.n > 0)
            g_array_append_val(parts, part);
    }
    return parts;
}

static double test(const GArray *parts)
{
    g_autofree struct stats_part *tested = g_new(struct stats_part, parts->len + 1);
    for (guint i = 0; i < parts->len; i++) {
        const struct mixture_part *s = &g_array_index(parts, struct mixture_part, i);
        tested[i] = (struct stats_part){MIN(s->k, s->n), s->n};
    }
    return stats_heterogeneity(tested, parts->len, NULL);
}

static void test_share(const struct mixer *m, const struct share *s, GPtrArray *all)
{
    const guint sizes[] = {n_versions(m), NTHS, G_N_ELEMENTS(times)};
    guint first = 0;
    for (enum mixture_by by = MIXTURE_BY_VERSION; by <= MIXTURE_BY_TIME; first += sizes[by], by++) {
        GArray *parts = parts_of(m, s, by, first, sizes[by]);
        struct mixture one = s->as;
        one.by = by, one.parts = parts, one.p = test(parts);
        if (isnan(one.p))
            g_array_unref(parts);
        else
            g_ptr_array_add(all, g_memdup2(&one, sizeof one));
    }
}

static void correct(GPtrArray *all)
{
    g_autofree struct stats_discovery *tests = g_new0(struct stats_discovery, all->len + 1);
    for (guint i = 0; i < all->len; i++)
        tests[i].p = ((const struct mixture *)all->pdata[i])->p;
    stats_false_discovery(tests, all->len);
    for (guint i = 0; i < all->len; i++)
        ((struct mixture *)all->pdata[i])->q = tests[i].q;
}

static void free_mixture(void *data)
{
    struct mixture *m = data;
    g_array_unref(m->parts);
    g_free(m);
}

GPtrArray *mixtures_new(const struct count_film *f, const struct count_slice *slice)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(free_mixture);
    struct mixer m = {.film = f->film,
                      .layout = f->layout,
                      .slice = slice,
                      .column = g_new0(guint, f->layout->n + 1),
                      .shares = g_array_new(FALSE, FALSE, sizeof(struct share)),
                      .n_rows = f->film->versions->len + NTHS + (guint)G_N_ELEMENTS(times)};
    g_array_set_clear_func(m.shares, clear_share);
    add_shares(&m);
    m.x = g_new0(int64_t, (gsize)m.n_rows * m.n_columns + 1);
    count_cells(&m, f->cells);
    for (guint i = 0; i < m.shares->len; i++)
        test_share(&m, &g_array_index(m.shares, struct share, i), all);
    correct(all);
    g_free(m.x);
    g_free(m.column);
    g_array_unref(m.shares);
    return all;
}

/* ---- for the writers --------------------------------------------------------------------------------------------- */

const char *mixture_kind(const struct mixture *m)
{
    static const char *const kinds[] = {[MIXTURE_OF_VERSION] = "film",
                                        [MIXTURE_OF_ENDING] = "ending",
                                        [MIXTURE_OF_DECISION] = "decision",
                                        [MIXTURE_OF_OPTION] = "option",
                                        [MIXTURE_OF_NODE] = "node"};
    return kinds[m->of];
}

const char *mixture_by_word(const struct mixture *m)
{
    static const char *const words[] = {
        [MIXTURE_BY_VERSION] = "version", [MIXTURE_BY_VIEWINGS] = "viewings", [MIXTURE_BY_TIME] = "time"};
    return words[m->by];
}

const char *mixture_by_name(enum mixture_by by)
{
    switch (by) {
    case MIXTURE_BY_VERSION:
        return "versions";
    case MIXTURE_BY_VIEWINGS:
        return "first viewings and replays";
    case MIXTURE_BY_TIME:
        return "time modes";
    }
    return "?";
}

bool mixture_differs(const struct mixture *m)
{
    return m->q <= STATS_DISCOVERIES;
}
