/* Words of the player in the viewer's language: which file a language tag asks for. */
#include "base/words.h"
#include "tests/tap.h"

static void test_tags(void)
{
    static const struct {
        const char *language, *words;
    } rows[] = {
        {"de", "stumm"}, {"DE", "stumm"},    {"de-AT", "stumm"}, {"de_DE.UTF-8", "stumm"}, {"de-1996-x-home", "stumm"},
        {NULL, "muted"}, {"", "muted"},      {"d", "muted"},     {"deu", "muted"},         {"den", "muted"},
        {"en", "muted"}, {"en-de", "muted"}, {"-de", "muted"},   {"_", "muted"},           {"tlh", "muted"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        is_str(words_in(rows[i].language, "muted"), rows[i].words, rows[i].language ? rows[i].language : "none");
    is_str(words_in("de", "no words of ours"), "no words of ours", "what has no translation stays as it is");
}

static void test_lists(void)
{
    int same = 0, n = 0;
    for (const struct words_language *l = words_languages; l->tag; l++)
        for (const struct words_line *line = l->lines; line->english; line++, n++)
            same += g_strcmp0(words_in(l->tag, line->english), line->words) == 0;
    ok(n > 100, "there are %d lines", n);
    is_int(same, n, "each is found");
}

/* Threads that ask first, all at once, get the same answer. */
static gpointer ask(gpointer unused)
{
    (void)unused;
    return (gpointer)words_in("de", "muted");
}

static void test_threads(void)
{
    GThread *threads[8];
    bool same = true;
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("words", ask, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        same &= g_strcmp0(g_thread_join(threads[i]), "stumm") == 0;
    ok(same, "eight threads that ask at once");
}

int main(void)
{
    test_threads();
    test_tags();
    test_lists();
    return tap_done();
}
