/* Fixes of a story's structure: keys that are missing, too many, in the wrong place or of the wrong shape. */

#include "edit/fix.h"
#include "story/read.h"

#include <assert.h>
#include <string.h>

/* ---- too much ---------------------------------------------------------------------------------------------------- */

static void remove_node(struct spot *s, const struct yaml_node *n)
{
    const struct yaml_node *value = yaml_tree_value_of(n), *key = value ? n : yaml_tree_key_of(n);
    const struct yaml_node *shown = key ? key : n;
    gsize to = MIN(shown->to, shown->from + strcspn(s->text + shown->from, "\r\n"));
    GPtrArray *edits = text_edits_new();
    fix_remove_node(s, edits, s->file, n);
    fix_add(s, g_strdup_printf("remove `%.*s`", (int)(to - shown->from), s->text + shown->from), edits);
}

/* The entry, or the item, that is marked. */
bool fix_remove(struct spot *s)
{
    if (!s->at || !s->at->parent)
        return false;
    remove_node(s, s->at);
    return true;
}

/* A list as a key, or nothing as a name. */
bool fix_odd_key(struct spot *s)
{
    const bool odd =
        strstr(s->d->message, "a key must be a plain name") || strstr(s->d->message, "a name is missing here");
    return odd && fix_remove(s);
}

static struct yaml_node *find_below(struct yaml_node *n, const char *key)
{
    struct yaml_node *found = yaml_tree_value(n, key);
    for (guint i = 0; !found && n->children && i < n->children->len; i++)
        found = find_below(n->children->pdata[i], key);
    return found;
}

/* A condition that decides nothing goes, and a part of a route that is never taken, too. */
bool fix_constant(struct spot *s)
{
    const struct yaml_node *key = fix_key(s), *part = key ? key->parent : NULL;
    const bool never = strstr(s->d->message, "always false") != NULL;
    if (!key || g_strcmp0(key->text, "when") != 0 || strstr(s->d->message, "a comparison"))
        return false;
    if (never && !(part->parent && part->parent->shape == YAML_SHAPE_LIST && yaml_tree_value(part, "goto")))
        return false;
    remove_node(s, never ? part : key);
    return true;
}

/* "a window has `for` or `closes`, not both": one or the other; they stand in the mapping of what is marked, or below it. */
bool fix_remove_mentioned(struct spot *s)
{
    struct yaml_node *value = s->at ? yaml_tree_value_of(s->at) : NULL;
    char *word;
    for (guint i = 0; s->at && (word = fix_said(s->d->message, i)); i++) {
        g_autofree char *key = g_strndup(word, strcspn(word, ":"));
        struct yaml_node *found = s->at->parent ? yaml_tree_value(s->at->parent, key) : NULL;
        g_free(word);
        if (!found && value)
            found = find_below(value, key);
        if (!found)
            found = yaml_tree_value(s->at, key);
        if (found)
            remove_node(s, found);
    }
    return s->fixes->len > 0;
}

/* ---- too little -------------------------------------------------------------------------------------------------- */

/* What a key can hold to begin with. `%s`: a name that there is, as `names` tells. */
static const struct skeleton {
    const char *key, *entry;
    enum name_kind names;
    bool first;
} skeletons[] = {
    {"frumious", "frumious: 1", NAME_NONE, true},
    {"id", "id: %s", NAME_DECISION, true},
    {"title", "title: Title", NAME_NONE, false},
    {"start", "start: %s", NAME_NODE, true},
    {"opens", "opens: 0s", NAME_NONE, false},
    {"values", "values: [none, single, return]", NAME_NONE, false},
    {"min", "min: 0", NAME_NONE, false},
    {"max", "max: 10", NAME_NONE, false},
    {"when", "when: seen(%s)", NAME_NODE, false},
    {"text", "text: Text", NAME_NONE, false},
    {"place", "place: [100, 300, 800, 400]", NAME_NONE, false},
    {"sound", "sound: sound.opus", NAME_NONE, false},
    {"time", "time: 0s", NAME_NONE, false},
    {"goto", "goto: %s", NAME_NONE, false},
    {"file", "file: subtitles.vtt", NAME_NONE, false},
    {"to", "to: https://collect.example.org/", NAME_NONE, false},
    {"name", "name: Name", NAME_NONE, false},
    {"for", "for: 4s", NAME_NONE, false},
    {"arms", "arms: [one, two]", NAME_NONE, false},
    {"nodes", "nodes:\n  start:\n    clip: {card: Start, for: 4s}\n    ending: {id: end, title: The end}", NAME_NONE,
     false},
};

/* Of a story without nodes. */
static const struct skeleton first_node = {
    "start", "start: start\nnodes:\n  start:\n    clip: {card: Card, for: 4s}\n    ending: {id: end, title: The end}",
    NAME_NONE, true};

static const struct skeleton clips[] = {{"file", "file: film.mkv", NAME_NONE, false},
                                        {"card", "card: Card", NAME_NONE, false},
                                        {"card", "card: Card, for: 4s", NAME_NONE, false}};

/* The name that a skeleton wants; to be freed. */
static char *skeleton_name(const struct spot *s, const struct skeleton *k, const struct yaml_node *map)
{
    const struct name_use *first = fix_declared(s, NAME_NODE, NULL, 0);
    if (k->names == NAME_NODE)
        return g_strdup(first ? first->name : "start");
    if (k->names == NAME_DECISION) /* whose `id`: the story's, or a decision's */
        return map->parent ? fix_free_name(s, NAME_DECISION, NULL, "choice") : g_strdup("org.example.story");
    return g_strdup(fix_next_node(s));
}

/* In lines, `a: 1, b: 2` are two. */
static char *fitting(const struct yaml_node *map, char *entry)
{
    if (map->shape != YAML_SHAPE_MAP || map->flow || strchr(entry, '[') || strchr(entry, '{'))
        return entry;
    g_auto(GStrv) parts = g_strsplit(entry, ", ", -1);
    g_free(entry);
    return g_strjoinv("\n", parts);
}

static bool insert(struct spot *s, const struct yaml_node *map, const struct skeleton *k)
{
    g_autofree char *name = strstr(k->entry, "%s") ? skeleton_name(s, k, map) : NULL;
    g_auto(GStrv) parts = g_strsplit(k->entry, "%s", -1);
    if (strstr(k->entry, "%s") && !name)
        return false;
    g_autofree char *entry = fitting(map, g_strjoinv(name ? name : "", parts));
    GPtrArray *edits = text_edits_new();
    fix_insert_entry(s, edits, s->file, map, entry, k->first);
    fix_add(s, g_strdup_printf("add `%.*s`", (int)strcspn(entry, "\n"), entry), edits);
    return true;
}

/* "a track needs `file`": the key, with something to begin with. */
bool fix_insert(struct spot *s)
{
    const char *needs = strstr(s->d->message, " needs `");
    g_autofree char *key = needs ? fix_told(needs, " needs ") : NULL;
    const struct yaml_node *map = fix_map(s);
    if (!key || !map)
        return false;
    if (strcmp(key, "start") == 0 && !fix_declared(s, NAME_NODE, NULL, 0))
        return insert(s, map, &first_node);
    if (strcmp(key, "media") == 0) /* what the clip shows depends on what is said of it */
        return insert(s, map,
                      &clips[yaml_tree_value(map, "from") || yaml_tree_value(map, "to") ? 0
                             : yaml_tree_value(map, "for")                              ? 1
                                                                                        : 2]);
    for (size_t i = 0; i < G_N_ELEMENTS(skeletons); i++)
        if (strcmp(skeletons[i].key, key) == 0)
            return insert(s, map, &skeletons[i]);
    return false;
}

/* ---- as the advice shows it -------------------------------------------------------------------------------------- */

/* "`place: [100, 300, 800, 400]`": the value of the key that is marked, or a key of it that is not there. */
bool fix_example(struct spot *s)
{
    const char *advice = s->d->advice;
    g_autofree char *first = fix_said(advice, 0), *second = fix_said(advice, 1);
    const char *word = first && strcmp(first, "#") == 0 ? second : first;
    const char *colon = word ? strstr(word, ": ") : NULL;
    const struct yaml_node *key = fix_key(s);
    if (!key || !word || strstr(word, "…") || strstr(word, "NAME"))
        return false;
    const struct yaml_node *value = yaml_tree_value_of(key);
    const gsize name_len = colon ? (gsize)(colon - word) : 0;
    const bool same = colon && key->text && strlen(key->text) == name_len && strncmp(key->text, word, name_len) == 0;
    if (word[0] == '{' || word[0] == '[' || same) {
        const char *text = same ? colon + 2 : word;
        const gsize from = value->from == value->to ? key->to + 1 : value->from;
        fix_replace(s, g_strdup_printf("write `%s`", text), from, value->to,
                    g_strdup_printf("%s%s", from == value->from ? "" : " ", text));
        return true;
    }
    return false;
}

/* ---- the wrong shape --------------------------------------------------------------------------------------------- */

/* `- end`, or `next: {goto: end}`, where a list of parts is meant. */
static bool fix_route_shape(struct spot *s)
{
    const struct yaml_node *n = s->at;
    if (strstr(s->d->message, "a part of a route is a mapping") && n->text) {
        fix_replace(s, g_strdup_printf("write `{goto: %s}`", n->text), n->from, n->to,
                    g_strdup_printf("{goto: %s}", n->text));
        return true;
    }
    if (strstr(s->d->message, "a list or the name of a node or route") && n->shape == YAML_SHAPE_MAP && n->flow) {
        fix_replace(s, g_strdup("make it a list"), n->from, n->to,
                    g_strdup_printf("[%.*s]", (int)(n->to - n->from), s->text + n->from));
        return true;
    }
    return false;
}

/* `ending: Home` */
static bool fix_ending(struct spot *s, const struct yaml_node *n)
{
    const struct yaml_node *key = yaml_tree_key_of(n);
    if (!key || g_strcmp0(key->text, "ending") != 0 || !n->text)
        return false;
    g_autofree char *lower = g_utf8_strdown(n->text, -1), *title = fix_value(n->text);
    for (char *p = lower; *p; p++)
        if ((guchar)*p < 0x80 && !g_ascii_isalnum(*p))
            *p = '-';
    g_autofree char *id = read_is_name(lower, false) ? fix_free_name(s, NAME_ENDING, NULL, lower) : g_strdup("end");
    fix_replace(s, g_strdup("give it an id"), n->from, n->to, g_strdup_printf("{id: %s, title: %s}", id, title));
    return true;
}

/* A node that slipped into the one above: as far out as that one. */
bool fix_outdent(struct spot *s)
{
    const struct yaml_node *key = fix_key(s), *map = key ? key->parent : NULL, *outer = map ? map->parent : NULL;
    if (!outer || map->flow || outer->flow || !s->d->advice ||
        !strstr(s->d->advice, "indent it as far as the ones before it"))
        return false;
    const gsize shift =
        (map->from - fix_line_begin(s->text, map->from)) - (outer->from - fix_line_begin(s->text, outer->from));
    const gsize end = yaml_tree_value_of(key)->to;
    GPtrArray *edits = text_edits_new();
    for (gsize at = fix_line_begin(s->text, key->from); at < end; at += strcspn(s->text + at, "\n") + 1)
        if (strspn(s->text + at, " ") >= shift)
            text_edits_add(edits, s->path, at, at + shift, g_strdup(""));
    fix_add(s, g_strdup("indent it as far as the ones before it"), edits);
    return true;
}

bool fix_shape(struct spot *s)
{
    const struct yaml_node *n = s->at, *value = n ? yaml_tree_value_of(n) : NULL;
    if (!n)
        return false;
    if (strstr(s->d->message, "a mapping was expected here, not a text") && fix_ending(s, n))
        return true;
    if (fix_route_shape(s))
        return true;
    if (strstr(s->d->message, "`decisions` needs a list") && value) {
        fix_replace(s, g_strdup("write `decision`, for a single one"), n->from, n->to, g_strdup("decision"));
        return true;
    }
    if (strstr(s->d->message, "a text was expected here") && n->flow) {
        g_autofree char *raw = g_strndup(s->text + n->from, n->to - n->from);
        fix_replace(s, g_strdup("put the text in double quotes"), n->from, n->to, fix_value(raw));
        return true;
    }
    return false;
}

/* ---- the wrong place --------------------------------------------------------------------------------------------- */

/* What stands below `nodes:` and is meant for it: all of it, since the file is read from its top. */
bool fix_move_up(struct spot *s)
{
    static const char *const late[] = {"defaults", "cues"};
    const struct yaml_node *key = fix_key(s), *nodes = key ? yaml_tree_value(key->parent, "nodes") : NULL;
    if (!nodes || key->parent->flow)
        return false;
    const gsize to = yaml_tree_key_of(nodes)->from;
    GPtrArray *edits = text_edits_new();
    g_autoptr(GString) sections = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(late); i++) {
        const struct yaml_node *value = yaml_tree_value(key->parent, late[i]);
        if (!value || value->from < to)
            continue;
        const gsize from = fix_line_begin(s->text, yaml_tree_key_of(value)->from);
        const gsize end = value->to + strcspn(s->text + value->to, "\n");
        g_string_append_len(sections, s->text + from, (gssize)(end - from));
        g_string_append_c(sections, '\n');
        fix_remove_node(s, edits, s->file, value);
    }
    text_edits_add(edits, s->path, to, to, g_strdup(sections->str));
    fix_add(s, g_strdup_printf("move `%s` above `nodes`", key->text), edits);
    return true;
}

/* The part that always holds changes places with the last one; one with a condition that was there before goes. */
bool fix_move_part(struct spot *s)
{
    const struct yaml_node *part = s->at, *list = part ? part->parent : NULL;
    if (part && part->parent && part->parent->shape == YAML_SHAPE_MAP && part->index == 0) /* the key of one in lines */
        part = list, list = part->parent;
    if (!list || list->shape != YAML_SHAPE_LIST)
        return false;
    const struct yaml_node *last = list->children->pdata[list->children->len - 1];
    if (strstr(s->d->message, "the part before it always holds") && part->index > 0 && yaml_tree_value(last, "when")) {
        const struct yaml_node *always = list->children->pdata[part->index - 1];
        GPtrArray *edits = text_edits_new();
        text_edits_add(edits, s->path, always->from, always->to,
                       g_strndup(s->text + last->from, last->to - last->from));
        text_edits_add(edits, s->path, last->from, last->to,
                       g_strndup(s->text + always->from, always->to - always->from));
        fix_add(s, g_strdup("move the part that always holds to the end"), edits);
        return true;
    }
    remove_node(s, part);
    return true;
}

/* What a node, or all of them, or the options of a decision can be to begin with. */
bool fix_empty(struct spot *s)
{
    const struct yaml_node *key = fix_key(s), *value = key ? yaml_tree_value_of(key) : NULL;
    const struct yaml_node *root = fix_tree(s, s->file), *start = yaml_tree_value(root, "start");
    const char *first = start && start->text ? start->text : "start";
    g_autofree char *text = NULL;
    if (!value || !key->text)
        return false;
    const bool is_node = yaml_tree_value(root, "nodes") == key->parent;
    if (strcmp(key->text, "nodes") == 0 && key->parent == root)
        text = g_strdup_printf("\n  %s: {clip: {card: Card, for: 4s}, ending: {id: end, title: The end}}", first);
    else if (is_node)
        text = g_strdup_printf(" {clip: {card: %s, for: 4s}, ending: {id: %s, title: %s}}", key->text, key->text,
                               key->text);
    else if (strcmp(key->text, "options") == 0)
        text = g_strdup_printf(" {yes: {text: Yes, goto: %s}}", fix_next_node(s));
    else
        return false;
    const gsize from = key->to + 1, to = MAX(value->to, from);
    fix_replace(s, g_strdup("begin it"), from, to, g_steal_pointer(&text));
    return true;
}

/* An empty file becomes a story that plays; one that is included, a part of it. */
bool fix_empty_file(struct spot *s)
{
    static const char story[] = "frumious: 1\nid: org.example.story\ntitle: Title\nstart: start\nnodes:\n  start:\n"
                                "    clip: {card: Title, for: 4s}\n    ending: {id: end, title: The end}\n";
    const gsize end = strlen(s->text);
    const bool line = end == 0 || s->text[end - 1] == '\n';
    fix_replace(s, g_strdup("begin the story"), end, end,
                g_strdup_printf("%s%s", line ? "" : "\n", s->file == 0 ? story : "meta: {}\n"));
    return true;
}

/* `{card: One, two}`: what stands behind the comma belongs to the text before it. */
bool fix_comma(struct spot *s)
{
    const struct yaml_node *key = fix_key(s), *map = key ? key->parent : NULL;
    if (!map || !map->flow || key->index < 2 || !s->d->advice || !strstr(s->d->advice, "rest of a text with a comma"))
        return false;
    const struct yaml_node *before = map->children->pdata[key->index - 1];
    if (!before->text || before->quote || before->from == before->to)
        return false;
    g_autofree char *text = g_strndup(s->text + before->from, key->to - before->from);
    fix_replace(s, g_strdup("put the text in double quotes"), before->from, key->to, fix_value(text));
    return true;
}

/* ---- decisions, and ways out ------------------------------------------------------------------------------------- */

/* The mapping of the decision that the place is in, or that is about to begin there. */
static const struct yaml_node *decision_map(const struct spot *s)
{
    for (const struct yaml_node *n = s->at; n; n = n->parent)
        if (yaml_tree_value(n, "options"))
            return n;
    const struct yaml_node *value = s->at ? yaml_tree_value_of(s->at) : NULL;
    return value && yaml_tree_value(value, "options") ? value : NULL;
}

/* The first option of a decision that names none for those who do not choose; without a condition, if there is one. */
bool fix_default(struct spot *s)
{
    const struct yaml_node *map = decision_map(s), *options = yaml_tree_value(map, "options"), *found = NULL;
    const struct yaml_node *now = yaml_tree_value(map, "default");
    if (!options || options->shape != YAML_SHAPE_MAP)
        return false;
    for (guint i = 0; !found && i < options->children->len; i += 2) {
        const struct yaml_node *value = options->children->pdata[i + 1];
        if (!yaml_tree_value(value, "when"))
            found = options->children->pdata[i];
    }
    if (!found || !found->text)
        return false;
    g_autofree char *entry = g_strdup_printf("default: %s", found->text);
    if (now) {
        fix_replace(s, g_strdup_printf("replace it with `%s`", found->text), now->from, now->to, g_strdup(found->text));
        return true;
    }
    GPtrArray *edits = text_edits_new();
    fix_insert_entry(s, edits, s->file, map, entry, true);
    fix_add(s, g_strdup_printf("add `%s`", entry), edits);
    return true;
}

/* A node, an option or a timeout that leads nowhere. */
bool fix_way_out(struct spot *s)
{
    const struct yaml_node *key = fix_key(s), *value = key ? yaml_tree_value_of(key) : NULL;
    const char *to = fix_next_node(s);
    const bool node = strstr(s->d->message, "is not an ending") != NULL;
    if (!value || !to)
        return false;
    g_autofree char *way = g_strdup_printf("%s: %s", node ? "next" : "goto", to);
    if (strcmp(to, key->text) != 0) {
        GPtrArray *edits = text_edits_new();
        fix_insert_entry(s, edits, s->file, value, way, false);
        fix_add(s, g_strdup_printf("add `%s`", way), edits);
    }
    if (node) {
        g_autofree char *id = fix_free_name(s, NAME_ENDING, NULL, key->text);
        g_autofree char *ending = g_strdup_printf("ending: {id: %s, title: %s}", id, key->text);
        GPtrArray *edits = text_edits_new();
        fix_insert_entry(s, edits, s->file, value, ending, false);
        fix_add(s, g_strdup("make it an ending"), edits);
    }
    return s->fixes->len > 0;
}

/* A node that takes no time gets a card. */
bool fix_clip(struct spot *s)
{
    static const char entry[] = "clip: {card: Card, for: 10s}";
    if (strcmp(s->d->rule->code, "E415") == 0 && !strstr(s->d->message, "needs a clip"))
        return false;
    const struct yaml_node *node = s->at, *root = fix_tree(s, s->file), *nodes = yaml_tree_value(root, "nodes");
    while (node && node->parent != nodes)
        node = node->parent;
    node = node && yaml_tree_value_of(node) ? yaml_tree_value_of(node) : node;
    if (!nodes || !node || node->shape != YAML_SHAPE_MAP)
        return false;
    GPtrArray *edits = text_edits_new();
    fix_insert_entry(s, edits, s->file, node, entry, true);
    fix_add(s, g_strdup("give the node a card"), edits);
    return true;
}

/* `checkpoint: false` of the decision that is named. */
bool fix_checkpoint(struct spot *s)
{
    g_autofree char *name = fix_said(s->d->message, 0);
    const struct name_use *d = name ? names_declaration(s->n, NAME_DECISION, NULL, name) : NULL;
    const struct yaml_node *id = d ? fix_use_node(s, d) : NULL;
    const struct yaml_node *checkpoint = id ? yaml_tree_value(id->parent, "checkpoint") : NULL;
    if (!checkpoint)
        return false;
    GPtrArray *edits = text_edits_new();
    fix_remove_node(s, edits, d->file, checkpoint);
    fix_add(s, g_strdup_printf("remove `checkpoint: false` of `%s`", name), edits);
    return true;
}

/* ---- codes ------------------------------------------------------------------------------------------------------- */

/* The first code of three digits that no option has. */
static char *free_code(const struct yaml_node *options)
{
    for (int code = 100;; code++) {
        char *text = g_strdup_printf("%d", code);
        bool taken = false;
        for (guint i = 1; i < options->children->len; i += 2) {
            const struct yaml_node *has = yaml_tree_value(options->children->pdata[i], "code");
            taken |= has && g_strcmp0(has->text, text) == 0;
        }
        if (!taken)
            return text;
        g_free(text);
    }
}

/* Each option of a code entry has another code, and one is for what is none of them. */
bool fix_code(struct spot *s)
{
    const struct yaml_node *map = decision_map(s), *options = yaml_tree_value(map, "options");
    if (!options || options->shape != YAML_SHAPE_MAP || strstr(s->d->message, "means something only"))
        return false;
    g_autofree char *code = free_code(options);
    GPtrArray *edits = text_edits_new();
    if (strstr(s->d->message, "needs one option with `wrong")) {
        g_autofree char *name = fix_free_name(s, NAME_OPTION, NULL, "wrong");
        g_autofree char *entry = g_strdup_printf("%s: {text: Wrong, wrong: true, goto: %s}", name, fix_next_node(s));
        fix_insert_entry(s, edits, s->file, options, entry, false);
        fix_add(s, g_strdup("add an option for what is wrong"), edits);
        return true;
    }
    const struct yaml_node *key = fix_key(s),
                           *option = key ? key->parent == options ? yaml_tree_value_of(key) : key->parent : NULL;
    const struct yaml_node *has = yaml_tree_value(option, "code");
    g_autofree char *entry = g_strdup_printf("code: %s", code);
    if (has)
        text_edits_add(edits, s->path, has->from, has->to, g_strdup(code));
    else if (option)
        fix_insert_entry(s, edits, s->file, option, entry, false);
    fix_add(s, g_strdup_printf("write `%s`", entry), edits);
    return true;
}
