#include "explore/choice_model.h"

#include "explore/successors.h"

#include <assert.h>

/* The window of the open decision, from now on. */
struct open_window {
    int n_options; /* on offer */
    double now;    /* of what is left of the window, the share up to the next event: 0 to 1 */
    double left;   /* of the whole window, the share that is left */
};

static bool is_open(const int32_t *state)
{
    return state[PLAY_PHASE] == PLAY_RUNNING && state[PLAY_OPEN] >= 0;
}

static struct open_window open_window_of(const struct story *s, const int32_t *state)
{
    const struct story_decision *d = &s->decisions[state[PLAY_OPEN]];
    const struct story_span events = s->nodes[state[PLAY_NODE]].events;
    const struct story_event *next = &s->events[events.first + state[PLAY_CURSOR]];
    const int64_t since_us = successors_since_us(s, state), left_us = d->closes_us - since_us;
    struct open_window w = {.left = 1};
    w.n_options = __builtin_popcountll(play_open_options(state));
    w.now = next->kind == STORY_CLOSE ? 1 : 0;
    if (story_pick_cuts(d)) {
        w.now = left_us > 0 ? (double)(next->at_us - since_us) / (double)left_us : 0;
        w.left = left_us > 0 ? (double)left_us / (double)(d->closes_us - d->opens_us) : 0;
    }
    if (w.n_options == 0)
        w.now = 0;
    assert(w.now >= 0 && w.now <= 1 && w.left >= 0 && w.left <= 1);
    return w;
}

double choice_model_uniform(const struct story *s, const int32_t *state, const struct play_input *in)
{
    if (in->kind == PLAY_BACK)
        return 0;
    if (!is_open(state))
        return 1;
    const struct open_window w = open_window_of(s, state);
    assert(in->kind != PLAY_PICK || w.n_options > 0);
    return in->kind == PLAY_PICK ? w.now / w.n_options : 1 - w.now;
}

double choice_model_measured(const struct story *s, const int32_t *state, const struct play_input *in,
                             const struct choice_model_shares *m)
{
    if (!m || in->kind == PLAY_BACK || !is_open(state))
        return choice_model_uniform(s, state, in);
    const struct story_decision *d = &s->decisions[state[PLAY_OPEN]];
    const double *picks = m->picks + d->options.first;
    double sum = 0;
    for (int32_t i = 0; i < d->options.n; i++)
        sum += play_can_pick(state, i) ? picks[i] : 0;
    const double all = sum + m->timeouts[state[PLAY_OPEN]];
    const struct open_window w = open_window_of(s, state);
    if (!(all > 0) || w.n_options == 0) /* `all` may be NAN */
        return choice_model_uniform(s, state, in);
    /* Of the viewers who have not picked by now, some never will. */
    const double pickers = sum / all, undecided = 1 - pickers + pickers * w.left;
    const double now = undecided > 0 ? pickers * w.left * w.now / undecided : 0;
    if (in->kind != PLAY_PICK)
        return 1 - now;
    return sum > 0 ? now * picks[in->option] / sum : 0;
}
