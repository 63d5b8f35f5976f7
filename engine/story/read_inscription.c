#include "story/read_inscription.h"

#include "story/limits.h"

#include <assert.h>
#include <string.h>

struct inscription_draft {
    struct story_inscription i;
    const struct yml_node *id, *text; /* values, or NULL */
};

#define COLOUR_DEFAULT  0xe8dcc0
#define LETTERS_DEFAULT 50
/* A letter as high as the picture is a poster; one below 5 thousandths cannot be read on any screen. */
#define LETTERS_MIN 5
#define LETTERS_MAX 1000
#define TYPED_MAX   1000

static void inscription_id(struct builder *b, const struct yml_node *key, void *into)
{
    if (read_name(b, key->value, false))
        ((struct inscription_draft *)into)->id = key->value;
}

static void inscription_text(struct builder *b, const struct yml_node *key, void *into)
{
    if (read_text(b, key->value, STORY_TEXT_BYTES_MAX))
        ((struct inscription_draft *)into)->text = key->value;
}

static void inscription_opens(struct builder *b, const struct yml_node *key, void *into)
{
    struct story_inscription *i = &((struct inscription_draft *)into)->i;
    if (!read_time(b, key->value, &i->at_us))
        i->at_us = 0;
}

static void inscription_for(struct builder *b, const struct yml_node *key, void *into)
{
    struct story_inscription *i = &((struct inscription_draft *)into)->i;
    if (!read_time(b, key->value, &i->for_us)) {
        i->for_us = US_NONE;
    } else if (i->for_us == 0) {
        builder_error(b, key->value, "E401", "write how long it stays, such as `4s`, or remove it",
                      "an inscription must stay longer than 0 seconds");
        i->for_us = US_NONE;
    }
}

static void inscription_place(struct builder *b, const struct yml_node *key, void *into)
{
    struct story_inscription *i = &((struct inscription_draft *)into)->i;
    int32_t *const sides[] = {&i->left, &i->top, &i->width, &i->height};
    size_t n = 0;
    if (key->value->kind != YML_LIST || key->value->len != G_N_ELEMENTS(sides)) {
        builder_error(b, key->value, "E106", "thousandths of the picture: `place: [100, 300, 800, 400]`",
                      "`place` is a list of four numbers: left, top, width, height");
        return;
    }
    for (const struct yml_node *v = key->value->first; v; v = v->next, n++)
        if (!read_int(b, v, n < 2 ? 0 : 1, 1000, sides[n]))
            return;
    if (i->left + i->width > 1000 || i->top + i->height > 1000)
        builder_error(b, key->value, "E113", "left plus width, and top plus height, may be at most 1000",
                      "this place reaches beyond the picture");
}

static void inscription_size(struct builder *b, const struct yml_node *key, void *into)
{
    read_int(b, key->value, LETTERS_MIN, LETTERS_MAX, &((struct inscription_draft *)into)->i.size);
}

static void inscription_typed(struct builder *b, const struct yml_node *key, void *into)
{
    read_int(b, key->value, 1, TYPED_MAX, &((struct inscription_draft *)into)->i.typed);
}

static void inscription_look(struct builder *b, const struct yml_node *key, void *into)
{
    static const char *const words[] = {
        [STORY_TERMINAL] = "terminal", [STORY_TYPEWRITER] = "typewriter", [STORY_TITLE] = "title",
        [STORY_PLAIN] = "plain",       [STORY_CREDITS] = "credits",       NULL};
    const int word = read_word(b, key->value, words);
    if (word >= 0)
        ((struct inscription_draft *)into)->i.look = (enum story_look)word;
}

static void inscription_align(struct builder *b, const struct yml_node *key, void *into)
{
    static const char *const words[] = {
        [STORY_ALIGN_START] = "start", [STORY_ALIGN_CENTER] = "center", [STORY_ALIGN_END] = "end", NULL};
    const int word = read_word(b, key->value, words);
    if (word >= 0)
        ((struct inscription_draft *)into)->i.align = (enum story_align)word;
}

static void inscription_record(struct builder *b, const struct yml_node *key, void *into)
{
    static const char *const words[] = {
        [STORY_RECORD_ANY] = "any", [STORY_RECORD_KEPT] = "kept", [STORY_RECORD_ERASED] = "erased", NULL};
    const int word = read_word(b, key->value, words);
    if (word >= 0)
        ((struct inscription_draft *)into)->i.record = (enum story_record)word;
}

static void inscription_color(struct builder *b, const struct yml_node *key, void *into)
{
    const char *text = read_text(b, key->value, STORY_TEXT_BYTES_MAX);
    if (!text)
        return;
    if (strlen(text) != 7 || text[0] != '#' || strspn(text + 1, "0123456789abcdefABCDEF") != 6) {
        builder_error(b, key->value, "E112", "in quotes, since `#` begins a comment: `color: \"#38ff73\"`",
                      "a color is `#` and six hexadecimal digits, not `%s`", builder_brief(b, text));
        return;
    }
    ((struct inscription_draft *)into)->i.rgb = (uint32_t)g_ascii_strtoull(text + 1, NULL, 16);
}

static void inscription_when(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct inscription_draft *)into)->i.when = read_condition(b, key->value);
}

static const struct read_row inscription_rows[] = {
    {"id", inscription_id, false},       {"text", inscription_text, true},
    {"place", inscription_place, true},  {"at", inscription_opens, false},
    {"for", inscription_for, false},     {"size", inscription_size, false},
    {"look", inscription_look, false},   {"align", inscription_align, false},
    {"color", inscription_color, false}, {"record", inscription_record, false},
    {"typed", inscription_typed, false}, {"when", inscription_when, false},
    {"note", read_note, false},          {NULL, NULL, false},
};

static const struct builder_text *inscription_source(const struct builder *b, int32_t inscription)
{
    const int32_t id = g_array_index(b->inscriptions, struct story_inscription, inscription).text;
    return &g_array_index(b->texts, struct builder_text, id);
}

static void read_inscription(struct builder *b, const struct yml_node *v, const char *node, int32_t first,
                             int32_t number)
{
    struct inscription_draft in = {.i = {.when = -1,
                                         .for_us = US_NONE,
                                         .width = 1000,
                                         .height = 1000,
                                         .size = LETTERS_DEFAULT,
                                         .look = STORY_PLAIN,
                                         .rgb = COLOUR_DEFAULT,
                                         .mark = builder_mark(b, v)}};
    char place[16];
    assert(number >= 1 && number <= STORY_INSCRIPTIONS_PER_NODE_MAX);
    if (!read_map(b, v, inscription_rows, &in, "an inscription", v) || !in.text)
        return;
    g_snprintf(place, sizeof place, "%d", number);
    in.i.text = builder_add_text(b, in.text, in.text->text, "node", node, in.id ? in.id->text : place, "inscription");
    struct builder_text *text = &g_array_index(b->texts, struct builder_text, in.i.text);
    text->fields = true;
    for (int32_t i = first; i < (int32_t)b->inscriptions->len; i++)
        if (strcmp(inscription_source(b, i)->key, text->key) == 0) {
            builder_error(b, in.id ? in.id : v, "E207",
                          "give it another id: translations name it by its id, or by its number if it has none",
                          "another inscription of this node has the name `%s`", in.id ? in.id->text : place);
            return;
        }
    g_array_append_val(b->inscriptions, in.i);
}

struct story_span read_inscriptions(struct builder *b, const struct yml_node *key, const char *node)
{
    const int32_t first = (int32_t)b->inscriptions->len;
    int32_t n = 0;
    for (const struct yml_node *v = read_first(key->value); v; v = read_next(key->value, v)) {
        if (n++ == STORY_INSCRIPTIONS_PER_NODE_MAX) {
            builder_error(b, v, "E513", "put several into one text, or into the film",
                          "more than %d inscriptions in a node", STORY_INSCRIPTIONS_PER_NODE_MAX);
            break;
        }
        read_inscription(b, v, node, first, n);
    }
    return (struct story_span){first, (int32_t)b->inscriptions->len - first};
}
