/* Files are laid out in one way, and say the same as before: a table, and every good story of the tests, indented in odd ways. */
#include "story_text.h"
#include "tap.h"

#include "story/yaml_layout.h"

#include <string.h>

static const struct {
    const char *before, *after; /* NULL: refused */
} cases[] = {
    {"a: 1\n", "a: 1\n"},
    {"a: 1", "a: 1\n"},
    {"a: 1  \r\nb: 2\t\n\n\n\nc: 3\n\n\n", "a: 1\nb: 2\n\nc: 3\n"},
    {"\n\na: 1\n", "a: 1\n"},
    {"a:\n    b:\n        c: 1\n", "a:\n  b:\n    c: 1\n"},
    {"a:\n - x\n - y\n", "a:\n  - x\n  - y\n"},
    {"a:\n- x\n- k: 1\n  l: 2\nb: 3\n", "a:\n  - x\n  - k: 1\n    l: 2\nb: 3\n"},
    {"a:\n   -  k: 1\n      l: 2\n", "a:\n  - k: 1\n    l: 2\n"},
    {"# top\na:   # why\n      # inner\n      b: 1\n      # level with b\n# level with c\nc: 2\n# end\n",
     "# top\na:   # why\n  # inner\n  b: 1\n  # level with b\n# level with c\nc: 2\n# end\n"},
    {"a:\n    b: |\n        two\n          lines  \n\n\n        more\n    c: 1\n",
     "a:\n  b: |\n      two\n        lines  \n\n\n      more\n  c: 1\n"},
    {"a:\n    b: {x: 1,\n        y: 2}\n    c: [\n      1,\n      2]\n",
     "a:\n  b: {x: 1,\n      y: 2}\n  c: [\n    1,\n    2]\n"},
    {"a:\n    \"q\": 'it''s\n      long'\n    p: plain\n      text\n",
     "a:\n  \"q\": 'it''s\n    long'\n  p: plain\n    text\n"},
    {"a:\n    q: 'one\n\n\n      two'\n    p: one\t\n\n  \n\n      two\n\n\n    d: [\"x\n\n\n      y\"]\n",
     "a:\n  q: 'one\n\n\n    two'\n  p: one\n\n\n\n    two\n\n  d: [\"x\n\n\n    y\"]\n"},
    {"one\t\r\r\n\t\n\ntwo\t", "one\n\n\n\ntwo\n"}, /* found by fuzzing */
    {"a: 1\n\n  \n\n \n# end\n", "a: 1\n\n# end\n"},
    {"a: &x\n    b: 1\nc: *x\n", "a: &x\n  b: 1\nc: *x\n"},
    {"a:\n    b:\n    c: 1\n", "a:\n  b:\n  c: 1\n"},
    {"a:\n    -\n        k: 1\n    -   -   x\n", "a:\n  -\n    k: 1\n  - - x\n"},
    {"a: one\xE2\x80\xA8  b\n", NULL}, /* a line end to YAML, which says something else than \n */
    {"\xFE\xFF", NULL},                /* UTF-16 */
    {"\xFF\xFEv\r", NULL},
    {"\xEF\xBB\xBF"
     "a:  1 \n",
     "\xEF\xBB\xBF"
     "a:  1\n"},
    {"a: [1\n", NULL},
    {"a:\n\tb: 1\n", NULL},
};

static void test_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *is = yaml_layout(cases[i].before, strlen(cases[i].before), &error);
        g_autofree char *name = g_strescape(cases[i].before, NULL);
        if (!cases[i].after) {
            ok(!is && error && strstr(error->message, "line "), "refused: %s", name);
            continue;
        }
        g_autofree char *again = is ? yaml_layout(is, strlen(is), NULL) : NULL;
        is_str(is ? is : error->message, cases[i].after, name);
        is_str(again, is, "and again, the same");
    }
}

/* The same file with twice the blanks at the beginning of each line, where that still says the same. */
static char *spread(const char *text)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++)
        g_string_append_printf(out, "%*s%s%s", (int)strspn(lines[i], " "), "", lines[i], lines[i + 1] ? "\n" : "");
    return g_string_free(out, FALSE);
}

static void test_story(const char *path)
{
    g_autofree char *text = NULL, *folder = g_path_get_dirname(path),
                    *copy = g_build_filename(folder, "layout.tmp.yaml", NULL);
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &text, &len, NULL);
    g_autofree char *tidy = yaml_layout(text, len, &error), *wide = spread(text), *untidied = NULL, *again = NULL;
    if (!ok(tidy != NULL, "%s: %s", path, error ? error->message : "laid out"))
        return;
    again = yaml_layout(tidy, strlen(tidy), NULL);
    is_str(again, tidy, "a second time changes nothing");
    untidied = yaml_layout(wide, strlen(wide), &error);
    ok(untidied || strstr(error->message, "this is no YAML"), "however far in its lines are");
    struct story *before = story_from_file(path), *after = story_from_text_at(copy, tidy);
    ok(before && after && before->hash == after->hash, "and it is the same story");
    story_free(before);
    story_free(after);
    g_unlink(copy);
}

int main(void)
{
    static const char folder[] = "tests/stories/valid";
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    test_cases();
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_suffix(name, ".yaml"))
            test_story(path);
    }
    test_story("stories/lighthouse/story.yaml");
    test_story("stories/at-the-third-stroke/story.yaml");
    return tap_done();
}
