/* Every rule has fixes or says why not; and each fix that is offered for a broken story mends its mistake and makes no new one. */
#include "tap.h"

#include "check/checked_story.h"
#include "edit/quick_fix.h"
#include "edit/story_fixes.h"
#include "edit/text_edits.h"
#include "media_test.h"
#include "mistakes.h"

#include <glib/gstdio.h>
#include <string.h>

/* What is being tried: texts of files that are changed, by their path. */
struct trial {
    struct guides *guides;
    GHashTable *texts;    /* char * -> char *: the story after a fix */
    bool media;           /* films and sounds are looked into */
    GHashTable *mended;   /* codes of rules of which some fix has worked */
    guint found, fixable; /* diagnostics, and how many of them have a fix */
    guint fixes;
};

static const char *find_text(void *user, const char *path, size_t *len)
{
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    const char *text = g_hash_table_lookup(user, full);
    *len = text ? strlen(text) : 0;
    return text;
}

/* The story's files as they are after the edits; a file that is not there is made. Returns its path, to be freed, or NULL. */
static char *apply(struct trial *t, const struct names *n, GPtrArray *edits)
{
    char *made = NULL;
    g_hash_table_remove_all(t->texts);
    for (guint i = 0; i < edits->len; i++) {
        const struct text_edit *e = edits->pdata[i];
        if (names_file(n, e->path) >= 0)
            continue;
        g_autofree char *folder = g_path_get_dirname(e->path);
        g_mkdir_with_parents(folder, 0700);
        g_file_set_contents(e->path, e->text, -1, NULL);
        made = g_strdup(e->path);
    }
    for (guint i = 0; i < n->files->len; i++) {
        const struct names_file *f = n->files->pdata[i];
        g_hash_table_insert(t->texts, g_strdup(f->path), text_edits_applied(edits, f->path, f->src->bytes));
    }
    return made;
}

/* What a diagnostic says, but for numbers of lines, which an edit may move. */
static char *said(const struct diag *d)
{
    g_autofree char *text = g_strdup_printf("%s %s", d->rule->code, d->message);
    static GRegex *lines;
    if (!lines)
        lines = g_regex_new("line \\d+", 0, 0, NULL);
    return g_regex_replace_literal(lines, text, -1, 0, "line N", 0, NULL);
}

static guint count(const struct diags *diags, const char *what)
{
    guint n = 0;
    for (size_t i = 0; i < diags_len(diags); i++) {
        g_autofree char *is = said(diags_get(diags, i));
        n += strcmp(is, what) == 0;
    }
    return n;
}

/* The first error that was not there before, to be freed; NULL: there is none. */
static char *new_error(const struct diags *before, const struct diags *after)
{
    for (size_t i = 0; i < diags_len(after); i++) {
        const struct diag *d = diags_get(after, i);
        g_autofree char *what = said(d);
        if (d->rule->severity == DIAG_ERROR && count(after, what) > count(before, what))
            return g_strdup_printf("%u:%u %s", d->line, d->col, what);
    }
    return NULL;
}

/* Is the mistake gone, and no error new? If not, *why says so. */
/* A name that can't be one hides what is said of its uses. */
static bool hides(const struct diag *d)
{
    return strcmp(d->rule->code, "E114") == 0;
}

static bool mends(struct trial *t, const char *path, const struct names *n, const struct diags *before,
                  const struct diag *d, struct quick_fix *f, char **why)
{
    struct checked_story after;
    g_autofree char *made = apply(t, n, f->edits), *what = said(d);
    const struct source_buffers buffers = {find_text, t->texts};
    checked_story_init(&after, path, &(struct check_options){.no_media = !t->media, .buffers = &buffers});
    char *error = hides(d) ? NULL : new_error(before, after.diags);
    const bool gone = count(after.diags, what) < count(before, what);
    *why = error ? error : gone ? NULL : g_strdup("it is still there");
    checked_story_clear(&after);
    if (made)
        g_unlink(made);
    return !*why;
}

static void print_changed(struct trial *t)
{
    GHashTableIter it;
    gpointer path, text;
    g_hash_table_iter_init(&it, t->texts);
    while (g_hash_table_iter_next(&it, &path, &text)) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **l = lines; *l; l++)
            printf("#   | %.150s\n", *l);
    }
}

static void try_diag(struct trial *t, const char *name, const char *path, const struct names *n,
                     const struct diags *before, const struct diag *d)
{
    const char *no_edit;
    g_autofree char *file = g_canonicalize_filename(d->file, NULL);
    const int at = names_file(n, file);
    g_autoptr(GPtrArray) fixes = at >= 0 ? quick_fixes(n, (guint)at, d) : g_ptr_array_new();
    quick_fix_exists(d->rule, &no_edit);
    t->found++;
    t->fixable += fixes->len > 0;
    if (fixes->len == 0)
        printf("# no fix: %s:%u:%u: %s %s\n", name, d->line, d->col, d->rule->code, d->message);
    if (fixes->len == 0 && !no_edit)
        ok(false, "%s:%u:%u: %s %s: there is a fix, or a reason why not", name, d->line, d->col, d->rule->code,
           d->message);
    for (guint i = 0; i < fixes->len; i++) {
        struct quick_fix *f = fixes->pdata[i];
        char *why = NULL;
        t->fixes++;
        if (mends(t, path, n, before, d, f, &why)) {
            g_hash_table_add(t->mended, (gpointer)d->rule->code);
            continue;
        }
        ok(false, "%s:%u:%u: %s %s: \"%s\": %s", name, d->line, d->col, d->rule->code, d->message, f->title, why);
        print_changed(t);
        g_free(why);
    }
}

static void try_story(struct trial *t, const char *name, const char *path)
{
    struct checked_story c;
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    struct names *n = names_read(t->guides, full, NULL);
    checked_story_init(&c, full, &(struct check_options){.no_media = !t->media});
    for (size_t i = 0; i < diags_len(c.diags); i++)
        try_diag(t, name, full, n, c.diags, diags_get(c.diags, i));
    checked_story_clear(&c);
    names_free(n);
}

static void try_all(struct trial *t, const char *folder)
{
    const char *name;
    GDir *dir = g_dir_open(folder, 0, NULL);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *main_file = g_build_filename(path, "story.yaml", NULL);
        try_story(t, name, g_file_test(path, G_FILE_TEST_IS_DIR) ? main_file : path);
    }
    if (dir)
        g_dir_close(dir);
}

/* ---- films and sounds -------------------------------------------------------------------------------------------- */

#define ASKING(clip, opens, closes)                                                                                    \
    "nodes:\n  a:\n    clip: " clip "\n    decision: {id: d, opens: " opens ", closes: " closes                        \
    ", default: x, options: {x: X, y: Y}}\n    next: z\n"
#define PLAYING(clip) "nodes:\n  a:\n    clip: " clip "\n    next: z\n"

/* What only a look into the files shows: film.mkv lasts 4 seconds, and so does long.wav; short.wav lasts one. */
static const struct {
    const char *code, *nodes;
} mistaken[] = {
    {"W802", PLAYING("still.png")},
    {"W802", PLAYING("{file: still.png}")},
    {"W802", PLAYING("{image: film.mkv, for: 2s}")},
    {"W802", PLAYING("long.wav")},
    {"E803", PLAYING("{file: film.mkv, from: 1s, to: 9s}")},
    {"E803", PLAYING("{file: film.mkv, from: 8s, to: 9s}")},
    {"W804", ASKING("film.mkv", "5s", "7s")},
    {"W805", ASKING("film.mkv", "2s", "7s")},
    {"W854", PLAYING("{file: film.mkv, from: 2s, sound: long.wav}")},
    {"W854", PLAYING("{file: film.mkv, from: 2s, sound: {file: long.wav}}")},
    {"W854", PLAYING("{file: film.mkv, from: 2s, sound: {file: short.wav, clock: film}}")},
};

static bool make_files(void)
{
    return mt_ffmpeg("-f lavfi -i testsrc=size=64x36:rate=10:duration=4 -c:v ffv1 film.mkv") &&
           mt_ffmpeg("-f lavfi -i testsrc=size=64x36 -frames:v 1 still.png") &&
           mt_ffmpeg("-f lavfi -i sine=duration=4 long.wav") && mt_ffmpeg("-f lavfi -i sine=duration=1 short.wav");
}

static void try_media(struct trial *t)
{
    t->media = true;
    for (size_t i = 0; i < G_N_ELEMENTS(mistaken); i++) {
        g_autofree char *path = mt_path("story.yaml");
        g_autofree char *text = g_strconcat("frumious: 1\nid: t.fixes\ntitle: T\nstart: a\n", mistaken[i].nodes,
                                            "  z: {clip: {card: Z, for: 2s}, ending: {id: z, title: Z}}\n", NULL);
        const guint before = t->found;
        g_file_set_contents(path, text, -1, NULL);
        try_story(t, mistaken[i].code, path);
        ok(t->found > before, "%s: %s", mistaken[i].code, mistaken[i].nodes + strlen("nodes:\n  a:\n    "));
    }
}

/* ---- typical mistakes -------------------------------------------------------------------------------------------- */

/* In a folder with the file that the story names. */
static void try_mistakes(struct trial *t)
{
    g_autofree char *path = mt_path("story.yaml");
    t->media = false;
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autofree char *text = mistake_story(&mistakes[i]);
        g_file_set_contents(path, text, -1, NULL);
        try_story(t, mistakes[i].what, path);
    }
}

/* ---- all that leaves nothing to decide --------------------------------------------------------------------------- */

/* A story with mistakes, and what it becomes; what the writer must decide stays. */
static void try_together(void)
{
    static const char wrong[] = "frumious: 1\nid: t.fix\ntitle: T\nstart: stop\nnodes:\n\tstop:\n"
                                "    clip: {card: Rain, again., for: 4s}  # a card\n    decision:\n      id: which\n"
                                "      promt: Well: single?\n      opens: 1s\n      for: 2 s\n      default: single\n"
                                "      options:\n        single: {text: \u201CYes, please\u201D, goto: home}\n"
                                "        return: {text: Return, goto: hom}\n  home:\n"
                                "    clip: {card: 'It's late', for: 6}\n    ending: {id: home, title: @Home}\n";
    static const char right[] =
        "frumious: 1\nid: t.fix\ntitle: T\nstart: stop\nnodes:\n  stop:\n"
        "    clip: {card: \"Rain, again.\", for: 4s}  # a card\n    decision:\n      id: which\n"
        "      prompt: \"Well: single?\"\n      opens: 1s\n      for: 2s\n      default: single\n"
        "      options:\n        single: {text: \"Yes, please\", goto: home}\n"
        "        return: {text: Return, goto: hom}\n  home:\n"
        "    clip: {card: 'It''s late', for: 6s}\n    ending: {id: home, title: \"@Home\"}\n";
    struct story_fixes f;
    g_autofree char *path = mt_path("story.yaml");
    g_file_set_contents(path, wrong, -1, NULL);
    story_fixes_init(&f, path);
    is_str(g_hash_table_lookup(f.texts, path), right, "all is mended that leaves nothing to decide");
    ok(f.said->len >= 9, "%u changes are told", f.said->len);
    story_fixes_clear(&f);
    g_file_set_contents(path, right, -1, NULL);
    story_fixes_init(&f, path);
    ok(g_hash_table_size(f.texts) == 0 && f.said->len == 0, "and then nothing is left");
    story_fixes_clear(&f);
}

int main(void)
{
    struct trial t = {.guides = guides_new(),
                      .texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                      .mended = g_hash_table_new(g_str_hash, g_str_equal)};
    g_autofree char *folder = g_dir_make_tmp("frumious-fixes-XXXXXX", NULL),
                    *broken = g_build_filename(folder, "broken", NULL);
    g_autofree char *copy = g_strdup_printf("cp -r tests/stories/broken '%s'", folder),
                    *rm = g_strdup_printf("rm -rf '%s'", folder);
    guint fixed = 0, left = 0;
    if (!ok(g_spawn_command_line_sync(copy, NULL, NULL, NULL, NULL), "a copy of the broken stories"))
        return tap_done();
    try_all(&t, broken);
    if (ok(make_files(), "films and sounds"))
        try_media(&t);
    try_mistakes(&t);
    try_together();
    mt_cleanup();
    for (const struct diag_rule *r = diag_rules(); r->code; r++) {
        const char *no_edit;
        const bool exists = quick_fix_exists(r, &no_edit);
        ok(exists || no_edit, "%s: it is decided what is done about it", r->code);
        if (exists)
            ok(g_hash_table_contains(t.mended, r->code), "%s: a fix has mended a broken story", r->code);
        fixed += exists;
        left += !exists;
    }
    printf("# %u rules with fixes, %u without; %u diagnostics, %u with a fix; %u fixes\n", fixed, left, t.found,
           t.fixable, t.fixes);
    ok(t.fixes > 400, "%u fixes, each tried", t.fixes);
    g_spawn_command_line_sync(rm, NULL, NULL, NULL, NULL);
    g_hash_table_unref(t.texts);
    g_hash_table_unref(t.mended);
    guides_free(t.guides);
    return tap_done();
}
