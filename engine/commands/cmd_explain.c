/* frumious explain: what a code or a kind of finding means. */

#include "commands/command.h"
#include "explore/explore.h"
#include "story/diag.h"

#include <string.h>

/* A text of ours, whose line ends are meant. */
static void print_text(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++)
        console_print("%s\n", lines[i]);
}

static void print_rule(const struct diag_rule *rule)
{
    static const char *const severities[] = {[DIAG_NOTE] = "note", [DIAG_WARNING] = "warning", [DIAG_ERROR] = "error"};
    console_print("%s  %s (%s)\n%s\n\n", rule->code, rule->name, severities[rule->severity], rule->title);
    print_text(rule->text);
}

static void list_rules(void)
{
    for (const struct diag_rule *rule = diag_rules(); rule->code; rule++)
        console_print("%s  %-28s %s\n", rule->code, rule->name, rule->title);
    console_print("\nWhat `frumious explore` finds:\n");
    for (int k = 0; k < EXPLORE_KINDS; k++)
        console_print("%-24s %s\n", explore_kind_info((enum explore_kind)k)->name,
                      explore_kind_info((enum explore_kind)k)->mistake ? "mistake" : "note");
}

/* Explains a kind of finding of `frumious explore`. False: there is no such kind. */
static bool print_kind(const char *name)
{
    for (int k = 0; k < EXPLORE_KINDS; k++) {
        const struct explore_kind_info *info = explore_kind_info((enum explore_kind)k);
        if (strcmp(info->name, name) != 0)
            continue;
        console_print("%s (%s of `frumious explore`)\n\n", info->name, info->mistake ? "mistake" : "note");
        g_autofree char *text = g_strdup_printf("%s %c%s.", info->text, g_ascii_toupper(info->help[0]), info->help + 1);
        print_text(text);
        return true;
    }
    return false;
}

int cmd_explain(int argc, char **argv)
{
    const GOptionEntry options[] = {G_OPTION_ENTRY_NULL};
    int code;
    if (!command_options(&argc, &argv, options, "[CODE…]",
                         "Explains each code (E203) or kind of finding (stuck). Without one, lists them all.", &code))
        return code;
    if (argc < 2)
        list_rules();
    for (int i = 1; i < argc; i++) {
        const struct diag_rule *rule = diag_rule_find(argv[i]);
        if (!rule && !print_kind(argv[i])) {
            console_say("there is no code '%s'; `frumious explain` lists them", argv[i]);
            return EXIT_USAGE;
        }
        if (rule)
            print_rule(rule);
        if (i + 1 < argc)
            console_print("\n");
    }
    return EXIT_OK;
}
