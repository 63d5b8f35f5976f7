#include "telemetry/count/segment.h"

#include "base/embedded.h"
#include "telemetry/record.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <string.h>

struct segment_kind {
    const char *name;
    const char *argument;           /* what has to be named besides; NULL: nothing */
    const char *codes;              /* of the registry, whose words are the values; NULL: the values are texts */
    const char *const *const words; /* of numbers from 0 on; NULL: none */
};

static const char *const viewing_words[] = {"unknown", "first", "replay", NULL};
static const char *const subtitles_words[] = {"off", "on", "unknown", NULL};

static const struct segment_kind kinds[] = {
    {.name = "input", .codes = "GIVEN"},
    {.name = "viewings", .words = viewing_words},
    {.name = "time"},
    {.name = "language"},
    {.name = "subtitles", .words = subtitles_words},
    {.name = "channel"},
    {.name = "arm", .argument = "EXPERIMENT:ARM"},
    {.name = "took", .argument = "DECISION:OPTION"},
};

static const struct segment_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

/* The value that is at this place among those that a kind can have; NULL: it has no more, or any text can be one. */
static const char *word_at(const struct segment_kind *kind, int place)
{
    const char *word = kind->codes ? tel_word(kind->codes, place) : kind->words ? kind->words[place] : NULL;
    return word && strcmp(word, "?") != 0 ? word : NULL;
}

static bool can_be(const struct segment_kind *kind, const char *value)
{
    int place = 0;
    while (word_at(kind, place) && strcmp(word_at(kind, place), value) != 0)
        place++;
    return word_at(kind, place) || !word_at(kind, 0);
}

/* Cuts the text behind the first `mark`. NULL: it has none. */
static char *cut(char *text, char mark)
{
    char *at = text ? strchr(text, mark) : NULL;
    if (!at)
        return NULL;
    *at = '\0';
    return at + 1;
}

bool segment_parse(char *text, bool whole, struct segment *segment)
{
    char *rest = cut(text, '=');
    *segment = (struct segment){.kind = find_kind(text), .value = rest};
    if (!segment->kind)
        return false;
    if (segment->kind->argument) {
        segment->argument = rest;
        segment->value = cut(rest, ':');
    }
    const bool has_value = segment->value && *segment->value;
    const bool has_argument = segment->argument && *segment->argument;
    return has_value == whole && has_argument == (segment->kind->argument != NULL) &&
           (!has_value || can_be(segment->kind, segment->value));
}

struct segment segment_of_kind(const char *kind)
{
    const struct segment segment = {.kind = find_kind(kind)};
    assert(segment.kind && !segment.kind->argument);
    return segment;
}

struct segment segment_arm(const char *experiment, const char *arm)
{
    return (struct segment){find_kind("arm"), experiment, arm};
}

char *segment_kinds(bool whole)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *argument = kinds[i].argument;
        g_string_append_printf(text, "%s%s", i == 0 ? "" : i + 1 == G_N_ELEMENTS(kinds) ? " or " : ", ", kinds[i].name);
        if (argument)
            g_string_append_printf(text, "=%.*s", (int)(whole ? strlen(argument) : strcspn(argument, ":")), argument);
        else if (whole && word_at(&kinds[i], 0))
            for (int place = 0; word_at(&kinds[i], place); place++)
                g_string_append_printf(text, "%c%s", place == 0 ? '=' : '|', word_at(&kinds[i], place));
        else if (whole)
            g_string_append(text, "=WHICH");
    }
    return g_string_free(text, FALSE);
}

char *segment_name(const struct segment *segment)
{
    const char *argument = segment->argument;
    return g_strconcat(segment->kind->name, argument ? "=" : "", argument ? argument : "",
                       !segment->value ? ""
                       : argument      ? ":"
                                       : "=",
                       segment->value ? segment->value : "", NULL);
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */

static struct query begin(struct store *s, const struct segment *segment)
{
    struct query q =
        query_begin(s, embedded_part("telemetry/count/segment.sql", segment->kind->name), "cannot be counted");
    if (segment->argument)
        query_bind_text(&q, segment->argument);
    return q;
}

static const char *value_of(const struct segment_kind *kind, const struct query *q)
{
    if (kind->codes)
        return tel_word(kind->codes, query_number(q, 2));
    if (kind->words)
        return kind->words[query_number_in(q, 2, 0, 2, 0)];
    const char *text = query_text(q, 2);
    return text ? text : "?";
}

bool segment_each(struct store *s, const struct segment *segment, segment_take *take, void *data, GError **error)
{
    struct query q = begin(s, segment);
    while (query_next(&q))
        take(query_number(&q, 0), query_number(&q, 1) != 0, value_of(segment->kind, &q), data);
    return query_end(&q, error);
}

struct finding {
    const char *value;
    GArray *viewings;
};

static void find_viewing(int64_t viewing, bool person, const char *value, void *data)
{
    (void)person;
    const struct finding *f = data;
    if (strcmp(value, f->value) == 0)
        g_array_append_val(f->viewings, viewing);
}

bool segment_find(struct store *s, const struct segment *segment, GArray *viewings, GError **error)
{
    assert(segment->kind && segment->value);
    struct finding f = {segment->value, viewings};
    return segment_each(s, segment, find_viewing, &f, error);
}

static void clear_value(void *value)
{
    g_free(((struct segment_value *)value)->value);
}

GArray *segment_values_new(void)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(struct segment_value));
    g_array_set_clear_func(values, clear_value);
    return values;
}

static void count_value(int64_t viewing, bool person, const char *value, void *data)
{
    (void)viewing;
    GArray *values = data;
    if (!person)
        return;
    for (guint i = 0; i < values->len; i++) {
        struct segment_value *one = &g_array_index(values, struct segment_value, i);
        if (strcmp(one->value, value) == 0) {
            one->viewings++;
            return;
        }
    }
    const struct segment_value new = {g_utf8_make_valid(value, -1), 1};
    g_array_append_val(values, new);
}

static int by_viewings(const void *a, const void *b)
{
    const struct segment_value *p = a, *q = b;
    return p->viewings != q->viewings ? (p->viewings > q->viewings ? -1 : 1) : strcmp(p->value, q->value);
}

bool segment_values(struct store *const *stores, guint n, const struct segment *segment, GArray *values, GError **error)
{
    bool done = true;
    for (guint i = 0; done && i < n; i++)
        done = segment_each(stores[i], segment, count_value, values, error);
    g_array_sort(values, by_viewings);
    return done;
}
