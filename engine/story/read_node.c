#include "story/read_node.h"

#include "story/limits.h"
#include "story/read_clip.h"
#include "story/read_decision.h"
#include "story/read_inscription.h"
#include "story/read_route.h"

#include <assert.h>
#include <string.h>

struct at_draft {
    int64_t at_us;
    const struct yml_node *time; /* value, or NULL */
    struct story_span run;
    const struct yml_node *run_node; /* `do` and `when` */
    int32_t when;
    bool timed;
};

struct node_draft {
    struct story_node n;
    int32_t medium;
    const struct yml_node *clip, *at, *decision, *decisions, *inscriptions, *next, *ending; /* keys, or NULL */
    const struct yml_node *role;                                                            /* its key, or NULL */
    GArray *ats;     /* struct at_draft, by time */
    GArray *asked;   /* struct story_decision, by time */
    GArray *windows; /* struct decision_window, of each */
};

/* ---- keys ----------------------------------------------------------------------------------------------------- */

static void node_title(struct builder *b, const struct yml_node *key, void *into)
{
    struct node_draft *in = into;
    const char *text = read_text(b, key->value, STORY_TEXT_BYTES_MAX);
    if (text)
        in->n.title = builder_add_text(b, key->value, text, "node", in->n.name, NULL, "title");
}

static void node_clip(struct builder *b, const struct yml_node *key, void *into)
{
    struct node_draft *in = into;
    in->clip = key;
    read_clip(b, key, in->n.name, &in->n.clip, &in->medium);
}

static void node_inscriptions(struct builder *b, const struct yml_node *key, void *into)
{
    struct node_draft *in = into;
    in->inscriptions = key;
    in->n.inscriptions = read_inscriptions(b, key, in->n.name);
}

static void node_props(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct node_draft *)into)->n.props = read_used_props(b, key->value, b->node_props);
}

static void node_act(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct node_draft *)into)->n.act = read_act(b, key->value);
}

static void node_enter(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct node_draft *)into)->n.enter = read_effects(b, key->value);
}

static void node_next(struct builder *b, const struct yml_node *key, void *into)
{
    struct node_draft *in = into;
    in->next = key;
    in->n.next = read_target(b, key->value);
}

static void node_was(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct node_draft *)into)->n.was = read_was(b, key->value, false);
}

/* The first word of the line is in capitals, and more follows: the name of who speaks, which has lost its line end? */
static bool begins_with_capitals(const char *line, size_t *len)
{
    *len = 0;
    for (; g_unichar_isupper(g_utf8_get_char(line + *len)); *len = (size_t)(g_utf8_next_char(line + *len) - line))
        ;
    return g_utf8_strlen(line, (gssize)*len) > 1 && line[*len] == ' ';
}

static void warn_joined(struct builder *b, const struct yml_node *v, const char *text)
{
    size_t len;
    for (const char *line = text; v->folded && line; line = strchr(line, '\n')) {
        line += line[0] == '\n';
        if (!begins_with_capitals(line, &len))
            continue;
        builder_error(b, v, "W614", "write `|`, which keeps the lines",
                      "`>` joins the lines, so `%.*s` is not on a line of its own, and nobody speaks", (int)len, line);
        return;
    }
}

static void node_script(struct builder *b, const struct yml_node *key, void *into)
{
    const char *text = read_text(b, key->value, STORY_SCRIPT_BYTES_MAX);
    if (text)
        warn_joined(b, key->value, text);
    ((struct node_draft *)into)->n.script = text ? builder_keep(b, text) : NULL;
}

/* ---- at ------------------------------------------------------------------------------------------------------- */

static void at_time(struct builder *b, const struct yml_node *key, void *into)
{
    struct at_draft *in = into;
    in->time = key->value;
    in->timed = read_time(b, key->value, &in->at_us);
}

static void at_do(struct builder *b, const struct yml_node *key, void *into)
{
    (void)b;
    (void)key;
    (void)into; /* at_effects() reads `do` and `when` together */
}

static const struct read_row at_rows[] = {{"time", at_time, true},
                                          {"do", at_do, true},
                                          {"when", at_do, false},
                                          {"note", read_note, false},
                                          {NULL, NULL, false}};

/* An `at` without its time is an effect with `do` and `when`, and is read as one. */
static struct story_span at_effects(struct builder *b, const struct yml_node *v)
{
    const struct yml_node *run = read_find(v, "do"), *when = read_find(v, "when");
    if (!run || run->value->kind == YML_BROKEN)
        return (struct story_span){0, 0};
    struct yml_node when_key = {0}, do_key = *run;
    struct yml_node map = {
        .kind = YML_MAP, .file = v->file, .line = v->line, .col = v->col, .width = 1, .len = 1, .first = &do_key};
    do_key.next = NULL;
    if (when && when->value->kind != YML_BROKEN) {
        when_key = *when;
        when_key.next = NULL;
        do_key.next = &when_key;
    }
    return read_effects(b, &map);
}

static void node_at(struct builder *b, const struct yml_node *key, void *into)
{
    struct node_draft *in = into;
    in->at = key;
    for (const struct yml_node *v = read_first(key->value); v; v = read_next(key->value, v)) {
        struct at_draft at = {0};
        if (!read_map(b, v, at_rows, &at, "an `at`", v))
            continue;
        at.run = at_effects(b, v);
        if (!at.timed)
            continue;
        /* Sorted by time; moments of the same time stay in the order written. */
        guint i = in->ats->len;
        while (i > 0 && g_array_index(in->ats, struct at_draft, i - 1).at_us > at.at_us)
            i--;
        g_array_insert_val(in->ats, i, at);
    }
}

/* ---- decisions ------------------------------------------------------------------------------------------------ */

static void add_decision(struct builder *b, struct node_draft *in, const struct yml_node *v)
{
    struct story_decision d;
    struct decision_window w;
    if (!read_decision(b, v, &d, &w)) {
        b->targets_broken = true;
        return;
    }
    guint i = in->asked->len;
    while (i > 0 && w.timed && g_array_index(in->asked, struct story_decision, i - 1).opens_us > d.opens_us)
        i--;
    g_array_insert_val(in->asked, i, d);
    g_array_insert_val(in->windows, i, w);
}

static void node_decision(struct builder *b, const struct yml_node *key, void *into)
{
    struct node_draft *in = into;
    in->decision = key;
    add_decision(b, in, key->value);
}

static void node_decisions(struct builder *b, const struct yml_node *key, void *into)
{
    struct node_draft *in = into;
    in->decisions = key;
    if (key->value->kind != YML_LIST || key->value->len == 0) {
        builder_error(b, key, key->value->kind == YML_LIST ? "E116" : "E106", "put a single one into `decision:`",
                      "`decisions` needs a list");
        return;
    }
    for (const struct yml_node *v = key->value->first; v; v = v->next) {
        if (in->asked->len == STORY_DECISIONS_PER_NODE_MAX) {
            builder_error(b, v, "E513", "spread them over several nodes", "more than %d decisions in a node",
                          STORY_DECISIONS_PER_NODE_MAX);
            break;
        }
        add_decision(b, in, v);
    }
}

/* ---- endings -------------------------------------------------------------------------------------------------- */

struct ending_draft {
    struct story_ending e;
    const struct yml_node *id, *title; /* values */
};

static void ending_id(struct builder *b, const struct yml_node *key, void *into)
{
    if (read_name(b, key->value, false))
        ((struct ending_draft *)into)->id = key->value;
}

static void ending_title(struct builder *b, const struct yml_node *key, void *into)
{
    if (read_text(b, key->value, STORY_TEXT_BYTES_MAX))
        ((struct ending_draft *)into)->title = key->value;
}

static void ending_was(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct ending_draft *)into)->e.was = read_was(b, key->value, false);
}

static const struct read_row ending_rows[] = {{"id", ending_id, true},
                                              {"title", ending_title, true},
                                              {"was", ending_was, false},
                                              {"note", read_note, false},
                                              {NULL, NULL, false}};

static void node_role(struct builder *b, const struct yml_node *key, void *into)
{
    (void)b;
    ((struct node_draft *)into)->role = key;
}

/* Its options ask for it. */
static void read_role(struct builder *b, const struct yml_node *node, struct node_draft *in)
{
    static const char *const words[] = {
        [STORY_ROLE_NONE] = "film", [STORY_ROLE_CREDITS] = "credits", [STORY_ROLE_POST_PLAY] = "post-play", NULL};
    const struct yml_node *key = node->kind == YML_MAP ? read_find(node, "role") : NULL;
    const int role = key && key->value->kind != YML_BROKEN ? read_word(b, key->value, words) : 0;
    in->n.role = b->node_role = (enum story_role)MAX(role, 0);
}

static void check_role(struct builder *b, const struct node_draft *in)
{
    if (in->n.role == STORY_ROLE_NONE)
        return;
    if (in->ending)
        builder_error(b, in->ending, "E415", "let the ending's `next` lead here",
                      "what comes behind the endings is no ending itself");
    if (in->n.clip.kind == STORY_SILENT)
        builder_error(b, in->role, "E415", "give it a `clip`", "a node that is seen after the film needs a clip");
    if (in->n.role == STORY_ROLE_CREDITS && in->asked->len > 0)
        builder_error(b, in->role, "E415", "ask in a node with `role: post-play`, to which the credits lead",
                      "credits ask nothing, because viewers may pass over them");
}

static void node_ending(struct builder *b, const struct yml_node *key, void *into)
{
    struct node_draft *in = into;
    struct ending_draft e = {.e = {.title = -1, .node = (int32_t)b->nodes->len, .mark = builder_mark(b, key)}};
    in->ending = key;
    if (!read_map(b, key->value, ending_rows, &e, "an ending", key) || !e.id) {
        b->endings_broken = true;
        return;
    }
    e.e.name = builder_keep(b, e.id->text);
    if (e.title)
        e.e.title = builder_add_text(b, e.title, e.title->text, "ending", e.e.name, NULL, "title");
    in->n.ending = (int32_t)b->endings->len;
    builder_declare(b, SPACE_ENDINGS, e.e.name, in->n.ending, e.id, "ending");
    g_array_append_val(b->endings, e.e);
}

static const struct read_row node_rows[] = {
    {"title", node_title, false},
    {"clip", node_clip, false},
    {"enter", node_enter, false},
    {"at", node_at, false},
    {"decision", node_decision, false},
    {"decisions", node_decisions, false},
    {"next", node_next, false},
    {"ending", node_ending, false},
    {"role", node_role, false},
    {"script", node_script, false},
    {"inscriptions", node_inscriptions, false},
    {"note", read_note, false},
    {"todo", read_note, false},
    {"props", node_props, false},
    {"act", node_act, false},
    {"was", node_was, false},
    {"meta", read_meta, false},
    {NULL, NULL, false},
};

/* ---- the node as a whole -------------------------------------------------------------------------------------- */

/* The length of the clip, or US_NONE if only the file could tell. */
static int64_t clip_length(const struct story_clip *c)
{
    if (c->kind == STORY_FILM)
        return c->to_us == US_NONE ? US_NONE : c->to_us - (c->from_us == US_NONE ? 0 : c->from_us);
    return c->for_us;
}

static char *seconds_text(int64_t us)
{
    assert(us >= 0);
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT ".%06d", us / US_PER_SECOND, (int)(us % US_PER_SECOND));
    char *end = text + strlen(text);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        *--end = '\0';
    return g_strconcat(text, "s", NULL);
}

static void report_beyond(struct builder *b, const struct yml_node *at, int64_t length_us, const char *what)
{
    g_autofree char *words = seconds_text(length_us);
    builder_error(b, at, "E404", "times count from the beginning of the clip, not of its file",
                  "the clip is %s long, but %s", words, what);
}

static void report_beyond_at(struct builder *b, struct story_mark at, int64_t length_us, const char *what)
{
    g_autofree char *words = seconds_text(length_us);
    builder_error_at(b, at, 1, "E404", "times count from the beginning of the clip, not of its file",
                     "the clip is %s long, but %s", words, what);
}

static void check_times(struct builder *b, const struct node_draft *in)
{
    const int64_t length = clip_length(&in->n.clip);
    for (guint i = 0; i < in->ats->len && length > 0; i++) {
        const struct at_draft *at = &g_array_index(in->ats, struct at_draft, i);
        if (at->at_us > length)
            report_beyond(b, at->time, length, "this comes later");
    }
    for (int32_t i = 0; i < in->n.inscriptions.n && length > 0; i++) {
        const struct story_inscription *w =
            &g_array_index(b->inscriptions, struct story_inscription, in->n.inscriptions.first + i);
        if (w->at_us + (w->for_us == US_NONE ? 0 : w->for_us) > length)
            report_beyond_at(b, w->mark, length, "this inscription is still shown later");
    }
    int64_t free_from = 0;
    for (guint i = 0; i < in->asked->len; i++) {
        struct story_decision *d = &g_array_index(in->asked, struct story_decision, i);
        const struct decision_window *w = &g_array_index(in->windows, struct decision_window, i);
        if (!w->timed)
            continue;
        const bool opens_late = d->opens_us >= length;
        if (length > 0 && (opens_late || d->closes_us > length)) { /* its times may stand in the defaults */
            g_autofree char *at = seconds_text(opens_late ? d->opens_us : d->closes_us);
            g_autofree char *what = g_strdup_printf("`%s` %s at %s", d->name, opens_late ? "opens" : "closes", at);
            report_beyond(b, opens_late ? w->opens : w->closes, length, what);
        }
        if (d->opens_us < free_from)
            builder_error(b, w->opens, "E403", "open it when the other one has closed",
                          "`%s` opens while another decision is still open", d->name);
        d->shown_us = CLAMP(d->shown_us, MIN(free_from, d->opens_us), d->opens_us);
        free_from = MAX(free_from, d->closes_us);
    }
}

static bool has_target(const struct story_target *t)
{
    return t->kind != STORY_NOWHERE;
}

/* Does some outcome of the decision lead somewhere? Then it decides where the node leads. */
static bool decision_leads(const struct builder *b, const struct story_decision *d)
{
    bool leads = has_target(&d->timeout.to);
    for (int32_t i = 0; i < d->options.n; i++)
        leads |= has_target(&g_array_index(b->options, struct story_option, d->options.first + i).to);
    return leads;
}

/* Without `next`, every outcome of the decision that leads somewhere must have a target of its own. */
static void check_outcomes(struct builder *b, const struct story_decision *d, const struct decision_window *w)
{
    for (int32_t i = 0; i < d->options.n; i++) {
        const struct story_option *o = &g_array_index(b->options, struct story_option, d->options.first + i);
        if (!has_target(&o->to))
            builder_error_at(b, o->mark, (uint32_t)g_utf8_strlen(o->name, -1), "E407",
                             "give it a `goto`, or the node a `next`", "the option `%s` leads nowhere", o->name);
    }
    if (d->timeout.given && !has_target(&d->timeout.to) && d->timeout.as < 0 && !read_find(w->timeout->value, "as"))
        builder_error(b, w->timeout, "E407", "give it a `goto`, or the node a `next`", "the timeout leads nowhere");
}

/* `sound`: no mistake was found in the node, which could be the reason that it leads nowhere. */
static void check_exits(struct builder *b, const struct node_draft *in, const struct yml_node *key, bool sound)
{
    const struct decision_window *window = NULL;
    const struct story_decision *leading = NULL;
    for (guint i = 0; i < in->asked->len; i++) {
        const struct story_decision *d = &g_array_index(in->asked, struct story_decision, i);
        const struct decision_window *w = &g_array_index(in->windows, struct decision_window, i);
        if (!decision_leads(b, d))
            continue;
        if (leading)
            builder_error(b, w->id ? w->id : w->at, "E406", "let it set a variable instead",
                          "`%s` leads somewhere, and so does `%s`, but a node is left only once", d->name,
                          leading->name);
        leading = d;
        window = w;
    }
    if (in->next || in->ending || in->n.role != STORY_ROLE_NONE)
        return;
    if (b->targets_broken)
        return;
    if (leading) {
        check_outcomes(b, leading, window);
    } else {
        const struct pending_name loose = {in->n.name, in->n.mark, key->width};
        b->targets_broken = true;
        if (sound)
            g_array_append_val(b->loose_ends, loose);
    }
}

static void check_silent(struct builder *b, const struct node_draft *in)
{
    const struct yml_node *const timed[] = {in->at, in->decision, in->decisions, in->inscriptions};
    if (in->clip)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(timed); i++)
        if (timed[i])
            builder_error(b, timed[i], "E405", "give the node a `clip`; a card will do",
                          "a node without a clip takes no time, so it can have no `%s`", timed[i]->text);
}

/* ---- into the story ------------------------------------------------------------------------------------------- */

static void add_decisions(struct builder *b, struct node_draft *in)
{
    assert(in->windows->len == in->asked->len && in->asked->len <= STORY_DECISIONS_PER_NODE_MAX);
    in->n.decisions = (struct story_span){(int32_t)b->decisions->len, (int32_t)in->asked->len};
    for (guint i = 0; i < in->asked->len; i++) {
        struct story_decision d = g_array_index(in->asked, struct story_decision, i);
        const struct decision_window *w = &g_array_index(in->windows, struct decision_window, i);
        const int32_t index = (int32_t)b->decisions->len;
        d.node = (int32_t)b->nodes->len;
        for (int32_t j = 0; j < d.options.n; j++)
            g_array_index(b->options, struct story_option, d.options.first + j).decision = index;
        if (w->id)
            builder_declare(b, SPACE_DECISIONS, d.name, index, w->id, "decision");
        g_array_append_val(b->decisions, d);
    }
}

static void add_event(struct builder *b, int64_t at_us, enum story_event_kind kind, int32_t index)
{
    const struct story_event e = {at_us, kind, index};
    g_array_append_val(b->events, e);
}

/* Adds the ats that fall due up to `until`, from *next on. */
static void add_ats(struct builder *b, const struct node_draft *in, guint *next, int64_t until)
{
    for (; *next < in->ats->len; (*next)++) {
        const struct at_draft *at = &g_array_index(in->ats, struct at_draft, *next);
        const struct story_at out = {at->at_us, at->run};
        if (at->at_us > until)
            return;
        add_event(b, at->at_us, STORY_AT, (int32_t)b->ats->len);
        g_array_append_val(b->ats, out);
    }
}

/* Windows do not overlap, so openings and closings alternate. At the same time the order is AT, CLOSE, OPEN. */
static void add_events(struct builder *b, struct node_draft *in)
{
    guint at = 0;
    in->n.events.first = (int32_t)b->events->len;
    for (int32_t i = 0; i < in->n.decisions.n; i++) {
        const int32_t index = in->n.decisions.first + i;
        const struct story_decision *d = &g_array_index(b->decisions, struct story_decision, index);
        add_ats(b, in, &at, d->opens_us);
        /* If it opens at the moment at which the one before closes, that closing is in the list already. */
        add_event(b, d->opens_us, STORY_OPEN, index);
        add_ats(b, in, &at, d->closes_us);
        add_event(b, d->closes_us, STORY_CLOSE, index);
    }
    add_ats(b, in, &at, INT64_MAX);
    in->n.events.n = (int32_t)b->events->len - in->n.events.first;
    assert(at == in->ats->len); /* every moment is in the timetable */
}

static void node_body(struct builder *b, struct node_draft *in, const struct yml_node *key)
{
    const size_t errors = diags_count(b->diags, DIAG_ERROR);
    read_role(b, key->value, in);
    if (!read_map(b, key->value, node_rows, in, "a node", key)) {
        b->targets_broken = true;
        return;
    }
    if (in->decision && in->decisions)
        builder_error(b, in->decisions, "E115", "put all of them into the list",
                      "a node has `decision` or `decisions`, not both");
    check_silent(b, in);
    check_role(b, in);
    check_times(b, in);
    check_exits(b, in, key, diags_count(b->diags, DIAG_ERROR) == errors);
    add_decisions(b, in);
    add_events(b, in);
}

void read_node(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    if (b->nodes->len == STORY_NODES_MAX) {
        builder_error(b, key, "E513", "make two stories of it", "more than %d nodes", STORY_NODES_MAX);
        return;
    }
    struct node_draft in = {
        .n = {.title = -1, .ending = -1, .act = -1, .mark = builder_mark(b, key)},
        .medium = -1,
        .ats = g_array_new(FALSE, FALSE, sizeof(struct at_draft)),
        .asked = g_array_new(FALSE, FALSE, sizeof(struct story_decision)),
        .windows = g_array_new(FALSE, FALSE, sizeof(struct decision_window)),
    };
    in.n.clip = (struct story_clip){
        .kind = STORY_SILENT, .from_us = US_NONE, .to_us = US_NONE, .for_us = US_NONE, .card = -1, .mark = in.n.mark};
    const bool broken_before = b->targets_broken;
    const size_t errors = diags_errors_found(b->diags);
    const int32_t index = (int32_t)b->nodes->len;
    b->targets_broken = false;
    read_check_name(b, key, false);
    in.n.name = builder_keep(b, key->text);
    b->in_node = true;
    if (key->value->kind != YML_BROKEN && read_present(b, key))
        node_body(b, &in, key);
    else
        b->targets_broken = true;
    /*
     * A second node with the same name is kept, too: its decisions refer to it, and its own mistakes should be found.
     */
    builder_declare(b, SPACE_PLACES, in.n.name, index << 1, key, "node or route");
    b->in_node = false;
    g_array_append_val(b->nodes, in.n);
    g_array_append_val(b->clip_media, in.medium);
    if (diags_errors_found(b->diags) > errors)
        g_array_append_val(b->unsound, index);
    b->targets_broken |= broken_before;
    g_array_free(in.ats, TRUE);
    g_array_free(in.asked, TRUE);
    g_array_free(in.windows, TRUE);
}
