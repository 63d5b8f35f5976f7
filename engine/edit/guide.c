#include "edit/guide.h"

#include "base/embedded.h"
#include "base/json.h"

#include <assert.h>
#include <string.h>

#define NESTED_MAX 16 /* the schema's own alternatives within alternatives */

struct guide {
    struct guides *of;
    GPtrArray *parts; /* JsonObject: alternatives, as they stand in the schema */
    GPtrArray *keys;  /* char *, borrowed from the schema */
    GPtrArray *words; /* char * */
    const char *text; /* or NULL */
    struct role role;
    bool is_list, is_mapping;
    struct links *links;
};

/* What is below a guide, found when it is asked for: the schema goes in circles. */
struct links {
    GHashTable *keys; /* of those that the schema names, to struct guide; NULL: not asked for yet */
    const struct guide *any, *item, *names;
    bool any_known, item_known, names_known;
};

struct guides {
    JsonParser *parser;
    JsonObject *definitions;
    GHashTable *known; /* the parts' addresses, as text, to struct guide */
};

static const struct {
    const char *word;
    enum name_kind kind;
} kind_words[] = {
    {"node", NAME_NODE},         {"route", NAME_ROUTE},       {"ending", NAME_ENDING}, {"decision", NAME_DECISION},
    {"option", NAME_OPTION},     {"variable", NAME_VARIABLE}, {"value", NAME_VALUE},   {"medium", NAME_MEDIUM},
    {"trait", NAME_TRAIT},       {"prop", NAME_PROP},         {"act", NAME_ACT},       {"cues", NAME_CUES},
    {"language", NAME_LANGUAGE}, {"target", NAME_NODE},       {"goal", NAME_GOAL},
};

const char *name_kind_word(enum name_kind kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kind_words); i++)
        if (kind_words[i].kind == kind)
            return kind == NAME_CUES ? "set of cues" : kind_words[i].word;
    return "name";
}

/* ---- the schema -------------------------------------------------------------------------------------------------- */

/* "#/definitions/decision/properties/opens" */
static JsonObject *referred(struct guides *g, const char *ref)
{
    g_auto(GStrv) steps = g_strsplit(ref, "/", -1);
    JsonObject *o = g->definitions;
    for (guint i = 2; o && steps[1] && steps[i]; i++)
        o = json_get_object(o, steps[i]);
    return o;
}

static void add_part(struct guides *g, GPtrArray *parts, JsonObject *o, int depth);

static void add_parts(struct guides *g, GPtrArray *parts, JsonArray *alternatives, int depth)
{
    for (guint i = 0; alternatives && i < json_array_get_length(alternatives); i++) {
        JsonNode *n = json_array_get_element(alternatives, i);
        if (JSON_NODE_HOLDS_OBJECT(n))
            add_part(g, parts, json_node_get_object(n), depth);
    }
}

/* The object and everything that it may be instead, or also has to be. */
static void add_part(struct guides *g, GPtrArray *parts, JsonObject *o, int depth)
{
    static const char *const branches[] = {"then", "else"}, *const lists[] = {"allOf", "anyOf", "oneOf"};
    if (!o || depth > NESTED_MAX || g_ptr_array_find(parts, o, NULL))
        return;
    g_ptr_array_add(parts, o);
    const char *ref = json_get_text(o, "$ref");
    if (ref)
        add_part(g, parts, referred(g, ref), depth + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        add_parts(g, parts, json_get_array(o, lists[i]), depth + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(branches); i++)
        add_part(g, parts, json_get_object(o, branches[i]), depth + 1);
}

/* ---- what a guide says ------------------------------------------------------------------------------------------- */

static struct role role_of(const char *text)
{
    static const struct {
        const char *word;
        enum role_form form;
    } forms[] = {{"declares", ROLE_DECLARES}, {"names", ROLE_NAMES},   {"expression", ROLE_EXPRESSION},
                 {"effect", ROLE_EFFECT},     {"fields", ROLE_FIELDS}, {"file", ROLE_FILE}};
    g_auto(GStrv) words = g_strsplit(text, " ", 2);
    struct role role = {ROLE_NOTHING, NAME_NONE, strcmp(text, "names target") == 0};
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        if (strcmp(words[0], forms[i].word) == 0)
            role.form = forms[i].form;
    for (size_t i = 0; words[1] && i < G_N_ELEMENTS(kind_words); i++)
        if (strcmp(words[1], kind_words[i].word) == 0)
            role.kind = kind_words[i].kind;
    assert(role.form != ROLE_NOTHING && (role.kind != NAME_NONE) == (words[1] != NULL));
    return role;
}

static void add_unique(GPtrArray *list, const char *text)
{
    if (!g_ptr_array_find_with_equal_func(list, text, g_str_equal, NULL))
        g_ptr_array_add(list, (gpointer)text);
}

static bool has_type(JsonObject *o, const char *type)
{
    JsonArray *types = json_get_array(o, "type");
    const char *one = json_get_text(o, "type");
    for (guint i = 0; types && i < json_array_get_length(types); i++)
        if (strcmp(json_array_get_string_element(types, i), type) == 0)
            return true;
    return one && strcmp(one, type) == 0;
}

/* A text that YAML takes for a yes or no is still a text: only where nothing else may stand, `true` is a word to choose. */
static void read_words(struct guide *g, JsonObject *o)
{
    JsonArray *words = json_get_array(o, "enum");
    const char *only = json_get_text(o, "const"), *type = json_get_text(o, "type");
    for (guint i = 0; words && i < json_array_get_length(words); i++)
        add_unique(g->words, json_array_get_string_element(words, i));
    if (only)
        add_unique(g->words, only);
    if (type && strcmp(type, "boolean") == 0) {
        add_unique(g->words, "true");
        add_unique(g->words, "false");
    }
}

static void read_part(struct guide *g, JsonObject *o)
{
    const char *text = json_get_text(o, "description"), *role = json_get_text(o, "role");
    JsonObject *properties = json_get_object(o, "properties");
    g_autoptr(GList) keys = properties ? json_object_get_members(properties) : NULL;
    for (GList *k = keys; k; k = k->next)
        if (JSON_NODE_HOLDS_OBJECT(json_object_get_member(properties, k->data)))
            add_unique(g->keys, k->data);
    if (!g->text)
        g->text = text;
    if (role && g->role.form == ROLE_NOTHING)
        g->role = role_of(role);
    g->is_list |= has_type(o, "array") || json_get_object(o, "items");
    g->is_mapping |= properties || json_get_object(o, "additionalProperties") || has_type(o, "object");
    read_words(g, o);
}

static void guide_free(void *data)
{
    struct guide *g = data;
    g_ptr_array_unref(g->parts);
    g_ptr_array_unref(g->keys);
    g_ptr_array_unref(g->words);
    g_hash_table_unref(g->links->keys);
    g_free(g->links);
    g_free(g);
}

/* The guide of these alternatives; takes the array. NULL: there are none. */
static const struct guide *guide_of(struct guides *all, GPtrArray *parts)
{
    g_autoptr(GString) key = g_string_new(NULL);
    for (guint i = 0; i < parts->len; i++)
        g_string_append_printf(key, "%p ", parts->pdata[i]);
    struct guide *g = g_hash_table_lookup(all->known, key->str);
    if (g || parts->len == 0) {
        g_ptr_array_unref(parts);
        return g;
    }
    g = g_new0(struct guide, 1);
    g->of = all;
    g->parts = parts;
    g->keys = g_ptr_array_new();
    g->words = g_ptr_array_new();
    g->links = g_new0(struct links, 1);
    g->links->keys = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < parts->len; i++)
        read_part(g, parts->pdata[i]);
    g_hash_table_insert(all->known, g_strdup(key->str), g);
    return g;
}

struct guides *guides_new(void)
{
    struct guides *g = g_new0(struct guides, 1);
    const struct embedded *schema = embedded_file("stories/story.schema.json");
    g->parser = json_parser_new_immutable();
    const bool parsed = json_parser_load_from_data(g->parser, schema->text, (gssize)schema->size, NULL);
    assert(parsed);
    (void)parsed;
    g->definitions = json_get_object(json_node_get_object(json_parser_get_root(g->parser)), "definitions");
    g->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, guide_free);
    assert(g->definitions);
    return g;
}

void guides_free(struct guides *g)
{
    if (!g)
        return;
    g_hash_table_unref(g->known);
    g_object_unref(g->parser);
    g_free(g);
}

const struct guide *guides_root(struct guides *g, bool main_file)
{
    GPtrArray *parts = g_ptr_array_new();
    add_part(g, parts, json_get_object(g->definitions, main_file ? "story" : "part"), 0);
    return guide_of(g, parts);
}

/* ---- steps down -------------------------------------------------------------------------------------------------- */

static const struct guide *below(const struct guide *g, const char *member)
{
    GPtrArray *parts = g_ptr_array_new();
    for (guint i = 0; i < g->parts->len; i++)
        add_part(g->of, parts, json_get_object(g->parts->pdata[i], member), 0);
    return guide_of(g->of, parts);
}

static const struct guide *below_key(const struct guide *g, const char *key)
{
    GPtrArray *parts = g_ptr_array_new();
    for (guint i = 0; i < g->parts->len; i++) {
        JsonObject *properties = json_get_object(g->parts->pdata[i], "properties");
        if (properties)
            add_part(g->of, parts, json_get_object(properties, key), 0);
    }
    return guide_of(g->of, parts);
}

/* Names are free in some mappings, and there are many: these share one guide. */
static const struct guide *free_key(const struct guide *g)
{
    if (!g->links->any_known)
        g->links->any = below(g, "additionalProperties");
    g->links->any_known = true;
    return g->links->any;
}

const struct guide *guide_key(const struct guide *g, const char *key)
{
    const struct guide *known = g ? g_hash_table_lookup(g->links->keys, key) : NULL;
    guint at;
    if (!g || known)
        return known;
    if (!g_ptr_array_find_with_equal_func(g->keys, key, g_str_equal, &at))
        return free_key(g);
    known = below_key(g, key);
    g_hash_table_insert(g->links->keys, g->keys->pdata[at], (gpointer)known);
    return known;
}

const struct guide *guide_item(const struct guide *g)
{
    if (g && !g->links->item_known)
        g->links->item = below(g, "items");
    if (g)
        g->links->item_known = true;
    return g ? g->links->item : NULL;
}

const struct guide *guide_names(const struct guide *g)
{
    if (g && !g->links->names_known)
        g->links->names = below(g, "propertyNames");
    if (g)
        g->links->names_known = true;
    return g ? g->links->names : NULL;
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

struct role guide_role(const struct guide *g)
{
    return g ? g->role : (struct role){ROLE_NOTHING, NAME_NONE, false};
}

const GPtrArray *guide_keys(const struct guide *g)
{
    return g->keys;
}

bool guide_requires(const struct guide *g, const char *key)
{
    for (guint i = 0; i < g->parts->len; i++) {
        JsonObject *o = g->parts->pdata[i];
        JsonArray *required = json_get_object(o, "properties") ? json_get_array(o, "required") : NULL;
        for (guint k = 0; required && k < json_array_get_length(required); k++)
            if (strcmp(json_array_get_string_element(required, k), key) == 0)
                return true;
    }
    return false;
}

bool guide_is_mapping(const struct guide *g)
{
    return g->is_mapping;
}

bool guide_is_list(const struct guide *g)
{
    return g->is_list;
}

const GPtrArray *guide_words(const struct guide *g)
{
    return g->words;
}

const char *guide_text(const struct guide *g)
{
    return g ? g->text : NULL;
}
