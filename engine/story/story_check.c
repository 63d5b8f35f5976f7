#include "story/story_check.h"

#include "story/limits.h"

#include <assert.h>
#include <string.h>

static_assert(STORY_OPTIONS_MAX == 64, "a set of a decision's options is a 64-bit mask");
static_assert(STORY_AT < STORY_CLOSE && STORY_CLOSE < STORY_OPEN,
              "what falls due at the same time happens in this order");
static_assert(STORY_INT_MAX <= INT32_MAX / 2, "the sum of two variables fits into 32 bits");

static bool is_index(int32_t index, int32_t n)
{
    return index >= 0 && index < n;
}

static bool is_index_or_none(int32_t index, int32_t n)
{
    return index >= -1 && index < n;
}

static bool is_span(struct story_span span, int32_t n)
{
    return span.first >= 0 && span.n >= 0 && span.n <= n - span.first;
}

/* ---- state ----------------------------------------------------------------------------------------------------- */

static void check_var(const struct story *s, const struct story_var *v)
{
    assert(is_span(v->was, s->n_former));
    assert(v->min <= v->initial && v->initial <= v->max);
    assert(v->type != STORY_BOOL || (v->min == 0 && v->max == 1));
    assert(v->type != STORY_ENUM || (is_span(v->values, s->n_names) && v->max == v->values.n - 1));
}

static void check_renamed_value(const struct story *s, const struct story_renamed_value *r)
{
    assert(is_index(r->name, s->n_names) && r->was.n > 0 && is_span(r->was, s->n_former));
}

static void check_memory(const struct story *s, const struct story_memory *m)
{
    const bool picked = m->kind == STORY_PICKED;
    assert(is_index(m->subject, story_remembers_decision(m->kind) ? s->n_decisions : s->n_nodes));
    assert(!picked || is_index(m->option, s->decisions[m->subject].options.n));
}

/* By how many values the operation makes the stack grow or, if negative, shrink. */
static int stack_change(enum story_op op)
{
    switch (op) {
    case OP_CONST:
    case OP_LOAD:
        return 1;
    case OP_NOT:
    case OP_NEG:
        return 0;
    case OP_AND:
    case OP_OR:
    case OP_EQ:
    case OP_NE:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_MIN:
    case OP_MAX:
        break;
    }
    return -1;
}

static void check_expr(const struct story *s, const struct story_expr *e)
{
    int depth = 0;
    assert(is_span(e->code, s->n_code));
    for (int32_t i = 0; i < e->code.n; i++) {
        const struct story_code *c = &s->code[e->code.first + i];
        const int change = stack_change(c->op);
        assert(c->op != OP_LOAD || is_index(c->arg, s->n_vars + s->n_memories));
        assert(depth >= 1 - change); /* an operation that makes one value of two needs both */
        depth += change;
        assert(depth <= STORY_EXPR_STACK);
    }
    assert(depth == 1);
}

static void check_effect(const struct story *s, const struct story_effect *e)
{
    assert(is_index(e->var, s->n_vars));
    assert(e->op == STORY_TOGGLE ? e->value == -1 : is_index(e->value, s->n_exprs));
    assert(is_index_or_none(e->when, s->n_exprs));
}

static void check_experiment(const struct story *s, const struct story_experiment *e)
{
    assert(is_index(e->var, s->n_vars) && is_index(e->route, s->n_routes));
    const struct story_route *r = &s->routes[e->route];
    assert(r->random && r->arms && r->parts.n == s->vars[e->var].values.n && r->parts.n >= 2);
    for (int32_t i = 0; i < r->parts.n; i++)
        assert(s->parts[r->parts.first + i].weight > 0);
    const struct story_outcome *o = &e->outcome;
    assert(o->kind != STORY_OUTCOME_ENDING || is_index(o->index, s->n_endings));
    assert(o->kind != STORY_OUTCOME_NODE || is_index(o->index, s->n_nodes));
    assert(o->kind != STORY_OUTCOME_PICK || (is_index(o->index, s->n_decisions) && is_index(o->option, s->n_options)));
}

static void check_state(const struct story *s)
{
    for (int32_t i = 0; i < s->n_vars; i++)
        check_var(s, &s->vars[i]);
    for (int32_t i = 0; i < s->n_renamed_values; i++)
        check_renamed_value(s, &s->renamed_values[i]);
    for (int32_t i = 0; i < s->n_memories; i++)
        check_memory(s, &s->memories[i]);
    for (int32_t i = 0; i < s->n_memories; i++)
        assert(is_index(s->remembered[i], s->n_memories));
    for (int32_t i = 0; i < s->n_exprs; i++)
        check_expr(s, &s->exprs[i]);
    for (int32_t i = 0; i < s->n_effects; i++)
        check_effect(s, &s->effects[i]);
    for (int32_t i = 0; i < s->n_asserts; i++)
        assert(is_index(s->asserts[i].expr, s->n_exprs));
}

/* ---- targets --------------------------------------------------------------------------------------------------- */

/* No target is pending or broken. */
static bool is_target(const struct story *s, struct story_target t)
{
    switch (t.kind) {
    case STORY_NOWHERE:
        return true;
    case STORY_TO_NODE:
        return is_index(t.index, s->n_nodes);
    case STORY_TO_ROUTE:
        return is_index(t.index, s->n_routes);
    case STORY_TO_AGAIN:
        return is_index(t.index, s->n_decisions);
    case STORY_TO_BACK:
        return is_index(t.index, s->n_decisions) && s->decisions[t.index].back_target;
    }
    return false;
}

static void check_routes(const struct story *s)
{
    for (int32_t i = 0; i < s->n_routes; i++)
        assert(is_span(s->routes[i].parts, s->n_parts));
    for (int32_t i = 0; i < s->n_parts; i++) {
        assert(is_index_or_none(s->parts[i].when, s->n_exprs));
        assert(is_target(s, s->parts[i].to));
        assert(s->parts[i].weight >= 0 && s->parts[i].weight <= STORY_WEIGHT_MAX);
    }
    for (int32_t i = 0; i < s->n_goals; i++)
        assert(is_index(s->goals[i].node, s->n_nodes));
    for (int32_t i = 0; i < s->n_endings; i++)
        assert(is_index(s->endings[i].node, s->n_nodes));
}

/* ---- decisions ------------------------------------------------------------------------------------------------- */

static void check_option(const struct story *s, const struct story_option *o)
{
    assert(o->name && is_index(o->decision, s->n_decisions));
    assert(is_index_or_none(o->text, s->n_texts) && is_index_or_none(o->sub, s->n_texts));
    assert(is_index_or_none(o->when, s->n_exprs) && is_index_or_none(o->locked, s->n_texts));
    assert(is_span(o->labels, s->n_labels));
    assert(is_span(o->run, s->n_effects) && is_span(o->after, s->n_effects));
    assert(is_span(o->traits, s->n_option_traits) && is_span(o->props, s->n_option_props));
    assert(is_target(s, o->to));
}

static void check_variants(const struct story *s, const struct story_decision *d)
{
    assert(is_span(d->variants, s->n_variants));
    for (int32_t i = 0; i < d->variants.n; i++) {
        const struct story_variant *v = &s->variants[d->variants.first + i];
        assert(is_index(v->when, s->n_exprs) && is_index_or_none(v->fallback, d->options.n));
        assert(is_span(v->order, s->n_orders) && (v->order.n == 0 || v->order.n == d->options.n));
        for (int32_t k = 0; k < v->order.n; k++)
            assert(is_index(s->orders[v->order.first + k], d->options.n));
    }
}

static void check_decision(const struct story *s, const struct story_decision *d)
{
    check_variants(s, d);
    assert(is_index(d->node, s->n_nodes));
    assert(d->opens_us < d->closes_us);
    assert(is_span(d->options, s->n_options) && d->options.n > 0 && d->options.n <= STORY_OPTIONS_MAX);
    assert(is_index_or_none(d->fallback, d->options.n) && is_index_or_none(d->timeout.as, d->options.n));
    assert(d->focus != STORY_FOCUS_OPTION || is_index(d->focus_option, d->options.n));
    assert(d->fallback >= 0 || d->timeout.given); /* the film never waits for ever */
    assert(is_span(d->timeout.run, s->n_effects) && is_target(s, d->timeout.to));
    assert(is_span(d->memories, s->n_memories));
    assert(is_span(d->cues, s->n_cues) && d->cues.n <= STORY_CUES_MAX);
}

static void check_decisions(const struct story *s)
{
    for (int32_t i = 0; i < s->n_options; i++)
        check_option(s, &s->options[i]);
    for (int32_t i = 0; i < s->n_labels; i++)
        assert(is_index(s->labels[i].when, s->n_exprs));
    for (int32_t i = 0; i < s->n_option_traits; i++)
        assert(is_index(s->option_traits[i].trait, s->n_traits));
    for (int32_t i = 0; i < s->n_option_props; i++)
        assert(is_index(s->option_props[i], s->n_props));
    for (int32_t i = 0; i < s->n_decisions; i++) {
        check_decision(s, &s->decisions[i]);
        for (int32_t j = 0; j < s->decisions[i].options.n; j++)
            assert(s->options[s->decisions[i].options.first + j].decision == i);
    }
}

/* ---- nodes ----------------------------------------------------------------------------------------------------- */

/* The length of the array into which events of this kind point. */
static int32_t event_targets(const struct story *s, enum story_event_kind kind)
{
    return kind == STORY_AT ? s->n_ats : s->n_decisions;
}

static void check_timetable(const struct story *s, struct story_span events)
{
    for (int32_t i = 0; i < events.n; i++) {
        const struct story_event *e = &s->events[events.first + i];
        assert(e->at_us >= 0 && is_index(e->index, event_targets(s, e->kind)));
        assert(i == 0 || e[-1].at_us < e->at_us || (e[-1].at_us == e->at_us && e[-1].kind <= e->kind));
    }
}

static void check_node(const struct story *s, int32_t index)
{
    const struct story_node *n = &s->nodes[index];
    const bool silent = n->clip.kind == STORY_SILENT;
    assert(is_span(n->memories, s->n_memories));
    assert(is_span(n->enter, s->n_effects) && is_span(n->props, s->n_node_props));
    assert(is_span(n->inscriptions, s->n_inscriptions) && is_span(n->events, s->n_events));
    assert(is_span(n->decisions, s->n_decisions) && n->decisions.n <= STORY_DECISIONS_PER_NODE_MAX);
    assert(!silent || (n->events.n == 0 && n->decisions.n == 0 && n->inscriptions.n == 0)); /* it takes no time */
    assert(is_span(n->clip.sounds, s->n_tracks) && is_span(n->clip.subtitles, s->n_tracks));
    assert(is_span(n->clip.described, s->n_tracks) && is_span(n->clip.signs, s->n_tracks));
    assert(is_target(s, n->next));
    assert(is_index_or_none(n->ending, s->n_endings) && is_index_or_none(n->act, s->n_acts));
    assert(n->role == STORY_ROLE_NONE || (n->ending < 0 && n->clip.kind != STORY_SILENT));
    assert(n->ending < 0 || (s->endings[n->ending].node == index && is_span(s->endings[n->ending].was, s->n_former)));
    for (int32_t i = 0; i < n->decisions.n; i++)
        assert(s->decisions[n->decisions.first + i].node == index);
    check_timetable(s, n->events);
}

static void check_nodes(const struct story *s)
{
    for (int32_t i = 0; i < s->n_nodes; i++)
        check_node(s, i);
    for (int32_t i = 0; i < s->n_ats; i++)
        assert(is_span(s->ats[i].run, s->n_effects));
    for (int32_t i = 0; i < s->n_tracks; i++)
        assert(s->tracks[i].path && is_index_or_none(s->tracks[i].when, s->n_exprs));
    for (int32_t i = 0; i < s->n_inscriptions; i++)
        assert(is_index(s->inscriptions[i].text, s->n_texts) && is_index_or_none(s->inscriptions[i].when, s->n_exprs));
    for (int32_t i = 0; i < s->n_node_props; i++)
        assert(is_index(s->node_props[i], s->n_props));
}

bool story_check(const struct story *s)
{
    assert(s->id && s->path && s->dir && s->owned);
    assert(is_index(s->start, s->n_nodes) && is_index(s->title, s->n_texts));
    assert(s->n_languages > 0 && s->n_files > 0);
    check_state(s);
    check_routes(s);
    check_decisions(s);
    check_nodes(s);
    for (int32_t i = 0; i < s->n_experiments; i++)
        check_experiment(s, &s->experiments[i]);
    return true;
}
