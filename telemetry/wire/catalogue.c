#include "telemetry/wire/catalogue.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

struct version {
    struct tel_story *story;
    GHashTable *nodes, *decisions, *endings; /* name -> place + 1 */
};

struct wire_catalogue {
    GPtrArray *versions; /* struct version */
};

static void version_free(void *data)
{
    struct version *v = data;
    g_hash_table_unref(v->nodes);
    g_hash_table_unref(v->decisions);
    g_hash_table_unref(v->endings);
    tel_story_free(v->story);
    g_free(v);
}

struct wire_catalogue *wire_catalogue_new(void)
{
    struct wire_catalogue *c = g_new0(struct wire_catalogue, 1);
    c->versions = g_ptr_array_new_with_free_func(version_free);
    return c;
}

void wire_catalogue_free(struct wire_catalogue *c)
{
    if (!c)
        return;
    g_ptr_array_unref(c->versions);
    g_free(c);
}

static const struct version *at(const struct wire_catalogue *c, guint i)
{
    assert(i < c->versions->len);
    return c->versions->pdata[i];
}

/* The place of a version; -1: it is not there. */
static int find_version(const struct wire_catalogue *c, const char *story, const char *version, uint64_t hash)
{
    for (guint i = 0; i < c->versions->len; i++) {
        const struct tel_story *s = at(c, i)->story;
        if (s->hash == hash && strcmp(s->name, story) == 0 && strcmp(s->version ? s->version : "", version) == 0)
            return (int)i;
    }
    return -1;
}

#define INDEX(names, array, n)                                                                                         \
    for (int32_t i = 0; i < (n); i++)                                                                                  \
    g_hash_table_insert(names, (char *)(array)[i].name, GINT_TO_POINTER(i + 1))

bool wire_catalogue_add(struct wire_catalogue *c, const struct tel_story *story)
{
    if (find_version(c, story->name, story->version ? story->version : "", story->hash) >= 0)
        return false;
    struct tel_story *copy = tel_story_copy(story);
    if (!copy)
        return false;
    struct version *v = g_new0(struct version, 1);
    v->story = copy;
    v->nodes = g_hash_table_new(g_str_hash, g_str_equal);
    v->decisions = g_hash_table_new(g_str_hash, g_str_equal);
    v->endings = g_hash_table_new(g_str_hash, g_str_equal);
    INDEX(v->nodes, copy->nodes, copy->n_nodes);
    INDEX(v->decisions, copy->decisions, copy->n_decisions);
    INDEX(v->endings, copy->endings, copy->n_endings);
    g_ptr_array_add(c->versions, v);
    return true;
}

guint wire_catalogue_size(const struct wire_catalogue *c)
{
    return c->versions->len;
}

const struct tel_story *wire_catalogue_at(const struct wire_catalogue *c, guint i)
{
    return at(c, i)->story;
}

static int32_t place(GHashTable *names, const char *name)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(names, name)) - 1;
}

int32_t wire_catalogue_option(const struct tel_story *story, int32_t decision, const char *name)
{
    assert(decision >= 0 && decision < story->n_decisions);
    const struct tel_decision *d = &story->decisions[decision];
    for (int32_t i = 0; i < d->n_options; i++)
        if (strcmp(story->options[d->first_option + i].name, name) == 0)
            return i;
    return TEL_NONE;
}

/* ---- what a batch names ------------------------------------------------------------------------------------------ */

struct check {
    const struct version *v;
    struct wire_batch *b;
    struct wire_refusal *refusal;
};

static bool refuse_name(struct check *c, const struct wire_event *e, const char *field, const char *name)
{
    return wire_refuse(c->refusal, WIRE_NO_NAME, "event %" G_GINT64_FORMAT " (%s): %s: the story has no '%s' there",
                       e->seq, wire_kind_name(e->kind), field, name);
}

static struct wire_value *value(struct wire_event *e, const char *name)
{
    const int i = wire_field_find(e->kind, name);
    assert(i >= 0);
    return &e->values[i];
}

/* The event with a number, if the batch has it. */
static struct wire_event *event_of(const struct check *c, int64_t seq)
{
    guint low = 0, high = c->b->events->len;
    while (low < high) {
        const guint mid = (low + high) / 2;
        struct wire_event *e = &g_array_index(c->b->events, struct wire_event, mid);
        if (e->seq == seq)
            return e;
        if (e->seq < seq)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* A number of an event in this batch is that of one of the right kind. Others are for who has them. */
static bool check_reference(struct check *c, const struct wire_event *e, const struct wire_field *f, int64_t seq)
{
    const struct wire_event *other = seq >= c->b->from ? event_of(c, seq) : NULL;
    return seq < c->b->from || (other && other->kind == f->refers) ||
           wire_refuse(c->refusal, WIRE_NO_REFERENCE,
                       "event %" G_GINT64_FORMAT " (%s): number %" G_GINT64_FORMAT " is no %s", e->seq,
                       wire_kind_name(e->kind), seq, wire_kind_name(f->refers));
}

static bool check_names(struct check *c, struct wire_event *e)
{
    size_t n;
    const struct wire_field *fields = wire_fields(e->kind, &n);
    for (size_t i = 0; i < n; i++) {
        const struct wire_field *f = &fields[i];
        struct wire_value *v = &e->values[i];
        if (f->refers < TEL_KINDS && !check_reference(c, e, f, v->number))
            return false;
        if (f->type != WIRE_NAME || f->of == WIRE_OF_OPTION)
            continue;
        v->number = place(f->of == WIRE_OF_NODE       ? c->v->nodes
                          : f->of == WIRE_OF_DECISION ? c->v->decisions
                                                      : c->v->endings,
                          v->text);
        if (v->number < 0)
            return refuse_name(c, e, f->name, v->text);
    }
    return true;
}

/* Each option of a list is one of the decision's; *all gets a bit for each. */
static bool check_options(struct check *c, struct wire_event *e, const char *field, uint64_t *all)
{
    const int32_t decision = (int32_t)value(e, "decision")->number;
    g_auto(GStrv) names = g_strsplit(value(e, field)->text, WIRE_SEPARATOR, -1);
    *all = 0;
    for (int i = 0; names[i]; i++) {
        const int32_t o = wire_catalogue_option(c->v->story, decision, names[i]);
        if (o < 0)
            return refuse_name(c, e, field, names[i]);
        *all |= UINT64_C(1) << o;
    }
    return true;
}

static bool check_exposure(struct check *c, struct wire_event *e)
{
    uint64_t shown, locked;
    if (!check_options(c, e, "menu", &shown) || !check_options(c, e, "locked", &locked))
        return false;
    const struct wire_value *focus = value(e, "focus");
    return ((locked & ~shown) == 0 && (!focus->known || focus->number < __builtin_popcountll(shown))) ||
           wire_refuse(c->refusal, WIRE_NO_INVALID,
                       "event %" G_GINT64_FORMAT " (exposure): what is locked or lit was not shown", e->seq);
}

static bool check_outcome(struct check *c, struct wire_event *e)
{
    struct wire_value *option = value(e, "option");
    struct wire_event *exposure = event_of(c, value(e, "exposure")->number);
    option->number = TEL_NONE;
    if (!option->known || !exposure)
        return true;
    option->number = wire_catalogue_option(c->v->story, (int32_t)value(exposure, "decision")->number, option->text);
    return option->number >= 0 || refuse_name(c, e, "option", option->text);
}

static bool check_arms(struct check *c)
{
    struct tel_viewing v = {0};
    g_auto(GStrv) names = g_strsplit(c->b->arms, WIRE_SEPARATOR, -1);
    wire_arms(c->v->story, c->b, &v);
    bool right = v.n_arms == (int32_t)g_strv_length(names);
    for (int32_t i = 1; i < v.n_arms; i++)
        for (int32_t j = 0; j < i; j++)
            right =
                right && strcmp(c->v->story->arms[v.arms[i]].experiment, c->v->story->arms[v.arms[j]].experiment) != 0;
    return right || wire_refuse(c->refusal, WIRE_NO_NAME,
                                "viewing.arms: the story has no such arms, or no two in one experiment");
}

bool wire_catalogue_check(const struct wire_catalogue *c, struct wire_batch *b, int *story,
                          struct wire_refusal *refusal)
{
    *story = find_version(c, b->story, b->version, b->story_hash);
    if (*story < 0)
        return wire_refuse(refusal, WIRE_NO_STORY, "version '%s' (%016" PRIx64 ") of '%s' is not known here",
                           b->version, b->story_hash, b->story);
    struct check check = {at(c, (guint)*story), b, refusal};
    bool right = check_arms(&check);
    for (guint i = 0; right && i < b->events->len; i++) {
        struct wire_event *e = &g_array_index(b->events, struct wire_event, i);
        right = check_names(&check, e) && (e->kind != TEL_EXPOSURE || check_exposure(&check, e)) &&
                (e->kind != TEL_OUTCOME || check_outcome(&check, e));
    }
    return right;
}

/* ---- as records have it ------------------------------------------------------------------------------------------ */

struct tel_menu wire_menu(const struct tel_story *story, const struct wire_event *exposure)
{
    struct wire_event *e = (struct wire_event *)(uintptr_t)exposure;
    struct tel_menu menu = {.decision = (int32_t)value(e, "decision")->number};
    g_auto(GStrv) shown = g_strsplit(value(e, "menu")->text, WIRE_SEPARATOR, -1);
    g_auto(GStrv) locked = g_strsplit(value(e, "locked")->text, WIRE_SEPARATOR, -1);
    assert(exposure->kind == TEL_EXPOSURE);
    for (int i = 0; shown[i]; i++)
        menu.options[menu.n++] = (uint8_t)wire_catalogue_option(story, menu.decision, shown[i]);
    for (int i = 0; locked[i]; i++) {
        const int32_t o = wire_catalogue_option(story, menu.decision, locked[i]);
        assert(o >= 0); /* it was checked */
        menu.locked |= UINT64_C(1) << o;
    }
    return menu;
}

void wire_arms(const struct tel_story *story, const struct wire_batch *b, struct tel_viewing *v)
{
    g_auto(GStrv) names = g_strsplit(b->arms, WIRE_SEPARATOR, -1);
    for (int i = 0; names[i] && v->n_arms < TEL_VIEWING_ARMS; i++)
        for (int32_t a = 0; a < story->n_arms; a++) {
            const gsize n = strlen(story->arms[a].experiment);
            if (strncmp(names[i], story->arms[a].experiment, n) == 0 && names[i][n] == '=' &&
                strcmp(names[i] + n + 1, story->arms[a].name) == 0)
                v->arms[v->n_arms++] = a;
        }
}
