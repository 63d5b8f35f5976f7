#include "telemetry/survey/survey_internal.h"

#include <math.h>
#include <stdlib.h>

/* ---- props ----------------------------------------------------------------------------------------------------- */

static bool brings(const struct survey_menu *m, guint option, guint prop)
{
    const GArray *props = m->brings->pdata[option];
    for (guint i = 0; props && i < props->len; i++)
        if (g_array_index(props, guint, i) == prop)
            return true;
    return false;
}

/* The props that a menu's open options bring, each once. */
static GArray *props_on_offer(const struct survey_menu *m)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint o = 0; o < m->options->len; o++) {
        const GArray *props = m->locked >> o & 1 ? NULL : m->brings->pdata[o];
        for (guint i = 0; props && i < props->len; i++) {
            const guint prop = g_array_index(props, guint, i);
            bool known = false;
            for (guint k = 0; k < all->len; k++)
                known = known || g_array_index(all, guint, k) == prop;
            if (!known)
                g_array_append_val(all, prop);
        }
    }
    return all;
}

/* Whether an open option brings `one` and not the `other`. */
static bool is_offered_without(const struct survey_menu *m, guint one, guint other)
{
    for (guint o = 0; o < m->options->len; o++)
        if (!(m->locked >> o & 1) && brings(m, o, one) && !brings(m, o, other))
            return true;
    return false;
}

static struct survey_rival *rival_of(struct survey_prop *p, guint other)
{
    for (guint i = 0; i < p->rivals->len; i++)
        if (g_array_index(p->rivals, struct survey_rival, i).prop == (int32_t)other)
            return &g_array_index(p->rivals, struct survey_rival, i);
    const struct survey_rival r = {(int32_t)other, {0, 0}};
    g_array_append_val(p->rivals, r);
    return &g_array_index(p->rivals, struct survey_rival, p->rivals->len - 1);
}

void survey_add_props(struct survey_addition *t, const struct survey_menu *m, int picked, int64_t n)
{
    g_autoptr(GArray) props = props_on_offer(m);
    for (guint i = 0; i < props->len; i++) {
        const guint one = g_array_index(props, guint, i);
        struct survey_prop *p = t->film->props->pdata[one];
        survey_add_ratio(&p->picks, picked >= 0 && brings(m, (guint)picked, one), n);
        for (guint k = 0; k < props->len && picked >= 0; k++) {
            const guint other = g_array_index(props, guint, k);
            const bool mine = brings(m, (guint)picked, one), theirs = brings(m, (guint)picked, other);
            if (one != other && mine != theirs && is_offered_without(m, one, other) &&
                is_offered_without(m, other, one))
                survey_add_ratio(&rival_of(p, other)->picks, mine, n);
        }
    }
}

void survey_add_profile(struct survey_addition *t, const struct tally_cell *c)
{
    const guint at = survey_place_of(t->l->traits, tally_a(c));
    struct survey_trait *trait = at ? t->film->traits->pdata[at - 1] : NULL;
    if (!trait)
        return;
    if (c->b == 0) {
        trait->none += c->n;
        return;
    }
    trait->leans[MIN(tally_profile_percent(c->b), SURVEY_LEANS - 1)] += c->n;
    trait->sure[tally_profile_sure(c->b)] += c->n;
}

static struct survey_association *association_of(struct survey_trait *t, struct survey_decision *d)
{
    for (guint i = 0; i < t->associations->len; i++) {
        struct survey_association *association = t->associations->pdata[i];
        if (association->decision == d)
            return association;
    }
    struct survey_association *association = g_new0(struct survey_association, 1);
    association->decision = d;
    g_ptr_array_add(t->associations, association);
    return association;
}

void survey_add_association(struct survey_addition *t, const struct tally_cell *c)
{
    const guint at = survey_place_of(t->l->traits, tally_association_trait(c->b));
    struct survey_decision *d = survey_by_id(t->l->decisions, tally_a(c));
    const struct survey_option *o = survey_by_id(t->l->options, tally_association_option(c->b));
    guint place_of = 0;
    if (!at || !d || !o || !g_ptr_array_find(d->options, o, &place_of))
        return;
    struct survey_association *association = association_of(t->film->traits->pdata[at - 1], d);
    if (place_of >= association->rows) { /* with `pool`, a decision gets options from several stores */
        association->table = g_renew(int64_t, association->table, d->options->len * SURVEY_LEVELS);
        for (guint i = association->rows * SURVEY_LEVELS; i < d->options->len * SURVEY_LEVELS; i++)
            association->table[i] = 0;
        association->rows = d->options->len;
    }
    association->table[place_of * SURVEY_LEVELS + (guint)MIN(tally_association_level(c->b), SURVEY_LEVELS - 1)] += c->n;
    association->n += c->n;
}

void survey_add_prop(struct survey_addition *t, const struct tally_cell *c)
{
    const guint at = survey_place_of(t->l->props, tally_a(c));
    struct survey_prop *p = at ? t->film->props->pdata[at - 1] : NULL;
    if (p)
        *(c->b == TALLY_PROP_TAKEN ? &p->again.n : &p->again.k) += c->n;
}

static int by_bits(const void *a, const void *b)
{
    const struct survey_association *x = *(struct survey_association *const *)a,
                                    *y = *(struct survey_association *const *)b;
    if (x->bits != y->bits)
        return x->bits > y->bits ? -1 : 1;
    return x->p_value < y->p_value ? -1 : x->p_value > y->p_value;
}

/* The mean of the leans with its interval (normal, from their own spread), and who tells most. */
static void finish_trait(struct survey_trait *t)
{
    double sum = 0, squares = 0, n = 0;
    for (int i = 0; i < SURVEY_LEANS; i++) {
        const double x = i / 100.0, k = (double)t->leans[i];
        n += k;
        sum += k * x;
        squares += k * x * x;
    }
    t->mean = n > 0 ? sum / n : NAN;
    const double variance = n > 1 ? fmax(0, squares - sum * sum / n) / (n - 1) : NAN;
    const double half = STATS_Z95 * sqrt(variance / n);
    t->interval = (struct stats_interval){fmax(0, t->mean - half), fmin(1, t->mean + half)};
    for (guint i = 0; i < t->associations->len; i++) {
        struct survey_association *association = t->associations->pdata[i];
        const struct stats_association s = stats_association(association->table, (int)association->rows, SURVEY_LEVELS);
        association->bits = s.bits;
        association->p_value = s.p_value;
    }
    g_ptr_array_sort(t->associations, by_bits);
}

static int by_prop(const void *a, const void *b)
{
    return ((const struct survey_rival *)a)->prop - ((const struct survey_rival *)b)->prop;
}

void survey_finish_traits(struct survey_film *f)
{
    for (guint i = 0; i < f->traits->len; i++)
        finish_trait(f->traits->pdata[i]);
    for (guint i = 0; i < f->props->len; i++) {
        GArray *rivals = ((struct survey_prop *)f->props->pdata[i])->rivals;
        if (rivals->len > 0)
            qsort(rivals->data, rivals->len, sizeof(struct survey_rival), by_prop);
    }
}
