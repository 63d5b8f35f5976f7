#include "explore/flow_words.h"

#include "explore/graphviz.h"

/* How many characters a line of an arrow's label has. */
#define ARROW_CHARS  22
#define CHAIN_TITLES 4 /* of a chain; of a longer one the first ones and the last */

const char *flow_words_title(const struct flow_drawing *d, int32_t node)
{
    const struct story *s = d->f->s;
    const struct story_node *n = &s->nodes[node];
    const char *title = story_text(s, n->title, d->o->language);
    if (!title && n->ending >= 0)
        title = story_text(s, s->endings[n->ending].title, d->o->language);
    return title ? title : n->name;
}

const char *flow_words_box_title(const struct flow_drawing *d, int32_t box)
{
    const struct flow_box *b = &d->f->boxes[box];
    return b->route >= 0 ? d->f->s->routes[b->route].name : flow_words_title(d, b->first_node);
}

const struct flowchart_mark *flow_words_mark(const struct flow_drawing *d, int32_t box)
{
    const int32_t node = d->f->boxes[box].first_node;
    return node >= 0 && d->o->marks && d->o->marks[node].text ? &d->o->marks[node] : NULL;
}

static void add_chain_titles(const struct flow_drawing *d, const struct flow_box *b, GString *out)
{
    g_autoptr(GString) all = g_string_new(NULL);
    int32_t i = 0;
    for (int32_t node = b->first_node; node >= 0; node = d->f->next_of[node], i++) {
        const bool shown = b->n_nodes <= CHAIN_TITLES || i < CHAIN_TITLES - 2 || node == b->last_node;
        if (shown)
            g_string_append_printf(all, "%s%s", i > 0 ? " → " : "", flow_words_title(d, node));
        else if (i == CHAIN_TITLES - 2)
            g_string_append_printf(all, " → … %d more …", b->n_nodes - CHAIN_TITLES + 1);
    }
    graphviz_wrap(out, all->str, FLOW_WORDS_CHARS, FLOW_WORDS_LINES + 1);
}

static void add_questions(const struct flow_drawing *d, const struct flow_box *b, GString *out)
{
    const struct story *s = d->f->s;
    const struct story_span decisions = s->nodes[b->last_node].decisions;
    for (int32_t i = 0; i < decisions.n; i++) {
        const char *prompt = story_text(s, s->decisions[decisions.first + i].prompt, d->o->language);
        if (!prompt)
            continue;
        g_string_append(out, "\n– ");
        graphviz_wrap(out, prompt, FLOW_WORDS_CHARS, FLOW_WORDS_LINES);
    }
}

char *flow_words_box_label(const struct flow_drawing *d, int32_t box)
{
    const struct flow_box *b = &d->f->boxes[box];
    const struct flowchart_mark *mark = flow_words_mark(d, box);
    GString *out = g_string_new(box == d->f->start            ? "▶ "
                                : flow_ending(d->f, box) >= 0 ? "■ "
                                : b->route >= 0               ? "◇ "
                                                              : "");
    if (b->route >= 0) {
        graphviz_wrap(out, flow_words_box_title(d, box), FLOW_WORDS_CHARS, FLOW_WORDS_LINES);
    } else {
        add_chain_titles(d, b, out);
        if (flow_role(d->f, box) != STORY_ROLE_NONE)
            g_string_append(out, flow_role(d->f, box) == STORY_ROLE_CREDITS ? "\n(credits)" : "\n(after the film)");
        add_questions(d, b, out);
    }
    if (b->loops > 0)
        g_string_append_printf(out, "\n↺ %d %s back here", b->loops, b->loops == 1 ? "way" : "ways");
    if (mark) {
        g_string_append(out, "\n⚠ ");
        graphviz_wrap(out, mark->text, FLOW_WORDS_CHARS, FLOW_WORDS_LINES);
    }
    return g_string_free(out, FALSE);
}

/* The text of a way: its option's, or the condition of its part of a route. NULL: there is nothing to say. To be freed. */
static char *way_text(const struct flow_drawing *d, const struct flow_way *w)
{
    const struct story *s = d->f->s;
    const struct story_part *p = w->part >= 0 ? &s->parts[w->part] : NULL;
    if (w->option >= 0) {
        const struct story_option *o = &s->options[w->option];
        const char *text = story_text(s, o->text, d->o->language);
        return g_strdup(text ? text : o->name);
    }
    if (p && p->when >= 0)
        return g_strdup_printf("if %s", s->exprs[p->when].source);
    return NULL;
}

char *flow_words_arrow_label(const struct flow_drawing *d, const struct flow_arrow *a, int32_t lines)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    int32_t n = 0;
    for (int32_t i = a->first; i < a->first + a->n; i++) {
        char *text = way_text(d, &d->f->ways[i]);
        if (!text || !g_hash_table_add(said, text) || n++ >= lines)
            continue;
        if (n > 1)
            g_string_append_c(out, '\n');
        graphviz_wrap(out, text, ARROW_CHARS, 1);
    }
    if (n > lines)
        g_string_append_printf(out, "\n… %d more", n - lines);
    return g_string_free(out, FALSE);
}

char *flow_words_part_title(const struct flow_drawing *d, int32_t part)
{
    const struct story *s = d->f->s;
    const struct flow_part *p = &d->parts->parts[part];
    g_autoptr(GString) entry = g_string_new(NULL);
    const char *act = story_act_title(s, p->act, d->o->language);
    graphviz_wrap(entry, flow_words_box_title(d, p->entry), FLOW_WORDS_CHARS, 1);
    if (p->lost)
        return g_strdup_printf("%d: nothing leads here", part + 1);
    if (!act)
        return g_strdup_printf("%d: from %s", part + 1, entry->str);
    return p->piece > 0 ? g_strdup_printf("%d: %s (%d), from %s", part + 1, act, p->piece, entry->str)
                        : g_strdup_printf("%d: %s", part + 1, act);
}
