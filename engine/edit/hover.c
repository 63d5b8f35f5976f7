#include "edit/hover.h"

#include "base/units.h"

#include <string.h>

#define PLACES_MAX 12 /* of uses that are listed */

void hover_append(GString *out, const char *text)
{
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (c < 0x80 && strchr("\\`*_{}[]<>()#+-.!|~", (int)c))
            g_string_append_c(out, '\\');
        g_string_append_unichar(out, c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
    }
}

static void append_name(GString *out, const char *name)
{
    g_string_append_printf(out, "`%s`", name);
}

static void append_time(GString *out, int64_t us)
{
    g_autofree char *words = units_clock_exact(us);
    g_string_append(out, words);
}

/* ---- ways -------------------------------------------------------------------------------------------------------- */

static void append_target(const struct story *s, struct story_target to, int depth, GString *out)
{
    switch (to.kind) {
    case STORY_NOWHERE:
        g_string_append(out, "the node's `next`");
        break;
    case STORY_TO_NODE:
        append_name(out, s->nodes[to.index].name);
        if (s->nodes[to.index].title >= 0) {
            g_string_append_c(out, ' ');
            hover_append(out, story_text(s, s->nodes[to.index].title, NULL));
        }
        break;
    case STORY_TO_BACK:
        g_string_append_printf(out, "back to `%s`", s->decisions[to.index].name);
        break;
    case STORY_TO_AGAIN:
        g_string_append_printf(out, "`%s` again", s->decisions[to.index].name);
        break;
    case STORY_TO_ROUTE: {
        const struct story_route *r = &s->routes[to.index];
        if (r->name)
            g_string_append_printf(out, "route `%s`: ", r->name);
        for (int32_t i = 0; i < r->parts.n && depth < 2; i++) {
            const struct story_part *p = &s->parts[r->parts.first + i];
            g_string_append(out, i == 0 ? "" : r->random ? ", or by chance " : ", else ");
            append_target(s, p->to, depth + 1, out);
            if (p->when >= 0)
                g_string_append_printf(out, " if `%s`", s->exprs[p->when].source);
        }
        break;
    }
    }
}

static void append_options(const struct story *s, const struct story_decision *d, GString *out)
{
    for (int32_t i = 0; i < d->options.n; i++) {
        const struct story_option *o = &s->options[d->options.first + i];
        g_string_append_printf(out, "- `%s` ", o->name);
        if (o->text >= 0)
            hover_append(out, story_text(s, o->text, NULL));
        g_string_append(out, " → ");
        append_target(s, o->to.kind == STORY_NOWHERE ? s->nodes[d->node].next : o->to, 0, out);
        if (o->when >= 0)
            g_string_append_printf(out, ", only if `%s`", s->exprs[o->when].source);
        g_string_append(out, i == d->fallback ? " (default)\n" : "\n");
    }
}

static void append_decision(const struct story *s, const struct story_decision *d, GString *out)
{
    if (d->prompt >= 0) {
        hover_append(out, story_text(s, d->prompt, NULL));
        g_string_append(out, "\n\n");
    }
    g_string_append(out, "open from ");
    append_time(out, d->opens_us);
    g_string_append(out, " to ");
    append_time(out, d->closes_us);
    g_string_append(out, "\n\n");
    append_options(s, d, out);
}

/* ---- uses -------------------------------------------------------------------------------------------------------- */

static bool is_any(const struct name_use *u)
{
    return !u->declares;
}
static bool is_write(const struct name_use *u)
{
    return !u->declares && u->writes;
}
static bool is_read(const struct name_use *u)
{
    return !u->declares && !u->writes;
}

/* "`home` (line 12)"; the file, where it is another one. */
static void append_place(const struct hover_source *s, const struct name_use *u, const struct name_use *from,
                         GString *out)
{
    g_autofree char *file = g_path_get_basename(((const struct names_file *)s->names->files->pdata[u->file])->path);
    if (u->node || u->key)
        g_string_append_printf(out, "`%s` ", u->node ? u->node : u->key);
    if (u->file == from->file) {
        g_string_append_printf(out, "(line %u)", u->line);
        return;
    }
    g_string_append_c(out, '(');
    hover_append(out, file);
    g_string_append_printf(out, ", line %u)", u->line);
}

/* "set in: `home` (line 12), …" */
static void append_uses(const struct hover_source *s, const struct name_use *of, const char *title, const char *none,
                        bool (*wanted)(const struct name_use *u), GString *out)
{
    const GArray *all = names_of(s->names, of->kind, of->owner, of->name);
    guint n = 0;
    for (guint i = 0; all && i < all->len; i++) {
        const struct name_use *u = names_use(s->names, g_array_index(all, guint, i));
        if (!wanted(u) || n++ >= PLACES_MAX)
            continue;
        g_string_append(out, n == 1 ? title : ", ");
        append_place(s, u, of, out);
    }
    if (n > PLACES_MAX)
        g_string_append_printf(out, " and %u more", n - PLACES_MAX);
    g_string_append(out, n ? "\n\n" : none);
}

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

static void append_clip(const struct hover_source *s, int32_t node, GString *out)
{
    const struct story_clip *c = &s->story->nodes[node].clip;
    const int64_t length = s->lengths ? s->lengths[node] : US_NONE;
    if (c->kind == STORY_SILENT) {
        g_string_append(out, "no clip: it takes no time\n\n");
        return;
    }
    if (c->kind == STORY_CARD)
        g_string_append(out, "a card");
    else
        hover_append(out, c->path);
    g_string_append(out, ", ");
    if (length == US_NONE)
        g_string_append(out, "its length is not known");
    else
        append_time(out, length);
    g_string_append(out, "\n\n");
}

static void append_node(const struct hover_source *s, const struct name_use *u, GString *out)
{
    const int32_t at = s->story ? story_find_node(s->story, u->name) : -1;
    if (at >= 0) {
        const struct story_node *n = &s->story->nodes[at];
        append_clip(s, at, out);
        for (int32_t i = 0; i < n->decisions.n; i++)
            append_decision(s->story, &s->story->decisions[n->decisions.first + i], out);
        if (n->decisions.n)
            g_string_append_c(out, '\n');
        if (n->next.kind != STORY_NOWHERE) {
            g_string_append(out, "then → ");
            append_target(s->story, n->next, 0, out);
            g_string_append(out, "\n\n");
        }
        if (n->ending >= 0)
            g_string_append_printf(out, "the ending `%s`\n\n", s->story->endings[n->ending].name);
    }
    append_uses(s, u, "from: ", "nothing leads here\n\n", is_any, out);
}

static void append_route(const struct hover_source *s, const struct name_use *u, GString *out)
{
    for (int32_t i = 0; s->story && i < s->story->n_routes; i++)
        if (g_strcmp0(s->story->routes[i].name, u->name) == 0) {
            g_string_append(out, "→ ");
            append_target(s->story, (struct story_target){STORY_TO_ROUTE, i}, 0, out);
            g_string_append(out, "\n\n");
        }
    append_uses(s, u, "from: ", "nothing leads here\n\n", is_any, out);
}

static void append_option(const struct hover_source *s, const struct name_use *u, GString *out)
{
    const int32_t d = s->story && u->owner ? story_find_decision(s->story, u->owner) : -1;
    const int32_t o = d >= 0 ? story_find_option(s->story, d, u->name) : -1;
    if (o < 0)
        return;
    const struct story_decision *decision = &s->story->decisions[d];
    const struct story_option *option = &s->story->options[decision->options.first + o];
    g_string_append(out, "→ ");
    append_target(s->story, option->to.kind == STORY_NOWHERE ? s->story->nodes[decision->node].next : option->to, 0,
                  out);
    g_string_append(out, "\n\n");
    append_uses(s, u, "asked for in: ", "", is_read, out);
}

static void append_variable(const struct hover_source *s, const struct name_use *u, GString *out)
{
    const int32_t at = s->story ? story_find_var(s->story, u->name) : -1;
    const struct story_var *v = at >= 0 ? &s->story->vars[at] : NULL;
    if (v && v->type == STORY_INT)
        g_string_append_printf(out, "a number from %d to %d, at first %d\n\n", v->min, v->max, v->initial);
    else if (v && v->type == STORY_BOOL)
        g_string_append_printf(out, "true or false, at first %s\n\n", v->initial ? "true" : "false");
    else if (v)
        for (int32_t i = 0; i < v->values.n; i++)
            g_string_append_printf(out, "%s`%s`%s%s", i ? ", " : "one of ", s->story->names[v->values.first + i],
                                   i == v->initial ? " (at first)" : "", i + 1 == v->values.n ? "\n\n" : "");
    append_uses(s, u, "set in: ", "nothing sets it\n\n", is_write, out);
    append_uses(s, u, "read in: ", "nothing reads it\n\n", is_read, out);
}

void hover_name(const struct hover_source *s, const struct name_use *u, GString *out)
{
    const struct name_use *d = names_declaration(s->names, u->kind, u->owner, u->name);
    const bool route = d && d->is_route;
    const int32_t decision = u->kind == NAME_DECISION && s->story ? story_find_decision(s->story, u->name) : -1;
    g_string_append_printf(out, "%s **`%s`**", route ? "route" : name_kind_word(u->kind), u->name);
    if (u->owner)
        g_string_append_printf(out, " of `%s`", u->owner);
    if (d && d->title) {
        g_string_append(out, ": ");
        hover_append(out, d->title);
    }
    g_string_append(out, "\n\n");
    if (route)
        append_route(s, u, out);
    else if (u->kind == NAME_NODE)
        append_node(s, u, out);
    else if (decision >= 0)
        append_decision(s->story, &s->story->decisions[decision], out);
    else if (u->kind == NAME_OPTION)
        append_option(s, u, out);
    else if (u->kind == NAME_VARIABLE)
        append_variable(s, u, out);
    else
        append_uses(s, u, "used in: ", "nothing uses it\n\n", is_any, out);
}
