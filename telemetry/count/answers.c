#include "telemetry/count/answers.h"

#include "telemetry/record.h"

#include <assert.h>

#define OPTION_MAX INT64_C(0xffffffffffff) /* no sound store has a larger id */

/* What one viewing did with one option, in exposures of one time mode in which it could be taken. */
struct cluster {
    int64_t option; /* with the time mode in its lowest byte: the key */
    int64_t picks, offers, first_picks, first_offers;
};

void answers_init(struct answers *a)
{
    *a = (struct answers){.all = g_array_new(FALSE, FALSE, sizeof(struct answer)),
                          .firsts = g_hash_table_new(g_int64_hash, g_int64_equal),
                          .clusters = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free)};
}

void answers_free(struct answers *a)
{
    g_array_unref(a->all);
    g_hash_table_unref(a->firsts);
    g_hash_table_unref(a->clusters);
}

void answers_clear(struct answers *a)
{
    g_hash_table_remove_all(a->firsts); /* its keys lie in `all` */
    g_array_set_size(a->all, 0);
    a->repeated = false;
}

void answers_add(struct answers *a, struct answer one)
{
    assert(g_hash_table_size(a->firsts) == 0);
    g_array_append_val(a->all, one);
}

static bool is_answered(const struct answer *x)
{
    return x->what == TEL_WHAT_PICK || x->what == TEL_WHAT_TIMEOUT;
}

void answers_mark_first(struct answers *a)
{
    for (guint i = 0; i < a->all->len; i++) {
        struct answer *x = &g_array_index(a->all, struct answer, i);
        struct answer *known = g_hash_table_lookup(a->firsts, &x->decision);
        a->repeated = a->repeated || known;
        if (known && (is_answered(known) || !is_answered(x)))
            continue;
        if (known)
            known->first = false;
        x->first = true;
        g_hash_table_replace(a->firsts, &x->decision, x);
    }
}

static struct cluster *cluster_of(struct answers *a, int64_t option, int time)
{
    const int64_t key = option << 8 | (time & 0xff);
    struct cluster *c = g_hash_table_lookup(a->clusters, &key);
    if (!c) {
        c = g_new0(struct cluster, 1);
        c->option = key;
        g_hash_table_insert(a->clusters, &c->option, c);
    }
    return c;
}

static void add_to_clusters(struct answers *a, const struct answer *x, const GArray *open)
{
    for (guint i = 0; i < open->len; i++) {
        const int64_t option = g_array_index(open, int64_t, i);
        if (option < 0 || option > OPTION_MAX)
            continue;
        const bool picked = x->what == TEL_WHAT_PICK && x->option == option;
        struct cluster *c = cluster_of(a, option, x->time);
        c->offers++;
        c->picks += picked;
        c->first_offers += x->first;
        c->first_picks += x->first && picked;
    }
}

/* A viewing with a single answer adds nothing: its sums are those of the headline. In a sound store first_offers is 0 or 1;
 * a stranger's may list an option in two decisions' menus. */
static void count_cluster(const struct cluster *c, struct tally *t)
{
    const int64_t option = c->option >> 8;
    const int time = (int)(c->option & 0xff);
    const int64_t more[TALLY_AGAIN_ITEMS] = {
        [TALLY_AGAIN_PICKS] = c->picks - c->first_picks,
        [TALLY_AGAIN_OFFERS] = c->offers - c->first_offers,
        [TALLY_AGAIN_PICKS_SQUARED] = c->picks * c->picks - c->first_picks,
        [TALLY_AGAIN_PICKS_OFFERS] = c->picks * c->offers - c->first_picks,
        [TALLY_AGAIN_OFFERS_SQUARED] = c->offers * c->offers - c->first_offers,
        [TALLY_AGAIN_VIEWINGS] = 1 - c->first_offers,
    };
    for (uint64_t i = 0; i < TALLY_AGAIN_ITEMS; i++)
        tally_add(t, TALLY_AGAIN, time, option, i, more[i]);
}

bool answers_count_again(struct answers *a, struct tally *t, const GArray *(*open)(int64_t menu, void *data),
                         void *data)
{
    bool done = true;
    for (guint i = 0; done && a->repeated && i < a->all->len; i++) {
        const struct answer *x = &g_array_index(a->all, struct answer, i);
        if (x->what == TALLY_OPEN)
            continue;
        const GArray *options = open(x->menu, data);
        done = options != NULL;
        if (!done)
            break;
        add_to_clusters(a, x, options);
        tally_add(t, TALLY_ASKED_AGAIN, x->time, x->decision, 0, !x->first);
    }
    GHashTableIter it;
    gpointer key, c;
    g_hash_table_iter_init(&it, a->clusters);
    while (done && g_hash_table_iter_next(&it, &key, &c))
        count_cluster(c, t);
    g_hash_table_remove_all(a->clusters);
    return done;
}
