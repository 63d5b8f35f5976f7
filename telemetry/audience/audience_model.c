#include "telemetry/audience/audience_model.h"

#include <assert.h>

/* ---- odds ----------------------------------------------------------------------------------------------------- */

int audience_model_n_options(int decision)
{
    static_assert(2 + 2 <= AUDIENCE_OPTIONS_MAX, "the longest menu has room");
    assert(decision >= 0);
    return 2 + decision % 3;
}

bool audience_model_is_shuffled(int decision)
{
    return decision % 2 == 1;
}

bool audience_model_may_lock(int decision)
{
    return decision % 3 == 2;
}

/* A bold option scores 1, the first one 0: so each pick weighs the same in a lean. */
bool audience_model_is_bold(int option)
{
    return option > 0;
}

/* Version 2 changed the first decision. */
double audience_model_weight(struct audience_viewer k, int decision, int option)
{
    assert(option >= 0 && option < audience_model_n_options(decision));
    double w = 1 + (decision * 7 + option * 5) % 4;
    if (k.version == 1 && decision == 0)
        w = 5 - w;
    w *= k.bold && audience_model_is_bold(option) ? BOLD_FAVOUR : 1;
    return k.replay && option == audience_model_n_options(decision) - 1 ? w * REPLAY_FAVOUR : w;
}

double audience_model_median_us(int decision)
{
    return (1.5 + decision % 5) * 1e6;
}

/* ---- the film ------------------------------------------------------------------------------------------------- */

G_GNUC_PRINTF(2, 3) static const char *name(struct audience_model *m, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return g_string_chunk_insert_const(m->names, text);
}

static const struct tel_keyword traits[] = {{"bold", NULL}};
static const struct tel_keyword props[] = {{"tea", "Tea"}, {"coffee", "Coffee"}, {"cake", "Cake"}};
enum prop { TEA, COFFEE, CAKE };

/* Of each three decisions the first offers tea or coffee and the third cake or coffee; an ending shows tea. */
static void tag_options(struct audience_model *m)
{
    const int32_t most = m->n_decisions * AUDIENCE_OPTIONS_MAX;
    m->bold = g_new0(struct tel_tag, (size_t)most);
    m->props = g_new0(struct tel_tag, (size_t)most);
    m->shown = (struct tel_tag){m->n_decisions, TEA, 0};
    for (int32_t i = 0, at = 0; i < m->n_decisions; i++)
        for (int o = 0; o < audience_model_n_options(i); o++, at++) {
            if (audience_model_is_bold(o))
                m->bold[m->n_bold++] = (struct tel_tag){at, 0, 1};
            if (o < 2 && i % 3 != 1)
                m->props[m->n_props++] = (struct tel_tag){at, i % 3 == 2 && o == 0 ? CAKE : o == 0 ? TEA : COFFEE, 0};
        }
}

static void make_version(struct audience_model *m, int version)
{
    const int32_t n = m->n_decisions;
    struct tel_decision *d = m->decisions[version] = g_new0(struct tel_decision, (size_t)n);
    struct tel_option *options = m->options[version] = g_new0(struct tel_option, (size_t)n * AUDIENCE_OPTIONS_MAX);
    int32_t at = 0;
    for (int32_t i = 0; i < n; i++) {
        const uint64_t changed = version == 1 && i == 0 ? 1 << 20 : 0;
        d[i] = (struct tel_decision){
            name(m, "choice-%d", i),    name(m, "Question %d?", i), 1000 + (uint64_t)i + changed, i, at,
            audience_model_n_options(i)};
        for (int o = 0; o < audience_model_n_options(i); o++)
            options[at++] = (struct tel_option){name(m, "o%d", o), name(m, "Answer %d of %d", o, i),
                                                (uint64_t)(i * AUDIENCE_OPTIONS_MAX + o) + changed};
    }
    m->story[version] = (struct tel_story){.name = "org.example.audience",
                                           .version = version ? "2.0" : "1.0",
                                           .title = "The Made-up Audience",
                                           .hash = 77 + (uint64_t)version,
                                           .nodes = m->nodes,
                                           .decisions = d,
                                           .options = options,
                                           .endings = m->endings,
                                           .n_nodes = n + AUDIENCE_ENDINGS,
                                           .n_decisions = n,
                                           .n_options = at,
                                           .n_endings = AUDIENCE_ENDINGS,
                                           .traits = traits,
                                           .props = props,
                                           .option_traits = m->bold,
                                           .option_props = m->props,
                                           .node_props = &m->shown,
                                           .n_traits = G_N_ELEMENTS(traits),
                                           .n_props = G_N_ELEMENTS(props),
                                           .n_option_traits = m->n_bold,
                                           .n_option_props = m->n_props,
                                           .n_node_props = 1,
                                           .film_left = m->left,
                                           .n_film_left = n + AUDIENCE_ENDINGS};
}

/* Whatever viewers take, a node of each later level and an ending's node come. */
static void measure_film(struct audience_model *m)
{
    const int32_t n = m->n_decisions + AUDIENCE_ENDINGS;
    m->left = g_new0(struct tel_film_left, (size_t)n);
    for (int32_t i = 0; i < n; i++) {
        const int64_t us = i < m->n_decisions ? (m->o.levels - i / 2) * AUDIENCE_CLIP_US : 0;
        m->left[i] = (struct tel_film_left){i, us, us};
    }
}

void audience_model_init(struct audience_model *m, const struct audience_options *o)
{
    *m = (struct audience_model){.o = *o, .names = g_string_chunk_new(4096)};
    m->o.levels = o->levels > 0 ? MIN(o->levels, AUDIENCE_LEVELS_MAX) : 8;
    m->o.days = o->days > 0 ? o->days : 30;
    m->n_decisions = 2 * m->o.levels;
    m->nodes = g_new0(struct tel_node, (size_t)m->n_decisions + AUDIENCE_ENDINGS);
    for (int32_t i = 0; i < m->n_decisions; i++)
        m->nodes[i] = (struct tel_node){name(m, "scene-%d-%c", i / 2 + 1, 'a' + i % 2),
                                        name(m, "Scene %d %c", i / 2 + 1, 'A' + i % 2), 1 + (uint64_t)i};
    for (int i = 0; i < AUDIENCE_ENDINGS; i++) {
        m->nodes[m->n_decisions + i] =
            (struct tel_node){name(m, "last-%d", i + 1), name(m, "Last %d", i + 1), 900 + (uint64_t)i};
        m->endings[i] = (struct tel_ending){name(m, "end-%d", i + 1), name(m, "Ending %d", i + 1)};
    }
    assert(m->n_decisions > 0 && m->n_decisions <= 2 * AUDIENCE_LEVELS_MAX);
    tag_options(m);
    measure_film(m);
    for (int v = 0; v < AUDIENCE_VERSIONS; v++)
        make_version(m, v);
}

void audience_model_clear(struct audience_model *m)
{
    for (int v = 0; v < AUDIENCE_VERSIONS; v++) {
        g_free(m->decisions[v]);
        g_free(m->options[v]);
    }
    g_free(m->nodes);
    g_free(m->left);
    g_free(m->bold);
    g_free(m->props);
    g_string_chunk_free(m->names);
}

int32_t audience_model_next_node(const struct audience_model *m, int32_t decision, int option)
{
    assert(decision >= 0 && decision < m->n_decisions);
    const int32_t level = decision / 2 + 1;
    return level < m->o.levels ? level * 2 + option % 2 : m->n_decisions + option % AUDIENCE_ENDINGS;
}
