#include "telemetry/share/destination.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

static struct query begin_statement(struct store *s, const char *name)
{
    return query_begin(s, embedded_part("telemetry/share/destination.sql", name), "cannot be written");
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void free_destination(void *data)
{
    struct destination *d = data;
    g_free(d->story);
    g_free(d->address);
    g_free(d->name);
    g_free(d->token);
    g_free(d->text);
    g_free(d->language);
    memset(d->secret, 0, sizeof d->secret);
    g_free(d);
}

static struct destination *load_destination(const struct query *q)
{
    struct destination *d = g_new0(struct destination, 1);
    size_t size = 0;
    d->id = query_number(q, 0);
    d->story = query_copy_name(q, 1);
    d->address = query_copy_name(q, 2);
    d->name = query_copy_name(q, 3);
    d->token = query_copy_text(q, 4);
    const void *secret = query_blob(q, 5, &size);
    d->has_secret = secret && size == sizeof d->secret;
    if (d->has_secret)
        memcpy(d->secret, secret, sizeof d->secret);
    d->answer =
        (enum destination_answer)query_number_in(q, 6, DESTINATION_NO, DESTINATION_WITHDRAWN, DESTINATION_NOT_ASKED);
    d->answered_ms = query_number_in(q, 7, QUERY_MS_MIN, QUERY_MS_MAX, 0);
    d->text = query_copy_text(q, 8);
    d->language = query_copy_text(q, 9);
    d->viewings = query_number(q, 10);
    d->refused = query_number(q, 11);
    d->waiting = query_number(q, 12);
    d->erasures = query_number_in(q, 13, 0, INT64_MAX, 0);
    d->confirmed_ms = query_number_in(q, 14, 0, QUERY_MS_MAX, 0);
    return d;
}

GPtrArray *destinations_read(struct store *s, const char *story, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_destination);
    struct query q = query_begin(s, embedded_part("telemetry/share/destination.sql", "read"), "cannot be read");
    query_bind_text(&q, story);
    while (query_next(&q))
        g_ptr_array_add(all, load_destination(&q));
    return query_end(&q, error) ? g_steal_pointer(&all) : NULL;
}

const struct destination *destination_find(const GPtrArray *all, const char *address)
{
    for (guint i = 0; i < all->len; i++) {
        const struct destination *d = all->pdata[i];
        if (strcmp(d->address, address) == 0)
            return d;
    }
    return NULL;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static bool add_destination(struct store *s, const struct destination *d, int64_t *id, GError **error)
{
    struct query q = begin_statement(s, "add");
    query_bind_text(&q, d->story);
    query_bind_text(&q, d->address);
    query_bind_text(&q, d->name);
    query_bind_text(&q, d->token);
    *id = query_next(&q) ? query_number(&q, 0) : 0;
    return query_run(&q, error);
}

bool destination_refresh(struct store *s, const struct destination *d, GError **error)
{
    int64_t id = 0;
    return add_destination(s, d, &id, error);
}

static bool add_answer(struct store *s, int64_t id, enum destination_answer answer, const char *text,
                       const char *language, int64_t now_ms, GError **error)
{
    struct query q = begin_statement(s, "add_answer");
    query_bind(&q, id);
    query_bind(&q, now_ms);
    query_bind(&q, answer);
    query_bind_text(&q, language);
    query_bind_text(&q, text);
    return query_run(&q, error);
}

static bool make_secret(struct store *s, int64_t id, GError **error)
{
    uint8_t secret[DESTINATION_SECRET_SIZE];
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_SQL, "%s: the system gives no random numbers", s->path);
        return false;
    }
    struct query q = begin_statement(s, "make_secret");
    query_bind(&q, id);
    query_bind_blob(&q, secret, sizeof secret);
    return query_run(&q, error);
}

static bool run_of(struct store *s, const char *name, int64_t id, GError **error)
{
    struct query q = begin_statement(s, name);
    query_bind(&q, id);
    return query_run(&q, error);
}

static bool begin(struct store *s, GError **error)
{
    return query_execute(s, "BEGIN IMMEDIATE", "cannot be written", error);
}

bool destination_answer(struct store *s, const struct destination *d, enum destination_answer answer, const char *text,
                        const char *language, int64_t now_ms, GError **error)
{
    int64_t id = 0;
    assert(answer == DESTINATION_NO || answer == DESTINATION_YES);
    if (!begin(s, error))
        return false;
    const bool done = add_destination(s, d, &id, error) && add_answer(s, id, answer, text, language, now_ms, error) &&
                      (answer == DESTINATION_NO || make_secret(s, id, error));
    return query_commit(s, done, "cannot be written", error);
}

static bool erase_all(struct store *s, int64_t id, int64_t now_ms, GError **error)
{
    struct query q = begin_statement(s, "erase_all");
    query_bind(&q, id);
    query_bind(&q, now_ms);
    return query_run(&q, error);
}

static bool withdraw(struct store *s, const struct destination *d, int64_t now_ms, GError **error)
{
    return add_answer(s, d->id, DESTINATION_WITHDRAWN, d->text, d->language, now_ms, error) &&
           erase_all(s, d->id, now_ms, error) && run_of(s, "mark_withdrawn", d->id, error) &&
           run_of(s, "destroy_secret", d->id, error);
}

bool destination_withdraw(struct store *s, const struct destination *d, int64_t now_ms, GError **error)
{
    assert(d->id != 0 && d->text && d->language);
    if (!query_execute(s, "PRAGMA secure_delete=ON", "cannot be written", error))
        return false;
    const bool done = begin(s, error) && query_commit(s, withdraw(s, d, now_ms, error), "cannot be written", error);
    (void)query_execute(s, "PRAGMA secure_delete=OFF", "cannot be written", NULL);
    return done;
}
