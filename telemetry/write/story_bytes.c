#include "telemetry/write/story_bytes.h"

#include <assert.h>

#define STORY_TYPE "(smsmsta(smst)a(smstiii)a(smst)a(sms)a(sms)a(sms)a(iii)a(iii)a(iii)aia(ixx)a(ssims))"

static GVariant *nodes_variant(const struct tel_node *nodes, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(smst)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(smst)", nodes[i].name, nodes[i].title, nodes[i].hash);
    return g_variant_builder_end(&b);
}

static GVariant *options_variant(const struct tel_option *options, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(smst)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(smst)", options[i].name, options[i].title, options[i].hash);
    return g_variant_builder_end(&b);
}

static GVariant *decisions_variant(const struct tel_decision *d, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(smstiii)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(smstiii)", d[i].name, d[i].title, d[i].hash, d[i].node, d[i].first_option,
                              d[i].n_options);
    return g_variant_builder_end(&b);
}

static GVariant *endings_variant(const struct tel_ending *endings, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(sms)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(sms)", endings[i].name, endings[i].title);
    return g_variant_builder_end(&b);
}

static GVariant *keywords_variant(const struct tel_keyword *words, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(sms)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(sms)", words[i].name, words[i].title);
    return g_variant_builder_end(&b);
}

static GVariant *tags_variant(const struct tel_tag *tags, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(iii)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(iii)", tags[i].subject, tags[i].keyword, tags[i].score);
    return g_variant_builder_end(&b);
}

static GVariant *forgetful_variant(const int32_t *options, int32_t n)
{
    return g_variant_new_fixed_array(G_VARIANT_TYPE_INT32, options, (gsize)n, sizeof *options);
}

static GVariant *film_left_variant(const struct tel_film_left *left, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(ixx)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(ixx)", left[i].node, left[i].shortest_us, left[i].expected_us);
    return g_variant_builder_end(&b);
}

static GVariant *arms_variant(const struct tel_arm *arms, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(ssims)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(ssims)", arms[i].name, arms[i].experiment, arms[i].weight, arms[i].outcome);
    return g_variant_builder_end(&b);
}

GBytes *story_bytes_pack(const struct tel_story *story)
{
    GVariant *v = g_variant_ref_sink(g_variant_new(
        "(smsmst@a(smst)@a(smstiii)@a(smst)@a(sms)@a(sms)@a(sms)@a(iii)@a(iii)@a(iii)@ai@a(ixx)@a(ssims))", story->name,
        story->version, story->title, story->hash, nodes_variant(story->nodes, story->n_nodes),
        decisions_variant(story->decisions, story->n_decisions), options_variant(story->options, story->n_options),
        endings_variant(story->endings, story->n_endings), keywords_variant(story->traits, story->n_traits),
        keywords_variant(story->props, story->n_props), tags_variant(story->option_traits, story->n_option_traits),
        tags_variant(story->option_props, story->n_option_props), tags_variant(story->node_props, story->n_node_props),
        forgetful_variant(story->forgetful, story->n_forgetful),
        film_left_variant(story->film_left, story->n_film_left), arms_variant(story->arms, story->n_arms)));
    assert(g_variant_is_of_type(v, G_VARIANT_TYPE(STORY_TYPE)));
    GBytes *bytes = g_variant_get_data_as_bytes(v);
    g_variant_unref(v);
    return bytes;
}

/* ---- and back ---------------------------------------------------------------------------------------------------- */

static const struct tel_keyword *load_keywords(GVariant *v, int32_t *n)
{
    *n = (int32_t)g_variant_n_children(v);
    struct tel_keyword *words = g_new0(struct tel_keyword, (size_t)*n + 1);
    for (int32_t i = 0; i < *n; i++)
        g_variant_get_child(v, (gsize)i, "(&sm&s)", &words[i].name, &words[i].title);
    return words;
}

static const struct tel_tag *load_tags(GVariant *v, int32_t *n)
{
    *n = (int32_t)g_variant_n_children(v);
    struct tel_tag *tags = g_new0(struct tel_tag, (size_t)*n + 1);
    for (int32_t i = 0; i < *n; i++)
        g_variant_get_child(v, (gsize)i, "(iii)", &tags[i].subject, &tags[i].keyword, &tags[i].score);
    return tags;
}

static const int32_t *load_forgetful(GVariant *v, int32_t *n)
{
    gsize length = 0;
    const int32_t *options = g_variant_get_fixed_array(v, &length, sizeof *options);
    *n = (int32_t)length;
    return g_memdup2(options, length * sizeof *options);
}

static const struct tel_film_left *load_film_left(GVariant *v, int32_t *n)
{
    *n = (int32_t)g_variant_n_children(v);
    struct tel_film_left *left = g_new0(struct tel_film_left, (size_t)*n + 1);
    for (int32_t i = 0; i < *n; i++)
        g_variant_get_child(v, (gsize)i, "(ixx)", &left[i].node, &left[i].shortest_us, &left[i].expected_us);
    return left;
}

static const struct tel_arm *load_arms(GVariant *v, int32_t *n)
{
    *n = (int32_t)g_variant_n_children(v);
    struct tel_arm *arms = g_new0(struct tel_arm, (size_t)*n + 1);
    for (int32_t i = 0; i < *n; i++)
        g_variant_get_child(v, (gsize)i, "(&s&sim&s)", &arms[i].name, &arms[i].experiment, &arms[i].weight,
                            &arms[i].outcome);
    return arms;
}

/* Traits, props, and what is told of options and nodes; *s takes arrays that free_tags() frees. */
static void load_story_tags(GVariant *v, struct tel_story *s)
{
    const gsize first = 8; /* of the words and tags in STORY_TYPE */
    g_autoptr(GVariant) traits = g_variant_get_child_value(v, first), props = g_variant_get_child_value(v, first + 1);
    g_autoptr(GVariant) scores = g_variant_get_child_value(v, first + 2);
    g_autoptr(GVariant) brought = g_variant_get_child_value(v, first + 3);
    g_autoptr(GVariant) shown = g_variant_get_child_value(v, first + 4);
    g_autoptr(GVariant) forgetful = g_variant_get_child_value(v, first + 5);
    g_autoptr(GVariant) left = g_variant_get_child_value(v, first + 6);
    g_autoptr(GVariant) arms = g_variant_get_child_value(v, first + 7);
    s->arms = load_arms(arms, &s->n_arms);
    s->forgetful = load_forgetful(forgetful, &s->n_forgetful);
    s->film_left = load_film_left(left, &s->n_film_left);
    s->traits = load_keywords(traits, &s->n_traits);
    s->props = load_keywords(props, &s->n_props);
    s->option_traits = load_tags(scores, &s->n_option_traits);
    s->option_props = load_tags(brought, &s->n_option_props);
    s->node_props = load_tags(shown, &s->n_node_props);
}

static void free_tags(struct tel_story *s)
{
    g_free((void *)s->traits);
    g_free((void *)s->props);
    g_free((void *)s->option_traits);
    g_free((void *)s->option_props);
    g_free((void *)s->node_props);
    g_free((void *)s->forgetful);
    g_free((void *)s->film_left);
    g_free((void *)s->arms);
}

/* Strings are borrowed from the variant. tel_story_copy() judges whether it makes sense. */
static struct tel_story *load_story_variant(GVariant *v)
{
    struct tel_story s = {0};
    g_autoptr(GVariant) nodes = NULL, decisions = NULL, options = NULL, endings = NULL;
    g_variant_get(v, "(&sm&sm&st@a(smst)@a(smstiii)@a(smst)@a(sms)********)", &s.name, &s.version, &s.title, &s.hash,
                  &nodes, &decisions, &options, &endings, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    s.n_nodes = (int32_t)g_variant_n_children(nodes);
    s.n_decisions = (int32_t)g_variant_n_children(decisions);
    s.n_options = (int32_t)g_variant_n_children(options);
    s.n_endings = (int32_t)g_variant_n_children(endings);
    g_autofree struct tel_node *n = g_new0(struct tel_node, (size_t)s.n_nodes + 1);
    g_autofree struct tel_decision *d = g_new0(struct tel_decision, (size_t)s.n_decisions + 1);
    g_autofree struct tel_option *o = g_new0(struct tel_option, (size_t)s.n_options + 1);
    g_autofree struct tel_ending *e = g_new0(struct tel_ending, (size_t)s.n_endings + 1);
    for (int32_t i = 0; i < s.n_nodes; i++)
        g_variant_get_child(nodes, (gsize)i, "(&sm&st)", &n[i].name, &n[i].title, &n[i].hash);
    for (int32_t i = 0; i < s.n_decisions; i++)
        g_variant_get_child(decisions, (gsize)i, "(&sm&stiii)", &d[i].name, &d[i].title, &d[i].hash, &d[i].node,
                            &d[i].first_option, &d[i].n_options);
    for (int32_t i = 0; i < s.n_options; i++)
        g_variant_get_child(options, (gsize)i, "(&sm&st)", &o[i].name, &o[i].title, &o[i].hash);
    for (int32_t i = 0; i < s.n_endings; i++)
        g_variant_get_child(endings, (gsize)i, "(&sm&s)", &e[i].name, &e[i].title);
    s.nodes = n, s.decisions = d, s.options = o, s.endings = e;
    load_story_tags(v, &s);
    struct tel_story *copy = tel_story_copy(&s);
    free_tags(&s);
    return copy;
}

struct tel_story *story_bytes_unpack(char *data, size_t size)
{
    g_autoptr(GVariant) v =
        g_variant_ref_sink(g_variant_new_from_data(G_VARIANT_TYPE(STORY_TYPE), data, size, FALSE, g_free, data));
    return g_variant_is_normal_form(v) ? load_story_variant(v) : NULL;
}
