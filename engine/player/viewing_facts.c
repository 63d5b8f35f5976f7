#include "player/viewing_facts.h"

#include "player/choice.h"
#include "story/text_field.h"

#include <assert.h>
#include <glib.h>

#define NEVER "\u2014"

struct answer {
    bool decided, picked;
    int32_t option; /* index in the decision; -1: a timeout took none */
    int32_t text;   /* its words, as the viewer read them; -1: it has none */
    int64_t waited_us;
};

struct viewing_facts {
    const struct story *story;
    const struct past_choice *past_choices; /* of each option, or NULL */
    struct answer *answers;                 /* of each decision, the latest one */
    int64_t timeouts;
};

struct viewing_facts *viewing_facts_new(const struct story *s, const struct past_choice *past_choices)
{
    struct viewing_facts *a = g_new0(struct viewing_facts, 1);
    a->story = s;
    a->past_choices = past_choices;
    a->answers = g_new0(struct answer, s->n_decisions + 1);
    return a;
}

void viewing_facts_free(struct viewing_facts *a)
{
    if (!a)
        return;
    g_free(a->answers);
    g_free(a);
}

/* The words that the option had when it was taken: those of a label that held then. -1: it had none, or none was taken.
 */
static int32_t words_taken(const struct viewing_facts *a, const struct play_effect *fx, const int32_t *before)
{
    const int32_t first = a->story->decisions[fx->decide.decision].options.first;
    return fx->decide.option < 0 ? -1 : menu_words(a->story, before, first + fx->decide.option).text;
}

void viewing_facts_note(struct viewing_facts *a, const struct play_effect *fx, const struct viewing_moment *m,
                        const int32_t *before)
{
    if (fx->kind != PLAY_DID_DECIDE)
        return;
    const bool picked = fx->decide.outcome == PLAY_PICKED;
    a->timeouts += !picked;
    assert(fx->decide.decision >= 0 && fx->decide.decision < a->story->n_decisions);
    assert(fx->decide.option < a->story->decisions[fx->decide.decision].options.n);
    a->answers[fx->decide.decision] = (struct answer){
        .decided = true,
        .picked = picked,
        .option = fx->decide.option,
        .text = words_taken(a, fx, before),
        .waited_us = choice_latency_us(m->choice, picked, m->pos_us),
    };
}

int32_t viewing_facts_taken(const struct viewing_facts *a, int32_t decision, bool *picked)
{
    assert(decision >= 0 && decision < a->story->n_decisions);
    *picked = a->answers[decision].picked;
    return a->answers[decision].decided ? a->answers[decision].text : -1;
}

/* ---- the words of each field ------------------------------------------------------------------------------------- */

static void write_value(const struct viewing_facts *a, GString *out, const char *name, const int32_t *state)
{
    const int32_t index = story_find_var(a->story, name);
    assert(index >= 0); /* the loader refuses a field with an unknown name */
    const struct story_var *v = &a->story->vars[index];
    const int32_t value = state[PLAY_VALUES + index];
    if (v->type == STORY_ENUM)
        g_string_append(out, a->story->names[v->values.first + value]);
    else
        g_string_append_printf(out, "%d", value);
}

static void write_chosen(const struct viewing_facts *a, GString *out, const char *name, const char *language)
{
    const int32_t index = story_find_decision(a->story, name);
    assert(index >= 0);
    const struct answer *answer = &a->answers[index];
    const char *text = NULL;
    if (answer->decided && answer->option >= 0) {
        const struct story_option *o = &a->story->options[a->story->decisions[index].options.first + answer->option];
        text = story_text(a->story, answer->text, language);
        text = text && *text ? text : o->name;
    }
    g_string_append(out, text ? text : NEVER);
}

static void write_waited(const struct viewing_facts *a, GString *out, const char *name)
{
    const struct answer *answer = &a->answers[story_find_decision(a->story, name)];
    if (!answer->decided)
        g_string_append(out, NEVER);
    else
        g_string_append_printf(out, "%" G_GINT64_FORMAT ".%03d", answer->waited_us / US_PER_SECOND,
                               (int)(answer->waited_us % US_PER_SECOND / US_PER_MS));
}

/* Numbers alone, because they need no translation: the share, and the counts behind it. */
static void write_share(const struct viewing_facts *a, GString *out, const char *name)
{
    const int32_t index = story_find_decision(a->story, name);
    const struct answer *answer = &a->answers[index];
    const struct past_choice *e = NULL;
    if (a->past_choices && answer->decided && answer->option >= 0)
        e = &a->past_choices[a->story->decisions[index].options.first + answer->option];
    if (e && e->of > 0)
        g_string_append_printf(out, "%" G_GINT64_FORMAT " %% (%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT ")",
                               (200 * e->picks + e->of) / (2 * e->of), e->picks, e->of);
    else
        g_string_append(out, NEVER);
}

char *viewing_facts_fill(const struct viewing_facts *a, const char *text, const int32_t *state, int64_t watched_us,
                         const char *language)
{
    GString *out = g_string_new(NULL);
    struct text_field f;
    while (text_field_next(&text, &f)) {
        g_autofree char *name = g_strndup(f.at, f.len);
        switch (f.kind) {
        case FIELD_TEXT:
            g_string_append(out, name);
            break;
        case FIELD_VALUE:
            write_value(a, out, name, state);
            break;
        case FIELD_CHOSEN:
            write_chosen(a, out, name, language);
            break;
        case FIELD_WAITED:
            write_waited(a, out, name);
            break;
        case FIELD_SHARE:
            write_share(a, out, name);
            break;
        case FIELD_TIMEOUTS:
            g_string_append_printf(out, "%" G_GINT64_FORMAT, a->timeouts);
            break;
        case FIELD_WATCHED:
            g_string_append_printf(out, "%d:%02d", (int)(watched_us / US_PER_SECOND / 60),
                                   (int)(watched_us / US_PER_SECOND % 60));
            break;
        case FIELD_BROKEN:
            break; /* the loader refuses these */
        }
    }
    return g_string_free(out, FALSE);
}
