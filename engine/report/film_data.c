#include "report/film_data.h"

#include "base/json.h"
#include "base/safe.h"
#include "base/stats.h"
#include "report/seconds_section.h"
#include "report/viewers_section.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The titles of nodes on all paths together. At this number, the rarest paths are left out. */
#define PATH_WORDS_MAX 60000

/* A JSON string that is safe inside <script>: nothing in it opens or closes an element or begins a comment. */
static void put_json_text(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (safe_is_control(c) || strchr("\"\\<>&'", (int)(c < 128 ? c : 'a')))
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
    }
    g_string_append_c(out, '"');
}

static void put_json_member(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, "\"%s\":", name);
    put_json_text(out, text);
    g_string_append_c(out, ',');
}

static void put_json_ints(GString *out, const char *name, const GArray *ints)
{
    g_string_append_printf(out, "\"%s\":[", name);
    for (guint i = 0; i < ints->len; i++)
        g_string_append_printf(out, "%s%d", i ? "," : "", g_array_index(ints, int32_t, i));
    g_string_append_c(out, ']');
}

/* The script does not check places: none may lie behind the last count. */
static guint place_in(const struct film_section *s, guint place)
{
    assert(place < s->layout->n_shown);
    return place;
}

/* Titles of nodes, each once; paths name them by their index. */
struct word_list {
    GHashTable *places; /* of borrowed text */
    GPtrArray *all;
    guint used;
};

static guint word_index(struct word_list *w, const char *text)
{
    const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(w->places, text));
    w->used++;
    if (found)
        return found - 1;
    g_ptr_array_add(w->all, (void *)(uintptr_t)text);
    g_hash_table_insert(w->places, (void *)(uintptr_t)text, GUINT_TO_POINTER(w->all->len));
    assert(g_hash_table_size(w->places) == w->all->len);
    return w->all->len - 1;
}

struct hashed_path {
    guint64 hash;
    guint at; /* in version->paths */
};

static int by_path_hash(const void *a, const void *b)
{
    const struct hashed_path *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* The most common paths, in the order of their hashes, by which a survey orders paths that are equally common. */
static void put_path_data(GString *out, const struct film_section *s, guint v, struct word_list *w)
{
    const struct survey_version *version = s->film->versions->pdata[v];
    g_autoptr(GArray) hashed_paths = g_array_new(FALSE, FALSE, sizeof(struct hashed_path));
    for (guint i = 0, used = w->used; i < version->paths->len && used < PATH_WORDS_MAX; i++) {
        const struct survey_path *p = version->paths->pdata[i];
        const struct hashed_path one = {p->hash, i};
        used += p->nodes ? g_strv_length(p->nodes) : 0;
        g_array_append_val(hashed_paths, one);
    }
    g_array_sort(hashed_paths, by_path_hash);
    g_string_append(out, "\"paths\":[");
    for (guint i = 0; i < hashed_paths->len; i++) {
        const guint at = g_array_index(hashed_paths, struct hashed_path, i).at;
        const struct survey_path *p = version->paths->pdata[at];
        g_string_append_printf(out, "%s[%u", i ? "," : "", place_in(s, p->place));
        for (char **node = p->words; node && *node; node++)
            g_string_append_printf(out, ",%u", word_index(w, *node));
        g_string_append_c(out, ']');
    }
    g_string_append_printf(out, "],\"all_paths\":%s", hashed_paths->len == version->distinct_paths ? "true" : "false");
}

static void put_version_data(GString *out, const struct film_section *s, struct word_list *w)
{
    g_string_append(out, "\"versions\":[");
    for (guint v = 0; v < s->film->versions->len; v++) {
        const struct survey_version *version = s->film->versions->pdata[v];
        g_string_append(out, v ? ",\n{" : "{");
        put_json_member(out, "name", version->version ? version->version : "");
        g_string_append_printf(out, "\"at\":%u,\"erased\":%" G_GINT64_FORMAT ",\"aged\":%" G_GINT64_FORMAT ",",
                               place_in(s, s->layout->version[v]), version->erased, version->aged);
        put_path_data(out, s, v, w);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "],\n");
}

static void put_node_data(GString *out, const struct film_section *s)
{
    g_string_append(out, "\"nodes\":[");
    for (guint i = 0; i < s->film->nodes->len; i++) {
        const struct survey_node *n = s->film->nodes->pdata[i];
        g_string_append(out, i ? ",\n{" : "{");
        put_json_member(out, "title", film_section_title(n->title, n->name));
        put_json_member(out, "id", n->name);
        g_string_append_printf(out, "\"at\":%u,", place_in(s, s->layout->node[i]));
        put_json_ints(out, "versions", n->versions);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "],\n");
}

static void put_ending_data(GString *out, const struct film_section *s)
{
    g_string_append(out, "\"endings\":[");
    for (guint i = 0; i < s->film->endings->len; i++) {
        const struct survey_ending *e = s->film->endings->pdata[i];
        g_string_append(out, i ? ",\n{" : "{");
        put_json_member(out, "title", film_section_title(e->title, e->name));
        put_json_member(out, "id", e->name);
        g_string_append_printf(out, "\"at\":%u,\"version\":%d}", place_in(s, s->layout->ending[i]), e->version);
    }
    g_string_append(out, "],\n");
}

/* An edge: [from, to, place]. Endings are numbered behind the nodes; from is -1 at the start. */
static void put_edge_data(GString *out, const struct film_section *s)
{
    g_string_append(out, "\"edges\":[");
    for (guint i = 0; i < s->film->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(s->film->edges, struct survey_edge, i);
        g_string_append_printf(out, "%s[%d,%d,%u]", i ? "," : "", e->from,
                               e->to + (e->ending ? (int)s->film->nodes->len : 0), place_in(s, e->place));
    }
    g_string_append(out, "],\n");
}

/* The options whose pick erases the viewing: their share is not known. */
static void put_forgetful(GString *out, const struct survey_decision *d)
{
    g_autoptr(GArray) forgets = g_array_new(FALSE, FALSE, sizeof(int32_t));
    for (guint i = 0; i < d->options->len; i++) {
        const int32_t at = (int32_t)i;
        if (survey_option_of(d, i)->forgets)
            g_array_append_val(forgets, at);
    }
    put_json_ints(out, "forgets", forgets);
    g_string_append_c(out, ',');
}

static void put_option_ids(GString *out, const struct survey_decision *d)
{
    g_string_append(out, "\"ids\":[");
    for (guint o = 0; o < d->options->len; o++) {
        g_string_append(out, o ? "," : "");
        put_json_text(out, survey_option_of(d, o)->name);
    }
    g_string_append(out, "],");
}

static void put_decision_data(GString *out, const struct film_section *s)
{
    g_string_append(out, "\"decisions\":[");
    for (guint i = 0; i < s->film->decisions->len; i++) {
        const struct survey_decision *d = s->film->decisions->pdata[i];
        g_string_append(out, i ? ",\n{" : "{");
        put_json_member(out, "title", film_section_title(d->title, d->name));
        put_json_member(out, "node", d->node ? d->node : "");
        put_json_member(out, "id", d->name);
        put_option_ids(out, d);
        g_string_append_printf(out, "\"at\":%u,\"options\":[", place_in(s, s->layout->decision[i]));
        for (guint o = 0; o < d->options->len; o++) {
            g_string_append(out, o ? "," : "");
            put_json_text(out, film_section_title(survey_option_of(d, o)->title, survey_option_of(d, o)->name));
        }
        g_string_append(out, "],");
        put_forgetful(out, d);
        put_json_ints(out, "versions", d->versions);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "],\n");
}

static void put_trait_data(GString *out, const struct film_section *s)
{
    g_string_append(out, "\"traits\":[");
    for (guint i = 0; i < s->film->traits->len; i++) {
        const struct survey_trait *t = s->film->traits->pdata[i];
        g_string_append_printf(out, "%s{\"at\":%u,\"associations\":[", i ? "," : "", place_in(s, s->layout->trait[i]));
        for (guint k = 0; k < t->associations->len; k++) {
            const struct survey_association *association = t->associations->pdata[k];
            guint decision = 0;
            const bool found = g_ptr_array_find(s->film->decisions, association->decision, &decision);
            assert(found);
            g_string_append_printf(out, "%s[%u,%u,%u]", k ? "," : "", decision, place_in(s, association->place),
                                   association->decision->options->len);
        }
        g_string_append(out, "]}");
    }
    g_string_append(out, "],\n");
}

static void put_impact_data(GString *out, const struct film_section *s)
{
    const GArray *rows = decision_impact_rows(s->impact, s->film_index);
    char text[SHARE_NUMBER_BYTES], measured[SHARE_NUMBER_BYTES];
    g_string_append(out, "\"impact\":[");
    for (guint i = 0; rows && i < rows->len; i++) {
        const struct decision_impact_row *r = &g_array_index(rows, struct decision_impact_row, i);
        assert(r->decision < s->film->decisions->len);
        g_string_append_printf(out, "%s[%u,%s,%s,%s]", i ? "," : "", r->decision,
                               r->film->compared ? share_row_number(text, r->film->shift, 6) : "null",
                               r->film->illusion ? "true" : "false",
                               isfinite(r->film->measured) ? share_row_number(measured, r->film->measured, 6) : "null");
    }
    g_string_append(out, "],\n");
}

/* The offset of each count from the first place of its thing, so that the script does not repeat count_layout.h. */
static void put_count_offsets(GString *out)
{
    static const struct {
        const char *name;
        int at;
    } offsets[] = {
        {"viewings", COUNT_VIEWINGS},
        {"running", COUNT_RUNNING},
        {"twoMinutes", COUNT_TWO_MINUTES},
        {"reached", COUNT_REACHED_ENDING},
        {"lengthKnown", COUNT_LENGTH_KNOWN},
        {"seventy", COUNT_SEVENTY_PERCENT},
        {"whole", COUNT_WHOLE_PATHS},
        {"of", COUNT_NODE_POSSIBLE},
        {"came", COUNT_NODE_VIEWINGS},
        {"visits", COUNT_VISITS},
        {"quits", COUNT_QUITS},
        {"playing", COUNT_PLAYING_US},
        {"paused", COUNT_PAUSED_US},
        {"planned", COUNT_PLANNED_US},
        {"plannedVisits", COUNT_PLANNED_VISITS},
        {"exposures", COUNT_EXPOSURES},
        {"timeout", COUNT_TIMEOUTS},
        {"gone", COUNT_OTHER_OUTCOMES},
        {"outcomes", COUNT_OUTCOMES},
        {"changed", COUNT_CHANGED_MIND},
        {"pickedAt", COUNT_PICKED_AT},
        {"censoredAt", COUNT_CENSORED_AT},
        {"options", COUNT_OPTIONS},
        {"ofOption", COUNTS_PER_OPTION},
        {"picks", COUNT_PICKS},
        {"available", COUNT_AVAILABLE},
        {"took", COUNT_OPTION_PICKED_AT},
        {"again", COUNT_AGAIN},
        {"classes", STATS_CLASSES},
        {"leans", COUNT_N_LEANS},
        {"sure", COUNT_SURE},
        {"profiles", COUNT_PROFILES},
        {"asked", COUNT_TRAIT_VIEWINGS},
    };
    g_string_append(out, "\"offset\":{");
    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++)
        g_string_append_printf(out, "%s\"%s\":%d", i ? "," : "", offsets[i].name, offsets[i].at);
    g_string_append(out, "},\n");
}

/* A mark: [day, 1 for a version's first viewing and 0 for a note, words]. */
static void put_launch_data(GString *out, const struct film_section *s)
{
    g_string_append_printf(out, "\"launch\":{\"period\":\"%s\",\"marks\":[", launch_period_word(s->launch->period));
    for (guint i = 0; i < s->launch->marks->len; i++) {
        const struct launch_mark *m = &g_array_index(s->launch->marks, struct launch_mark, i);
        g_string_append_printf(out, "%s[%d,%d,", i ? "," : "", m->day, m->is_version);
        put_json_text(out, m->text);
        g_string_append_c(out, ']');
    }
    g_string_append(out, "]},\n");
}

static void put_words(GString *out, const struct word_list *w)
{
    g_string_append(out, "\"words\":[");
    for (guint i = 0; i < w->all->len; i++) {
        g_string_append(out, i ? "," : "");
        put_json_text(out, w->all->pdata[i]);
    }
    g_string_append(out, "],\n");
}

/* What people did over all their viewings: [heading, title, version or ""] of each row, whose counts lie behind all others. */
static void put_viewers_data(GString *out, const struct film_section *s)
{
    g_autoptr(GPtrArray) rows = viewers_section_rows(s);
    g_string_append(out, "\"viewers\":[");
    for (guint i = 0; viewers_section_is_live(s) && i < rows->len; i++) {
        const struct viewers_row *r = rows->pdata[i];
        const char *const texts[] = {viewers_kind_words(r->kind), r->title, r->version ? r->version : ""};
        for (size_t t = 0; t < G_N_ELEMENTS(texts); t++) {
            g_string_append(out, t > 0 ? "," : i > 0 ? ",[" : "[");
            put_json_text(out, texts[t]);
        }
        g_string_append_c(out, ']');
    }
    g_string_append(out, "],\n");
}

static int by_key_and_place(const void *a, const void *b)
{
    const struct count_cell *x = a, *y = b;
    const int order = count_key_compare(&x->key, &y->key);
    return order != 0 ? order : x->place < y->place ? -1 : x->place > y->place;
}

/* The cells of these rows, in the order of all cells. Their place among viewings and time mode is any. */
static GArray *viewers_cells(const struct film_section *s)
{
    GArray *cells = g_array_new(FALSE, FALSE, sizeof(struct count_cell));
    g_autoptr(GPtrArray) rows = viewers_section_rows(s);
    for (guint i = 0; viewers_section_is_live(s) && i < rows->len; i++) {
        const struct viewers_row *r = rows->pdata[i];
        for (guint c = 0; c < r->cells->len; c++) {
            const struct viewers_cell *one = &g_array_index(r->cells, struct viewers_cell, c);
            const int64_t counts[VIEWERS_SECTION_COUNTS] = {one->k, one->n, one->us};
            for (guint at = 0; at < VIEWERS_SECTION_COUNTS; at++) {
                const struct count_cell cell = {g_array_index(s->viewers->keys, struct count_key, one->key),
                                                viewers_section_place(s, i) + at, counts[at]};
                if (cell.n > 0)
                    g_array_append_val(cells, cell);
            }
        }
    }
    g_array_sort(cells, by_key_and_place);
    return cells;
}

/* For each key: [version, nth, time, day, part, [step to the next place, count, …]]; nth and time: -1 for any. */
static bool put_cells(GString *out, const GArray *cells, guint n_shown, bool any)
{
    const struct count_cell *before = NULL;
    for (guint i = 0; i < cells->len; i++) {
        const struct count_cell *c = &g_array_index(cells, struct count_cell, i);
        const struct count_key *k = &c->key;
        if (c->place >= n_shown)
            continue;
        if (before && count_key_compare(&before->key, k) == 0)
            g_string_append_printf(out, ",%u", c->place - before->place);
        else
            g_string_append_printf(out, "%s\n[%d,%d,%d,%d,%d,[%u", before ? "]]," : "", k->version, any ? -1 : k->nth,
                                   any ? -1 : k->time, k->day, k->part, c->place);
        g_string_append_printf(out, ",%" G_GINT64_FORMAT, c->n);
        before = c;
    }
    g_string_append(out, before ? "]]" : "");
    return before != NULL;
}

static void put_all_cells(GString *out, const struct film_section *s)
{
    g_autoptr(GArray) viewers = viewers_cells(s);
    g_string_append(out, "\"cells\":[");
    if (put_cells(out, s->counted->cells, s->layout->n_shown, false) && viewers->len > 0)
        g_string_append_c(out, ',');
    put_cells(out, viewers, G_MAXUINT, true);
    g_string_append(out, "],\n");
}

/* For each group: [version, nth, time, day, part, machine, viewings]. Then the length of the period that a "day" stands
 * for. */
static void put_groups(GString *out, const struct count_film *f)
{
    g_string_append(out, "\"groups\":[");
    for (guint i = 0; i < f->groups->len; i++) {
        const struct count_cell *c = &g_array_index(f->groups, struct count_cell, i);
        g_string_append_printf(out, "%s[%d,%d,%d,%d,%d,%d,%" G_GINT64_FORMAT "]", i ? "," : "", c->key.version,
                               c->key.nth, c->key.time, c->key.day, c->key.part, c->key.machine, c->n);
    }
    g_string_append_printf(out, "],\n\"period\":\"%s\"", launch_period_word(f->period));
}

static void put_part_kind(GString *out, const struct count_part_kind *kind)
{
    g_string_append_c(out, '{');
    put_json_member(out, "name", kind->name);
    g_string_append(out, "\"values\":[");
    for (guint i = 0; i < kind->values->len; i++) {
        g_string_append(out, i ? "," : "");
        put_json_text(out, kind->values->pdata[i]);
    }
    g_string_append(out, "]}");
}

/* What parts are told apart by, and for each part the place of its value of each kind. */
static void put_parts(GString *out, const struct count_parts *p)
{
    g_string_append(out, "\"kinds\":[");
    for (guint k = 0; p && k < p->kinds->len; k++) {
        g_string_append(out, k ? "," : "");
        put_part_kind(out, p->kinds->pdata[k]);
    }
    g_string_append(out, "],\n\"parts\":[");
    for (guint i = 0; p && i < p->parts->len; i++) {
        g_string_append(out, i ? ",[" : "[");
        for (guint k = 0; k < p->kinds->len; k++)
            g_string_append_printf(out, "%s%u", k ? "," : "", count_parts_value(p, i, k));
        g_string_append_c(out, ']');
    }
    g_string_append(out, p ? "],\n" : "[]],\n");
}

void film_data_put(JsonBuilder *b, const struct film_section *s)
{
    const struct survey_options *o = &s->survey->options;
    struct word_list words = {g_hash_table_new(g_str_hash, g_str_equal), g_ptr_array_new(), 0};
    g_autoptr(GString) out = g_string_new("{");
    g_autoptr(GPtrArray) rows = viewers_section_rows(s);
    const guint n = viewers_section_place(s, rows->len);
    put_json_member(out, "title", film_section_title(s->film->title, s->film->name));
    g_string_append_printf(
        out, "\"floor\":%" G_GINT64_FORMAT ",\"since\":%d,\"n\":%u,\"chosen\":{\"viewings\":%d,\"time\":%d},\n",
        s->counts.floor, o->since_day, n, o->viewings, o->time);
    g_string_append_printf(out, "\"noDay\":%d,", COUNT_NO_DAY);
    put_json_member(out, "timezone", survey_zone(o));
    put_count_offsets(out);
    put_version_data(out, s, &words);
    put_node_data(out, s);
    put_ending_data(out, s);
    put_edge_data(out, s);
    put_decision_data(out, s);
    put_trait_data(out, s);
    put_impact_data(out, s);
    put_launch_data(out, s);
    seconds_section_put_data(out, s);
    put_words(out, &words);
    put_parts(out, s->parts);
    put_viewers_data(out, s);
    put_all_cells(out, s);
    put_groups(out, s->counted);
    g_string_append_c(out, '}');
    assert(!strstr(out->str, "</") && !strstr(out->str, "<!"));
    json_put_text(b, "data", out->str);
    g_hash_table_unref(words.places);
    g_ptr_array_unref(words.all);
}
