#include "present/spoken_words.h"

#include "base/words.h"
#include "present/layout.h"

#include <assert.h>
#include <glib.h>

struct spoken {
    char *question; /* all of it, as it was said last; NULL: there is none */
    char *answer;   /* the option with the light, or what was taken */
    bool opens;     /* the panel was on its way in */
    char *page;     /* what stands on the page above its items; NULL: there is none */
    char *item;     /* what has the focus on it */
    char *notice;
};

struct spoken *spoken_new(void)
{
    return g_new0(struct spoken, 1);
}

void spoken_free(struct spoken *s)
{
    if (!s)
        return;
    g_free(s->question);
    g_free(s->answer);
    g_free(s->page);
    g_free(s->item);
    g_free(s->notice);
    g_free(s);
}

/* One sentence more. Words that end in a sign of their own get no full stop. */
static void add_sentence(GString *out, const char *words)
{
    if (!words || !*words)
        return;
    if (out->len > 0)
        g_string_append_c(out, ' ');
    g_string_append(out, words);
    if (!strchr(".!?:;", out->str[out->len - 1]))
        g_string_append_c(out, '.');
}

static void remember(char **last, char *words)
{
    g_free(*last);
    *last = words;
}

/* Adds the words unless they were said last, and remembers them. NULL: there are none now. */
static bool say_if_new(GString *out, char **last, char *words)
{
    const bool fresh = words && g_strcmp0(words, *last) != 0;
    if (fresh)
        add_sentence(out, words);
    remember(last, words);
    return fresh;
}

/* ---- the question ------------------------------------------------------------------------------------------------ */

static void add_option(GString *out, const struct view_option *o, const char *language)
{
    g_autofree char *numbered = o->key && *o->key ? g_strdup_printf("%s: %s", o->key, o->text ? o->text : "") : NULL;
    add_sentence(out, numbered ? numbered : o->text);
    if (o->locked)
        add_sentence(out, words_in(language, "Locked"));
    add_sentence(out, layout_second_line(o));
}

static char *question_words(const struct view_panel *p, const char *language)
{
    GString *out = g_string_new(NULL);
    add_sentence(out, p->prompt);
    for (int i = 0; i < p->count; i++)
        add_option(out, &p->options[i], language);
    return g_string_free(out, FALSE);
}

static const char *text_of(const struct view_panel *p, int option)
{
    return option >= 0 && option < p->count && p->options[option].text ? p->options[option].text : "";
}

/* NULL: nothing was answered, and no option has the light. */
static char *answer_words(const struct view_panel *p, const char *language)
{
    if (p->layout == VIEW_CODE)
        return p->phase == VIEW_OPEN && p->code && *p->code ? g_strdup(p->code) : NULL;
    if (p->phase == VIEW_OPEN && p->tried > 0 && p->tried <= p->count) {
        GString *out = g_string_new(NULL);
        add_option(out, &p->options[p->tried - 1], language);
        return g_string_free(out, FALSE);
    }
    if (p->phase == VIEW_OPEN && p->selected >= 0)
        return g_strdup_printf(words_in(language, "Chosen: %s"), text_of(p, p->selected));
    if (p->phase == VIEW_OPEN && p->focus >= 0) {
        GString *out = g_string_new(NULL);
        add_sentence(out, text_of(p, p->focus));
        if (p->focus < p->count && p->options[p->focus].locked)
            add_sentence(out, words_in(language, "Locked"));
        return g_string_free(out, FALSE);
    }
    if (p->phase == VIEW_CLOSED && p->taken >= 0)
        return g_strdup_printf(p->timed_out ? words_in(language, "Time is up: %s") : words_in(language, "Chosen: %s"),
                               text_of(p, p->taken));
    return NULL;
}

static void follow_panel(struct spoken *s, const struct view_panel *p, const char *language, GString *out)
{
    const bool asks = p->phase == VIEW_IN || p->phase == VIEW_OPEN, answered = p->phase == VIEW_CLOSED;
    /* Once it is closed, some of its words change: who was offered what is not said again. */
    const bool fresh = !answered && say_if_new(out, &s->question, asks ? question_words(p, language) : NULL);
    char *answer = asks || answered ? answer_words(p, language) : NULL;
    /* The option that has the light from the start was just said, and must not interrupt the question. */
    if (fresh || s->opens)
        remember(&s->answer, answer);
    else
        say_if_new(out, &s->answer, answer);
    s->opens = p->phase == VIEW_IN;
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static bool is_words(const struct view_item *i)
{
    return i->kind == VIEW_ITEM_WORDS || i->kind == VIEW_ITEM_HEAD || i->kind == VIEW_ITEM_PLATE;
}

static void add_item(GString *out, const struct view_item *i)
{
    g_autofree char *both = i->value && *i->value ? g_strdup_printf("%s: %s", i->text ? i->text : "", i->value) : NULL;
    add_sentence(out, both ? both : i->text);
    add_sentence(out, i->note);
}

static char *page_words(const struct view_page *page)
{
    GString *out = g_string_new(NULL);
    add_sentence(out, page->label);
    add_sentence(out, page->title);
    add_sentence(out, page->text);
    for (int i = 0; i < page->count; i++)
        if (is_words(&page->items[i]))
            add_item(out, &page->items[i]);
    return g_string_free(out, FALSE);
}

static char *item_words(const struct view_page *page)
{
    if (page->focus < 0 || page->focus >= page->count)
        return NULL;
    GString *out = g_string_new(NULL);
    add_item(out, &page->items[page->focus]);
    return g_string_free(out, FALSE);
}

static void follow_page(struct spoken *s, const struct view_page *page, GString *out)
{
    if (say_if_new(out, &s->page, page ? page_words(page) : NULL))
        g_clear_pointer(&s->item, g_free);
    say_if_new(out, &s->item, page ? item_words(page) : NULL);
}

char *spoken_words(struct spoken *s, const struct view *v, const char *language)
{
    assert(v->panel.count >= 0);
    GString *out = g_string_new(NULL);
    say_if_new(out, &s->notice, v->notice && *v->notice ? g_strdup(v->notice) : NULL);
    follow_page(s, v->page, out);
    if (!v->page)
        follow_panel(s, &v->panel, language, out);
    return out->len > 0 ? g_string_free(out, FALSE) : (g_string_free(out, TRUE), NULL);
}
