#include "base/fold.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* How many characters of `line` come before its last column. */
static int hanging_indent(const char *line)
{
    const char *at = line + strspn(line, " ");
    if (at == line)
        return 0;
    for (const char *gap; (gap = strstr(at, "  ")); at = gap + strspn(gap, " "))
        ;
    return (int)g_utf8_strlen(line, at - line);
}

/* Appends the words of `line`. *column is where the line that is being written ends. */
static void fold_words(GString *out, const char *line, int columns, int indent, int *column)
{
    while (*line) {
        const size_t blanks = strspn(line, " "), letters = strcspn(line + blanks, " ");
        const int length = (int)g_utf8_strlen(line + blanks, (gssize)letters);
        if (letters > 0 && *column > indent && *column + (int)blanks + length > columns) {
            g_string_append_printf(out, "\n%*s", indent, "");
            *column = indent;
        } else if (letters > 0) {
            g_string_append_len(out, line, (gssize)blanks);
            *column += (int)blanks;
        }
        g_string_append_len(out, line + blanks, (gssize)letters);
        *column += length;
        line += blanks + letters;
    }
}

void fold_text(GString *out, const char *text, int columns)
{
    assert(columns > 0);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    int column = 0;
    for (int i = 0; lines[i]; i++) {
        const bool goes_on = column > 0 && *lines[i] && *lines[i] != ' ' && *lines[i - 1] != ' ';
        if (goes_on) {
            g_autofree char *more = g_strconcat(" ", lines[i], NULL);
            fold_words(out, more, columns, 0, &column);
            continue;
        }
        if (i > 0)
            g_string_append_c(out, '\n');
        column = 0;
        fold_words(out, lines[i], columns, hanging_indent(lines[i]), &column);
    }
}

void fold_lines(GString *out, const char *text, int columns)
{
    assert(columns > 0);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        int column = 0;
        if (i > 0)
            g_string_append_c(out, '\n');
        fold_words(out, lines[i], columns, *lines[i] == ' ' ? hanging_indent(lines[i]) : 2, &column);
    }
}
