#include "telemetry/count/count_paths.h"

#include <assert.h>

static_assert(sizeof(gpointer) >= sizeof(uint64_t), "hashes of paths are keys of a table of pointers");

void count_paths_init(struct count_paths *p, guint n_versions)
{
    *p = (struct count_paths){.all = g_array_new(FALSE, FALSE, sizeof(struct count_path)),
                              .by_hash = g_new(GHashTable *, n_versions + 1),
                              .n_versions = n_versions};
    for (guint i = 0; i < n_versions; i++)
        p->by_hash[i] = g_hash_table_new(g_direct_hash, g_direct_equal);
}

void count_paths_clear(struct count_paths *p)
{
    for (guint i = 0; i < p->all->len; i++) {
        g_strfreev(count_paths_at(p, i)->nodes);
        g_strfreev(count_paths_at(p, i)->words);
    }
    for (guint i = 0; i < p->n_versions; i++)
        g_hash_table_unref(p->by_hash[i]);
    g_free(p->by_hash);
    g_array_unref(p->all);
}

guint count_paths_id(struct count_paths *p, int32_t version, uint64_t hash)
{
    assert(version >= 0 && (guint)version < p->n_versions);
    GHashTable *table = p->by_hash[version];
    const gpointer key = (gpointer)(uintptr_t)hash;
    const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(table, key));
    if (found > 0)
        return found - 1;
    const struct count_path path = {.hash = hash, .version = version, .place = COUNT_NO_PLACE};
    g_array_append_val(p->all, path);
    g_hash_table_insert(table, key, GUINT_TO_POINTER(p->all->len));
    return p->all->len - 1;
}

struct count_path *count_paths_at(const struct count_paths *p, guint id)
{
    assert(id < p->all->len);
    return &g_array_index(p->all, struct count_path, id);
}

void count_paths_set_example(struct count_paths *p, guint id, guint store, int64_t viewing)
{
    struct count_path *path = count_paths_at(p, id);
    path->store = store;
    path->example = viewing;
}

struct ranking {
    const struct count_paths *paths;
    const int64_t *x;
};

static int by_rank(const void *a, const void *b, void *data)
{
    const struct ranking *r = data;
    const guint p = *(const guint *)a, q = *(const guint *)b;
    if (r->x[p] != r->x[q])
        return r->x[p] > r->x[q] ? -1 : 1;
    const uint64_t h = count_paths_at(r->paths, p)->hash, i = count_paths_at(r->paths, q)->hash;
    return h < i ? -1 : h > i;
}

GArray *count_paths_ranked(const struct count_paths *p, int32_t version, const int64_t *x)
{
    struct ranking r = {p, x};
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < p->all->len; i++)
        if (x[i] > 0 && count_paths_at(p, i)->version == version)
            g_array_append_val(ids, i);
    g_array_sort_with_data(ids, by_rank, &r);
    return ids;
}
