/* Text: cleaning of untrusted strings, order of right-to-left runs, line breaking, ellipsis; and every script for
 * which there is a font leaves ink. */
#include "tap.h"
#include <stdlib.h>
#include "present/chars.h"
#include "present/text.c" /* for the lines of a block, which only drawing needs */

static char *text_clean(const char *utf8)
{
    int n = 0;
    uint32_t *chars = chars_clean(utf8, TEXT_MAX_CHARS, &n);
    char *s = g_ucs4_to_utf8(chars, n, NULL, NULL, NULL);
    g_free(chars);
    return s;
}

static void test_clean(void)
{
    static const struct {
        const char *in, *out, *what;
    } rows[] = {
        {"plain", "plain", "plain text stays"},
        {"", "", "empty"},
        {NULL, "", "none"},
        {"a\tb\x01\x1b[31mc\x7f", "a b[31mc", "controls"},
        {"a\r\nb\rc\nd", "a\nb\nc\nd", "line ends"},
        {"user\u202Egnp.exe", "usergnp.exe", "bidi override"},
        {"a\u2066b\u2069\u200F\u061C", "ab", "isolates and marks"},
        {"\xff\xc3(x\xe2\x82", "\uFFFD\uFFFD(x\uFFFD\uFFFD", "broken UTF-8"},
        {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD", "a surrogate"},
        {"e\u0301\u0301\u0301\u0301\u0301\u0301\u0301x", "e\u0301\u0301\u0301\u0301x", "too many marks"},
        {"\u0645\u200C\u0646", "\u0645\u200C\u0646", "a joiner that a script needs"},
        {"a\u2028b", "a\nb", "line separator"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *got = text_clean(rows[i].in);
        is_str(got, rows[i].out, rows[i].what);
        g_free(got);
    }
    char *huge = g_strnfill(1000000, 'x'), *got = text_clean(huge);
    ok(g_utf8_strlen(got, -1) == TEXT_MAX_CHARS + 1 && g_str_has_suffix(got, "\u2026"), "a huge text is cut");
    g_free(huge);
    g_free(got);
}

/* The lines into which `utf8` is broken, in visual order, with "\n" between them. */
static char *text_lines(struct text *t, const struct text_style *style, const char *utf8, int width)
{
    const struct text_block *b = text_get(t, style, utf8, width);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < b->lines->len; i++) {
        const struct text_line *l = &g_array_index(b->lines, struct text_line, i);
        if (i)
            g_string_append_c(out, '\n');
        for (int r = l->first_run; r < l->first_run + l->runs; r++) {
            const struct text_run *run = &g_array_index(b->run, struct text_run, r);
            for (int c = 0; c < run->to - run->from; c++)
                g_string_append_unichar(out, b->chars[run->level & 1 ? run->to - 1 - c : run->from + c]);
        }
    }
    return g_string_free(out, FALSE);
}

static char *lines(struct text *t, const char *s, int width, int most)
{
    const struct text_style style = {TEXT_BODY, 20, most, TEXT_CENTRE};
    return text_lines(t, &style, s, width);
}

/* The first letter decides, not digits or signs before it. */
static void test_direction(void)
{
    static const struct {
        const char *text;
        enum text_direction direction;
    } rows[] = {{"Which?", TEXT_FROM_LEFT},
                {"\u0627\u0644\u062e\u0637 08", TEXT_FROM_RIGHT},
                {"08 \u05e7\u05d5 line", TEXT_FROM_RIGHT},
                {"08 (line) \u05e7\u05d5", TEXT_FROM_LEFT},
                {"\u202e8:15?", TEXT_NO_DIRECTION},
                {"\u756a\u7dda", TEXT_FROM_LEFT},
                {"\xff\xfe", TEXT_NO_DIRECTION},
                {"", TEXT_NO_DIRECTION},
                {NULL, TEXT_NO_DIRECTION}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        is_int(text_direction(rows[i].text), rows[i].direction, rows[i].text ? rows[i].text : "none");
}

static void test_lines(struct text *t)
{
    static const struct {
        const char *in;
        int width;
        const char *out, *what;
    } rows[] = {
        {"one two", 0, "one two", "one line"},
        {"one two", 1000, "one two", "one line with room"},
        {"one\ntwo\n\nthree", 0, "one\ntwo\n\nthree", "own line ends"},
        {"\u05D0\u05D1\u05D2", 0, "\u05D2\u05D1\u05D0", "Hebrew runs to the left"},
        {"\u05D0\u05D1 12 \u05D2", 0, "\u05D2 12 \u05D1\u05D0", "a number in it to the right"},
        {"abc \u05D0\u05D1 def", 0, "abc \u05D1\u05D0 def", "a word of Hebrew in English"},
        {"(\u05D0)", 0, ")\u05D0(", "brackets turn with their paragraph"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *got = lines(t, rows[i].in, rows[i].width, 0);
        is_str(got, rows[i].out, rows[i].what);
        g_free(got);
    }
}

/* Every line fits; all characters but the spaces at line ends are there and in order; words are whole. */
static void test_wrap(struct text *t, guint32 seed)
{
    static const char *const words[] = {
        "a",     "the", "stroke", "eleven", "forty-one,", "\"precisely\"", "\u03C3\u03AE\u03BA\u03C9\u03C3\u03B5",
        "\u0438"};
    GRand *r = g_rand_new_with_seed(seed);
    bool fits = true, whole = true;
    printf("# seed %u\n", seed);
    for (int i = 0; i < 120; i++) {
        GString *s = g_string_new(NULL);
        for (int n = g_rand_int_range(r, 1, 30); n > 0; n--)
            g_string_append_printf(s, "%s%s", s->len ? " " : "", words[g_rand_int_range(r, 0, G_N_ELEMENTS(words))]);
        const struct text_style style = {TEXT_BODY, g_rand_int_range(r, 8, 40), 0, TEXT_CENTRE};
        const int width = style.px * g_rand_int_range(r, 8, 30);
        const struct text_extent e = text_size(text_get(t, &style, s->str, width));
        char *got = text_lines(t, &style, s->str, width);
        fits &= e.w <= width && e.w > 0 && !e.cut;
        g_strdelimit(got, "\n", ' ');
        g_strdelimit(s->str, "\n", ' ');
        whole &= g_str_equal(got, s->str) || strstr(s->str, "forty-one,");
        g_free(got);
        g_string_free(s, TRUE);
    }
    ok(fits, "lines are no wider than asked");
    ok(whole, "nothing is lost, words stay whole");
    g_rand_free(r);
}

/* Centred lines are as even as they can be, which all narrower widths show that take no more lines; and no last line of a text is
 * one short word. */
static void test_balance(struct text *t)
{
    static const char *const texts[] = {
        "What you may like next", "Sie haben beide Enden gefunden. Am meisten hing an einer Frage.",
        "\u304A\u805E\u304D\u3044\u305F\u3060\u3044\u305F\u306E\u306F\u6642\u5831\u3067\u3057\u305F\u3002",
        "\u05D0\u05D1\u05D2 \u05D3\u05D4 \u05D5\u05D6\u05D7 \u05D8\u05D9 \u05DA\u05DB\u05DC \u05DE"};
    const struct text_style loose = {TEXT_TITLE, 20, 0, TEXT_START}, even = {TEXT_TITLE, 20, 0, TEXT_CENTRE};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        for (int width = 100; width <= 300; width += 50) {
            const struct text_extent a = text_size(text_get(t, &loose, texts[i], width)),
                                     b = text_size(text_get(t, &even, texts[i], width));
            int best = a.w;
            for (int narrow = a.w; narrow > 0 && !a.cut && a.lines > 1 && a.lines <= BALANCED_LINES; narrow--) {
                const struct text_extent e = text_size(text_get(t, &loose, texts[i], narrow));
                if (e.lines > a.lines || e.cut)
                    break;
                best = MIN(best, e.w);
            }
            ok(b.lines == a.lines && b.w >= best && b.w <= best + 20 / 4 + 1,
               "text %zu at %d: %d lines, %d wide (%d at best, %d loose)", i, width, b.lines, b.w, best, a.w);
        }
    const struct text_style body = {TEXT_BODY, 20, 0, TEXT_START};
    char *got = text_lines(t, &body, "Three of seven viewings on this machine chose that",
                           text_size(text_get(t, &body, "Three of seven viewings on this machine chose", 0)).w);
    ok(strchr(got, '\n') && !g_str_has_suffix(got, "\nthat"), "no word stands alone: %s", strchr(got, '\n') + 1);
    g_free(got);
}

/* Where lines may end: a number and its unit are on one line. */
static void test_units(void)
{
    static const char *const rows[] = {"nach |7,7 s, |dann |3 |Sekunden",
                                       "nur |40 % |davon",
                                       "5 min |30 s",
                                       "take |7 |steps",
                                       "as |s |is",
                                       "um |23 Uhr",
                                       "7s |s"};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(GStrv) parts = g_strsplit(rows[i], "|", -1);
        g_autofree char *plain = g_strjoinv("", parts);
        int n;
        g_autofree uint32_t *c = chars_clean(plain, 100, &n);
        GString *got = g_string_new(NULL);
        for (int at = 0; at < n; at++) {
            if (at > 0 && chars_may_break(c, n, at))
                g_string_append_c(got, '|');
            g_string_append_unichar(got, c[at]);
        }
        is_str(got->str, rows[i], "a number stays with its unit");
        g_string_free(got, TRUE);
    }
}

static void test_cut(struct text *t)
{
    char *got = lines(t, "Tell her that the record of every decision she takes is the only thing", 150, 2);
    char **part = g_strsplit(got, "\n", -1);
    ok(g_strv_length(part) == 2, "two lines are two lines");
    ok(g_str_has_suffix(got, "\u2026"), "the last one ends in an ellipsis");
    g_strfreev(part);
    g_free(got);
    const struct text_style one = {TEXT_BODY, 20, 1, TEXT_CENTRE};
    const struct text_extent e = text_size(text_get(t, &one, "Donaudampfschifffahrtselektrizitaeten", 120));
    ok(e.w <= 120 && e.lines == 1 && e.cut, "a long word is cut to fit: %d", e.w);
    const struct text_style many = {TEXT_BODY, 20, 0, TEXT_CENTRE};
    const struct text_extent m = text_size(text_get(t, &many, "Donaudampfschifffahrtselektrizitaeten", 120));
    ok(m.w <= 120 && m.lines > 1, "or broken where lines are allowed: %d", m.lines);
    ok(text_size(text_get(t, &many, "i", 1)).lines == 1, "a width of one pixel still ends");
    got = lines(t, "\u9CF4\u3089\u3057\u3066\u304A\u304F\u3002\u9CF4\u3089\u3057\u3066\u304A\u304F\u3002", 110, 0);
    ok(strchr(got, '\n') && !strstr(got, "\n\u3002"), "Japanese breaks between characters, not before a full stop");
    g_free(got);
}

static guint64 ink(struct text *t, const char *s, enum text_role role)
{
    enum { W = 900, H = 80 };
    static uint32_t px[W * H];
    struct canvas c = {.px = px, .w = W, .h = H, .stride = W};
    const struct text_style style = {role, 32, 1, TEXT_CENTRE};
    guint64 sum = 0;
    memset(px, 0, sizeof px);
    text_draw(t, text_get(t, &style, s, 0), &c, 8, 8, (struct text_ink){0xffffff, 1, 0});
    for (int i = 0; i < W * H; i++)
        sum += px[i] >> 24;
    return sum / 255;
}

static void test_scripts(struct text *t)
{
    static const struct {
        const char *name, *a, *b; /* two different texts: glyphs for missing characters would look the same */
    } rows[] = {{"Latin", "door", "desk"},
                {"Greek", "\u03B1\u03B2\u03B3", "\u03C9\u03C8\u03C6"},
                {"Cyrillic", "\u0436\u0449\u044E", "\u0438\u0440\u0433"},
                {"Arabic", "\u0628\u0627\u0628", "\u0645\u0643\u062A"},
                {"Hebrew", "\u05D3\u05DC\u05EA", "\u05E9\u05D5\u05DC"},
                {"CJK", "\u9CF4\u756A", "\u4E00\u4E8C"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (int role = 0; role < TEXT_ROLES; role++) {
            const guint64 a = ink(t, rows[i].a, (enum text_role)role), b = ink(t, rows[i].b, (enum text_role)role);
            if (a == b)
                skip(rows[i].name, "no font for it here");
            else if (role == 0)
                ok(a > 50 && b > 50, "%s leaves ink: %d, %d", rows[i].name, (int)a, (int)b);
            else if (a < 50)
                ok(false, "%s in role %d: %d", rows[i].name, role, (int)a);
        }
    ok(ink(t, "\U0001F47E\U0010FFFD\uE000", TEXT_OPTION) < 100000, "characters that no font has do no harm");
    /* Joined Arabic letters are narrower than the same letters apart, so shaping works. */
    const struct text_style s = {TEXT_BODY, 40, 1, TEXT_CENTRE};
    const int joined = text_size(text_get(t, &s, "\u0628\u0628\u0628", 0)).w,
              apart = text_size(text_get(t, &s, "\u0628\u200C\u0628\u200C\u0628", 0)).w;
    ok(joined < apart, "Arabic letters join: %d < %d", joined, apart);
}

/* Every family that a viewer can choose is another one for the player's own words, and for them alone. */
static void test_families(struct text *t)
{
    static const char words[] = "Where does the umbrella go?";
    const struct text_style body = {TEXT_BODY, 40, 1, TEXT_CENTRE}, card = {TEXT_CARD, 40, 1, TEXT_CENTRE};
    const int own = text_size(text_get(t, &body, words, 0)).w, film = text_size(text_get(t, &card, words, 0)).w;
    const char *const *all = text_families(t);
    int others = 0;
    ok(all[0], "there are fonts to choose from");
    for (int i = 0; all[i]; i++) {
        text_prefer(t, all[i]);
        others += text_size(text_get(t, &body, words, 0)).w != own;
        is_int(text_size(text_get(t, &card, words, 0)).w, film, all[i]);
    }
    text_prefer(t, NULL);
    ok(others > 0, "%d of them look otherwise", others);
    is_int(text_size(text_get(t, &body, words, 0)).w, own, "the player's own is back");
}

static void test_garbage(struct text *t, guint32 seed)
{
    GRand *r = g_rand_new_with_seed(seed);
    for (int i = 0; i < 300; i++) {
        char s[200];
        const int n = g_rand_int_range(r, 0, sizeof s - 1);
        for (int k = 0; k < n; k++)
            s[k] = (char)g_rand_int_range(r, 1, 256);
        s[n] = 0;
        ink(t, s, (enum text_role)g_rand_int_range(r, 0, TEXT_ROLES));
        text_tick(t);
    }
    ok(true, "300 strings of random bytes are drawn");
    g_rand_free(r);
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 10) : 1988;
    struct text *t = text_open();
    test_clean();
    test_direction();
    if (text_size(text_get(t, &(struct text_style){TEXT_BODY, 20, 1, TEXT_CENTRE}, "x", 0)).w == 0) {
        skip("drawn text", text_problem(t));
    } else {
        test_lines(t);
        test_wrap(t, seed);
        test_balance(t);
        test_units();
        test_cut(t);
        test_scripts(t);
        test_families(t);
        test_garbage(t, seed);
    }
    text_close(t);
    return tap_done();
}
