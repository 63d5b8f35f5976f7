#include "story/suggest.h"

#include "base/lookalike.h"

#include <assert.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* Longer words are not compared, so that the table in edit_distance() fits on the stack. */
#define WORD_MAX 64

static int edit_distance(const char *a, int a_len, const char *b, int b_len)
{
    int d[WORD_MAX + 1][WORD_MAX + 1];
    assert(a_len <= WORD_MAX && b_len <= WORD_MAX);
    for (int i = 0; i <= a_len; i++)
        d[i][0] = i;
    for (int j = 0; j <= b_len; j++)
        d[0][j] = j;
    for (int i = 1; i <= a_len; i++) {
        for (int j = 1; j <= b_len; j++) {
            const char x = g_ascii_tolower(a[i - 1]), y = g_ascii_tolower(b[j - 1]);
            int best = MIN(d[i - 1][j], d[i][j - 1]) + 1;
            best = MIN(best, d[i - 1][j - 1] + (x != y));
            if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && g_ascii_tolower(a[i - 2]) == y)
                best = MIN(best, d[i - 2][j - 2] + 1);
            d[i][j] = best;
        }
    }
    return d[a_len][b_len];
}

struct suggest suggest_begin(const char *word)
{
    const int len = (int)MIN(strlen(word), WORD_MAX);
    return (struct suggest){.word = word, .distance = MIN(1 + len / 3, 3) + 1};
}

/* Two words of plain letters look alike only if they are the same but for capitals, which edit_distance() sees. */
static bool look_alike(const char *a, const char *b)
{
    if ((g_str_is_ascii(a) && !strchr(a, ' ')) && g_str_is_ascii(b))
        return false;
    g_autofree char *x = lookalike_key(a), *y = lookalike_key(b);
    return strcmp(x, y) == 0;
}

void suggest_offer(struct suggest *s, const char *candidate)
{
    if (s->distance > 0 && look_alike(s->word, candidate)) {
        s->distance = 0;
        s->best = candidate;
        return;
    }
    const size_t a_len = strlen(s->word), b_len = strlen(candidate);
    const size_t apart = a_len > b_len ? a_len - b_len : b_len - a_len;
    if (a_len > WORD_MAX || b_len > WORD_MAX || apart >= (size_t)s->distance)
        return;
    const int distance = edit_distance(s->word, (int)a_len, candidate, (int)b_len);
    /* A word in which every letter would change is not near. */
    if (distance < s->distance && distance < (int)MAX(a_len, b_len)) {
        s->distance = distance;
        s->best = candidate;
    }
}

const char *suggest_best(const struct suggest *s)
{
    return s->best;
}

char *suggest_advice(const struct suggest *s)
{
    const char *hidden = s->best ? lookalike_hidden(s->word, s->best) : NULL;
    const char *odd = s->best ? lookalike_stranger(s->word) : NULL,
               *there = s->best ? lookalike_stranger(s->best) : NULL;
    if (!s->best)
        return NULL;
    if (there && !odd) {
        g_autofree char *name = lookalike_name(g_utf8_get_char(there));
        return g_strdup_printf("write `%s` where it is called `%s`: there, character %ld is %s", s->word, s->best,
                               g_utf8_pointer_to_offset(s->best, there) + 1, name);
    }
    g_autofree char *name = odd && !there ? lookalike_name(g_utf8_get_char(odd)) : NULL;
    if (name)
        return g_strdup_printf("did you mean `%s`? Here, character %ld is %s", s->best,
                               g_utf8_pointer_to_offset(s->word, odd) + 1, name);
    return g_strdup_printf("did you mean `%s`%s%s?", s->best, hidden ? ", " : "", hidden ? hidden : "");
}
