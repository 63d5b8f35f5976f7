#include "present/chars.h"

#include <glib.h>

#define MARKS_MAX 4 /* combining marks on one letter */

/* ---- cleaning ---- */

/* Characters that can disguise what is read: controls, bidi marks, overrides and isolates, tags, joiners that join
 * nothing. ZWJ and ZWNJ are allowed, because scripts need them. */
static bool is_unwanted(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } out[] = {{0x0, 0x9},       {0xb, 0x1f},      {0x7f, 0x9f},       {0x61c, 0x61c},        {0xad, 0xad},
               {0x200b, 0x200b}, {0x200e, 0x200f}, {0x202a, 0x202e},   {0x2060, 0x206f},      {0xfe00, 0xfe0f},
               {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}, {0x110000, UINT32_MAX}};
    for (size_t i = 0; i < G_N_ELEMENTS(out); i++)
        if (c >= out[i].from && c <= out[i].to)
            return true;
    return false;
}

static uint32_t simplified(uint32_t c)
{
    if (c == '\t' || c == 0xa0)
        return ' ';
    if (c == '\r' || c == 0x2028 || c == 0x2029 || c == 0x85)
        return '\n';
    return c;
}

/* The next character of a string that may be broken UTF-8; U+FFFD for a byte that begins no character. */
static uint32_t next_char(const char **s)
{
    const gunichar c = g_utf8_get_char_validated(*s, -1);
    if (c == (gunichar)-1 || c == (gunichar)-2) {
        (*s)++;
        return 0xfffd;
    }
    *s = g_utf8_next_char(*s);
    return c;
}

uint32_t *chars_clean(const char *utf8, int max, int *n)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    int marks = 0;
    bool was_cr = false;
    while (utf8 && *utf8 && (int)out->len < max) {
        const bool cr = *utf8 == '\r';
        const uint32_t c = simplified(next_char(&utf8));
        if (c == '\n' && was_cr && !cr) {
            was_cr = false;
            continue;
        }
        was_cr = cr;
        marks = g_unichar_ismark(c) ? marks + 1 : 0;
        if (!is_unwanted(c) && marks <= MARKS_MAX)
            g_array_append_val(out, c);
    }
    if (utf8 && *utf8)
        g_array_append_val(out, ((uint32_t[]){0x2026})[0]);
    *n = (int)out->len;
    return (uint32_t *)g_array_free(out, FALSE);
}

/* ---- where a line may break ---- */

static bool is_cjk(uint32_t c)
{
    return (c >= 0x2e80 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xff00 && c <= 0xffef) || (c >= 0x20000 && c <= 0x3ffff);
}

/* Words of other languages: nobody likes to read them in two parts. */
static bool is_katakana(uint32_t c)
{
    return (c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc;
}

static bool in_list(uint32_t c, const char *list)
{
    return c && g_utf8_strchr(list, -1, c);
}

/* Is there a unit's symbol at `i`, behind a number and a space? */
static bool is_unit(const uint32_t *c, int n, int i)
{
    static const char *const units[] = {"%",  "\u2030", "s",  "ms",      "min", "h",     "Uhr", "Std",
                                        "Hz", "kHz",    "dB", "\u00b0C", "m",   "km",    "cm",  "mm",
                                        "kg", "g",      "kB", "MB",      "GB",  "\u20ac"};
    if (i < 2 || c[i - 1] != ' ' || !g_unichar_isdigit(c[i - 2]))
        return false;
    for (size_t u = 0; u < G_N_ELEMENTS(units); u++) {
        const char *at = units[u];
        int end = i;
        for (; *at && end < n && c[end] == g_utf8_get_char(at); end++)
            at = g_utf8_next_char(at);
        if (!*at && (end == n || !g_unichar_isalnum(c[end])))
            return true;
    }
    return false;
}

bool chars_may_break(const uint32_t *c, int n, int i)
{
    const uint32_t before = c[i - 1], after = c[i];
    if (g_unichar_ismark(after) || after == 0x200d || before == 0x200d)
        return false;
    if (before == ' ' || before == 0x3000)
        return after != ' ' && !is_unit(c, n, i);
    if (before == '-' || before == 0x2013 || before == 0x2014 || before == '/')
        return g_unichar_isalpha(after) && i > 1 && c[i - 2] != ' ';
    if ((!is_cjk(before) && !is_cjk(after)) || (is_katakana(before) && is_katakana(after)))
        return false;
    /* Closing marks, small kana and length marks may not begin a line; opening marks may not end one. */
    return after != ' ' &&
           !in_list(after, "、。，．・：；？！゛゜´｀）〕］｝〉》」』】〙〗ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々"
                           "〻!),.:;?]}%…’”") &&
           !in_list(before, "（〔［｛〈《「『【〘〖([{‘“");
}

/* ---- scripts ---- */

void chars_script(uint32_t c, char script[5])
{
    const GUnicodeScript s = g_unichar_get_script(c);
    if (s == G_UNICODE_SCRIPT_COMMON || s == G_UNICODE_SCRIPT_INHERITED || s == G_UNICODE_SCRIPT_UNKNOWN)
        return;
    const uint32_t tag = g_unicode_script_to_iso15924(s);
    for (int i = 0; i < 4; i++)
        script[i] = (char)(tag >> (24 - 8 * i));
    script[4] = 0;
}
