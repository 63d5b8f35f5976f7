#include "story/read_state.h"

#include "story/limits.h"

#include <string.h>

/* ---- variables ------------------------------------------------------------------------------------------------ */

static const char *const type_words[] = {"bool", "enum", "int", NULL};
static const char *const keep_words[] = {"play", "viewer", NULL};
static const char *const rewind_words[] = {"restore", "keep", NULL};

struct var_in {
    struct story_var var;
    bool typed, ranged[2];                               /* min, max are given */
    const struct yml_node *values, *min, *max, *initial; /* keys, or NULL */
};

static void var_type(struct build *b, const struct yml_node *key, void *into)
{
    struct var_in *in = into;
    const int type = read_word(b, key->value, type_words);
    in->typed = type >= 0;
    in->var.type = in->typed ? (enum story_type)type : STORY_BOOL;
}

static void var_values(struct build *b, const struct yml_node *key, void *into)
{
    (void)b;
    ((struct var_in *)into)->values = key;
}

static void var_min(struct build *b, const struct yml_node *key, void *into)
{
    struct var_in *in = into;
    in->min = key;
    in->ranged[0] = read_int(b, key->value, -STORY_INT_MAX, STORY_INT_MAX, &in->var.min);
}

static void var_max(struct build *b, const struct yml_node *key, void *into)
{
    struct var_in *in = into;
    in->max = key;
    in->ranged[1] = read_int(b, key->value, -STORY_INT_MAX, STORY_INT_MAX, &in->var.max);
}

static void var_initial(struct build *b, const struct yml_node *key, void *into)
{
    (void)b;
    ((struct var_in *)into)->initial = key;
}

static void var_keep(struct build *b, const struct yml_node *key, void *into)
{
    ((struct var_in *)into)->var.keep_viewer = read_word(b, key->value, keep_words) == 1;
}

static void var_rewind(struct build *b, const struct yml_node *key, void *into)
{
    ((struct var_in *)into)->var.keep_rewind = read_word(b, key->value, rewind_words) == 1;
}

static const struct read_row var_rows[] = {
    {"type", var_type, true},
    {"values", var_values, false},
    {"min", var_min, false},
    {"max", var_max, false},
    {"initial", var_initial, false},
    {"keep", var_keep, false},
    {"rewind", var_rewind, false},
    {"note", read_note, false},
    {"todo", read_note, false},
    {"meta", read_meta, false},
    {NULL, NULL, false},
};

static void read_values(struct build *b, struct var_in *in)
{
    const struct yml_node *list = in->values->value;
    in->var.values.first = (int32_t)b->names->len;
    if (list->kind != YML_LIST || list->len == 0) {
        build_error(b, in->values, list->kind == YML_LIST ? "E116" : "E106", "`values: [none, single, return]`",
                    "`values` needs a list of names");
        return;
    }
    if (list->len > STORY_ENUM_VALUES_MAX)
        build_error(b, in->values, "E513", NULL, "more than %d values (STORY_ENUM_VALUES_MAX)", STORY_ENUM_VALUES_MAX);
    for (const struct yml_node *v = list->first; v && in->var.values.n < STORY_ENUM_VALUES_MAX; v = v->next) {
        const char *name = read_name(b, v, true);
        bool twice = false;
        for (int32_t i = 0; name && i < in->var.values.n; i++)
            twice |= strcmp(g_array_index(b->names, const char *, in->var.values.first + i), name) == 0;
        if (twice)
            build_error(b, v, "E207", NULL, "the value `%s` is listed twice", name);
        if (!name || twice)
            continue;
        name = build_keep(b, name);
        g_array_append_val(b->names, name);
        in->var.values.n++;
    }
}

/* A key that belongs to another type. */
static void refuse(struct build *b, const struct yml_node *key, const char *type)
{
    if (key)
        build_error(b, key, "E115", NULL, "`%s` does not belong to %s", key->text, type);
}

static void finish_bool(struct build *b, struct var_in *in)
{
    bool initial = false;
    refuse(b, in->values, "a bool");
    refuse(b, in->min, "a bool");
    refuse(b, in->max, "a bool");
    if (in->initial) {
        const struct yml_node *v = in->initial->value;
        if (v->kind == YML_SCALAR && !v->quote && (strcmp(v->text, "true") == 0 || strcmp(v->text, "false") == 0))
            initial = v->text[0] == 't';
        else
            build_error(b, v, "E311", NULL, "a bool begins as `true` or `false`");
    }
    in->var.min = 0;
    in->var.max = 1;
    in->var.initial = initial;
}

static void finish_enum(struct build *b, struct var_in *in, const struct yml_node *at)
{
    refuse(b, in->min, "an enum");
    refuse(b, in->max, "an enum");
    if (in->values)
        read_values(b, in);
    else
        build_error(b, at, "E105", "`values: [none, single, return]`", "an enum needs `values`");
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
    build_error(b, v, "E311", "an enum begins with one of its `values`", "`%.40s` is none of the values",
                v->kind == YML_SCALAR ? v->text : "this");
}

static void finish_int(struct build *b, struct var_in *in, const struct yml_node *at)
{
    struct story_var *var = &in->var;
    refuse(b, in->values, "an int");
    if (!in->min)
        build_error(b, at, "E105", "what can be counted must be finite: `min: 0, max: 10`", "an int needs `min`");
    if (!in->max)
        build_error(b, at, "E105", "what can be counted must be finite: `min: 0, max: 10`", "an int needs `max`");
    if (!in->ranged[0] || !in->ranged[1]) {
        var->min = in->ranged[0] ? var->min : -STORY_INT_MAX;
        var->max = in->ranged[1] ? var->max : STORY_INT_MAX;
    } else if (var->min > var->max) {
        build_error(b, in->max, "E312", "exchange them?", "`max` is less than `min`");
        var->max = var->min;
    } else {
        var->initial = CLAMP(0, var->min, var->max);
    }
    int32_t initial;
    if (!in->initial || !read_int(b, in->initial->value, -STORY_INT_MAX, STORY_INT_MAX, &initial))
        return;
    if (initial < var->min || initial > var->max)
        build_error(b, in->initial->value, "E311", NULL, "it begins outside its range, %d to %d", var->min, var->max);
    else
        var->initial = initial;
}

static void finish_var(struct build *b, struct var_in *in, const struct yml_node *key)
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

void read_variable(struct build *b, const struct yml_node *key, void *into)
{
    (void)into;
    struct var_in in = {.var = {.max = 1, .mark = build_mark(b, key)}};
    if (!read_check_name(b, key, true)) {
        b->exprs_broken = true;
        return;
    }
    in.var.name = build_keep(b, key->text);
    const struct yml_node *v = key->value;
    const struct yml_node short_key = {.kind = YML_SCALAR, .text = "type", .value = v, .line = v->line, .col = v->col};
    if (v->kind == YML_SCALAR)
        var_type(b, &short_key, &in);
    else
        read_map(b, v, var_rows, &in, "a variable", key);
    if (in.typed && v->kind == YML_SCALAR && in.var.type != STORY_BOOL)
        build_error(b, v, "E105",
                    in.var.type == STORY_INT ? "`{type: int, min: 0, max: 10}`" : "`{type: enum, values: [a, b]}`",
                    "%s needs more than its type", in.var.type == STORY_INT ? "an int" : "an enum");
    else if (in.typed)
        finish_var(b, &in, key);
    if (in.typed && in.var.type == STORY_ENUM && in.var.values.n == 0)
        in.typed = false;
    if (b->vars->len == STORY_VARS_MAX)
        build_error(b, key, "E513", NULL, "more than %d variables (STORY_VARS_MAX)", STORY_VARS_MAX);
    if (b->vars->len >= STORY_VARS_MAX || !build_declare(b, VARS, in.var.name, (int32_t)b->vars->len, key, "variable"))
        return;
    const struct build_var info = {.broken = !in.typed};
    g_array_append_val(b->vars, in.var);
    g_array_append_val(b->var_infos, info);
}

/* ---- media, languages, traits, props -------------------------------------------------------------------------- */

void read_medium(struct build *b, const struct yml_node *key, void *into)
{
    (void)into;
    if (!read_check_name(b, key, false))
        return;
    const struct build_media m = {
        .name = build_keep(b, key->text), .path = read_path(b, key->value), .mark = build_mark(b, key)};
    if (build_declare(b, MEDIA, m.name, (int32_t)b->media->len, key, "medium"))
        g_array_append_val(b->media, m);
}

void read_languages(struct build *b, const struct yml_node *key, void *into)
{
    (void)into;
    if (key->value->kind != YML_LIST || key->value->len == 0) {
        build_error(b, key, key->value->kind == YML_LIST ? "E116" : "E106", "`languages: [en, de]`",
                    "`languages` needs a list of languages");
        return;
    }
    for (const struct yml_node *v = key->value->first; v; v = v->next) {
        const char *tag = read_language(b, v);
        bool twice = false;
        for (guint i = 0; tag && i < b->languages->len; i++)
            twice |= g_ascii_strcasecmp(g_array_index(b->languages, const char *, i), tag) == 0;
        if (twice)
            build_error(b, v, "E207", NULL, "the language `%s` is listed twice", tag);
        if (twice || !tag)
            continue;
        const struct build_ref ref = {tag, build_mark(b, v), v->width};
        g_array_append_val(b->languages, tag);
        g_array_append_val(b->language_marks, ref);
    }
}

void read_traits(struct build *b, const struct yml_node *key, void *into)
{
    (void)into;
    b->traits_declared = true;
    if (key->value->kind != YML_LIST) {
        build_error(b, key, "E106", "`traits: [bold, tender]`", "`traits` needs a list of names");
        return;
    }
    for (const struct yml_node *v = key->value->first; v; v = v->next)
        if (read_name(b, v, false))
            build_declare_word(b, TRAITS, v, NULL);
}

void read_props(struct build *b, const struct yml_node *key, void *into)
{
    (void)into;
    b->props_declared = true;
    if (key->value->kind != YML_MAP) {
        build_error(b, key, "E106", "`props: {sugar-puffs: Sugar Puffs}`",
                    "`props` needs a mapping of names to titles");
        return;
    }
    for (const struct yml_node *k = key->value->first; k; k = k->next) {
        const char *title = read_present(b, k) ? read_text(b, k->value, STORY_TEXT_BYTES_MAX) : NULL;
        if (read_check_name(b, k, false))
            build_declare_word(b, PROPS, k, title);
    }
}

/* ---- check ---------------------------------------------------------------------------------------------------- */

static void check_assert(struct build *b, const struct yml_node *key, void *into)
{
    (void)into;
    for (const struct yml_node *v = read_first(key->value); v; v = read_next(key->value, v)) {
        const struct story_assert a = {read_condition(b, v), build_mark(b, v)};
        if (a.expr >= 0)
            g_array_append_val(b->asserts, a);
    }
}

static void check_goal(struct build *b, const struct yml_node *key, void *into)
{
    (void)into;
    for (const struct yml_node *v = read_first(key->value); v; v = read_next(key->value, v)) {
        const char *name = read_name(b, v, false);
        if (!name)
            continue;
        const struct build_ref ref = {arena_copy(b->scratch, name, strlen(name)), build_mark(b, v), v->width};
        g_array_append_val(b->goal_refs, ref);
    }
}

static const struct read_row check_rows[] = {
    {"assert", check_assert, false}, {"goal", check_goal, false}, {"note", read_note, false}, {NULL, NULL, false}};

void read_check(struct build *b, const struct yml_node *key, void *into)
{
    (void)into;
    read_map(b, key->value, check_rows, NULL, "`check`", key);
}
