/* frumious check, frumious explain: a story's mistakes, and what they mean. */

#include "app/cmd.h"
#include "story/load.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* Checks one story; CMD_OK: it may be played. */
static int check_one(const char *path, bool strict)
{
    struct diags *diags = diags_new();
    struct story *story = story_load(path, diags);
    const size_t errors = diags_count(diags, DIAG_ERROR);
    const size_t warnings = diags_count(diags, DIAG_WARNING) - errors;
    g_autoptr(GString) text = g_string_new(NULL);

    diags_print(diags, text, cmd_colour(STDOUT_FILENO));
    fputs(text->str, stdout);
    if (text->len > 0)
        putchar('\n');
    if (story)
        printf("%s: %d node%s, %d decision%s, %d ending%s; ", path, story->n_nodes, plural((size_t)story->n_nodes),
               story->n_decisions, plural((size_t)story->n_decisions), story->n_endings,
               plural((size_t)story->n_endings));
    else
        printf("%s: ", path);
    printf("%zu error%s, %zu warning%s\n", errors, plural(errors), warnings, plural(warnings));

    story_free(story);
    diags_free(diags);
    if (errors == 0)
        return strict && warnings > 0 ? CMD_PROBLEM : CMD_OK;
    return g_file_test(path, G_FILE_TEST_EXISTS) ? CMD_PROBLEM : CMD_ENVIRONMENT;
}

int cmd_check(int argc, char **argv)
{
    gboolean strict = FALSE;
    const GOptionEntry options[] = {
        {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Let warnings fail the check, too", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!cmd_options(&argc, &argv, options, "[OPTION…] STORY…",
                     "Reads each story, says everything that is wrong with it, and what to do.\n"
                     "`frumious explain CODE` tells more about a code.",
                     &code))
        return code;
    if (argc < 2) {
        cmd_say("name at least one story: frumious check STORY…");
        return CMD_USAGE;
    }
    code = CMD_OK;
    for (int i = 1; i < argc; i++) {
        const int one = check_one(argv[i], strict);
        code = MAX(code, one);
    }
    return code;
}

static void print_rule(const struct diag_rule *rule)
{
    static const char *const severities[] = {"note", "warning", "error"};
    printf("%s  %s (%s)\n%s\n\n%s\n", rule->code, rule->name, severities[rule->severity], rule->title, rule->text);
}

static void list_rules(void)
{
    for (const struct diag_rule *rule = diag_rules(); rule->code; rule++)
        printf("%s  %-28s %s\n", rule->code, rule->name, rule->title);
}

int cmd_explain(int argc, char **argv)
{
    const GOptionEntry options[] = {G_OPTION_ENTRY_NULL};
    int code;
    if (!cmd_options(&argc, &argv, options, "[CODE…]", "Without a code, lists all of them.", &code))
        return code;
    if (argc < 2)
        list_rules();
    for (int i = 1; i < argc; i++) {
        const struct diag_rule *rule = diag_rule_find(argv[i]);
        if (!rule) {
            cmd_say("there is no code '%s'; `frumious explain` lists them", argv[i]);
            return CMD_USAGE;
        }
        print_rule(rule);
        if (i + 1 < argc)
            putchar('\n');
    }
    return CMD_OK;
}
