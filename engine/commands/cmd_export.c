/* frumious export: what others work on, out of a story. */

#include "commands/command.h"
#include "translate/po.h"
#include "translate/strings_csv.h"
#include "commands/translation.h"

#include <string.h>

static int export_strings(const struct story *s, const char *language, enum translation_format format)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct strings *t = strings_of_story(s, language);
    if (format == TRANSLATION_CSV)
        strings_csv_write(t, out);
    else
        po_write(t, FRUMIOUS_VERSION, out);
    strings_free(t);
    return console_write(out) ? EXIT_OK : EXIT_ENVIRONMENT;
}

int cmd_export(int argc, char **argv)
{
    g_autofree char *named = NULL, *format_named = NULL;
    const GOptionEntry options[] = {
        {"language", 'l', 0, G_OPTION_ARG_STRING, &named, "strings: the language to translate into", "TAG"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_named, "strings: po (the default) or csv", "FORMAT"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    enum translation_format format;
    if (!command_options(
            &argc, &argv, options, "VERB [OPTION…] STORY",
            "Verbs:\n  strings           the texts of a story, with what is translated of them, for translators\n\n"
            "Writes to standard output. `frumious import strings` takes the translations back.",
            &code))
        return code;
    if (argc != 3 || strcmp(argv[1], "strings") != 0) {
        console_say("name a verb and a story: frumious export strings --language TAG STORY");
        return EXIT_USAGE;
    }
    if (!translation_format(format_named, NULL, &format))
        return EXIT_USAGE;
    struct story *s = command_load_story(argv[2], "exported", NULL, &code);
    const char *language = s ? translation_language(s, named) : NULL;
    if (s)
        code = language ? export_strings(s, language, format) : EXIT_USAGE;
    story_free(s);
    return code;
}
