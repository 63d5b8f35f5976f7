/* Texts laid out for a narrow terminal. */
#include "base/fold.h"
#include "tap.h"

static const struct {
    const char *what, *text;
    int columns;
    const char *want;
} rows[] = {
    {"nothing", "", 10, ""},
    {"what fits", "one two\n", 10, "one two\n"},
    {"a paragraph is filled anew", "one two three\nfour\n\nfive\n", 10, "one two\nthree four\n\nfive\n"},
    {"exactly as wide as the terminal", "1234 56789\n", 10, "1234 56789\n"},
    {"a character counts once, however many bytes it has", "ä…€ ö…ü x\n", 7, "ä…€ ö…ü\nx\n"},
    {"a word that is too long stays whole", "a abcdefghijkl b\n", 6, "a\nabcdefghijkl\nb\n"},
    {"an option goes on below its text", "  -x  one two\n  -y  three\n", 10, "  -x  one\n      two\n  -y  three\n"},
    {"an option's first word may be too long", "  -x  abcdefghijkl b\n", 10, "  -x  abcdefghijkl\n      b\n"},
    {"indented text goes on where it began", "  one two three\n", 8, "  one\n  two\n  three\n"},
    {"a heading above a list", "List:\n  a\n", 40, "List:\n  a\n"},
    {"blanks inside a line are kept", "a  b\n", 10, "a  b\n"},
    {"no line end is added", "one two", 4, "one\ntwo"},
};

/* Each line by itself. */
static void test_lines(void)
{
    g_autoptr(GString) got = g_string_new(NULL);
    fold_lines(got, "one two\nthree four five\n  six seven\n 0:00  a  (b c d)\n", 10);
    is_str(got->str, "one two\nthree four\n  five\n  six\n  seven\n 0:00  a  (b\n          c\n          d)\n",
           "lines stay apart, and go on below their columns");
}

int main(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) got = g_string_new(NULL);
        fold_text(got, rows[i].text, rows[i].columns);
        is_str(got->str, rows[i].want, rows[i].what);
    }
    test_lines();
    return tap_done();
}
