#include "story/read_experiment.h"

#include "story/limits.h"
#include "story/read_route.h"

#include <string.h>

#define ADVICE "`opening: {arms: [fast, slow]}`, or with weights `{fast: 3, slow: 1}`"

#define OUTCOME_ADVICE                                                                                                 \
    "`outcome: ending`, or one of `{ending: NAME}`, `{node: NAME}` and `{decision: NAME, option: NAME}`"

struct experiment_draft {
    struct story_var var;
    struct story_outcome outcome; /* its indices are those of pending names */
    GArray *parts;                /* struct story_part: the arms */
    const struct yml_node *key;   /* `arms` */
};

static bool has_arm(const struct builder *b, const struct experiment_draft *in, const char *name)
{
    for (int32_t i = 0; i < in->var.values.n; i++)
        if (strcmp(g_array_index(b->names, const char *, in->var.values.first + i), name) == 0)
            return true;
    return false;
}

/* `weight`: the value, or NULL: 1. */
static void read_arm(struct builder *b, const struct yml_node *v, const struct yml_node *weight,
                     struct experiment_draft *in)
{
    struct story_part part = {.when = -1, .weight = 1, .to = {STORY_NOWHERE, -1}, .mark = builder_mark(b, v)};
    if (!read_name(b, v, true) || (weight && !read_int(b, weight, 1, STORY_WEIGHT_MAX, &part.weight)))
        return;
    if (has_arm(b, in, v->text)) {
        builder_error(b, v, "E207", "remove one of them", "the arm `%s` is listed twice", v->text);
        return;
    }
    const char *name = builder_keep(b, v->text);
    g_array_append_val(b->names, name);
    g_array_append_val(in->parts, part);
    in->var.values.n++;
}

static void experiment_arms(struct builder *b, const struct yml_node *key, void *into)
{
    struct experiment_draft *in = into;
    const struct yml_node *v = key->value;
    in->key = key;
    in->var.values.first = (int32_t)b->names->len;
    if (v->kind != YML_LIST && v->kind != YML_MAP) {
        builder_error(b, key, "E106", ADVICE, "`arms` needs a list of names, or a mapping of names to weights");
        return;
    }
    if (v->len > STORY_ENUM_VALUES_MAX) {
        builder_error(b, key, "E513", "compare fewer arms", "more than %d arms", STORY_ENUM_VALUES_MAX);
        return;
    }
    for (const struct yml_node *item = v->first; item; item = item->next)
        read_arm(b, item, v->kind == YML_MAP ? item->value : NULL, in);
    if (in->var.values.n < 2)
        builder_error(b, key, "E116", ADVICE, "an experiment needs two arms or more");
}

/* What a mapping says of the outcome: pending names, or -1. */
struct outcome_draft {
    int32_t ending, node, decision, option;
};

static void outcome_name(struct builder *b, const struct yml_node *key, int32_t *name)
{
    if (read_name(b, key->value, false))
        *name = builder_add_pending_name(b, key->value, builder_keep(b, key->value->text));
}

static void outcome_ending(struct builder *b, const struct yml_node *key, void *into)
{
    outcome_name(b, key, &((struct outcome_draft *)into)->ending);
}

static void outcome_node(struct builder *b, const struct yml_node *key, void *into)
{
    outcome_name(b, key, &((struct outcome_draft *)into)->node);
}

static void outcome_decision(struct builder *b, const struct yml_node *key, void *into)
{
    outcome_name(b, key, &((struct outcome_draft *)into)->decision);
}

static void outcome_option(struct builder *b, const struct yml_node *key, void *into)
{
    outcome_name(b, key, &((struct outcome_draft *)into)->option);
}

static const struct read_row outcome_rows[] = {{"ending", outcome_ending, false},
                                               {"node", outcome_node, false},
                                               {"decision", outcome_decision, false},
                                               {"option", outcome_option, false},
                                               {NULL, NULL, false}};

/* One of them, and an option where it is a decision: which keys there are is judged, so that one that is broken is not
 * reported twice. */
static bool has_one_outcome(const struct yml_node *map)
{
    const bool decision = read_find(map, "decision"), option = read_find(map, "option");
    return !!read_find(map, "ending") + !!read_find(map, "node") + decision == 1 && decision == option;
}

static void experiment_outcome(struct builder *b, const struct yml_node *key, void *into)
{
    static const char *const words[] = {"ending", NULL};
    struct story_outcome *o = &((struct experiment_draft *)into)->outcome;
    struct outcome_draft in = {-1, -1, -1, -1};
    const struct yml_node *v = key->value;
    if (v->kind == YML_SCALAR) {
        if (read_word(b, v, words) == 0)
            o->kind = STORY_OUTCOME_ENDED;
        return;
    }
    if (!read_map(b, v, outcome_rows, &in, "an outcome", key))
        return;
    if (!has_one_outcome(v))
        builder_error(b, key, "E115", OUTCOME_ADVICE, "`outcome` names one thing");
    else if (in.ending >= 0)
        *o = (struct story_outcome){STORY_OUTCOME_ENDING, in.ending, -1};
    else if (in.node >= 0)
        *o = (struct story_outcome){STORY_OUTCOME_NODE, in.node, -1};
    else if (in.decision >= 0 && in.option >= 0)
        *o = (struct story_outcome){STORY_OUTCOME_PICK, in.decision, in.option};
}

static const struct read_row experiment_rows[] = {
    {"arms", experiment_arms, true}, {"outcome", experiment_outcome, false},
    {"note", read_note, false},      {"todo", read_note, false},
    {"meta", read_meta, false},      {NULL, NULL, false}};

static void add_experiment(struct builder *b, const struct yml_node *key, struct experiment_draft *in)
{
    const int32_t var = (int32_t)b->vars->len;
    const struct builder_var info = {.broken = in->var.values.n == 0, .written = true, .arm = true};
    in->var.max = MAX(in->var.values.n - 1, 0);
    if (!builder_declare(b, SPACE_VARS, in->var.name, var, key, "variable"))
        return;
    g_array_append_val(b->vars, in->var);
    g_array_append_val(b->var_uses, info);
    const struct story_experiment e = {var, read_arms_route(b, in->var.name, in->var.mark, in->parts), in->outcome};
    g_array_append_val(b->experiments, e);
}

void read_experiment(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    if (!read_check_name(b, key, true)) {
        b->expressions_broken = true;
        return;
    }
    if (b->experiments->len == STORY_EXPERIMENTS_MAX || b->vars->len >= STORY_VARS_MAX) {
        builder_error(b, key, "E513", "end one before the next begins", "more than %d experiments",
                      STORY_EXPERIMENTS_MAX);
        return;
    }
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(struct story_part));
    struct experiment_draft in = {
        .var = {.name = builder_keep(b, key->text), .type = STORY_ENUM, .mark = builder_mark(b, key)},
        .outcome = {STORY_OUTCOME_NONE, -1, -1},
        .parts = parts};
    read_map(b, key->value, experiment_rows, &in, "an experiment", key);
    add_experiment(b, key, &in);
}
