#include "compare/version_report.h"

#include "base/brief.h"
#include "base/json.h"
#include "base/safe.h"
#include "explore/explore_report.h"

#include <assert.h>

/* ---- what both forms tell ------------------------------------------------------------------------------------------ */

/* Numbers of a node or decision are added to those of before if what its viewers meet is still the same. */
static bool node_is_comparable(const struct version_pairs *p, int32_t after)
{
    const int32_t was = p->to_before.nodes[after];
    return was >= 0 && p->before->nodes[was].hash == p->after->nodes[after].hash;
}

static bool decision_is_comparable(const struct version_pairs *p, int32_t after)
{
    const int32_t was = p->to_before.decisions[after];
    return was >= 0 && p->before->decisions[was].hash == p->after->decisions[after].hash;
}

/* "node", "option", "ending". */
static const char *reach_kind(const struct version_reach_change *c)
{
    static const char *const kinds[] = {
        [VERSION_REACH_NODE] = "node", [VERSION_REACH_OPTION] = "option", [VERSION_REACH_ENDING] = "ending"};
    return kinds[c->kind];
}

/* As struct version_change names it. To be freed. */
static char *reach_name(const struct story *s, const struct version_reach_change *c)
{
    switch (c->kind) {
    case VERSION_REACH_NODE:
        return g_strdup(s->nodes[c->after].name);
    case VERSION_REACH_ENDING:
        return g_strdup(s->endings[c->after].name);
    case VERSION_REACH_OPTION:
        break;
    }
    const struct story_option *o = &s->options[c->after];
    return g_strdup_printf("%s.%s", s->decisions[o->decision].name, o->name);
}

static bool is_proved(const struct version_reach *r)
{
    return r->limit[0] == EXPLORE_LIMIT_NONE && r->limit[1] == EXPLORE_LIMIT_NONE;
}

/* ---- text ----------------------------------------------------------------------------------------------------------- */

static void text_change(const struct version_change *c, GString *out)
{
    const char *thing = version_thing_name(c->thing);
    switch (c->kind) {
    case VERSION_NEW:
        safe_printf(out, "  %s `%s` is new\n", thing, c->name);
        return;
    case VERSION_GONE:
        safe_printf(out, "  %s `%s` is gone\n", thing, c->name);
        return;
    case VERSION_RENAMED:
        safe_printf(out, "  %s `%s` was called `%s`\n", thing, c->name, c->was);
        return;
    case VERSION_CHANGED:
        break;
    }
    if (c->thing != VERSION_TEXT) {
        safe_printf(out, "  %s `%s` has changed: %s\n", thing, c->name, c->what);
        return;
    }
    g_autofree char *was = brief(c->was, BRIEF_CHARS), *is = brief(c->what, BRIEF_CHARS);
    safe_printf(out, "  text `%s` is \"%s\", and was \"%s\"\n", c->name, is, was);
}

static void text_changes(const struct version_report *r, GString *out)
{
    g_string_append(out, "What is different\n");
    if (r->changes->len == 0)
        g_string_append(out, r->pairs->before->hash == r->pairs->after->hash
                                 ? "  nothing that a viewer could notice\n"
                                 : "  the title, the order of things in the file, or the weights of an experiment\n");
    for (guint i = 0; i < r->changes->len; i++)
        text_change(g_ptr_array_index(r->changes, i), out);
}

static void text_reach(const struct version_report *r, GString *out)
{
    static const char *const versions[] = {"the earlier version", "the later version"};
    g_string_append(out, is_proved(r->reach) ? "What can happen (proved)\n" : "What can happen (partial)\n");
    for (int i = 0; i < 2; i++)
        if (r->reach->limit[i] != EXPLORE_LIMIT_NONE)
            safe_printf(out, "  of %s not everything was searched: %s\n", versions[i],
                        explore_report_limit(r->reach->limit[i]));
    for (guint i = 0; i < r->reach->changes->len; i++) {
        const struct version_reach_change *c = &g_array_index(r->reach->changes, struct version_reach_change, i);
        g_autofree char *name = reach_name(r->pairs->after, c);
        const char *verb = c->kind == VERSION_REACH_OPTION ? "taken" : "reached";
        safe_printf(out, c->now ? "  %s `%s` can be %s now\n" : "  %s `%s` can no longer be %s\n", reach_kind(c), name,
                    verb);
    }
    if (r->reach->changes->len == 0)
        g_string_append(out, "  of what both have, the same can be reached in both\n");
    if (r->reach->n_unreached > 0)
        safe_printf(out, "  %d node%s of the later version can't be reached at all; see `frumious explore`\n",
                    r->reach->n_unreached, units_s(r->reach->n_unreached));
}

static void text_saves(const struct version_report *r, GString *out)
{
    int n_same = 0;
    for (guint i = 0; i < r->saves->len; i++)
        n_same += g_array_index(r->saves, struct version_save, i).same;
    safe_printf(out, "Saved places (one play left in each of %u nodes)\n  %d of them go%s on where they were left\n",
                r->saves->len, n_same, n_same == 1 ? "es" : "");
    if (r->saves_partial)
        g_string_append(out, "  not every node was tried: it was stopped, or the time was up\n");
    for (guint i = 0; i < r->saves->len; i++) {
        const struct version_save *save = &g_array_index(r->saves, struct version_save, i);
        const char *left = r->pairs->before->nodes[save->left].name;
        if (save->same)
            continue;
        if (save->goes_on < 0)
            safe_printf(out, "  left in `%s`: the film begins anew\n", left);
        else
            safe_printf(out, "  left in `%s`: goes on in `%s`\n", left, r->pairs->after->nodes[save->goes_on].name);
        if (save->message)
            safe_printf(out, "    says: %s\n", save->message);
    }
}

static void text_numbers(const struct version_report *r, GString *out)
{
    const struct version_pairs *p = r->pairs;
    int nodes = 0, decisions = 0;
    for (int32_t i = 0; i < p->after->n_nodes; i++)
        nodes += node_is_comparable(p, i);
    for (int32_t i = 0; i < p->after->n_decisions; i++)
        decisions += decision_is_comparable(p, i);
    safe_printf(out,
                "Recorded numbers\n  %d of %d node%s and %d of %d decision%s are counted together with those of "
                "before\n",
                nodes, p->after->n_nodes, units_s(p->after->n_nodes), decisions, p->after->n_decisions,
                units_s(p->after->n_decisions));
    for (int32_t i = 0; i < p->after->n_nodes; i++)
        if (p->to_before.nodes[i] >= 0 && !node_is_comparable(p, i))
            safe_printf(out, "  counted anew: node `%s`\n", p->after->nodes[i].name);
    for (int32_t i = 0; i < p->after->n_decisions; i++)
        if (p->to_before.decisions[i] >= 0 && !decision_is_comparable(p, i))
            safe_printf(out, "  counted anew: decision `%s`\n", p->after->decisions[i].name);
}

/* "The Night Bus, version 1.0". */
static void text_version(const struct story *s, GString *out)
{
    const char *title = story_text(s, s->title, NULL);
    safe_printf(out, "%s: %s%s%s\n", s->path, title ? title : s->id, *s->version ? ", version " : "", s->version);
}

void version_report_text(const struct version_report *r, GString *out)
{
    text_version(r->pairs->before, out);
    text_version(r->pairs->after, out);
    text_changes(r, out);
    if (r->reach)
        text_reach(r, out);
    if (r->saves)
        text_saves(r, out);
    text_numbers(r, out);
}

/* ---- JSON ----------------------------------------------------------------------------------------------------------- */

static void json_version(JsonBuilder *b, const char *key, const struct story *s)
{
    g_autofree char *hash = g_strdup_printf("%016" G_GINT64_MODIFIER "x", s->hash);
    json_put_object(b, key);
    json_put_text(b, "path", s->path);
    json_put_text(b, "id", s->id);
    json_put_text(b, "version", s->version);
    json_put_text(b, "hash", hash);
    json_builder_end_object(b);
}

static void json_changes(JsonBuilder *b, const GPtrArray *changes)
{
    json_put_array(b, "changes");
    for (guint i = 0; i < changes->len; i++) {
        const struct version_change *c = g_ptr_array_index(changes, i);
        json_builder_begin_object(b);
        json_put_text(b, "thing", version_thing_name(c->thing));
        json_put_text(b, "change", version_change_kind_name(c->kind));
        json_put_text(b, "name", c->name);
        json_put_text(b, "was", c->was);
        json_put_text(b, "what", c->what);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void json_limit(JsonBuilder *b, const char *key, enum explore_limit limit)
{
    json_put_text(b, key, limit == EXPLORE_LIMIT_NONE ? NULL : explore_report_limit(limit));
}

static void json_reach(JsonBuilder *b, const struct version_report *r)
{
    json_put_object(b, "reach");
    json_put_text(b, "verdict", is_proved(r->reach) ? "proved" : "partial");
    json_limit(b, "limit_before", r->reach->limit[0]);
    json_limit(b, "limit_after", r->reach->limit[1]);
    json_put_array(b, "changes");
    for (guint i = 0; i < r->reach->changes->len; i++) {
        const struct version_reach_change *c = &g_array_index(r->reach->changes, struct version_reach_change, i);
        g_autofree char *name = reach_name(r->pairs->after, c);
        json_builder_begin_object(b);
        json_put_text(b, "thing", reach_kind(c));
        json_put_text(b, "name", name);
        json_put_bool(b, "reachable", c->now);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_put_int(b, "unreachable_nodes", r->reach->n_unreached);
    json_builder_end_object(b);
}

static void json_saves(JsonBuilder *b, const struct version_report *r)
{
    json_put_array(b, "saves");
    for (guint i = 0; i < r->saves->len; i++) {
        const struct version_save *save = &g_array_index(r->saves, struct version_save, i);
        json_builder_begin_object(b);
        json_put_text(b, "left_in", r->pairs->before->nodes[save->left].name);
        json_put_text(b, "goes_on_in", save->goes_on < 0 ? NULL : r->pairs->after->nodes[save->goes_on].name);
        json_put_bool(b, "same", save->same);
        json_put_text(b, "message", save->message);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void json_numbers(JsonBuilder *b, const struct version_pairs *p)
{
    json_put_array(b, "comparable_nodes");
    for (int32_t i = 0; i < p->after->n_nodes; i++)
        if (node_is_comparable(p, i))
            json_add_text(b, p->after->nodes[i].name);
    json_builder_end_array(b);
    json_put_array(b, "comparable_decisions");
    for (int32_t i = 0; i < p->after->n_decisions; i++)
        if (decision_is_comparable(p, i))
            json_add_text(b, p->after->decisions[i].name);
    json_builder_end_array(b);
}

void version_report_json(const struct version_report *r, GString *out)
{
    assert(!r->reach == !r->saves);
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_int(b, "format", 1);
    json_version(b, "before", r->pairs->before);
    json_version(b, "after", r->pairs->after);
    json_changes(b, r->changes);
    if (r->reach) {
        json_reach(b, r);
        json_saves(b, r);
        json_put_bool(b, "saves_partial", r->saves_partial);
    }
    json_numbers(b, r->pairs);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}
