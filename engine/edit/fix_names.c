/* Fixes of names: what is declared and not used goes, what is used and not declared is declared, what is there twice gets another name. */

#include "base/safe.h"
#include "edit/fix.h"
#include "edit/renaming.h"

#include <string.h>

/* ---- too many ---------------------------------------------------------------------------------------------------- */

/* What nothing uses is removed. Nodes are not: they hold a writer's work. */
bool fix_unused(struct spot *s)
{
    const struct name_use *u = names_at(s->n, s->file, s->d->line, s->d->col + 1);
    if (!s->at || !u || !u->declares || (u->kind == NAME_NODE && !u->is_route))
        return false;
    GPtrArray *edits = text_edits_new();
    fix_remove_node(s, edits, s->file, s->at);
    fix_add(s, g_strdup_printf("remove `%s`", u->name), edits);
    return true;
}

/* A node that nothing leads to, which an editor can bring back. If another one names it, that one goes first. */
bool fix_unreached(struct spot *s)
{
    const struct yaml_node *key = fix_key(s);
    const GArray *all = key && key->text ? names_of(s->n, NAME_NODE, NULL, key->text) : NULL;
    for (guint i = 0; all && i < all->len; i++) {
        const struct name_use *u = names_use(s->n, g_array_index(all, guint, i));
        if (!u->declares && g_strcmp0(u->node, key->text) != 0)
            return false;
    }
    if (!key || key->parent != yaml_tree_value(fix_tree(s, s->file), "nodes"))
        return false;
    GPtrArray *edits = text_edits_new();
    fix_remove_node(s, edits, s->file, key);
    fix_add(s, g_strdup_printf("remove `%s`", key->text), edits);
    return true;
}

/* The effect that sets a variable: in `do` or `enter`, or as an item of a list. */
static const struct yaml_node *effect_at(struct spot *s, const struct name_use *u)
{
    const struct yaml_node *n = fix_use_node(s, u);
    const struct yaml_node *key = n ? yaml_tree_key_of(n) : NULL;
    const bool guarded =
        key && strcmp(key->text, "do") == 0 && n->parent->parent && n->parent->parent->shape == YAML_SHAPE_LIST;
    return guarded ? n->parent : n;
}

/* A variable that nothing reads goes with all that sets it; of one list, a single effect can go at once. */
bool fix_unread(struct spot *s)
{
    const struct name_use *d = names_at(s->n, s->file, s->d->line, s->d->col + 1);
    const GArray *all =
        d && d->declares && d->kind == NAME_VARIABLE ? names_of(s->n, d->kind, d->owner, d->name) : NULL;
    GPtrArray *edits = text_edits_new();
    g_autoptr(GHashTable) lists = g_hash_table_new(NULL, NULL);
    bool possible = all && s->at && strstr(s->d->message, "nothing reads");
    for (guint i = 0; possible && i < all->len; i++) {
        const struct name_use *u = names_use(s->n, g_array_index(all, guint, i));
        const struct yaml_node *n = u->declares ? s->at : effect_at(s, u);
        possible = n && n->parent && (u->declares || u->writes) && g_hash_table_add(lists, n->parent);
        if (possible)
            fix_remove_node(s, edits, u->file, n);
    }
    if (possible)
        fix_add(s, g_strdup_printf("remove `%s`, and what sets it", d->name), edits);
    else
        g_ptr_array_unref(edits);
    return possible;
}

/* The thing at the place gets a name that is free; other uses of the name mean the other thing. */
bool fix_other_name(struct spot *s)
{
    const struct name_use *u = names_at(s->n, s->file, s->d->line, s->d->col);
    const bool everywhere = u && (u->kind == NAME_VARIABLE || strcmp(s->d->rule->code, "W613") == 0);
    if (!u || !u->declares || !u->exact)
        return false;
    g_autofree char *name = fix_free_name(s, u->kind, u->owner, u->name);
    if (strcmp(name, u->name) == 0)
        return false;
    const gsize from = source_text_byte(s->src, u->line, u->col),
                to = source_text_byte(s->src, u->line, u->col + u->len);
    if (everywhere)
        fix_add(s, g_strdup_printf("call it `%s`, everywhere", name), renaming_everywhere(s->n, u, name));
    else
        fix_replace(s, g_strdup_printf("call this one `%s`", name), from, to, g_strdup(name));
    return true;
}

/* ---- too few ----------------------------------------------------------------------------------------------------- */

/* One more value of the variable that is compared, or set, with it. */
static bool add_value(struct spot *s, const char *value)
{
    const struct name_use *v = NULL;
    g_autofree char *variable = fix_said(s->d->message, 1);
    for (guint i = 0; variable && (v = fix_declared(s, NAME_VARIABLE, NULL, i)); i++)
        if (strcmp(v->name, variable) == 0)
            break;
    struct yaml_node *key = v ? fix_use_node(s, v) : NULL, *body = key ? yaml_tree_value_of(key) : NULL,
                     *list = yaml_tree_value(body, "values");
    if (!list || list->shape != YAML_SHAPE_LIST || list->children->len == 0)
        return false;
    GPtrArray *edits = text_edits_new();
    fix_insert_item(s, edits, v->file, list, value);
    fix_add(s, g_strdup_printf("add `%s` to the values of `%s`", value, variable), edits);
    return true;
}

/* In a list of names, or in a mapping of names to titles. */
static bool declare_in(struct spot *s, const char *section, const char *name, const char *entry)
{
    GPtrArray *edits = text_edits_new();
    for (guint i = 0; i < s->n->files->len; i++) {
        const struct yaml_node *list = yaml_tree_value(fix_tree(s, i), section);
        if (!list || list->shape != YAML_SHAPE_LIST || list->children->len == 0)
            continue;
        fix_insert_item(s, edits, i, list, name);
        fix_add(s, g_strdup_printf("add `%s` to `%s`", name, section), edits);
        return true;
    }
    if (fix_insert_into(s, edits, section, entry)) {
        fix_add(s, g_strdup_printf("declare `%s` in `%s`", name, section), edits);
        return true;
    }
    g_ptr_array_unref(edits);
    return false;
}

/* Is there, behind some use of the variable, what only a number can have? */
static bool is_counted(const struct spot *s, const char *variable)
{
    const GArray *all = names_of(s->n, NAME_VARIABLE, NULL, variable);
    for (guint i = 0; all && i < all->len; i++) {
        const struct name_use *u = names_use(s->n, g_array_index(all, guint, i));
        const struct source_text *src = fix_file(s, u->file)->src;
        const char *p = src->bytes + source_text_byte(fix_file(s, u->file)->src, u->line, u->col + u->len);
        p += strspn(p, " ");
        if (strchr("+-*<>", *p) && *p)
            return true;
        p += strspn(p, "!= ");
        if (g_ascii_isdigit(*p))
            return true;
    }
    return false;
}

/* The name that is used there is declared where such names are. `%s` stands for it. */
bool fix_declare(struct spot *s)
{
    static const struct {
        const char *code, *section, *entry;
    } sections[] = {
        {"E204", "state", "%s: {type: bool}"},
        {"E205", "media", "%s: %s.mkv"},
        {"E209", "traits", "%s: {}"},
        {"E210", "props", "%s: %s"},
        {"E211", "acts", "%s: %s"},
        {"E212", "cues", "%s: [{before: 0s, sound: %s.opus}]"},
    };
    g_autofree char *name = fix_said(s->d->message, strcmp(s->d->rule->code, "E205") == 0 ? 1 : 0);
    if (!name || strchr(s->d->message, '{'))
        return false;
    if (strcmp(s->d->rule->code, "E206") == 0)
        return add_value(s, name);
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        if (strcmp(s->d->rule->code, sections[i].code) != 0)
            continue;
        const bool counted = strcmp(sections[i].section, "state") == 0 && is_counted(s, name);
        g_auto(GStrv) parts = g_strsplit(counted ? "%s: {type: int, min: 0, max: 10}" : sections[i].entry, "%s", -1);
        g_autofree char *entry = g_strjoinv(name, parts);
        return declare_in(s, sections[i].section, name, entry);
    }
    return false;
}

/* A node that plays as a card and ends the film, until more is known of it. */
bool fix_create_node(struct spot *s)
{
    g_autofree char *name = fix_said(s->d->message, 0);
    const bool wants_node = strstr(s->d->message, "no node") != NULL;
    if (!name || !*name || !wants_node || strpbrk(name, "() "))
        return false;
    g_autofree char *ending = fix_free_name(s, NAME_ENDING, NULL, name);
    g_autofree char *entry =
        g_strdup_printf("%s:\n  clip: {card: %s, for: 4s}\n  ending: {id: %s, title: %s}", name, name, ending, name);
    GPtrArray *edits = text_edits_new();
    guint file = s->file;
    struct yaml_node *nodes = yaml_tree_value(fix_tree(s, file), "nodes");
    for (guint i = 0; !nodes && i < s->n->files->len; i++)
        nodes = yaml_tree_value(fix_tree(s, file = i), "nodes");
    if (!nodes || nodes->shape != YAML_SHAPE_MAP) {
        g_ptr_array_unref(edits);
        return false;
    }
    g_autofree char *flat =
        g_strdup_printf("%s: {clip: {card: %s, for: 4s}, ending: {id: %s, title: %s}}", name, name, ending, name);
    fix_insert_entry(s, edits, file, nodes, nodes->flow ? flat : entry, false);
    fix_add(s, g_strdup_printf("create the node `%s`", name), edits);
    return true;
}

/* ---- languages and files ----------------------------------------------------------------------------------------- */

/* `languages` gets one more. */
bool fix_language(struct spot *s)
{
    g_autofree char *language = fix_marked(s);
    const struct yaml_node *list = yaml_tree_value(fix_tree(s, 0), "languages");
    GPtrArray *edits = text_edits_new();
    if (list && list->shape == YAML_SHAPE_LIST && list->children->len > 0) {
        fix_insert_item(s, edits, 0, list, language);
        fix_add(s, g_strdup_printf("add `%s` to `languages`", language), edits);
        return true;
    }
    g_ptr_array_unref(edits);
    return false;
}

/* A file of the story that is to be made, beside the main file. Takes the text. */
static void create_file(struct spot *s, const char *name, char *text)
{
    g_autofree char *folder = g_path_get_dirname(fix_file(s, 0)->path);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    GPtrArray *edits = text_edits_new();
    text_edits_add(edits, path, 0, 0, text);
    fix_add(s, g_strdup_printf("create `%s`", name), edits);
}

/* What is included, a language's texts, or subtitles: as files that hold nothing yet. Films and sounds are not made by an editor. */
bool fix_create_file(struct spot *s)
{
    const char *name = s->at && s->at->text ? s->at->text : "";
    g_autofree char *lower = g_ascii_strdown(name, -1);
    if (strcmp(s->d->rule->code, "W703") == 0) {
        g_autofree char *file = fix_said(s->d->message, 0);
        create_file(s, file,
                    g_strdup("# The story's texts in this language: KEY: TEXT. `frumious export strings` "
                             "lists all of them.\n"));
        return true;
    }
    if (*name == '\0' || *name == '/' || strstr(name, ".."))
        return false;
    if (strcmp(s->d->rule->code, "E100") == 0)
        create_file(s, name, g_strdup("# A part of the story: its nodes, routes and so on.\nmeta: {}\n"));
    else if (g_str_has_suffix(lower, ".vtt"))
        create_file(s, name, g_strdup("WEBVTT\n\n"));
    else
        return false;
    return true;
}

/* `option.d.yes.text`, which the language lacks: the original, with a mark that nobody has translated it. */
bool fix_translation(struct spot *s)
{
    g_autofree char *key = fix_said(s->d->message, 0), *of = fix_told(s->d->advice, "and write ");
    /* Of many texts at once, it says "add to". */
    const bool one = s->d->advice && g_str_has_prefix(s->d->advice, "add it to ");
    const char *at = one ? strstr(s->d->advice, "strings/") : NULL;
    if (of && s->at) { /* W707: the translation suits the text as it is now */
        const char *value = strchr(of, ' ');
        if (value)
            fix_replace(s, g_strdup("the translation still holds: note that"), s->at->from, s->at->to,
                        fix_value(value + 1));
        return value != NULL;
    }
    g_autofree char *name = at ? g_strndup(at, strcspn(at, ":` ")) : NULL;
    for (guint i = 0; name && s->at && s->at->text && i < s->n->files->len; i++) {
        const struct yaml_node *root = g_str_has_suffix(fix_file(s, i)->path, name) ? fix_tree(s, i) : NULL;
        if (!root || root->shape != YAML_SHAPE_MAP || root->flow)
            continue;
        g_autoptr(GString) entry = g_string_new(key);
        GPtrArray *edits = text_edits_new();
        g_string_append(entry, ": ");
        safe_yaml(entry, s->at->text);
        g_string_append(entry, " # not translated yet");
        fix_insert_entry(s, edits, i, root, entry->str, false);
        fix_add(s, g_strdup_printf("add `%s` to %s", key, name), edits);
        return true;
    }
    return false;
}
