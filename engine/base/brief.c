#include "base/brief.h"

#include <assert.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define MARK "…"

/* The bytes of the character at `p`; 1 where it is none. */
static size_t char_bytes(const char *p)
{
    const gunichar c = g_utf8_get_char_validated(p, -1);
    return c == (gunichar)-1 || c == (gunichar)-2 ? 1 : (size_t)(g_utf8_next_char(p) - p);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Where a text of which `fits` bytes may stay is cut: behind its last whole word, or at `fits` if that would take away
 * more than half. */
static size_t cut_at_word(const char *text, size_t fits)
{
    size_t end = fits;
    if (is_blank(text[end]))
        return end;
    while (end > 0 && !is_blank(text[end - 1]))
        end--;
    while (end > 0 && is_blank(text[end - 1]))
        end--;
    return end >= fits / 2 ? end : fits;
}

char *brief(const char *text, size_t max_chars)
{
    assert(max_chars > 1);
    size_t chars = 0, fits = 0, at = 0;
    for (; text[at] && chars <= max_chars; chars++) {
        if (chars == max_chars - 1)
            fits = at;
        at += char_bytes(text + at);
    }
    if (chars <= max_chars)
        return g_strdup(text);
    const size_t end = cut_at_word(text, fits);
    return g_strdup_printf("%.*s" MARK, (int)end, text);
}

void brief_copy(char *to, size_t size, const char *text)
{
    assert(size >= sizeof MARK);
    const size_t n = strlen(text);
    if (n < size) {
        memcpy(to, text, n + 1);
        return;
    }
    size_t fits = 0;
    while (fits + char_bytes(text + fits) <= size - sizeof MARK)
        fits += char_bytes(text + fits);
    const size_t end = cut_at_word(text, fits);
    memcpy(to, text, end);
    memcpy(to + end, MARK, sizeof MARK);
}
