#include "commands/command.h"

#include "base/environment.h"
#include "base/files.h"
#include "base/fold.h"
#include "base/give_up.h"
#include "base/interrupt.h"
#include "story/load.h"
#include "story/missing_file.h"
#include "story/suggest.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

enum { HELP_COLUMNS = 80 }; /* a terminal's, where nobody has changed it */

/* Where there is no /dev, what is written fails. */
static int open_nothing(void)
{
    const int fd = open("/dev/null", O_RDWR);
    return fd >= 0 ? fd : open("/", O_RDONLY | O_DIRECTORY);
}

/* If a standard file is closed, the next file that is opened takes its number, and messages go into it. */
static void fill_standard_files(void)
{
    int fd;
    do
        fd = open_nothing();
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

/* The first number that is read through GLib makes its C locale, under a lock that all of GLib's first times share. Where another thread
 * has the lock, the wait sets errno, and g_ascii_string_to_unsigned() takes that for a broken number (GLib 2.74). In a film, the
 * first number is the hash of the saved place. */
static void make_c_locale(void)
{
    (void)g_ascii_strtoull("0", NULL, 10);
}

/* The locale of cron, of many containers and of `ssh` knows no letters beyond ASCII, and GLib would refuse a name like Jörg. What is
 * typed there is UTF-8 all the same. */
static void take_utf8(void)
{
    g_autofree char *encoding = g_get_codeset();
    if (strcmp(encoding, "ANSI_X3.4-1968") == 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

void command_start(void)
{
    make_c_locale(); /* before there is another thread */
    fill_standard_files();
    give_up_in_words();
    environment_clean_signals();
    interrupt_end_at_once();
    environment_clean();
    environment_clean_umask();
    setlocale(LC_ALL, "");
    take_utf8();
    setlocale(LC_NUMERIC, "C"); /* what we and the libraries read and write has a point, not a German comma */
    g_set_prgname("frumious");
}

static bool is_unknown(const char *name, gsize len, const GOptionEntry *options)
{
    for (; options->long_name; options++)
        if (strlen(options->long_name) == len && memcmp(options->long_name, name, len) == 0)
            return false;
    return len != strlen("help") || memcmp(name, "help", len) != 0;
}

/* What is given is the beginning of one, or near to one; NULL: it is neither. To be freed. */
static char *meant_option(const char *given, const GOptionEntry *options)
{
    struct suggest s = suggest_begin(given);
    const GOptionEntry *begun = NULL;
    for (; options->long_name; options++) {
        if (g_str_has_prefix(options->long_name, given))
            begun = options;
        suggest_offer(&s, options->long_name);
    }
    const char *best = begun ? begun->long_name : suggest_best(&s);
    return best && *given ? g_strdup(best) : NULL;
}

/* GLib found an option that is not one of `options`: the first such of the arguments, as far as these tell. */
static void say_unknown_option(const char *command, char *const *args, const GOptionEntry *options, const char *found)
{
    for (; *args && strcmp(*args, "--") != 0; args++) {
        const char *name = g_str_has_prefix(*args, "--") ? *args + 2 : NULL;
        g_autofree char *given = name ? g_strndup(name, strcspn(name, "=")) : NULL;
        g_autofree char *meant =
            given && is_unknown(given, strlen(given), options) ? meant_option(given, options) : NULL;
        if (meant) {
            console_say("%s has no option --%s; did you mean --%s?", command, given, meant);
            return;
        }
        if (**args == '-' && g_file_test(*args, G_FILE_TEST_EXISTS)) {
            console_say("'%s' looks like an option; if the file is meant, write './%s'", *args, *args);
            return;
        }
    }
    console_say("%s; see `frumious %s --help`", found, command);
}

/* GLib takes `--mute=no` for `--mute`. */
static bool has_no_value(char *const *args, const GOptionEntry *options)
{
    for (; *args && strcmp(*args, "--") != 0; args++)
        for (const GOptionEntry *o = options; o->long_name; o++) {
            const size_t n = strlen(o->long_name);
            if (o->arg == G_OPTION_ARG_NONE && g_str_has_prefix(*args, "--") &&
                strncmp(*args + 2, o->long_name, n) == 0 && (*args)[2 + n] == '=') {
                console_say("--%s takes no value; leave out '%s'", o->long_name, *args + 2 + n);
                return false;
            }
        }
    return true;
}

bool command_options(int *argc, char ***argv, const GOptionEntry *options, const char *synopsis, const char *text,
                     int *code)
{
    assert(*argc >= 1);
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *program = g_strdup_printf("frumious %s", (*argv)[0]);
    gboolean help = FALSE;
    const GOptionEntry own[] = {
        {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this text", NULL},
        G_OPTION_ENTRY_NULL,
    };

    if (!has_no_value(*argv + 1, options)) {
        *code = EXIT_USAGE;
        return false;
    }
    /* GLib's own --help ends the process. This one returns, so that only main() ends it. */
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, options, NULL);
    g_option_context_add_main_entries(context, own, NULL);
    g_option_context_set_description(context, text);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        if (g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
            say_unknown_option((*argv)[0], *argv + 1, options, error->message);
        else if (error->domain == G_CONVERT_ERROR) {
            g_autofree char *encoding = g_get_codeset();
            console_say("the value of an option is no text in %s, the encoding of this locale; see `%s --help`",
                        encoding, program);
        } else
            console_say("%s; see `%s --help`", error->message, program);
        *code = EXIT_USAGE;
        return false;
    }
    if (*argc > 1 && strcmp((*argv)[1], "--") == 0) { /* GLib keeps `--` where the next argument begins with a dash */
        memmove(*argv + 1, *argv + 2, (size_t)(*argc - 1) * sizeof **argv);
        (*argc)--;
    }
    if (help) {
        g_autofree char *body = g_option_context_get_help(context, TRUE, NULL);
        const char *rest = strchr(body, '\n'); /* GLib's first line does not name the subcommand */
        g_autoptr(GString) usage = g_string_new("Usage:\n  ");
        rest = rest ? strchr(rest + 1, '\n') : NULL;
        g_string_append_printf(usage, "%s %s%s", program, synopsis, rest ? rest : "\n");
        command_print_help(usage->str, console_write);
        *code = EXIT_OK;
        return false;
    }
    return true;
}

void command_print_help(const char *text, bool (*write)(const GString *text))
{
    g_autoptr(GString) folded = g_string_new(NULL);
    fold_text(folded, text, HELP_COLUMNS);
    write(folded);
}

int command_word(const char *word, const char *const *words, int usual)
{
    assert(usual >= 0);
    for (int i = 0; word && words[i]; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return word ? -1 : usual;
}

int command_choice(const char *option, const char *word, const char *const *words, int usual)
{
    g_autoptr(GString) all = g_string_new(NULL);
    const int found = command_word(word, words, usual);
    if (found >= 0)
        return found;
    for (int i = 0; words[i]; i++)
        g_string_append_printf(all, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
    console_say("%s wants %s, not '%s'", option, all->str, word);
    return found;
}

int command_verb(const char *command, const char *verb, const void *verbs, size_t n, size_t size)
{
    struct suggest s = suggest_begin(verb);
    for (size_t i = 0; i < n; i++) {
        const char *name;
        memcpy(&name, (const char *)verbs + i * size, sizeof name);
        if (strcmp(name, verb) == 0)
            return (int)i;
        suggest_offer(&s, name);
    }
    if (suggest_best(&s))
        console_say("%s has no verb '%s'; did you mean '%s'?", command, verb, suggest_best(&s));
    else
        console_say("%s has no verb '%s'; `frumious %s --help` lists them", command, verb, command);
    return -1;
}

static bool is_given(const GOptionEntry *o)
{
    if (o->arg == G_OPTION_ARG_INT)
        return *(const gint *)o->arg_data != COMMAND_NOT_GIVEN;
    if (o->arg == G_OPTION_ARG_NONE)
        return *(const gboolean *)o->arg_data;
    if (o->arg == G_OPTION_ARG_STRING_ARRAY || o->arg == G_OPTION_ARG_FILENAME_ARRAY)
        return *(char **const *)o->arg_data != NULL;
    assert(o->arg == G_OPTION_ARG_STRING || o->arg == G_OPTION_ARG_FILENAME);
    return *(char *const *)o->arg_data != NULL;
}

/* The verbs in the parts of a description, as "export, held"; empty: it is for all. Of "export --anonymous: …", the first word is one. */
static char *verbs_of(const char *description)
{
    g_auto(GStrv) parts = g_strsplit(description, "; ", -1);
    g_autoptr(GString) all = g_string_new(NULL);
    for (char **part = parts; *part; part++) {
        const char *colon = strstr(*part, ": ");
        g_autofree char *head = g_strndup(*part, colon ? (size_t)(colon - *part) : 0);
        g_auto(GStrv) verbs = g_strsplit(head, ", ", -1);
        for (char **verb = verbs; *verb; verb++)
            g_string_append_printf(all, "%s%.*s", all->len ? ", " : "", (int)strcspn(*verb, " "), *verb);
    }
    return g_string_free(g_steal_pointer(&all), FALSE);
}

bool command_verb_options(const char *verb, const GOptionEntry *options)
{
    for (const GOptionEntry *o = options; o->long_name; o++) {
        g_autofree char *all = is_given(o) ? verbs_of(o->description) : g_strdup("");
        g_auto(GStrv) verbs = g_strsplit(all, ", ", -1);
        if (*all && !g_strv_contains((const char *const *)verbs, verb)) {
            console_say("--%s is not for '%s', but for: %s", o->long_name, verb, all);
            return false;
        }
    }
    return true;
}

static const GOptionEntry *find_option(const GOptionEntry *options, const char *name)
{
    while (options->long_name && strcmp(options->long_name, name) != 0)
        options++;
    assert(options->long_name); /* a clash is between options that there are */
    return options;
}

bool command_go_together(const GOptionEntry *options, const struct command_clash *clashes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct command_clash *c = &clashes[i];
        if (is_given(find_option(options, c->one)) && is_given(find_option(options, c->other))) {
            console_say("--%s and --%s can't go together: %s", c->one, c->other, c->remedy);
            return false;
        }
    }
    return true;
}

bool command_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    guint64 n = 0;
    assert(least <= most);
    if (!text)
        return true;
    if (!g_ascii_string_to_unsigned(text, 10, least, most, &n, NULL)) {
        console_say("%s wants a number from %" PRIu64 " to %" PRIu64 ", not '%s'", option, least, most, text);
        return false;
    }
    *number = n;
    return true;
}

static void print_mistakes(const struct diags *diags, const char *path, const char *done)
{
    g_autoptr(GString) text = g_string_new(NULL);
    diags_print(diags, text, console_colour(STDERR_FILENO));
    g_string_append_c(text, '\n');
    console_write_message(text);
    console_say("%s can't be %s until its mistakes are corrected", path, done);
}

static void say_missing(const char *path)
{
    struct missing_file m;
    missing_file_explain(&m, ".", path);
    console_say("there is no story '%s'%s", path, m.instead ? m.instead : "");
    missing_file_clear(&m);
}

struct story *command_load_story(const char *path, const char *done, size_t *warnings, int *code)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        say_missing(path);
        *code = EXIT_ENVIRONMENT;
        return NULL;
    }
    struct diags *diags = diags_new();
    struct story *story = story_load(path, diags);
    *code = story ? EXIT_OK : EXIT_PROBLEM;
    if (!story)
        print_mistakes(diags, path, done);
    if (warnings)
        *warnings = diags_count(diags, DIAG_WARNING);
    assert(!story == (*code != EXIT_OK));
    diags_free(diags);
    return story;
}

bool command_day(const char *date, int32_t *day)
{
    g_autofree char *full = g_strdup_printf("%sT00:00:00Z", date);
    g_autoptr(GDateTime) at = strlen(date) == 10 ? g_date_time_new_from_iso8601(full, NULL) : NULL;
    if (at)
        *day = (int32_t)(g_date_time_to_unix(at) / 86400);
    return at != NULL;
}

static bool holds_files(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (name[0] != '.' || strcmp(name, ".gitignore") == 0)
            return true;
    return false;
}

bool command_rewrite(const char *path, const char *old, gssize len, const char *text, GError **error)
{
    g_autofree char *aside = g_strconcat(path, "~", NULL);
    return (!old || files_replace_work(aside, old, len, error)) && files_replace_work(path, text, -1, error);
}

bool command_new_folder(const char *folder, int *code)
{
    *code = EXIT_OK;
    if (holds_files(folder)) {
        console_say("'%s' holds files already; name a new folder, or an empty one", folder);
        *code = EXIT_PROBLEM;
    } else if (g_mkdir_with_parents(folder, 0755) != 0) {
        console_say("the folder '%s' can't be made: %s", folder, g_strerror(errno));
        *code = EXIT_ENVIRONMENT;
    }
    return *code == EXIT_OK;
}
