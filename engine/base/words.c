#include "base/words.h"

#include <string.h>

/* english -> words */
static GHashTable *table_of(const struct words_line *line)
{
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
    for (; line->english; line++)
        g_hash_table_insert(table, (char *)line->english, (char *)line->words);
    return table;
}

/* A table for each of words_languages. */
static GHashTable *const *tables(void)
{
    static GHashTable **made;
    if (g_once_init_enter(&made)) {
        GPtrArray *list = g_ptr_array_new();
        for (const struct words_language *l = words_languages; l->tag; l++)
            g_ptr_array_add(list, table_of(l->lines));
        g_once_init_leave(&made, (GHashTable **)g_ptr_array_free(list, FALSE));
    }
    return made;
}

/* How much of the tag the file's name is: 0 unless it is all of it, or its beginning up to a hyphen. */
static size_t match_of(const char *file, const char *tag)
{
    size_t n = 0;
    for (; file[n]; n++)
        if (g_ascii_tolower(file[n]) != (tag[n] == '_' ? '-' : g_ascii_tolower(tag[n])))
            return 0;
    return strchr("-_", tag[n]) ? n : 0; /* the end of the tag, too */
}

const char *words_in(const char *language, const char *english)
{
    size_t best = 0;
    const char *words = NULL;
    for (size_t i = 0; language && words_languages[i].tag; i++) {
        const size_t match = match_of(words_languages[i].tag, language);
        const char *found = match > best ? g_hash_table_lookup(tables()[i], english) : NULL;
        if (found) {
            best = match;
            words = found;
        }
    }
    return words ? words : english;
}
