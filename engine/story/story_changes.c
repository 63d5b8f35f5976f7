#include "story/story_changes.h"

#include "story/version_pairs.h"

#include <glib.h>
#include <string.h>

/* So many of each kind are named. */
#define NAMED 4

/* A list that is being written: "`a`, `b` and 3 more". */
struct named {
    GString *out;
    int n;
};

G_GNUC_PRINTF(2, 3)
static void name_one(struct named *list, const char *format, ...)
{
    va_list ap;
    if (list->n++ >= NAMED)
        return;
    g_string_append(list->out, list->n > 1 ? ", " : "");
    va_start(ap, format);
    g_string_append_vprintf(list->out, format, ap);
    va_end(ap);
}

/* Adds the list to the sentence, behind `what`, and frees it. */
static void add_list(GString *sentence, struct named *list, const char *what)
{
    if (list->n > 0)
        g_string_append_printf(sentence, "%s%s %s", sentence->len ? "; " : "", what, list->out->str);
    if (list->n > NAMED)
        g_string_append_printf(sentence, " and %d more", list->n - NAMED);
    g_string_free(list->out, TRUE);
}

/* What texts have in common in both versions: the same key. The caller frees it; it borrows from the story. */
static GHashTable *texts_by_key(const struct story *s)
{
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
    for (int32_t i = 0; i < s->n_texts; i++)
        g_hash_table_insert(table, (gpointer)s->text_keys[i], (gpointer)s->texts[i]);
    return table;
}

static void list_nodes(const struct version_pairs *p, GString *sentence)
{
    struct named fresh = {g_string_new(NULL), 0}, gone = {g_string_new(NULL), 0}, changed = {g_string_new(NULL), 0},
                 renamed = {g_string_new(NULL), 0};
    for (int32_t i = 0; i < p->after->n_nodes; i++) {
        const struct story_node *node = &p->after->nodes[i];
        const struct story_node *was = p->to_before.nodes[i] < 0 ? NULL : &p->before->nodes[p->to_before.nodes[i]];
        if (!was)
            name_one(&fresh, "`%s`", node->name);
        else if (was->hash != node->hash)
            name_one(&changed, "`%s`", node->name);
        if (was && strcmp(was->name, node->name) != 0)
            name_one(&renamed, "`%s` (was `%s`)", node->name, was->name);
    }
    for (int32_t i = 0; i < p->before->n_nodes; i++)
        if (p->to_after.nodes[i] < 0)
            name_one(&gone, "`%s`", p->before->nodes[i].name);
    add_list(sentence, &changed, "changed:");
    add_list(sentence, &renamed, "renamed:");
    add_list(sentence, &fresh, "new:");
    add_list(sentence, &gone, "gone:");
}

static void list_texts(const struct version_pairs *p, GString *sentence)
{
    struct named changed = {g_string_new(NULL), 0};
    g_autoptr(GHashTable) old = texts_by_key(p->before);
    for (int32_t i = 0; i < p->after->n_texts; i++) {
        const char *was = g_hash_table_lookup(old, p->after->text_keys[i]);
        if (was && strcmp(was, p->after->texts[i]) != 0)
            name_one(&changed, "`%s`", p->after->text_keys[i]);
    }
    add_list(sentence, &changed, "other words:");
}

char *story_changes(const struct story *before, const struct story *after)
{
    GString *sentence = g_string_new(NULL);
    struct version_pairs *pairs = version_pairs_new(before, after);
    list_nodes(pairs, sentence);
    list_texts(pairs, sentence);
    version_pairs_free(pairs);
    if (sentence->len == 0)
        g_string_assign(sentence, before->hash == after->hash ? "nothing that a viewer could notice"
                                                              : "what the film remembers, or where it leads");
    return g_string_free(sentence, FALSE);
}
