#include "story/content_hash.h"

#include "story/story.h"

#include <glib.h>
#include <assert.h>
#include <string.h>

/*
 * FNV-1a over words of 8 bytes instead of single bytes, with a shift after each word, because multiplication alone
 * never carries high bits down. Fast, and even enough for some 100,000 contents in 64 bits.
 */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

static uint64_t mix_word(uint64_t h, uint64_t word)
{
    h = (h ^ word) * HASH_PRIME;
    return h ^ (h >> 29);
}

/* The length goes first, so that "ab","c" and "a","bc" differ. NULL differs from "". */
static uint64_t mix_text(uint64_t h, const char *text)
{
    if (!text)
        return mix_word(h, UINT64_MAX);
    size_t n = strlen(text);
    h = mix_word(h, n);
    for (; n > 0; text += MIN(n, 8), n -= MIN(n, 8)) {
        uint64_t word = 0;
        for (size_t i = 0; i < MIN(n, 8); i++) /* not memcpy: the same on every machine */
            word |= (uint64_t)(unsigned char)text[i] << (8 * i);
        h = mix_word(h, word);
    }
    return h;
}

/* Hashes that are needed again and again: in a large story, fetching far-off names is what takes time. */
struct hash_memo {
    uint64_t *names;  /* of each node */
    uint64_t *routes; /* of each route, 0: not yet */
};

static uint64_t mix_story_text(uint64_t h, const struct story *s, int32_t text)
{
    return mix_text(h, story_text(s, text, NULL));
}

/* Hashes the value's name, because the place of a variable in the file does not count. */
static uint64_t mix_value(uint64_t h, const struct story *s, int32_t value)
{
    if (value < s->n_vars)
        return mix_text(h, s->vars[value].name);
    assert(value - s->n_vars < s->n_memories);
    const struct story_memory *m = &s->memories[value - s->n_vars];
    h = mix_word(h, 100 + (uint64_t)m->kind);
    if (m->kind != STORY_PICKED)
        return mix_text(h, s->nodes[m->subject].name);
    const struct story_decision *d = &s->decisions[m->subject];
    return mix_text(mix_text(h, d->name), s->options[d->options.first + m->option].name);
}

static uint64_t mix_expr(uint64_t h, const struct story *s, int32_t expr)
{
    if (expr < 0)
        return mix_word(h, 0);
    const struct story_span code = s->exprs[expr].code;
    h = mix_word(h, (uint64_t)code.n);
    for (int32_t i = 0; i < code.n; i++) {
        const struct story_code *c = &s->code[code.first + i];
        h = mix_word(h, (uint64_t)c->op);
        if (c->op == OP_LOAD)
            h = mix_value(h, s, c->arg);
        else if (c->op == OP_CONST)
            h = mix_word(h, (uint64_t)(int64_t)c->arg);
    }
    return h;
}

static uint64_t mix_effects(uint64_t h, const struct story *s, struct story_span span)
{
    h = mix_word(h, (uint64_t)span.n);
    for (int32_t i = 0; i < span.n; i++) {
        const struct story_effect *e = &s->effects[span.first + i];
        h = mix_text(mix_word(h, (uint64_t)e->op), s->vars[e->var].name);
        h = mix_expr(mix_expr(h, s, e->value), s, e->when);
    }
    return h;
}

static uint64_t mix_target(uint64_t h, const struct story *s, struct story_target t, struct hash_memo *memo);

/* A route counts for what it does, not for its name. */
static uint64_t route_hash(const struct story *s, int32_t index, struct hash_memo *memo)
{
    const struct story_route *r = &s->routes[index];
    if (memo->routes[index])
        return memo->routes[index];
    uint64_t h = mix_word(HASH_START, r->random);
    for (int32_t i = 0; i < r->parts.n; i++) {
        const struct story_part *p = &s->parts[r->parts.first + i];
        h = mix_target(mix_word(mix_expr(h, s, p->when), (uint64_t)p->weight), s, p->to, memo);
    }
    assert(memo->routes[index] == 0); /* routes form no circle, so the recursion did not come back here */
    return memo->routes[index] = h | 1;
}

static uint64_t mix_target(uint64_t h, const struct story *s, struct story_target t, struct hash_memo *memo)
{
    h = mix_word(h, (uint64_t)t.kind);
    switch (t.kind) {
    case STORY_NOWHERE:
        break;
    case STORY_TO_NODE:
        return mix_word(h, memo->names[t.index]);
    case STORY_TO_ROUTE:
        return mix_word(h, route_hash(s, t.index, memo));
    case STORY_TO_BACK:
        return mix_text(h, s->decisions[t.index].name);
    }
    return h;
}

static uint64_t mix_labels(uint64_t h, const struct story *s, struct story_span span)
{
    h = mix_word(h, (uint64_t)span.n);
    for (int32_t i = 0; i < span.n; i++) {
        const struct story_label *l = &s->labels[span.first + i];
        h = mix_story_text(mix_expr(h, s, l->when), s, l->text);
        h = mix_text(mix_story_text(h, s, l->sub), l->image);
    }
    return h;
}

/* A set: its order is formatting. */
static uint64_t sum_of_props(const struct story *s, const int32_t *props, int32_t n)
{
    uint64_t sum = 0;
    for (int32_t i = 0; i < n; i++)
        sum += mix_word(mix_text(HASH_START, s->props[props[i]]), 7);
    return sum;
}

/* Traits are a set, too. */
static uint64_t mix_tags(uint64_t h, const struct story *s, const struct story_option *o)
{
    uint64_t sum = 0;
    for (int32_t i = 0; i < o->traits.n; i++) {
        const struct story_trait *t = &s->option_traits[o->traits.first + i];
        sum += mix_word(mix_text(HASH_START, s->traits[t->trait]), (uint64_t)(int64_t)t->score);
    }
    return mix_word(h, sum + sum_of_props(s, s->option_props + o->props.first, o->props.n));
}

static uint64_t option_hash(const struct story *s, const struct story_option *o, struct hash_memo *memo)
{
    uint64_t h = mix_text(HASH_START, o->name);
    h = mix_story_text(h, s, o->text);
    h = mix_story_text(h, s, o->sub);
    h = mix_story_text(h, s, o->locked);
    h = mix_text(h, o->image);
    h = mix_text(h, o->key);
    h = mix_text(h, o->code);
    h = mix_expr(h, s, o->when);
    h = mix_labels(h, s, o->labels);
    h = mix_effects(h, s, o->run);
    h = mix_effects(h, s, o->after);
    if (o->forget)
        h = mix_word(h, 1);
    h = mix_target(h, s, o->to, memo);
    return mix_tags(h, s, o);
}

/* Decisions without variants keep the hash that they had before there were any. */
static uint64_t mix_variants(uint64_t h, const struct story *s, struct story_span span)
{
    for (int32_t i = span.first; i < span.first + span.n; i++) {
        const struct story_variant *v = &s->variants[i];
        h = mix_word(mix_expr(h, s, v->when), (uint64_t)(int64_t)v->fallback);
        for (int32_t k = 0; k < v->order.n; k++)
            h = mix_word(h, (uint64_t)s->orders[v->order.first + k]);
    }
    return h;
}

static uint64_t decision_hash(const struct story *s, const struct story_decision *d, struct hash_memo *memo)
{
    uint64_t h = mix_text(HASH_START, d->name);
    h = mix_story_text(h, s, d->prompt);
    h = mix_word(h, (uint64_t)d->opens_us);
    h = mix_word(h, (uint64_t)d->closes_us);
    h = mix_word(h, (uint64_t)d->layout);
    h = mix_word(h, (uint64_t)d->cut);
    h = mix_word(h, (uint64_t)(int64_t)d->fallback);
    h = mix_word(h, (uint64_t)d->focus);
    h = mix_word(h, (uint64_t)(int64_t)d->focus_option);
    h = mix_word(h, (uint64_t)d->checkpoint | (uint64_t)d->timeout.given << 1);
    h = mix_effects(h, s, d->timeout.run);
    h = mix_target(h, s, d->timeout.to, memo);
    h = mix_word(h, (uint64_t)(int64_t)d->timeout.as);
    h = mix_text(h, d->sound);
    if (d->bed) /* decisions without one keep the hash that they had before beds existed */
        h = mix_text(h, d->bed);
    for (int32_t i = 0; i < d->cues.n; i++)
        h = mix_text(mix_word(h, (uint64_t)s->cues[d->cues.first + i].before_us), s->cues[d->cues.first + i].sound);
    h = mix_variants(h, s, d->variants);
    for (int32_t i = 0; i < d->options.n; i++)
        h = mix_word(h, s->options[d->options.first + i].hash);
    return h;
}

static uint64_t mix_tracks(uint64_t h, const struct story *s, struct story_span span)
{
    h = mix_word(h, (uint64_t)span.n);
    for (int32_t i = 0; i < span.n; i++) {
        const struct story_track *t = &s->tracks[span.first + i];
        h = mix_expr(mix_text(mix_text(h, t->language), t->path), s, t->when);
        if (t->clock != STORY_CLOCK_AS_FILE) /* tracks without one keep the hash that they had before clocks existed */
            h = mix_word(h, (uint64_t)t->clock);
    }
    return h;
}

static uint64_t mix_clip(uint64_t h, const struct story *s, const struct story_clip *c)
{
    h = mix_word(h, (uint64_t)c->kind);
    h = mix_text(h, c->path);
    h = mix_word(h, (uint64_t)c->from_us);
    h = mix_word(h, (uint64_t)c->to_us);
    h = mix_word(h, (uint64_t)c->for_us);
    h = mix_story_text(h, s, c->card);
    h = mix_tracks(h, s, c->sounds);
    return mix_tracks(h, s, c->subtitles);
}

static uint64_t mix_inscriptions(uint64_t h, const struct story *s, struct story_span span)
{
    h = mix_word(h, (uint64_t)span.n);
    for (int32_t i = 0; i < span.n; i++) {
        const struct story_inscription *in = &s->inscriptions[span.first + i];
        const int64_t numbers[] = {in->at_us,  in->for_us, in->left, in->top,   in->width, in->height,
                                   in->record, in->size,   in->look, in->align, in->rgb,   in->typed};
        h = mix_expr(mix_story_text(h, s, in->text), s, in->when);
        for (size_t n = 0; n < G_N_ELEMENTS(numbers); n++)
            h = mix_word(h, (uint64_t)numbers[n]);
    }
    return h;
}

static uint64_t node_hash(const struct story *s, const struct story_node *n, struct hash_memo *memo)
{
    uint64_t h = mix_text(HASH_START, n->name);
    h = mix_story_text(h, s, n->title);
    h = mix_clip(h, s, &n->clip);
    h = mix_inscriptions(h, s, n->inscriptions);
    h = mix_effects(h, s, n->enter);
    if (n->props.n > 0)
        h = mix_word(h, sum_of_props(s, s->node_props + n->props.first, n->props.n));
    for (int32_t i = 0; i < n->events.n; i++) {
        const struct story_event *e = &s->events[n->events.first + i];
        h = mix_word(mix_word(h, (uint64_t)e->at_us), (uint64_t)e->kind);
        if (e->kind == STORY_AT)
            h = mix_effects(h, s, s->ats[e->index].run);
        else if (e->kind == STORY_OPEN)
            h = mix_word(h, s->decisions[e->index].hash);
    }
    h = mix_target(h, s, n->next, memo);
    if (n->ending < 0)
        return mix_word(h, 0);
    return mix_story_text(mix_text(h, s->endings[n->ending].name), s, s->endings[n->ending].title);
}

static uint64_t mix_var(uint64_t h, const struct story *s, const struct story_var *v)
{
    h = mix_text(h, v->name);
    h = mix_word(h, (uint64_t)v->type);
    h = mix_word(h, (uint64_t)(int64_t)v->min);
    h = mix_word(h, (uint64_t)(int64_t)v->max);
    h = mix_word(h, (uint64_t)(int64_t)v->initial);
    h = mix_word(h, (uint64_t)v->keep_viewer | (uint64_t)v->keep_rewind << 1);
    for (int32_t i = 0; i < v->values.n; i++)
        h = mix_text(h, s->names[v->values.first + i]);
    return h;
}

/* An experiment that says nothing of its outcome keeps the hash that it had before there were outcomes. */
static uint64_t mix_outcome(uint64_t h, const struct story *s, const struct story_outcome *o)
{
    g_autofree char *text = story_outcome_text(s, o);
    return text ? mix_text(h, text) : h;
}

void content_hash_fill(struct story *s, struct story_option *options, struct story_decision *decisions,
                       struct story_node *nodes)
{
    assert(s->options == options && s->decisions == decisions && s->nodes == nodes);
    uint64_t *routes = g_new0(uint64_t, s->n_routes + 1), *names = g_new(uint64_t, s->n_nodes + 1);
    struct hash_memo m = {names, routes}, *memo = &m;
    uint64_t h = mix_story_text(mix_text(HASH_START, s->id), s, s->title);
    for (int32_t i = 0; i < s->n_nodes; i++)
        names[i] = mix_text(HASH_START, s->nodes[i].name);
    for (int32_t i = 0; i < s->n_options; i++)
        options[i].hash = option_hash(s, &options[i], memo);
    for (int32_t i = 0; i < s->n_decisions; i++)
        decisions[i].hash = decision_hash(s, &decisions[i], memo);
    for (int32_t i = 0; i < s->n_vars; i++)
        h = mix_var(h, s, &s->vars[i]);
    /* Memories have places in the state, in the order in which expressions first used them. */
    for (int32_t i = 0; i < s->n_memories; i++)
        h = mix_value(h, s, s->n_vars + i);
    for (int32_t i = 0; i < s->n_nodes; i++) {
        nodes[i].hash = node_hash(s, &nodes[i], memo);
        h = mix_word(h, nodes[i].hash);
    }
    for (int32_t i = 0; i < s->n_experiments; i++) {
        const struct story_span arms = s->routes[s->experiments[i].route].parts;
        for (int32_t k = 0; k < arms.n; k++)
            h = mix_word(h, (uint64_t)s->parts[arms.first + k].weight);
        h = mix_outcome(h, s, &s->experiments[i].outcome);
    }
    s->hash = mix_text(h, s->nodes[s->start].name);
    g_free(routes);
    g_free(names);
}
