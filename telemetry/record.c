#include "telemetry/record.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static void random_bytes(uint8_t *bytes, size_t n)
{
    for (size_t got = 0; got < n;) {
        const ssize_t r = getrandom(bytes + got, n - got, 0);
        if (r > 0)
            got += (size_t)r;
        else if (errno != EINTR)
            break;
    }
}

void tel_new_id(char id[TEL_ID_SIZE], int64_t wall_ms)
{
    uint8_t b[16] = {0};
    random_bytes(b, sizeof b);
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)((uint64_t)wall_ms >> (40 - 8 * i));
    b[6] = (uint8_t)(0x70 | (b[6] & 0x0f)); /* version 7 */
    b[8] = (uint8_t)(0x80 | (b[8] & 0x3f)); /* variant of RFC 9562 */
    tel_id_text(b, id);
}

void tel_id_text(const uint8_t bytes[16], char id[TEL_ID_SIZE])
{
    char *p = id;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        p += snprintf(p, 3, "%02x", bytes[i]);
    }
    assert(p == id + TEL_ID_SIZE - 1);
}

void tel_id_bytes(const char *id, uint8_t bytes[16])
{
    for (int i = 0; i < 16; id += 2) {
        id += *id == '-';
        bytes[i++] = (uint8_t)(g_ascii_xdigit_value(id[0]) << 4 | g_ascii_xdigit_value(id[1]));
    }
}

const char *tel_word(const char *set, int64_t code)
{
    static const struct {
        const char *set, *word;
        int number;
    } codes[] = {
#define TEL_CODE(SET, NAME, number, word, what) {#SET, word, number},
#include "telemetry/registry.def"
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].number == code && strcmp(codes[i].set, set) == 0)
            return codes[i].word;
    return "?";
}

/* ---- copies of stories ------------------------------------------------------------------------------------------ */

struct story_copy {
    struct tel_story story; /* first: the caller's pointer is this struct's */
    GStringChunk *text;
};

static bool words_are_sound(const struct tel_keyword *words, int32_t n)
{
    bool sound = n >= 0;
    for (int32_t i = 0; sound && i < n; i++)
        sound = words[i].name != NULL;
    return sound;
}

static bool tags_are_sound(const struct tel_tag *tags, int32_t n, int32_t n_of, int32_t n_words)
{
    bool sound = n >= 0;
    for (int32_t i = 0; sound && i < n; i++)
        sound = tags[i].subject >= 0 && tags[i].subject < n_of && tags[i].keyword >= 0 && tags[i].keyword < n_words;
    return sound;
}

static bool left_is_sound(const struct tel_story *s)
{
    bool sound = s->n_forgetful >= 0 && s->n_film_left >= 0;
    for (int32_t i = 0; sound && i < s->n_forgetful; i++)
        sound = s->forgetful[i] >= 0 && s->forgetful[i] < s->n_options;
    for (int32_t i = 0; sound && i < s->n_film_left; i++)
        sound = s->film_left[i].node >= 0 && s->film_left[i].node < s->n_nodes && s->film_left[i].shortest_us >= 0;
    return sound;
}

static bool arms_are_sound(const struct tel_arm *arms, int32_t n)
{
    bool sound = n >= 0;
    for (int32_t i = 0; sound && i < n; i++)
        sound = arms[i].name && arms[i].experiment && arms[i].weight > 0;
    return sound;
}

static bool story_is_sound(const struct tel_story *s)
{
    bool sound = s->name && s->n_nodes >= 0 && s->n_decisions >= 0 && s->n_options >= 0;
    for (int32_t i = 0; sound && i < s->n_nodes; i++)
        sound = s->nodes[i].name != NULL;
    for (int32_t i = 0; sound && i < s->n_options; i++)
        sound = s->options[i].name != NULL;
    for (int32_t i = 0; sound && i < s->n_endings; i++)
        sound = s->endings[i].name != NULL;
    for (int32_t i = 0; sound && i < s->n_decisions; i++) {
        const struct tel_decision *d = &s->decisions[i];
        sound = d->name && d->node >= 0 && d->node < s->n_nodes && d->n_options >= 0 &&
                d->n_options <= TEL_OPTIONS_MAX && d->first_option >= 0 &&
                d->first_option <= s->n_options - d->n_options;
    }
    return sound && left_is_sound(s) && words_are_sound(s->traits, s->n_traits) &&
           words_are_sound(s->props, s->n_props) && arms_are_sound(s->arms, s->n_arms) &&
           tags_are_sound(s->option_traits, s->n_option_traits, s->n_options, s->n_traits) &&
           tags_are_sound(s->option_props, s->n_option_props, s->n_options, s->n_props) &&
           tags_are_sound(s->node_props, s->n_node_props, s->n_nodes, s->n_props);
}

static const char *copy_text(const struct story_copy *c, const char *text)
{
    return text ? g_string_chunk_insert(c->text, text) : NULL;
}

/* Copies an array of structs that begin with a name and a title. */
#define COPY_ARRAY(c, from, array, n, type)                                                                            \
    do {                                                                                                               \
        struct type *copy_ = g_memdup2((from)->array, sizeof(struct type) * (gsize)(from)->n);                         \
        for (int32_t i_ = 0; i_ < (from)->n; i_++) {                                                                   \
            copy_[i_].name = copy_text((c), (from)->array[i_].name);                                                   \
            copy_[i_].title = copy_text((c), (from)->array[i_].title);                                                 \
        }                                                                                                              \
        (c)->story.array = copy_;                                                                                      \
    } while (0)

static const struct tel_tag *copy_tags(const struct tel_tag *tags, int32_t n)
{
    return g_memdup2(tags, sizeof *tags * (gsize)n);
}

static const struct tel_arm *copy_arms(const struct story_copy *c, const struct tel_arm *arms, int32_t n)
{
    struct tel_arm *copy = g_memdup2(arms, sizeof *arms * (gsize)n);
    for (int32_t i = 0; i < n; i++) {
        copy[i].name = copy_text(c, arms[i].name);
        copy[i].experiment = copy_text(c, arms[i].experiment);
        copy[i].outcome = copy_text(c, arms[i].outcome);
    }
    return copy;
}

struct tel_story *tel_story_copy(const struct tel_story *story)
{
    if (!story_is_sound(story))
        return NULL;
    struct story_copy *c = g_new0(struct story_copy, 1);
    c->text = g_string_chunk_new(4096);
    c->story = *story;
    c->story.name = copy_text(c, story->name);
    c->story.version = copy_text(c, story->version ? story->version : "");
    c->story.title = copy_text(c, story->title);
    COPY_ARRAY(c, story, nodes, n_nodes, tel_node);
    COPY_ARRAY(c, story, decisions, n_decisions, tel_decision);
    COPY_ARRAY(c, story, options, n_options, tel_option);
    COPY_ARRAY(c, story, endings, n_endings, tel_ending);
    COPY_ARRAY(c, story, traits, n_traits, tel_keyword);
    COPY_ARRAY(c, story, props, n_props, tel_keyword);
    c->story.option_traits = copy_tags(story->option_traits, story->n_option_traits);
    c->story.option_props = copy_tags(story->option_props, story->n_option_props);
    c->story.node_props = copy_tags(story->node_props, story->n_node_props);
    c->story.forgetful = g_memdup2(story->forgetful, sizeof *story->forgetful * (gsize)story->n_forgetful);
    c->story.film_left = g_memdup2(story->film_left, sizeof *story->film_left * (gsize)story->n_film_left);
    c->story.arms = copy_arms(c, story->arms, story->n_arms);
    assert(story_is_sound(&c->story));
    return &c->story;
}

void tel_story_free(struct tel_story *copy)
{
    if (!copy)
        return;
    struct story_copy *c = (struct story_copy *)copy;
    g_free((void *)copy->nodes);
    g_free((void *)copy->decisions);
    g_free((void *)copy->options);
    g_free((void *)copy->endings);
    g_free((void *)copy->traits);
    g_free((void *)copy->props);
    g_free((void *)copy->option_traits);
    g_free((void *)copy->option_props);
    g_free((void *)copy->node_props);
    g_free((void *)copy->forgetful);
    g_free((void *)copy->film_left);
    g_free((void *)copy->arms);
    g_string_chunk_free(c->text);
    g_free(c);
}
