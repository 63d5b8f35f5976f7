#include "story/former_names.h"

#include <assert.h>
#include <string.h>

/* The earlier names of all things of one kind. */
struct former_set {
    struct builder *b;
    const char *kind;                                              /* "node" */
    bool (*taken)(const struct former_set *set, const char *name); /* has one of them this name now? */
    const struct story_decision *decision;                         /* of options */
    const struct story_var *var;                                   /* of values */
    GHashTable *owners;                                            /* earlier name to the present name of what had it */
};

static void check_name(const struct former_set *set, const struct pending_name *former, const char *name)
{
    const char *other = g_hash_table_lookup(set->owners, former->name);
    if (strcmp(former->name, name) == 0)
        builder_error_at(set->b, former->mark, former->width, "E213", "take it out of `was`",
                         "`%s` is what this %s is called now", former->name, set->kind);
    else if (set->taken(set, former->name))
        builder_error_at(set->b, former->mark, former->width, "E213", "give that one another name, or take `was` out",
                         "another %s is called `%s` now, so what was saved under that name would lead to two places",
                         set->kind, former->name);
    else if (other)
        builder_error_at(set->b, former->mark, former->width, "E213", "take it out of one of them",
                         "the %s `%s` was called `%s`, too", set->kind, other, former->name);
    else
        g_hash_table_insert(set->owners, (gpointer)former->name, (gpointer)name);
}

static void check_was(const struct former_set *set, struct story_span was, const char *name)
{
    for (int32_t i = 0; i < was.n; i++)
        check_name(set, &g_array_index(set->b->former, struct pending_name, was.first + i), name);
}

static bool is_node(const struct former_set *set, const char *name)
{
    const int32_t place = builder_find(set->b, SPACE_PLACES, name);
    return place >= 0 && !(place & 1);
}

static bool is_decision(const struct former_set *set, const char *name)
{
    return builder_find(set->b, SPACE_DECISIONS, name) >= 0;
}

static bool is_variable(const struct former_set *set, const char *name)
{
    return builder_find(set->b, SPACE_VARS, name) >= 0;
}

static const struct story_option *option_at(const struct former_set *set, int32_t i)
{
    return &g_array_index(set->b->options, struct story_option, set->decision->options.first + i);
}

static bool is_option(const struct former_set *set, const char *name)
{
    for (int32_t i = 0; i < set->decision->options.n; i++)
        if (strcmp(option_at(set, i)->name, name) == 0)
            return true;
    return false;
}

static void check_nodes(struct builder *b)
{
    const struct former_set set = {b, "node", is_node, .owners = g_hash_table_new(g_str_hash, g_str_equal)};
    for (guint i = 0; i < b->nodes->len; i++) {
        const struct story_node *n = &g_array_index(b->nodes, struct story_node, i);
        check_was(&set, n->was, n->name);
    }
    g_hash_table_destroy(set.owners);
}

static bool is_value(const struct former_set *set, const char *name)
{
    for (int32_t i = 0; i < set->var->values.n; i++)
        if (strcmp(g_array_index(set->b->names, const char *, set->var->values.first + i), name) == 0)
            return true;
    return false;
}

/* Values with earlier names stand in the order of their names, those of one variable together. */
static void check_values(struct builder *b)
{
    guint next = 0;
    for (guint i = 0; i < b->vars->len; i++) {
        const struct story_var *v = &g_array_index(b->vars, struct story_var, i);
        const struct former_set set = {b, "value", is_value, .var = v,
                                       .owners = g_hash_table_new(g_str_hash, g_str_equal)};
        for (; next < b->renamed_values->len; next++) {
            const struct story_renamed_value *r = &g_array_index(b->renamed_values, struct story_renamed_value, next);
            if (r->name >= v->values.first + v->values.n)
                break;
            if (r->name < v->values.first) /* of a variable that was refused */
                continue;
            check_was(&set, r->was, g_array_index(b->names, const char *, r->name));
        }
        g_hash_table_destroy(set.owners);
    }
}

static void check_vars(struct builder *b)
{
    const struct former_set set = {b, "variable", is_variable, .owners = g_hash_table_new(g_str_hash, g_str_equal)};
    for (guint i = 0; i < b->vars->len; i++) {
        const struct story_var *v = &g_array_index(b->vars, struct story_var, i);
        check_was(&set, v->was, v->name);
    }
    g_hash_table_destroy(set.owners);
}

static void check_options(struct builder *b, const struct story_decision *d)
{
    const struct former_set set = {b, "option", is_option, .decision = d,
                                   .owners = g_hash_table_new(g_str_hash, g_str_equal)};
    for (int32_t i = 0; i < d->options.n; i++)
        check_was(&set, option_at(&set, i)->was, option_at(&set, i)->name);
    g_hash_table_destroy(set.owners);
}

static void check_decisions(struct builder *b)
{
    const struct former_set set = {b, "decision", is_decision, .owners = g_hash_table_new(g_str_hash, g_str_equal)};
    for (guint i = 0; i < b->decisions->len; i++) {
        const struct story_decision *d = &g_array_index(b->decisions, struct story_decision, i);
        check_was(&set, d->was, d->name);
        check_options(b, d);
    }
    g_hash_table_destroy(set.owners);
}

static bool is_ending(const struct former_set *set, const char *name)
{
    return builder_find(set->b, SPACE_ENDINGS, name) >= 0;
}

static void check_endings(struct builder *b)
{
    const struct former_set set = {b, "ending", is_ending, .owners = g_hash_table_new(g_str_hash, g_str_equal)};
    for (guint i = 0; i < b->endings->len; i++) {
        const struct story_ending *e = &g_array_index(b->endings, struct story_ending, i);
        check_was(&set, e->was, e->name);
    }
    g_hash_table_destroy(set.owners);
}

void former_names_check(struct builder *b)
{
    assert(builder_check(b));
    if (b->former->len == 0)
        return;
    check_nodes(b);
    check_decisions(b);
    check_vars(b);
    check_values(b);
    check_endings(b);
}

/* ---- the keys of texts ---------------------------------------------------------------------------------------------- */

/* All names of a thing, the present one first. To be freed without them. */
static GPtrArray *all_names(const struct builder *b, const char *name, struct story_span was)
{
    GPtrArray *names = g_ptr_array_new();
    g_ptr_array_add(names, (gpointer)name);
    for (int32_t i = 0; i < was.n; i++)
        g_ptr_array_add(names, (gpointer)g_array_index(b->former, struct pending_name, was.first + i).name);
    return names;
}

/* `key` begins with PREFIX.NAME.; the same text with other names there. `option`: its names, or NULL. */
static void add_keys(struct builder *b, GHashTable *index, const char *key, const char *prefix, const GPtrArray *names,
                     const GPtrArray *option)
{
    const guint n = option ? option->len : 1;
    const size_t lead = strlen(prefix) + strlen(names->pdata[0]) + 2 + (option ? strlen(option->pdata[0]) + 1 : 0);
    const gpointer value = g_hash_table_lookup(index, key);
    for (guint i = 0; i < names->len * n; i++) {
        g_autofree char *former = option ? g_strdup_printf("%s.%s.%s.%s", prefix, (char *)names->pdata[i / n],
                                                           (char *)option->pdata[i % n], key + lead)
                                         : g_strdup_printf("%s.%s.%s", prefix, (char *)names->pdata[i], key + lead);
        if (!g_hash_table_contains(index, former))
            g_hash_table_insert(index, (gpointer)builder_keep(b, former), value);
    }
}

static void add_option_keys(struct builder *b, GHashTable *index, const struct story_decision *d, const char *key)
{
    const char *name = key + strlen("option.") + strlen(d->name) + 1;
    g_autoptr(GPtrArray) decision = all_names(b, d->name, d->was);
    for (int32_t i = 0; i < d->options.n; i++) {
        const struct story_option *o = &g_array_index(b->options, struct story_option, d->options.first + i);
        const size_t n = strlen(o->name);
        if (strncmp(name, o->name, n) != 0 || name[n] != '.')
            continue;
        g_autoptr(GPtrArray) option = all_names(b, o->name, o->was);
        add_keys(b, index, key, "option", decision, option);
    }
}

/* A key's second word is a name; names have no dots. */
static void add_keys_of_text(struct builder *b, GHashTable *index, const char *key)
{
    const char *first = strchr(key, '.'), *end = first ? strchr(first + 1, '.') : NULL;
    if (!end)
        return;
    g_autofree char *prefix = g_strndup(key, (gsize)(first - key)),
                    *name = g_strndup(first + 1, (gsize)(end - first - 1));
    const bool is_node = strcmp(prefix, "node") == 0, is_option = strcmp(prefix, "option") == 0;
    const int32_t ending = strcmp(prefix, "ending") == 0 ? builder_find(b, SPACE_ENDINGS, name) : -1;
    if (ending >= 0) {
        const struct story_ending *e = &g_array_index(b->endings, struct story_ending, ending);
        g_autoptr(GPtrArray) names = all_names(b, e->name, e->was);
        add_keys(b, index, key, prefix, names, NULL);
        return;
    }
    const int32_t at = builder_find(b, is_node ? SPACE_PLACES : SPACE_DECISIONS, name);
    if (at < 0 || (is_node && at & 1))
        return;
    if (is_node) {
        const struct story_node *n = &g_array_index(b->nodes, struct story_node, at >> 1);
        g_autoptr(GPtrArray) names = all_names(b, n->name, n->was);
        add_keys(b, index, key, prefix, names, NULL);
        return;
    }
    const struct story_decision *d = &g_array_index(b->decisions, struct story_decision, at);
    g_autoptr(GPtrArray) names = all_names(b, d->name, d->was);
    if (is_option)
        add_option_keys(b, index, d, key);
    else if (strcmp(prefix, "decision") == 0)
        add_keys(b, index, key, prefix, names, NULL);
}

void former_names_add_keys(struct builder *b, GHashTable *index)
{
    for (guint i = 0; i < b->texts->len && b->former->len > 0; i++)
        add_keys_of_text(b, index, g_array_index(b->texts, struct builder_text, i).key);
}
