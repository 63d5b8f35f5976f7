#include "base/safe.h"
#include "base/json.h"
#include "tap.h"

/* U+202E turns the direction. U+009B is CSI, as ESC [ is; its second byte alone is no UTF-8. */
#define BIDI "\u202e"
#define C1   "\xc2\x9b"

/* ---- what is a control character --------------------------------------------------------------------------------- */

static void test_controls(void)
{
    /* Unicode 15: Cc, Zl, Zp, Bidi_Control, and the formats that safe.h names */
    static const struct {
        gunichar first, last;
    } controls[] = {{0, 0x1F},        {0x7F, 0x9F},     {0x061C, 0x061C}, {0x200E, 0x200F},
                    {0x2028, 0x202E}, {0x2066, 0x206F}, {0xFFF9, 0xFFFB}};
    int wrong = 0, found = 0;
    for (gunichar c = 0; c <= 0x10FFFF; c++) {
        bool want = false;
        for (size_t i = 0; i < G_N_ELEMENTS(controls); i++)
            want |= c >= controls[i].first && c <= controls[i].last;
        wrong += safe_is_control(c) != want;
        found += want;
    }
    ok(wrong == 0 && found == 65 + 1 + 2 + 7 + 10 + 3, "control characters are these and no others");
    ok(!safe_is_control(0x200D) && !safe_is_control(0x200C), "joiners are none: emoji and Persian need them");
}

/* ---- each kind of output ----------------------------------------------------------------------------------------- */

static void put_json(GString *out, const char *value)
{
    g_string_append_printf(out, "[\"%s\"]", value);
    safe_json(out, 0);
}

static void put_document(GString *out, const char *value)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "t", value);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}

static const struct {
    const char *what;
    void (*put)(GString *out, const char *value);
    const char *value, *want;
} rows[] = {
    {"terminal: plain", safe_append, "Which way? ü 駅 👩‍🚒", "Which way? ü 駅 👩‍🚒"},
    {"terminal: escape", safe_append, "a\033[31mb\033]0;t\a", "a␛[31mb␛]0;t␇"},
    {"terminal: line ends", safe_append, "a\r\nfrumious: b\n", "a␍␊frumious: b␊"},
    {"terminal: tab, backspace, DEL", safe_append, "a\tb\bc\177", "a␉b␈c␡"},
    {"terminal: C1", safe_append, "a" C1 "31mb\xc2\x85", "a\uFFFD31mb\uFFFD"},
    {"terminal: directions", safe_append, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
     "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"terminal: separators", safe_append, "a\u2028b\u2029", "a\uFFFDb\uFFFD"},
    {"terminal: no UTF-8", safe_append, "a\x9b\xff\xc3(\xed\xa0\x80\xf0\x9f",
     "a\uFFFD\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"terminal: overlong", safe_append, "\xc0\x9b\xc1\x9b", "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"terminal: nothing", safe_append, NULL, ""},
    {"JSON: plain", put_json, "ü\\u001b", "[\"ü\\u001b\"]"},
    {"JSON: C1, directions, separators, DEL", put_json, C1 BIDI "\u2028\177", "[\"\\u009b\\u202e\\u2028\\u007f\"]"},
    {"JSON: a document", put_document, "a\001\n\033\036\037\177" BIDI,
     "{\n  \"t\" : \"a\\u0001\\n\\u001b\\u001e\\u001f\\u007f\\u202e\"\n}\n"},
    {"JSON: no UTF-8", put_json, "a\xff" BIDI, "[\"a\uFFFD\\u202e\"]"},
    {"CSV: plain", safe_csv, "a b", "a b"},
    {"CSV: nothing", safe_csv, NULL, ""},
    {"CSV: comma, quotes", safe_csv, "a, \"b\"", "\"a, \"\"b\"\"\""},
    {"CSV: a line end forges no row", safe_csv, "a\r\nviewing,b", "\"a  viewing,b\""},
    {"CSV: controls", safe_csv, "a\033" BIDI "\x9b", "a\uFFFD\uFFFD\uFFFD"},
    {"CSV: =", safe_csv, "=HYPERLINK(\"http://a\")", "\"'=HYPERLINK(\"\"http://a\"\")\""},
    {"CSV: +", safe_csv, "+1+cmd|' /C calc'!A0", "\"'+1+cmd|' /C calc'!A0\""},
    {"CSV: -", safe_csv, "-2+3", "\"'-2+3\""},
    {"CSV: @", safe_csv, "@SUM(A1)", "\"'@SUM(A1)\""},
    {"CSV: behind a tab or a line end", safe_csv, "\t\r\n=1", "\"'   =1\""},
    {"CSV: full width", safe_csv, "＝1+1", "\"'＝1+1\""},
    {"CSV: behind a blank", safe_csv, " =1+1", "\"' =1+1\""},
    {"CSV: numbers are no formulas", safe_csv, "-12", "-12"},
    {"CSV: fractions neither", safe_csv, "-0.5e-3", "-0.5e-3"},
    {"CSV: but infinity and hexadecimals", safe_csv, "-0x10", "\"'-0x10\""},
    {"markup: syntax", safe_markup, "<script a=\"b\" c='d'>&", "&lt;script a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;"},
    {"markup: controls", safe_markup, "a\nb\tc\033" C1 BIDI "\xff", "a b c\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"YAML: syntax", safe_yaml, "a \"b\" \\N: #&", "\"a \\\"b\\\" \\\\N: #&\""},
    {"YAML: controls", safe_yaml, "a\nb\tc\033\uFEFF" C1, "\"a\\nb\\u0009c\\u001b\\ufeff\\u009b\""},
    {"shell: a plain word stands as it is", safe_shell, "films/a-b_c.d", "films/a-b_c.d"},
    {"shell: nothing is a word", safe_shell, "", "''"},
    {"shell: what a shell reads", safe_shell, "a b'{c}[d]", "'a b'\\''{c}[d]'"},
    {"shell: no option", safe_shell, "-rf x", "./'-rf x'"},
    {"shell: controls and bytes", safe_shell, "-a\n'\\\xff" C1, "./$'-a\\012\\047\\134\\377\\302\\233'"},
    {"DOT: syntax", safe_dot, "a \"b\" \\N &lt;", "\"a \\\"b\\\" \\\\N &amp;lt;\""},
    {"DOT: controls", safe_dot, "a\nb\tc\033" C1 BIDI "\xff", "\"a\\nb c\uFFFD\uFFFD\uFFFD\uFFFD\""},
};

static void test_outputs(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        rows[i].put(out, rows[i].value);
        is_str(out->str, rows[i].want, rows[i].what);
    }
    ok(safe_is_exact("a ü") && !safe_is_exact("a\n") && !safe_is_exact("a\xff") && !safe_is_exact(BIDI),
       "exact is what would not be changed");
}

/* ---- formats ----------------------------------------------------------------------------------------------------- */

/* `format` with the same arguments by GLib and by us: without control characters and in ASCII they agree. */
#define SAME(what, format, ...)                                                                                        \
    do {                                                                                                               \
        g_autoptr(GString) out = g_string_new(NULL);                                                                   \
        g_autofree char *want = g_strdup_printf(format, __VA_ARGS__);                                                  \
        safe_printf(out, format, __VA_ARGS__);                                                                         \
        is_str(out->str, want, what);                                                                                  \
    } while (0)

static void test_formats(void)
{
    SAME("integers", "%d|%5d|%-5d|%05d|%+d|% d|%x|%#X|%o|%u|%c", -7, -7, -7, -7, 7, 7, 255u, 255u, 8u, 4000000000u,
         'x');
    SAME("long integers", "%ld|%lu|%lld|%llu|%zu|%jd|%td|%hd|%hhu", -5L, 5UL, -5LL, 5ULL, (size_t)-1, (intmax_t)-1,
         (ptrdiff_t)-3, (short)-2, (unsigned char)200);
    SAME("as GLib names them", "%" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %016" G_GINT64_MODIFIER "x", G_MININT64,
         G_MAXUINT64, (guint64)0xabc);
    SAME("fractions", "%f|%.1f|%8.3f|%-8.2f|%e|%g|%.0f|%+.2f", 1.5, 1.25, 3.14159, 2.5, 12345.678, 0.0001, 2.5, -0.001);
    SAME("texts", "%s|%8s|%-8s|%.2s|%8.2s|%*s|%-*s|%.*s|%*s", "abc", "abc", "abc", "abc", "abc", 5, "ab", 5, "ab", 1,
         "ab", -5, "ab");
    SAME("percent", "100 %% %s%%", "of");
    SAME("nothing", "%s", "");
    SAME("widths from outside", "%*d|%-*d|%.*f", 6, 42, 6, 42, 2, 1.0);
}

static void test_values(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    safe_printf(out, "\033[1m%s\033[0m: %s\n", "a\nb", "\033[31m" BIDI);
    is_str(out->str, "\033[1ma␊b\033[0m: ␛[31m\uFFFD\n", "only arguments are values, the format is ours");
    g_string_truncate(out, 0);
    safe_printf(out, "%-4s|%4s|%.1s|", "é", "駅", "駅x");
    is_str(out->str, "é   |  駅|駅|", "width counts columns, precision characters");
    g_string_truncate(out, 0);
    safe_printf(out, "%.3s|%s", "ab\xff\xff", (const char *)NULL);
    is_str(out->str, "ab\uFFFD|(null)", "a precision ends within what is no UTF-8");
}

int main(void)
{
    test_controls();
    test_outputs();
    test_formats();
    test_values();
    return tap_done();
}
