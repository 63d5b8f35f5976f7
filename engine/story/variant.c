#include "story/variant.h"

#include "story/suggest.h"

#include <assert.h>
#include <string.h>

struct variant {
    struct story story;
    struct story_var *vars;
    struct story_part *parts;
};

static bool fail_variant(GError **error, const char *message)
{
    g_set_error_literal(error, g_quark_from_static_string("frumious-variant"), 0, message);
    return false;
}

static bool fail_unknown_name(GError **error, const char *what, const char *name, const char *guess)
{
    g_autofree char *hint = guess ? g_strdup_printf("; did you mean '%s'?", guess) : g_strdup("");
    g_autofree char *message = g_strdup_printf("there is no %s '%s'%s", what, name, hint);
    return fail_variant(error, message);
}

static bool begin_at(struct variant *v, const char *name, GError **error)
{
    const int32_t node = story_find_node(&v->story, name);
    if (node >= 0) {
        v->story.start = node;
        v->story.from = v->story.nodes[node].name;
        return true;
    }
    struct suggest guess = suggest_begin(name);
    for (int32_t i = 0; i < v->story.n_nodes; i++)
        suggest_offer(&guess, v->story.nodes[i].name);
    return fail_unknown_name(error, "node", name, suggest_best(&guess));
}

static bool fail_bad_value(const struct story_var *var, const char *text, const char *allowed, GError **error)
{
    g_autofree char *message = g_strdup_printf("'%s' can't be '%s'; it must be %s", var->name, text, allowed);
    return fail_variant(error, message);
}

static bool set_initial(const struct story *s, struct story_var *var, const char *text, GError **error)
{
    char *end;
    const gint64 number = g_ascii_strtoll(text, &end, 10);
    switch (var->type) {
    case STORY_BOOL:
        var->initial = strcmp(text, "true") == 0;
        return var->initial || strcmp(text, "false") == 0 || fail_bad_value(var, text, "true or false", error);
    case STORY_ENUM:
        for (int32_t i = 0; i < var->values.n; i++)
            if (strcmp(s->names[var->values.first + i], text) == 0) {
                var->initial = i;
                return true;
            }
        break;
    case STORY_INT:
        if (text[0] != '\0' && *end == '\0' && number >= var->min && number <= var->max) {
            var->initial = (int32_t)number;
            return true;
        }
        break;
    }
    g_autoptr(GString) allowed = g_string_new(NULL);
    if (var->type == STORY_INT)
        g_string_printf(allowed, "a whole number from %d to %d", var->min, var->max);
    for (int32_t i = 0; var->type == STORY_ENUM && i < var->values.n; i++)
        g_string_append_printf(allowed, "%s%s", i > 0 ? " or " : "", s->names[var->values.first + i]);
    return fail_bad_value(var, text, allowed->str, error);
}

/* Where the variable is an experiment's, only that arm is drawn. */
static void keep_one_arm(struct variant *v, int32_t var)
{
    const struct story *s = &v->story;
    for (int32_t i = 0; i < s->n_experiments; i++) {
        const struct story_span arms = s->routes[s->experiments[i].route].parts;
        for (int32_t k = 0; s->experiments[i].var == var && k < arms.n; k++)
            v->parts[arms.first + k].weight = k == s->vars[var].initial;
    }
}

static bool apply_setting(struct variant *v, const char *text, GError **error)
{
    const char *sign = strchr(text, '=');
    g_autofree char *name = g_strndup(text, sign ? (gsize)(sign - text) : strlen(text));
    if (!sign)
        return fail_variant(error, "--set takes NAME=VALUE");
    const int32_t var = story_find_var(&v->story, name);
    if (var >= 0) {
        const bool set = set_initial(&v->story, &v->vars[var], sign + 1, error);
        v->vars[var].given = set;
        keep_one_arm(v, var);
        return set;
    }
    struct suggest guess = suggest_begin(name);
    for (int32_t i = 0; i < v->story.n_vars; i++)
        suggest_offer(&guess, v->story.vars[i].name);
    return fail_unknown_name(error, "variable", name, suggest_best(&guess));
}

struct variant *variant_new(const struct story *s, const char *from, char *const *sets, GError **error)
{
    struct variant *v = g_new(struct variant, 1);
    const size_t bytes = sizeof *v->vars * (size_t)s->n_vars;
    v->story = *s;
    assert(s->owned); /* the variant looks names up in the original story's tables */
    v->vars = g_memdup2(s->vars, bytes);
    v->story.vars = v->vars;
    v->parts = g_memdup2(s->parts, sizeof *v->parts * (size_t)s->n_parts);
    v->story.parts = v->parts;
    bool good = !from || begin_at(v, from, error);
    for (size_t i = 0; good && sets && sets[i]; i++)
        good = apply_setting(v, sets[i], error);
    if (good)
        return v;
    variant_free(v);
    return NULL;
}

void variant_free(struct variant *v)
{
    if (!v)
        return;
    g_free(v->vars);
    g_free(v->parts);
    g_free(v);
}

const struct story *variant_story(const struct variant *v)
{
    return &v->story;
}
