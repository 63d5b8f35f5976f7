#include "story/finish.h"

#include "story/content_hash.h"
#include "story/memory_index.h"
#include "story/story_check.h"
#include "story/name_index.h"

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

/* Names and, where `titles` is not NULL, titles. */
static const char *const *keep_tags(struct builder *b, const GArray *tags, const char *const **titles)
{
    const char **names = new_strings(b, tags->len), **its_titles = titles ? new_strings(b, tags->len) : NULL;
    for (guint i = 0; i < tags->len; i++) {
        const struct builder_tag *tag = &g_array_index(tags, struct builder_tag, i);
        names[i] = tag->name;
        if (titles)
            its_titles[i] = tag->title;
    }
    if (titles)
        *titles = its_titles;
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
    s->traits = keep_tags(b, b->traits, NULL);
    s->n_traits = (int32_t)b->traits->len;
    s->props = keep_tags(b, b->props, &s->prop_titles);
    s->n_props = (int32_t)b->props->len;
    s->acts = keep_tags(b, b->acts, &s->act_titles);
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

struct story *finish_story(struct builder *b, const char *path)
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
    struct story_option *options = keep_array(b, &b->options, &s->n_options);
    struct story_decision *decisions = keep_array(b, &b->decisions, &s->n_decisions);
    struct story_node *nodes = keep_array(b, &b->nodes, &s->n_nodes);
    s->options = options;
    s->decisions = decisions;
    s->nodes = nodes;
    keep_arrays(s, b);
    int32_t *remembered = arena_alloc(b->arena, (size_t)s->n_memories * sizeof *remembered);
    memory_index_fill(s, nodes, decisions, remembered);
    s->remembered = remembered;
    keep_former(s, b);
    keep_all_tags(s, b);
    keep_texts(s, b);
    content_hash_fill(s, options, decisions, nodes);
    s->owned = name_index_new(s, g_steal_pointer(&b->arena));
    assert(story_check(s));
    return s;
}
