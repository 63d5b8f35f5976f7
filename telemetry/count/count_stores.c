#include "telemetry/count/count_stores.h"

#include "base/embedded.h"
#include "base/safe.h"
#include "telemetry/store/query.h"

#define DOING "cannot be read"

static struct query begin(struct store *s, const char *name)
{
    return query_begin(s, embedded_part("telemetry/count/count_stores.sql", name), DOING);
}

/* Looks for each viewing of `a` in `b`. */
static bool have_common(struct store *a, struct store *b, bool *common, GError **error)
{
    struct query each = begin(a, "uuids");
    struct query find = begin(b, "find_uuid");
    bool done = true;
    *common = false;
    while (done && !*common && query_next(&each)) {
        size_t size;
        const void *uuid = query_blob(&each, 0, &size);
        query_bind_blob(&find, uuid, size);
        *common = query_next(&find);
        done = query_reset(&find, error);
    }
    const bool found = query_end(&find, done ? error : NULL) && done;
    return query_end(&each, found ? error : NULL) && found;
}

static bool fail_common(const struct store *a, const struct store *b, GError **error)
{
    g_autoptr(GString) both = g_string_new(NULL);
    safe_shell(both, a->path);
    g_string_append_c(both, ' ');
    safe_shell(both, b->path);
    g_set_error(error, STORE_ERROR, STORE_ERROR_SQL,
                "%s and %s hold the same viewing, which must not count twice. Join them first: "
                "frumious merge NEW %s",
                a->path, b->path, both->str);
    return false;
}

static bool are_apart(struct store *const *stores, guint n, GError **error)
{
    for (guint i = 0; i < n; i++)
        for (guint j = i + 1; j < n; j++) {
            bool common;
            if (!have_common(stores[i], stores[j], &common, error))
                return false;
            if (common)
                return fail_common(stores[i], stores[j], error);
        }
    return true;
}

bool count_stores_begin(struct store *const *stores, guint n, GError **error)
{
    guint begun = 0;
    while (begun < n && query_execute(stores[begun], "BEGIN", DOING, error))
        begun++;
    const bool done = begun == n && are_apart(stores, n, error);
    if (!done)
        count_stores_end(stores, begun);
    return done;
}

void count_stores_end(struct store *const *stores, guint n)
{
    for (guint i = 0; i < n; i++)
        query_execute(stores[i], "ROLLBACK", DOING, NULL);
}
