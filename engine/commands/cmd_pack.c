/* frumious pack: a film in one file. */

#include "base/beneath.h"
#include "base/confine.h"
#include "base/folder_packer.h"
#include "base/interrupt.h"
#include "base/packed_folder.h"
#include "base/units.h"
#include "check/check_report.h"
#include "commands/command.h"
#include "explore/explore_report.h"
#include "story/folder.h"
#include "story/main_file.h"
#include "story/story_files.h"

#include <assert.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#define PROOF_BYTES (UINT64_C(2048) << 20) /* as `explore` has by default */

/* ---- before it ----------------------------------------------------------------------------------------------------- */

static bool on_file_read(void *user, unsigned done, unsigned n)
{
    (void)user, (void)done, (void)n;
    return !interrupt_requested();
}

static bool on_decoded(void *user, int64_t done_us, int64_t all_us)
{
    (void)user;
    if (all_us > 0)
        console_progress("checking: %d %%", (int)(MIN(done_us, all_us) * 100 / all_us));
    return !interrupt_requested();
}

/* False: it has mistakes, which are on standard error. */
static bool is_checked(const char *path, bool deep)
{
    const struct check_options o = {.deep = deep, .on_file = on_file_read, .on_decoded = on_decoded};
    struct checked_story c;
    checked_story_init(&c, path, &o);
    console_progress_end();
    const bool good = diags_count(c.diags, DIAG_ERROR) == 0;
    if (!good) {
        g_autoptr(GString) text = g_string_new(NULL);
        check_report_text(&c, interrupt_requested(), console_colour(STDERR_FILENO), text);
        console_write_message(text);
        console_say("%s is not packed until its mistakes are corrected", path);
    }
    if (interrupt_requested()) /* then a thread may still be reading a file */
        _exit(console_finish(EXIT_INTERRUPTED));
    checked_story_clear(&c);
    return good;
}

static void say_findings(const struct story *s, const struct explore_result *r)
{
    for (int32_t i = 0; i < r->n_mistakes; i++) {
        g_autofree char *sentence = explore_report_sentence(s, &r->findings[i]);
        console_say("%s", sentence);
    }
    if (r->limit != EXPLORE_LIMIT_NONE)
        console_say("it is not proved that there is no mistake: %s", explore_report_limit(r->limit));
    console_say("%s is not packed; `frumious explore` says more, and --draft packs it all the same", s->path);
}

/* Is it proved that no play can go wrong? */
static int prove(const struct story *s)
{
    const struct explore_options o = {.max_memory = PROOF_BYTES, .no_odds = true, .interrupted = interrupt_requested};
    struct explore *e = explore_new(s, &o);
    explore_run(e);
    const struct explore_result *r = explore_result(e);
    int code = EXIT_OK;
    if (interrupt_requested())
        code = EXIT_INTERRUPTED;
    else if (r->limit != EXPLORE_LIMIT_NONE || r->n_mistakes > 0)
        code = EXIT_PROBLEM;
    if (code == EXIT_PROBLEM)
        say_findings(s, r);
    explore_free(e);
    return code;
}

/* ---- what goes into it --------------------------------------------------------------------------------------------- */

struct content {
    const struct story *story;
    struct folder *folder;
    GHashTable *files; /* name in the pack to marked path */
    GHashTable *absent;
    bool clash; /* an included file would take the main file's name */
};

static void add_under(struct content *c, const char *name, const char *path)
{
    g_hash_table_insert(c->files, g_strdup(name), beneath_path(c->story->dir, path));
}

static void add_file(void *user, const char *path, const struct story_clip *clip, bool subtitles)
{
    struct content *c = user;
    (void)clip, (void)subtitles;
    g_autofree char *name = packed_folder_name(path);
    if (g_hash_table_contains(c->files, name) || g_hash_table_contains(c->absent, path))
        return;
    if (folder_check_path(c->folder, path) == FOLDER_OK)
        add_under(c, name, path);
    else
        g_hash_table_add(c->absent, g_strdup(path));
}

/* The path of a YAML file below the story's folder. */
static const char *below(const struct story *s, const char *file)
{
    const size_t n = strlen(s->dir);
    return strncmp(file, s->dir, n) == 0 && file[n] == '/' ? file + n + 1 : file;
}

/* The main file is called story.yaml there, whatever it is called here. */
static void add_texts(struct content *c)
{
    const struct story *s = c->story;
    add_under(c, MAIN_FILE_NAME, below(s, s->files[0]));
    for (int32_t i = 1; i < s->n_files; i++) {
        g_autofree char *name = packed_folder_name(below(s, s->files[i]));
        c->clash = c->clash || strcmp(name, MAIN_FILE_NAME) == 0;
        add_under(c, name, below(s, s->files[i]));
    }
    for (int32_t i = 1; i < s->n_languages; i++) {
        g_autofree char *strings = g_strdup_printf("strings/%s.yaml", s->languages[i]);
        if (folder_check_path(c->folder, strings) == FOLDER_OK)
            add_under(c, strings, strings);
    }
}

static int list_content(struct content *c, const struct story *s, bool draft)
{
    *c = (struct content){s, folder_new(s->dir), g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                          g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL), false};
    add_texts(c);
    story_files_each(s, add_file, c);
    if (story_files_poster(s))
        add_file(c, story_files_poster(s), NULL, false);
    if (c->clash) {
        console_say("%s includes a file called `" MAIN_FILE_NAME
                    "`, the name that the main file has in a pack; rename it",
                    s->path);
        return EXIT_PROBLEM;
    }
    GHashTableIter i;
    void *path;
    g_hash_table_iter_init(&i, c->absent);
    while (!draft && g_hash_table_iter_next(&i, &path, NULL))
        console_say("there is no '%s'; --draft packs the film without it", (const char *)path);
    return !draft && g_hash_table_size(c->absent) > 0 ? EXIT_PROBLEM : EXIT_OK;
}

static void clear_content(struct content *c)
{
    folder_free(c->folder);
    g_hash_table_unref(c->files);
    g_hash_table_unref(c->absent);
}

/* ---- writing it ---------------------------------------------------------------------------------------------------- */

/* Named after the folder of a story.yaml, or after another main file or a pack; in the folder where we are. */
static char *usual_name(const struct story *s)
{
    g_autofree char *file = g_path_get_basename(s->path), *whole = g_canonicalize_filename(s->dir, NULL),
                    *folder = g_path_get_basename(whole);
    const bool by_folder = strcmp(file, MAIN_FILE_NAME) == 0 && strcmp(folder, "/") != 0;
    char *dot = strrchr(file, '.');
    if (dot && dot != file)
        *dot = '\0';
    return g_strconcat(by_folder ? folder : file, PACKED_FOLDER_SUFFIX, NULL);
}

/* What stands there is replaced only if it is a pack. */
static bool may_replace(const char *to)
{
    if (!g_file_test(to, G_FILE_TEST_EXISTS) || packed_folder_is(to))
        return true;
    console_say("'%s' is there, and is no pack; remove it, or name another file", to);
    return false;
}

static bool on_packed(void *user, double part)
{
    console_progress("%s: %d %%", (const char *)user, (int)(part * 100));
    return !interrupt_requested();
}

static int write_pack(const struct content *c, const char *to, bool draft)
{
    g_autoptr(GError) error = NULL;
    int64_t bytes = 0;
    const guint n = g_hash_table_size(c->files);
    const bool done = folder_packer_write(to, c->files, on_packed, (void *)to, &bytes, &error);
    console_progress_end();
    if (!done && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return EXIT_INTERRUPTED;
    if (!done) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    console_print("%s: %u file%s, %.1f MB, %s\n", to, n, units_s(n), (double)bytes / 1e6,
                  draft ? "a draft, neither complete nor proved" : "checked and proved");
    return EXIT_OK;
}

/* Stories come from strangers; see `check`. */
static void give_up_rights(const char *to)
{
    g_autofree char *folder = g_path_get_dirname(to);
    const char *const folders[] = {g_get_user_cache_dir(), "/dev", folder, NULL};
    confine_or_say(folders);
}

static int pack(const struct story *s, const char *to, bool draft)
{
    struct content c;
    int code = draft ? EXIT_OK : prove(s);
    if (code != EXIT_OK)
        return code;
    code = list_content(&c, s, draft);
    if (code == EXIT_OK)
        code = write_pack(&c, to, draft);
    clear_content(&c);
    return code;
}

int cmd_pack(int argc, char **argv)
{
    gboolean deep = FALSE, draft = FALSE;
    const GOptionEntry options[] = {
        {"deep", 0, 0, G_OPTION_ARG_NONE, &deep, "Decode every film and sound first, as check --deep does", NULL},
        {"draft", 0, 0, G_OPTION_ARG_NONE, &draft, "Pack it although files are missing, and without the proof", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] STORY [FILE]",
            "Puts a film into one file (NAME" PACKED_FOLDER_SUFFIX
            "): everything that plays, and nothing else. It plays from\n"
            "there, by any command that takes a STORY, and nothing is unpacked. The story is checked (as by\n"
            "`frumious check`) and proved (`frumious explore`) first. The same story gives the same bytes.",
            &code))
        return code;
    if (argc != 2 && argc != 3) {
        console_say("name a story: frumious pack STORY [FILE]");
        return EXIT_USAGE;
    }
    struct story *s = command_load_story(argv[1], "packed", NULL, &code);
    if (!s)
        return code;
    g_autofree char *to = argc == 3 ? g_strdup(argv[2]) : usual_name(s);
    code = may_replace(to) ? EXIT_OK : EXIT_USAGE;
    if (code == EXIT_OK) {
        interrupt_listen();
        give_up_rights(to);
        code = is_checked(argv[1], deep) ? pack(s, to, draft) : EXIT_PROBLEM;
    }
    story_free(s);
    return code;
}
