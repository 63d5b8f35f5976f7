#include "report/page_sheet.h"

#include <math.h>
#include <string.h>

/* Path nodes by title; beyond so many words the rarest paths are left out. */
#define WORDS_MAX 60000

/* A JSON text that is safe within <script>: nothing in it opens, closes or comments out an element. */
static void put_text(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (c < ' ' || c == 127 || strchr("\"\\<>&'", (int)(c < 128 ? c : 'a')) || c == 0x2028 || c == 0x2029)
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
    }
    g_string_append_c(out, '"');
}

static void put_member(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, "\"%s\":", name);
    put_text(out, text);
    g_string_append_c(out, ',');
}

static void put_ints(GString *out, const char *name, const GArray *ints)
{
    g_string_append_printf(out, "\"%s\":[", name);
    for (guint i = 0; i < ints->len; i++)
        g_string_append_printf(out, "%s%d", i ? "," : "", g_array_index(ints, int32_t, i));
    g_string_append_c(out, ']');
}

/* Each word once, as a place. */
struct words {
    GHashTable *places; /* of borrowed text */
    GPtrArray *all;
    guint used;
};

static guint word(struct words *w, const char *text)
{
    const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(w->places, text));
    w->used++;
    if (found)
        return found - 1;
    g_ptr_array_add(w->all, (void *)(uintptr_t)text);
    g_hash_table_insert(w->places, (void *)(uintptr_t)text, GUINT_TO_POINTER(w->all->len));
    return w->all->len - 1;
}

struct ranked {
    guint64 hash;
    guint at; /* in version->paths */
};

static int by_hash(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* The commonest, in the order of their hashes: that is how a survey orders paths that are equally common. */
static void put_paths(const struct sheet *s, guint v, struct words *w)
{
    GString *out = s->h.out;
    const struct survey_version *version = s->film->versions->pdata[v];
    g_autoptr(GArray) ranked = g_array_new(FALSE, FALSE, sizeof(struct ranked));
    for (guint i = 0, used = w->used; i < version->paths->len && used < WORDS_MAX; i++) {
        const struct survey_path *p = version->paths->pdata[i];
        const struct ranked one = {p->hash, i};
        used += p->nodes ? g_strv_length(p->nodes) : 0;
        g_array_append_val(ranked, one);
    }
    g_array_sort(ranked, by_hash);
    g_string_append(out, "\"paths\":[");
    for (guint i = 0; i < ranked->len; i++) {
        const guint at = g_array_index(ranked, struct ranked, i).at;
        const struct survey_path *p = version->paths->pdata[at];
        g_string_append_printf(out, "%s[%u", i ? "," : "", s->slots->path[v][at]);
        for (char **node = p->nodes; node && *node; node++)
            g_string_append_printf(out, ",%u", word(w, *node));
        g_string_append_c(out, ']');
    }
    g_string_append_printf(out, "],\"all_paths\":%s", ranked->len == version->distinct_paths ? "true" : "false");
}

static void put_versions(const struct sheet *s, struct words *w)
{
    GString *out = s->h.out;
    g_string_append(out, "\"versions\":[");
    for (guint v = 0; v < s->film->versions->len; v++) {
        const struct survey_version *version = s->film->versions->pdata[v];
        g_string_append(out, v ? ",\n{" : "{");
        put_member(out, "name", version->version ? version->version : "");
        g_string_append_printf(out, "\"at\":%u,", s->slots->version[v]);
        put_paths(s, v, w);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "],\n");
}

static void put_nodes(const struct sheet *s)
{
    GString *out = s->h.out;
    g_string_append(out, "\"nodes\":[");
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct survey_node *n = s->film->nodes->pdata[i];
        g_string_append(out, i ? ",\n{" : "{");
        put_member(out, "title", sheet_titled(n->title, n->name));
        put_member(out, "id", n->name);
        g_string_append_printf(out, "\"at\":%u,", s->slots->node[i]);
        put_ints(out, "versions", n->versions);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "],\n\"endings\":[");
    for (guint i = 0; i < s->film->endings->len; i++) {
        const struct survey_ending *e = s->film->endings->pdata[i];
        g_string_append(out, i ? ",\n{" : "{");
        put_member(out, "title", sheet_titled(e->title, e->name));
        g_string_append_printf(out, "\"at\":%u,\"version\":%d}", s->slots->ending[i], e->version);
    }
    g_string_append(out, "],\n\"edges\":[");
    for (guint i = 0; i < s->film->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(s->film->edges, struct survey_edge, i);
        g_string_append_printf(out, "%s[%d,%d,%u]", i ? "," : "", e->from,
                               e->to + (e->ending ? (int)s->film->nodes->len : 0), s->slots->edge[i]);
    }
    g_string_append(out, "],\n");
}

static void put_decisions(const struct sheet *s)
{
    GString *out = s->h.out;
    g_string_append(out, "\"decisions\":[");
    for (guint i = 0; i < s->film->decisions->len; i++) {
        const struct survey_decision *d = s->film->decisions->pdata[i];
        g_string_append(out, i ? ",\n{" : "{");
        put_member(out, "title", sheet_titled(d->title, d->name));
        put_member(out, "node", d->node ? d->node : "");
        g_string_append_printf(out, "\"at\":%u,\"options\":[", s->slots->decision[i]);
        for (guint o = 0; o < d->options->len; o++) {
            g_string_append(out, o ? "," : "");
            put_text(out, sheet_titled(survey_option_of(d, o)->title, survey_option_of(d, o)->name));
        }
        g_string_append(out, "],");
        put_ints(out, "versions", d->versions);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "],\n");
}

static void put_traits(const struct sheet *s)
{
    GString *out = s->h.out;
    g_string_append(out, "\"traits\":[");
    for (guint i = 0; i < s->film->traits->len; i++) {
        const struct survey_trait *t = s->film->traits->pdata[i];
        g_string_append_printf(out, "%s{\"at\":%u,\"tells\":[", i ? "," : "", s->slots->trait[i]);
        for (guint k = 0; k < t->tells->len; k++) {
            const struct survey_tell *tell = t->tells->pdata[k];
            guint decision = 0;
            g_ptr_array_find(s->film->decisions, tell->decision, &decision);
            g_string_append_printf(out, "%s[%u,%u,%u]", k ? "," : "", decision, s->slots->tell[i][k],
                                   tell->decision->options->len);
        }
        g_string_append(out, "]}");
    }
    g_string_append(out, "],\n");
}

static void put_weigh(const struct sheet *s)
{
    const GArray *rows = weigh_rows(s->weigh, s->nth);
    char text[32], measured[32];
    g_string_append(s->h.out, "\"weigh\":[");
    for (guint i = 0; rows && i < rows->len; i++) {
        const struct weigh_row *r = &g_array_index(rows, struct weigh_row, i);
        g_string_append_printf(s->h.out, "%s[%u,%s,%s,%s]", i ? "," : "", r->decision,
                               r->film->compared ? html_number(text, r->film->shift, 6) : "null",
                               r->film->illusion ? "true" : "false",
                               isfinite(r->film->measured) ? html_number(measured, r->film->measured, 6) : "null");
    }
    g_string_append(s->h.out, "],\n");
}

/* Where counts stand from the first place of each thing, so that report/slots.h is the one list of them. */
static void put_slots(GString *out)
{
    static const struct {
        const char *name;
        int at;
    } slots[] = {
        {"viewings", SLOTS_VIEWINGS},
        {"whole", SLOTS_WHOLE},
        {"of", SLOTS_OF},
        {"came", SLOTS_CAME},
        {"visits", SLOTS_VISITS},
        {"quits", SLOTS_QUITS},
        {"playing", SLOTS_PLAYING},
        {"paused", SLOTS_PAUSED},
        {"planned", SLOTS_PLANNED},
        {"plannedVisits", SLOTS_PLANNED_VISITS},
        {"exposures", SLOTS_EXPOSURES},
        {"timeout", SLOTS_TIMEOUT},
        {"gone", SLOTS_GONE},
        {"outcomes", SLOTS_OUTCOMES},
        {"changed", SLOTS_CHANGED},
        {"pickedAt", SLOTS_PICKED_AT},
        {"censoredAt", SLOTS_CENSORED_AT},
        {"options", SLOTS_OPTIONS},
        {"ofOption", SLOTS_OF_OPTION},
        {"picks", SLOTS_PICKS},
        {"available", SLOTS_AVAILABLE},
        {"took", SLOTS_TOOK},
        {"classes", STATS_CLASSES},
        {"leans", SURVEY_LEANS},
        {"sure", SLOTS_SURE},
        {"profiles", SLOTS_PROFILES},
        {"asked", SLOTS_ASKED},
    };
    g_string_append(out, "\"slot\":{");
    for (size_t i = 0; i < G_N_ELEMENTS(slots); i++)
        g_string_append_printf(out, "%s\"%s\":%d", i ? "," : "", slots[i].name, slots[i].at);
    g_string_append(out, "},\n");
}

void sheet_data(const struct sheet *s)
{
    GString *out = s->h.out;
    const struct survey_options *o = &s->survey->options;
    struct words words = {g_hash_table_new(g_str_hash, g_str_equal), g_ptr_array_new(), 0};
    g_string_append_printf(out, "<script type=\"application/json\" id=\"data-%u\">{", s->nth);
    put_member(out, "title", sheet_titled(s->film->title, s->film->name));
    g_string_append_printf(out, "\"floor\":%" G_GINT64_FORMAT ",\"n\":%u,\"chosen\":{\"viewings\":%d,\"time\":%d},\n",
                           MAX(o->floor, 1), s->slots->n, o->viewings, o->time);
    put_slots(out);
    put_versions(s, &words);
    put_nodes(s);
    put_decisions(s);
    put_traits(s);
    put_weigh(s);
    g_string_append(out, "\"words\":[");
    for (guint i = 0; i < words.all->len; i++) {
        g_string_append(out, i ? "," : "");
        put_text(out, words.all->pdata[i]);
    }
    g_string_append(out, "],\n");
    cells_json(s->cells, s->nth, out);
    g_string_append(out, "}</script>\n");
    g_hash_table_unref(words.places);
    g_ptr_array_unref(words.all);
}
