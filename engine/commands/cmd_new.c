/* frumious new: a folder with a story that plays at once. */

#include "base/embedded.h"
#include "base/files.h"
#include "base/safe.h"
#include "commands/command.h"
#include "story/limits.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MAX 1024

/* What stands in for @TITLE@, @ID@ and @LANGUAGE@ of the story. */
struct new_film {
    char *title, *id, *language;
};

static const struct {
    const char *path, *from;
} new_files[] = {
    {"story.yaml", "engine/commands/new/story.yaml"},   {"README.md", "engine/commands/new/README.md"},
    {".gitignore", "engine/commands/new/gitignore"},    {"media/README.txt", "engine/commands/new/media.txt"},
    {"story.schema.json", "stories/story.schema.json"},
};

/* Asks on the terminal; without one, or for an empty answer, it is `usual`. The caller frees the answer. */
static char *ask(const char *question, const char *usual)
{
    char line[ANSWER_MAX];
    if (!isatty(STDIN_FILENO))
        return g_strdup(usual);
    g_autoptr(GString) out = g_string_new(NULL);
    safe_printf(out, "%s [%s] ", question, usual);
    console_write(out);
    console_flush_lines();
    if (!fgets(line, sizeof line, stdin))
        return g_strdup(usual);
    g_strstrip(line);
    return g_strdup(*line ? line : usual);
}

/* "night-bus" of "The Night Bus!": a name for the id. */
static char *slug(const char *title)
{
    GString *out = g_string_new(NULL);
    g_autofree char *ascii = g_str_to_ascii(title, "C");
    for (const char *p = ascii; *p; p++)
        if (g_ascii_isalnum(*p))
            g_string_append_c(out, g_ascii_tolower(*p));
        else if (out->len > 0 && out->str[out->len - 1] != '-')
            g_string_append_c(out, '-');
    while (out->len > 0 && out->str[out->len - 1] == '-')
        g_string_truncate(out, out->len - 1);
    if (out->len == 0)
        g_string_assign(out, "film");
    g_string_truncate(out, MIN(out->len, STORY_NAME_BYTES_MAX / 2));
    return g_string_free(out, FALSE);
}

static void fill_in(GString *text, const char *place, const char *value)
{
    char *at = strstr(text->str, place);
    if (!at)
        return;
    const gssize pos = at - text->str;
    g_string_erase(text, pos, (gssize)strlen(place));
    g_string_insert(text, pos, value);
}

static bool write_file(const char *folder, size_t i, const struct new_film *film)
{
    const struct embedded *e = embedded_file(new_files[i].from);
    g_autoptr(GString) text = g_string_new_len(e->text, (gssize)e->size);
    g_autofree char *path = g_build_filename(folder, new_files[i].path, NULL);
    g_autoptr(GString) title = g_string_new(NULL);
    g_autofree char *id = g_strconcat("org.example.", film->id, NULL);
    g_autoptr(GError) error = NULL;
    safe_yaml(title, film->title);
    fill_in(text, "@ID@", id);
    fill_in(text, "@TITLE@", title->str);
    fill_in(text, "@LANGUAGE@", film->language);
    if (files_replace_work(path, text->str, (gssize)text->len, &error))
        return true;
    console_say("%s", error->message);
    return false;
}

/* So that the same name can be given again. */
static void remove_made(const char *folder, const char *media)
{
    for (size_t i = 0; i < G_N_ELEMENTS(new_files); i++) {
        g_autofree char *path = g_build_filename(folder, new_files[i].path, NULL);
        g_unlink(path);
    }
    g_rmdir(media);
    g_rmdir(folder);
}

static int make_folder(const char *folder, const struct new_film *film)
{
    g_autofree char *media = g_build_filename(folder, "media", NULL);
    int code;
    if (!command_new_folder(folder, &code))
        return code;
    if (g_mkdir(media, 0755) != 0 && errno != EEXIST) {
        console_say("the folder '%s' can't be made: %s", media, g_strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(new_files); i++)
        if (!write_file(folder, i, film)) {
            remove_made(folder, media);
            return EXIT_ENVIRONMENT;
        }
    g_autoptr(GString) shell = g_string_new(NULL);
    safe_shell(shell, folder);
    console_print(
        "%s is there. Play it:  frumious play %s\nThen change its story.yaml; README.md beside it says how.\n",
        film->title, shell->str);
    return EXIT_OK;
}

/* Two letters or three: longer ones are no codes of languages that anybody uses. */
static bool is_language(const char *tag)
{
    const size_t n = strcspn(tag, "-");
    return (n == 2 || n == 3) && story_is_language_tag(tag);
}

/* The two questions, as far as options do not answer them. */
static void ask_for(struct new_film *film, const char *folder)
{
    g_autofree char *plain = g_canonicalize_filename(folder, NULL), *name = g_path_get_basename(plain);
    if (!film->title)
        film->title = ask("What is the film called?", safe_is_exact(name) ? name : "A Film");
    if (!film->language)
        film->language = ask("In which language are its texts (en, de, …)?", "en");
    film->id = slug(film->title);
}

static bool check_answers(const struct new_film *film)
{
    if (!safe_is_exact(film->title) || !*film->title || strlen(film->title) > STORY_TEXT_BYTES_MAX) {
        console_say("a title is one line of text, without control characters");
        return false;
    }
    if (!is_language(film->language)) {
        console_say("'%s' is no language; name one like en, de or pt-BR", film->language);
        return false;
    }
    return true;
}

int cmd_new(int argc, char **argv)
{
    struct new_film film = {NULL, NULL, NULL};
    const GOptionEntry options[] = {
        {"title", 0, 0, G_OPTION_ARG_STRING, &film.title, "What the film is called (asked for, or the folder's name)",
         "TEXT"},
        {"language", 'l', 0, G_OPTION_ARG_STRING, &film.language, "The language of its texts (asked for, or en)",
         "TAG"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] DIR",
            "Makes the folder DIR with a small story that plays at once, the schema for editors, a place for\n"
            "media, and a .gitignore. Asks two questions on a terminal. Never writes over a file.",
            &code))
        return code;
    if (argc != 2) {
        console_say("name one folder: frumious new DIR");
        code = EXIT_USAGE;
    } else {
        ask_for(&film, argv[1]);
        code = check_answers(&film) ? make_folder(argv[1], &film) : EXIT_USAGE;
    }
    g_free(film.title);
    g_free(film.id);
    g_free(film.language);
    return code;
}
