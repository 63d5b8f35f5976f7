#include "adopt/moments_import.h"

#include "adopt/moments_expr.h"
#include "adopt/twee_state.h"
#include "base/json.h"
#include "base/safe.h"
#include "base/units.h"
#include "story/limits.h"
#include "story/read.h"
#include "story/yaml_layout.h"

#include <assert.h>
#include <string.h>

/* Where a scene does not say it itself: what the panel takes to slide in, and what input leaves before the cut. */
#define SLIDE_MS         3640
#define CLOSING_MS       4000
#define LEAST_MS         100   /* of a window */
#define CODE_OPTIONS     2     /* right and wrong */
#define UNKNOWN_MS       10000 /* of a segment without times */
#define CREDITS_IN_A_ROW 4     /* segments of credits that follow each other */
#define LATEST_MS        (STORY_TIME_US_MAX / US_PER_MS / 2)

struct miss {
    char *line;
    int more;
};

struct maker {
    JsonObject *map, *moments, *segments, *groups, *by_segment, *segment_state;
    struct moments_exprs exprs;
    struct twee_state *state;
    GHashTable *taken;          /* names of nodes and routes */
    GHashTable *decisions;      /* names of decisions */
    GHashTable *nodes, *routes; /* of a segment or a group -> its name; of absent ones, too */
    GPtrArray *ids, *absent;    /* segments, in the map's order; those that are only named */
    GHashTable *misses;         /* kind -> struct miss */
    GPtrArray *misses_in_order;
    struct moments_story *story;
    GHashTable *complete; /* groups of which an entry always holds */
    GHashTable *inner;    /* groups to one that they lead to without a condition */
    GHashTable *credits;  /* segments that have this role */
    const char *place;    /* the segment or group that is being written */
    GString *notes;       /* of it */
    GString *out;
};

/* ---- what is left out --------------------------------------------------------------------------------------------- */

static void free_miss(void *at)
{
    struct miss *miss = at;
    g_free(miss->line);
    g_free(miss);
}

/* `what` is of the documents' own words. Its kind is what stands before the first blank of it. */
static void leave(struct maker *m, const char *why, const char *what)
{
    g_autofree char *kind = g_strdup_printf("%s|%.*s", why, (int)strcspn(what, " "), what);
    struct miss *miss = g_hash_table_lookup(m->misses, kind);
    if (m->notes)
        g_string_append_printf(m->notes, "%s%s: %s", m->notes->len ? "\n" : "", what, why);
    if (miss) {
        miss->more++;
        return;
    }
    miss = g_new0(struct miss, 1);
    miss->line = g_strdup_printf("%s%s%s: %s", m->place ? m->place : "", m->place ? ": " : "", what, why);
    g_hash_table_insert(m->misses, g_steal_pointer(&kind), miss);
    g_ptr_array_add(m->misses_in_order, miss);
}

/* Members of `o` that nobody has read. */
static void leave_rest(struct maker *m, JsonObject *o, const char *kind, const char *const *known)
{
    g_autoptr(GList) members = o ? json_object_get_members(o) : NULL;
    for (GList *l = members; l; l = l->next) {
        g_autofree char *what = g_strconcat(kind, ".", l->data, NULL);
        if (!g_strv_contains(known, l->data))
            leave(m, "no story has a word for it", what);
    }
}

/* ---- names -------------------------------------------------------------------------------------------------------- */

static bool is_name(const char *text)
{
    return g_str_is_ascii(text) && strlen(text) <= STORY_NAME_BYTES_MAX && read_is_name(text, false) &&
           g_ascii_strcasecmp(text, "null") != 0;
}

/* The name as it is, if a story can have it. Owned by `taken`. */
static const char *name_for(GHashTable *taken, const char *text, const char *usual)
{
    if (!is_name(text) || g_hash_table_contains(taken, text))
        return twee_name(taken, text, usual, false);
    char *name = g_strdup(text);
    g_hash_table_insert(taken, name, GINT_TO_POINTER(1));
    return name;
}

static const char *node_for(struct maker *m, const char *segment)
{
    const char *id = g_hash_table_lookup(m->nodes, segment);
    if (id)
        return id;
    g_autofree char *what = g_strconcat("segment ", segment, NULL);
    leave(m, "it is named, but not there", what);
    id = name_for(m->taken, segment, "segment");
    g_hash_table_insert(m->nodes, g_strdup(segment), (char *)id);
    g_ptr_array_add(m->absent, g_strdup(segment));
    return id;
}

/* ---- small pieces ------------------------------------------------------------------------------------------------- */

static void write_ms(GString *out, int64_t ms)
{
    g_string_append_printf(out, "%" G_GINT64_FORMAT ".%03ds", ms / 1000, (int)(ms % 1000));
}

static void write_text(const char *key, const char *text, GString *out)
{
    twee_text(key, *text ? text : "…", STORY_TEXT_BYTES_MAX - 8, out);
}

/* Appends the condition, as it stands in braces. False, and listed: no story can say it. */
static bool write_condition(struct maker *m, const struct twee_expr *e, const char *what, GString *out)
{
    g_autoptr(GString) when = g_string_new(NULL);
    if (!twee_state_condition(m->state, e, when)) {
        leave(m, "a condition that no story can have", what);
        return false;
    }
    safe_yaml(out, when->str);
    return true;
}

/* The condition that stands in `o`, by itself or by its name. NULL: there is none. */
static const struct twee_expr *condition_of(struct maker *m, JsonObject *o, const char *what)
{
    JsonNode *inline_one = json_object_get_member(o, "precondition");
    const char *name = json_get_text(o, "preconditionId");
    if (moments_as_array(inline_one))
        return moments_expr(&m->exprs, inline_one);
    name = name ? name : moments_as_text(inline_one);
    const struct twee_expr *e = name ? moments_named(&m->exprs, name) : NULL;
    if (name && !e)
        leave(m, "its condition is named, but not there", what);
    return e;
}

/* ---- effects ------------------------------------------------------------------------------------------------------ */

typedef void (*each_set)(struct maker *m, const char *variable, const struct twee_expr *value, void *user);

/* Calls `take` for each variable that an object such as {persistent: {…}} sets. */
static void for_sets(struct maker *m, JsonObject *data, each_set take, void *user)
{
    for (const char *const *state = moments_states; *state; state++) {
        JsonObject *values = json_get_object(data, *state);
        g_autoptr(GList) names = values ? json_object_get_members(values) : NULL;
        for (GList *l = names; l; l = l->next) {
            g_autofree char *variable = moments_variable(*state, l->data);
            take(m, variable, moments_expr(&m->exprs, json_object_get_member(values, l->data)), user);
        }
    }
}

static void write_set(struct maker *m, const char *variable, const struct twee_expr *value, void *user)
{
    GString *list = user;
    g_autoptr(GString) one = g_string_new(NULL);
    g_autofree char *what = g_strconcat("write ", variable, NULL);
    if (value->op == TWEE_UNKNOWN || !twee_state_effect(m->state, variable, value, one)) {
        leave(m, "set to what no variable of a story can be", what);
        return;
    }
    g_string_append(list, list->len ? ", " : "");
    safe_yaml(list, one->str);
}

/* What an impression writes, "a", "b"; empty: nothing. */
static GString *write_sets(struct maker *m, JsonObject *impression)
{
    GString *list = g_string_new(NULL);
    const char *type = json_get_text(impression, "type");
    JsonObject *data = json_get_object(impression, "data");
    if (type && strcmp(type, "userState") != 0) {
        g_autofree char *what = g_strconcat("impressionData.type ", type, NULL);
        leave(m, "no story has a word for it", what);
    }
    for_sets(m, data ? data : impression, write_set, list);
    return list;
}

/* An effect of a node, "{do: […], when: …}"; false: it does nothing. */
static bool write_effect(struct maker *m, JsonObject *impression, const struct twee_expr *when, GString *out)
{
    g_autoptr(GString) list = write_sets(m, impression);
    g_autoptr(GString) condition = g_string_new(NULL);
    if (list->len == 0 || (when && !write_condition(m, when, "impression", condition)))
        return false;
    g_string_append_printf(out, "do: [%s]", list->str);
    if (condition->len)
        g_string_append_printf(out, ", when: %s", condition->str);
    return true;
}

/* ---- targets ------------------------------------------------------------------------------------------------------ */

/* Where an option, a timeout or an override leads; NULL: it leads nowhere. */
static const char *target_of(struct maker *m, JsonObject *o)
{
    const char *segment = json_get_text(o, "segmentId"), *group = json_get_text(o, "sg");
    group = group ? group : json_get_text(o, "segmentGroup");
    const char *route = group ? g_hash_table_lookup(m->routes, group) : NULL;
    if (group && !route && !segment) {
        g_autofree char *what = g_strconcat("segmentGroup ", group, NULL);
        leave(m, "it is named, but not there", what);
    }
    return segment ? node_for(m, segment) : route;
}

static const char *group_of(JsonNode *entry)
{
    JsonObject *o = moments_as_object(entry);
    return o ? json_get_text(o, "segmentGroup") : NULL;
}

/* Does a way through the groups lead from one to the other? */
static bool leads_to(struct maker *m, const char *from, const char *to, GHashTable *seen)
{
    if (strcmp(from, to) == 0)
        return true;
    JsonArray *a = g_hash_table_add(seen, (char *)from) ? json_get_array(m->groups, from) : NULL;
    for (guint i = 0; a && i < json_array_get_length(a); i++) {
        const char *group = group_of(json_array_get_element(a, i));
        if (group && leads_to(m, group, to, seen))
            return true;
    }
    return false;
}

static void write_entry(struct maker *m, const char *group, JsonNode *entry)
{
    JsonObject *o = moments_as_object(entry);
    const char *segment = o ? json_get_text(o, "segment") : moments_as_text(entry), *inner = group_of(entry);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) when = g_string_new(NULL);
    segment = segment ? segment : o ? json_get_text(o, "segmentId") : NULL;
    if (inner && leads_to(m, inner, group, seen)) {
        leave(m, "groups that lead round in a circle", "segmentGroup");
        return;
    }
    const struct twee_expr *e = o         ? condition_of(m, o, "segmentGroups")
                                : segment ? moments_named(&m->exprs, segment)
                                          : NULL;
    if (e && !write_condition(m, e, "segmentGroups", when))
        return;
    const char *target = inner ? g_hash_table_lookup(m->routes, inner) : segment ? node_for(m, segment) : NULL;
    if (!target) {
        leave(m, "an entry that leads nowhere", "segmentGroups");
        return;
    }
    if (when->len == 0 && !inner)
        g_hash_table_add(m->complete, (char *)group);
    else if (when->len == 0 && !g_hash_table_contains(m->inner, group))
        g_hash_table_insert(m->inner, (char *)group, (char *)inner);
    g_string_append_printf(m->out, "    - {%s%s%sgoto: %s}\n", when->len ? "when: " : "", when->str,
                           when->len ? ", " : "", target);
}

/* Does one of the group's entries hold in any case? Groups lead round in no circle: such entries are left out. */
static bool always_holds(const struct maker *m, const char *group)
{
    while (group && !g_hash_table_contains(m->complete, group))
        group = g_hash_table_lookup(m->inner, group);
    return group != NULL;
}

static void write_groups(struct maker *m)
{
    g_autoptr(GList) names = m->groups ? json_object_get_members(m->groups) : NULL;
    const gsize before = m->out->len;
    g_string_append(m->out, "\nroutes:\n");
    const gsize head = m->out->len;
    for (GList *l = names; l; l = l->next) {
        JsonArray *a = json_get_array(m->groups, l->data);
        const char *route = g_hash_table_lookup(m->routes, l->data);
        if (!route)
            continue;
        m->place = l->data;
        g_string_append_printf(m->out, "  %s:\n", route);
        const gsize empty = m->out->len;
        for (guint i = 0; i < json_array_get_length(a) && i < STORY_ROUTE_PARTS_MAX; i++)
            write_entry(m, l->data, json_array_get_element(a, i));
        if (m->out->len == empty) /* a route must lead somewhere; this one never holds */
            g_string_append_printf(m->out, "    - {when: \"false\", goto: %s}\n",
                                   (const char *)g_hash_table_lookup(m->nodes, m->ids->pdata[0]));
    }
    m->place = NULL;
    if (m->out->len == head)
        g_string_truncate(m->out, before);
}

/* ---- options ------------------------------------------------------------------------------------------------------ */

/* What an option is called while a condition holds, and where it leads then. */
static void write_overrides(struct maker *m, JsonObject *option, GString *labels, GString *parts)
{
    JsonArray *a = json_get_array(option, "overrides");
    for (guint i = 0; a && i < json_array_get_length(a); i++) {
        JsonObject *o = json_object_of(a, i), *data = json_get_object(o, "data");
        const struct twee_expr *e = o ? condition_of(m, o, "overrides") : NULL;
        const char *text = json_get_text(data, "text"), *sub = json_get_text(data, "subText");
        const char *target = data ? target_of(m, data) : NULL;
        static const char *const known[] = {"text", "subText", "segmentId", "sg", "segmentGroup", NULL};
        g_autoptr(GString) when = g_string_new(NULL);
        leave_rest(m, data, "overrides.data", known);
        if (!e || !write_condition(m, e, "overrides", when))
            continue;
        if (text || sub) {
            g_string_append_printf(labels, "            - when: %s\n", when->str);
            if (text)
                write_text("              text: ", text, labels);
            if (sub)
                write_text("              sub: ", sub, labels);
        }
        if (target)
            g_string_append_printf(parts, "            - {when: %s, goto: %s}\n", when->str, target);
    }
}

/* `exception` hides an option while it holds, `precondition` while it does not. */
static void write_option_condition(struct maker *m, JsonObject *option, GString *out)
{
    const struct twee_expr *e = condition_of(m, option, "choices");
    JsonNode *n = json_object_get_member(option, "exception");
    const char *name = moments_as_text(n);
    const struct twee_expr *except = moments_as_array(n) ? moments_expr(&m->exprs, n)
                                     : name              ? moments_named(&m->exprs, name)
                                                         : NULL;
    g_autoptr(GString) when = g_string_new(NULL);
    if (except)
        e = twee_expr_and(m->exprs.own, e, twee_expr_over(m->exprs.own, TWEE_NOT, except, NULL));
    if (e && write_condition(m, e, "choices", when))
        g_string_append_printf(out, "          when: %s\n", when->str);
}

/* True: it always leads somewhere. */
static bool write_option_target(struct maker *m, JsonObject *option, const char *also, bool leads, GString *out)
{
    g_autoptr(GString) labels = g_string_new(NULL);
    g_autoptr(GString) parts = g_string_new(NULL);
    const char *target = also ? also : target_of(m, option);
    write_overrides(m, option, labels, parts);
    if (labels->len)
        g_string_append_printf(out, "          labels:\n%s", labels->str);
    if (!leads)
        return false;
    if (parts->len && target)
        g_string_append_printf(out, "          goto:\n%s            - {goto: %s}\n", parts->str, target);
    else if (parts->len)
        g_string_append_printf(out, "          goto:\n%s", parts->str);
    else if (target)
        g_string_append_printf(out, "          goto: %s\n", target);
    return target != NULL;
}

/* A picture of the service's own is out of reach. */
static const char *picture_of(struct maker *m, JsonObject *option)
{
    const char *image = json_get_text(option, "image");
    if (json_object_has_member(option, "image") && (!image || strchr(image, ':') || *image == '/')) {
        leave(m, "a picture that is not at hand; the option has its text", "choices.image");
        return NULL;
    }
    return image;
}

struct scene {
    JsonObject *o;
    JsonArray *choices;
    int64_t opens, closes, early; /* ms, in the node */
    const char *code; /* what must be typed for the first option; the second is for all else. NULL: nothing is typed */
    bool leads;
};

/* True: it always leads somewhere. */
static bool write_option(struct maker *m, const struct scene *s, JsonObject *option, guint i, const char *id,
                         GString *out)
{
    static const char *const known[] = {"id",           "text",           "subText",        "segmentId", "sg",
                                        "segmentGroup", "startTimeMs",    "impressionData", "image",     "code",
                                        "precondition", "preconditionId", "exception",      "overrides", NULL};
    JsonObject *input = json_get_object(s->o, "inputConfig");
    const char *text = json_get_text(option, "text"), *sub = json_get_text(option, "subText"),
               *image = picture_of(m, option), *also = NULL;
    g_string_append_printf(out, "        %s:\n", id);
    if (s->code) {
        also = json_get_text(input, i == 0 ? "successSegmentId" : "failSegmentId");
        also = also ? node_for(m, also) : NULL;
        if (i == 0)
            write_text("          code: ", s->code, out);
        else
            g_string_append(out, "          wrong: true\n");
    }
    if (!s->code || text)
        write_text("          text: ", text && *text ? text : "…", out);
    if (sub)
        write_text("          sub: ", sub, out);
    if (image)
        write_text("          image: ", image, out);
    write_option_condition(m, option, out);
    const bool leads = write_option_target(m, option, also, s->leads, out);
    g_autoptr(GString) after = write_sets(m, json_get_object(option, "impressionData"));
    if (after->len) /* the target is settled first */
        g_string_append_printf(out, "          after: [%s]\n", after->str);
    leave_rest(m, option, "choices", known);
    m->story->options++;
    return leads;
}

/* ---- decisions ---------------------------------------------------------------------------------------------------- */

static JsonArray *choices_of(struct maker *m, JsonObject *scene)
{
    JsonArray *sets = json_get_array(scene, "choiceSets"), *choices = json_get_array(scene, "choices");
    if (choices || !sets || json_array_get_length(sets) == 0)
        return choices;
    leave(m, "of several sets of answers the first is taken", "choiceSets");
    JsonNode *first = json_array_get_element(sets, 0);
    return moments_as_array(first) ? moments_as_array(first) : json_get_array(moments_as_object(first), "choices");
}

static int64_t element_int(JsonArray *a, guint i, int64_t otherwise)
{
    int64_t n;
    return a && i < json_array_get_length(a) && moments_as_int(json_array_get_element(a, i), &n) ? n : otherwise;
}

/* When it is seen, open and closed. */
static void find_times(struct scene *s, int64_t start, int64_t end)
{
    JsonArray *window = json_get_array(s->o, "activationWindow");
    const int64_t from = moments_int(s->o, "startMs", start), until = moments_int(s->o, "endMs", end);
    const int64_t seen = moments_int(s->o, "choiceActivationThresholdMS", element_int(window, 0, from));
    const int64_t shown = moments_int(s->o, "uiDisplayMS", seen + SLIDE_MS);
    const int64_t hidden = moments_int(s->o, "hideTimeoutUiMS", element_int(window, 1, until - CLOSING_MS));
    s->opens = moments_int(s->o, "uiInteractionStartMS", shown) - start;
    s->closes = moments_int(s->o, "uiHideMS", hidden) - start;
    s->opens = CLAMP(s->opens, 0, LATEST_MS);
    s->closes = CLAMP(s->closes, s->opens + LEAST_MS, LATEST_MS + LEAST_MS);
    s->early = CLAMP(s->opens - (seen - start), 0, s->opens);
}

static bool leads_somewhere(JsonObject *scene, JsonArray *a)
{
    bool leads = json_get_object(scene, "inputConfig") != NULL || json_get_object(scene, "timeoutSegment") != NULL;
    for (guint i = 0; i < json_array_get_length(a) && !leads; i++) {
        JsonObject *o = json_object_of(a, i);
        leads = json_get_text(o, "segmentId") || json_get_text(o, "sg") || json_get_text(o, "segmentGroup") ||
                json_get_array(o, "overrides");
    }
    return leads;
}

static void leave_of_scene(struct maker *m, JsonObject *scene)
{
    static const char *const known[] = {"id",
                                        "type",
                                        "startMs",
                                        "endMs",
                                        "choices",
                                        "choiceActivationThresholdMS",
                                        "activationWindow",
                                        "uiDisplayMS",
                                        "uiInteractionStartMS",
                                        "uiHideMS",
                                        "hideTimeoutUiMS",
                                        "defaultChoiceIndex",
                                        "config",
                                        "impressionData",
                                        "precondition",
                                        "preconditionId",
                                        "timeoutSegment",
                                        "inputConfig",
                                        "choiceSets",
                                        "headerText",
                                        NULL};
    static const char *const config[] = {"disableImmediateSceneTransition", "disablePrematureUserInteraction",
                                         "intervalBasedVideoTimer",         "hideChoiceLabelWhenChoiceHasImage",
                                         "hasMultipleChoiceInput",          NULL};
    leave_rest(m, scene, "scene", known);
    leave_rest(m, json_get_object(scene, "config"), "scene.config", config);
    if (condition_of(m, scene, "scene"))
        leave(m, "a question that is asked under a condition; it is always asked", "scene.precondition");
}

/* True: whatever is taken leads somewhere. */
static bool write_decision(struct maker *m, const char *node, const struct scene *s, bool at_once)
{
    JsonArray *a = s->choices;
    JsonObject *late = json_get_object(s->o, "timeoutSegment");
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) options = g_string_new(NULL);
    const char *usual = NULL, *id = name_for(m->decisions, node, "decision"),
               *prompt = json_get_text(s->o, "headerText");
    const int64_t index = moments_int(s->o, "defaultChoiceIndex", 0);
    bool all = true;
    guint n = 0;
    for (guint i = 0; i < json_array_get_length(a); i++) {
        JsonObject *o = json_object_of(a, i);
        const char *wanted = o ? json_get_text(o, "id") : NULL;
        if (!o || n == (s->code ? CODE_OPTIONS : STORY_OPTIONS_MAX)) {
            leave(m, "an answer too many, or none at all", "choices");
            continue;
        }
        const char *option = name_for(names, wanted ? wanted : "option", "option");
        all &= write_option(m, s, o, n++, option, options);
        usual = !usual || i == index ? option : usual;
    }
    g_string_append_printf(m->out, "      - id: %s\n        opens: ", id);
    write_ms(m->out, s->opens);
    g_string_append(m->out, "\n        closes: ");
    write_ms(m->out, s->closes);
    if (s->early > 0) {
        g_string_append(m->out, "\n        early: ");
        write_ms(m->out, s->early);
    }
    g_string_append_c(m->out, '\n');
    if (prompt)
        write_text("        prompt: ", prompt, m->out);
    if (at_once && s->leads)
        g_string_append(m->out, "        cut: pick\n");
    if (s->code)
        g_string_append(m->out, "        layout: code\n");
    const char *timeout = late ? target_of(m, late) : NULL;
    g_string_append_printf(m->out, "        default: %s\n", usual);
    if (timeout && s->leads)
        g_string_append_printf(m->out, "        timeout: {goto: %s}\n", timeout);
    g_string_append(m->out, "        options:\n");
    g_auto(GStrv) lines = g_strsplit(options->str, "\n", -1);
    for (char **l = lines; *l; l++)
        if (**l)
            g_string_append_printf(m->out, "  %s\n", *l);
    leave_of_scene(m, s->o);
    m->story->decisions++;
    return all;
}

static int by_opening(const void *a, const void *b)
{
    const struct scene *x = a, *y = b;
    return (x->opens > y->opens) - (x->opens < y->opens);
}

/* Windows of a node lie one behind the other, and only one of them leads away. */
static void settle_scenes(struct maker *m, GArray *scenes, int64_t length)
{
    bool leads = false;
    g_array_sort(scenes, by_opening);
    for (guint i = 0; i + 1 < scenes->len; i++) {
        struct scene *s = &g_array_index(scenes, struct scene, i), *next = s + 1;
        if (s->closes > next->opens) {
            leave(m, "two questions at once; the first closes sooner", "scene.uiHideMS");
            s->closes = MAX(next->opens, s->opens + LEAST_MS);
        }
        next->opens = MAX(next->opens, s->closes);
        next->closes = MAX(next->closes, next->opens + LEAST_MS);
    }
    for (guint i = scenes->len; i-- > 0;) {
        struct scene *s = &g_array_index(scenes, struct scene, i);
        if (s->opens >= length) {
            leave(m, "a question behind the segment's end", "scene.uiInteractionStartMS");
            g_array_remove_index(scenes, i);
            continue;
        }
        if (s->closes > length) {
            leave(m, "a question that closes behind the segment's end; it closes there", "scene.uiHideMS");
            s->closes = length;
        }
        if (s->leads && leads) {
            leave(m, "two questions of one segment that lead on; the last one decides", "scene.choices");
            s->leads = false;
        }
        leads |= s->leads;
    }
}

/* ---- segments ----------------------------------------------------------------------------------------------------- */

static bool is_scene(const char *type)
{
    return type && g_str_has_prefix(type, "scene:");
}

static guint count_objects(JsonArray *a)
{
    guint n = 0;
    for (guint i = 0; a && i < json_array_get_length(a); i++)
        n += json_object_of(a, i) != NULL;
    return n;
}

/* What must be typed, where something is and a story can ask for it. */
static const char *code_of(struct maker *m, JsonObject *scene, JsonArray *choices)
{
    JsonObject *input = json_get_object(scene, "inputConfig");
    const char *code = json_get_text(input, "sequence");
    if (!code && input)
        code = json_get_text(json_object_of(choices, 0), "code");
    bool good = code && *code && strlen(code) <= STORY_CODE_BYTES_MAX && count_objects(choices) >= CODE_OPTIONS;
    for (const char *p = code; good && *p; p++)
        good = g_ascii_isalnum(*p);
    if (input && !good)
        leave(m, "a code that no story can ask for; its answers are options", "inputConfig");
    return good ? code : NULL;
}

/* An impression is a write of its own at a time, or as the segment begins. */
static void take_impression(struct maker *m, JsonObject *moment, int64_t start, int64_t length, GString *enter,
                            GString *at)
{
    JsonObject *impression = json_get_object(moment, "impressionData");
    const int64_t wanted = CLAMP(moments_int(moment, "startMs", start), start, start + LATEST_MS) - start;
    const int64_t ms = MIN(wanted, length);
    g_autoptr(GString) one = g_string_new(NULL);
    const struct twee_expr *when =
        is_scene(json_get_text(moment, "type")) ? NULL : condition_of(m, moment, "impression");
    if (!impression || !write_effect(m, impression, when, one))
        return;
    if (ms < wanted)
        leave(m, "it comes behind the segment's end; it happens there", "moment.startMs");
    if (ms == 0) {
        g_string_append_printf(enter, "      - {%s}\n", one->str);
        return;
    }
    g_string_append(at, "      - {time: ");
    write_ms(at, ms);
    g_string_append_printf(at, ", %s}\n", one->str);
}

static void take_moment(struct maker *m, JsonObject *moment, int64_t start, int64_t end, GArray *scenes, GString *enter,
                        GString *at)
{
    static const char *const known[] = {"id",           "type",           "startMs", "endMs", "impressionData",
                                        "precondition", "preconditionId", NULL};
    const char *type = json_get_text(moment, "type");
    JsonArray *choices = is_scene(type) ? choices_of(m, moment) : NULL;
    take_impression(m, moment, start, end > start ? end - start : UNKNOWN_MS, enter, at);
    if (count_objects(choices) > 0) {
        struct scene s = {.o = moment,
                          .choices = choices,
                          .code = code_of(m, moment, choices),
                          .leads = leads_somewhere(moment, choices)};
        find_times(&s, start, end);
        g_array_append_val(scenes, s);
        return;
    }
    if (g_strcmp0(type, "notification:playbackImpression") != 0) {
        g_autofree char *what = g_strdup_printf("moment.%s", type ? type : "without a type");
        leave(m, "no story has a word for it", what);
    }
    leave_rest(m, moment, "moment", known);
}

/* Writes that belong to a segment whatever moments it has. */
static void take_segment_state(struct maker *m, const char *segment, GString *enter)
{
    JsonArray *a = json_get_array(m->segment_state, segment);
    for (guint i = 0; a && i < json_array_get_length(a); i++) {
        JsonObject *o = json_object_of(a, i);
        g_autoptr(GString) one = g_string_new(NULL);
        if (o && write_effect(m, o, condition_of(m, o, "segmentState"), one))
            g_string_append_printf(enter, "      - {%s}\n", one->str);
    }
}

static void write_clip(struct maker *m, const char *segment, int64_t start, int64_t end, int64_t until)
{
    if (m->segments) {
        g_string_append(m->out, "    clip: {media: film, from: ");
        write_ms(m->out, start);
        if (end > start) {
            g_string_append(m->out, ", to: ");
            write_ms(m->out, end);
        }
        g_string_append(m->out, "}\n");
        return;
    }
    write_text("    clip:\n      card: ", segment, m->out);
    g_string_append(m->out, "      for: ");
    write_ms(m->out, until + UNKNOWN_MS);
    g_string_append_c(m->out, '\n');
}

/* `id`: of its ending, if it leads nowhere; NULL: it is none. */
static void write_next(struct maker *m, const char *segment, JsonObject *o, bool decides, const char *id)
{
    const char *route = g_hash_table_lookup(m->routes, segment), *usual = json_get_text(o, "defaultNext");
    const bool ends = moments_bool(o, "storyEnd", false) || (!route && !usual && !decides);
    if (route && usual && !always_holds(m, segment))
        g_string_append_printf(m->out, "    next:\n      - {goto: %s}\n      - {goto: %s}\n", route,
                               node_for(m, usual));
    else if (route || usual)
        g_string_append_printf(m->out, "    next: %s\n", route ? route : node_for(m, usual));
    if (!ends || !id)
        return;
    g_string_append_printf(m->out, "    ending:\n      id: %s\n", id);
    write_text("      title: ", segment, m->out);
}

static void write_notes(struct maker *m)
{
    g_auto(GStrv) lines = g_strsplit(m->notes->str, "\n", -1);
    gsize bytes = 0;
    if (m->notes->len == 0)
        return;
    g_string_append(m->out, "    note: |\n");
    for (char **l = lines; *l && bytes < STORY_SCRIPT_BYTES_MAX / 2; l++) {
        g_autofree char *line = g_utf8_make_valid(*l, -1);
        g_string_append(m->out, "      Left out: ");
        for (const char *p = line; *p; p = g_utf8_next_char(p)) {
            const gunichar c = g_utf8_get_char(p);
            g_string_append_unichar(m->out, g_unichar_isprint(c) && c != 0x2028 && c != 0x2029
                                                ? c
                                                : '?'); /* some of the others end a line in YAML */
        }
        bytes += strlen(line);
        g_string_append_c(m->out, '\n');
    }
}

/* Ways of which one is likelier than another: here the viewer's choices decide, and the document's own conditions. */
static void leave_weights(struct maker *m, JsonObject *o)
{
    JsonObject *next = json_get_object(o, "next");
    g_autoptr(GList) ways = next ? json_object_get_members(next) : NULL;
    for (GList *l = ways; l; l = l->next) {
        g_autofree char *what = g_strdup_printf("segment.next.weight of %s", (const char *)l->data);
        if (json_object_has_member(json_get_object(next, l->data), "weight"))
            leave(m, "what viewers choose decides, not a weight", what);
    }
}

static void write_segment(struct maker *m, const char *segment)
{
    static const char *const known[] = {"startTimeMs", "endTimeMs", "next", "defaultNext", "storyEnd", "credits", NULL};
    JsonObject *o = json_get_object(m->segments, segment);
    JsonArray *moments = json_get_array(m->by_segment, segment);
    const char *id = g_hash_table_lookup(m->nodes, segment);
    const int64_t start = CLAMP(moments_int(o, "startTimeMs", 0), 0, LATEST_MS),
                  end = MIN(moments_int(o, "endTimeMs", -1), LATEST_MS);
    g_autoptr(GArray) scenes = g_array_new(FALSE, FALSE, sizeof(struct scene));
    g_autoptr(GString) enter = g_string_new(NULL);
    g_autoptr(GString) at = g_string_new(NULL);
    bool decides = false;
    m->place = segment;
    m->notes = g_string_new(NULL);
    for (guint i = 0; moments && i < json_array_get_length(moments); i++) {
        JsonObject *moment = json_object_of(moments, i);
        if (moment)
            take_moment(m, moment, start, end, scenes, enter, at);
    }
    take_segment_state(m, segment, enter);
    settle_scenes(m, scenes, end > start ? end - start : INT64_MAX);
    const struct scene *last = scenes->len ? &g_array_index(scenes, struct scene, scenes->len - 1) : NULL;
    g_string_append_printf(m->out, "\n  %s:\n", id);
    if (strcmp(id, segment) != 0)
        write_text("    title: ", segment, m->out);
    const bool credits = moments_bool(o, "credits", false),
               has_role = credits && scenes->len == 0 && g_hash_table_contains(m->credits, segment);
    if (has_role)
        g_string_append(m->out, "    role: credits\n");
    else if (credits)
        leave(m, "credits ask nothing, and come behind an ending", "segment.credits");
    write_clip(m, segment, start, end, last ? last->closes : 0);
    if (enter->len)
        g_string_append_printf(m->out, "    enter:\n%s", enter->str);
    if (at->len)
        g_string_append_printf(m->out, "    at:\n%s", at->str);
    if (scenes->len)
        g_string_append(m->out, "    decisions:\n");
    for (guint i = 0; i < scenes->len && i < STORY_DECISIONS_PER_NODE_MAX; i++) {
        const struct scene *s = &g_array_index(scenes, struct scene, i);
        JsonObject *config = json_get_object(s->o, "config");
        decides |= write_decision(m, id, s, config && !moments_bool(config, "disableImmediateSceneTransition", true));
    }
    write_next(m, segment, o, decides, has_role ? NULL : id);
    leave_rest(m, o, "segment", known);
    leave_weights(m, o);
    write_notes(m);
    g_string_free(m->notes, TRUE);
    m->notes = NULL;
    m->place = NULL;
}

static void write_absent(struct maker *m)
{
    for (guint i = 0; i < m->absent->len; i++) {
        const char *segment = m->absent->pdata[i], *id = g_hash_table_lookup(m->nodes, segment);
        g_string_append_printf(m->out, "\n  %s:\n    todo: Ways lead here, but there is no such segment.\n", id);
        write_text("    clip:\n      for: 4s\n      card: ", segment, m->out);
        g_string_append_printf(m->out, "    ending:\n      id: %s\n", id);
        write_text("      title: ", segment, m->out);
    }
}

/* ---- variables ---------------------------------------------------------------------------------------------------- */

static void see_set(struct maker *m, const char *variable, const struct twee_expr *value, void *user)
{
    (void)user;
    twee_state_see_set(m->state, variable, value);
}

static void begin_set(struct maker *m, const char *variable, const struct twee_expr *value, void *user)
{
    (void)user;
    g_autofree char *what = g_strconcat("stateHistory ", variable, NULL);
    if (!twee_state_begin(m->state, variable, value))
        leave(m, "a value that no variable of a story can have", what);
}

/* All that is set and compared anywhere below. */
static void see_all(struct maker *m, JsonNode *n)
{
    JsonObject *o = moments_as_object(n);
    JsonArray *a = moments_as_array(n);
    if (a && moments_is_expr(a)) {
        const struct twee_expr *e = moments_expr(&m->exprs, n);
        if (e->op != TWEE_UNKNOWN)
            twee_state_see(m->state, e);
        return;
    }
    if (o)
        for_sets(m, o, see_set, NULL);
    g_autoptr(GList) below = o ? json_object_get_values(o) : a ? json_array_get_elements(a) : NULL;
    for (GList *l = below; l; l = l->next)
        see_all(m, l->data);
}

/* The variables stand in it by themselves, or by state. */
static void for_history(struct maker *m, each_set take)
{
    JsonObject *history = json_get_object(m->moments, "stateHistory");
    g_autoptr(GList) names = history ? json_object_get_members(history) : NULL;
    for_sets(m, history, take, NULL);
    for (GList *l = names; l; l = l->next) {
        JsonNode *n = json_object_get_member(history, l->data);
        if (!moments_as_object(n))
            take(m, l->data, moments_expr(&m->exprs, n), NULL);
    }
}

static void find_variables(struct maker *m)
{
    static const char *const where[] = {"preconditions", "segmentGroups", "momentsBySegment", "segmentState"};
    m->state = twee_state_new(m->nodes);
    m->state->origin = "variable";
    m->state->all_begin = true;
    for_history(m, see_set);
    for (size_t i = 0; m->moments && i < G_N_ELEMENTS(where); i++)
        if (json_object_has_member(m->moments, where[i]))
            see_all(m, json_object_get_member(m->moments, where[i]));
    twee_state_settle(m->state);
    for_history(m, begin_set);
    m->story->variables = (int)m->state->names->len;
}

/* ---- credits ------------------------------------------------------------------------------------------------------ */

/* Where this segment may lead by itself is added to the set. */
static void add_ways_on(JsonObject *o, GHashTable *to)
{
    const char *usual = json_get_text(o, "defaultNext");
    JsonObject *next = json_get_object(o, "next");
    g_autoptr(GList) ways = next ? json_object_get_members(next) : NULL;
    for (GList *l = ways; l; l = l->next)
        g_hash_table_add(to, l->data);
    if (usual)
        g_hash_table_add(to, (char *)usual);
}

/* What the map calls credits has that role if it follows endings, or credits that do, and nothing else. */
static void find_credits(struct maker *m)
{
    for (int pass = 0; m->segments && pass < CREDITS_IN_A_ROW; pass++) {
        g_autoptr(GHashTable) behind = g_hash_table_new(g_str_hash, g_str_equal);
        g_autoptr(GHashTable) within = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < m->ids->len; i++) {
            JsonObject *o = json_get_object(m->segments, m->ids->pdata[i]);
            const bool over = moments_bool(o, "storyEnd", false) || g_hash_table_contains(m->credits, m->ids->pdata[i]);
            add_ways_on(o, over ? behind : within);
        }
        for (guint i = 0; i < m->ids->len; i++) {
            char *id = m->ids->pdata[i];
            if (moments_bool(json_get_object(m->segments, id), "credits", false) && g_hash_table_contains(behind, id) &&
                !g_hash_table_contains(within, id))
                g_hash_table_add(m->credits, id);
        }
    }
}

/* ---- the story ---------------------------------------------------------------------------------------------------- */

static void find_segments(struct maker *m)
{
    JsonObject *from = m->segments ? m->segments : m->by_segment;
    g_autoptr(GList) names = from ? json_object_get_members(from) : NULL;
    for (GList *l = names; l; l = l->next) {
        g_ptr_array_add(m->ids, l->data);
        g_hash_table_insert(m->nodes, g_strdup(l->data), (char *)name_for(m->taken, l->data, "segment"));
    }
    g_autoptr(GList) asked = m->by_segment ? json_object_get_members(m->by_segment) : NULL;
    for (GList *l = asked; l; l = l->next) {
        g_autofree char *what = g_strconcat("momentsBySegment ", l->data, NULL);
        if (!g_hash_table_contains(m->nodes, l->data))
            leave(m, "moments of a segment that is not there", what);
    }
}

/* Does any of its entries name where it leads? */
static bool leads_anywhere(JsonArray *a)
{
    bool leads = false;
    for (guint i = 0; a && i < json_array_get_length(a) && !leads; i++) {
        JsonNode *n = json_array_get_element(a, i);
        JsonObject *o = moments_as_object(n);
        leads = moments_as_text(n) || json_get_text(o, "segment") || json_get_text(o, "segmentId") || group_of(n);
    }
    return leads;
}

/* A group is often called as a segment; nodes and routes share one set of names. */
static void find_groups(struct maker *m)
{
    g_autoptr(GList) names = m->groups ? json_object_get_members(m->groups) : NULL;
    for (GList *l = names; l; l = l->next) {
        JsonArray *a = json_get_array(m->groups, l->data);
        g_autofree char *from = g_strconcat(l->data, "-next", NULL);
        if (leads_anywhere(a))
            g_hash_table_insert(
                m->routes, g_strdup(l->data),
                (char *)name_for(m->taken, g_hash_table_contains(m->nodes, l->data) ? from : l->data, "route"));
        else
            leave(m, "a group without a segment", "segmentGroups");
    }
}

/* Two letters or three, and perhaps a region. */
static bool is_language(const char *tag)
{
    return g_regex_match_simple("^[a-z]{2,3}(-[A-Z]{2})?$", tag, 0, 0);
}

static void write_top(struct maker *m, const char *video)
{
    const char *start = json_get_text(m->map, "initialSegment"), *language = json_get_text(m->moments, "audioLocale");
    const int64_t number = moments_int(m->map, "viewableId", 0);
    const char *id = start ? g_hash_table_lookup(m->nodes, start) : NULL;
    if (!id) {
        leave(m, "where it begins is not told, or not there; it begins with the first segment", "initialSegment");
        id = g_hash_table_lookup(m->nodes, m->ids->pdata[0]);
    }
    g_autofree char *title =
        number ? g_strdup_printf("Film %" G_GINT64_FORMAT, number) : g_strdup("An interactive film");
    g_string_append_printf(m->out, "frumious: 1\nid: org.example.film%" G_GINT64_FORMAT "\n", MAX(number, 0));
    write_text("title: ", title, m->out);
    g_string_append_printf(m->out, "start: %s\n", id);
    if (language && is_language(language))
        g_string_append_printf(m->out, "languages: [%s]\n", language);
    if (m->segments)
        write_text("media:\n  film: ", video, m->out);
    twee_state_write(m->state, m->out);
}

static void write_story(struct maker *m, const char *video)
{
    /* Of both, because they may be one object. */
    static const char *const known[] = {
        "segments",     "initialSegment", "viewableId",  "type", "momentsBySegment", "preconditions", "segmentGroups",
        "stateHistory", "segmentState",   "audioLocale", NULL};
    if (!m->segments)
        leave(m, "no segment map came with it, so nobody knows where in the video a segment is: cards stand in",
              "segments");
    find_variables(m);
    find_credits(m);
    write_top(m, video);
    write_groups(m);
    g_string_append(m->out, "\nnodes:");
    for (guint i = 0; i < m->ids->len; i++)
        write_segment(m, m->ids->pdata[i]);
    write_absent(m);
    leave_rest(m, m->map, "map", known);
    if (m->moments != m->map)
        leave_rest(m, m->moments, "value", known);
    char *laid = yaml_layout(m->out->str, m->out->len, NULL);
    assert(laid);
    g_string_append(m->story->yaml, laid);
    g_free(laid);
    m->story->segments = (int)m->ids->len;
    twee_state_free(m->state);
}

static void list_misses(struct maker *m)
{
    for (guint i = 0; i < m->misses_in_order->len; i++) {
        const struct miss *miss = m->misses_in_order->pdata[i];
        g_ptr_array_add(m->story->missed, miss->more ? g_strdup_printf("%s (and %d more)", miss->line, miss->more)
                                                     : g_strdup(miss->line));
    }
}

struct moments_story *moments_story_make(JsonObject *map, JsonObject *moments, const char *video)
{
    struct moments_story *s = g_new0(struct moments_story, 1);
    s->yaml = g_string_new(NULL);
    s->missed = g_ptr_array_new_with_free_func(g_free);
    struct maker m = {.map = map,
                      .moments = moments,
                      .segments = json_get_object(map, "segments"),
                      .groups = json_get_object(moments, "segmentGroups"),
                      .by_segment = json_get_object(moments, "momentsBySegment"),
                      .segment_state = json_get_object(moments, "segmentState"),
                      .exprs = {twee_exprs_new(), json_get_object(moments, "preconditions"), 0},
                      .taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                      .decisions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                      .nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                      .routes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                      .complete = g_hash_table_new(g_str_hash, g_str_equal),
                      .inner = g_hash_table_new(g_str_hash, g_str_equal),
                      .credits = g_hash_table_new(g_str_hash, g_str_equal),
                      .ids = g_ptr_array_new(),
                      .absent = g_ptr_array_new_with_free_func(g_free),
                      .misses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_miss),
                      .misses_in_order = g_ptr_array_new(),
                      .story = s,
                      .out = g_string_new(NULL)};
    find_segments(&m);
    find_groups(&m);
    if (m.ids->len > 0)
        write_story(&m, video);
    else
        leave(&m, "there is no segment", "segments");
    list_misses(&m);
    g_ptr_array_unref(m.exprs.own);
    g_hash_table_unref(m.taken);
    g_hash_table_unref(m.decisions);
    g_hash_table_unref(m.nodes);
    g_hash_table_unref(m.routes);
    g_hash_table_unref(m.complete);
    g_hash_table_unref(m.inner);
    g_hash_table_unref(m.credits);
    g_hash_table_unref(m.misses);
    g_ptr_array_unref(m.misses_in_order);
    g_ptr_array_unref(m.ids);
    g_ptr_array_unref(m.absent);
    g_string_free(m.out, TRUE);
    return s;
}

void moments_story_free(struct moments_story *s)
{
    if (!s)
        return;
    g_string_free(s->yaml, TRUE);
    g_ptr_array_unref(s->missed);
    g_free(s);
}
