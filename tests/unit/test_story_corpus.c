/*
 * The stories of tests/stories: broken ones begin with `# expect: CODE:line:col CODE@file:line:col …` and must give
 * exactly these diagnostics; valid ones must load without any (or with those that their first line expects).
 */
#include "story/load.h"
#include "story_model.h"
#include "tap.h"

#include <stdlib.h>

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *joined(GPtrArray *words)
{
    if (words->len > 1)
        qsort(words->pdata, words->len, sizeof(char *), by_text);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++)
        if (i == 0 || strcmp(words->pdata[i], words->pdata[i - 1]) != 0)
            g_string_append_printf(out, "%s%s", out->len ? " " : "", (char *)words->pdata[i]);
    g_ptr_array_free(words, TRUE);
    return g_string_free(out, FALSE);
}

/* NULL: the first line expects nothing in particular. */
static char *expected(const char *path)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    char *from = strstr(text, "# expect:"), *line_end = strchr(text, '\n');
    if (!from || !line_end || from > line_end)
        return NULL;
    from += strlen("# expect:");
    from[strcspn(from, ";\n")] = '\0';
    g_auto(GStrv) words = g_strsplit_set(from, " \t", -1);
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; words[i]; i++)
        if (words[i][0])
            g_ptr_array_add(list, g_strdup(words[i]));
    return joined(list);
}

static char *got(const struct diags *d, const char *path)
{
    g_autofree char *dir = g_path_get_dirname(path);
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < diags_len(d); i++) {
        const struct diag *g = diags_get(d, i);
        const bool other = strcmp(g->file, path) != 0;
        GString *word = g_string_new(g->rule->code);
        if (g->rule->severity < DIAG_WARNING)
            continue;
        if (other)
            g_string_append_printf(word, "@%s", g_str_has_prefix(g->file, dir) ? g->file + strlen(dir) + 1 : g->file);
        g_string_append_printf(word, ":%u:%u", g->line, g->col);
        g_ptr_array_add(list, g_string_free(word, FALSE));
    }
    return joined(list);
}

static void check_story(const char *path, bool broken, GHashTable *codes)
{
    struct diags *d = diags_new();
    struct story *s = story_load(path, d);
    g_autofree char *want = expected(path), *have = got(d, path);
    if (!ok(!broken || want, "%s says what to expect", path))
        want = g_strdup("?");
    if (!is_str(have, want ? want : "", path)) {
        g_autoptr(GString) out = g_string_new(NULL);
        diags_print(d, out, false);
        g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);
        for (int i = 0; lines[i]; i++)
            printf("# %s\n", lines[i]);
    }
    if ((s != NULL) != (diags_count(d, DIAG_ERROR) == 0))
        ok(false, "%s: a story if and only if there is no error", path);
    if (s)
        is_str(model_check(s), NULL, "the model is sound");
    for (size_t i = 0; i < diags_len(d); i++)
        g_hash_table_add(codes, (gpointer)diags_get(d, i)->rule->code);
    story_free(s);
    diags_free(d);
}

static void check_folder(const char *folder, bool broken, GHashTable *codes)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    if (!ok(dir != NULL, "%s is there", folder))
        return;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_suffix(name, ".yaml"))
            g_ptr_array_add(paths, g_steal_pointer(&path));
        else if (g_file_test(path, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(paths, g_build_filename(path, "story.yaml", NULL));
    }
    g_dir_close(dir);
    qsort(paths->pdata, paths->len, sizeof(char *), by_text);
    for (guint i = 0; i < paths->len; i++)
        check_story(paths->pdata[i], broken, codes);
    ok(paths->len >= 10, "%s: %u stories", folder, paths->len);
}

int main(int argc, char **argv)
{
    const char *root = argc > 1 ? argv[1] : "tests/stories";
    g_autofree char *broken = g_build_filename(root, "broken", NULL), *valid = g_build_filename(root, "valid", NULL);
    g_autoptr(GHashTable) codes = g_hash_table_new(g_str_hash, g_str_equal);
    /* These need files that git does not keep (links, pipes, too large ones): test_story_hostile.c makes them. */
    static const char *const elsewhere[] = {"E103", "E107", "E504", "E505", "E510", "E512", NULL};

    check_folder(valid, false, codes);
    check_folder(broken, true, codes);
    for (const struct diag_rule *r = diag_rules(); r->code; r++)
        if (!g_strv_contains(elsewhere, r->code) && r->code[1] != '8' && strcmp(r->code, "W705") != 0 &&
            strcmp(r->code, "W706") != 0) /* test_lint */
            ok(g_hash_table_contains(codes, r->code), "%s (%s) has a broken story", r->code, r->name);
    return tap_done();
}
