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

static GHashTable *index_answers(const GArray *answers)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < answers->len; i++) {
        struct strings_answer *a = &g_array_index(answers, struct strings_answer, i);
        g_hash_table_insert(index, a->key, a);
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
    g_autoptr(GHashTable) index = index_answers(answers);
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
