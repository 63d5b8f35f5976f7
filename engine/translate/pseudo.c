#include "translate/pseudo.h"

#include "story/limits.h"

#include <assert.h>
#include <string.h>

/* Of a to z and A to Z. Accents above and below, which fonts have. */
static const char *const accented[2][26] = {{"å", "ƀ", "ç", "ð", "é", "ƒ", "ĝ", "ĥ", "î", "ĵ", "ķ", "ļ", "m",
                                             "ñ", "ö", "þ", "q", "ŕ", "š", "ţ", "û", "v", "ŵ", "x", "ý", "ž"},
                                            {"Å", "Ɓ", "Ç", "Ð", "É", "F", "Ĝ", "Ĥ", "Î", "Ĵ", "Ķ", "Ļ", "M",
                                             "Ñ", "Ö", "Þ", "Q", "Ŕ", "Š", "Ţ", "Û", "V", "Ŵ", "X", "Ý", "Ž"}};

/* The letter that sounds most like it; there are no capitals. */
static const char *const hebrew[26] = {"א", "ב", "צ", "ד", "ע", "פ", "ג", "ה", "י", "ז", "ק", "ל", "מ",
                                       "נ", "ו", "פ", "ק", "ר", "ס", "ט", "ו", "ו", "ש", "ח", "י", "ז"};

/* Translations of short texts grow most. */
static const char *const filler[] = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"};

static glong wanted_more(glong n)
{
    return n <= 10 ? n : n <= 30 ? n * 6 / 10 : n * 35 / 100;
}

static void add_letter(GString *out, const char *c, enum pseudo_kind kind)
{
    if (!g_ascii_isalpha(*c))
        g_string_append_unichar(out, g_utf8_get_char(c));
    else if (kind == PSEUDO_RTL)
        g_string_append(out, hebrew[g_ascii_tolower(*c) - 'a']);
    else
        g_string_append(out, accented[g_ascii_isupper(*c)][g_ascii_tolower(*c) - 'a']);
}

/* The end of what stands in braces at `c`, or `c` itself. */
static const char *behind_field(const char *c)
{
    const char *end = *c == '{' ? c[1] == '{' ? c + 1 : strchr(c, '}') : NULL;
    return end ? end + 1 : c;
}

static void add_filler(GString *out, glong n)
{
    for (size_t i = 0; n > 0; i++) {
        const char *word = filler[i % G_N_ELEMENTS(filler)];
        g_string_append_c(out, ' ');
        for (const char *c = word; *c; c++)
            add_letter(out, c, PSEUDO_LONG);
        n -= (glong)strlen(word) + 1;
    }
}

char *pseudo_text(const char *text, enum pseudo_kind kind)
{
    GString *out = g_string_new(kind == PSEUDO_LONG ? "[" : NULL);
    for (const char *c = text; *c;) {
        const char *end = behind_field(c);
        if (end > c)
            g_string_append_len(out, c, end - c);
        else
            add_letter(out, c, kind);
        c = end > c ? end : g_utf8_next_char(c);
    }
    if (kind == PSEUDO_LONG) {
        add_filler(out, wanted_more(g_utf8_strlen(text, -1)));
        g_string_append_c(out, ']');
    }
    if (out->len > STORY_TEXT_BYTES_MAX)
        g_string_assign(out, text);
    return g_string_free(out, FALSE);
}

void pseudo_fill(struct strings *t, enum pseudo_kind kind)
{
    assert(!t->made);
    t->made = g_ptr_array_new_with_free_func(g_free);
    for (int32_t i = 0; i < t->n_entries; i++) {
        struct strings_entry *e = &t->entries[i];
        char *text = pseudo_text(e->source, kind);
        g_ptr_array_add(t->made, text);
        e->translation = text;
        e->origin = e->of;
        e->outdated = false;
    }
}
