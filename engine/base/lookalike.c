#include "base/lookalike.h"

#include <assert.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unicode/uchar.h>

/* Zero width spaces and joiners, directional marks, the soft hyphen, variation selectors, byte order marks. */
static bool is_invisible(gunichar c)
{
    return c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2064) ||
           (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF;
}

bool lookalike_is_blank(gunichar c)
{
    return is_invisible(c) || (c >= 0x80 && g_unichar_isspace(c));
}

bool lookalike_is_quote(gunichar c)
{
    return (c >= 0x2018 && c <= 0x201F) || c == 0xAB || c == 0xBB || c == 0x2039 || c == 0x203A || c == '"' ||
           c == '\'';
}

char *lookalike_name(gunichar c)
{
    char name[128] = "";
    UErrorCode status = U_ZERO_ERROR;
    u_charName((UChar32)c, U_EXTENDED_CHAR_NAME, name, sizeof name, &status);
    return g_strdup_printf("U+%04X%s%s", c, U_SUCCESS(status) && *name ? " " : "", U_SUCCESS(status) ? name : "");
}

/* The character as it is compared: one for all dashes, one for each kind of quote. */
static gunichar plain(gunichar c)
{
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE58 || c == 0xFE63 || c == 0xFF0D)
        return '-';
    if (c == 0x2018 || c == 0x2019 || c == 0x201B || c == 0x2032 || c == 0xB4)
        return '\'';
    if (c == 0x201C || c == 0x201D || c == 0x201F || c == 0x2033)
        return '"';
    return g_unichar_isspace(c) ? ' ' : c;
}

const char *lookalike_stranger(const char *word)
{
    bool latin = false;
    for (const char *p = word; *p; p++)
        latin |= g_ascii_isalpha(*p);
    for (const char *p = word; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        const bool letter = g_unichar_isalpha(c) && g_unichar_get_script(c) != G_UNICODE_SCRIPT_LATIN;
        if (c >= 0x80 && (lookalike_is_blank(c) || lookalike_is_quote(c) || (plain(c) != c) || (latin && letter)))
            return p;
    }
    return NULL;
}

/* Without what cannot be seen and without blanks at its ends, in one normal form. */
char *lookalike_form(const char *name)
{
    g_autofree char *valid = g_utf8_make_valid(name, -1);
    g_autofree char *form = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL);
    GString *out = g_string_new(NULL);
    for (const char *p = form; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (!is_invisible(c))
            g_string_append_unichar(out, plain(c));
    }
    g_strstrip(out->str);
    return g_string_free(out, FALSE);
}

char *lookalike_key(const char *name)
{
    g_autofree char *visible = lookalike_form(name);
    return g_utf8_casefold(visible, -1);
}

static bool same_in_form(const char *a, const char *b)
{
    g_autofree char *x = g_utf8_normalize(a, -1, G_NORMALIZE_NFC), *y = g_utf8_normalize(b, -1, G_NORMALIZE_NFC);
    return x && y && strcmp(x, y) == 0;
}

static bool is_blank_first(const char *s)
{
    return *s && g_unichar_isspace(g_utf8_get_char(s));
}

static bool is_blank_last(const char *s)
{
    const char *last = *s ? g_utf8_find_prev_char(s, s + strlen(s)) : NULL;
    return last && g_unichar_isspace(g_utf8_get_char(last));
}

const char *lookalike_hidden(const char *asked, const char *there)
{
    g_autofree char *a = g_utf8_make_valid(asked, -1), *b = g_utf8_make_valid(there, -1);
    g_autofree char *x = lookalike_form(a), *y = lookalike_form(b);
    if (is_blank_last(a) != is_blank_last(b))
        return is_blank_last(b) ? "with a blank at its end" : "without a blank at its end";
    if (is_blank_first(a) != is_blank_first(b))
        return is_blank_first(b) ? "with a blank before it" : "without a blank before it";
    if (strcmp(a, b) == 0 || strcmp(x, y) != 0)
        return NULL;
    return same_in_form(a, b) ? "in another Unicode form" : "with other characters that look the same";
}

/* ---- on the disk ------------------------------------------------------------------------------------------------ */

/* The first name in the folder, in the order of bytes, that looks like `name`, or NULL. */
static char *find_in_folder(const char *folder, const char *name)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autofree char *key = lookalike_key(name);
    char *best = NULL;
    int left = LOOKALIKE_ENTRIES;
    for (const char *entry; dir && left > 0 && (entry = g_dir_read_name(dir)); left--) {
        g_autofree char *other = lookalike_key(entry);
        if (strcmp(other, key) != 0 || (best && strcmp(best, entry) <= 0))
            continue;
        g_free(best);
        best = g_strdup(entry);
    }
    return best;
}

static bool exists(const char *path)
{
    GStatBuf st;
    return g_lstat(path, &st) == 0;
}

char *lookalike_path(const char *dir, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    g_autoptr(GString) found = g_string_new(path[0] == '/' ? "/" : NULL);
    bool differs = false;
    for (char **part = parts; *part; part++) {
        if (**part == '\0' || strcmp(*part, ".") == 0)
            continue;
        g_autofree char *folder = g_build_filename(dir, found->str, NULL);
        g_autofree char *as_asked = g_build_filename(folder, *part, NULL);
        g_autofree char *name = exists(as_asked) ? g_strdup(*part) : find_in_folder(folder, *part);
        if (!name)
            return NULL;
        differs |= strcmp(name, *part) != 0;
        g_string_append_printf(found, "%s%s", found->len > 0 && found->str[found->len - 1] != '/' ? "/" : "", name);
    }
    assert(!differs || found->len > 0);
    return differs ? g_strdup(found->str) : NULL;
}
