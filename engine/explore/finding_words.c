#include "explore/finding_words.h"

#include <glib.h>
#include <string.h>

static const char *node_name(const struct story *s, int32_t i)
{
    return s->nodes[i].name;
}

char *finding_part_place(const struct story *s, int32_t part)
{
    for (int32_t r = 0; r < s->n_routes; r++) {
        const struct story_span parts = s->routes[r].parts;
        if (part >= parts.first && part < parts.first + parts.n && s->routes[r].name)
            return g_strdup_printf("part %d of route \"%s\"", part - parts.first + 1, s->routes[r].name);
        if (part >= parts.first && part < parts.first + parts.n)
            return g_strdup_printf("part %d of this route", part - parts.first + 1);
    }
    return g_strdup("this part");
}

/* To be freed. */
static char *target_name(const struct story *s, struct story_target to)
{
    switch (to.kind) {
    case STORY_TO_NODE:
        return g_strdup_printf("node \"%s\"", s->nodes[to.index].name);
    case STORY_TO_ROUTE:
        return s->routes[to.index].name ? g_strdup_printf("route \"%s\"", s->routes[to.index].name)
                                        : g_strdup("a route");
    case STORY_TO_BACK:
        return g_strdup_printf("back(%s)", s->decisions[to.index].name);
    case STORY_TO_AGAIN:
        return g_strdup_printf("again(%s)", s->decisions[to.index].name);
    case STORY_NOWHERE:
        break;
    }
    return g_strdup("nowhere");
}

static char *option_sentence(const struct story *s, int32_t i)
{
    const struct story_option *o = &s->options[i];
    return g_strdup_printf("option \"%s\" of decision \"%s\" is never available", o->name,
                           s->decisions[o->decision].name);
}

static char *effect_sentence(const struct story *s, int32_t i, const char *what)
{
    return g_strdup_printf("this change of \"%s\" %s", s->vars[s->effects[i].var].name, what);
}

char *finding_sentence(const struct story *s, const struct explore_finding *f)
{
    const int32_t i = f->subject;
    switch (f->kind) {
    case EXPLORE_STUCK:
        return g_strdup_printf("the film gets stuck after node \"%s\": nothing leads on, and it is no ending",
                               node_name(s, i));
    case EXPLORE_LOOP:
        return g_strdup_printf("the film is caught in a circle of nodes without a clip, at \"%s\"", node_name(s, i));
    case EXPLORE_NOTHING:
        return g_strdup_printf("decision \"%s\" can open with no option available", s->decisions[i].name);
    case EXPLORE_VIOLATED:
        return g_strdup_printf("`assert: %s` does not always hold", s->exprs[s->asserts[i].expr].source);
    case EXPLORE_TRAP:
        return g_strdup_printf("node \"%s\" can be entered in a state from which no ending can be reached any more",
                               node_name(s, i));
    case EXPLORE_ENDLESS:
        return g_strdup("no play of this story reaches an ending");
    case EXPLORE_CLAMPED:
        return effect_sentence(s, i, "can leave the variable's range, and is clamped");
    case EXPLORE_GOAL:
        return g_strdup_printf("the goal \"%s\" can't be reached", node_name(s, s->goals[i].node));
    case EXPLORE_NODE:
        return g_strdup_printf("node \"%s\" can't be reached", node_name(s, i));
    case EXPLORE_ENDING:
        return g_strdup_printf("ending \"%s\" can't be reached", s->endings[i].name);
    case EXPLORE_DECISION:
        return g_strdup_printf("decision \"%s\" never opens", s->decisions[i].name);
    case EXPLORE_OPTION:
        return option_sentence(s, i);
    case EXPLORE_PART: {
        g_autofree char *place = finding_part_place(s, i);
        g_autofree char *target = target_name(s, s->parts[i].to);
        return g_strdup_printf("%s, to %s, is never taken", place, target);
    }
    case EXPLORE_EFFECT:
        return effect_sentence(s, i, "never happens");
    }
    return g_strdup("");
}

struct story_mark finding_mark(const struct story *s, const struct explore_finding *f)
{
    const int32_t i = f->subject;
    switch (f->kind) {
    case EXPLORE_STUCK:
    case EXPLORE_LOOP:
    case EXPLORE_TRAP:
    case EXPLORE_ENDLESS:
    case EXPLORE_NODE:
        return s->nodes[i].mark;
    case EXPLORE_NOTHING:
    case EXPLORE_DECISION:
        return s->decisions[i].mark;
    case EXPLORE_VIOLATED:
        return s->asserts[i].mark;
    case EXPLORE_CLAMPED:
    case EXPLORE_EFFECT:
        return s->effects[i].mark;
    case EXPLORE_GOAL:
        return s->goals[i].mark;
    case EXPLORE_ENDING:
        return s->endings[i].mark;
    case EXPLORE_OPTION:
        return s->options[i].mark;
    case EXPLORE_PART:
        return s->parts[i].mark;
    }
    return (struct story_mark){0};
}

static struct finding_span span_of_expr(const struct story *s, int32_t expr)
{
    return (struct finding_span){s->exprs[expr].mark, MAX(1, g_utf8_strlen(s->exprs[expr].source, -1))};
}

/* The name that stands at the mark; 0 where something else does. */
static int64_t name_length(const struct story *s, const struct explore_finding *f)
{
    const int32_t i = f->subject;
    switch (f->kind) {
    case EXPLORE_STUCK:
    case EXPLORE_LOOP:
    case EXPLORE_TRAP:
    case EXPLORE_NODE:
        return g_utf8_strlen(s->nodes[i].name, -1);
    case EXPLORE_OPTION:
        return g_utf8_strlen(s->options[i].name, -1);
    case EXPLORE_CLAMPED:
    case EXPLORE_EFFECT:
        return g_utf8_strlen(s->vars[s->effects[i].var].name, -1);
    case EXPLORE_GOAL:
        return g_utf8_strlen(s->nodes[s->goals[i].node].name, -1);
    case EXPLORE_ENDING:
        return (int64_t)strlen("ending");
    case EXPLORE_NOTHING:
    case EXPLORE_DECISION:
    case EXPLORE_VIOLATED:
    case EXPLORE_ENDLESS:
    case EXPLORE_PART:
        break;
    }
    return 0;
}

struct finding_span finding_span(const struct story *s, const struct explore_finding *f)
{
    const int32_t when = f->kind == EXPLORE_PART     ? s->parts[f->subject].when
                         : f->kind == EXPLORE_EFFECT ? s->effects[f->subject].when
                         : f->kind == EXPLORE_OPTION ? s->options[f->subject].when
                                                     : -1;
    if (f->kind == EXPLORE_VIOLATED)
        return span_of_expr(s, s->asserts[f->subject].expr);
    return when >= 0 ? span_of_expr(s, when) : (struct finding_span){finding_mark(s, f), name_length(s, f)};
}
