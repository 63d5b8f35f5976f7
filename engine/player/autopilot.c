#include "player/autopilot.h"
#include "play/replay.h"

#include <assert.h>
#include <gio/gio.h>
#include <string.h>

/* The autopilot picks after this share of the window, so that the panel is seen open, as with a person. */
#define FIRST_AFTER_PERCENT 40

struct autopilot {
    const struct story *story;
    enum viewing_chooser kind;
    GRand *rand;
    const struct transcript *transcript;
    int32_t line;     /* the transcript's next one */
    int32_t decision; /* the plan is for this one, -1: none is open */
    int32_t option;   /* -1: let it time out */
    int64_t at_us;    /* when to pick it, as a position in the node */
};

static const char *const keywords[] = {
    [VIEWING_DEFAULTS] = "default",
    [VIEWING_FIRST_OPTION] = "first",
    [VIEWING_RANDOM_OPTION] = "random",
};

/* Anything but a keyword is the path of a transcript. */
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

static bool autopilot_check(const struct autopilot *a)
{
    assert(a->kind != VIEWING_PERSON && (a->kind == VIEWING_TRANSCRIPT) == (a->transcript != NULL));
    assert(a->line >= 0 && (!a->transcript || a->line <= transcript_n_lines(a->transcript)));
    assert(a->decision >= -1 && a->decision < a->story->n_decisions);
    assert(a->decision < 0 || a->option < a->story->decisions[a->decision].options.n);
    return true;
}

struct autopilot *autopilot_new(const char *how, const struct transcript *t, const struct story *s, uint64_t seed,
                                GError **error)
{
    if (t && !replay_can_begin(s, t, error)) {
        g_prefix_error(error, "%s: ", how);
        return NULL;
    }
    struct autopilot *a = g_new0(struct autopilot, 1);
    a->story = s;
    a->decision = -1;
    a->kind = t ? VIEWING_TRANSCRIPT : kind_of(how);
    a->transcript = t;
    a->rand = g_rand_new_with_seed((guint32)(seed ^ seed >> 32));
    assert(autopilot_check(a));
    return a;
}

void autopilot_free(struct autopilot *a)
{
    if (!a)
        return;
    g_rand_free(a->rand);
    g_free(a);
}

enum viewing_chooser autopilot_kind(const struct autopilot *a)
{
    return a->kind;
}

const struct transcript *autopilot_transcript(const struct autopilot *a)
{
    return a->transcript;
}

static const struct transcript_line *next_line(struct autopilot *a)
{
    while (a->line < transcript_n_lines(a->transcript)) {
        const struct transcript_line *l = transcript_get(a->transcript, a->line);
        if (l->kind != TRANSCRIPT_DRAW)
            return l;
        a->line++;
    }
    return NULL;
}

static bool set_misfit(const struct transcript_line *l, const char *found, GError **error)
{
    g_set_error(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_MISMATCH,
                "line %d of the transcript is about decision '%s' in node '%s', but the film is at '%s'", l->number,
                l->decision ? l->decision : "-", l->node ? l->node : "-", found);
    return false;
}

/* Plans the option that a line takes, which must be one that can be picked now. */
static bool take_line_option(struct autopilot *a, const struct choice *choice, const struct transcript_line *l,
                             GError **error)
{
    a->option = story_find_option(a->story, a->decision, l->option);
    if (menu_can_pick(&choice->menu, menu_place(&choice->menu, a->option)))
        return true;
    g_set_error(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_MISMATCH,
                "line %d of the transcript takes option '%s' of decision '%s', which %s", l->number, l->option,
                l->decision, a->option < 0 ? "has no such option" : "can't be taken here");
    return false;
}

static bool plan_from_transcript(struct autopilot *a, const struct choice *choice, const struct story_decision *d,
                                 GError **error)
{
    const struct transcript_line *l = next_line(a);
    if (!l || l->kind == TRANSCRIPT_STOP || transcript_is_act(l->kind))
        return true;
    if (!l->decision || story_find_decision(a->story, l->decision) != a->decision)
        return set_misfit(l, d->name, error);
    a->line++;
    if (l->kind == TRANSCRIPT_TIMEOUT)
        return true;
    /* Where the film cuts at the end, a recorded transcript knows only when the pick became final: when the window
     * closed. A transcript written by hand may name an earlier moment. */
    a->at_us = d->opens_us + (d->closes_us - d->opens_us) * FIRST_AFTER_PERCENT / 100;
    if (story_pick_cuts(d))
        a->at_us = l->at_us == US_NONE ? d->opens_us : l->at_us;
    else if (l->at_us != US_NONE && l->at_us < d->closes_us)
        a->at_us = l->at_us;
    return take_line_option(a, choice, l, error);
}

/* Plans once, when the decision opens. */
static bool plan_choice(struct autopilot *a, const struct choice *choice, GError **error)
{
    const struct story_decision *d = &a->story->decisions[choice->menu.decision];
    const int64_t window_us = d->closes_us - d->opens_us;
    const int32_t n = __builtin_popcountll(choice->menu.open);
    a->decision = choice->menu.decision;
    a->option = -1;
    switch (a->kind) {
    case VIEWING_FIRST_OPTION:
        a->option = menu_option_of_rank(choice->menu.open, 0);
        a->at_us = d->opens_us + window_us * FIRST_AFTER_PERCENT / 100;
        return true;
    case VIEWING_RANDOM_OPTION:
        a->at_us = d->opens_us + window_us * g_rand_int_range(a->rand, 5, 96) / 100;
        a->option = n > 0 ? menu_option_of_rank(choice->menu.open, g_rand_int_range(a->rand, 0, n)) : -1;
        return true;
    case VIEWING_TRANSCRIPT:
        return plan_from_transcript(a, choice, d, error);
    case VIEWING_PERSON:
    case VIEWING_DEFAULTS:
        break;
    }
    return true;
}

bool autopilot_finished(struct autopilot *a, const struct film *f)
{
    const struct transcript_line *l = a->transcript ? next_line(a) : NULL;
    const int32_t node = film_node(f);
    return l && l->kind == TRANSCRIPT_STOP && node >= 0 && story_find_node(a->story, l->node) == node &&
           (l->at_us == US_NONE || film_pos_us(f) >= l->at_us);
}

static bool act(const struct autopilot *a, struct film *f, const struct transcript_line *l)
{
    if (l->kind == TRANSCRIPT_BACK)
        return film_back(f, story_find_decision(a->story, l->decision));
    if (l->kind == TRANSCRIPT_JUMP)
        return film_jump(f, story_find_node(a->story, l->target));
    struct play_input change;
    return replay_change(a->story, l, &change, NULL) && film_change(f, change.variable, change.value);
}

static void follow_act_line(struct autopilot *a, struct film *f)
{
    const struct transcript_line *l = next_line(a);
    const int32_t node = film_node(f);
    if (!l || !transcript_is_act(l->kind) || node < 0 || story_find_node(a->story, l->node) != node ||
        (l->at_us != US_NONE && film_pos_us(f) < l->at_us) || !act(a, f, l))
        return;
    a->line++;
    a->decision = -1; /* what comes behind it may be a pick in the decision that is open */
}

bool autopilot_act(struct autopilot *a, struct film *f, GError **error)
{
    const struct choice *choice = film_choice(f);
    if (a->transcript)
        follow_act_line(a, f);
    if (choice->menu.decision < 0) {
        a->decision = -1;
        return true;
    }
    if (choice->menu.decision != a->decision && !plan_choice(a, choice, error))
        return false;
    /* Compared in samples, because positions in microseconds are rounded. */
    if (a->option >= 0 && choice->selected < 0 && us_to_smp(film_pos_us(f)) >= us_to_smp(a->at_us))
        film_select_option(f, a->option, VIEWING_MACHINE);
    assert(autopilot_check(a));
    return true;
}

/* Where in its node the film has just opened a decision, or has just left the node; US_NONE: neither is to come. */
static int64_t next_turn_us(const struct autopilot *a, const struct film *f)
{
    const int32_t node = film_node(f);
    const int64_t pos_us = film_pos_us(f), length_us = node < 0 ? US_NONE : film_length_us(f);
    int64_t next_us = length_us == US_NONE ? US_NONE : length_us + US_PER_MS;
    for (int32_t i = 0; node >= 0 && i < a->story->nodes[node].decisions.n; i++) {
        const int64_t open_us = a->story->decisions[a->story->nodes[node].decisions.first + i].opens_us + US_PER_MS;
        if (open_us > pos_us && (next_us == US_NONE || open_us < next_us))
            next_us = open_us;
    }
    return next_us;
}

int64_t autopilot_next_us(const struct autopilot *a, const struct film *f, bool leaps)
{
    const struct choice *choice = film_choice(f);
    const bool waits = choice->menu.decision >= 0 && choice->menu.decision == a->decision && choice->selected < 0;
    if (waits && a->option >= 0)
        return a->at_us;
    return leaps ? next_turn_us(a, f) : US_NONE;
}
