#include "edit/place.h"

#include <assert.h>
#include <string.h>

/* A line of the text, as far as its indentation matters. */
struct line {
    gsize begin, end; /* without its line break */
    gsize column;     /* of what stands first in it */
    bool blank;       /* nothing, or a comment */
    bool dash;        /* an item of a list begins in it */
};

gsize place_line_begin(const char *text, gsize offset)
{
    while (offset > 0 && text[offset - 1] != '\n')
        offset--;
    return offset;
}

gsize place_indent(const char *text, gsize len, gsize line_begin)
{
    gsize at = line_begin;
    while (at < len && text[at] == ' ')
        at++;
    return at - line_begin;
}

static struct line line_at(const char *text, gsize len, gsize begin)
{
    struct line l = {.begin = begin, .end = begin};
    while (l.end < len && text[l.end] != '\n')
        l.end++;
    l.column = place_indent(text, len, begin);
    const gsize at = begin + l.column;
    l.blank = at >= l.end || text[at] == '#' || text[at] == '\r';
    l.dash = !l.blank && text[at] == '-' && (at + 1 >= l.end || text[at + 1] == ' ');
    return l;
}

/* Puts the lines that the place is indented under in front of `out`, the outermost first. */
static void prepend_ancestors(const char *text, gsize len, struct line below, GString *out)
{
    for (gsize begin = below.begin; begin > 0 && (below.column > 0 || below.dash);) {
        begin = place_line_begin(text, begin - 1);
        const struct line l = line_at(text, len, begin);
        const bool holds = l.column < below.column || (l.column == below.column && below.dash && !l.dash);
        if (l.blank || !holds)
            continue;
        g_string_prepend_c(out, '\n');
        g_string_prepend_len(out, text + l.begin, (gssize)(l.end - l.begin));
        below.column = l.column;
        below.dash = l.dash;
    }
}

/* Do only blanks and dashes of lists stand there? */
static bool is_first(const char *p, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (p[i] != ' ' && !(p[i] == '-' && i + 1 < n && p[i + 1] == ' '))
            return false;
    return true;
}

/* The text may lack its closing quote. */
static struct yml_place *find_with(const char *head, const char *const *tails)
{
    struct yml_place *p = NULL;
    for (; !p && *tails; tails++) {
        g_autofree char *text = g_strconcat(head, YML_PLACE_MARK, *tails, NULL);
        p = yml_place_find(text, strlen(text));
    }
    return p;
}

struct yml_place *place_find(const char *text, gsize len, gsize from, bool *first)
{
    static const char *const as_key[] = {":", "", NULL}, *const as_value[] = {"", "\"", "'", NULL};
    const gsize begin = place_line_begin(text, from);
    struct line own = line_at(text, len, begin);
    g_autoptr(GString) head = g_string_new_len(text + begin, (gssize)(from - begin));
    assert(from <= len);
    if (own.blank || own.begin + own.column > from)
        own.column = from - begin;
    *first = is_first(head->str, head->len);
    if (head->len && head->str[head->len - 1] == ':')
        g_string_append_c(head, ' ');
    prepend_ancestors(text, len, own, head);
    return find_with(head->str, *first ? as_key : as_value);
}

/* The key that the line begins with behind `column`, or NULL. */
static char *key_of(const char *text, const struct line *l, gsize column)
{
    const char *p = text + l->begin + column, *const end = text + l->end, *q = p;
    while (q < end && *q != ':' && *q != ' ' && *q != '#')
        q++;
    return q > p && q < end && *q == ':' ? g_strndup(p, (gsize)(q - p)) : NULL;
}

/* Where the key of a line stands: behind the dash of its item, if it begins one. */
static gsize key_column(const char *text, gsize len, const struct line *l)
{
    return l->dash ? l->column + 1 + place_indent(text, len, l->begin + l->column + 1) : l->column;
}

static bool take_neighbour(const char *text, gsize len, const struct line *l, gsize column, GPtrArray *keys)
{
    const gsize at = l->blank ? G_MAXSIZE : key_column(text, len, l);
    char *key = at == column ? key_of(text, l, at) : NULL;
    if (key)
        g_ptr_array_add(keys, key);
    return l->blank || at >= column;
}

GPtrArray *place_neighbours(const char *text, gsize len, gsize offset)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    const gsize begin = place_line_begin(text, offset);
    const struct line own = line_at(text, len, begin);
    const gsize column = own.blank ? offset - begin : key_column(text, len, &own);
    bool going = !own.dash; /* an item's first key has nothing above */
    for (gsize at = begin; going && at > 0;) {
        at = place_line_begin(text, at - 1);
        const struct line l = line_at(text, len, at);
        going =
            take_neighbour(text, len, &l, column, keys) && !(l.dash && !l.blank && key_column(text, len, &l) <= column);
    }
    going = true;
    for (gsize at = own.end + 1; going && at < len;) {
        const struct line l = line_at(text, len, at);
        going = !(l.dash && l.column < column) && take_neighbour(text, len, &l, column, keys);
        at = l.end + 1;
    }
    return keys;
}
