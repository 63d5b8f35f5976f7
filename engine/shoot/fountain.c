#include "shoot/fountain.h"

#include <stdbool.h>
#include <string.h>

static void free_line(gpointer data)
{
    struct fountain_line *l = data;
    g_free(l->text);
    g_free(l->speaker);
    g_free(l);
}

static void add(GPtrArray *all, enum fountain_kind kind, const char *text, const char *speaker)
{
    struct fountain_line *l = g_new(struct fountain_line, 1);
    *l = (struct fountain_line){kind, g_strstrip(g_strdup(text)), g_strdup(speaker)};
    g_ptr_array_add(all, l);
}

/* Letters, and no small ones, but for what stands in parentheses. */
static bool is_capitals(const char *line)
{
    bool letters = false;
    int depth = 0;
    for (const char *p = line; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        depth += (c == '(') - (c == ')');
        if (depth > 0 || !g_unichar_isalpha(c))
            continue;
        if (g_unichar_islower(c))
            return false;
        letters = true;
    }
    return letters;
}

static bool is_empty(const char *line)
{
    return !line || !line[strspn(line, " \t\r")];
}

/* The name alone: no "@", no "(V.O.)", no "^" of two who speak at once. */
static char *speaker_of(const char *cue)
{
    return g_strstrip(g_strndup(cue, strcspn(cue, "(^")));
}

/* A line that is forced to be something by its first character, or looks like it. False: it does not. */
static bool add_marked(GPtrArray *all, const char *line)
{
    const bool brackets = g_str_has_prefix(line, "[[") && g_str_has_suffix(line, "]]");
    if (brackets) {
        g_autofree char *inner = g_strndup(line + 2, strlen(line) - 4);
        add(all, FOUNTAIN_NOTE, inner, NULL);
    } else if (line[0] == '!') {
        add(all, FOUNTAIN_ACTION, line + 1, NULL);
    } else if (line[0] == '>' && !g_str_has_suffix(line, "<")) {
        add(all, FOUNTAIN_TRANSITION, line + 1, NULL);
    } else if (line[0] == '.' && line[1] != '.') {
        add(all, FOUNTAIN_HEADING, line + 1, NULL);
    } else if (is_capitals(line) && g_str_has_suffix(line, "TO:")) {
        add(all, FOUNTAIN_TRANSITION, line, NULL);
    } else {
        return false;
    }
    return true;
}

GPtrArray *fountain_parse(const char *script)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(free_line);
    g_auto(GStrv) lines = g_strsplit(script, "\n", -1);
    g_autofree char *speaker = NULL;
    for (int i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]);
        const bool begins = i == 0 || is_empty(lines[i - 1]), goes_on = !is_empty(lines[i + 1]);
        if (is_empty(line)) {
            g_clear_pointer(&speaker, g_free);
        } else if (speaker && line[0] == '(' && g_str_has_suffix(line, ")")) {
            add(all, FOUNTAIN_PARENTHETICAL, line, speaker);
        } else if (speaker) {
            add(all, FOUNTAIN_DIALOGUE, line, speaker);
        } else if (begins && goes_on && (line[0] == '@' || (is_capitals(line) && !strchr("!>.[", line[0])))) {
            const char *cue = line + (line[0] == '@');
            speaker = speaker_of(cue);
            add(all, FOUNTAIN_CHARACTER, cue, NULL);
        } else if (!add_marked(all, line)) {
            add(all, FOUNTAIN_ACTION, line, NULL);
        }
    }
    return all;
}
