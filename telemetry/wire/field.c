#include "telemetry/wire/field.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

static const char *const kinds[TEL_KINDS] = {
#define TEL_EVENT(name, NAME, what, why) [TEL_##NAME] = #name,
#include "telemetry/registry.def"
};

/* How a member of a record reaches its column (registry.def). */
enum binding {
    BIND_INT,
    BIND_US,
    BIND_POSITION,
    BIND_NODE,
    BIND_ENDING,
    BIND_OPTION,
    BIND_MENU,
    BIND_VISIT,
    BIND_EXPOSURE,
};

static const struct registered {
    const char *event, *column;
    enum binding bind;
    const char *unit;
} registry[] = {
#define TEL_FIELD(event, ctype, member, column, bind, unit, what, why) {#event, #column, BIND_##bind, unit},
#include "telemetry/registry.def"
};

static const struct {
    const char *set, *word;
    int64_t code;
} words[] = {
#define TEL_CODE(SET, NAME, number, word, what) {#SET, word, number},
#include "telemetry/registry.def"
};

/* The highest value of a number, by its unit. */
static const struct {
    const char *unit;
    int64_t most;
} ranges[] = {
    {"us", WIRE_US_MAX},  {"ms since 1970, UTC", WIRE_MS_MAX}, {"seq", WIRE_SEQ_MAX},
    {"count", INT32_MAX}, {"position", TEL_OPTIONS_MAX - 1},   {"times the author's time", 10},
};

static struct wire_field table[TEL_KINDS][WIRE_FIELDS_MAX];
static size_t counts[TEL_KINDS];

static int64_t most_of(const char *unit)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
        if (strcmp(ranges[i].unit, unit) == 0)
            return ranges[i].most;
    assert(false && "a unit of the registry without a range");
    return 0;
}

static void add(const struct wire_field *f)
{
    assert(counts[f->kind] < WIRE_FIELDS_MAX);
    table[f->kind][counts[f->kind]++] = *f;
}

/* What was offered has three fields. */
static void add_menu(enum tel_kind kind)
{
    struct wire_field f = {
        .kind = kind, .refers = TEL_KINDS, .name = "decision", .type = WIRE_NAME, .of = WIRE_OF_DECISION};
    add(&f);
    f.type = WIRE_NAMES;
    f.of = WIRE_OF_OPTION;
    f.name = "menu";
    add(&f);
    f.name = "locked";
    add(&f);
}

static void add_name(enum tel_kind kind, const struct registered *r, enum wire_of of)
{
    add(&(struct wire_field){.kind = kind,
                             .refers = TEL_KINDS,
                             .name = r->column,
                             .type = WIRE_NAME,
                             .of = of,
                             .may_be_empty = r->bind == BIND_OPTION});
}

static void add_number(enum tel_kind kind, const struct registered *r)
{
    struct wire_field f = {.kind = kind,
                           .refers = r->bind == BIND_VISIT      ? TEL_VISIT
                                     : r->bind == BIND_EXPOSURE ? TEL_EXPOSURE
                                                                : TEL_KINDS,
                           .name = r->column,
                           .may_be_empty = r->bind == BIND_US || r->bind == BIND_POSITION};
    if (strcmp(r->unit, "code") == 0) {
        g_autofree char *set = g_ascii_strup(r->column, -1);
        f.type = WIRE_CODE;
        f.set = g_intern_string(set);
    } else
        f.high = most_of(r->unit);
    add(&f);
}

static void add_registered(const struct registered *r)
{
    const enum tel_kind kind = wire_kind_find(r->event);
    assert(kind < TEL_KINDS);
    if (r->bind == BIND_MENU)
        add_menu(kind);
    else if (r->bind == BIND_NODE)
        add_name(kind, r, WIRE_OF_NODE);
    else if (r->bind == BIND_ENDING)
        add_name(kind, r, WIRE_OF_ENDING);
    else if (r->bind == BIND_OPTION)
        add_name(kind, r, WIRE_OF_OPTION);
    else
        add_number(kind, r);
}

static gpointer make_table(gpointer data)
{
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(registry); i++)
        add_registered(&registry[i]);
    return NULL;
}

const struct wire_field *wire_fields(enum tel_kind kind, size_t *n)
{
    static GOnce once = G_ONCE_INIT;
    g_once(&once, make_table, NULL);
    assert(kind < TEL_KINDS && counts[kind] > 0);
    *n = counts[kind];
    return table[kind];
}

int wire_field_find(enum tel_kind kind, const char *name)
{
    size_t n;
    const struct wire_field *f = wire_fields(kind, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(f[i].name, name) == 0)
            return (int)i;
    return -1;
}

const char *wire_kind_name(enum tel_kind kind)
{
    assert(kind < TEL_KINDS);
    return kinds[kind];
}

enum tel_kind wire_kind_find(const char *name)
{
    enum tel_kind kind = 0;
    while (kind < TEL_KINDS && strcmp(kinds[kind], name) != 0)
        kind++;
    return kind;
}

int64_t wire_code_of_word(const char *set, const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(words[i].set, set) == 0 && strcmp(words[i].word, word) == 0)
            return words[i].code;
    return -1;
}
