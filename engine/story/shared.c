#include "story/shared.h"

#include "story/limits.h"

#include <assert.h>
#include <string.h>

/* ---- what may be said once ------------------------------------------------------------------------------------- */

/* The readers are those of the things themselves: here only names count. */
static const struct read_row decision_keys[] = {
    {"opens", NULL, false},   {"early", NULL, false}, {"for", NULL, false},   {"closes", NULL, false},
    {"layout", NULL, false},  {"lift", NULL, false},  {"focus", NULL, false}, {"sound", NULL, false},
    {"bed", NULL, false},     {"cues", NULL, false},  {"cut", NULL, false},   {"checkpoint", NULL, false},
    {"timeout", NULL, false}, {NULL, NULL, false}};

static const struct read_row clip_keys[] = {
    {"media", NULL, false},     {"for", NULL, false},    {"sound", NULL, false}, {"subtitles", NULL, false},
    {"described", NULL, false}, {"signed", NULL, false}, {NULL, NULL, false}};

static const struct read_row option_keys[] = {{"do", NULL, false},     {"goto", NULL, false},  {"after", NULL, false},
                                              {"traits", NULL, false}, {"props", NULL, false}, {NULL, NULL, false}};

static const struct {
    const char *what;
    const struct read_row *keys;
} kinds[BUILDER_KINDS] = {
    [BUILDER_DECISIONS] = {"`decisions` in `defaults`", decision_keys},
    [BUILDER_CLIPS] = {"`clips` in `defaults`", clip_keys},
    [BUILDER_OPTIONS] = {"`options` in `defaults`", option_keys},
};

/* Defaults that do not apply to what has another key. */
static const struct {
    enum builder_kind kind;
    const char *key, *other;
} exceptions[] = {
    {BUILDER_DECISIONS, "for", "closes"},  {BUILDER_DECISIONS, "closes", "for"},  {BUILDER_CLIPS, "media", "file"},
    {BUILDER_CLIPS, "media", "image"},     {BUILDER_CLIPS, "media", "card"},      {BUILDER_CLIPS, "sound", "image"},
    {BUILDER_CLIPS, "sound", "card"},      {BUILDER_CLIPS, "subtitles", "image"}, {BUILDER_CLIPS, "subtitles", "card"},
    {BUILDER_CLIPS, "described", "image"}, {BUILDER_CLIPS, "described", "card"},  {BUILDER_CLIPS, "signed", "image"},
    {BUILDER_CLIPS, "signed", "card"},
};

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void read_kind(struct builder *b, const struct yml_node *key, enum builder_kind kind)
{
    bool good = true;
    if (key->value->kind != YML_MAP) {
        g_autofree char *message = g_strdup_printf("`%s: {%s: …}`", key->text, kinds[kind].keys[0].name);
        builder_error(b, key, "E106", message, "`%s` needs a mapping of keys to their defaults", key->text);
        b->defaults_broken = true;
        return;
    }
    for (const struct yml_node *k = key->value->first; k; k = k->next)
        good &= read_find_row(b, kinds[kind].keys, k, kinds[kind].what) && read_present(b, k);
    const struct yml_node *closes = read_find(key->value, "closes");
    if (kind == BUILDER_DECISIONS && closes && read_find(key->value, "for"))
        builder_error(b, closes, "E115", "remove one of them", "a window has `for` or `closes`, not both");
    else if (good)
        b->defaults[kind] = yml_copy(b->scratch, key->value);
    b->defaults_broken |= !b->defaults[kind];
}

static void read_decisions(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    read_kind(b, key, BUILDER_DECISIONS);
}

static void read_clips(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    read_kind(b, key, BUILDER_CLIPS);
}

static void read_options(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    read_kind(b, key, BUILDER_OPTIONS);
}

void shared_read_defaults(struct builder *b, const struct yml_node *key, void *into)
{
    static const struct read_row rows[] = {{"decisions", read_decisions, false},
                                           {"clips", read_clips, false},
                                           {"options", read_options, false},
                                           {"note", read_note, false},
                                           {NULL, NULL, false}};
    if (b->nodes->len > 0)
        shared_report_late(b, key);
    else
        read_map(b, key->value, rows, into, "`defaults`", key);
}

void shared_read_cue_set(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    struct builder_cue_set set = {.name = builder_keep(b, key->text), .mark = builder_mark(b, key)};
    if (!read_check_name(b, key, false) || !read_present(b, key))
        return;
    if (b->nodes->len > 0) {
        shared_report_late(b, key);
        return;
    }
    if (key->value->kind == YML_LIST)
        set.list = yml_copy(b->scratch, key->value);
    else
        builder_error(b, key, "E106", "`pips: [{before: 1s, sound: …}]`", "a set of cues is a list");
    if (builder_declare(b, SPACE_CUES, set.name, (int32_t)b->cue_sets->len, key, "set of cues"))
        g_array_append_val(b->cue_sets, set);
}

/* ---- using ------------------------------------------------------------------------------------------------------- */

/* May so much more be read? Reports it once if not. */
static bool spend(struct builder *b, const struct yml_node *used)
{
    const size_t parts = yml_count(used);
    if (b->shared_parts > STORY_SHARED_PARTS_MAX)
        return false;
    b->shared_parts += parts;
    if (b->shared_parts <= STORY_SHARED_PARTS_MAX)
        return true;
    builder_error(b, used, "E512", "write out what is meant", "`defaults` and `cues` expand to more than %d parts",
                  STORY_SHARED_PARTS_MAX);
    b->cut_short = true;
    return false;
}

static bool has_key(enum builder_kind kind, const struct yml_node *own, const char *name)
{
    const bool is_path = kind == BUILDER_CLIPS && own->kind == YML_SCALAR; /* `clip: stair.mp4` */
    return (is_path && strcmp(name, "file") == 0) || read_find(own, name);
}

static bool applies(enum builder_kind kind, const struct yml_node *own, const char *name)
{
    if (has_key(kind, own, name))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(exceptions); i++)
        if (exceptions[i].kind == kind && strcmp(exceptions[i].key, name) == 0 &&
            has_key(kind, own, exceptions[i].other))
            return false;
    return true;
}

const struct yml_node *shared_defaults(struct builder *b, enum builder_kind kind, const struct yml_node *own)
{
    const struct yml_node *all = b->defaults[kind];
    struct yml_node *map = NULL;
    const struct yml_node **link = NULL;
    for (const struct yml_node *k = all ? all->first : NULL; k; k = k->next) {
        if (!applies(kind, own, k->text))
            continue;
        if (!spend(b, k))
            return NULL;
        if (!map) {
            map = arena_dup(b->scratch, all, sizeof *all);
            map->len = 0;
            link = &map->first;
        }
        struct yml_node *key = arena_dup(b->scratch, k, sizeof *k);
        key->next = NULL;
        *link = key;
        link = &key->next;
        map->len++;
    }
    return map;
}

const struct yml_node *shared_cues(struct builder *b, const struct yml_node *v)
{
    if (!read_name(b, v, false))
        return NULL;
    const int32_t index = builder_find(b, SPACE_CUES, v->text);
    if (index < 0) {
        g_autofree char *near = builder_suggest(b, SPACE_CUES, v->text);
        if (!builder_excuses(b, v->text))
            builder_error(b, v, "E212",
                          near ? near : "write the list here, or give it this name in `cues`, above `nodes`",
                          "no set of cues is called `%s`", v->text);
        b->cues_broken = true;
        return NULL;
    }
    struct builder_cue_set *set = &g_array_index(b->cue_sets, struct builder_cue_set, index);
    set->used = true;
    return set->list && spend(b, set->list) ? set->list : NULL;
}

bool shared_is_late(struct source_text *src, const struct yml_node *nodes, struct yml_node *late)
{
    static const char *const keys[] = {"defaults", "cues"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *line = g_strdup_printf("\n%s:", keys[i]);
        const char *found = g_strstr_len(src->text, (gssize)src->len, line);
        *late = (struct yml_node){.file = src->number, .text = keys[i], .width = (uint32_t)strlen(keys[i])};
        if (found)
            source_text_locate(src, (size_t)(found + 1 - src->text), &late->line, &late->col);
        if (late->line > nodes->line)
            return true;
    }
    return false;
}

void shared_report_late(struct builder *b, const struct yml_node *key)
{
    builder_error(b, key, "E118", "move it above `nodes`", "`%s` stands below the nodes that it is for", key->text);
    b->cut_short = true;
}
