#include "player/story_record.h"

#include "player/film_left.h"

#include <glib.h>

/* Appends the props of option or node number `of`. */
static void add_props(GArray *tags, int32_t of, const int32_t *props, struct story_span span)
{
    for (int32_t i = 0; i < span.n; i++) {
        const struct tel_tag t = {.subject = of, .keyword = props[span.first + i]};
        g_array_append_val(tags, t);
    }
}

static struct tel_keyword *make_words(const char *const *names, const char *const *titles, int32_t n)
{
    struct tel_keyword *all = g_new0(struct tel_keyword, (size_t)n + 1);
    for (int32_t i = 0; i < n; i++)
        all[i] = (struct tel_keyword){names[i], titles ? titles[i] : NULL};
    return all;
}

/* The traits and props of all options and the props of all nodes, as struct tel_tag. */
static void collect_tags(const struct story *s, GArray *option_traits, GArray *option_props, GArray *node_props)
{
    for (int32_t i = 0; i < s->n_options; i++) {
        const struct story_option *o = &s->options[i];
        for (int32_t k = 0; k < o->traits.n; k++) {
            const struct story_trait *trait = &s->option_traits[o->traits.first + k];
            const struct tel_tag tag = {i, trait->trait, trait->score};
            g_array_append_val(option_traits, tag);
        }
        add_props(option_props, i, s->option_props, o->props);
    }
    for (int32_t i = 0; i < s->n_nodes; i++)
        add_props(node_props, i, s->node_props, s->nodes[i].props);
}

static const struct tel_tag *tags(const GArray *array)
{
    return (const struct tel_tag *)(const void *)array->data;
}

/* The options whose pick erases the viewing, as int32_t. The caller frees it. */
static GArray *list_forgetful(const struct story *s)
{
    GArray *options = g_array_new(FALSE, FALSE, sizeof(int32_t));
    for (int32_t i = 0; i < s->n_options; i++)
        if (s->options[i].forget)
            g_array_append_val(options, i);
    return options;
}

/* What is left of the film behind each node that leads to an ending, as struct tel_film_left. The caller frees it. */
static GArray *list_film_left(const struct story *s)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct tel_film_left));
    g_autofree struct film_left *left = film_left_of(s);
    for (int32_t i = 0; i < s->n_nodes; i++) {
        const struct tel_film_left one = {i, left[i].shortest_us, left[i].expected_us};
        if (one.shortest_us != US_NONE)
            g_array_append_val(all, one);
    }
    return all;
}

static void clear_arm(void *arm)
{
    g_free((void *)(uintptr_t)((struct tel_arm *)arm)->outcome);
}

/* The arms of all experiments, as struct tel_arm. The caller frees it. */
static GArray *list_arms(const struct story *s)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct tel_arm));
    g_array_set_clear_func(all, clear_arm);
    for (int32_t i = 0; i < s->n_experiments; i++) {
        const struct story_var *v = &s->vars[s->experiments[i].var];
        const struct story_part *parts = &s->parts[s->routes[s->experiments[i].route].parts.first];
        for (int32_t k = 0; k < v->values.n; k++) {
            const struct tel_arm arm = {s->names[v->values.first + k], v->name, parts[k].weight,
                                        story_outcome_text(s, &s->experiments[i].outcome)};
            g_array_append_val(all, arm);
        }
    }
    return all;
}

void story_record(const struct story *s, void (*take)(const struct tel_story *t, void *data), void *data)
{
    g_autofree struct tel_node *nodes = g_new0(struct tel_node, (size_t)s->n_nodes + 1);
    g_autofree struct tel_decision *decisions = g_new0(struct tel_decision, (size_t)s->n_decisions + 1);
    g_autofree struct tel_option *options = g_new0(struct tel_option, (size_t)s->n_options + 1);
    g_autofree struct tel_ending *endings = g_new0(struct tel_ending, (size_t)s->n_endings + 1);

    for (int32_t i = 0; i < s->n_nodes; i++)
        nodes[i] = (struct tel_node){story_first_name(s, s->nodes[i].was, s->nodes[i].name),
                                     story_text(s, s->nodes[i].title, NULL), s->nodes[i].hash};
    for (int32_t i = 0; i < s->n_decisions; i++) {
        const struct story_decision *d = &s->decisions[i];
        decisions[i] = (struct tel_decision){story_first_name(s, d->was, d->name),
                                             story_text(s, d->prompt, NULL),
                                             d->hash,
                                             d->node,
                                             d->options.first,
                                             d->options.n};
    }
    for (int32_t i = 0; i < s->n_options; i++)
        options[i] = (struct tel_option){story_first_name(s, s->options[i].was, s->options[i].name),
                                         story_text(s, s->options[i].text, NULL), s->options[i].hash};
    for (int32_t i = 0; i < s->n_endings; i++)
        endings[i] = (struct tel_ending){story_first_name(s, s->endings[i].was, s->endings[i].name),
                                         story_text(s, s->endings[i].title, NULL)};

    g_autofree struct tel_keyword *traits = make_words(s->traits, NULL, s->n_traits);
    g_autofree struct tel_keyword *props = make_words(s->props, s->prop_titles, s->n_props);
    g_autoptr(GArray) option_traits = g_array_new(FALSE, FALSE, sizeof(struct tel_tag));
    g_autoptr(GArray) option_props = g_array_new(FALSE, FALSE, sizeof(struct tel_tag));
    g_autoptr(GArray) node_props = g_array_new(FALSE, FALSE, sizeof(struct tel_tag));
    collect_tags(s, option_traits, option_props, node_props);
    g_autoptr(GArray) forgetful = list_forgetful(s), left = list_film_left(s), arms = list_arms(s);

    const struct tel_story t = {
        .name = s->id,
        .version = s->version,
        .title = story_text(s, s->title, NULL),
        .hash = s->hash,
        .nodes = nodes,
        .decisions = decisions,
        .options = options,
        .endings = endings,
        .n_nodes = s->n_nodes,
        .n_decisions = s->n_decisions,
        .n_options = s->n_options,
        .n_endings = s->n_endings,
        .traits = traits,
        .props = props,
        .option_traits = tags(option_traits),
        .option_props = tags(option_props),
        .node_props = tags(node_props),
        .n_traits = s->n_traits,
        .n_props = s->n_props,
        .n_option_traits = (int32_t)option_traits->len,
        .n_option_props = (int32_t)option_props->len,
        .n_node_props = (int32_t)node_props->len,
        .forgetful = (const int32_t *)(const void *)forgetful->data,
        .n_forgetful = (int32_t)forgetful->len,
        .film_left = (const struct tel_film_left *)(const void *)left->data,
        .n_film_left = (int32_t)left->len,
        .arms = (const struct tel_arm *)(const void *)arms->data,
        .n_arms = (int32_t)arms->len,
    };
    take(&t, data);
}
