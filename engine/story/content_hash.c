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

static void memo_clear(struct hash_memo *memo)
{
    g_free(memo->names);
    g_free(memo->routes);
}

static uint64_t mix_story_text(uint64_t h, const struct story *s, int32_t text)
{
    return mix_text(h, story_text(s, text, NULL));
}

/* A thing that was renamed (`was`) is still the same: it counts by the name that it had first. */
static uint64_t mix_name(uint64_t h, const struct story *s, struct story_span was, const char *name)
{
    return mix_text(h, story_first_name(s, was, name));
}

static struct hash_memo memo_new(const struct story *s)
{
    const struct hash_memo memo = {g_new(uint64_t, s->n_nodes + 1), g_new0(uint64_t, s->n_routes + 1)};
    for (int32_t i = 0; i < s->n_nodes; i++)
        memo.names[i] = mix_name(HASH_START, s, s->nodes[i].was, s->nodes[i].name);
    return memo;
}

static uint64_t mix_decision_name(uint64_t h, const struct story *s, const struct story_decision *d)
{
    return mix_name(h, s, d->was, d->name);
}

/* Hashes the value's name, because the place of a variable in the file does not count. */
static uint64_t mix_value(uint64_t h, const struct story *s, int32_t value)
{
    if (value < s->n_vars)
        return mix_name(h, s, s->vars[value].was, s->vars[value].name);
    assert(value - s->n_vars < s->n_memories);
    const struct story_memory *m = &s->memories[value - s->n_vars];
    h = mix_word(h, 100 + (uint64_t)m->kind);
    if (!story_remembers_decision(m->kind))
        return mix_name(h, s, s->nodes[m->subject].was, s->nodes[m->subject].name);
    const struct story_decision *d = &s->decisions[m->subject];
    if (m->kind == STORY_ASKED)
        return mix_decision_name(h, s, d);
    const struct story_option *o = &s->options[d->options.first + m->option];
    return mix_name(mix_decision_name(h, s, d), s, o->was, o->name);
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
        h = mix_name(mix_word(h, (uint64_t)e->op), s, s->vars[e->var].was, s->vars[e->var].name);
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
    case STORY_TO_AGAIN:
        return mix_decision_name(h, s, &s->decisions[t.index]);
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
    uint64_t h = mix_name(HASH_START, s, o->was, o->name);
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
    if (o->then != STORY_THEN_NOTHING)
        h = mix_word(mix_word(h, 5), (uint64_t)o->then);
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
    uint64_t h = mix_decision_name(HASH_START, s, d);
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
    if (d->shown_us != d->opens_us) /* likewise */
        h = mix_word(mix_word(h, 2), (uint64_t)d->shown_us);
    if (d->lift != STORY_LIFT_NONE) /* likewise */
        h = mix_word(mix_word(h, 3), (uint64_t)d->lift);
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

/* Clips without them keep the hash that they had before such tracks existed. `kind`: tells one from the other. */
static uint64_t mix_later_tracks(uint64_t h, const struct story *s, struct story_span span, uint64_t kind)
{
    if (span.n == 0)
        return h;
    h = mix_tracks(mix_word(h, kind), s, span);
    for (int32_t i = 0; i < span.n; i++)
        h = mix_word(h, s->tracks[span.first + i].mixed);
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
    h = mix_tracks(h, s, c->subtitles);
    return mix_later_tracks(mix_later_tracks(h, s, c->described, 1), s, c->signs, 2);
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
    uint64_t h = mix_name(HASH_START, s, n->was, n->name);
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
    if (n->role != STORY_ROLE_NONE) /* other nodes keep the hash that they had before there were roles */
        h = mix_word(mix_word(h, 4), (uint64_t)n->role);
    if (n->ending < 0)
        return mix_word(h, 0);
    const struct story_ending *e = &s->endings[n->ending];
    return mix_story_text(mix_name(h, s, e->was, e->name), s, e->title);
}

static uint64_t mix_var(uint64_t h, const struct story *s, const struct story_var *v)
{
    h = mix_name(h, s, v->was, v->name);
    h = mix_word(h, (uint64_t)v->type);
    h = mix_word(h, (uint64_t)(int64_t)v->min);
    h = mix_word(h, (uint64_t)(int64_t)v->max);
    h = mix_word(h, (uint64_t)(int64_t)v->initial);
    h = mix_word(h, (uint64_t)v->keep_viewer | (uint64_t)v->keep_rewind << 1);
    for (int32_t i = 0; i < v->values.n; i++)
        h = mix_name(h, s, story_value_was(s, v->values.first + i), s->names[v->values.first + i]);
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
    struct hash_memo m = memo_new(s), *memo = &m;
    uint64_t h = mix_story_text(mix_text(HASH_START, s->id), s, s->title);
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
    s->hash = mix_name(h, s, s->nodes[s->start].was, s->nodes[s->start].name);
    memo_clear(memo);
}

/* ---- what is different ------------------------------------------------------------------------------------------ */

/* A hash of each part; those that a thing does not have are 0. */
struct content_hashes {
    uint64_t of[CONTENT_PARTS];
};

static struct content_hashes node_parts(const struct story *s, int32_t node, struct hash_memo *memo)
{
    const struct story_node *n = &s->nodes[node];
    const bool ends = n->ending >= 0;
    struct content_hashes p = {{
        [CONTENT_TITLE] = mix_story_text(HASH_START, s, n->title),
        [CONTENT_CLIP] = mix_clip(HASH_START, s, &n->clip),
        [CONTENT_INSCRIPTIONS] = mix_word(mix_inscriptions(HASH_START, s, n->inscriptions),
                                          sum_of_props(s, s->node_props + n->props.first, n->props.n)),
        [CONTENT_EFFECTS] = mix_effects(HASH_START, s, n->enter),
        [CONTENT_WAY] = mix_word(mix_target(HASH_START, s, n->next, memo), (uint64_t)n->role),
        [CONTENT_ENDING] = ends ? mix_name(HASH_START, s, s->endings[n->ending].was, s->endings[n->ending].name) : 0,
    }};
    if (ends)
        p.of[CONTENT_TITLE] = mix_story_text(p.of[CONTENT_TITLE], s, s->endings[n->ending].title);
    for (int32_t i = 0; i < n->events.n; i++) {
        const struct story_event *e = &s->events[n->events.first + i];
        if (e->kind == STORY_AT)
            p.of[CONTENT_EFFECTS] =
                mix_effects(mix_word(p.of[CONTENT_EFFECTS], (uint64_t)e->at_us), s, s->ats[e->index].run);
    }
    return p;
}

static struct content_hashes decision_parts(const struct story *s, int32_t decision, struct hash_memo *memo)
{
    const struct story_decision *d = &s->decisions[decision];
    const uint64_t times[] = {(uint64_t)d->shown_us, (uint64_t)d->opens_us, (uint64_t)d->closes_us, (uint64_t)d->cut};
    uint64_t looks = mix_word(mix_text(mix_text(HASH_START, d->sound), d->bed), (uint64_t)d->layout), when = HASH_START;
    for (int32_t i = 0; i < d->cues.n; i++)
        looks =
            mix_text(mix_word(looks, (uint64_t)s->cues[d->cues.first + i].before_us), s->cues[d->cues.first + i].sound);
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        when = mix_word(when, times[i]);
    uint64_t otherwise = mix_effects(mix_word(HASH_START, (uint64_t)d->timeout.given), s, d->timeout.run);
    otherwise = mix_target(otherwise, s, d->timeout.to, memo);
    const int32_t taken[] = {d->fallback, d->timeout.as};
    for (size_t i = 0; i < G_N_ELEMENTS(taken); i++) {
        const struct story_option *o = taken[i] < 0 ? NULL : &s->options[d->options.first + taken[i]];
        otherwise = o ? mix_name(otherwise, s, o->was, o->name) : mix_word(otherwise, 0);
    }
    looks = mix_word(mix_word(looks, (uint64_t)d->focus), (uint64_t)(int64_t)d->focus_option);
    looks = mix_word(looks, (uint64_t)(int64_t)d->lift);
    return (struct content_hashes){{
        [CONTENT_WORDS] = mix_story_text(HASH_START, s, d->prompt),
        [CONTENT_TIMES] = when,
        [CONTENT_DEFAULT] = otherwise,
        [CONTENT_LOOKS] = mix_variants(mix_word(looks, d->checkpoint), s, d->variants),
    }};
}

static struct content_hashes option_parts(const struct story *s, int32_t option, struct hash_memo *memo)
{
    const struct story_option *o = &s->options[option];
    const uint64_t words = mix_story_text(mix_story_text(HASH_START, s, o->text), s, o->sub);
    return (struct content_hashes){{
        [CONTENT_WORDS] = mix_labels(mix_text(mix_story_text(words, s, o->locked), o->image), s, o->labels),
        [CONTENT_LOOKS] = mix_text(mix_text(HASH_START, o->key), o->code),
        [CONTENT_CONDITION] = mix_expr(HASH_START, s, o->when),
        [CONTENT_EFFECTS] = mix_word(mix_effects(mix_effects(HASH_START, s, o->run), s, o->after), (uint64_t)o->forget),
        [CONTENT_WAY] = mix_word(mix_target(HASH_START, s, o->to, memo), (uint64_t)o->then),
        [CONTENT_TAGS] = mix_tags(HASH_START, s, o),
    }};
}

struct content_differ {
    const struct story *story[2];
    struct hash_memo memo[2];
};

struct content_differ *content_differ_new(const struct story *before, const struct story *after)
{
    struct content_differ *d = g_new(struct content_differ, 1);
    *d = (struct content_differ){{before, after}, {memo_new(before), memo_new(after)}};
    return d;
}

void content_differ_free(struct content_differ *d)
{
    if (!d)
        return;
    memo_clear(&d->memo[0]);
    memo_clear(&d->memo[1]);
    g_free(d);
}

typedef struct content_hashes (*parts_of)(const struct story *s, int32_t index, struct hash_memo *memo);

static uint32_t different_parts(const struct content_differ *d, parts_of parts, int32_t before, int32_t after)
{
    struct hash_memo memo[2] = {d->memo[0], d->memo[1]};
    const struct content_hashes a = parts(d->story[0], before, &memo[0]), b = parts(d->story[1], after, &memo[1]);
    uint32_t different = 0;
    for (int i = 0; i < CONTENT_PARTS; i++)
        different |= (uint32_t)(a.of[i] != b.of[i]) << i;
    return different;
}

uint32_t content_differ_node(const struct content_differ *d, int32_t before, int32_t after)
{
    return different_parts(d, node_parts, before, after);
}

uint32_t content_differ_decision(const struct content_differ *d, int32_t before, int32_t after)
{
    return different_parts(d, decision_parts, before, after);
}

uint32_t content_differ_option(const struct content_differ *d, int32_t before, int32_t after)
{
    return different_parts(d, option_parts, before, after);
}
