#include "telemetry/count/count_layout.h"

#include <assert.h>
#include <stdlib.h>

static_assert(COUNT_N_REASONS > 5 && COUNT_N_WHATS > 7, "every code of the dictionary and `unknown` have a place");
static_assert(COUNT_OPTIONS == COUNT_PICKED_AT + 2 * STATS_CLASSES, "options stand after two curves of times");

/* ---- places, in the order of first use --------------------------------------------------------------------------- */

static guint reserve_places(struct count_layout *l, guint n)
{
    const guint at = l->n;
    l->n += n;
    assert(l->n >= at);
    return at;
}

static guint n_options(const struct catalogue_film *f, guint decision)
{
    assert(decision < f->decisions->len);
    return ((const struct catalogue_decision *)f->decisions->pdata[decision])->options->len;
}

static guint size_of_decision(const struct catalogue_film *f, guint i)
{
    return COUNT_OPTIONS + n_options(f, i) * COUNTS_PER_OPTION;
}

static guint size_of_decision_detail(const struct catalogue_film *f, guint i)
{
    return COUNT_OPTION_DETAILS + n_options(f, i) * COUNT_DETAILS_PER_OPTION;
}

static guint size_of_association(const struct catalogue_film *f, guint decision)
{
    return n_options(f, decision) * COUNT_N_LEVELS;
}

static guint size_of_menu(const struct catalogue_film *f, guint decision)
{
    return 1 + n_options(f, decision);
}

static guint hash_menu(gconstpointer p)
{
    const struct count_menu *m = p;
    const uint64_t mixed = (m->options + m->decision) * UINT64_C(0x9e3779b97f4a7c15);
    return (guint)(mixed >> 32);
}

static gboolean menus_equal(gconstpointer p, gconstpointer q)
{
    const struct count_menu *a = p, *b = q;
    return a->decision == b->decision && a->options == b->options;
}

/* A block of `size` places for each of n things. */
static guint *reserve_blocks(struct count_layout *l, guint n, guint size)
{
    guint *first = g_new(guint, n + 1);
    for (guint i = 0; i < n; i++)
        first[i] = reserve_places(l, size);
    return first;
}

static guint *reserve_decisions(struct count_layout *l, guint (*size_of)(const struct catalogue_film *f, guint i))
{
    guint *first = g_new(guint, l->film->decisions->len + 1);
    for (guint i = 0; i < l->film->decisions->len; i++)
        first[i] = reserve_places(l, size_of(l->film, i));
    return first;
}

static GArray **arrays_new(guint n, guint element)
{
    GArray **all = g_new(GArray *, n + 1);
    for (guint i = 0; i < n; i++)
        all[i] = g_array_new(FALSE, FALSE, element);
    return all;
}

struct count_layout *count_layout_new(const struct catalogue_film *film)
{
    struct count_layout *l = g_new0(struct count_layout, 1);
    l->film = film;
    l->met = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    l->met_menus = g_hash_table_new_full(hash_menu, menus_equal, g_free, NULL);
    l->version = reserve_blocks(l, film->versions->len, COUNTS_PER_VERSION);
    l->node = reserve_blocks(l, film->nodes->len, COUNTS_PER_NODE);
    l->decision = reserve_decisions(l, size_of_decision);
    l->ending = reserve_blocks(l, film->endings->len, 1);
    l->trait = reserve_blocks(l, film->traits->len, COUNTS_PER_TRAIT);
    l->prop = reserve_blocks(l, film->props->len, COUNTS_PER_PROP);
    l->version_detail = reserve_blocks(l, film->versions->len, COUNT_DETAILS_PER_VERSION);
    l->node_detail = reserve_blocks(l, film->nodes->len, COUNT_DETAILS_PER_NODE);
    l->decision_detail = reserve_decisions(l, size_of_decision_detail);
    l->edges = g_array_new(FALSE, FALSE, sizeof(struct count_edge));
    l->stays = g_array_new(FALSE, FALSE, sizeof(struct count_stay));
    l->associations = arrays_new(film->traits->len, sizeof(struct count_association));
    l->rivals = arrays_new(film->props->len, sizeof(struct count_rival));
    l->menus = arrays_new(film->decisions->len, sizeof(struct count_menu));
    return l;
}

void count_layout_free(struct count_layout *l)
{
    if (!l)
        return;
    guint *const rows[] = {l->version, l->node,           l->decision,    l->ending,         l->trait,
                           l->prop,    l->version_detail, l->node_detail, l->decision_detail};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_free(rows[i]);
    for (guint i = 0; i < l->film->traits->len; i++)
        g_array_unref(l->associations[i]);
    for (guint i = 0; i < l->film->props->len; i++)
        g_array_unref(l->rivals[i]);
    for (guint i = 0; i < l->film->decisions->len; i++)
        g_array_unref(l->menus[i]);
    g_free(l->associations);
    g_free(l->rivals);
    g_free(l->menus);
    g_array_unref(l->edges);
    g_array_unref(l->stays);
    g_clear_pointer(&l->met, g_hash_table_unref);
    g_clear_pointer(&l->met_menus, g_hash_table_unref);
    g_free(l);
}

guint count_layout_option(const struct count_layout *l, guint decision, guint option)
{
    assert(option < n_options(l->film, decision));
    return l->decision[decision] + COUNT_OPTIONS + option * COUNTS_PER_OPTION;
}

guint count_layout_option_detail(const struct count_layout *l, guint decision, guint option)
{
    assert(option < n_options(l->film, decision));
    return l->decision_detail[decision] + COUNT_OPTION_DETAILS + option * COUNT_DETAILS_PER_OPTION;
}

static GArray *one_version(int32_t version)
{
    GArray *versions = g_array_new(FALSE, FALSE, sizeof version);
    g_array_append_val(versions, version);
    return versions;
}

/* Which of n blocks, the first of which begins at first[0], holds the place; n: none of them. The last one ends at `end`. */
static guint block_of(const guint *first, guint n, guint place, guint end)
{
    guint at = 0;
    if (n == 0 || place < first[0] || place >= end)
        return n;
    while (at + 1 < n && first[at + 1] <= place)
        at++;
    return at;
}

GArray *count_layout_versions(const struct count_layout *l, guint place)
{
    const struct catalogue_film *f = l->film;
    const guint ends[] = {f->versions->len * COUNTS_PER_VERSION, f->nodes->len * COUNTS_PER_NODE};
    guint end = 0, at;
    if ((at = block_of(l->version, f->versions->len, place, end += ends[0])) < f->versions->len)
        return one_version((int32_t)at);
    if ((at = block_of(l->node, f->nodes->len, place, end += ends[1])) < f->nodes->len)
        return g_array_ref(((const struct catalogue_node *)f->nodes->pdata[at])->versions);
    for (guint i = 0; i < f->decisions->len; i++)
        end += size_of_decision(f, i);
    if ((at = block_of(l->decision, f->decisions->len, place, end)) < f->decisions->len)
        return g_array_ref(((const struct catalogue_decision *)f->decisions->pdata[at])->versions);
    at = block_of(l->ending, f->endings->len, place, end + f->endings->len);
    return at < f->endings->len ? one_version(((const struct catalogue_ending *)f->endings->pdata[at])->version) : NULL;
}

/* ---- pairs, which get places while the cells are counted --------------------------------------------------------- */

enum met { MET_EDGE, MET_ENDING, MET_ASSOCIATION, MET_RIVAL, MET_STAY };

/* True if this pair already has a place. Otherwise it gets the next one. Either way *place is set. */
static bool has_met(struct count_layout *l, enum met kind, guint one, guint other, guint *place)
{
    const int64_t key = (int64_t)kind << 60 | (int64_t)one << 30 | other;
    assert(l->met && one < 1u << 30 && other < 1u << 30);
    const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(l->met, &key));
    *place = found > 0 ? found - 1 : l->n;
    if (found == 0)
        g_hash_table_insert(l->met, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(l->n + 1));
    return found > 0;
}

guint count_layout_edge(struct count_layout *l, int32_t from, int32_t to, bool ending)
{
    guint place;
    assert(from >= -1 && from < (int32_t)l->film->nodes->len && to >= 0);
    if (!has_met(l, ending ? MET_ENDING : MET_EDGE, (guint)(from + 1), (guint)to, &place)) {
        const struct count_edge e = {from, to, ending, reserve_places(l, 1)};
        g_array_append_val(l->edges, e);
    }
    return place;
}

guint count_layout_stay(struct count_layout *l, guint node, int32_t second, enum tally_stay how)
{
    guint place;
    assert(node < l->film->nodes->len && second >= 0 && second <= TALLY_STAY_SECONDS);
    if (!has_met(l, MET_STAY, node, (guint)second * TALLY_STAYS + how, &place)) {
        const struct count_stay s = {node, second, how, reserve_places(l, 1)};
        g_array_append_val(l->stays, s);
    }
    return place;
}

guint count_layout_association(struct count_layout *l, guint trait, guint decision)
{
    guint place;
    assert(trait < l->film->traits->len);
    if (!has_met(l, MET_ASSOCIATION, trait, decision, &place)) {
        const struct count_association a = {decision, reserve_places(l, size_of_association(l->film, decision))};
        g_array_append_val(l->associations[trait], a);
    }
    return place;
}

guint count_layout_rival(struct count_layout *l, guint prop, guint other)
{
    guint place;
    assert(prop != other && prop < l->film->props->len && other < l->film->props->len);
    if (!has_met(l, MET_RIVAL, prop, other, &place)) {
        const struct count_rival r = {other, reserve_places(l, 2)};
        g_array_append_val(l->rivals[prop], r);
    }
    return place;
}

guint count_layout_menu(struct count_layout *l, guint decision, uint64_t options)
{
    struct count_menu menu = {decision, options, l->n};
    assert(l->met_menus && decision < l->film->decisions->len);
    const struct count_menu *known = g_hash_table_lookup(l->met_menus, &menu);
    if (known)
        return known->place;
    (void)reserve_places(l, size_of_menu(l->film, decision));
    g_array_append_val(l->menus[decision], menu);
    g_hash_table_add(l->met_menus, g_memdup2(&menu, sizeof menu));
    return menu.place;
}

/* ---- the final order --------------------------------------------------------------------------------------------- */

struct order {
    const struct count_layout *layout;
    const int64_t *x;
};

static int by_times(const void *a, const void *b, void *data)
{
    const struct count_edge *p = a, *q = b;
    const int64_t *x = ((const struct order *)data)->x;
    if (x[p->place] != x[q->place])
        return x[p->place] > x[q->place] ? -1 : 1;
    if (p->from != q->from)
        return p->from - q->from;
    return p->to != q->to ? p->to - q->to : p->ending - q->ending;
}

static struct stats_association strength(const struct order *o, const struct count_association *a)
{
    return stats_association(o->x + a->place, (int)n_options(o->layout->film, a->decision), COUNT_N_LEVELS);
}

static int by_strength(const void *a, const void *b, void *data)
{
    const struct stats_association p = strength(data, a), q = strength(data, b);
    if (p.bits != q.bits)
        return p.bits > q.bits ? -1 : 1;
    if (p.p_value != q.p_value)
        return p.p_value < q.p_value ? -1 : 1;
    const guint d = ((const struct count_association *)a)->decision,
                e = ((const struct count_association *)b)->decision;
    return d < e ? -1 : d > e;
}

static int by_second(const void *a, const void *b)
{
    const struct count_stay *p = a, *q = b;
    if (p->node != q->node)
        return p->node < q->node ? -1 : 1;
    return p->second != q->second ? p->second - q->second : (int)p->how - (int)q->how;
}

static int by_prop(const void *a, const void *b)
{
    const struct count_rival *p = a, *q = b;
    return p->prop < q->prop ? -1 : p->prop > q->prop;
}

static int by_exposures(const void *a, const void *b, void *data)
{
    const struct count_menu *p = a, *q = b;
    const int64_t *x = ((const struct order *)data)->x;
    if (x[p->place] != x[q->place])
        return x[p->place] > x[q->place] ? -1 : 1;
    return p->options < q->options ? -1 : p->options > q->options;
}

static void put_in_order(struct count_layout *l, const int64_t *x)
{
    struct order o = {l, x};
    g_array_sort_with_data(l->edges, by_times, &o);
    g_array_sort(l->stays, by_second);
    for (guint i = 0; i < l->film->traits->len; i++)
        g_array_sort_with_data(l->associations[i], by_strength, &o);
    for (guint i = 0; i < l->film->props->len; i++)
        g_array_sort(l->rivals[i], by_prop);
    for (guint i = 0; i < l->film->decisions->len; i++)
        g_array_sort_with_data(l->menus[i], by_exposures, &o);
}

struct numbering {
    guint *to;  /* new place of each old one */
    guint next; /* the first new place that is free */
};

static void renumber(struct numbering *r, guint *place, guint size)
{
    for (guint i = 0; i < size; i++)
        r->to[*place + i] = r->next + i;
    *place = r->next;
    r->next += size;
}

static void renumber_blocks(struct numbering *r, guint *first, guint n, guint size)
{
    for (guint i = 0; i < n; i++)
        renumber(r, &first[i], size);
}

static void renumber_decisions(struct numbering *r, const struct count_layout *l, guint *first,
                               guint (*size_of)(const struct catalogue_film *f, guint i))
{
    for (guint i = 0; i < l->film->decisions->len; i++)
        renumber(r, &first[i], size_of(l->film, i));
}

static void renumber_trait(struct numbering *r, struct count_layout *l, guint i)
{
    renumber(r, &l->trait[i], COUNTS_PER_TRAIT);
    for (guint k = 0; k < l->associations[i]->len; k++) {
        struct count_association *a = &g_array_index(l->associations[i], struct count_association, k);
        renumber(r, &a->place, size_of_association(l->film, a->decision));
    }
}

static void renumber_prop(struct numbering *r, struct count_layout *l, guint i)
{
    renumber(r, &l->prop[i], COUNTS_PER_PROP);
    for (guint k = 0; k < l->rivals[i]->len; k++)
        renumber(r, &g_array_index(l->rivals[i], struct count_rival, k).place, 2);
}

/* The menus of decisions that have several, or of the others: there a menu tells nothing new. */
static void renumber_menus(struct numbering *r, struct count_layout *l, bool several)
{
    for (guint i = 0; i < l->film->decisions->len; i++)
        for (guint k = 0; k < l->menus[i]->len && (l->menus[i]->len > 1) == several; k++)
            renumber(r, &g_array_index(l->menus[i], struct count_menu, k).place, size_of_menu(l->film, i));
}

static void renumber_shown(struct numbering *r, struct count_layout *l, const guint *paths, guint *path_place)
{
    renumber_blocks(r, l->version, l->film->versions->len, COUNTS_PER_VERSION);
    renumber_blocks(r, l->node, l->film->nodes->len, COUNTS_PER_NODE);
    renumber_decisions(r, l, l->decision, size_of_decision);
    renumber_blocks(r, l->ending, l->film->endings->len, 1);
    for (guint i = 0; i < l->edges->len; i++)
        renumber(r, &g_array_index(l->edges, struct count_edge, i).place, 1);
    for (guint i = 0; i < l->stays->len; i++)
        renumber(r, &g_array_index(l->stays, struct count_stay, i).place, 1);
    for (guint i = 0; i < l->film->versions->len; i++) {
        path_place[i] = r->next;
        r->next += paths[i];
    }
    for (guint i = 0; i < l->film->traits->len; i++)
        renumber_trait(r, l, i);
    for (guint i = 0; i < l->film->props->len; i++)
        renumber_prop(r, l, i);
    renumber_menus(r, l, true);
}

void count_layout_settle(struct count_layout *l, const int64_t *x, const guint *paths, guint *path_place,
                         guint *renumbered)
{
    assert(l->met && l->n_shown == 0);
    struct numbering r = {renumbered, 0};
    put_in_order(l, x);
    renumber_shown(&r, l, paths, path_place);
    l->n_shown = r.next;
    renumber_blocks(&r, l->version_detail, l->film->versions->len, COUNT_DETAILS_PER_VERSION);
    renumber_blocks(&r, l->node_detail, l->film->nodes->len, COUNT_DETAILS_PER_NODE);
    renumber_decisions(&r, l, l->decision_detail, size_of_decision_detail);
    renumber_menus(&r, l, false);
    assert(r.next >= l->n);
    l->n = r.next;
    g_clear_pointer(&l->met, g_hash_table_unref);
    g_clear_pointer(&l->met_menus, g_hash_table_unref);
    assert(count_layout_check(l));
}

/* ---- counts derived from other counts ---------------------------------------------------------------------------- */

static void complete_node(const struct count_layout *l, guint i, int64_t *x)
{
    const GArray *versions = ((const struct catalogue_node *)l->film->nodes->pdata[i])->versions;
    for (guint v = 0; v < versions->len; v++)
        x[l->node[i] + COUNT_NODE_POSSIBLE] += x[l->version[g_array_index(versions, int32_t, v)] + COUNT_VIEWINGS];
}

static void complete_decision(const struct count_layout *l, guint i, int64_t *x)
{
    int64_t *picked_at = x + l->decision[i] + COUNT_PICKED_AT;
    for (guint o = 0; o < n_options(l->film, i); o++) {
        const int64_t *of_option = x + count_layout_option(l, i, o) + COUNT_OPTION_PICKED_AT;
        for (guint c = 0; c < STATS_CLASSES; c++)
            picked_at[c] += of_option[c];
    }
}

static void complete_trait(const struct count_layout *l, guint i, int64_t *x)
{
    int64_t *trait = x + l->trait[i];
    assert(trait[COUNT_PROFILES] == 0);
    for (guint level = 0; level < COUNT_N_LEVELS; level++)
        trait[COUNT_PROFILES] += trait[COUNT_SURE + level];
    trait[COUNT_TRAIT_VIEWINGS] += trait[COUNT_PROFILES];
}

void count_layout_complete(const struct count_layout *l, int64_t *x)
{
    for (guint i = 0; i < l->film->nodes->len; i++)
        complete_node(l, i, x);
    for (guint i = 0; i < l->film->decisions->len; i++)
        complete_decision(l, i, x);
    for (guint i = 0; i < l->film->traits->len; i++)
        complete_trait(l, i, x);
}

/* ---- the invariants ---------------------------------------------------------------------------------------------- */

static void check_discovered(const struct count_layout *l)
{
    for (guint i = 0; i < l->edges->len; i++)
        assert(g_array_index(l->edges, struct count_edge, i).place < l->n_shown);
    for (guint i = 0; i < l->stays->len; i++)
        assert(g_array_index(l->stays, struct count_stay, i).place < l->n_shown);
    for (guint i = 0; i < l->film->traits->len; i++)
        for (guint k = 0; k < l->associations[i]->len; k++)
            assert(g_array_index(l->associations[i], struct count_association, k).place > l->trait[i]);
    for (guint i = 0; i < l->film->props->len; i++)
        for (guint k = 0; k < l->rivals[i]->len; k++)
            assert(g_array_index(l->rivals[i], struct count_rival, k).prop != i);
}

bool count_layout_check(const struct count_layout *l)
{
    guint at = 0;
    for (guint i = 0; i < l->film->versions->len; i++, at += COUNTS_PER_VERSION)
        assert(l->version[i] == at);
    for (guint i = 0; i < l->film->nodes->len; i++, at += COUNTS_PER_NODE)
        assert(l->node[i] == at);
    for (guint i = 0; i < l->film->decisions->len; at += size_of_decision(l->film, i), i++)
        assert(l->decision[i] == at);
    check_discovered(l);
    at = l->n_shown;
    for (guint i = 0; i < l->film->versions->len; i++, at += COUNT_DETAILS_PER_VERSION)
        assert(l->version_detail[i] == at);
    for (guint i = 0; i < l->film->nodes->len; i++, at += COUNT_DETAILS_PER_NODE)
        assert(l->node_detail[i] == at);
    for (guint i = 0; i < l->film->decisions->len; at += size_of_decision_detail(l->film, i), i++)
        assert(l->decision_detail[i] == at);
    for (guint i = 0; i < l->film->decisions->len; i++)
        at += l->menus[i]->len == 1 ? size_of_menu(l->film, i) : 0;
    assert(at == l->n);
    return true;
}
