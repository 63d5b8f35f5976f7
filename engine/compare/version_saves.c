#include "compare/version_saves.h"

#include "play/replay.h"
#include "play/resume.h"
#include "play/transcript_text.h"

/* One viewing, while it is played again and written down. */
struct leaving {
    const struct version_pairs *pairs;
    struct transcript *written;
    GArray *saves; /* struct version_save */
    bool *tried;   /* node of the earlier version */
    bool draws;    /* the viewing prescribes its draws */
    struct patience *patience;
};

static void clear_save(gpointer data)
{
    g_free(((struct version_save *)data)->message);
}

/* The play is left here, and goes on in the later version. */
static void leave_here(struct leaving *l, const int32_t *state)
{
    const int32_t node = state[PLAY_NODE];
    g_autofree char *text = transcript_print_stop(l->written, l->pairs->before, state, 0);
    struct resume r;
    resume_make(&r, l->pairs->after, text);
    const int32_t goes_on = r.state ? r.state[PLAY_NODE] : -1;
    const struct version_save save = {node, goes_on, r.state && goes_on == l->pairs->to_after.nodes[node] && !r.misfits,
                                      g_strdup(r.message)};
    g_array_append_val(l->saves, save);
    l->tried[node] = true;
    resume_clear(&r);
}

static void write_draw(void *user, const struct play_effect *fx)
{
    const struct leaving *l = user;
    if (l->draws && fx->kind == PLAY_DID_DRAW)
        transcript_add_draw(l->written, l->pairs->before, fx->draw.route, fx->draw.part);
}

static void play_again(struct leaving *l, const struct transcript *t)
{
    const struct story *s = l->pairs->before;
    struct replay *replay = replay_new(s, t);
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    struct schedule_due due = {0};
    play_init(s, state);
    while (!patience_is_over(l->patience)) { /* each step may be left, which takes as long as the way there is */
        const bool running = state[PLAY_PHASE] == PLAY_RUNNING;
        const int64_t length_us = running ? schedule_planned_length(s, state[PLAY_NODE]) : 0;
        if (!replay_due(replay, state, length_us, &due, NULL) || due.at_us == US_NONE)
            break;
        if (!l->written)
            l->written = transcript_new(s, due.input.seed, due.input.kept);
        transcript_add(l->written, s, state, &due.input, due.at_us);
        if (!replay_step(replay, state, &due.input, write_draw, l, NULL))
            break;
        if (state[PLAY_PHASE] == PLAY_RUNNING && !l->tried[state[PLAY_NODE]])
            leave_here(l, state);
    }
    replay_free(replay);
    g_clear_pointer(&l->written, transcript_free);
}

GArray *version_saves(const struct version_pairs *p, const struct viewing_cover *of_before, struct patience *patience)
{
    struct leaving l = {.pairs = p,
                        .patience = patience,
                        .saves = g_array_new(FALSE, FALSE, sizeof(struct version_save)),
                        .tried = g_new0(bool, p->before->n_nodes + 1)};
    g_array_set_clear_func(l.saves, clear_save);
    for (guint i = 0; i < of_before->viewings->len; i++) {
        const struct viewing_cover_item *v = &g_array_index(of_before->viewings, struct viewing_cover_item, i);
        l.draws = v->draws;
        play_again(&l, v->transcript);
    }
    g_free(l.tried);
    return l.saves;
}
