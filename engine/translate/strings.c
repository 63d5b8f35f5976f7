#include "translate/strings.h"

#include "base/words.h"

#include <assert.h>
#include <string.h>

/* ---- context: where a text is seen --------------------------------------------------------------------------------- */

/* `id` may be -1: there is no such text. */
G_GNUC_PRINTF(3, 4)
static void explain(struct strings *t, int32_t id, const char *format, ...)
{
    va_list ap;
    if (id < 0 || t->entries[id].context)
        return;
    va_start(ap, format);
    t->entries[id].context = g_strdup_vprintf(format, ap);
    va_end(ap);
}

static void explain_option(struct strings *t, const struct story_option *o, const char *question)
{
    const struct story *s = t->story;
    const char *words = o->text >= 0 ? s->texts[o->text] : o->name;
    explain(t, o->text, "an answer to “%s”", question);
    explain(t, o->sub, "small words below the answer “%s” to “%s”", words, question);
    explain(t, o->locked, "says why the answer “%s” to “%s” can't be taken", words, question);
    for (int32_t i = 0; i < o->labels.n; i++) {
        const struct story_label *label = &s->labels[o->labels.first + i];
        explain(t, label->text, "an answer to “%s”, at times in place of “%s”", question, words);
        explain(t, label->sub, "small words below an answer to “%s”, at times in place of “%s”", question, words);
    }
}

static void explain_decision(struct strings *t, const struct story_decision *d)
{
    const struct story *s = t->story;
    g_autoptr(GString) answers = g_string_new(NULL);
    for (int32_t i = 0; i < d->options.n; i++) {
        const int32_t id = s->options[d->options.first + i].text;
        if (id >= 0)
            g_string_append_printf(answers, "%s“%s”", answers->len ? ", " : "", s->texts[id]);
    }
    explain(t, d->prompt, "a question, answered within %.3g seconds by %s", (double)(d->closes_us - d->opens_us) / 1e6,
            answers->len ? answers->str : "a code");
    for (int32_t i = 0; i < d->options.n; i++)
        explain_option(t, &s->options[d->options.first + i], d->prompt >= 0 ? s->texts[d->prompt] : d->name);
}

static void explain_node(struct strings *t, const struct story_node *n)
{
    const struct story *s = t->story;
    explain(t, n->title, "the name of a scene");
    if (n->clip.kind == STORY_CARD)
        explain(t, n->clip.card, "words on the screen for %.3g seconds, in the scene %s", (double)n->clip.for_us / 1e6,
                n->name);
    for (int32_t i = 0; i < n->inscriptions.n; i++)
        explain(t, s->inscriptions[n->inscriptions.first + i].text,
                "words within the picture of the scene %s; leave what stands in {braces} as it is", n->name);
}

static void explain_all(struct strings *t)
{
    const struct story *s = t->story;
    explain(t, s->title, "the title of the film");
    for (int32_t i = 0; i < s->n_nodes; i++)
        explain_node(t, &s->nodes[i]);
    for (int32_t i = 0; i < s->n_decisions; i++)
        explain_decision(t, &s->decisions[i]);
    for (int32_t i = 0; i < s->n_endings; i++)
        explain(t, s->endings[i].title, "the name of an ending");
    for (int32_t i = 0; i < s->n_acts; i++)
        explain(t, s->act_titles[i], "the name of an act of the film, on the viewer's map");
}

/* ---- the table ------------------------------------------------------------------------------------------------------ */

static size_t language_place(const struct story *s, const char *language)
{
    for (int32_t i = 1; i < s->n_languages; i++)
        if (strcmp(s->languages[i], language) == 0)
            return (size_t)i;
    g_assert_not_reached();
}

struct strings *strings_of_story(const struct story *s, const char *language)
{
    const size_t first = language_place(s, language) * (size_t)s->n_texts;
    struct strings *t = g_new0(struct strings, 1);
    *t = (struct strings){.story = s,
                          .language = language,
                          .n_entries = s->n_texts,
                          .entries = g_new0(struct strings_entry, s->n_texts + 1)};
    for (int32_t i = 0; i < s->n_texts; i++) {
        struct strings_entry *e = &t->entries[i];
        e->key = s->text_keys[i];
        e->source = s->texts[i];
        e->translation = s->texts[first + (size_t)i];
        e->origin = s->text_origins[first + (size_t)i];
        e->mark = s->text_places[i].mark;
        fingerprint_text(e->source, e->of);
        e->outdated = e->translation && e->origin && strcmp(e->origin, e->of) != 0;
    }
    explain_all(t);
    return t;
}

void strings_free(struct strings *t)
{
    if (!t)
        return;
    for (int32_t i = 0; i < t->n_entries; i++)
        g_free(t->entries[i].context);
    g_clear_pointer(&t->made, g_ptr_array_unref);
    g_free(t->entries);
    g_free(t);
}
