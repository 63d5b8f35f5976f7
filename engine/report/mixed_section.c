#include "report/mixed_section.h"

#include "base/json.h"

#include <string.h>

static void put_row(JsonBuilder *b, const struct mixture *m)
{
    char number[SHARE_NUMBER_BYTES];
    g_autoptr(GString) parts = g_string_new(NULL);
    g_autofree char *title = m->question
                                 ? g_strdup_printf("%s › %s", m->question, film_section_title(m->title, m->name))
                                 : g_strdup(film_section_title(m->title, m->id));
    for (guint i = 0; i < m->parts->len; i++) {
        const struct mixture_part *s = &g_array_index(m->parts, struct mixture_part, i);
        g_string_append_printf(parts, "%s%s: %s %% of %" G_GINT64_FORMAT, i > 0 ? ", " : "", s->name,
                               share_row_number(number, stats_share(s->k, s->n) * 100, 1), s->n);
    }
    json_builder_begin_object(b);
    json_put_text(b, "title", title);
    json_put_text(b, "number", m->number);
    json_put_text(b, "by", mixture_by_name(m->by));
    json_put_text(b, "parts", parts->str);
    json_builder_end_object(b);
}

void mixed_section_put(JsonBuilder *b, const struct film_section *s)
{
    const GPtrArray *all = s->chosen->mixtures;
    guint n = 0;
    json_put_object(b, "mixed");
    json_put_array(b, "rows");
    for (guint i = 0; i < all->len; i++)
        if (mixture_differs(all->pdata[i])) {
            put_row(b, all->pdata[i]);
            n++;
        }
    json_builder_end_array(b);
    json_put_int(b, "n", n);
    json_put_bool(b, "hidden", n == 0);
    json_builder_end_object(b);
}
