#include "story/resolve.h"

#include "story/bounds.h"
#include "story/expr.h"
#include "story/suggest.h"
#include "story/text_field.h"

#include <assert.h>
#include <string.h>

/* ---- names ---------------------------------------------------------------------------------------------------- */

static const struct pending_name *pending_name_at(const struct builder *b, int32_t index)
{
    assert(index >= 0 && (guint)index < b->pending_names->len);
    return &g_array_index(b->pending_names, struct pending_name, index);
}

static void report_unknown_place(struct builder *b, const struct pending_name *ref, const char *what)
{
    g_autofree char *advice = builder_suggest(b, SPACE_PLACES, ref->name);
    const int32_t decision = builder_find(b, SPACE_DECISIONS, ref->name);
    if (!advice && decision >= 0)
        advice = g_strdup_printf("`%s` is a decision; `back(%s)` or `again(%s)` returns to it", ref->name, ref->name,
                                 ref->name);
    if (!advice)
        advice =
            g_strdup(strchr(ref->name, ' ') ? "names have no blanks: write the name under which it stands in `nodes`"
                                            : "name one that is there, or add it to `nodes`");
    if (!builder_excuses(b, ref->name))
        builder_error_at(b, ref->mark, ref->width, "E201", advice, "there is no %s `%s`", what,
                         builder_brief(b, ref->name));
    b->targets_broken = true;
}

/* The node of this name, or -1, which is reported. */
static int32_t resolve_node(struct builder *b, const struct pending_name *ref)
{
    const int32_t place = builder_find(b, SPACE_PLACES, ref->name);
    if (place >= 0 && !(place & 1))
        return place >> 1;
    if (place >= 0)
        builder_error_at(b, ref->mark, ref->width, "E201", "name the node that it leads to",
                         "`%s` is a route; a node is needed here", ref->name);
    else
        report_unknown_place(b, ref, "node");
    return -1;
}

static struct story_target resolve_place(struct builder *b, const struct pending_name *ref)
{
    const int32_t place = builder_find(b, SPACE_PLACES, ref->name);
    if (place < 0) {
        report_unknown_place(b, ref, "node or route");
        return (struct story_target){STORY_NOWHERE, 0};
    }
    return (struct story_target){place & 1 ? STORY_TO_ROUTE : STORY_TO_NODE, place >> 1};
}

static int32_t resolve_decision(struct builder *b, const struct pending_name *ref)
{
    const int32_t decision = builder_find(b, SPACE_DECISIONS, ref->name);
    if (decision >= 0)
        return decision;
    g_autofree char *advice = builder_suggest(b, SPACE_DECISIONS, ref->name);
    if (!builder_excuses(b, ref->name))
        builder_error_at(b, ref->mark, ref->width, "E202", advice ? advice : "name a decision by its `id`",
                         "there is no decision `%s`", builder_brief(b, ref->name));
    return -1;
}

static struct story_target resolve_back(struct builder *b, const struct pending_name *ref)
{
    const int32_t index = resolve_decision(b, ref);
    if (index < 0) {
        b->targets_broken = true;
        return (struct story_target){STORY_NOWHERE, 0};
    }
    struct story_decision *d = &g_array_index(b->decisions, struct story_decision, index);
    if (!d->checkpoint)
        builder_error_at(b, ref->mark, ref->width, "E410", "remove `checkpoint: false` there",
                         "`%s` has no checkpoint to go back to", ref->name);
    d->back_target = true;
    return (struct story_target){STORY_TO_BACK, index};
}

/* The condition that the reader put before it reports a name that is unknown. */
static struct story_target resolve_again(struct builder *b, const struct pending_name *ref)
{
    const int32_t index = builder_find(b, SPACE_DECISIONS, ref->name);
    b->targets_broken |= index < 0;
    return index < 0 ? (struct story_target){STORY_NOWHERE, 0} : (struct story_target){STORY_TO_AGAIN, index};
}

static void resolve_target(struct builder *b, struct story_target *t)
{
    if (t->kind == TARGET_PENDING_PLACE) {
        *t = resolve_place(b, pending_name_at(b, t->index));
    } else if (t->kind == TARGET_PENDING_BACK) {
        *t = resolve_back(b, pending_name_at(b, t->index));
    } else if (t->kind == TARGET_PENDING_AGAIN) {
        *t = resolve_again(b, pending_name_at(b, t->index));
    } else if (t->kind == TARGET_PENDING_BROKEN) {
        *t = (struct story_target){STORY_NOWHERE, 0};
        b->targets_broken = true;
    }
}

static void resolve_media(struct builder *b)
{
    for (guint i = 0; i < b->nodes->len; i++) {
        const int32_t index = g_array_index(b->clip_media, int32_t, i);
        if (index < 0)
            continue;
        const struct pending_name *ref = pending_name_at(b, index);
        const int32_t found = builder_find(b, SPACE_MEDIA, ref->name);
        if (found >= 0) {
            struct builder_medium *m = &g_array_index(b->media, struct builder_medium, found);
            m->used = true;
            g_array_index(b->nodes, struct story_node, i).clip.path = m->path;
            continue;
        }
        g_autofree char *advice = builder_suggest(b, SPACE_MEDIA, ref->name);
        b->media_broken = true;
        if (builder_excuses(b, ref->name))
            continue;
        builder_error_at(b, ref->mark, ref->width, "E205", advice ? advice : "declare it in `media:`, or write `file:`",
                         "`media:` has no entry `%s`", builder_brief(b, ref->name));
    }
}

static void resolve_goals(struct builder *b)
{
    for (guint i = 0; i < b->goal_names->len; i++) {
        const struct pending_name *ref = &g_array_index(b->goal_names, struct pending_name, i);
        struct story_goal goal = {-1, ref->mark};
        const int32_t place = builder_find(b, SPACE_PLACES, ref->name),
                      ending = builder_find(b, SPACE_ENDINGS, ref->name);
        if (place >= 0 && !(place & 1))
            goal.node = place >> 1;
        else if (ending >= 0)
            goal.node = g_array_index(b->endings, struct story_ending, ending).node;
        else
            report_unknown_place(b, ref, "node or ending");
        g_array_append_val(b->goals, goal);
    }
}

/* "did you mean `x`?" with a declared word, or NULL. */
static char *suggest_tag(struct builder *b, enum builder_space space, const char *name)
{
    const GArray *words = builder_tags(b, space);
    struct suggest s = suggest_begin(name);
    if (b->comparisons_left < (int)words->len)
        return NULL;
    b->comparisons_left -= (int)words->len;
    for (guint i = 0; i < words->len; i++)
        if (g_array_index(words, struct builder_tag, i).declared)
            suggest_offer(&s, g_array_index(words, struct builder_tag, i).name);
    return suggest_advice(&s);
}

static void resolve_tags(struct builder *b)
{
    static const struct {
        const char *code, *kind;
    } words_of[SPACE_N] = {
        [SPACE_TRAITS] = {"E209", "trait"}, [SPACE_PROPS] = {"E210", "prop"}, [SPACE_ACTS] = {"E211", "act"}};
    for (guint i = 0; i < b->tag_uses->len; i++) {
        const struct builder_tag_use *use = &g_array_index(b->tag_uses, struct builder_tag_use, i);
        const struct builder_tag *word = &g_array_index(builder_tags(b, use->space), struct builder_tag, use->index);
        if (word->declared || !b->tags_declared[use->space])
            continue;
        const char *kind = words_of[use->space].kind;
        g_autofree char *advice = suggest_tag(b, use->space, word->name);
        b->tags_broken = true;
        if (!builder_excuses(b, word->name))
            builder_error_at(b, use->mark, use->width, words_of[use->space].code,
                             advice ? advice : "declare it there, or use another",
                             "the %s `%s` is not declared in `%ss`", kind, word->name, kind);
    }
}

/* Not while the nodes are read: after a syntax error, the rest of the node may be what was not read. */
static void report_loose_ends(struct builder *b)
{
    for (guint i = 0; i < b->loose_ends->len; i++) {
        const struct pending_name *ref = &g_array_index(b->loose_ends, struct pending_name, i);
        builder_error_at(b, ref->mark, ref->width, "E407", "give it `next`, a decision with `goto`, or an `ending`",
                         "`%s` leads nowhere and is not an ending", ref->name);
    }
}

/* Every arm leads to where the film begins. */
static void resolve_arms(struct builder *b)
{
    for (guint i = 0; i < b->experiments->len && b->start_node >= 0; i++) {
        const int32_t route = g_array_index(b->experiments, struct story_experiment, i).route;
        const struct story_span parts = g_array_index(b->routes, struct story_route, route).parts;
        for (int32_t k = 0; k < parts.n; k++)
            g_array_index(b->parts, struct story_part, parts.first + k).to =
                (struct story_target){STORY_TO_NODE, b->start_node};
    }
}

static int32_t resolve_ending(struct builder *b, const struct pending_name *ref)
{
    const int32_t ending = builder_find(b, SPACE_ENDINGS, ref->name);
    if (ending >= 0)
        return ending;
    g_autofree char *advice = builder_suggest(b, SPACE_ENDINGS, ref->name);
    if (!builder_excuses(b, ref->name) && !b->endings_broken)
        builder_error_at(b, ref->mark, ref->width, "E201", advice ? advice : "name an ending by its `id`",
                         "there is no ending `%s`", builder_brief(b, ref->name));
    return -1;
}

/* The place of an option among those of its decision, or -1. */
static int32_t find_option(const struct builder *b, int32_t decision, const char *name)
{
    const struct story_decision *d = &g_array_index(b->decisions, struct story_decision, decision);
    for (int32_t i = 0; i < d->options.n; i++)
        if (strcmp(g_array_index(b->options, struct story_option, d->options.first + i).name, name) == 0)
            return i;
    return -1;
}

static void report_unknown_option(struct builder *b, int32_t decision, const struct pending_name *ref)
{
    const struct story_decision *d = &g_array_index(b->decisions, struct story_decision, decision);
    g_autofree char *advice = builder_suggest_option(b, d->options, ref->name);
    builder_error_at(b, ref->mark, ref->width, "E203", advice, "the decision `%s` has no option `%s`", d->name,
                     builder_brief(b, ref->name));
}

/* The index of an option among all options, or -1, which is reported. */
static int32_t resolve_pick(struct builder *b, int32_t decision, const struct pending_name *ref)
{
    const int32_t found = find_option(b, decision, ref->name);
    if (found >= 0)
        return g_array_index(b->decisions, struct story_decision, decision).options.first + found;
    if (!builder_excuses(b, ref->name))
        report_unknown_option(b, decision, ref);
    return -1;
}

static void resolve_outcome(struct builder *b, struct story_outcome *o)
{
    const bool targets_broken = b->targets_broken;
    if (o->kind == STORY_OUTCOME_ENDING)
        o->index = resolve_ending(b, pending_name_at(b, o->index));
    else if (o->kind == STORY_OUTCOME_NODE)
        o->index = resolve_node(b, pending_name_at(b, o->index));
    else if (o->kind == STORY_OUTCOME_PICK) {
        o->index = resolve_decision(b, pending_name_at(b, o->index));
        o->option = o->index < 0 ? -1 : resolve_pick(b, o->index, pending_name_at(b, o->option));
    }
    b->targets_broken = targets_broken; /* an outcome leads nowhere */
}

void resolve_names(struct builder *b)
{
    assert(builder_check(b) && b->goals->len == 0); /* called once */
    report_loose_ends(b);
    b->unread = b->targets_broken;
    for (guint i = 0; i < b->parts->len; i++)
        resolve_target(b, &g_array_index(b->parts, struct story_part, i).to);
    for (guint i = 0; i < b->options->len; i++)
        resolve_target(b, &g_array_index(b->options, struct story_option, i).to);
    for (guint i = 0; i < b->decisions->len; i++)
        resolve_target(b, &g_array_index(b->decisions, struct story_decision, i).timeout.to);
    for (guint i = 0; i < b->nodes->len; i++)
        resolve_target(b, &g_array_index(b->nodes, struct story_node, i).next);
    resolve_media(b);
    resolve_goals(b);
    resolve_tags(b);
    if (b->start.name)
        b->start_node = resolve_node(b, &b->start);
    b->targets_broken |= b->start_node < 0 || b->loose_ends->len > 0;
    resolve_arms(b);
    for (guint i = 0; i < b->experiments->len; i++)
        resolve_outcome(b, &g_array_index(b->experiments, struct story_experiment, i).outcome);
}

/* ---- expressions ---------------------------------------------------------------------------------------------- */

struct compile_context {
    struct builder *b;
    const struct pending_expr *todo;
};

/* Where byte `offset` of the expression stands in the file. */
static struct story_mark pending_expr_mark(struct builder *b, const struct pending_expr *todo, uint32_t offset)
{
    struct story_mark mark = todo->mark;
    struct source_text *src = g_ptr_array_index(b->sources, mark.file);
    mark.col = (uint16_t)MIN(source_text_scalar_col(src, mark.line, mark.col, todo->quote, offset), UINT16_MAX);
    return mark;
}

static void on_problem(void *user, const struct expr_problem *p)
{
    const struct compile_context *c = user;
    const char *source = g_array_index(c->b->exprs, struct story_expr, c->todo->expr).source;
    const size_t len = strlen(source);
    const size_t at = MIN(p->at, len), n = MIN(p->len, len - at);
    builder_error_at(c->b, pending_expr_mark(c->b, c->todo, c->todo->offset + p->at),
                     (uint32_t)g_utf8_strlen(source + at, (gssize)n), p->code, p->advice, "%s", p->message);
}

static int32_t on_find_var(void *user, const char *name, bool *broken)
{
    const struct compile_context *c = user;
    const int32_t var = builder_find(c->b, SPACE_VARS, name);
    if (var >= 0) {
        struct builder_var *info = &g_array_index(c->b->var_uses, struct builder_var, var);
        info->read = true;
        *broken = info->broken;
    } else if (builder_excuses(c->b, name)) {
        *broken = true; /* a broken variable is never looked at, so its index does not matter */
        return 0;
    }
    return var;
}

static struct pending_name argument_name(const struct compile_context *c, const struct expr_name *name)
{
    return (struct pending_name){name->text, pending_expr_mark(c->b, c->todo, c->todo->offset + name->at),
                                 (uint32_t)g_utf8_strlen(name->text, -1)};
}

static int32_t resolve_option(struct compile_context *c, int32_t decision, const struct expr_name *name)
{
    const int32_t found = find_option(c->b, decision, name->text);
    if (found >= 0 || builder_excuses(c->b, name->text))
        return found;
    const struct pending_name ref = argument_name(c, name);
    report_unknown_option(c->b, decision, &ref);
    return -1;
}

static int32_t memory_slot(struct builder *b, const struct story_memory *m)
{
    assert(m->subject >= 0 && (m->option >= 0) == (m->kind == STORY_PICKED));
    const int32_t found = GPOINTER_TO_INT(g_hash_table_lookup(b->memory_index, m)) - 1;
    if (found >= 0)
        return found;
    g_array_append_val(b->memories, *m);
    g_hash_table_insert(b->memory_index, g_memdup2(m, sizeof *m), GINT_TO_POINTER((gint)b->memories->len));
    return (int32_t)b->memories->len - 1;
}

/* Finds the places of names only to report them, because that costs a search for the line. */
static int32_t on_find_memory(void *user, enum story_memory_kind kind, const struct expr_name *names)
{
    struct compile_context *c = user;
    const bool picked = kind == STORY_PICKED, of_decision = story_remembers_decision(kind);
    struct story_memory m = {.kind = kind, .option = -1};
    const int32_t found = builder_find(c->b, of_decision ? SPACE_DECISIONS : SPACE_PLACES, names[0].text);
    if (of_decision) {
        m.subject = found;
    } else {
        m.subject = found >= 0 && !(found & 1) ? found >> 1 : -1;
    }
    if (m.subject < 0) {
        const struct pending_name ref = argument_name(c, &names[0]);
        const bool targets_broken = c->b->targets_broken;
        m.subject = of_decision ? resolve_decision(c->b, &ref) : resolve_node(c->b, &ref);
        c->b->targets_broken = targets_broken; /* an expression about a node does not lead to it */
        return -1;
    }
    m.option = picked ? resolve_option(c, m.subject, &names[1]) : -1;
    return picked && m.option < 0 ? -1 : memory_slot(c->b, &m);
}

/* The variable of an effect, whose type suits the operation; or -1, which is reported. */
static int32_t effect_var(struct builder *b, const struct pending_expr *todo)
{
    const int32_t var = builder_find(b, SPACE_VARS, todo->var);
    const uint32_t width = (uint32_t)g_utf8_strlen(todo->var, -1);
    if (var < 0) {
        g_autofree char *advice = builder_suggest(b, SPACE_VARS, todo->var);
        if (builder_excuses(b, todo->var))
            return -1;
        builder_error_at(b, pending_expr_mark(b, todo, todo->var_offset), width, "E204",
                         advice ? advice : "declare it in `state:`", "there is no variable `%s`",
                         builder_brief(b, todo->var));
        return -1;
    }
    struct builder_var *info = &g_array_index(b->var_uses, struct builder_var, var);
    const enum story_type type = g_array_index(b->vars, struct story_var, var).type;
    info->written = true;
    if (info->broken)
        return -1;
    if (info->arm) {
        builder_error_at(b, pending_expr_mark(b, todo, todo->var_offset), width, "E314",
                         "declare a variable in `state:`",
                         "`%s` is an experiment: its arm is drawn, and nothing else sets it", todo->var);
        return -1;
    }
    if ((todo->toggle && type != STORY_BOOL) || (todo->add && type != STORY_INT)) {
        builder_error_at(b, pending_expr_mark(b, todo, todo->var_offset), width, "E304",
                         type == STORY_BOOL  ? "set it with `=`, or turn it round with `toggle`"
                         : type == STORY_INT ? "set it with `=`, or change it with `+=` and `-=`"
                                             : "set it with `=` to one of its values",
                         todo->toggle ? "`toggle` is for bools, but `%s` is not one"
                                      : "`+=` and `-=` are for ints, but `%s` is not one",
                         todo->var);
        return -1;
    }
    return var;
}

static struct expr_want effect_want(const struct builder *b, const struct pending_expr *todo, int32_t var, char *target)
{
    const enum story_type type = g_array_index(b->vars, struct story_var, var).type;
    g_snprintf(target, 160, "`%s`", todo->var);
    return (struct expr_want){.type = type, .enum_var = var, .code = "E304", .target = target};
}

static void append_negation(struct builder *b)
{
    assert(b->code->len > 0);
    struct story_code *last = &g_array_index(b->code, struct story_code, b->code->len - 1);
    const struct story_code neg = {OP_NEG, 0};
    if (last->op == OP_CONST)
        last->arg = -last->arg;
    else
        g_array_append_val(b->code, neg);
}

static bool is_assert(const struct builder *b, int32_t expr)
{
    for (guint i = 0; i < b->asserts->len; i++)
        if (g_array_index(b->asserts, struct story_assert, i).expr == expr)
            return true;
    return false;
}

/* Reports conditions with only one outcome. An assert may follow from the types: then it holds, as it should. */
static void check_constant(struct builder *b, const struct pending_expr *todo, guint from)
{
    const struct story_code *code = &g_array_index(b->code, struct story_code, from);
    const struct bounds k =
        bounds_of(code, (int32_t)(b->code->len - from), (const struct story_var *)(void *)b->vars->data,
                  (int32_t)b->vars->len, (const struct story_memory *)(void *)b->memories->data);
    if (k.low < k.high && !k.settled)
        return;
    if (is_assert(b, todo->expr) && (k.low == 1 || k.low < k.high))
        return;
    if (!k.reads)
        builder_error_at(b, todo->mark, todo->width, "W612", "remove it, or compare something",
                         "this condition is always the same");
    else if (k.low == k.high)
        builder_error_at(b, todo->mark, todo->width, "W612", "compare with a value that it can have, or remove it",
                         "this condition is always %s, whatever values its variables have", k.low ? "true" : "false");
    else
        builder_error_at(b, todo->mark, todo->width, "W612", "compare with a value that it can have, or remove it",
                         "a comparison in this condition has the same outcome whatever values its variables have");
}

static void compile_pending(struct builder *b, const struct pending_expr *todo, const struct expr_want *want)
{
    struct story_expr *e = &g_array_index(b->exprs, struct story_expr, todo->expr);
    struct compile_context c = {b, todo};
    const struct expr_env env = {
        .user = &c,
        .vars = (const struct story_var *)(void *)b->vars->data,
        .n_vars = (int32_t)b->vars->len,
        .names = (const char *const *)(void *)b->names->data,
        .find_var = on_find_var,
        .find_memory = on_find_memory,
        .problem = on_problem,
    };
    const guint before = b->code->len;
    if (!expr_compile(&env, e->source, want, b->code, &e->type)) {
        b->expressions_broken = true;
        return;
    }
    if (todo->negate)
        append_negation(b);
    if (!todo->var && diags_count(b->diags, DIAG_ERROR) == 0) /* wrong types prove nothing */
        check_constant(b, todo, before);
    e->code = (struct story_span){(int32_t)before, (int32_t)(b->code->len - before)};
    /*
     * pending_expr_mark() would be slow. This is exact, unless escapes or non-ASCII letters stand before the
     * expression.
     */
    if (todo->quote != '|')
        e->mark.col = (uint16_t)MIN(e->mark.col + todo->offset + (todo->quote ? 1u : 0u), UINT16_MAX);
}

static void resolve_pending_expr(struct builder *b, const struct pending_expr *todo)
{
    static const struct expr_want condition = {
        .type = STORY_BOOL, .enum_var = -1, .code = "E303", .target = "a condition"};
    char target[160];
    if (!todo->var) {
        compile_pending(b, todo, &condition);
        return;
    }
    const int32_t var = effect_var(b, todo);
    struct story_effect *effect = &g_array_index(b->effects, struct story_effect, todo->effect);
    if (var < 0) {
        b->expressions_broken = true;
        return;
    }
    effect->var = var;
    effect->op = todo->toggle ? STORY_TOGGLE : todo->add ? STORY_ADD : STORY_SET;
    if (todo->toggle)
        return;
    const struct expr_want want = effect_want(b, todo, var, target);
    compile_pending(b, todo, &want);
}

/* A name cannot be a variable and a value: expressions could not tell them apart. */
static void require_values(struct builder *b)
{
    for (guint i = 0; i < b->names->len; i++) {
        const char *name = g_array_index(b->names, const char *, i);
        const int32_t var = builder_find(b, SPACE_VARS, name);
        if (var >= 0)
            builder_error_at(b, g_array_index(b->vars, struct story_var, var).mark, (uint32_t)g_utf8_strlen(name, -1),
                             "E207", "rename the variable or the value",
                             "the variable `%s` has the same name as a value of an enum", name);
    }
}

void resolve_expressions(struct builder *b)
{
    assert(b->code->len == 0); /* called once */
    require_values(b);
    for (guint i = 0; i < b->pending_exprs->len; i++)
        resolve_pending_expr(b, &g_array_index(b->pending_exprs, struct pending_expr, i));
}

/* ---- fields of inscriptions ----------------------------------------------------------------------------------- */

static void resolve_field_variable(struct builder *b, const char *name, struct story_mark mark, uint32_t width)
{
    const int32_t var = builder_find(b, SPACE_VARS, name);
    if (var < 0) {
        g_autofree char *advice = builder_suggest(b, SPACE_VARS, name);
        builder_error_at(b, mark, width, "E204", advice ? advice : "for a plain brace, write `{{`",
                         "there is no variable `%s`", builder_brief(b, name));
        return;
    }
    g_array_index(b->var_uses, struct builder_var, var).read = true;
    if (g_array_index(b->vars, struct story_var, var).type == STORY_BOOL)
        builder_error_at(b, mark, width, "E313", "write two inscriptions, each with its own `when`",
                         "`%s` is a yes/no value, which has no words", builder_brief(b, name));
}

void resolve_fields(struct builder *b, const char *text, struct story_mark mark, uint32_t width)
{
    struct text_field f;
    while (text_field_next(&text, &f)) {
        g_autofree char *name = g_strndup(f.at, f.len);
        const struct pending_name ref = {name, mark, width};
        switch (f.kind) {
        case FIELD_TEXT:
        case FIELD_TIMEOUTS:
        case FIELD_WATCHED:
            break;
        case FIELD_VALUE:
            resolve_field_variable(b, name, mark, width);
            break;
        case FIELD_CHOSEN:
        case FIELD_WAITED:
        case FIELD_SHARE:
            resolve_decision(b, &ref);
            break;
        case FIELD_BROKEN:
            builder_error_at(b, mark, width, "E313", "for a plain brace, write `{{`", "`%s` is not a field",
                             builder_brief(b, name));
            break;
        }
    }
}

void resolve_inscriptions(struct builder *b)
{
    for (guint i = 0; i < b->texts->len; i++) {
        const struct builder_text *t = &g_array_index(b->texts, struct builder_text, i);
        if (t->fields)
            resolve_fields(b, t->text, t->mark, (uint32_t)g_utf8_strlen(t->text, (gssize)strcspn(t->text, "\n")));
    }
}
