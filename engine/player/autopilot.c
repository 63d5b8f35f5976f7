#include "player/autopilot.h"
#include "play/transcript_text.h"

#include <assert.h>
#include <gio/gio.h>
#include <string.h>

/* Machines pick after this share of the window, so that the panel is seen open, as it would be by a person. */
#define FIRST_AFTER_PERCENT 40

struct autopilot {
    const struct story *story;
    enum viewing_chooser kind;
    GRand *rand;
    struct transcript *transcript;
    int32_t line;     /* of the transcript, the next one */
    int32_t decision; /* for which this was decided: */
    int32_t option;   /* -1: let it time out */
    int64_t at_us;    /* position in the node */
};

static const char *const keywords[] = {
    [VIEWING_DEFAULTS] = "default",
    [VIEWING_FIRST_OPTION] = "first",
    [VIEWING_RANDOM_OPTION] = "random",
};

/* What is no keyword is the path of a transcript. */
static enum viewing_chooser kind_of(const char *how)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++)
        if (g_strcmp0(keywords[i], how) == 0)
            return (enum viewing_chooser)i;
    return VIEWING_TRANSCRIPT;
}

bool autopilot_is_keyword(const char *how)
{
    return kind_of(how) != VIEWING_TRANSCRIPT;
}

static bool autopilot_check(const struct autopilot *c)
{
    assert(c->kind != VIEWING_PERSON && (c->kind == VIEWING_TRANSCRIPT) == (c->transcript != NULL));
    assert(c->line >= 0 && (!c->transcript || c->line <= transcript_n_lines(c->transcript)));
    assert(c->decision >= -1 && c->decision < c->story->n_decisions);
    assert(c->decision < 0 || c->option < c->story->decisions[c->decision].options.n);
    return true;
}

static bool load_transcript(struct autopilot *c, const char *path, GError **error)
{
    c->transcript = transcript_load(path, error);
    if (!c->transcript) {
        g_prefix_error(error, "'%s' is neither default, first, random nor a transcript: ", path);
        return false;
    }
    const char *id = transcript_story_id(c->transcript);
    if (id[0] == '\0' || strcmp(id, c->story->id) == 0)
        return true;
    g_set_error(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_MISMATCH, "%s is a play of %s, not of %s", path, id,
                c->story->id);
    return false;
}

struct autopilot *autopilot_new(const char *how, const struct story *s, uint64_t seed, GError **error)
{
    struct autopilot *c = g_new0(struct autopilot, 1);
    c->story = s;
    c->decision = -1;
    c->kind = kind_of(how);
    c->rand = g_rand_new_with_seed((guint32)(seed ^ seed >> 32));
    if (c->kind == VIEWING_TRANSCRIPT && !load_transcript(c, how, error)) {
        autopilot_free(c);
        return NULL;
    }
    return c;
}

void autopilot_free(struct autopilot *c)
{
    if (!c)
        return;
    transcript_free(c->transcript);
    g_rand_free(c->rand);
    g_free(c);
}

enum viewing_chooser autopilot_kind(const struct autopilot *c)
{
    return c->kind;
}

const struct transcript *autopilot_transcript(const struct autopilot *c)
{
    return c->transcript;
}

static const struct transcript_line *next_line(struct autopilot *c)
{
    while (c->line < transcript_n_lines(c->transcript)) {
        const struct transcript_line *l = transcript_get(c->transcript, c->line);
        if (l->kind != TRANSCRIPT_DRAW)
            return l;
        c->line++;
    }
    return NULL;
}

static bool set_misfit(const struct transcript_line *l, const char *found, GError **error)
{
    g_set_error(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_MISMATCH,
                "line %d of the transcript tells of decision '%s' in node '%s', but the film has come to '%s'",
                l->number, l->decision ? l->decision : "-", l->node ? l->node : "-", found);
    return false;
}

/* The option that a line takes must be there, and can be taken now. */
static bool take_line_option(struct autopilot *c, const struct choice *choice, const struct transcript_line *l,
                             GError **error)
{
    c->option = story_find_option(c->story, c->decision, l->option);
    if (menu_can_pick(&choice->menu, menu_place(&choice->menu, c->option)))
        return true;
    g_set_error(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_MISMATCH,
                "line %d of the transcript takes option '%s' of decision '%s', which %s", l->number, l->option,
                l->decision, c->option < 0 ? "has no such option" : "can't be taken here");
    return false;
}

static bool plan_from_transcript(struct autopilot *c, const struct choice *choice, const struct story_decision *d,
                                 GError **error)
{
    const struct transcript_line *l = next_line(c);
    if (!l || l->kind == TRANSCRIPT_STOP || l->kind == TRANSCRIPT_BACK)
        return true;
    if (g_strcmp0(l->decision, d->name) != 0)
        return set_misfit(l, d->name, error);
    c->line++;
    if (l->kind == TRANSCRIPT_TIMEOUT)
        return true;
    /* Where the film cuts at the end, a recorded transcript knows only when the pick became final: when the window
     * closed. One that somebody wrote may name an earlier moment. */
    c->at_us = d->opens_us + (d->closes_us - d->opens_us) * FIRST_AFTER_PERCENT / 100;
    if (d->cut == STORY_CUT_NOW)
        c->at_us = l->at_us == US_NONE ? d->opens_us : l->at_us;
    else if (l->at_us != US_NONE && l->at_us < d->closes_us)
        c->at_us = l->at_us;
    return take_line_option(c, choice, l, error);
}

/* Decides once, when the decision opens. */
static bool plan_choice(struct autopilot *c, const struct choice *choice, GError **error)
{
    const struct story_decision *d = &c->story->decisions[choice->menu.decision];
    const int64_t window_us = d->closes_us - d->opens_us;
    const int32_t n = __builtin_popcountll(choice->menu.open);
    c->decision = choice->menu.decision;
    c->option = -1;
    switch (c->kind) {
    case VIEWING_FIRST_OPTION:
        c->option = menu_option_of_rank(choice->menu.open, 0);
        c->at_us = d->opens_us + window_us * FIRST_AFTER_PERCENT / 100;
        return true;
    case VIEWING_RANDOM_OPTION:
        c->at_us = d->opens_us + window_us * g_rand_int_range(c->rand, 5, 96) / 100;
        c->option = n > 0 ? menu_option_of_rank(choice->menu.open, g_rand_int_range(c->rand, 0, n)) : -1;
        return true;
    case VIEWING_TRANSCRIPT:
        return plan_from_transcript(c, choice, d, error);
    case VIEWING_PERSON:
    case VIEWING_DEFAULTS:
        break;
    }
    return true;
}

bool autopilot_finished(struct autopilot *c, const struct film *f)
{
    const struct transcript_line *l = c->transcript ? next_line(c) : NULL;
    const int32_t node = film_node(f);
    return l && l->kind == TRANSCRIPT_STOP && node >= 0 && g_strcmp0(l->node, c->story->nodes[node].name) == 0 &&
           (l->at_us == US_NONE || film_pos_us(f) >= l->at_us);
}

static void follow_back_line(struct autopilot *c, struct film *f)
{
    const struct transcript_line *l = next_line(c);
    const int32_t node = film_node(f);
    if (!l || l->kind != TRANSCRIPT_BACK || node < 0 || g_strcmp0(l->node, c->story->nodes[node].name) != 0 ||
        (l->at_us != US_NONE && film_pos_us(f) < l->at_us))
        return;
    if (film_back(f, story_find_decision(c->story, l->decision)))
        c->line++;
}

bool autopilot_act(struct autopilot *c, struct film *f, GError **error)
{
    const struct choice *choice = film_choice(f);
    if (c->transcript)
        follow_back_line(c, f);
    if (choice->menu.decision < 0) {
        c->decision = -1;
        return true;
    }
    if (choice->menu.decision != c->decision && !plan_choice(c, choice, error))
        return false;
    /* In samples: a position in microseconds is a rounded one. */
    if (c->option >= 0 && choice->selected < 0 && us_to_smp(film_pos_us(f)) >= us_to_smp(c->at_us))
        film_select_option(f, c->option, VIEWING_MACHINE);
    assert(autopilot_check(c));
    return true;
}

int64_t autopilot_next_us(const struct autopilot *c, const struct film *f)
{
    const struct choice *choice = film_choice(f);
    const bool waits = choice->menu.decision >= 0 && choice->menu.decision == c->decision && choice->selected < 0;
    return waits && c->option >= 0 ? c->at_us : US_NONE;
}
