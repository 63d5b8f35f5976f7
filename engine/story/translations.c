#include "story/translations.h"

#include "base/beneath.h"
#include "base/stand_in.h"
#include "story/fingerprint.h"
#include "story/former_names.h"
#include "story/limits.h"
#include "story/read.h"
#include "story/resolve.h"
#include "story/missing_file.h"
#include "story/suggest.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

/* In a story with more texts, nothing is suggested for an unknown key: each costs a comparison with all of them. */
#define SUGGEST_TEXTS_MAX 20000

/* So many missing texts are reported one by one, each at its place; of more, so many are named in a single report. */
#define UNTRANSLATED_EACH  3
#define UNTRANSLATED_NAMED 8

static GHashTable *index_text_keys(struct builder *b)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < b->texts->len; i++)
        g_hash_table_insert(index, (gpointer)g_array_index(b->texts, struct builder_text, i).key,
                            GUINT_TO_POINTER(i + 1));
    former_names_add_keys(b, index);
    return index;
}

static void report_unknown_key(struct builder *b, const struct yml_node *key)
{
    struct suggest s = suggest_begin(key->text);
    for (guint i = 0; i < b->texts->len && b->texts->len < SUGGEST_TEXTS_MAX; i++)
        suggest_offer(&s, g_array_index(b->texts, struct builder_text, i).key);
    g_autofree char *advice = suggest_advice(&s);
    builder_error(b, key, "W702", advice, "the story has no text `%s`", builder_brief(b, key->text));
}

/* ---- one entry: a text, or a text and what it was made from ---------------------------------------------------------- */

struct entry {
    const char *text;          /* kept by the story; NULL: unusable, which was reported */
    const struct yml_node *of; /* the fingerprint that the file gives, or NULL */
};

static void read_entry_text(struct builder *b, const struct yml_node *key, void *into)
{
    struct entry *e = into;
    e->text = read_text(b, key->value, STORY_TEXT_BYTES_MAX);
}

static void read_entry_of(struct builder *b, const struct yml_node *key, void *into)
{
    struct entry *e = into;
    const char *of = read_text(b, key->value, FINGERPRINT_BYTES - 1);
    if (of && fingerprint_is(of))
        e->of = key->value;
    else if (of)
        builder_error(b, key->value, "E106", "`of: 3a5f09c2`, as `frumious import strings` writes it",
                      "the fingerprint of a text was expected here: eight digits from 0 to f");
}

static struct entry read_entry(struct builder *b, const struct yml_node *key)
{
    static const struct read_row rows[] = {{"text", read_entry_text, true}, {"of", read_entry_of, false}, {0}};
    struct entry e = {0};
    if (!read_present(b, key))
        return e;
    if (key->value->kind == YML_MAP)
        read_map(b, key->value, rows, &e, "a translation", key);
    else
        e.text = read_text(b, key->value, STORY_TEXT_BYTES_MAX);
    return e;
}

/* The text that was translated is another one now. The translation is shown all the same. */
static void report_outdated(struct builder *b, const char *key, const struct yml_node *of, const char *text)
{
    char now[FINGERPRINT_BYTES];
    fingerprint_text(text, now);
    if (strcmp(now, of->text) == 0)
        return;
    g_autofree char *advice =
        g_strdup_printf("the text is now `%s`: translate it again, and write `of: %s`", builder_brief(b, text), now);
    builder_error(b, of, "W707", advice, "`%s` translates an earlier text", builder_brief(b, key));
}

/* `texts` and `origins` are the language's own. */
static void read_translation(struct builder *b, const struct yml_node *key, GHashTable *index, GHashTable *seen,
                             const char **texts, const char **origins)
{
    const guint id = GPOINTER_TO_UINT(g_hash_table_lookup(index, key->text));
    assert(id <= b->texts->len);
    if (!id) {
        report_unknown_key(b, key);
        return;
    }
    if (!g_hash_table_add(seen, GUINT_TO_POINTER(id))) {
        builder_error(b, key, "E104", "remove one of them", "`%s` is given twice", key->text);
        return;
    }
    const struct builder_text *t = &g_array_index(b->texts, struct builder_text, id - 1);
    const struct entry e = read_entry(b, key);
    if (e.text && t->fields)
        resolve_fields(b, e.text, builder_mark(b, key->value), key->value->width);
    if (e.of)
        report_outdated(b, key->text, e.of, t->text);
    texts[id - 1] = e.text ? builder_keep(b, e.text) : "";
    origins[id - 1] = e.of ? builder_keep(b, e.of->text) : NULL;
}

static void read_translations(struct builder *b, struct source_text *src, GHashTable *index, const char **texts,
                              const char **origins)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    builder_add_source(b, src);
    struct yml *y = yml_open(src, b->diags);
    if (yml_enter(y)) {
        for (const struct yml_node *key = yml_pair(y); key; key = yml_pair(y)) {
            if (key->kind == YML_SCALAR)
                read_translation(b, key, index, seen, texts, origins);
            yml_recycle(y);
        }
    } else {
        const struct yml_node *root = yml_read(y);
        if (root && root->kind != YML_BROKEN && (root->kind != YML_SCALAR || root->len > 0))
            builder_error(b, root, "E106", "`node.kitchen.title: Küche`",
                          "a mapping of keys to texts was expected here");
    }
    b->cut_short |= yml_failed(y);
    yml_close(y);
}

static bool is_missing(const struct builder *b, const char **texts, guint i)
{
    return !texts[i] && !g_array_index(b->texts, struct builder_text, i).implied;
}

static void report_each_untranslated(struct builder *b, const char *language, const char **texts)
{
    for (guint i = 0; i < b->texts->len; i++) {
        const struct builder_text *t = &g_array_index(b->texts, struct builder_text, i);
        if (!is_missing(b, texts, i))
            continue;
        g_autofree char *advice = g_strdup_printf("add it to strings/%s.yaml: `%s: …`", language, t->key);
        builder_error_at(b, t->mark, (uint32_t)g_utf8_strlen(t->text, strcspn(t->text, "\n")), "W701", advice,
                         "`%s` is not translated into `%s`", t->key, language);
    }
}

/* An unfinished translation is one mistake: it is reported where the story offers the language. */
static void report_untranslated(struct builder *b, const struct pending_name *ref, const char **texts)
{
    g_autoptr(GString) advice = g_string_new(NULL);
    guint missing = 0;
    for (guint i = 0; i < b->texts->len; i++) {
        if (!is_missing(b, texts, i) || missing++ >= UNTRANSLATED_NAMED)
            continue;
        g_string_append_printf(advice, "%s`%s`", missing == 1 ? "" : ", ",
                               g_array_index(b->texts, struct builder_text, i).key);
    }
    if (missing <= UNTRANSLATED_EACH) {
        report_each_untranslated(b, ref->name, texts);
        return;
    }
    if (missing > UNTRANSLATED_NAMED)
        g_string_append_printf(advice, " and %u more", missing - UNTRANSLATED_NAMED);
    g_string_prepend(advice, ".yaml: ");
    g_string_prepend(advice, ref->name);
    g_string_prepend(advice, "add to strings/");
    builder_error_at(b, ref->mark, ref->width, "W701", advice->str, "%u of %u texts are not translated into `%s`",
                     missing, b->texts->len, ref->name);
}

static void report_missing(struct builder *b, const struct pending_name *ref, const char *file)
{
    struct missing_file m;
    missing_file_explain(&m, b->dir, file);
    g_autofree char *advice =
        m.advice
            ? NULL
            : g_strdup_printf("`frumious export strings --language %s` writes what is to be translated, and `import "
                              "strings` makes the file of it; or take `%s` out of `languages`",
                              ref->name, ref->name);
    builder_error_at(b, ref->mark, ref->width, "W703", m.advice ? m.advice : advice, "there is no `%s`%s", file,
                     m.instead ? m.instead : "");
    missing_file_clear(&m);
}

/* False: it is the file itself. Else it is reported, and closed. */
static bool report_stand_in(struct builder *b, const char *path, struct source_text *src)
{
    const struct stand_in is = src->len > 0 ? stand_in_at(path) : (struct stand_in){0};
    const struct diag_at whole = {.file = src->name};
    if (!is.what)
        return false;
    diags_add(b->diags, "E100", &whole, is.remedy, "this is %s", is.what);
    source_text_close(src);
    return true;
}

static void load_language(struct builder *b, const struct pending_name *ref, GHashTable *index, const char **texts,
                          const char **origins)
{
    const char *language = ref->name;
    g_autofree char *relative = g_strdup_printf("strings/%s.yaml", language);
    g_autofree char *full = g_build_filename(b->dir, relative, NULL);
    const char *name = strcmp(b->dir, ".") == 0 ? relative : full;
    g_autofree char *path = beneath_path(b->dir, relative);
    struct source_text *src;
    const struct diag_at whole = {.file = name};
    const enum folder_verdict verdict = folder_check_path(b->folder, relative);
    const char *why = "it leads out of the story's folder";
    if (verdict == FOLDER_MISSING) {
        report_missing(b, ref, relative);
        return;
    }
    const enum source_text_problem problem = verdict == FOLDER_OK
                                                 ? source_text_open_from(&src, b->buffers, path, name, &why)
                                             : verdict == FOLDER_SPECIAL ? SOURCE_TEXT_SPECIAL
                                                                         : SOURCE_TEXT_UNREADABLE;
    switch (problem) {
    case SOURCE_TEXT_OK:
        if (report_stand_in(b, path, src))
            break;
        read_translations(b, src, index, texts, origins);
        if (!b->cut_short)
            report_untranslated(b, ref, texts);
        break;
    case SOURCE_TEXT_UNREADABLE:
        diags_add(b->diags, verdict == FOLDER_OK ? "E100" : "E504", &whole,
                  verdict == FOLDER_OK ? "give yourself the right to read it"
                                       : "put the file itself into the story's folder",
                  "this file can't be read: %s", why);
        break;
    case SOURCE_TEXT_SPECIAL:
        diags_add(b->diags, "E505", &whole, "put a file of texts here", "this is not a regular file");
        break;
    case SOURCE_TEXT_LARGE:
        diags_add(b->diags, "E510", &whole, "is it the right file?", "this file is larger than %d MiB",
                  STORY_FILE_BYTES_MAX / (1024 * 1024));
        break;
    }
}

void translations_none(struct builder *b)
{
    const gsize n = (gsize)b->languages->len * b->texts->len;
    b->translations = g_new0(const char *, n + 1);
    b->origins = g_new0(const char *, n + 1);
}

void translations_load(struct builder *b)
{
    const gsize n = b->texts->len;
    translations_none(b);
    if (b->languages->len < 2)
        return;
    g_autoptr(GHashTable) index = index_text_keys(b);
    assert(b->language_marks->len == b->languages->len);
    for (guint i = 1; i < b->languages->len; i++)
        load_language(b, &g_array_index(b->language_marks, struct pending_name, i), index, b->translations + i * n,
                      b->origins + i * n);
}
