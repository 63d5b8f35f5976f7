#include "story/story.h"

#include "story/content_hash.h"
#include "story/private.h"

#include <string.h>

static int32_t language_index(const struct story *s, const char *language)
{
    if (!language)
        return 0;
    for (int32_t i = 0; i < s->n_languages; i++)
        if (g_ascii_strcasecmp(s->languages[i], language) == 0)
            return i;
    /* de-AT: any German will do. */
    const size_t n = strcspn(language, "-_");
    for (int32_t i = 0; i < s->n_languages; i++)
        if (strcspn(s->languages[i], "-_") == n && g_ascii_strncasecmp(s->languages[i], language, n) == 0)
            return i;
    return 0;
}

const char *story_text(const struct story *s, int32_t id, const char *language)
{
    const GArray *texts = s->priv->build->texts;
    if (id < 0)
        return NULL;
    const int32_t i = language_index(s, language);
    const char *translated = i > 0 ? s->priv->build->translations[(size_t)i * texts->len + (size_t)id] : NULL;
    return translated ? translated : g_array_index(texts, struct builder_text, id).text;
}

const char *story_text_key(const struct story *s, int32_t id)
{
    return id < 0 ? NULL : g_array_index(s->priv->build->texts, struct builder_text, id).key;
}

int32_t story_find_node(const struct story *s, const char *name)
{
    const int32_t place = builder_find(s->priv->build, SPACE_PLACES, name);
    return place >= 0 && !(place & 1) ? place >> 1 : -1;
}

int32_t story_find_decision(const struct story *s, const char *name)
{
    return builder_find(s->priv->build, SPACE_DECISIONS, name);
}

int32_t story_find_option(const struct story *s, int32_t decision, const char *name)
{
    const struct story_span options = s->decisions[decision].options;
    for (int32_t i = 0; i < options.n; i++)
        if (strcmp(s->options[options.first + i].name, name) == 0)
            return i;
    return -1;
}

int32_t story_find_var(const struct story *s, const char *name)
{
    return builder_find(s->priv->build, SPACE_VARS, name);
}

int32_t story_find_ending(const struct story *s, const char *name)
{
    return builder_find(s->priv->build, SPACE_ENDINGS, name);
}

void story_free(struct story *s)
{
    if (!s)
        return;
    g_free(s->priv->strings);
    builder_free(s->priv->build);
    g_free(s->priv);
    g_free(s);
}

/* files, traits, props, prop_titles: one block of pointers, cut in four. */
static void finish_strings(struct story *s, struct builder *b)
{
    const guint n = b->sources->len + b->traits->len + 2 * b->props->len;
    const char **p = s->priv->strings = g_new0(const char *, n + 1);
    s->files = p;
    s->n_files = (int32_t)b->sources->len;
    for (guint i = 0; i < b->sources->len; i++)
        *p++ = builder_keep(b, ((struct source_text *)g_ptr_array_index(b->sources, i))->name);
    s->traits = p;
    s->n_traits = (int32_t)b->traits->len;
    for (guint i = 0; i < b->traits->len; i++)
        *p++ = g_array_index(b->traits, struct builder_tag, i).name;
    s->props = p;
    s->n_props = (int32_t)b->props->len;
    for (guint i = 0; i < b->props->len; i++)
        *p++ = g_array_index(b->props, struct builder_tag, i).name;
    s->prop_titles = p;
    for (guint i = 0; i < b->props->len; i++)
        *p++ = g_array_index(b->props, struct builder_tag, i).title;
}

struct story *story_finish(struct builder *b, const char *path)
{
    struct story *s = g_new0(struct story, 1);
    s->priv = g_new0(struct story_private, 1);
    s->priv->build = b;
    s->id = b->id;
    s->version = b->version ? b->version : "";
    s->path = builder_keep(b, path);
    s->dir = b->dir;
    s->title = b->title;
    s->start = b->start_node;
    finish_strings(s, b);
#define TAKE(member) (s->member = (void *)b->member->data, s->n_##member = (int32_t)b->member->len)
    TAKE(languages);
    TAKE(names);
    TAKE(vars);
    TAKE(memories);
    TAKE(code);
    TAKE(exprs);
    TAKE(effects);
    TAKE(parts);
    TAKE(routes);
    TAKE(cues);
    TAKE(labels);
    TAKE(option_traits);
    TAKE(option_props);
    TAKE(node_props);
    TAKE(options);
    TAKE(decisions);
    TAKE(tracks);
    TAKE(ats);
    TAKE(events);
    TAKE(inscriptions);
    TAKE(nodes);
    TAKE(endings);
    TAKE(asserts);
    TAKE(goals);
#undef TAKE
    content_hash_fill(s);
    return s;
}
