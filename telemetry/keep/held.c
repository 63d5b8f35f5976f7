#include "telemetry/keep/held.h"

#include "base/embedded.h"
#include "base/hex.h"
#include "telemetry/store/query.h"

#include <string.h>

static const char doing[] = "cannot be read";

bool held_key(const char *text, uint8_t key[16])
{
    uint8_t whole[32];
    g_autofree char *small = g_ascii_strdown(text, -1);
    if (g_uuid_string_is_valid(text)) {
        tel_id_bytes(text, key);
        return true;
    }
    if (!hex_parse(small, sizeof whole, whole))
        return false;
    memcpy(key, whole, 16);
    return true;
}

static void free_viewing(void *data)
{
    struct held_viewing *v = data;
    g_free(v->link);
    g_free(v->story);
    g_free(v->version);
    g_free(v->consent);
    g_free(v->language);
    g_free(v);
}

static struct held_viewing *load_viewing(const struct query *q)
{
    struct held_viewing *v = g_new0(struct held_viewing, 1);
    char link[TEL_ID_SIZE] = "";
    (void)query_id(q, 0, v->id);
    if (query_id(q, 1, link))
        v->link = g_strdup(link);
    v->story = query_copy_name(q, 2);
    v->version = query_copy_name(q, 3);
    v->started_ms = query_number_in(q, 4, QUERY_MS_MIN, QUERY_MS_MAX, 0);
    v->events = query_number_or(q, 5, -1);
    v->received_ms = query_number_in(q, 6, 0, QUERY_MS_MAX, -1);
    v->behind_ms = query_number_or(q, 7, 0);
    v->consent = query_copy_text(q, 8);
    v->language = query_copy_text(q, 9);
    v->answered_ms = query_number_in(q, 10, QUERY_MS_MIN, QUERY_MS_MAX, 0);
    v->dated_ms = query_number_in(q, 11, QUERY_MS_MIN, QUERY_MS_MAX, -1);
    return v;
}

static bool is_collector(struct store *s, GError **error)
{
    int64_t is = 0;
    if (!query_read_number(s, embedded_part("telemetry/keep/held.sql", "is_collector"), doing, &is, error))
        return false;
    if (!is)
        g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND,
                    "%s is no collector's store: nobody has shared anything into it. `frumious telemetry list` tells "
                    "what was recorded here",
                    s->path);
    return is;
}

static bool read_viewings(struct store *s, const uint8_t key[16], GPtrArray *all, GError **error)
{
    struct query q = query_begin(s, embedded_part("telemetry/keep/held.sql", "viewings"), doing);
    query_bind_blob(&q, key, 16);
    while (query_next(&q))
        g_ptr_array_add(all, load_viewing(&q));
    return query_end(&q, error);
}

static bool read_erased(struct store *s, const uint8_t key[16], int64_t *erased_ms, GError **error)
{
    struct query q = query_begin(s, embedded_part("telemetry/keep/held.sql", "erased"), doing);
    query_bind_blob(&q, key, 16);
    *erased_ms = query_next(&q) ? query_number_in(&q, 0, 0, QUERY_MS_MAX, -1) : -1;
    return query_end(&q, error);
}

struct held *held_read(struct store *s, const uint8_t key[16], GError **error)
{
    if (!is_collector(s, error))
        return NULL;
    struct held *h = g_new0(struct held, 1);
    h->viewings = g_ptr_array_new_with_free_func(free_viewing);
    if (read_viewings(s, key, h->viewings, error) && read_erased(s, key, &h->erased_ms, error))
        return h;
    held_free(h);
    return NULL;
}

void held_free(struct held *h)
{
    if (!h)
        return;
    g_ptr_array_unref(h->viewings);
    g_free(h);
}
