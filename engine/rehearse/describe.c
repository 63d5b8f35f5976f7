#include "rehearse/describe.h"

#include "base/safe.h"
#include "play/explain.h"
#include "play/schedule.h"

#include <assert.h>
#include <string.h>

static const char *text_of(const struct description *w, int32_t id)
{
    const char *t = story_text(w->s, id, w->language);
    return t ? t : "";
}

/* Each line of `words` becomes a line that begins with `begin`; empty lines are left out. */
static void append_lines(const struct description *w, const char *begin, const char *words)
{
    g_auto(GStrv) all = g_strsplit(words, "\n", -1);
    for (int i = 0; all[i]; i++)
        if (all[i][0] != '\0')
            safe_printf(w->out, "%s%s\n", begin, all[i]);
}

/* ---- what happens ---------------------------------------------------------------------------------------------- */

static void describe_enter(const struct description *w, int32_t node)
{
    const struct story_node *n = &w->s->nodes[node];
    safe_printf(w->out, "\n== %s", n->name);
    if (n->title >= 0)
        safe_printf(w->out, ": %s", text_of(w, n->title));
    g_string_append(w->out, n->clip.kind == STORY_SILENT ? " (silent)\n" : "\n");
    if (n->clip.kind == STORY_CARD)
        append_lines(w, "   | ", text_of(w, n->clip.card));
    if (n->script)
        append_lines(w, "   ", n->script);
}

static void describe_set(const struct description *w, const struct play_effect *fx)
{
    g_autofree char *was = explain_value(w->s, fx->set.variable, fx->set.old_value),
                    *is = explain_value(w->s, fx->set.variable, fx->set.new_value);
    const struct story_var *v = &w->s->vars[fx->set.variable];
    safe_printf(w->out, "   %s = %s", v->name, is);
    if (fx->set.old_value != fx->set.new_value)
        safe_printf(w->out, " (was %s)", was);
    g_string_append(w->out, fx->set.clamped ? ", clamped to its range\n" : "\n");
}

static void describe_decided(const struct description *w, const struct play_effect *fx)
{
    const struct story_decision *d = &w->s->decisions[fx->decide.decision];
    const char *option = fx->decide.option >= 0 ? w->s->options[d->options.first + fx->decide.option].name : NULL;
    if (fx->decide.outcome == PLAY_PICKED)
        safe_printf(w->out, "   picked: %s", option);
    else if (option)
        safe_printf(w->out, "   no choice in time; taken: %s", option);
    else
        g_string_append(w->out, "   no choice in time");
    g_string_append(w->out, fx->decide.cut ? ", cut at once\n" : "\n");
}

static void describe_ending(const struct description *w, int32_t ending)
{
    if (ending < 0) {
        g_string_append(w->out, "\nThe film is over, without an ending.\n");
        return;
    }
    const struct story_ending *e = &w->s->endings[ending];
    safe_printf(w->out, "\nThe film is over. Ending: %s (%s)\n", text_of(w, e->title), e->name);
}

void describe_effect(void *user, const struct play_effect *fx)
{
    const struct description *w = user;
    const char *route;
    switch (fx->kind) {
    case PLAY_DID_ENTER:
        describe_enter(w, fx->enter.node);
        break;
    case PLAY_DID_SET:
        describe_set(w, fx);
        break;
    case PLAY_DID_DECIDE:
        describe_decided(w, fx);
        break;
    case PLAY_DID_DRAW:
        route = w->s->routes[fx->draw.route].name;
        safe_printf(w->out, "   drawn: part %d%s%s\n", fx->draw.part + 1, route ? " of " : "", route ? route : "");
        break;
    case PLAY_DID_REWIND:
        safe_printf(w->out, "\n== back in %s, before %s%s\n", w->s->nodes[fx->rewind.node].name,
                    w->s->decisions[fx->rewind.decision].name, fx->rewind.keeps ? ", and nothing is forgotten" : "");
        break;
    case PLAY_DID_END:
        safe_printf(w->out, "   ending reached: %s\n", w->s->endings[fx->end.ending].name);
        break;
    case PLAY_DID_FINISH:
        describe_ending(w, fx->finish.ending);
        break;
    case PLAY_DID_STICK:
        safe_printf(w->out, "\nThe film is stuck in %s: %s.\n", w->s->nodes[fx->stick.node].name,
                    fx->stick.why == PLAY_NO_WAY ? "no route leads on" : "silent nodes lead in a circle");
        break;
    case PLAY_DID_LEAVE:
    case PLAY_DID_OPEN:
        break;
    }
}

/* ---- the decision ---------------------------------------------------------------------------------------------- */

/* The option (index in the story) with its words as they are in this state. */
static void describe_option(const struct description *w, const int32_t *state, int32_t option)
{
    const struct story_option *o = &w->s->options[option];
    const struct menu_words words = menu_words(w->s, state, option);
    safe_append(w->out, o->name);
    if (words.text >= 0)
        safe_printf(w->out, ": %s", text_of(w, words.text));
    if (words.sub >= 0)
        safe_printf(w->out, " (%s)", text_of(w, words.sub));
    if (o->code)
        safe_printf(w->out, " [code %s]", o->code);
}

void describe_decision(const struct description *w, const int32_t *state, struct menu *menu)
{
    menu_make(menu, w->s, state, state[PLAY_OPEN]);
    const struct story_decision *d = &w->s->decisions[menu->decision];
    const int32_t fallback = play_timeout_option(w->s, state, menu->decision);
    safe_printf(w->out, "\n?? %s", d->name);
    if (d->prompt >= 0)
        safe_printf(w->out, ": %s", text_of(w, d->prompt));
    g_string_append_c(w->out, '\n');
    for (int32_t i = 0; i < menu->n; i++) {
        const int32_t option = d->options.first + menu->options[i];
        safe_printf(w->out, "   %d ", i + 1);
        describe_option(w, state, option);
        if (!menu_can_pick(menu, i))
            safe_printf(w->out, " -- locked: %s", text_of(w, w->s->options[option].locked));
        g_string_append_c(w->out, '\n');
    }
    safe_printf(w->out, "   0 no choice: %s\n",
                fallback >= 0 ? w->s->options[d->options.first + fallback].name : "the film goes on without an option");
}

/* ---- why ------------------------------------------------------------------------------------------------------- */

static void describe_route(const struct description *w, const int32_t *state, const struct story_route *r, bool open,
                           int depth);

/* Ends the line. `open`: the parts of a route are listed below it, indented by `depth`. */
static void describe_target(const struct description *w, const int32_t *state, struct story_target to, bool open,
                            int depth)
{
    switch (to.kind) {
    case STORY_NOWHERE:
        g_string_append(w->out, "nowhere\n");
        break;
    case STORY_TO_NODE:
        safe_printf(w->out, "to %s\n", w->s->nodes[to.index].name);
        break;
    case STORY_TO_BACK:
        safe_printf(w->out, "back to %s%s\n", w->s->decisions[to.index].name,
                    play_target_holds(w->s, state, to) ? "" : " [no: it has not opened yet]");
        break;
    case STORY_TO_AGAIN:
        safe_printf(w->out, "to %s again\n", w->s->decisions[to.index].name);
        break;
    case STORY_TO_ROUTE:
        describe_route(w, state, &w->s->routes[to.index], open, depth);
        break;
    }
}

/* The parts in their order. An arrow marks the part that is taken, or each of those from which one is drawn. */
static void describe_route(const struct description *w, const int32_t *state, const struct story_route *r, bool open,
                           int depth)
{
    bool taken = false;
    g_string_append(w->out, r->random ? "one of these" : "the first of these that holds");
    if (r->name)
        safe_printf(w->out, " (route %s)", r->name);
    g_string_append_c(w->out, '\n');
    for (int32_t i = 0; open && i < r->parts.n; i++) {
        const struct story_part *p = &w->s->parts[r->parts.first + i];
        const bool asked = play_eval(w->s, state, p->when) != 0, holds = asked && play_target_holds(w->s, state, p->to);
        g_autofree char *why = explain_condition(w->s, state, p->when);
        safe_printf(w->out, "%*s%s ", 4 + 3 * depth, "", holds && (r->random || !taken) ? "->" : "  ");
        if (p->weight > 0)
            safe_printf(w->out, "by chance (%d), ", p->weight);
        safe_printf(w->out, "%s: ", why);
        describe_target(w, state, p->to, asked && !taken, depth + 1);
        taken |= holds && !r->random;
    }
}

static void describe_exit(const struct description *w, const int32_t *state, const char *what, struct story_target to)
{
    if (to.kind == STORY_NOWHERE)
        return;
    safe_printf(w->out, "      %s ", what);
    describe_target(w, state, to, true, 1);
}

/*
 * The state in which the route of an option of the open decision is resolved, which can be picked: when the window closes, or
 * at once where a pick cuts, after the option's `do` and before its `after`. So a copy of the story omits `after`.
 */
static void preview_pick(const struct story *s, const int32_t *state, int32_t option, int32_t *out)
{
    assert(play_can_pick(state, option));
    const struct story_decision *d = &s->decisions[state[PLAY_OPEN]];
    g_autofree struct story_option *options = g_memdup2(s->options, sizeof *options * (gsize)s->n_options);
    struct story story = *s;
    struct schedule_due due = {.input = {.kind = PLAY_PICK, .option = option}};
    options[d->options.first + option].after.n = 0;
    story.options = options;
    memcpy(out, state, sizeof *out * (size_t)play_state_slots(s));
    do {
        if (!story_pick_cuts(d))
            due = schedule_next(&story, out, 0, option);
        play_step(&story, out, &due.input, NULL, NULL);
    } while (due.input.kind != PLAY_PICK);
}

static void describe_options(const struct description *w, const int32_t *state)
{
    g_autofree int32_t *preview = g_new0(int32_t, (gsize)play_state_slots(w->s));
    assert(state[PLAY_OPEN] < w->s->n_decisions);
    const struct story_decision *d = &w->s->decisions[state[PLAY_OPEN]];
    for (int32_t i = 0; i < d->options.n; i++) {
        const struct story_option *o = &w->s->options[d->options.first + i];
        const bool there = play_can_pick(state, i);
        if (there)
            preview_pick(w->s, state, i, preview);
        g_autofree char *why = explain_condition(w->s, state, o->when);
        safe_printf(w->out, "   %s: %s; %s\n", o->name,
                    there            ? "can be picked"
                    : o->locked >= 0 ? "locked"
                                     : "hidden",
                    why);
        describe_exit(w, there ? preview : state, there ? "then" : "would lead", o->to);
    }
    describe_exit(w, state, "without a choice,", d->timeout.to);
}

void describe_reasons(const struct description *w, const int32_t *state)
{
    if (state[PLAY_OPEN] >= 0)
        describe_options(w, state);
    if (state[PLAY_NODE] >= 0)
        describe_exit(w, state, "else the node's `next`:", w->s->nodes[state[PLAY_NODE]].next);
}

void describe_state(const struct description *w, const int32_t *state)
{
    for (int32_t i = 0; i < w->s->n_vars; i++) {
        g_autofree char *value = explain_value(w->s, i, state[PLAY_VALUES + i]);
        safe_printf(w->out, "   %s = %s\n", w->s->vars[i].name, value);
    }
    for (int32_t i = 0; i < w->s->n_memories; i++) {
        g_autofree char *what = explain_memory(w->s, i);
        const int32_t value = state[PLAY_VALUES + w->s->n_vars + i];
        if (w->s->memories[i].kind == STORY_COUNT)
            safe_printf(w->out, "   %s = %d\n", what, value);
        else
            safe_printf(w->out, "   %s = %s\n", what, value ? "true" : "false");
    }
    for (int32_t i = 0; i < state[PLAY_CHECKPOINTS]; i++)
        safe_printf(w->out, "   can go back to %s\n", w->s->decisions[play_checkpoint(w->s, state, i)].name);
}
