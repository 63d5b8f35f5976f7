/* frumious fmt: lays out the YAML of a story in one way. */

#include "base/files.h"
#include "commands/command.h"
#include "story/limits.h"
#include "story/main_file.h"
#include "story/yaml_layout.h"

#include <string.h>

enum fmt_outcome { FMT_SAME, FMT_OTHER, FMT_BROKEN, FMT_FAILED };

static enum fmt_outcome format_file(const char *path, bool only_check)
{
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = files_read(path, STORY_FILE_BYTES_MAX, &len, &error);
    g_autofree char *laid_out = text ? yaml_layout(text, len, &error) : NULL;
    if (text && !laid_out)
        g_prefix_error(&error, "%s: ", path);
    if (laid_out && strlen(laid_out) == len && memcmp(laid_out, text, len) == 0)
        return FMT_SAME;
    if (laid_out && (only_check || files_replace_work(path, laid_out, -1, &error)))
        return FMT_OTHER;
    console_say("%s", error->message);
    return text && !laid_out ? FMT_BROKEN : FMT_FAILED;
}

int cmd_fmt(int argc, char **argv)
{
    gboolean only_check = FALSE;
    const GOptionEntry options[] = {
        {"check", 0, 0, G_OPTION_ARG_NONE, &only_check,
         "Change nothing; name what would change, and fail if anything would", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] FILE…",
            "Lays out YAML files in one way, so that two versions differ only in what they say: two spaces for\n"
            "each level, no blanks at ends of lines, no two empty lines in a row. Comments, quotes and the order\n"
            "of keys stay. What a file says is compared before it is written. Of a folder, its story.yaml is meant.",
            &code))
        return code;
    if (argc < 2) {
        console_say("name files: frumious fmt story.yaml");
        return EXIT_USAGE;
    }
    code = EXIT_OK;
    for (int i = 1; i < argc; i++) {
        g_autofree char *advice = NULL, *path = main_file_find(argv[i], &advice);
        const enum fmt_outcome outcome = format_file(path, only_check);
        if (outcome == FMT_OTHER)
            console_print("%s\n", path);
        if (outcome == FMT_FAILED)
            code = EXIT_ENVIRONMENT;
        else if ((outcome == FMT_BROKEN || (outcome == FMT_OTHER && only_check)) && code == EXIT_OK)
            code = EXIT_PROBLEM;
    }
    return code;
}
