#include "shoot/screenplay.h"

#include "base/embedded.h"
#include "base/safe.h"
#include "base/units.h"
#include "shoot/fountain.h"

#include <assert.h>
#include <string.h>

/* ---- blocks --------------------------------------------------------------------------------------------------------- */

struct writing {
    struct screenplay *p;
    const struct scenes *scenes;
    const struct entry_values *values;
    int32_t scene; /* being written, or -1 */
};

static void free_block(gpointer data)
{
    struct screenplay_block *b = data;
    g_free(b->text);
    g_free(b);
}

/* Changes and returns `text`. */
static char *one_line(char *text)
{
    return g_strstrip(g_strdelimit(text, "\r\n\t\v\f", ' '));
}

/* Takes over `text`, and makes one line of it. */
static void take(struct writing *w, enum screenplay_kind kind, char *text)
{
    struct screenplay_block *b = g_new(struct screenplay_block, 1);
    *b = (struct screenplay_block){kind, w->scene, one_line(text)};
    g_ptr_array_add(w->p->blocks, b);
}

G_GNUC_PRINTF(3, 4)
static void add(struct writing *w, enum screenplay_kind kind, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    take(w, kind, g_strdup_vprintf(format, ap));
    va_end(ap);
}

static void add_clip(struct writing *w, const struct story_node *n)
{
    const struct story_clip *c = &n->clip;
    const int64_t us = c->kind != STORY_FILM ? c->for_us
                       : c->to_us != US_NONE ? c->to_us - MAX(c->from_us, 0)
                                             : c->for_us;
    g_autofree char *length = us == US_NONE ? g_strdup("as long as the file") : units_clock_time(us);
    switch (c->kind) {
    case STORY_SILENT:
        return;
    case STORY_CARD:
        add(w, SCREENPLAY_FACT, "A card, %s: “%s”", length, story_text(w->p->story, c->card, NULL));
        return;
    case STORY_FILM:
    case STORY_STILL:
        break;
    }
    add(w, SCREENPLAY_FACT, "%s %s, %s", c->kind == STORY_STILL ? "Still" : "Clip", c->path, length);
}

static void add_props(struct writing *w, const struct story_node *n)
{
    const struct story *s = w->p->story;
    GString *out = g_string_new("Props: ");
    for (int32_t i = 0; i < n->props.n; i++) {
        const int32_t prop = s->node_props[n->props.first + i];
        g_string_append_printf(out, "%s%s", i ? ", " : "",
                               s->prop_titles[prop] ? s->prop_titles[prop] : s->props[prop]);
    }
    if (n->props.n > 0)
        take(w, SCREENPLAY_FACT, g_string_free(out, FALSE));
    else
        g_string_free(out, TRUE);
}

/* ---- continuity ----------------------------------------------------------------------------------------------------- */

static bool same_range(const struct entry_range *a, const struct entry_range *b)
{
    return a->least == b->least && a->most == b->most && a->mask == b->mask;
}

/* The ways into a node: a part of values->ways. */
static struct story_span ways_into(const struct entry_values *e, int32_t node)
{
    struct story_span span = {0, 0};
    for (guint i = 0; i < e->ways->len; i++) {
        if (((const struct entry_way *)e->ways->pdata[i])->node != node)
            continue;
        span.first = span.n == 0 ? (int32_t)i : span.first;
        span.n++;
    }
    return span;
}

static const struct entry_way *way_at(const struct entry_values *e, int32_t i)
{
    return e->ways->pdata[i];
}

static bool same_on_all_ways(const struct entry_values *e, struct story_span ways, int32_t var)
{
    for (int32_t i = 1; i < ways.n; i++)
        if (!same_range(&way_at(e, ways.first)->values[var], &way_at(e, ways.first + i)->values[var]))
            return false;
    return true;
}

/* What a variable has been since the film's beginning is not worth a word. */
static bool is_untouched(const struct story_var *v, const struct entry_range *r)
{
    return r->least == r->most && r->least == v->initial;
}

/* "lamp is true; trust is 1 to 3": those that are alike on all ways, or those that are not. */
static char *values_text(const struct writing *w, struct story_span ways, int32_t way, bool alike)
{
    const struct story *s = w->p->story;
    GString *out = g_string_new(NULL);
    for (int32_t v = 0; v < s->n_vars; v++) {
        const struct entry_range *r = &way_at(w->values, way)->values[v];
        const bool all = same_on_all_ways(w->values, ways, v);
        if (all != alike || (all && is_untouched(&s->vars[v], r)))
            continue;
        g_string_append_printf(out, "%s%s is ", out->len ? "; " : "", s->vars[v].name);
        entry_range_print(s, v, r, out);
    }
    return g_string_free(out, FALSE);
}

static void add_state(struct writing *w, int32_t node)
{
    const struct story *s = w->p->story;
    const struct story_span ways = ways_into(w->values, node);
    if (ways.n == 0) {
        add(w, SCREENPLAY_FACT, w->values->complete ? "Nothing leads here" : "No way here was found yet");
        return;
    }
    g_autofree char *always = values_text(w, ways, ways.first, true);
    if (*always)
        add(w, SCREENPLAY_FACT, "On entry: %s", always);
    for (int32_t i = ways.first; i < ways.first + ways.n; i++) {
        const int32_t from = way_at(w->values, i)->from;
        g_autofree char *differs = values_text(w, ways, i, false);
        const char *colon = *differs ? ": " : "";
        if (from < 0)
            add(w, SCREENPLAY_FACT, "The film begins here%s%s", colon, differs);
        else
            add(w, SCREENPLAY_FACT, "After %d %s%s%s", w->scenes->of[from] + 1, scenes_title(s, from), colon, differs);
    }
}

/* ---- choices and ways ------------------------------------------------------------------------------------------------ */

/* `x -= 1` is stored as adding -1, and `x -= y` as adding y, negated. */
static bool is_subtraction(const struct story *s, const struct story_effect *e)
{
    const struct story_expr *x = &s->exprs[e->value];
    const struct story_code *last = &s->code[x->code.first + x->code.n - 1];
    return e->op == STORY_ADD && x->source[0] != '-' && (last->op == OP_NEG || (last->op == OP_CONST && last->arg < 0));
}

/* "x = 1, y += 2". */
static char *effects_text(const struct story *s, struct story_span span)
{
    GString *out = g_string_new(NULL);
    for (int32_t i = span.first; i < span.first + span.n; i++) {
        const struct story_effect *e = &s->effects[i];
        const char *name = s->vars[e->var].name, *between = out->len ? ", " : "";
        if (e->op == STORY_TOGGLE)
            g_string_append_printf(out, "%stoggle %s", between, name);
        else
            g_string_append_printf(out, "%s%s %s %s", between, name,
                                   e->op == STORY_SET     ? "="
                                   : is_subtraction(s, e) ? "-="
                                                          : "+=",
                                   s->exprs[e->value].source);
    }
    return g_string_free(out, FALSE);
}

static void add_option(struct writing *w, const struct story_decision *d, int32_t i)
{
    const struct story *s = w->p->story;
    const struct story_option *o = &s->options[d->options.first + i];
    static const char *const then[] = {
        [STORY_THEN_AGAIN] = "the film from its beginning",
        [STORY_THEN_NEXT] = "the films that come next",
        [STORY_THEN_LEAVE] = "out of the film",
    };
    g_autofree char *set = effects_text(s, o->run), *to = scenes_target(w->scenes, o->to);
    GString *out = g_string_new(story_text(s, o->text, NULL));
    if (o->when >= 0)
        g_string_append_printf(out, " (only if %s)", s->exprs[o->when].source);
    if (i == d->fallback && !d->timeout.given)
        g_string_append(out, " (if nobody chooses)");
    if (*set)
        g_string_append_printf(out, " [%s]", set);
    if (o->to.kind != STORY_NOWHERE)
        g_string_append_printf(out, " → %s", to);
    if (o->then != STORY_THEN_NOTHING)
        g_string_append_printf(out, " → %s", then[o->then]);
    take(w, SCREENPLAY_OPTION, g_string_free(out, FALSE));
}

static void add_decision(struct writing *w, const struct story_decision *d)
{
    const struct story *s = w->p->story;
    const char *prompt = story_text(s, d->prompt, NULL);
    add(w, SCREENPLAY_CHOICE, "After %.4g s, for %.4g s: %s%s", (double)d->opens_us / 1e6,
        (double)(d->closes_us - d->opens_us) / 1e6, prompt ? prompt : d->name,
        d->cut == STORY_CUT_NOW ? " (cuts at once)" : "");
    for (int32_t i = 0; i < d->options.n; i++)
        add_option(w, d, i);
    if (!d->timeout.given)
        return;
    g_autofree char *set = effects_text(s, d->timeout.run), *to = scenes_target(w->scenes, d->timeout.to);
    add(w, SCREENPLAY_OPTION, "Nobody chooses%s%s%s%s%s", *set ? " [" : "", set, *set ? "]" : "",
        d->timeout.to.kind != STORY_NOWHERE ? " → " : "", d->timeout.to.kind != STORY_NOWHERE ? to : "");
}

static void add_way_out(struct writing *w, const struct story_node *n)
{
    const struct story *s = w->p->story;
    if (n->ending >= 0)
        add(w, SCREENPLAY_TRANSITION, "Ending: %s", story_text(s, s->endings[n->ending].title, NULL));
    if (n->next.kind == STORY_NOWHERE)
        return;
    g_autofree char *to = scenes_target(w->scenes, n->next);
    add(w, SCREENPLAY_TRANSITION, "To %s", to);
}

/* ---- scenes --------------------------------------------------------------------------------------------------------- */

static void add_script(struct writing *w, const char *script)
{
    static const enum screenplay_kind kinds[] = {
        [FOUNTAIN_ACTION] = SCREENPLAY_ACTION,
        [FOUNTAIN_CHARACTER] = SCREENPLAY_CHARACTER,
        [FOUNTAIN_PARENTHETICAL] = SCREENPLAY_PARENTHETICAL,
        [FOUNTAIN_DIALOGUE] = SCREENPLAY_DIALOGUE,
        [FOUNTAIN_TRANSITION] = SCREENPLAY_TRANSITION,
        [FOUNTAIN_HEADING] = SCREENPLAY_ACTION,
        [FOUNTAIN_NOTE] = SCREENPLAY_NOTE,
    };
    g_autoptr(GPtrArray) lines = script ? fountain_parse(script) : g_ptr_array_new();
    for (guint i = 0; i < lines->len; i++) {
        const struct fountain_line *l = lines->pdata[i];
        take(w, kinds[l->kind], g_strdup(l->text));
    }
}

static void add_notes(struct writing *w, int32_t node)
{
    const struct story *s = w->p->story;
    for (int32_t i = 0; i < s->n_notes; i++)
        if (s->notes[i].node == node)
            add(w, SCREENPLAY_NOTE, "%s: %s", s->notes[i].todo ? "To do" : "Note", s->notes[i].text);
}

static void add_scene(struct writing *w, int32_t node)
{
    const struct story *s = w->p->story;
    const struct story_node *n = &s->nodes[node];
    add(w, SCREENPLAY_SCENE, "%s", scenes_title(s, node));
    add(w, SCREENPLAY_FACT, "Node %s", n->name);
    add_clip(w, n);
    add_props(w, n);
    if (w->values)
        add_state(w, node);
    add_notes(w, node);
    add_script(w, n->script);
    for (int32_t i = 0; i < n->decisions.n; i++)
        add_decision(w, &s->decisions[n->decisions.first + i]);
    add_way_out(w, n);
}

/* Under what a scene stands: its role, if it has one, else its act. NULL: neither, and it comes before all acts. */
static const char *heading_of(const struct scenes *scenes, int32_t node)
{
    static const char *const roles[] = {[STORY_ROLE_CREDITS] = "Credits", [STORY_ROLE_POST_PLAY] = "After the film"};
    const struct story *s = scenes->story;
    const struct story_node *n = &s->nodes[node];
    if (n->role != STORY_ROLE_NONE)
        return roles[n->role];
    if (n->act < 0 && scenes->acts[node] == s->n_acts)
        return "Without an act";
    return story_act_title(s, n->act, NULL);
}

struct screenplay *screenplay_new(const struct scenes *scenes, const struct entry_values *values)
{
    const struct story *s = scenes->story;
    struct screenplay *p = g_new(struct screenplay, 1);
    *p = (struct screenplay){s, g_ptr_array_new_with_free_func(free_block)};
    struct writing w = {p, scenes, values, -1};
    const char *heading = NULL;
    add_notes(&w, -1);
    for (int32_t i = 0; i < scenes->n; i++) {
        const char *under = heading_of(scenes, scenes->nodes[i]);
        if (under && under != heading) {
            w.scene = -1;
            add(&w, SCREENPLAY_ACT, "%s", under);
        }
        heading = under;
        w.scene = i;
        add_scene(&w, scenes->nodes[i]);
    }
    return p;
}

void screenplay_free(struct screenplay *p)
{
    if (!p)
        return;
    g_ptr_array_unref(p->blocks);
    g_free(p);
}

/* ---- Fountain ------------------------------------------------------------------------------------------------------- */

/* What Fountain would read as a mark of its own, at the beginning of a line. */
static const char *force(enum screenplay_kind kind)
{
    static const char *const marks[] = {
        [SCREENPLAY_ACT] = "\n# ",           [SCREENPLAY_SCENE] = "\n.",  [SCREENPLAY_FACT] = "\n= ",
        [SCREENPLAY_NOTE] = "\n[[",          [SCREENPLAY_ACTION] = "\n!", [SCREENPLAY_CHARACTER] = "\n@",
        [SCREENPLAY_PARENTHETICAL] = "",     [SCREENPLAY_DIALOGUE] = "",  [SCREENPLAY_TRANSITION] = "\n> ",
        [SCREENPLAY_CHOICE] = "\n!CHOICE. ", [SCREENPLAY_OPTION] = "!— "};
    return marks[kind];
}

void screenplay_fountain(const struct screenplay *p, GString *out)
{
    const struct story *s = p->story;
    g_autofree char *title = one_line(g_strdup(story_text(s, s->title, NULL))),
                    *version = one_line(g_strdup(s->version));
    g_string_append_printf(out, "Title: %s\n", title);
    if (*version)
        g_string_append_printf(out, "Draft date: version %s\n", version);
    for (guint i = 0; i < p->blocks->len; i++) {
        const struct screenplay_block *b = p->blocks->pdata[i];
        g_autofree char *capitals = b->kind == SCREENPLAY_SCENE ? g_utf8_strup(b->text, -1) : g_strdup(b->text);
        g_string_append_printf(out, "%s%s", force(b->kind), capitals);
        if (b->kind == SCREENPLAY_SCENE)
            g_string_append_printf(out, " #%d#", b->scene + 1);
        g_string_append(out, b->kind == SCREENPLAY_NOTE ? "]]\n" : "\n");
    }
}

/* ---- HTML ----------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *tag, *class;
} elements[] = {
    [SCREENPLAY_ACT] = {"h2", "act"},
    [SCREENPLAY_SCENE] = {"h3", "scene"},
    [SCREENPLAY_FACT] = {"p", "fact"},
    [SCREENPLAY_NOTE] = {"p", "note"},
    [SCREENPLAY_ACTION] = {"p", "action"},
    [SCREENPLAY_CHARACTER] = {"p", "character"},
    [SCREENPLAY_PARENTHETICAL] = {"p", "parenthetical"},
    [SCREENPLAY_DIALOGUE] = {"p", "dialogue"},
    [SCREENPLAY_TRANSITION] = {"p", "transition"},
    [SCREENPLAY_CHOICE] = {"p", "choice"},
    [SCREENPLAY_OPTION] = {"p", "option"},
};

void screenplay_html(const struct screenplay *p, GString *out)
{
    const struct story *s = p->story;
    const char *language = story_language(s, NULL);
    g_string_append(out, "<!DOCTYPE html>\n<html lang=\"");
    safe_markup(out, language ? language : "");
    g_string_append(out,
                    "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
                    "<title>");
    safe_markup(out, story_text(s, s->title, NULL));
    g_string_append_printf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>",
                           embedded_file("engine/shoot/screenplay.css")->text);
    safe_markup(out, story_text(s, s->title, NULL));
    g_string_append(out, "</h1>\n");
    for (guint i = 0; i < p->blocks->len; i++) {
        const struct screenplay_block *b = p->blocks->pdata[i];
        g_string_append_printf(out, "<%s class=\"%s\">", elements[b->kind].tag, elements[b->kind].class);
        if (b->kind == SCREENPLAY_SCENE)
            g_string_append_printf(out, "<span class=\"number\">%d</span> ", b->scene + 1);
        safe_markup(out, b->text);
        g_string_append_printf(out, "</%s>\n", elements[b->kind].tag);
    }
    g_string_append(out, "</body>\n</html>\n");
}
