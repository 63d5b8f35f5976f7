#include "story/read_state.h"

#include "story/limits.h"

#include <string.h>

/* ---- variables ------------------------------------------------------------------------------------------------ */

static const char *const type_words[] = {[STORY_BOOL] = "bool", [STORY_ENUM] = "enum", [STORY_INT] = "int", NULL};
static const char *const keep_words[] = {"play", "viewer", NULL};
static const char *const rewind_words[] = {"restore", "keep", NULL};

struct var_draft {
    struct story_var var;
    bool typed, ranged[2];                               /* min, max are given */
    const struct yml_node *values, *min, *max, *initial; /* keys, or NULL */
};

static void var_type(struct builder *b, const struct yml_node *key, void *into)
{
    struct var_draft *in = into;
    const int type = read_word(b, key->value, type_words);
    in->typed = type >= 0;
    in->var.type = in->typed ? (enum story_type)type : STORY_BOOL;
}

static void var_values(struct builder *b, const struct yml_node *key, void *into)
{
    (void)b;
    ((struct var_draft *)into)->values = key;
}

static void var_min(struct builder *b, const struct yml_node *key, void *into)
{
    struct var_draft *in = into;
    in->min = key;
    in->ranged[0] = read_int(b, key->value, -STORY_INT_MAX, STORY_INT_MAX, &in->var.min);
}

static void var_max(struct builder *b, const struct yml_node *key, void *into)
{
    struct var_draft *in = into;
    in->max = key;
    in->ranged[1] = read_int(b, key->value, -STORY_INT_MAX, STORY_INT_MAX, &in->var.max);
}

static void var_initial(struct builder *b, const struct yml_node *key, void *into)
{
    (void)b;
    ((struct var_draft *)into)->initial = key;
}

static void var_keep(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct var_draft *)into)->var.keep_viewer = read_word(b, key->value, keep_words) == 1;
}

static void var_rewind(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct var_draft *)into)->var.keep_rewind = read_word(b, key->value, rewind_words) == 1;
}

static void var_was(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct var_draft *)into)->var.was = read_was(b, key->value, true);
}

static const struct read_row var_rows[] = {
    {"type", var_type, true},      {"values", var_values, false},   {"min", var_min, false},
    {"max", var_max, false},       {"initial", var_initial, false}, {"keep", var_keep, false},
    {"rewind", var_rewind, false}, {"was", var_was, false},         {"note", read_note, false},
    {"todo", read_note, false},    {"meta", read_meta, false},      {NULL, NULL, false},
};

static void value_was(struct builder *b, const struct yml_node *key, void *into)
{
    *(struct story_span *)into = read_was(b, key->value, true);
}

static const struct read_row value_rows[] = {
    {"was", value_was, false},
    {"note", read_note, false},
    {NULL, NULL, false},
};

static bool has_value(const struct builder *b, const struct story_var *v, const char *name)
{
    for (int32_t i = 0; i < v->values.n; i++)
        if (strcmp(g_array_index(b->names, const char *, v->values.first + i), name) == 0)
            return true;
    return false;
}

/* `item`: a name, or `{name: {was: …}}`. */
static void read_a_value(struct builder *b, const struct yml_node *item, struct story_var *into)
{
    const struct yml_node *v = item->kind == YML_MAP && item->len == 1 ? item->first : item;
    if (v->kind == YML_MAP) {
        builder_error(b, v, "E106", "`[none, {single: {was: one}}]`",
                      "a value is a name, or a name with its `was` in braces");
        return;
    }
    const char *name = read_name(b, v, true);
    if (name && has_value(b, into, name)) {
        builder_error(b, v, "E207", "remove one of them", "the value `%s` is listed twice", name);
        name = NULL;
    }
    struct story_renamed_value renamed = {(int32_t)b->names->len, {0, 0}};
    if (v != item && v->value->kind != YML_BROKEN)
        read_map(b, v->value, value_rows, &renamed.was, "a value", v);
    if (!name)
        return;
    name = builder_keep(b, name);
    g_array_append_val(b->names, name);
    into->values.n++;
    if (renamed.was.n > 0)
        g_array_append_val(b->renamed_values, renamed);
}

static void read_values(struct builder *b, struct var_draft *in)
{
    const struct yml_node *list = in->values->value;
    in->var.values.first = (int32_t)b->names->len;
    if (list->kind != YML_LIST || list->len == 0) {
        builder_error(b, in->values, list->kind == YML_LIST ? "E116" : "E106", "`values: [none, single, return]`",
                      "`values` needs a list of names");
        return;
    }
    if (list->len > STORY_ENUM_VALUES_MAX)
        builder_error(b, in->values, "E513", "use a number with `min` and `max` instead", "more than %d values",
                      STORY_ENUM_VALUES_MAX);
    for (const struct yml_node *v = list->first; v && in->var.values.n < STORY_ENUM_VALUES_MAX; v = v->next)
        read_a_value(b, v, &in->var);
}

/* Reports a key that belongs to another type. */
static void refuse_key(struct builder *b, const struct yml_node *key, const char *type)
{
    if (key)
        builder_error(b, key, "E115", "remove it, or change the type", "`%s` does not belong to %s", key->text, type);
}

static void finish_bool(struct builder *b, struct var_draft *in)
{
    bool initial = false;
    refuse_key(b, in->values, "a bool");
    refuse_key(b, in->min, "a bool");
    refuse_key(b, in->max, "a bool");
    if (in->initial) {
        const struct yml_node *v = in->initial->value;
        if (v->kind == YML_SCALAR && !v->quote && (strcmp(v->text, "true") == 0 || strcmp(v->text, "false") == 0))
            initial = v->text[0] == 't';
        else
            builder_error(b, v, "E311", "yes and on are `true`, no and off are `false`",
                          "a bool begins as `true` or `false`");
    }
    in->var.min = 0;
    in->var.max = 1;
    in->var.initial = initial;
}

static void finish_enum(struct builder *b, struct var_draft *in, const struct yml_node *at)
{
    refuse_key(b, in->min, "an enum");
    refuse_key(b, in->max, "an enum");
    if (in->values)
        read_values(b, in);
    else
        builder_error(b, at, "E105", "`values: [none, single, return]`", "an enum needs `values`");
    in->var.min = 0;
    in->var.max = MAX(in->var.values.n - 1, 0);
    if (!in->initial || in->var.values.n == 0)
        return;
    const struct yml_node *v = in->initial->value;
    for (int32_t i = 0; i < in->var.values.n && v->kind == YML_SCALAR; i++) {
        if (strcmp(g_array_index(b->names, const char *, in->var.values.first + i), v->text) == 0) {
            in->var.initial = i;
            return;
        }
    }
    builder_error(b, v, "E311", "an enum begins with one of its `values`", "`%s` is not one of the values",
                  v->kind == YML_SCALAR ? builder_brief(b, v->text) : "this");
}

static void finish_int(struct builder *b, struct var_draft *in, const struct yml_node *at)
{
    struct story_var *var = &in->var;
    refuse_key(b, in->values, "an int");
    if (!in->min)
        builder_error(b, at, "E105", "the state must be finite: `min: 0, max: 10`", "an int needs `min`");
    if (!in->max)
        builder_error(b, at, "E105", "the state must be finite: `min: 0, max: 10`", "an int needs `max`");
    if (!in->ranged[0] || !in->ranged[1]) {
        var->min = in->ranged[0] ? var->min : -STORY_INT_MAX;
        var->max = in->ranged[1] ? var->max : STORY_INT_MAX;
    } else if (var->min > var->max) {
        builder_error(b, in->max, "E312", "swap them?", "`max` is less than `min`");
        var->max = var->min;
    } else {
        var->initial = CLAMP(0, var->min, var->max);
    }
    int32_t initial;
    if (!in->initial || !read_int(b, in->initial->value, -STORY_INT_MAX, STORY_INT_MAX, &initial))
        return;
    if (initial < var->min || initial > var->max)
        builder_error(b, in->initial->value, "E311", "begin within the range, or widen it",
                      "the initial value lies outside the range, %d to %d", var->min, var->max);
    else
        var->initial = initial;
}

static void finish_var(struct builder *b, struct var_draft *in, const struct yml_node *key)
{
    switch (in->var.type) {
    case STORY_BOOL:
        finish_bool(b, in);
        break;
    case STORY_ENUM:
        finish_enum(b, in, key);
        break;
    case STORY_INT:
        finish_int(b, in, key);
        break;
    }
}

void read_variable(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    struct var_draft in = {.var = {.max = 1, .mark = builder_mark(b, key)}};
    if (!read_check_name(b, key, true)) {
        b->expressions_broken = true;
        return;
    }
    in.var.name = builder_keep(b, key->text);
    const struct yml_node *v = key->value;
    const struct yml_node short_key = {
        .kind = YML_SCALAR, .text = "type", .value = v, .file = v->file, .line = v->line, .col = v->col};
    if (v->kind == YML_SCALAR)
        var_type(b, &short_key, &in);
    else if (v->kind != YML_BROKEN)
        read_map(b, v, var_rows, &in, "a variable", key);
    if (in.typed && v->kind == YML_SCALAR && in.var.type != STORY_BOOL)
        builder_error(b, v, "E105",
                      in.var.type == STORY_INT ? "`{type: int, min: 0, max: 10}`" : "`{type: enum, values: [a, b]}`",
                      "%s needs more than its type", in.var.type == STORY_INT ? "an int" : "an enum");
    else if (in.typed)
        finish_var(b, &in, key);
    if (in.typed && in.var.type == STORY_ENUM && in.var.values.n == 0)
        in.typed = false;
    if (b->vars->len == STORY_VARS_MAX)
        builder_error(b, key, "E513", "let one variable of several values stand for several", "more than %d variables",
                      STORY_VARS_MAX);
    if (b->vars->len >= STORY_VARS_MAX ||
        !builder_declare(b, SPACE_VARS, in.var.name, (int32_t)b->vars->len, key, "variable"))
        return;
    const struct builder_var info = {.broken = !in.typed};
    g_array_append_val(b->vars, in.var);
    g_array_append_val(b->var_uses, info);
}

/* ---- media, languages, traits, props -------------------------------------------------------------------------- */

void read_medium(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    if (!read_check_name(b, key, false))
        return;
    const struct builder_medium m = {
        .name = builder_keep(b, key->text), .path = read_path(b, key->value, READ_FILM), .mark = builder_mark(b, key)};
    if (builder_declare(b, SPACE_MEDIA, m.name, (int32_t)b->media->len, key, "film"))
        g_array_append_val(b->media, m);
}

void read_languages(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    if (key->value->kind != YML_LIST || key->value->len == 0) {
        builder_error(b, key, key->value->kind == YML_LIST ? "E116" : "E106", "`languages: [en, de]`",
                      "`languages` needs a list of languages");
        return;
    }
    for (const struct yml_node *v = key->value->first; v; v = v->next) {
        const char *tag = read_language(b, v);
        bool twice = false;
        for (guint i = 0; tag && i < b->languages->len; i++)
            twice |= g_ascii_strcasecmp(g_array_index(b->languages, const char *, i), tag) == 0;
        if (twice)
            builder_error(b, v, "E207", "remove one of them", "the language `%s` is listed twice", tag);
        if (twice || !tag)
            continue;
        const struct pending_name ref = {tag, builder_mark(b, v), v->width};
        g_array_append_val(b->languages, tag);
        g_array_append_val(b->language_marks, ref);
    }
}

void read_traits(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    b->tags_declared[SPACE_TRAITS] = true;
    if (key->value->kind != YML_LIST) {
        builder_error(b, key, "E106", "`traits: [bold, tender]`", "`traits` needs a list of names");
        return;
    }
    for (const struct yml_node *v = key->value->first; v; v = v->next)
        if (read_name(b, v, false))
            builder_declare_tag(b, SPACE_TRAITS, v, NULL);
}

/* A mapping of names to titles. */
static void read_titled_tags(struct builder *b, const struct yml_node *key, enum builder_space space,
                             const char *example)
{
    b->tags_declared[space] = true;
    if (key->value->kind != YML_MAP) {
        builder_error(b, key, "E106", example, "`%s` needs a mapping of names to titles", key->text);
        return;
    }
    for (const struct yml_node *k = key->value->first; k; k = k->next) {
        const char *title = read_present(b, k) ? read_text(b, k->value, STORY_TEXT_BYTES_MAX) : NULL;
        if (read_check_name(b, k, false))
            builder_declare_tag(b, space, k, title);
    }
}

void read_props(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    read_titled_tags(b, key, SPACE_PROPS, "`props: {sugar-puffs: Sugar Puffs}`");
}

void read_acts(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    read_titled_tags(b, key, SPACE_ACTS, "`acts: {one: The call}`");
}

/* ---- check ---------------------------------------------------------------------------------------------------- */

static void read_assert(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    for (const struct yml_node *v = read_first(key->value); v; v = read_next(key->value, v)) {
        const struct story_assert a = {read_condition(b, v), builder_mark(b, v)};
        if (a.expr >= 0)
            g_array_append_val(b->asserts, a);
    }
}

static void read_goal(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    for (const struct yml_node *v = read_first(key->value); v; v = read_next(key->value, v)) {
        const char *name = read_name(b, v, false);
        if (!name)
            continue;
        const struct pending_name ref = {arena_copy(b->scratch, name, strlen(name)), builder_mark(b, v), v->width};
        g_array_append_val(b->goal_names, ref);
    }
}

static const struct read_row check_rows[] = {
    {"assert", read_assert, false}, {"goal", read_goal, false}, {"note", read_note, false}, {NULL, NULL, false}};

void read_check(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    read_map(b, key->value, check_rows, NULL, "`check`", key);
}
