#include "edit/text_map.h"

#include <assert.h>

struct text_map {
    const char *text;
    gsize len;
    GArray *lines; /* gsize: where each begins */
};

struct text_map *text_map_new(const char *text, gsize len)
{
    struct text_map *m = g_new(struct text_map, 1);
    gsize at = 0;
    *m = (struct text_map){text, len, g_array_new(FALSE, FALSE, sizeof(gsize))};
    g_array_append_val(m->lines, at);
    while (at < len) {
        const char c = text[at++];
        if (c == '\r' && at < len && text[at] == '\n')
            at++;
        if (c == '\n' || c == '\r')
            g_array_append_val(m->lines, at);
    }
    return m;
}

void text_map_free(struct text_map *m)
{
    if (!m)
        return;
    g_array_unref(m->lines);
    g_free(m);
}

static gsize line_begin(const struct text_map *m, guint line)
{
    return g_array_index(m->lines, gsize, line);
}

/* Before its line break. */
static gsize line_end(const struct text_map *m, guint line)
{
    gsize end = line + 1 < m->lines->len ? line_begin(m, line + 1) : m->len;
    const gsize begin = line_begin(m, line);
    if (end > begin && m->text[end - 1] == '\n')
        end--;
    if (end > begin && m->text[end - 1] == '\r' && line + 1 < m->lines->len)
        end--;
    return end;
}

static guint32 units_of(gunichar c)
{
    return c > 0xFFFF ? 2 : 1;
}

gsize text_map_offset(const struct text_map *m, struct text_place place)
{
    if (place.line >= m->lines->len)
        return m->len;
    const char *p = m->text + line_begin(m, place.line), *const end = m->text + line_end(m, place.line);
    for (guint32 left = place.unit; p < end && left > 0; p = g_utf8_next_char(p)) {
        const guint32 n = units_of(g_utf8_get_char(p));
        if (n > left)
            break;
        left -= n;
    }
    return (gsize)(p - m->text);
}

struct text_place text_map_place(const struct text_map *m, gsize offset)
{
    guint lo = 0, hi = m->lines->len;
    assert(offset <= m->len);
    while (hi - lo > 1) {
        const guint mid = lo + (hi - lo) / 2;
        if (line_begin(m, mid) <= offset)
            lo = mid;
        else
            hi = mid;
    }
    struct text_place place = {lo, 0};
    const char *const to = m->text + MIN(offset, line_end(m, lo));
    for (const char *p = m->text + line_begin(m, lo); p < to; p = g_utf8_next_char(p))
        place.unit += units_of(g_utf8_get_char(p));
    return place;
}
