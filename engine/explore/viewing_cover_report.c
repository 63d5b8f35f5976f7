#include "explore/viewing_cover_report.h"

#include "base/json.h"
#include "base/safe.h"
#include "base/units.h"
#include "explore/explore_report.h"

/* What was not met may still be there. */
static bool is_partial(const struct viewing_cover *p)
{
    return p->limit != EXPLORE_LIMIT_NONE || p->stopped;
}

static void append_missing(const struct story *s, const struct viewing_cover *p, GString *out)
{
    if (p->n_nodes == s->n_nodes && p->n_options == s->n_options)
        return;
    g_string_append(out, is_partial(p) ? "\nNot shown (some of it may be behind what was not explored):\n"
                                       : "\nNot shown (no viewer meets it without going back):\n");
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (!p->nodes[i])
            safe_printf(out, "  node %s\n", s->nodes[i].name);
    for (int32_t i = 0; i < s->n_options; i++)
        if (!p->options[i])
            safe_printf(out, "  option %s of %s\n", s->options[i].name, s->decisions[s->options[i].decision].name);
}

static const char *end_of(const struct story *s, const struct viewing_cover *p, const struct viewing_cover_item *v)
{
    if (!v->over)
        return p->limit != EXPLORE_LIMIT_NONE ? "(not followed to its end)" : "(does not come to an end)";
    return v->ending >= 0 ? story_text(s, s->endings[v->ending].title, NULL) : "(over without an ending)";
}

/* Which of the numbers are bounds. */
static void append_bounds(const struct viewing_cover *p, GString *out)
{
    const int32_t n = (int32_t)p->viewings->len;
    if (p->limit != EXPLORE_LIMIT_NONE)
        safe_printf(out,
                    "partial: %s; %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                    " states were not explored, so there may be more to show\n",
                    explore_report_limit(p->limit), p->n_open, p->n_states);
    if (p->stopped)
        g_string_append(out, "partial: it was stopped before the viewings showed all that was met\n");
    if (p->at_least < n)
        safe_printf(out, "to show as much, at least %d viewing%s %s needed; fewer than %d may be enough\n", p->at_least,
                    units_s(p->at_least), p->at_least == 1 ? "is" : "are", n);
    else
        safe_printf(out, "fewer viewings can't show as much\n");
}

void viewing_cover_report_text(const struct story *s, const struct viewing_cover *p, GString *out)
{
    int64_t sum_us = 0;
    for (guint i = 0; i < p->viewings->len; i++) {
        const struct viewing_cover_item *v = &g_array_index(p->viewings, struct viewing_cover_item, i);
        g_autofree char *length = units_clock_time(v->us);
        sum_us += v->us;
        safe_printf(out, "%3u  %8s  %3d new node%s, %3d new option%s  %s\n", i + 1, length, v->new_nodes,
                    units_s(v->new_nodes), v->new_options, units_s(v->new_options), end_of(s, p, v));
    }
    g_autofree char *total = units_clock_time(sum_us);
    safe_printf(out, "\n%u viewing%s, %s in all, show %d of %d node%s and %d of %d option%s\n", p->viewings->len,
                units_s(p->viewings->len), total, p->n_nodes, s->n_nodes, units_s(s->n_nodes), p->n_options,
                s->n_options, units_s(s->n_options));
    append_bounds(p, out);
    append_missing(s, p, out);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void add_viewing(JsonBuilder *b, const struct story *s, const struct viewing_cover_item *v)
{
    json_builder_begin_object(b);
    json_put_int(b, "us", v->us);
    json_put_bool(b, "over", v->over);
    json_put_text(b, "ending", v->over && v->ending >= 0 ? s->endings[v->ending].name : NULL);
    json_put_bool(b, "draws", v->draws);
    json_put_int(b, "new_nodes", v->new_nodes);
    json_put_int(b, "new_options", v->new_options);
    json_builder_end_object(b);
}

static void put_viewings(JsonBuilder *b, const struct story *s, const struct viewing_cover *p)
{
    json_put_array(b, "viewings");
    for (guint i = 0; i < p->viewings->len; i++)
        add_viewing(b, s, &g_array_index(p->viewings, struct viewing_cover_item, i));
    json_builder_end_array(b);
}

static void put_missing_nodes(JsonBuilder *b, const struct story *s, const struct viewing_cover *p)
{
    json_put_array(b, "nodes_not_shown");
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (!p->nodes[i])
            json_add_text(b, s->nodes[i].name);
    json_builder_end_array(b);
}

static void put_missing_options(JsonBuilder *b, const struct story *s, const struct viewing_cover *p)
{
    json_put_array(b, "options_not_shown");
    for (int32_t i = 0; i < s->n_options; i++) {
        if (p->options[i])
            continue;
        json_builder_begin_object(b);
        json_put_text(b, "decision", s->decisions[s->options[i].decision].name);
        json_put_text(b, "option", s->options[i].name);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

void viewing_cover_report_json(const struct story *s, const struct viewing_cover *p, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    const char *limit = p->limit != EXPLORE_LIMIT_NONE ? explore_report_limit(p->limit) : NULL;
    json_builder_begin_object(b);
    json_put_int(b, "format", 1);
    json_put_text(b, "story", s->id);
    json_put_text(b, "verdict", is_partial(p) ? "partial" : "complete");
    json_put_text(b, "reason", limit ? limit : p->stopped ? "it was stopped" : NULL);
    put_viewings(b, s, p);
    json_put_int(b, "at_least", p->at_least);
    json_put_int(b, "nodes", s->n_nodes);
    json_put_int(b, "nodes_shown", p->n_nodes);
    put_missing_nodes(b, s, p);
    json_put_int(b, "options", s->n_options);
    json_put_int(b, "options_shown", p->n_options);
    put_missing_options(b, s, p);
    json_put_int(b, "states", (int64_t)p->n_states);
    json_put_int(b, "not_looked_at", (int64_t)p->n_open);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}
