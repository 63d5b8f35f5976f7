#include "story/finish.h"

#include "story/content_hash.h"
#include "story/memory_index.h"
#include "story/story_check.h"
#include "story/name_index.h"
#include "story/translations.h"

#include <assert.h>
#include <string.h>

/* The array, copied to its exact size; its elements are counted in *n. */
static void *keep_array(struct builder *b, GArray **array, int32_t *n)
{
    const GArray *a = *array;
    assert(a->len <= INT32_MAX);
    *n = (int32_t)a->len;
    void *kept = arena_dup(b->arena, a->data, (size_t)a->len * g_array_get_element_size(*array));
    g_array_free(g_steal_pointer(array), TRUE);
    return kept;
}

static void keep_arrays(struct story *s, struct builder *b)
{
#define KEEP(member) (s->member = keep_array(b, &b->member, &s->n_##member))
    KEEP(languages);
    KEEP(names);
    KEEP(renamed_values);
    KEEP(vars);
    KEEP(experiments);
    KEEP(memories);
    KEEP(code);
    KEEP(exprs);
    KEEP(effects);
    KEEP(parts);
    KEEP(routes);
    KEEP(cues);
    KEEP(labels);
    KEEP(variants);
    KEEP(orders);
    KEEP(option_traits);
    KEEP(option_props);
    KEEP(node_props);
    KEEP(tracks);
    KEEP(ats);
    KEEP(events);
    KEEP(inscriptions);
    KEEP(endings);
    KEEP(asserts);
    KEEP(goals);
    KEEP(notes);
#undef KEEP
}

static const char **new_strings(struct builder *b, size_t n)
{
    return arena_alloc(b->arena, n * sizeof(const char *));
}

static void keep_files(struct story *s, struct builder *b)
{
    const char **files = new_strings(b, b->sources->len);
    for (guint i = 0; i < b->sources->len; i++)
        files[i] = builder_keep(b, ((const struct source_text *)g_ptr_array_index(b->sources, i))->name);
    s->files = files;
    s->n_files = (int32_t)b->sources->len;
}

static const char *const *keep_names(struct builder *b, const GArray *tags)
{
    const char **names = new_strings(b, tags->len);
    for (guint i = 0; i < tags->len; i++)
        names[i] = g_array_index(tags, struct builder_tag, i).name;
    return names;
}

static void keep_former(struct story *s, struct builder *b)
{
    const char **names = new_strings(b, b->former->len);
    for (guint i = 0; i < b->former->len; i++)
        names[i] = g_array_index(b->former, struct pending_name, i).name;
    s->former = names;
    s->n_former = (int32_t)b->former->len;
}

static void keep_all_tags(struct story *s, struct builder *b)
{
    const char **prop_titles = new_strings(b, b->props->len);
    int32_t *act_titles = arena_alloc(b->arena, MAX(b->acts->len, 1) * sizeof *act_titles);
    for (guint i = 0; i < b->props->len; i++)
        prop_titles[i] = g_array_index(b->props, struct builder_tag, i).title;
    for (guint i = 0; i < b->acts->len; i++)
        act_titles[i] = g_array_index(b->acts, struct builder_tag, i).text;
    s->traits = keep_names(b, b->traits);
    s->n_traits = (int32_t)b->traits->len;
    s->props = keep_names(b, b->props);
    s->prop_titles = prop_titles;
    s->n_props = (int32_t)b->props->len;
    s->acts = keep_names(b, b->acts);
    s->act_titles = act_titles;
    s->n_acts = (int32_t)b->acts->len;
}

static void keep_texts(struct story *s, struct builder *b)
{
    const size_t n = b->texts->len, n_languages = (size_t)s->n_languages;
    assert(b->translations && n_languages > 0);
    const char **texts = new_strings(b, n * n_languages), **keys = new_strings(b, n);
    const char **origins = new_strings(b, n * n_languages);
    struct story_text_place *places = arena_alloc(b->arena, n * sizeof *places);
    memcpy(texts, b->translations, n * n_languages * sizeof *texts);
    memcpy(origins, b->origins, n * n_languages * sizeof *origins);
    for (size_t i = 0; i < n; i++) {
        const struct builder_text *t = &g_array_index(b->texts, struct builder_text, i);
        texts[i] = t->text;
        keys[i] = t->key;
        places[i] = (struct story_text_place){t->mark, t->width};
    }
    s->texts = texts;
    s->text_origins = origins;
    s->text_keys = keys;
    s->text_places = places;
    s->n_texts = (int32_t)n;
}

/* Those of a story's own arrays that are still written to. */
struct open_arrays {
    struct story_option *options;
    struct story_decision *decisions;
    struct story_node *nodes;
};

static struct story *keep_story(struct builder *b, const char *path, struct open_arrays *open)
{
    assert(builder_check(b));
    struct story *s = g_new0(struct story, 1);
    s->id = b->id;
    s->version = b->version ? b->version : "";
    s->channel = b->channel;
    s->share = b->share;
    s->path = builder_keep(b, path);
    s->dir = b->dir;
    s->title = b->title;
    s->start = b->start_node;
    keep_files(s, b);
    g_ptr_array_set_size(b->sources, 0); /* as large as all that is copied below, and no report quotes them any more */
    s->options = open->options = keep_array(b, &b->options, &s->n_options);
    s->decisions = open->decisions = keep_array(b, &b->decisions, &s->n_decisions);
    s->nodes = open->nodes = keep_array(b, &b->nodes, &s->n_nodes);
    keep_arrays(s, b);
    keep_former(s, b);
    keep_all_tags(s, b);
    keep_texts(s, b);
    return s;
}

struct story *finish_story(struct builder *b, const char *path)
{
    struct open_arrays open;
    struct story *s = keep_story(b, path, &open);
    int32_t *remembered = arena_alloc(b->arena, (size_t)s->n_memories * sizeof *remembered);
    memory_index_fill(s, open.nodes, open.decisions, remembered);
    s->remembered = remembered;
    content_hash_fill(s, open.options, open.decisions, open.nodes);
    s->owned = name_index_new(s, g_steal_pointer(&b->arena));
    assert(story_check(s));
    return s;
}

/* ---- a story with errors ---------------------------------------------------------------------------------------- */

static void silence(struct story_node *n)
{
    n->clip = (struct story_clip){.kind = STORY_SILENT,
                                  .from_us = US_NONE,
                                  .to_us = US_NONE,
                                  .for_us = US_NONE,
                                  .card = -1,
                                  .mark = n->clip.mark};
}

/* What is wrong in a node may be anything, so nothing is said about the rest of it. */
static void forget_unsound(const struct story *s, const struct builder *b, const struct open_arrays *open)
{
    for (guint i = 0; i < b->unsound->len; i++) {
        struct story_node *n = &open->nodes[g_array_index(b->unsound, int32_t, i)];
        silence(n);
        for (int32_t k = 0; k < n->decisions.n; k++) {
            struct story_decision *d = &open->decisions[n->decisions.first + k];
            d->prompt = -1;
            d->options.n = 0;
        }
    }
    for (int32_t i = 0; i < s->n_nodes; i++) /* the name of its medium is unknown */
        if (!s->nodes[i].clip.path && (s->nodes[i].clip.kind == STORY_FILM || s->nodes[i].clip.kind == STORY_STILL))
            silence(&open->nodes[i]);
}

static void cut_ways(const struct story *s, const struct open_arrays *open)
{
    const struct story_target nowhere = {STORY_NOWHERE, 0};
    for (int32_t i = 0; i < s->n_options; i++)
        open->options[i].to = nowhere;
    for (int32_t i = 0; i < s->n_decisions; i++)
        open->decisions[i].timeout.to = nowhere;
    for (int32_t i = 0; i < s->n_nodes; i++)
        open->nodes[i].next = nowhere;
}

void finish_parts(struct builder *b, const char *path, struct story_parts *parts)
{
    static const struct story nameless = {.id = NULL};
    struct open_arrays open;
    parts->left_out = b->left_out | (b->unsound->len > 0 ? STORY_LEFT_BROKEN_NODES : 0) |
                      (b->cut_short ? STORY_LEFT_NAMES | STORY_LEFT_WAYS | STORY_LEFT_UNUSED : 0);
    if (b->nodes->len == 0)
        return;
    if (!b->translations) {
        g_array_set_size(b->languages, 1); /* the others would be taken for copies of the first */
        translations_none(b);
    }
    struct story *s = keep_story(b, path, &open);
    forget_unsound(s, b, &open);
    cut_ways(s, &open);
    s->owned = name_index_new(&nameless, g_steal_pointer(&b->arena)); /* a name may stand there twice */
    parts->story = s;
}
