/*
 * story_model: is a loaded story sound? Every index and span is within its array, every expression can be evaluated, every
 * timetable is in order. For tests that load broken and random files: everything that plays a story relies on this.
 */
#pragma once

#include "story/limits.h"
#include "story/story.h"

#include <glib.h>
#include <string.h>

static inline bool model_span(struct story_span span, int32_t n)
{
    return span.n == 0 || (span.first >= 0 && span.n > 0 && span.first <= n - span.n);
}

static inline bool model_index(int32_t index, int32_t n)
{
    return index >= -1 && index < n;
}

static inline bool model_text(const struct story *s, int32_t id)
{
    return id == -1 || (story_text(s, id, NULL) != NULL && story_text_key(s, id)[0] != '\0');
}

static inline bool model_target(const struct story *s, struct story_target t)
{
    switch (t.kind) {
    case STORY_NOWHERE:
        return true;
    case STORY_TO_NODE:
        return t.index >= 0 && t.index < s->n_nodes;
    case STORY_TO_ROUTE:
        return t.index >= 0 && t.index < s->n_routes;
    case STORY_TO_AGAIN:
        return t.index >= 0 && t.index < s->n_decisions;
    case STORY_TO_BACK:
        return t.index >= 0 && t.index < s->n_decisions && s->decisions[t.index].back_target &&
               s->decisions[t.index].checkpoint;
    }
    return false;
}

/* The code leaves one value on the stack, and never more than fit on it. */
static inline bool model_expr(const struct story *s, const struct story_expr *e)
{
    int depth = 0;
    if (e->code.n < 1 || !model_span(e->code, s->n_code) || !e->source)
        return false;
    for (int32_t i = 0; i < e->code.n; i++) {
        const struct story_code c = s->code[e->code.first + i];
        if (c.op == OP_LOAD && (c.arg < 0 || c.arg >= s->n_vars + s->n_memories))
            return false;
        if (c.op == OP_CONST || c.op == OP_LOAD)
            depth++;
        else if (c.op != OP_NOT && c.op != OP_NEG && --depth < 1)
            return false;
        if (depth < 1 || depth > STORY_EXPR_STACK)
            return false;
    }
    return depth == 1;
}

static inline bool model_condition(const struct story *s, int32_t expr)
{
    return expr == -1 || (model_index(expr, s->n_exprs) && s->exprs[expr].type == STORY_BOOL);
}

static inline bool model_effect(const struct story *s, const struct story_effect *e)
{
    if (e->var < 0 || e->var >= s->n_vars || !model_condition(s, e->when))
        return false;
    if (e->op == STORY_TOGGLE)
        return e->value == -1 && s->vars[e->var].type == STORY_BOOL;
    return e->value >= 0 && e->value < s->n_exprs && s->exprs[e->value].type == s->vars[e->var].type;
}

static inline bool model_option(const struct story *s, const struct story_option *o, int32_t decision)
{
    bool good = o->name[0] && o->decision == decision && o->text >= 0 && model_text(s, o->text) &&
                model_text(s, o->sub) && model_text(s, o->locked) && model_condition(s, o->when) &&
                model_span(o->labels, s->n_labels) && model_span(o->run, s->n_effects) &&
                model_span(o->after, s->n_effects) && model_target(s, o->to) &&
                model_span(o->traits, s->n_option_traits) && model_span(o->props, s->n_option_props);
    for (int32_t i = 0; good && i < o->labels.n; i++) {
        const struct story_label *l = &s->labels[o->labels.first + i];
        good = l->when >= 0 && model_condition(s, l->when) && model_text(s, l->text) && model_text(s, l->sub);
    }
    for (int32_t i = 0; good && i < o->traits.n; i++)
        good = model_index(s->option_traits[o->traits.first + i].trait, s->n_traits);
    for (int32_t i = 0; good && i < o->props.n; i++)
        good = model_index(s->option_props[o->props.first + i], s->n_props);
    return good;
}

static inline bool model_decision(const struct story *s, int32_t index, int32_t node)
{
    const struct story_decision *d = &s->decisions[index];
    bool good = d->name[0] && d->node == node && model_text(s, d->prompt) && d->opens_us >= 0 &&
                d->closes_us > d->opens_us && d->options.n >= 1 && d->options.n <= STORY_OPTIONS_MAX &&
                model_span(d->options, s->n_options) && model_index(d->fallback, d->options.n) &&
                (d->fallback >= 0 || d->timeout.given) && model_index(d->timeout.as, d->options.n) &&
                model_span(d->timeout.run, s->n_effects) && model_target(s, d->timeout.to) &&
                story_find_decision(s, d->name) == index && d->hash != 0;
    if (d->focus == STORY_FOCUS_OPTION)
        good = good && d->focus_option >= 0 && d->focus_option < d->options.n;
    for (int32_t i = 0; good && i < d->options.n; i++)
        good = model_option(s, &s->options[d->options.first + i], index);
    return good;
}

/* Events are in order; each decision opens once and then closes; none opens while another is open. */
static inline bool model_events(const struct story *s, const struct story_node *n)
{
    int32_t open = -1, opened = 0;
    if (!model_span(n->events, s->n_events))
        return false;
    for (int32_t i = 0; i < n->events.n; i++) {
        const struct story_event *e = &s->events[n->events.first + i], *before = i ? e - 1 : NULL;
        if (before && (before->at_us > e->at_us || (before->at_us == e->at_us && before->kind > e->kind)))
            return false;
        if (e->kind == STORY_OPEN && (open >= 0 || s->decisions[e->index].opens_us != e->at_us))
            return false;
        if (e->kind == STORY_CLOSE && open != e->index)
            return false;
        if (e->kind == STORY_AT && (e->index >= s->n_ats || !model_span(s->ats[e->index].run, s->n_effects)))
            return false;
        open = e->kind == STORY_OPEN ? e->index : e->kind == STORY_CLOSE ? -1 : open;
        opened += e->kind == STORY_OPEN;
    }
    return open == -1 && opened == n->decisions.n;
}

static inline bool model_node(const struct story *s, int32_t index)
{
    const struct story_node *n = &s->nodes[index];
    const struct story_clip *c = &n->clip;
    bool good = n->name[0] && story_find_node(s, n->name) == index && model_text(s, n->title) && n->hash != 0 &&
                model_span(n->enter, s->n_effects) && model_span(n->decisions, s->n_decisions) &&
                model_target(s, n->next) && model_index(n->ending, s->n_endings) && model_events(s, n) &&
                model_span(c->sounds, s->n_tracks) && model_span(c->subtitles, s->n_tracks) && model_text(s, c->card);
    good = good && (c->kind == STORY_FILM || c->kind == STORY_STILL ? c->path != NULL : c->path == NULL);
    good = good && (c->kind == STORY_CARD) == (c->card >= 0);
    good = good && (c->kind == STORY_STILL || c->kind == STORY_CARD ? c->for_us > 0 : true);
    good = good && (c->kind == STORY_SILENT ? n->events.n == 0 : true);
    good = good && (n->ending < 0 || s->endings[n->ending].node == index);
    good = good && model_span(n->props, s->n_node_props);
    for (int32_t i = 0; good && i < n->props.n; i++)
        good = model_index(s->node_props[n->props.first + i], s->n_props);
    for (int32_t i = 0; good && i < n->decisions.n; i++)
        good = model_decision(s, n->decisions.first + i, index);
    return good;
}

static inline bool model_route(const struct story *s, const struct story_route *r)
{
    bool good = r->parts.n >= 1 && model_span(r->parts, s->n_parts);
    for (int32_t i = 0; good && i < r->parts.n; i++) {
        const struct story_part *p = &s->parts[r->parts.first + i];
        good = model_condition(s, p->when) && (r->random ? p->weight > 0 : p->weight == 0) &&
               p->to.kind != STORY_NOWHERE && model_target(s, p->to);
    }
    return good;
}

static inline bool model_var(const struct story *s, const struct story_var *v)
{
    return v->min <= v->initial && v->initial <= v->max && v->min >= -STORY_INT_MAX && v->max <= STORY_INT_MAX &&
           model_span(v->values, s->n_names) && (v->type == STORY_ENUM ? v->max == v->values.n - 1 : v->values.n == 0);
}

/* NULL if the story is sound; else the name of what is not. */
static inline const char *model_check(const struct story *s)
{
    if (!s->id || s->title < 0 || s->start < 0 || s->start >= s->n_nodes || s->n_languages < 1 || s->n_files < 1)
        return "the story itself";
    for (int32_t i = 0; i < s->n_vars; i++)
        if (!model_var(s, &s->vars[i]))
            return s->vars[i].name;
    for (int32_t i = 0; i < s->n_exprs; i++)
        if (!model_expr(s, &s->exprs[i]))
            return s->exprs[i].source ? s->exprs[i].source : "an expression";
    for (int32_t i = 0; i < s->n_effects; i++)
        if (!model_effect(s, &s->effects[i]))
            return "an effect";
    for (int32_t i = 0; i < s->n_routes; i++)
        if (!model_route(s, &s->routes[i]))
            return s->routes[i].name ? s->routes[i].name : "a route";
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (!model_node(s, i))
            return s->nodes[i].name;
    for (int32_t i = 0; i < s->n_tracks; i++)
        if (!s->tracks[i].path || !s->tracks[i].language || !model_condition(s, s->tracks[i].when))
            return "a track";
    for (int32_t i = 0; i < s->n_asserts; i++)
        if (s->asserts[i].expr < 0 || !model_condition(s, s->asserts[i].expr))
            return "an assert";
    for (int32_t i = 0; i < s->n_goals; i++)
        if (s->goals[i].node < 0 || s->goals[i].node >= s->n_nodes)
            return "a goal";
    return NULL;
}
