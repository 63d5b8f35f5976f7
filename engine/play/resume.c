#include "play/resume.h"
#include "base/words.h"
#include "play/replay.h"
#include "play/transcript_text.h"

#include <assert.h>
#include <string.h>

#define CANNOT_GO_ON WORDS("The film begins anew: it can't go on where you left off")

/* A transcript replayed without a clip; it counts the inputs. */
struct rerun {
    const struct story *s;
    struct replay *replay;
    int32_t *state;
    int32_t n;           /* inputs taken */
    bool was_open, back; /* a decision was open before the latest input; that was a PLAY_BACK */
    int32_t rest;        /* the latest number of inputs after which no decision was open */
    int32_t decided;     /* the latest number after which one had just been decided, or the viewer gone back */
    int32_t n_decided;
};

static void rerun_open(struct rerun *p, const struct story *s, const struct transcript *t)
{
    *p = (struct rerun){.s = s, .replay = replay_new(s, t), .state = g_new0(int32_t, (gsize)play_state_slots(s))};
    play_init(s, p->state);
}

static void rerun_close(struct rerun *p)
{
    replay_free(p->replay);
    g_free(p->state);
}

/* Takes one input, and writes it into *t unless `t` is NULL. False: the transcript is at its end, or (*error) does not
 * fit. */
static bool rerun_step(struct rerun *p, struct transcript **t, GError **error)
{
    const bool running = p->state[PLAY_PHASE] == PLAY_RUNNING;
    const int64_t length_us = running ? schedule_planned_length(p->s, p->state[PLAY_NODE]) : 0;
    struct schedule_due due = {0};
    if (!replay_due(p->replay, p->state, length_us, &due, error) || due.at_us == US_NONE)
        return false;
    if (t && !*t)
        *t = transcript_new(p->s, due.input.seed, due.input.kept);
    if (t && due.input.kind != PLAY_START)
        transcript_add(*t, p->s, p->state, &due.input, due.at_us);
    p->was_open = p->state[PLAY_OPEN] >= 0;
    p->back = due.input.kind == PLAY_BACK;
    p->n++;
    return replay_step(p->replay, p->state, &due.input, NULL, NULL, error);
}

static void rerun_note(struct rerun *p)
{
    const bool decided = p->back || (p->was_open && p->state[PLAY_OPEN] < 0);
    p->n_decided += decided;
    if (p->state[PLAY_PHASE] != PLAY_RUNNING || p->state[PLAY_OPEN] >= 0)
        return;
    p->rest = p->n;
    if (decided)
        p->decided = p->n;
}

static int32_t count_decisions(const struct transcript *t)
{
    int32_t n = 0;
    for (int32_t i = 0; i < transcript_n_lines(t); i++) {
        const enum transcript_kind kind = transcript_get(t, i)->kind;
        n += kind != TRANSCRIPT_DRAW && kind != TRANSCRIPT_STOP;
    }
    return n;
}

/*
 * How many inputs lead to where the film goes on; 0: it begins anew. A decision that was open, or that has changed, is
 * asked again, from before it opened. If the place is gone from the story, the film goes on behind the last decision.
 */
static int32_t count_inputs(const struct story *s, const struct transcript *t, GError **misfit)
{
    struct rerun p;
    rerun_open(&p, s, t);
    while (rerun_step(&p, NULL, misfit))
        rerun_note(&p);
    const bool runs = p.state[PLAY_PHASE] == PLAY_RUNNING, asks = runs && p.state[PLAY_OPEN] >= 0;
    int32_t n = runs ? p.rest : 0;
    if (*misfit && (!asks || p.n_decided == count_decisions(t)))
        n = p.decided;
    rerun_close(&p);
    return n;
}

static void keep_effect(void *passed, const struct play_effect *fx)
{
    g_array_append_val((GArray *)passed, *fx);
}

/* After an outcome that cuts at once there is nothing left to see of its node. */
static void leave_cut(const struct story *s, struct transcript *t, int32_t *state, GArray *passed)
{
    const struct play_input leave = {.kind = PLAY_LEAVE};
    const struct play_effect here = {.kind = PLAY_DID_ENTER, .enter.node = state[PLAY_NODE]};
    if (state[PLAY_PHASE] != PLAY_RUNNING || !state[PLAY_CUT])
        return;
    transcript_add(t, s, state, &leave, 0);
    g_array_append_val(passed, here);
    play_step(s, state, &leave, keep_effect, passed);
}

static bool take_inputs(struct resume *r, const struct story *s, const struct transcript *t, int32_t n)
{
    struct rerun p;
    g_autoptr(GError) error = NULL;
    rerun_open(&p, s, t);
    while (p.n < n && rerun_step(&p, &r->transcript, &error))
        continue;
    leave_cut(s, r->transcript, p.state, r->passed);
    const bool goes_on = p.n == n && p.state[PLAY_PHASE] == PLAY_RUNNING;
    assert(p.n <= n);
    if (goes_on)
        r->state = g_steal_pointer(&p.state);
    r->seed = transcript_seed(t);
    rerun_close(&p);
    return goes_on;
}

static const char *place_name(const struct story *s, const int32_t *state)
{
    const struct story_node *node = &s->nodes[state[PLAY_NODE]];
    const char *title = node->title >= 0 ? story_text(s, node->title, NULL) : NULL;
    return title ? title : node->name;
}

static void describe_resume(struct resume *r, const struct story *s, const struct transcript *t, const GError *misfit)
{
    const bool changed = transcript_story_hash(t) != 0 && transcript_story_hash(t) != s->hash;
    const char *why = misfit ? misfit->message : NULL, *colon = why ? strstr(why, ": ") : NULL;
    if (colon)
        why = colon + 2; /* "line 7: …": nobody wrote the lines of a saved place */
    r->viewer_message = !r->state ? CANNOT_GO_ON
                        : changed ? WORDS("Going on where you left off; the film was changed since")
                                  : WORDS("Going on where you left off");
    if (r->state)
        r->message =
            g_strdup_printf("going on where you left off, in \"%s\"%s%s%s%s; --restart begins anew",
                            place_name(s, r->state), changed ? "; the film was changed since" : "",
                            why ? "; not all that you did fits it any more (" : "", why ? why : "", why ? ")" : "");
    else if (why)
        r->message = g_strdup_printf("the film begins anew: it can't go on where you left off (%s)", why);
}

static bool is_at(const struct story *s, const int32_t *state, const struct transcript_line *line)
{
    return line && line->at_us != US_NONE && story_find_node(s, line->node) == state[PLAY_NODE];
}

static void make(struct resume *r, const struct story *s, const char *text, bool edited)
{
    g_autoptr(GError) misfit = NULL;
    *r = (struct resume){.passed = g_array_new(FALSE, FALSE, sizeof(struct play_effect))};
    if (!text)
        return;
    struct transcript *t = transcript_parse(text, -1, &misfit);
    if (!t) {
        r->message = g_strdup_printf("the film begins anew: the saved place can't be read (%s)", misfit->message);
        r->viewer_message = CANNOT_GO_ON;
        r->misfits = true;
        return;
    }
    const int32_t n = count_inputs(s, t, &misfit);
    r->misfits = misfit != NULL;
    if (n > 0 && take_inputs(r, s, t, n) && !misfit && (edited || transcript_story_hash(t) == s->hash)) {
        const int32_t lines = transcript_n_lines(t);
        const struct transcript_line *last = lines > 0 ? transcript_get(t, lines - 1) : NULL;
        r->pos_us = last && last->kind == TRANSCRIPT_STOP && is_at(s, r->state, last) ? last->at_us : 0;
    }
    describe_resume(r, s, t, misfit);
    if (r->state)
        transcript_copy_reloads(r->transcript, t);
    else
        g_clear_pointer(&r->transcript, transcript_free);
    transcript_free(t);
    assert(!r->state == !r->transcript);
    assert(!r->state || (play_check(s, r->state) && r->state[PLAY_OPEN] < 0));
    assert(r->pos_us >= 0);
}

void resume_make(struct resume *r, const struct story *s, const char *text)
{
    make(r, s, text, false);
}

void resume_edited(struct resume *r, const struct story *s, const char *text)
{
    make(r, s, text, true);
}

void resume_enter(struct resume *r, const struct story *s)
{
    const int32_t node = r->state[PLAY_NODE], ending = s->nodes[node].ending;
    const struct play_effect enter = {.kind = PLAY_DID_ENTER, .enter.node = node},
                             end = {.kind = PLAY_DID_END, .end.ending = ending};
    if (r->passed->len > 0 || ending < 0)
        return;
    g_array_append_val(r->passed, enter);
    g_array_append_val(r->passed, end);
}

void resume_clear(struct resume *r)
{
    g_free(r->state);
    g_clear_pointer(&r->passed, g_array_unref);
    g_free(r->message);
    transcript_free(r->transcript);
    *r = (struct resume){0};
}
