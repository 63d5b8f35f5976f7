#include "edit/fix.h"

#include "base/safe.h"

#include <assert.h>
#include <string.h>

/* ---- what is there ----------------------------------------------------------------------------------------------- */

const struct names_file *fix_file(const struct spot *s, guint file)
{
    return s->n->files->pdata[file];
}

struct yaml_node *fix_tree(struct spot *s, guint file)
{
    assert(file < s->n->files->len);
    if (!s->has_tree[file]) {
        s->tree[file] = yaml_tree_new(fix_file(s, file)->src);
        s->has_tree[file] = true;
    }
    return s->tree[file];
}

struct yaml_node *fix_use_node(struct spot *s, const struct name_use *u)
{
    return yaml_tree_at(fix_tree(s, u->file), source_text_byte(fix_file(s, u->file)->src, u->line, u->col));
}

char *fix_told(const char *text, const char *lead)
{
    const char *at = text ? strstr(text, lead) : NULL, *begin = at ? at + strlen(lead) : NULL;
    const char *end = begin && *begin == '`' ? strchr(begin + 1, '`') : NULL;
    return end ? g_strndup(begin + 1, (gsize)(end - begin - 1)) : NULL;
}

char *fix_said(const char *text, guint nth)
{
    g_auto(GStrv) parts = g_strsplit(text ? text : "", "`", -1);
    return g_strv_length(parts) > 2 * nth + 2 ? g_strdup(parts[2 * nth + 1]) : NULL;
}

gsize fix_line_begin(const char *text, gsize at)
{
    while (at > 0 && text[at - 1] != '\n')
        at--;
    return at;
}

bool fix_is_quote(char c)
{
    return c == '"' || c == '\'';
}

void fix_inner(const struct spot *s, gsize *from, gsize *to)
{
    *from = s->from;
    *to = s->to;
    if (s->to - s->from >= 2 && fix_is_quote(s->text[s->from]) && s->text[s->to - 1] == s->text[s->from]) {
        ++*from;
        --*to;
    }
}

char *fix_marked(const struct spot *s)
{
    gsize from, to;
    fix_inner(s, &from, &to);
    return g_strndup(s->text + from, to - from);
}

struct yaml_node *fix_key(const struct spot *s)
{
    struct yaml_node *n = s->at;
    while (n && n->parent && n->parent->shape == YAML_SHAPE_LIST && n->parent->from == n->from && n->index == 0)
        n = n->parent;
    if (!n || yaml_tree_value_of(n))
        return n;
    return yaml_tree_key_of(n);
}

struct yaml_node *fix_map(const struct spot *s)
{
    /* These are marked at their key; all others where they begin. */
    static const char *const at_key[] = {
        "an option", "an int", "an enum", "an ending", "a card", "a picture", "an option with `locked`", "a clip"};
    struct yaml_node *n = s->at;
    struct yaml_node *value = n ? yaml_tree_value_of(n) : NULL;
    if (!n || n->shape == YAML_SHAPE_MAP)
        return n;
    for (size_t i = 0; value && i < G_N_ELEMENTS(at_key); i++)
        if (g_str_has_prefix(s->d->message, at_key[i]))
            return value;
    return value ? n->parent : n;
}

const struct name_use *fix_declared(const struct spot *s, enum name_kind kind, const char *owner, guint nth)
{
    for (guint i = 0; i < s->n->uses->len; i++) {
        const struct name_use *u = names_use(s->n, i);
        if (u->kind == kind && u->declares && !u->is_route && (!owner || g_strcmp0(u->owner, owner) == 0) && nth-- == 0)
            return u;
    }
    return NULL;
}

const char *fix_next_node(const struct spot *s)
{
    const struct name_use *u, *first = fix_declared(s, NAME_NODE, NULL, 0);
    for (guint i = 0; (u = fix_declared(s, NAME_NODE, NULL, i)); i++)
        if (u->file == s->file && u->line > s->d->line)
            return u->name;
    return first ? first->name : NULL;
}

char *fix_free_name(const struct spot *s, enum name_kind kind, const char *owner, const char *name)
{
    const char sign = kind == NAME_VARIABLE || kind == NAME_VALUE ? '_' : '-';
    char *free_name = g_strdup(name);
    for (int i = 2; names_of(s->n, kind, owner, free_name); i++) {
        g_free(free_name);
        free_name = g_strdup_printf("%s%c%d", name, sign, i);
    }
    return free_name;
}

/* ---- edits ------------------------------------------------------------------------------------------------------- */

void fix_free(void *data)
{
    struct quick_fix *f = data;
    g_free(f->title);
    g_ptr_array_unref(f->edits);
    g_free(f);
}

void fix_add(struct spot *s, char *title, GPtrArray *edits)
{
    struct quick_fix *f = g_new(struct quick_fix, 1);
    *f = (struct quick_fix){title, edits, false};
    g_ptr_array_add(s->fixes, f);
}

void fix_replace(struct spot *s, char *title, gsize from, gsize to, char *text)
{
    GPtrArray *edits = text_edits_new();
    text_edits_add(edits, s->path, from, to, text);
    fix_add(s, title, edits);
}

char *fix_quoted(const char *text)
{
    GString *out = g_string_new(NULL);
    safe_yaml(out, text);
    return g_string_free(out, FALSE);
}

char *fix_value(const char *text)
{
    const bool plain =
        text[0] && !strpbrk(text, ",[]{}#&*!|>'\"%@`:\n\\") && !strchr("-? ", text[0]) && text[strlen(text) - 1] != ' ';
    return plain ? g_strdup(text) : fix_quoted(text);
}

/* Behind the line break, if there is one. */
static gsize next_line(const char *text, gsize at)
{
    const char *end = strchr(text + at, '\n');
    return end ? (gsize)(end - text) + 1 : at + strlen(text + at);
}

static gsize line_end(const char *text, gsize at)
{
    const gsize end = at + strcspn(text + at, "\r\n");
    return end;
}

/* Each further line of a text gets so many blanks. */
static char *shifted(const char *text, gsize blanks)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *between = g_strdup_printf("\n%*s", (int)blanks, "");
    return g_strjoinv(between, lines);
}

/* Into a collection in lines: `begin` is the first thing that an entry of it says. */
static void insert_line(const struct names_file *f, GPtrArray *edits, const struct yaml_node *in, const char *entry,
                        bool first)
{
    const char *text = f->src->bytes;
    const gsize indent = in->from - fix_line_begin(text, in->from);
    g_autofree char *block = shifted(entry, indent);
    const struct yaml_node *last = in->children->pdata[in->children->len - 1];
    const gsize at = first ? in->from : line_end(text, last->to);
    text_edits_add(edits, f->path, at, at,
                   first ? g_strdup_printf("%s\n%*s", block, (int)indent, "")
                         : g_strdup_printf("\n%*s%s", (int)indent, "", block));
}

static void insert_between(const struct names_file *f, GPtrArray *edits, const struct yaml_node *in, const char *entry,
                           bool first)
{
    const guint len = in->children->len;
    const struct yaml_node *begin = len ? in->children->pdata[0] : NULL,
                           *end = len ? in->children->pdata[len - 1] : NULL;
    const gsize at = !len ? in->from + 1 : first ? begin->from : end->to;
    text_edits_add(edits, f->path, at, at,
                   !len    ? g_strdup(entry)
                   : first ? g_strdup_printf("%s, ", entry)
                           : g_strdup_printf(", %s", entry));
}

static void insert(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *in, const char *entry,
                   bool first)
{
    if (in->flow)
        insert_between(fix_file(s, file), edits, in, entry, first);
    else
        insert_line(fix_file(s, file), edits, in, entry, first);
}

/* `yes: Text` becomes `yes: {text: Text, …}`; an empty value becomes a mapping. */
static void widen(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *value, const char *entry)
{
    const struct names_file *f = fix_file(s, file);
    const struct yaml_node *key = yaml_tree_key_of(value);
    g_autofree char *raw = g_strndup(f->src->bytes + value->from, value->to - value->from);
    g_autofree char *text = fix_is_quote(raw[0]) ? g_strdup(raw) : fix_value(value->text ? value->text : raw);
    char *now =
        value->from == value->to
            ? g_strdup_printf(" {%s}", entry)
            : g_strdup_printf("{%s: %s, %s}", key && strcmp(key->text, "clip") == 0 ? "file" : "text", text, entry);
    text_edits_add(edits, f->path, value->from, value->to, now);
}

void fix_insert_entry(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *map, const char *entry,
                      bool first)
{
    if (map->shape == YAML_SHAPE_MAP)
        insert(s, edits, file, map, entry, first);
    else
        widen(s, edits, file, map, entry);
}

void fix_insert_item(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *list, const char *item)
{
    g_autofree char *line = list->flow ? g_strdup(item) : g_strdup_printf("- %s", item);
    insert(s, edits, file, list, line, false);
}

/* What is removed with an entry, or an item: where it begins and ends, as a part of its collection. */
static void remove_between(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *first,
                           const struct yaml_node *last)
{
    const struct names_file *f = fix_file(s, file);
    const GPtrArray *all = first->parent->children;
    const struct yaml_node *before = first->index > 0 ? all->pdata[first->index - 1] : NULL,
                           *after = last->index + 1 < all->len ? all->pdata[last->index + 1] : NULL;
    if (after)
        text_edits_add(edits, f->path, first->from, after->from, g_strdup(""));
    else
        text_edits_add(edits, f->path, before ? before->to : first->from, last->to, g_strdup(""));
}

/* An entry at the beginning of its lines goes with them; one behind a dash leaves the dash to the next. */
static void remove_lines(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *first,
                         const struct yaml_node *last)
{
    const struct names_file *f = fix_file(s, file);
    const char *text = f->src->bytes;
    const gsize begin = fix_line_begin(text, first->from);
    gsize mark = begin + strspn(text + begin, " ");
    const bool item = first->parent->shape == YAML_SHAPE_LIST;
    if (item && text[mark] == '-')
        mark += 1 + strspn(text + mark + 1, " ");
    const bool alone = mark == first->from;
    const GPtrArray *all = first->parent->children;
    if (alone || last->index + 1 == all->len)
        text_edits_add(edits, f->path, alone ? begin : first->from, next_line(text, last->to), g_strdup(""));
    else
        text_edits_add(edits, f->path, first->from, ((struct yaml_node *)all->pdata[last->index + 1])->from,
                       g_strdup(""));
}

static bool key_is_was(const struct yaml_node *n)
{
    return g_strcmp0(n->text, "was") == 0;
}

/* The item `{sad: {was: cross}}` of a list is `sad` when its only entry goes. False: it is no such item. */
static bool reduce_item(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *map)
{
    const struct yaml_node *name = yaml_tree_key_of(map), *item = name ? name->parent : NULL;
    if (!item || item->children->len != 2 || !item->parent || item->parent->shape != YAML_SHAPE_LIST || !name->text)
        return false;
    text_edits_add(edits, fix_file(s, file)->path, item->from, item->to, g_strdup(name->text));
    return true;
}

void fix_remove_node(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *n)
{
    const struct yaml_node *value = yaml_tree_value_of(n), *key = yaml_tree_key_of(n);
    const struct yaml_node *first = key ? key : n, *last = value ? value : n;
    if (!n->parent)
        return;
    const bool only = first->index == 0 && last->index + 1 == n->parent->children->len && n->parent->parent;
    if (only && key_is_was(first) && reduce_item(s, edits, file, n->parent))
        return;
    if (only)
        fix_remove_node(s, edits, file, n->parent); /* nothing would be left of it */
    else if (n->parent->flow)
        remove_between(s, edits, file, first, last);
    else
        remove_lines(s, edits, file, first, last);
}

/* The file of the story that has this section, and its value; NULL: none has. */
static struct yaml_node *find_section(struct spot *s, const char *section, guint *file)
{
    for (guint i = 0; i < s->n->files->len; i++) {
        struct yaml_node *value = yaml_tree_value(fix_tree(s, i), section);
        *file = i;
        if (value)
            return value;
    }
    return NULL;
}

bool fix_insert_into(struct spot *s, GPtrArray *edits, const char *section, const char *entry)
{
    guint file = 0;
    const struct yaml_node *value = find_section(s, section, &file);
    if (value && (value->shape == YAML_SHAPE_MAP || value->from == value->to)) {
        fix_insert_entry(s, edits, file, value, entry, false);
        return true;
    }
    const struct yaml_node *nodes = value ? NULL : find_section(s, "nodes", &file);
    if (!nodes)
        return false;
    g_autofree char *inner = shifted(entry, 2);
    const gsize at = yaml_tree_key_of(nodes)->from;
    text_edits_add(edits, fix_file(s, file)->path, at, at, g_strdup_printf("%s:\n  %s\n", section, inner));
    return true;
}
