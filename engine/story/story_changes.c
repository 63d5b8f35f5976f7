#include "story/story_changes.h"

#include <glib.h>
#include <string.h>

/* So many of each kind are named. */
#define NAMED 4

/* A list that is being written: "`a`, `b` and 3 more". */
struct named {
    GString *out;
    int n;
};

static void name_one(struct named *list, const char *name)
{
    if (list->n++ < NAMED)
        g_string_append_printf(list->out, "%s`%s`", list->n > 1 ? ", " : "", name);
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

static void list_nodes(const struct story *before, const struct story *after, GString *sentence)
{
    struct named fresh = {g_string_new(NULL), 0}, gone = {g_string_new(NULL), 0}, changed = {g_string_new(NULL), 0};
    for (int32_t i = 0; i < after->n_nodes; i++) {
        const int32_t was = story_find_node(before, after->nodes[i].name);
        if (was < 0)
            name_one(&fresh, after->nodes[i].name);
        else if (before->nodes[was].hash != after->nodes[i].hash)
            name_one(&changed, after->nodes[i].name);
    }
    for (int32_t i = 0; i < before->n_nodes; i++)
        if (story_find_node(after, before->nodes[i].name) < 0)
            name_one(&gone, before->nodes[i].name);
    add_list(sentence, &changed, "changed:");
    add_list(sentence, &fresh, "new:");
    add_list(sentence, &gone, "gone:");
}

static void list_texts(const struct story *before, const struct story *after, GString *sentence)
{
    struct named changed = {g_string_new(NULL), 0};
    g_autoptr(GHashTable) old = texts_by_key(before);
    for (int32_t i = 0; i < after->n_texts; i++) {
        const char *was = g_hash_table_lookup(old, after->text_keys[i]);
        if (was && strcmp(was, after->texts[i]) != 0)
            name_one(&changed, after->text_keys[i]);
    }
    add_list(sentence, &changed, "other words:");
}

char *story_changes(const struct story *before, const struct story *after)
{
    GString *sentence = g_string_new(NULL);
    list_nodes(before, after, sentence);
    list_texts(before, after, sentence);
    if (sentence->len == 0)
        g_string_assign(sentence, before->hash == after->hash ? "nothing that a viewer could notice"
                                                              : "what the film remembers, or where it leads");
    return g_string_free(sentence, FALSE);
}
