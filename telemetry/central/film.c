#include "telemetry/central/film.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

static const char doing[] = "cannot be read as a film";

static const char *sql(const char *name)
{
    return embedded_part("telemetry/central/film.sql", name);
}

char *film_read(struct store *s, int64_t story, GError **error)
{
    struct query q = query_begin(s, sql("read"), doing);
    query_bind(&q, story);
    char *text = query_next(&q) ? query_copy_text(&q, 0) : NULL;
    if (query_end(&q, text ? NULL : error) && text)
        return text;
    g_free(text);
    return NULL;
}

static bool read_bases(struct store *s, struct film_base *base, GError **error)
{
    struct query q = query_begin(s, sql("bases"), doing);
    if (query_next(&q))
        *base = (struct film_base){.story = query_number(&q, 0),
                                   .node = query_number(&q, 1),
                                   .decision = query_number(&q, 2),
                                   .option = query_number(&q, 3),
                                   .ending = query_number(&q, 4),
                                   .trait = query_number(&q, 5),
                                   .prop = query_number(&q, 6),
                                   .arm = query_number(&q, 7)};
    return query_end(&q, error);
}

bool film_write(struct store *s, const char *text, struct film_base *base, GError **error)
{
    if (!query_execute(s, sql("prepare"), doing, error))
        return false;
    struct query q = query_begin(s, sql("choose"), doing);
    query_bind_text(&q, text);
    return query_run(&q, error) && read_bases(s, base, error) && query_execute(s, sql("write"), doing, error);
}
