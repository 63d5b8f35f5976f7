#include "player/inspector.h"

#include "base/units.h"
#include "play/explain.h"
#include "player/extra_time.h"
#include "rehearse/describe.h"

#include <assert.h>
#include <string.h>

/* More lines would be too small to read. */
#define LINES_MAX  44
#define LINE_CHARS 110
/* What it says is found anew this often: where a way leads is a copy of the story's options for each option. */
#define FRESH_US (US_PER_SECOND / 5)

struct change {
    int32_t was;    /* the value before */
    uint32_t order; /* the larger, the later; 0: it never changed */
};

struct inspector {
    const struct story *s;
    struct change *changes; /* of each variable */
    int32_t *order;         /* the variables, in the order in which they are shown */
    uint32_t last;
    GPtrArray *lines;
    int64_t made_us;
    bool holds; /* decisions are held open */
};

struct inspector *inspector_new(const struct story *s)
{
    struct inspector *i = g_new0(struct inspector, 1);
    i->s = s;
    i->changes = g_new0(struct change, (gsize)s->n_vars + 1);
    i->order = g_new0(int32_t, (gsize)s->n_vars + 1);
    for (int32_t k = 0; k < s->n_vars; k++)
        i->order[k] = k;
    i->lines = g_ptr_array_new_with_free_func(g_free);
    return i;
}

void inspector_free(struct inspector *i)
{
    if (!i)
        return;
    g_ptr_array_unref(i->lines);
    g_free(i->order);
    g_free(i->changes);
    g_free(i);
}

/* The variable comes to the front of the order. */
static void put_first(struct inspector *i, int32_t variable)
{
    int32_t at = 0;
    while (i->order[at] != variable)
        at++;
    assert(at < i->s->n_vars);
    memmove(i->order + 1, i->order, (size_t)at * sizeof *i->order);
    i->order[0] = variable;
}

void inspector_effect(struct inspector *i, const struct play_effect *fx)
{
    i->made_us = 0;
    if (fx->kind != PLAY_DID_SET || fx->set.old_value == fx->set.new_value)
        return;
    i->changes[fx->set.variable] = (struct change){fx->set.old_value, ++i->last};
    put_first(i, fx->set.variable);
}

/* ---- the lines --------------------------------------------------------------------------------------------------- */

/* A line, broken at blanks where it is too long; what goes on is indented. */
static void add_line(struct inspector *i, const char *text)
{
    g_autofree char *rest = g_strdup(text);
    for (char *p = rest; i->lines->len < LINES_MAX;) {
        char *end = p;
        char *blank = NULL;
        for (int n = 0; *end && n < LINE_CHARS; n++, end = g_utf8_next_char(end))
            if (*end == ' ' && n > LINE_CHARS / 2)
                blank = end;
        if (*end && blank)
            end = blank;
        const bool more = *end != '\0';
        g_ptr_array_add(i->lines, g_strdup_printf("%s%.*s", p == rest ? "" : "      ", (int)(end - p), p));
        if (!more)
            return;
        p = end + (*end == ' ');
    }
}

static void add_lines(struct inspector *i, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int k = 0; lines[k]; k++)
        if (*lines[k])
            add_line(i, lines[k]);
}

static void add_place(struct inspector *i, const struct film *f)
{
    g_autofree char *at = units_clock_exact(MAX(film_pos_us(f), 0)), *of = units_clock_exact(film_length_us(f));
    const char *missing = film_missing_file(f);
    g_autofree char *line = g_strdup_printf("%s   %s of %s%s%s", film_node_name(f), at, of,
                                            missing ? "   slate for " : "", missing ? missing : "");
    add_line(i, line);
}

/* "trust = 3 (was 2)   lit = true …", what changed last first. */
static void add_state(struct inspector *i, const int32_t *state)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (int32_t k = 0; k < i->s->n_vars; k++) {
        const int32_t v = i->order[k];
        g_autofree char *is = explain_value(i->s, v, state[PLAY_VALUES + v]),
                        *was = explain_value(i->s, v, i->changes[v].was);
        g_string_append_printf(line, "%s%s = %s", k ? "   " : "", i->s->vars[v].name, is);
        if (i->changes[v].order > 0)
            g_string_append_printf(line, i->changes[v].order == i->last ? " (was %s, last)" : " (was %s)", was);
    }
    if (line->len > 0)
        add_line(i, line->str);
}

static void add_ways(struct inspector *i, const int32_t *state)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const struct description w = {i->s, NULL, out};
    if (state[PLAY_PHASE] == PLAY_RUNNING)
        describe_reasons(&w, state);
    add_lines(i, out->str);
}

static void add_warm(struct inspector *i, struct film *f)
{
    struct film_stats fs;
    g_autoptr(GString) line = g_string_new("warm:");
    film_stats(f, &fs);
    for (int k = 0; k < MIN(fs.playout.deck.n, DECK_STATS_CLIPS); k++) {
        const struct deck_stats_clip *c = &fs.playout.deck.clip[k];
        g_autofree char *name = c->path ? g_path_get_basename(c->path) : g_strdup("(no picture)");
        const bool warm = c->opened && c->clip.state != CLIP_OPENING && c->clip.state != CLIP_FAILED;
        g_string_append_printf(line, "%s %s%s", k ? "," : "", name, warm ? "" : " (not yet)");
    }
    if (fs.playout.deck.n > 0)
        add_line(i, line->str);
}

static void add_coming(struct inspector *i, const struct film *f)
{
    static const char *const what[] = {
        [WAY_CHOICE] = "a decision opens", [WAY_END] = "the film ends", [WAY_UNKNOWN] = "the next clip begins"};
    const struct way_ahead way = film_way_ahead(f);
    g_autofree char *time = units_clock_exact(MAX(way.sure_us, 0));
    g_autofree char *line = film_choice(f)->menu.decision >= 0 || way.sure_us <= 0
                                ? NULL
                                : g_strdup_printf("comes: in %s %s", time, what[way.then]);
    if (line)
        add_line(i, line);
}

static void make_lines(struct inspector *i, struct film *f)
{
    const int32_t *state = film_state(f);
    g_ptr_array_set_size(i->lines, 0);
    add_place(i, f);
    add_state(i, state);
    add_ways(i, state);
    add_coming(i, f);
    add_warm(i, f);
    if (i->holds)
        add_line(i, "decisions are held open");
    add_line(i, "F12: without this   Shift+F12: set a variable, jump to a node, hold decisions open");
}

void inspector_view(struct inspector *i, struct film *f, int64_t now_us, struct view *v)
{
    if (i->made_us == 0 || now_us - i->made_us >= FRESH_US) {
        make_lines(i, f);
        i->made_us = now_us;
    }
    v->stats = (const char *const *)i->lines->pdata;
    v->stat_count = (int)i->lines->len;
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

enum item {
    ITEM_GO_ON = 1,
    ITEM_HOLD,
    ITEM_JUMP,             /* to the list of nodes */
    ITEM_VARIABLES = 1000, /* and on */
    ITEM_NODES = 1000000   /* and on */
};

/* The page shows as many things of a kind. */
#define ITEMS_MAX (VIEW_ITEMS_MAX - 8)

static void fill_main(const struct inspector *i, const struct film *f, struct page *p)
{
    const int32_t *state = film_state(f);
    page_begin(p, "Inspector", film_node_name(f), NULL);
    page_add(p, &(struct page_item){.id = ITEM_GO_ON, .kind = VIEW_ITEM_ACTION, .text = "On with the film"});
    page_add(p, &(struct page_item){.id = ITEM_JUMP, .kind = VIEW_ITEM_ACTION, .text = "Jump to a node …"});
    page_add(p, &(struct page_item){.id = ITEM_HOLD,
                                    .kind = VIEW_ITEM_SETTING,
                                    .text = "Hold decisions open",
                                    .value = i->holds ? "yes" : "no",
                                    .less = i->holds,
                                    .more = !i->holds});
    for (int32_t v = 0; v < MIN(i->s->n_vars, ITEMS_MAX); v++) {
        const struct story_var *var = &i->s->vars[v];
        const int32_t value = state[PLAY_VALUES + v];
        g_autofree char *words = explain_value(i->s, v, value);
        page_add(p, &(struct page_item){.id = ITEM_VARIABLES + v,
                                        .kind = VIEW_ITEM_SETTING,
                                        .text = var->name,
                                        .value = words,
                                        .less = value > var->min,
                                        .more = value < var->max});
    }
    page_end(p);
}

static void fill_nodes(const struct inspector *i, struct page *p)
{
    page_begin(p, "Inspector", "Jump to a node", NULL);
    for (int32_t n = 0; n < MIN(i->s->n_nodes, ITEMS_MAX); n++)
        page_add(p, &(struct page_item){.id = ITEM_NODES + n,
                                        .kind = VIEW_ITEM_ACTION,
                                        .text = i->s->nodes[n].name,
                                        .note = story_text(i->s, i->s->nodes[n].title, NULL)});
    page_end(p);
}

static void hold(struct inspector *i, const struct pages *pages, struct film *f)
{
    i->holds = !i->holds;
    film_set_time_factor(f, i->holds ? EXTRA_TIME_NO_LIMIT : controls_time_factor(pages->controls));
}

/* From the last value to the first, where the step says so. */
static void step_variable(const struct inspector *i, struct film *f, int32_t variable, int step)
{
    const struct story_var *v = &i->s->vars[variable];
    const int32_t now = film_state(f)[PLAY_VALUES + variable];
    const int32_t next = step ? now + step : now == v->max ? v->min : now + 1;
    film_change(f, variable, CLAMP(next, v->min, v->max));
}

void inspector_page_show(struct inspector *i, const struct pages *pages, struct film *f)
{
    struct page *p = page_new();
    bool nodes = false;
    for (bool open = true; open && !pages_over(pages);) {
        if (nodes)
            fill_nodes(i, p);
        else
            fill_main(i, f, p);
        const struct page_answer asked = pages_wait(pages, p);
        const bool takes = asked.asks == PAGE_TAKE || asked.asks == PAGE_STEP;
        if (asked.asks == PAGE_BACK || (takes && asked.id == ITEM_JUMP)) {
            open = asked.asks != PAGE_BACK || nodes;
            nodes = !nodes && open;
            pages_turn(pages, p);
        } else if (takes && asked.id == ITEM_HOLD) {
            hold(i, pages, f);
        } else if (takes && asked.id >= ITEM_NODES) {
            open = !film_jump(f, asked.id - ITEM_NODES);
        } else if (takes && asked.id >= ITEM_VARIABLES) {
            step_variable(i, f, asked.id - ITEM_VARIABLES, asked.asks == PAGE_STEP ? asked.step : 0);
        } else if (takes) {
            open = false;
        }
    }
    controls_question_closed(pages->controls);
    page_free(p);
}
