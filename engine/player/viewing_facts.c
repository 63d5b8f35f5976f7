#include "player/viewing_facts.h"

#include "play/replay.h"
#include "player/choice.h"
#include "player/language_names.h"
#include "story/text_field.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

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
    GArray *path; /* see viewing_facts_path() */
};

struct viewing_facts *viewing_facts_new(const struct story *s, const struct past_choice *past_choices)
{
    struct viewing_facts *a = g_new0(struct viewing_facts, 1);
    a->story = s;
    a->past_choices = past_choices;
    a->path = g_array_new(FALSE, FALSE, sizeof(int32_t));
    a->answers = g_new0(struct answer, s->n_decisions + 1);
    return a;
}

void viewing_facts_free(struct viewing_facts *a)
{
    if (!a)
        return;
    g_array_unref(a->path);
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

static void append_to_path(struct viewing_facts *a, int32_t decision)
{
    for (guint i = 0; i < a->path->len; i++)
        if (g_array_index(a->path, int32_t, i) == decision) {
            g_array_remove_index(a->path, i);
            break;
        }
    g_array_append_val(a->path, decision);
}

static void note(struct viewing_facts *a, const struct play_effect *fx, int64_t waited_us, const int32_t *before)
{
    const bool picked = fx->decide.outcome == PLAY_PICKED;
    a->timeouts += !picked;
    assert(fx->decide.decision >= 0 && fx->decide.decision < a->story->n_decisions);
    assert(fx->decide.option < a->story->decisions[fx->decide.decision].options.n);
    a->answers[fx->decide.decision] = (struct answer){
        .decided = true,
        .picked = picked,
        .option = fx->decide.option,
        .text = words_taken(a, fx, before),
        .waited_us = waited_us,
    };
    append_to_path(a, fx->decide.decision);
}

void viewing_facts_note(struct viewing_facts *a, const struct play_effect *fx, const struct viewing_moment *m,
                        const int32_t *before)
{
    if (fx->kind == PLAY_DID_DECIDE)
        note(a, fx, choice_latency_us(m->choice, fx->decide.outcome == PLAY_PICKED, m->pos_us), before);
}

/* A transcript that is played again. */
struct lesson {
    struct viewing_facts *facts;
    int32_t *before; /* the state before the input, */
    int64_t at_us;   /* which is due then */
    int32_t left;    /* outcomes: what follows behind them did not happen */
};

static void learn_input(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct lesson *l = user;
    (void)in;
    memcpy(l->before, state, (size_t)play_state_slots(l->facts->story) * sizeof *state);
    l->at_us = at_us;
}

static void learn_effect(void *user, const struct play_effect *fx)
{
    struct lesson *l = user;
    if (fx->kind == PLAY_DID_DECIDE && l->left > 0)
        note(l->facts, fx, MAX(l->at_us - l->facts->story->decisions[fx->decide.decision].opens_us, 0), l->before);
    l->left -= fx->kind == PLAY_DID_DECIDE || fx->kind == PLAY_DID_REWIND;
}

void viewing_facts_learn(struct viewing_facts *a, const struct transcript *t)
{
    const gsize slots = (gsize)play_state_slots(a->story);
    g_autofree int32_t *state = g_new0(int32_t, slots), *before = g_new0(int32_t, slots);
    struct lesson l = {a, before, 0, 0};
    const struct replay_watch watch = {.sink = learn_effect, .input = learn_input, .user = &l};
    for (int32_t i = 0; i < transcript_n_lines(t); i++)
        l.left += transcript_get(t, i)->kind <= TRANSCRIPT_BACK;
    transcript_replay(a->story, t, state, &watch, NULL);
}

const GArray *viewing_facts_path(const struct viewing_facts *a)
{
    return a->path;
}

int32_t viewing_facts_option(const struct viewing_facts *a, int32_t decision, bool *picked)
{
    assert(decision >= 0 && decision < a->story->n_decisions);
    *picked = a->answers[decision].picked;
    return a->answers[decision].decided ? a->answers[decision].option : -1;
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

static void write_waited(const struct viewing_facts *a, GString *out, const char *name, const char *language)
{
    const struct answer *answer = &a->answers[story_find_decision(a->story, name)];
    const char *spoken = story_language(a->story, language);
    if (!answer->decided)
        g_string_append(out, NEVER);
    else
        g_string_append_printf(out, "%" G_GINT64_FORMAT "%c%03d", answer->waited_us / US_PER_SECOND,
                               language_decimal_sign(spoken ? spoken : ""),
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
            write_waited(a, out, name, language);
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
