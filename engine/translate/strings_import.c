#include "translate/strings_import.h"

#include "base/files.h"
#include "base/safe.h"

#include <string.h>

/* No text has it: what carries it is out of date until it is translated again. */
#define NEVER "00000000"

static void clear_answer(void *at)
{
    struct strings_answer *a = at;
    g_free(a->key);
    g_free(a->translation);
}

GArray *strings_answers_new(void)
{
    GArray *answers = g_array_new(FALSE, TRUE, sizeof(struct strings_answer));
    g_array_set_clear_func(answers, clear_answer);
    return answers;
}

bool strings_answers_full(const GArray *answers, const char *path, GError **error)
{
    if (answers->len < STRINGS_ANSWERS_MAX)
        return false;
    g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_FAILED,
                "%s has more than %d translations, which no story has: bring them in as several files", path,
                STRINGS_ANSWERS_MAX);
    return true;
}

char *strings_read_file(const char *path, GError **error)
{
    static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark; editors of Windows write one */
    size_t len;
    char *text = files_read(path, STRINGS_BYTES_MAX, &len, error);
    if (text && strlen(text) != len) {
        g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
                    "%s has a zero byte at place %zu, so it is no text, or UTF-16: save it as UTF-8", path,
                    strlen(text));
        g_clear_pointer(&text, g_free);
    }
    if (text && g_str_has_prefix(text, mark))
        memmove(text, text + strlen(mark), len - strlen(mark) + 1);
    return text;
}

static void append_entry(GString *out, const char *key, const char *text, const char *origin)
{
    g_string_append_printf(out, "%s: ", key);
    if (origin)
        g_string_append(out, "{text: ");
    safe_yaml(out, text);
    if (origin)
        g_string_append_printf(out, ", of: \"%s\"}", origin);
    g_string_append_c(out, '\n');
}

/* The comment at the top of the file. */
static void append_head(GString *out, const char *old)
{
    const char *end = old;
    while (*end == '#' || *end == '\n')
        end += strcspn(end, "\n") + (strchr(end, '\n') != NULL);
    g_string_append_len(out, old, end - old);
}

static void rename_word(char **word, const char *name)
{
    g_free(*word);
    *word = g_strdup(name);
}

/* The key by which the text goes now: its file may be older than a new name (`was`). The caller frees it. */
static char *present_key(const struct story *s, const char *key)
{
    g_auto(GStrv) words = g_strsplit(key, ".", 4); /* names are the second and the third */
    const guint n = g_strv_length(words);
    const char *const prefix = n > 0 ? words[0] : "";
    const int32_t node = n > 2 && strcmp(prefix, "node") == 0 ? story_find_node(s, words[1]) : -1;
    const int32_t ending = n > 2 && strcmp(prefix, "ending") == 0 ? story_find_ending(s, words[1]) : -1;
    const bool of_decision = n > 2 && (strcmp(prefix, "decision") == 0 || strcmp(prefix, "option") == 0);
    const int32_t d = of_decision ? story_find_decision(s, words[1]) : -1;
    const int32_t o = d >= 0 && strcmp(prefix, "option") == 0 ? story_find_option(s, d, words[2]) : -1;
    if (node >= 0)
        rename_word(&words[1], s->nodes[node].name);
    if (ending >= 0)
        rename_word(&words[1], s->endings[ending].name);
    if (d >= 0)
        rename_word(&words[1], s->decisions[d].name);
    if (o >= 0)
        rename_word(&words[2], s->options[s->decisions[d].options.first + o].name);
    return g_strjoinv(".", words);
}

static GHashTable *index_answers(const struct story *s, const GArray *answers)
{
    GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < answers->len; i++) {
        struct strings_answer *a = &g_array_index(answers, struct strings_answer, i);
        char *key = present_key(s, a->key);
        if (g_hash_table_contains(index, key) && strcmp(key, a->key) != 0) /* what bears the present name is newer */
            g_free(key);
        else
            g_hash_table_insert(index, key, a);
    }
    return index;
}

static bool is_translated(const struct strings_answer *a, const struct strings_entry *e)
{
    return a && a->translation && a->translation[0] && !(a->unsure && e->translation);
}

static void merge_entry(GString *out, const struct strings_entry *e, const struct strings_answer *a,
                        struct strings_taken *taken)
{
    if (is_translated(a, e)) {
        const char *origin = a->unsure ? NEVER : a->of;
        append_entry(out, e->key, a->translation, origin);
        taken->taken++;
        taken->of_these_outdated += strcmp(origin, e->of) != 0;
    } else if (e->translation) {
        append_entry(out, e->key, e->translation, e->origin);
        taken->kept++;
    } else
        taken->without++;
}

char *strings_merge(const struct strings *t, const GArray *answers, const char *old, struct strings_taken *taken)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GHashTable) index = index_answers(t->story, answers);
    *taken = (struct strings_taken){0};
    if (old)
        append_head(out, old);
    for (int32_t i = 0; i < t->n_entries; i++) {
        merge_entry(out, &t->entries[i], g_hash_table_lookup(index, t->entries[i].key), taken);
        g_hash_table_remove(index, t->entries[i].key);
    }
    taken->unknown = (int32_t)g_hash_table_size(index);
    return g_string_free(out, FALSE);
}
