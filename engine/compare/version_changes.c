#include "compare/version_changes.h"

#include "story/content_hash.h"

#include <assert.h>
#include <string.h>

static const char *const thing_names[] = {
    [VERSION_NODE] = "node",         [VERSION_DECISION] = "decision", [VERSION_OPTION] = "option",
    [VERSION_VARIABLE] = "variable", [VERSION_VALUE] = "value",       [VERSION_ENDING] = "ending",
    [VERSION_TEXT] = "text",         [VERSION_SHARE] = "share"};
static const char *const kind_names[] = {
    [VERSION_NEW] = "new", [VERSION_GONE] = "gone", [VERSION_RENAMED] = "renamed", [VERSION_CHANGED] = "changed"};

static const char *const part_words[] = {
    [CONTENT_TITLE] = "the title",
    [CONTENT_CLIP] = "the clip",
    [CONTENT_INSCRIPTIONS] = "inscriptions or props",
    [CONTENT_EFFECTS] = "what it sets",
    [CONTENT_WAY] = "where it leads",
    [CONTENT_ENDING] = "its ending",
    [CONTENT_WORDS] = "the words",
    [CONTENT_TIMES] = "its times",
    [CONTENT_DEFAULT] = "what happens if nobody chooses",
    [CONTENT_LOOKS] = "how it is shown",
    [CONTENT_CONDITION] = "when it can be taken",
    [CONTENT_TAGS] = "traits or props",
};
static_assert(G_N_ELEMENTS(part_words) == CONTENT_PARTS, "words for each part");

const char *version_thing_name(enum version_thing thing)
{
    return thing_names[thing];
}

const char *version_change_kind_name(enum version_change_kind kind)
{
    return kind_names[kind];
}

static void free_change(gpointer data)
{
    struct version_change *c = data;
    g_free(c->name);
    g_free(c->was);
    g_free(c->what);
    g_free(c);
}

/* Takes over the strings. */
static void add(GPtrArray *all, enum version_thing thing, enum version_change_kind kind, char *name, char *was,
                char *what)
{
    struct version_change *c = g_new(struct version_change, 1);
    *c = (struct version_change){thing, kind, name, was, what};
    g_ptr_array_add(all, c);
}

/* Takes over `name`, in the later version, and `before`. */
static void add_if_renamed(GPtrArray *all, enum version_thing thing, char *before, char *name)
{
    if (strcmp(before, name) != 0) {
        add(all, thing, VERSION_RENAMED, name, before, NULL);
        return;
    }
    g_free(before);
    g_free(name);
}

static char *part_list(uint32_t parts)
{
    GString *out = g_string_new(NULL);
    for (int i = 0; i < CONTENT_PARTS; i++)
        if (parts >> i & 1)
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", part_words[i]);
    return g_string_free(out, FALSE);
}

static void list_nodes(GPtrArray *all, const struct version_pairs *p, const struct content_differ *d)
{
    for (int32_t i = 0; i < p->after->n_nodes; i++) {
        const int32_t was = p->to_before.nodes[i];
        const char *name = p->after->nodes[i].name;
        if (was < 0) {
            add(all, VERSION_NODE, VERSION_NEW, g_strdup(name), NULL, NULL);
            continue;
        }
        const uint32_t parts = content_differ_node(d, was, i);
        add_if_renamed(all, VERSION_NODE, g_strdup(p->before->nodes[was].name), g_strdup(name));
        if (parts)
            add(all, VERSION_NODE, VERSION_CHANGED, g_strdup(name), NULL, part_list(parts));
    }
    for (int32_t i = 0; i < p->before->n_nodes; i++)
        if (p->to_after.nodes[i] < 0)
            add(all, VERSION_NODE, VERSION_GONE, g_strdup(p->before->nodes[i].name), NULL, NULL);
}

/* In which node it is asked, is part of it as well. */
static char *decision_difference(const struct version_pairs *p, const struct content_differ *d, int32_t was, int32_t i)
{
    g_autofree char *parts = part_list(content_differ_decision(d, was, i));
    const int32_t node = p->after->decisions[i].node;
    if (p->to_before.nodes[node] == p->before->decisions[was].node)
        return *parts ? g_steal_pointer(&parts) : NULL;
    return g_strdup_printf("now asked in `%s`%s%s", p->after->nodes[node].name, *parts ? ", " : "", parts);
}

static void list_decisions(GPtrArray *all, const struct version_pairs *p, const struct content_differ *d)
{
    for (int32_t i = 0; i < p->after->n_decisions; i++) {
        const int32_t was = p->to_before.decisions[i];
        const char *name = p->after->decisions[i].name;
        if (was < 0) {
            add(all, VERSION_DECISION, VERSION_NEW, g_strdup(name), NULL, NULL);
            continue;
        }
        char *difference = decision_difference(p, d, was, i);
        add_if_renamed(all, VERSION_DECISION, g_strdup(p->before->decisions[was].name), g_strdup(name));
        if (difference)
            add(all, VERSION_DECISION, VERSION_CHANGED, g_strdup(name), NULL, difference);
    }
    for (int32_t i = 0; i < p->before->n_decisions; i++)
        if (p->to_after.decisions[i] < 0)
            add(all, VERSION_DECISION, VERSION_GONE, g_strdup(p->before->decisions[i].name), NULL, NULL);
}

static char *option_name(const struct story *s, int32_t option)
{
    const struct story_option *o = &s->options[option];
    return g_strdup_printf("%s.%s", s->decisions[o->decision].name, o->name);
}

/* Those of a decision that is new or gone as a whole are not listed. */
static void list_options(GPtrArray *all, const struct version_pairs *p, const struct content_differ *d)
{
    for (int32_t i = 0; i < p->after->n_options; i++) {
        const int32_t was = p->to_before.options[i];
        if (was < 0) {
            if (p->to_before.decisions[p->after->options[i].decision] >= 0)
                add(all, VERSION_OPTION, VERSION_NEW, option_name(p->after, i), NULL, NULL);
            continue;
        }
        const uint32_t parts = content_differ_option(d, was, i);
        if (strcmp(p->before->options[was].name, p->after->options[i].name) != 0)
            add(all, VERSION_OPTION, VERSION_RENAMED, option_name(p->after, i), option_name(p->before, was), NULL);
        if (parts)
            add(all, VERSION_OPTION, VERSION_CHANGED, option_name(p->after, i), NULL, part_list(parts));
    }
    for (int32_t i = 0; i < p->before->n_options; i++)
        if (p->to_after.options[i] < 0 && p->to_after.decisions[p->before->options[i].decision] >= 0)
            add(all, VERSION_OPTION, VERSION_GONE, option_name(p->before, i), NULL, NULL);
}

/* The index in `in` of the value `i` of `v`, or -1. One of them may have its name from before. */
static int32_t find_value(const struct story *in, const struct story_var *there, const struct story *s,
                          const struct story_var *v, int32_t i)
{
    const int32_t name = v->values.first + i;
    const struct story_span was = story_value_was(s, name);
    int32_t found = story_find_value(in, there, s->names[name]);
    for (int32_t k = was.n - 1; found < 0 && k >= 0; k--)
        found = story_find_value(in, there, s->former[was.first + k]);
    return found;
}

/* Are their values the same ones in the same order, whatever they are called? */
static bool same_values(const struct version_pairs *p, const struct story_var *old, const struct story_var *v)
{
    bool same = old->type == STORY_ENUM && v->type == STORY_ENUM && old->values.n == v->values.n;
    for (int32_t i = 0; same && i < v->values.n; i++)
        same = find_value(p->before, old, p->after, v, i) == i;
    return same;
}

static void list_renamed_values(GPtrArray *all, const struct version_pairs *p, const struct story_var *old,
                                const struct story_var *v)
{
    for (int32_t i = 0; old->type == STORY_ENUM && i < v->values.n; i++) {
        const int32_t was = find_value(p->before, old, p->after, v, i);
        if (was >= 0)
            add_if_renamed(all, VERSION_VALUE,
                           g_strdup_printf("%s.%s", v->name, p->before->names[old->values.first + was]),
                           g_strdup_printf("%s.%s", v->name, p->after->names[v->values.first + i]));
    }
}

/* "true or false", "0 to 5", "none, single". */
static char *domain_text(const struct story *s, const struct story_var *v)
{
    GString *out = g_string_new(NULL);
    if (v->type == STORY_BOOL)
        g_string_append(out, "true or false");
    if (v->type == STORY_INT)
        g_string_append_printf(out, "%d to %d", v->min, v->max);
    for (int32_t i = 0; i < v->values.n; i++)
        g_string_append_printf(out, "%s%s", i ? ", " : "", s->names[v->values.first + i]);
    return g_string_free(out, FALSE);
}

static char *value_text(const struct story *s, const struct story_var *v)
{
    if (v->type == STORY_ENUM)
        return g_strdup(s->names[v->values.first + v->initial]);
    return v->type == STORY_BOOL ? g_strdup(v->initial ? "true" : "false") : g_strdup_printf("%d", v->initial);
}

static char *var_difference(const struct version_pairs *p, const struct story_var *old, const struct story_var *v)
{
    g_autofree char *domain_before = domain_text(p->before, old), *domain = domain_text(p->after, v);
    g_autofree char *first_before = value_text(p->before, old), *first = value_text(p->after, v);
    GString *out = g_string_new(NULL);
    const bool same = same_values(p, old, v);
    if (!same && strcmp(domain_before, domain) != 0)
        g_string_append_printf(out, "its values are %s, and were %s", domain, domain_before);
    if (same ? old->initial != v->initial : strcmp(first_before, first) != 0)
        g_string_append_printf(out, "%sit begins as %s, and began as %s", out->len ? "; " : "", first, first_before);
    if (old->keep_viewer != v->keep_viewer || old->keep_rewind != v->keep_rewind)
        g_string_append_printf(out, "%show long it is kept", out->len ? "; " : "");
    return g_string_free(out, out->len == 0);
}

static void list_vars(GPtrArray *all, const struct version_pairs *p)
{
    for (int32_t i = 0; i < p->after->n_vars; i++) {
        const struct story_var *v = &p->after->vars[i];
        const int32_t was = p->to_before.vars[i];
        if (was < 0) {
            add(all, VERSION_VARIABLE, VERSION_NEW, g_strdup(v->name), NULL, NULL);
            continue;
        }
        char *difference = var_difference(p, &p->before->vars[was], v);
        add_if_renamed(all, VERSION_VARIABLE, g_strdup(p->before->vars[was].name), g_strdup(v->name));
        list_renamed_values(all, p, &p->before->vars[was], v);
        if (difference)
            add(all, VERSION_VARIABLE, VERSION_CHANGED, g_strdup(v->name), NULL, difference);
    }
    for (int32_t i = 0; i < p->before->n_vars; i++)
        if (p->to_after.vars[i] < 0)
            add(all, VERSION_VARIABLE, VERSION_GONE, g_strdup(p->before->vars[i].name), NULL, NULL);
}

static void list_endings(GPtrArray *all, const struct version_pairs *p)
{
    for (int32_t i = 0; i < p->after->n_endings; i++) {
        const char *name = p->after->endings[i].name;
        const int32_t was = p->to_before.endings[i];
        if (was < 0)
            add(all, VERSION_ENDING, VERSION_NEW, g_strdup(name), NULL, NULL);
        else
            add_if_renamed(all, VERSION_ENDING, g_strdup(p->before->endings[was].name), g_strdup(name));
    }
    for (int32_t i = 0; i < p->before->n_endings; i++)
        if (p->to_after.endings[i] < 0)
            add(all, VERSION_ENDING, VERSION_GONE, g_strdup(p->before->endings[i].name), NULL, NULL);
}

/* New words under a key that was there before; words that came or went with a thing are told by that. */
static void list_texts(GPtrArray *all, const struct version_pairs *p)
{
    g_autoptr(GHashTable) old = g_hash_table_new(g_str_hash, g_str_equal);
    for (int32_t i = 0; i < p->before->n_texts; i++)
        g_hash_table_insert(old, (gpointer)p->before->text_keys[i], (gpointer)p->before->texts[i]);
    for (int32_t i = 0; i < p->after->n_texts; i++) {
        const char *was = g_hash_table_lookup(old, p->after->text_keys[i]), *is = p->after->texts[i];
        if (was && strcmp(was, is) != 0)
            add(all, VERSION_TEXT, VERSION_CHANGED, g_strdup(p->after->text_keys[i]), g_strdup(was), g_strdup(is));
    }
}

/* Where viewings may be sent. The token is never shown. */
static void list_share(GPtrArray *all, const struct version_pairs *p)
{
    const struct story_share *was = &p->before->share, *is = &p->after->share;
    if (!was->to != !is->to) {
        add(all, VERSION_SHARE, is->to ? VERSION_NEW : VERSION_GONE, g_strdup(is->to ? is->name : was->name), NULL,
            NULL);
        return;
    }
    if (!is->to)
        return;
    const bool differs[] = {strcmp(was->name, is->name) != 0, strcmp(was->to, is->to) != 0,
                            g_strcmp0(was->token, is->token) != 0};
    static const char *const words[] = {"who gets it", "the address", "the token"};
    GString *what = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(differs); i++)
        if (differs[i])
            g_string_append_printf(what, "%s%s", what->len ? ", " : "", words[i]);
    if (what->len)
        add(all, VERSION_SHARE, VERSION_CHANGED, g_strdup(is->name), NULL, g_string_free(what, FALSE));
    else
        g_string_free(what, TRUE);
}

GPtrArray *version_changes(const struct version_pairs *p)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(free_change);
    struct content_differ *d = content_differ_new(p->before, p->after);
    list_nodes(all, p, d);
    list_decisions(all, p, d);
    list_options(all, p, d);
    list_vars(all, p);
    list_endings(all, p);
    list_texts(all, p);
    list_share(all, p);
    content_differ_free(d);
    return all;
}
