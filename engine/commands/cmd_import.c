/* frumious import: what others have worked on, into a story. */

#include "adopt/moments_import.h"
#include "adopt/twee_import.h"
#include "base/brief.h"
#include "base/files.h"
#include "base/packed_folder.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/recut_import.h"
#include "commands/translation.h"
#include "translate/po.h"
#include "translate/strings_csv.h"
#include "translate/strings_import.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static int failed(const GError *error)
{
    console_say("%s", error->message);
    return EXIT_ENVIRONMENT;
}

static void tell(const struct strings_taken *n, const char *path)
{
    console_print("%s: %d %s taken", path, n->taken, n->taken == 1 ? "translation" : "translations");
    if (n->of_these_outdated)
        console_print(" (%d of them of earlier texts, or marked as fuzzy)", n->of_these_outdated);
    console_print(", %d kept as they were, %d still missing\n", n->kept, n->without);
    if (n->unknown)
        console_say("%d %s left out: the story has no texts with these keys", n->unknown,
                    n->unknown == 1 ? "translation was" : "translations were");
}

/* The story must still load. If it does not, the file is again what it was. */
static int settle(const char *story, const char *path, const char *old)
{
    int code;
    struct story *s = command_load_story(story, "played with these translations", NULL, &code);
    g_autoptr(GError) error = NULL;
    if (s) {
        story_free(s);
        return EXIT_OK;
    }
    if (old)
        files_replace_work(path, old, -1, &error);
    else
        g_unlink(path);
    if (error)
        return failed(error);
    console_say("%s is as it was before", path);
    return code;
}

static char *read_old(const char *path, GError **error)
{
    g_autoptr(GError) missing = NULL;
    char *old = files_read(path, STRINGS_BYTES_MAX, NULL, &missing);
    if (!old && !g_error_matches(missing, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_propagate_error(error, g_steal_pointer(&missing));
    return old;
}

static int write_merged(const struct strings *t, const GArray *answers)
{
    g_autofree char *file = g_strdup_printf("%s.yaml", t->language),
                    *folder = g_build_filename(t->story->dir, "strings", NULL),
                    *path = g_build_filename(folder, file, NULL);
    g_autoptr(GError) error = NULL;
    struct strings_taken taken;
    if (g_mkdir(folder, 0755) < 0 && errno != EEXIST) {
        console_say("%s can't be made: %s", folder, g_strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    g_autofree char *old = read_old(path, &error);
    g_autofree char *merged = error ? NULL : strings_merge(t, answers, old, &taken);
    if (error || !command_rewrite(path, old, -1, merged, &error))
        return failed(error);
    const int code = settle(t->story->path, path, old);
    if (code == EXIT_OK)
        tell(&taken, path);
    return code == EXIT_OK && taken.unknown ? EXIT_PROBLEM : code;
}

static int import_strings(const struct story *s, const char *language, enum translation_format format, const char *file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) answers = format == TRANSLATION_CSV ? strings_csv_read(file, &error) : po_read(file, &error);
    if (!answers) {
        console_say("%s", error->message);
        return error->domain == G_FILE_ERROR ? EXIT_ENVIRONMENT : EXIT_PROBLEM;
    }
    struct strings *t = strings_of_story(s, language);
    const int code = write_merged(t, answers);
    strings_free(t);
    return code;
}

/* ---- twee -------------------------------------------------------------------------------------------------------- */

#define LISTED_MAX 1000 /* lines; all of it is in the notes */

static void list_rest(guint n)
{
    if (n > LISTED_MAX)
        console_print("… and %u more\n", n - LISTED_MAX);
}

static bool write_to(const char *folder, const char *name, const char *text, gssize len)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    if (files_replace_work(path, text, len, &error))
        return true;
    console_say("%s", error->message);
    return false;
}

static void list_missed(const struct twee_story *made, const char *file)
{
    for (guint i = 0; i < MIN(made->missed->len, LISTED_MAX); i++) {
        const struct twee_missed *l = &g_array_index(made->missed, struct twee_missed, i);
        console_print("%s:%d: %s: %s: %s\n", file, l->line, l->passage, l->why, l->what);
    }
    list_rest(made->missed->len);
}

/* Writes the folder, and loads what it has written. */
static int write_adopted(const struct twee_story *made, const char *file, const char *source, size_t len,
                         const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "story.yaml", NULL);
    int code;
    if (!command_new_folder(folder, &code))
        return code;
    if (!write_to(folder, "source.twee", source, (gssize)len) ||
        !write_to(folder, "story.yaml", made->yaml->str, (gssize)made->yaml->len))
        return EXIT_ENVIRONMENT;
    struct story *s = command_load_story(path, "played", NULL, &code);
    if (!s)
        return code;
    story_free(s);
    list_missed(made, file);
    console_print("%s: %d passage%s, %d link%s, %d variable%s\n", path, made->passages, units_s(made->passages),
                  made->links, units_s(made->links), made->variables, units_s(made->variables));
    if (made->missed->len == 0)
        return EXIT_OK;
    console_say(
        "%u %s left out or changed; each is listed above, and in the note of its node. source.twee is the whole story",
        made->missed->len, made->missed->len == 1 ? "thing was" : "things were");
    return EXIT_PROBLEM;
}

static int import_twee(const char *file, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *base = g_path_get_basename(file), *usual = g_strconcat(base, ".story", NULL);
    char *dot = strrchr(base, '.');
    size_t len;
    g_autofree char *source = files_read(file, TWEE_BYTES_MAX, &len, &error);
    if (!source)
        return failed(error);
    struct twee *t = twee_parse(source, len, file, &error);
    if (!t) {
        console_say("%s", error->message);
        return EXIT_PROBLEM;
    }
    if (dot && dot > base)
        *dot = '\0';
    struct twee_story *made = twee_story_make(t);
    int code = EXIT_PROBLEM;
    if (made->yaml->len > 0)
        code = write_adopted(made, file, source, len, folder ? folder : dot && dot > base ? base : usual);
    else
        list_missed(made, file);
    twee_story_free(made);
    twee_free(t);
    return code;
}

/* ---- moments ------------------------------------------------------------------------------------------------------ */

#define DOCUMENTS 2

struct documents {
    struct moments_file files[DOCUMENTS];
    char *texts[DOCUMENTS];
    size_t lengths[DOCUMENTS];
    const char *names[DOCUMENTS];
    int n;
};

static void documents_clear(struct documents *d)
{
    for (int i = 0; i < d->n; i++) {
        moments_file_clear(&d->files[i]);
        g_free(d->texts[i]);
    }
}

/* False: a message said why, and *code is what the command returns. */
static bool documents_read(struct documents *d, char *const *names, int n, int *code)
{
    for (*d = (struct documents){0}; d->n < n;) {
        g_autoptr(GError) error = NULL;
        const int i = d->n;
        d->names[i] = names[i];
        d->texts[i] = files_read(names[i], MOMENTS_BYTES_MAX, &d->lengths[i], &error);
        if (!d->texts[i]) {
            *code = failed(error);
            return false;
        }
        d->n++;
        if (!moments_file_read(&d->files[i], d->texts[i], d->lengths[i], names[i], &error)) {
            console_say("%s", error->message);
            *code = EXIT_PROBLEM;
            return false;
        }
    }
    return true;
}

/* The video is far too large to be copied; a second name for it costs nothing. */
static void place_video(const char *video, const char *folder)
{
    g_autofree char *name = video ? g_path_get_basename(video) : NULL,
                    *place = name ? g_build_filename(folder, name, NULL) : NULL;
    if (!video)
        console_say("put the film's one video file into %s as film.mp4; until then, slates play", folder);
    else if (link(video, place) < 0)
        console_say("%s can't be made to stand in %s without a copy: %s; put it there, until then slates play", video,
                    folder, g_strerror(errno));
}

static int write_moments(const struct moments_story *made, const struct documents *d, const char *folder,
                         const char *video)
{
    static const char *const kept[] = {"source-1.json", "source-2.json"};
    g_autofree char *path = g_build_filename(folder, "story.yaml", NULL);
    int code;
    if (!command_new_folder(folder, &code))
        return code;
    for (int i = 0; i < d->n; i++)
        if (!write_to(folder, kept[i], d->texts[i], (gssize)d->lengths[i]))
            return EXIT_ENVIRONMENT;
    if (!write_to(folder, "story.yaml", made->yaml->str, (gssize)made->yaml->len))
        return EXIT_ENVIRONMENT;
    struct story *s = command_load_story(path, "played", NULL, &code);
    if (!s)
        return code;
    story_free(s);
    place_video(video, folder);
    for (guint i = 0; i < MIN(made->missed->len, LISTED_MAX); i++)
        console_print("%s\n", (const char *)made->missed->pdata[i]);
    list_rest(made->missed->len);
    console_print("%s: %d segment%s, %d decision%s, %d option%s, %d variable%s\n", path, made->segments,
                  units_s(made->segments), made->decisions, units_s(made->decisions), made->options,
                  units_s(made->options), made->variables, units_s(made->variables));
    if (made->missed->len == 0)
        return EXIT_OK;
    console_say(
        "%u kind%s of things were left out or changed; each is listed above, and in the notes of its nodes. The "
        "documents are kept as they are beside the story",
        made->missed->len, units_s(made->missed->len));
    return EXIT_PROBLEM;
}

/* One document or both, in any order. */
static int import_moments(char *const *names, int n, const char *folder, const char *video)
{
    struct documents d;
    JsonObject *map = NULL, *moments = NULL;
    g_autofree char *name = video ? g_path_get_basename(video) : g_strdup("film.mp4");
    int code = EXIT_PROBLEM;
    if (video && !g_file_test(video, G_FILE_TEST_IS_REGULAR)) {
        console_say("--video wants the film's video file; there is no file '%s'", video);
        return EXIT_ENVIRONMENT;
    }
    if (documents_read(&d, names, n, &code)) {
        for (int i = 0; i < d.n; i++) {
            map = map ? map : d.files[i].segments;
            moments = moments ? moments : d.files[i].moments;
        }
        struct moments_story *made = moments_story_make(map, moments, name);
        if (made->yaml->len > 0)
            code = write_moments(made, &d, folder, video);
        else
            console_say("%s holds no segment", names[0]);
        moments_story_free(made);
    }
    documents_clear(&d);
    return code;
}

static int import_strings_as(const struct story *s, const char *named, const char *format_named, const char *file)
{
    enum translation_format format;
    const char *language = translation_format(format_named, file, &format) ? translation_language(s, named) : NULL;
    return language ? import_strings(s, language, format, file) : EXIT_USAGE;
}

enum import_verb { IMPORT_STRINGS, IMPORT_OTIO, IMPORT_TWEE, IMPORT_MOMENTS };

/* What each takes, and how many words that may be. */
static const struct {
    const char *name, *takes;
    int least, most;
} verbs[] = {[IMPORT_STRINGS] = {"strings", "--language TAG STORY FILE", 2, 2},
             [IMPORT_OTIO] = {"otio", "STORY FILE", 2, 2},
             [IMPORT_TWEE] = {"twee", "FILE [DIR]", 1, 2},
             [IMPORT_MOMENTS] = {"moments", "FILE [FILE] DIR", 2, 3}};

/* -1: that was said. */
static int parse_verb(int argc, char **argv)
{
    if (argc < 2) {
        console_say("name a verb and what it works on: frumious import strings|otio|twee|moments …");
        return -1;
    }
    const int verb = command_verb("import", argv[1], verbs, G_N_ELEMENTS(verbs), sizeof verbs[0]);
    if (verb >= 0 && (argc - 2 < verbs[verb].least || argc - 2 > verbs[verb].most)) {
        console_say("write it as: frumious import %s %s", verbs[verb].name, verbs[verb].takes);
        return -1;
    }
    return verb;
}

int cmd_import(int argc, char **argv)
{
    g_autofree char *named = NULL, *format_named = NULL, *video = NULL;
    gboolean dry_run = FALSE;
    const GOptionEntry options[] = {
        {"language", 'l', 0, G_OPTION_ARG_STRING, &named, "strings: the language of the translations", "TAG"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_named, "strings: po or csv (by default what FILE ends with)",
         "FORMAT"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "otio: say what would change, and change nothing", NULL},
        {"video", 0, 0, G_OPTION_ARG_FILENAME, &video, "moments: the film's one video file", "FILE"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "VERB [OPTION…] …",
            "Verbs:\n  strings STORY FILE   translations, into strings/TAG.yaml beside the story\n"
            "  otio STORY FILE      files and ranges of clips, as a picture editor left them, into the story\n"
            "  twee FILE [DIR]      a story of Twine (Twee 3; SugarCube or Harlowe), into a new folder\n"
            "  moments FILE [FILE] DIR  a published film's segment map and moments (JSON), into a new folder\n\n"
            "What `strings` and `otio` change is kept beside it as it was, with a ~ at its end.",
            &code))
        return code;
    const int verb = parse_verb(argc, argv);
    if (verb < 0 || !command_verb_options(verbs[verb].name, options))
        return EXIT_USAGE;
    if (verb == IMPORT_TWEE)
        return import_twee(argv[2], argc == 4 ? argv[3] : NULL);
    if (verb == IMPORT_MOMENTS)
        return import_moments(argv + 2, argc - 3, argv[argc - 1], video);
    struct story *s = command_load_story(argv[2], verb == IMPORT_STRINGS ? "translated" : "recut", NULL, &code);
    if (s && packed_folder_is(s->dir)) {
        console_say("%s is one file, and stays as it is; import into the story from which it was packed", s->path);
        code = EXIT_USAGE;
    } else if (s)
        code = verb == IMPORT_STRINGS ? import_strings_as(s, named, format_named, argv[3])
                                      : recut_import(s, argv[3], dry_run);
    story_free(s);
    return code;
}
