#include "telemetry/read/export.h"

#include "base/json.h"
#include "base/safe.h"
#include "telemetry/dictionary.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <inttypes.h>
#include <json-glib/json-glib.h>
#include <string.h>

static const char doing[] = "cannot be read";

/* ---- what a line holds ------------------------------------------------------------------------------------------- */

enum column_type {
    COLUMN_NUMBER,
    COLUMN_BITS, /* 64 of them, as a decimal number in a string: a JSON number cannot hold them all */
    COLUMN_TEXT,
    COLUMN_WORD, /* a code */
    COLUMN_UUID, /* 16 bytes, in their usual text */
    COLUMN_LIST, /* texts, joined by SEPARATOR */
    COLUMN_BODY, /* of what is superseded, as JSON; the column before it says which kind of event it was */
};

#define SEPARATOR "\x1f"

struct export_column {
    const char *name;
    const char *sql; /* in terms of the table e; the value itself where it is NULL */
    enum column_type type;
    bool may_be_empty;
    const char *table, *column; /* where the dictionary describes it */
};

#define MENU_NAMES(condition)                                                                                          \
    "(SELECT group_concat(name, '" SEPARATOR "') FROM (SELECT o.name FROM menu_option mo JOIN option o"                \
    " ON o.id = mo.option WHERE mo.menu = e.menu" condition " ORDER BY mo.position))"

static const struct export_column viewing_columns[] = {
    {"story", "(SELECT name FROM story WHERE id = e.story)", COLUMN_TEXT, false, "story", "name"},
    {"version", "(SELECT version FROM story WHERE id = e.story)", COLUMN_TEXT, false, "story", "version"},
    {"title", "(SELECT title FROM story WHERE id = e.story)", COLUMN_TEXT, true, "story", "title"},
    {"story_hash", "(SELECT printf('%016x', hash) FROM story WHERE id = e.story)", COLUMN_TEXT, false, "story", "hash"},
    {"started_ms", NULL, COLUMN_NUMBER, false, "viewing", "started_ms"},
    {"device_ms", NULL, COLUMN_NUMBER, true, "viewing", "device_ms"},
    {"mode", NULL, COLUMN_WORD, false, "viewing", "mode"},
    {"chooser", NULL, COLUMN_WORD, false, "viewing", "chooser"},
    {"time_mode", NULL, COLUMN_NUMBER, false, "viewing", "time_mode"},
    {"seed", NULL, COLUMN_BITS, false, "viewing", "seed"},
    {"engine", NULL, COLUMN_TEXT, false, "viewing", "engine"},
    {"viewer", "(SELECT uuid FROM viewer WHERE id = e.viewer)", COLUMN_UUID, true, "viewing", "viewer"},
    {"nth", NULL, COLUMN_NUMBER, true, "viewing", "nth"},
    {"language", NULL, COLUMN_TEXT, true, "viewing", "language"},
    {"subtitles", NULL, COLUMN_NUMBER, true, "viewing", "subtitles"},
    {"channel", NULL, COLUMN_TEXT, true, "viewing", "channel"},
    {"arms",
     "(SELECT group_concat(arm, '" SEPARATOR "') FROM (SELECT a.experiment || '=' || a.name AS arm FROM viewing_arm x"
     " JOIN arm a ON a.id = x.arm WHERE x.viewing = e.id ORDER BY a.position))",
     COLUMN_LIST, false, "viewing_arm", "arm"},
};

static const struct export_column event_columns[] = {
    {"seq", NULL, COLUMN_NUMBER, false, "event", "seq"},
    {"at_ms", NULL, COLUMN_NUMBER, false, "event", "at_ms"},
};

static const struct export_column superseded_columns[] = {
    {"seq", NULL, COLUMN_NUMBER, false, "event", "seq"},
    {"at_ms", NULL, COLUMN_NUMBER, false, "event", "at_ms"},
    {"kind", NULL, COLUMN_TEXT, false, "superseded", "kind"},
    {"body", NULL, COLUMN_BODY, false, "superseded", "body"},
};

/* The column for each bound member of an event; a menu has three. Without a name here, the column has the member's. */
static const struct {
    const char *bind;
    struct export_column column;
} binding_columns[] = {
    {"NODE", {NULL, "(SELECT name FROM node WHERE id = e.node)", COLUMN_TEXT, false, NULL, NULL}},
    {"ENDING", {NULL, "(SELECT name FROM ending WHERE id = e.ending)", COLUMN_TEXT, false, NULL, NULL}},
    {"OPTION", {NULL, "(SELECT name FROM option WHERE id = e.option)", COLUMN_TEXT, true, NULL, NULL}},
    {"VISIT", {NULL, NULL, COLUMN_NUMBER, false, NULL, NULL}},
    {"EXPOSURE", {NULL, NULL, COLUMN_NUMBER, false, NULL, NULL}},
    {"INT", {NULL, NULL, COLUMN_NUMBER, false, NULL, NULL}},
    {"US", {NULL, NULL, COLUMN_NUMBER, true, NULL, NULL}},
    {"POSITION", {NULL, NULL, COLUMN_NUMBER, true, NULL, NULL}},
    {"MENU",
     {"decision", "(SELECT d.name FROM menu m JOIN decision d ON d.id = m.decision WHERE m.id = e.menu)", COLUMN_TEXT,
      false, "menu", "decision"}},
    {"MENU", {"menu", MENU_NAMES(""), COLUMN_LIST, false, NULL, NULL}},
    {"MENU", {"locked", MENU_NAMES(" AND mo.locked"), COLUMN_LIST, false, "menu_option", "locked"}},
};

struct record_kind {
    const char *table, *what;
    GArray *columns; /* struct export_column */
    struct query q;  /* while it is begun: the rows of one viewing after the other, by seq */
    bool row;        /* q stands on a row that is not yet written */
};

static void add_binding_columns(GArray *columns, const struct dictionary_entry *e)
{
    const guint before = columns->len;
    for (size_t i = 0; i < G_N_ELEMENTS(binding_columns); i++) {
        if (strcmp(binding_columns[i].bind, e->bind) != 0)
            continue;
        struct export_column c = binding_columns[i].column;
        if (!c.name)
            c.name = e->column;
        if (!c.table) {
            c.table = e->table;
            c.column = e->column;
        }
        if (strcmp(e->unit, "code") == 0)
            c.type = COLUMN_WORD;
        assert(dictionary_find(c.table, c.column));
        g_array_append_val(columns, c);
    }
    assert(columns->len > before); /* every binding of the registry has its columns */
}

static void kind_clear(void *data)
{
    struct record_kind *k = data;
    assert(!k->q.st); /* ended by export_all() */
    g_array_unref(k->columns);
}

static struct record_kind make_kind(const char *table, const char *what, const struct export_column *columns, guint n)
{
    struct record_kind k = {.table = table, .what = what, .columns = g_array_new(FALSE, FALSE, sizeof *columns)};
    g_array_append_vals(k.columns, columns, n);
    return k;
}

/* The viewing, then every event of the registry, then what is superseded, if that is wanted. */
static GArray *make_kinds(bool superseded)
{
    GArray *kinds = g_array_new(FALSE, TRUE, sizeof(struct record_kind));
    g_array_set_clear_func(kinds, kind_clear);
    const struct record_kind viewing =
        make_kind("viewing", dictionary_find("viewing", NULL)->what, viewing_columns, G_N_ELEMENTS(viewing_columns));
    g_array_append_val(kinds, viewing);
    const struct dictionary_entry *table, *e;
    for (size_t t = 0; (table = dictionary_at(t)) && !table->column; t++) {
        if (!table->event || strcmp(table->table, "event") == 0)
            continue;
        const struct record_kind k = make_kind(table->table, table->what, event_columns, G_N_ELEMENTS(event_columns));
        for (size_t i = 0; (e = dictionary_at(i)); i++)
            if (e->column && strcmp(e->table, table->table) == 0)
                add_binding_columns(k.columns, e);
        g_array_append_val(kinds, k);
    }
    assert(kinds->len == 1 + TEL_KINDS);
    if (superseded) {
        const struct record_kind last = make_kind("superseded", dictionary_find("superseded", NULL)->what,
                                                  superseded_columns, G_N_ELEMENTS(superseded_columns));
        g_array_append_val(kinds, last);
    }
    return kinds;
}

#define COLUMN(k, i) (&g_array_index((k)->columns, struct export_column, i))

static char *uuid_text(const struct query *q, int at)
{
    char text[TEL_ID_SIZE] = "";
    (void)query_id(q, at, text);
    return g_strdup(text);
}

/* With words for codes, as in the lines of other events. What a stranger's store holds in its place need not be JSON. */
static char *body_text(const char *kind, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(JsonNode) node = json_from_string(valid, NULL);
    if (!node || !JSON_NODE_HOLDS_OBJECT(node))
        return g_strdup("{}");
    JsonObject *body = json_node_get_object(node);
    g_autoptr(GList) members = json_object_get_members(body);
    for (const GList *m = members; m; m = m->next) {
        const char *name = m->data;
        const struct dictionary_entry *e = dictionary_find(kind, name);
        g_autofree char *set = g_ascii_strup(name, -1);
        JsonNode *value = json_object_get_member(body, name);
        if (e && strcmp(e->unit, "code") == 0 && json_node_get_value_type(value) == G_TYPE_INT64)
            json_object_set_string_member(body, name, tel_word(set, json_node_get_int(value)));
    }
    return json_to_string(node, FALSE);
}

/* The value in words or digits; NULL for none. Caller frees. */
static char *column_text(const struct export_column *c, const struct query *q, int at)
{
    if (query_is_null(q, at))
        return NULL;
    if (c->type == COLUMN_BITS)
        return g_strdup_printf("%" PRIu64, (uint64_t)query_number(q, at));
    if (c->type == COLUMN_WORD) {
        g_autofree char *set = g_ascii_strup(c->column, -1);
        return g_strdup(tel_word(set, query_number(q, at)));
    }
    if (c->type == COLUMN_UUID)
        return uuid_text(q, at);
    if (c->type == COLUMN_BODY) {
        g_autofree char *kind = query_copy_name(q, at - 1);
        return body_text(kind, query_text(q, at));
    }
    return g_utf8_make_valid(query_text(q, at), -1);
}

/* ---- one line ---------------------------------------------------------------------------------------------------- */

static void json_list(JsonBuilder *b, const char *joined)
{
    g_auto(GStrv) names = g_strsplit(joined ? joined : "", SEPARATOR, -1);
    json_builder_begin_array(b);
    for (int i = 0; names[i]; i++)
        json_builder_add_string_value(b, names[i]);
    json_builder_end_array(b);
}

static char *json_line(const struct record_kind *k, const char *id)
{
    assert(k->row);
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_builder_set_member_name(b, "record");
    json_builder_add_string_value(b, k->table);
    json_builder_set_member_name(b, "viewing");
    json_builder_add_string_value(b, id);
    for (guint i = 0; i < k->columns->len; i++) {
        const struct export_column *c = COLUMN(k, i);
        g_autofree char *text = column_text(c, &k->q, (int)i);
        json_builder_set_member_name(b, c->name);
        if (c->type == COLUMN_LIST)
            json_list(b, text);
        else if (c->type == COLUMN_BODY)
            json_builder_add_value(b, json_from_string(text ? text : "{}", NULL));
        else if (!text)
            json_builder_add_null_value(b);
        else if (c->type == COLUMN_NUMBER)
            json_builder_add_int_value(b, query_number(&k->q, (int)i));
        else
            json_builder_add_string_value(b, text);
    }
    json_builder_end_object(b);
    GString *line = g_string_new(NULL);
    json_put_document(b, false, line);
    return g_string_free(line, FALSE);
}

/* A list's names, which stand between separators, become words between blanks. */
static void csv_field(GString *line, const char *text)
{
    g_autofree char *spaced = g_strdup(text ? text : "");
    if (line->len)
        g_string_append_c(line, ',');
    safe_csv(line, g_strdelimit(spaced, SEPARATOR, ' '));
}

/* Names of all kinds' columns, each once. */
static GPtrArray *csv_header(const GArray *kinds)
{
    GPtrArray *names = g_ptr_array_new();
    for (guint k = 0; k < kinds->len; k++)
        for (guint i = 0; i < g_array_index(kinds, struct record_kind, k).columns->len; i++) {
            char *name = (char *)COLUMN(&g_array_index(kinds, struct record_kind, k), i)->name;
            if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, name);
        }
    return names;
}

static char *csv_line(const struct record_kind *k, const char *id, const GPtrArray *header)
{
    assert(k->row);
    GString *line = g_string_new(k->table);
    csv_field(line, id);
    for (guint h = 0; h < header->len; h++) {
        g_autofree char *text = NULL;
        for (guint i = 0; i < k->columns->len; i++)
            if (strcmp(COLUMN(k, i)->name, header->pdata[h]) == 0)
                text = column_text(COLUMN(k, i), &k->q, (int)i);
        csv_field(line, text);
    }
    return g_string_free(g_string_append_c(line, '\n'), FALSE);
}

/* ---- all lines --------------------------------------------------------------------------------------------------- */

struct export_job {
    struct store *store;
    GArray *kinds;
    GPtrArray *header; /* of CSV; NULL: JSON */
    char wanted[48];   /* which events, as a condition; "": all */
    export_put put;
    void *data;
};

static void begin_kind(struct export_job *job, struct record_kind *k, bool viewing)
{
    assert(!k->q.store && k->columns->len > 0);
    g_autoptr(GString) sql = g_string_new("SELECT ");
    for (guint i = 0; i < k->columns->len; i++) {
        const struct export_column *c = COLUMN(k, i);
        g_string_append_printf(sql, "%s%s%s", i ? ", " : "", c->sql ? "" : "e.", c->sql ? c->sql : c->name);
    }
    if (viewing)
        g_string_append(sql, ", e.uuid FROM viewing e WHERE e.id = ?1");
    else
        g_string_append_printf(sql, " FROM %s e WHERE e.viewing = ?1%s ORDER BY e.seq", k->table, job->wanted);
    k->q = query_begin(job->store, sql->str, doing);
}

/* Steps to the next row. After the last one, the query is ready for the next viewing. */
static bool step_kind(struct record_kind *k, GError **error)
{
    k->row = query_next(&k->q);
    return k->row || query_reset(&k->q, error);
}

static bool put_record_line(struct export_job *job, const struct record_kind *k, const char *id)
{
    g_autofree char *line = job->header ? csv_line(k, id, job->header) : json_line(k, id);
    return job->put(line, job->data);
}

#define KIND(job, i) (&g_array_index((job)->kinds, struct record_kind, i))

/* The event with the lowest number among those that the kinds stand on; NULL when none is left. */
static struct record_kind *earliest_event(const struct export_job *job)
{
    struct record_kind *first = NULL;
    for (guint i = 1; i < job->kinds->len; i++)
        if (KIND(job, i)->row && (!first || query_number(&KIND(job, i)->q, 0) < query_number(&first->q, 0)))
            first = KIND(job, i);
    return first;
}

static bool export_events(struct export_job *job, const char *id, GError **error)
{
    bool going = true;
    for (struct record_kind *k; going && (k = earliest_event(job));)
        going = put_record_line(job, k, id) && step_kind(k, error);
    return going;
}

/* In a damaged store, there may be rows left: of a viewing that is not found. */
static bool leave_rows(struct export_job *job, GError **error)
{
    bool going = true;
    for (guint i = 0; going && i < job->kinds->len; i++)
        if (KIND(job, i)->row) {
            KIND(job, i)->row = false;
            going = query_reset(&KIND(job, i)->q, error);
        }
    return going;
}

static bool export_one(struct export_job *job, int64_t viewing, GError **error)
{
    bool going = true;
    for (guint i = 0; going && i < job->kinds->len; i++) {
        query_bind(&KIND(job, i)->q, viewing);
        going = step_kind(KIND(job, i), error);
    }
    struct record_kind *head = KIND(job, 0);
    if (going && head->row) {
        g_autofree char *id = uuid_text(&head->q, (int)head->columns->len);
        going = put_record_line(job, head, id) && step_kind(head, error) && export_events(job, id, error);
    }
    return going && leave_rows(job, error);
}

static bool put_header(const struct export_job *job)
{
    g_autoptr(GString) line = g_string_new("record,viewing");
    for (guint i = 0; i < job->header->len; i++)
        csv_field(line, job->header->pdata[i]);
    return job->put(g_string_append_c(line, '\n')->str, job->data);
}

static bool export_all(struct export_job *job, const struct read_filter *filter, GError **error)
{
    g_autoptr(GArray) ids = read_matching_ids(job->store, filter, error);
    if (!ids)
        return false;
    for (guint i = 0; i < job->kinds->len; i++)
        begin_kind(job, KIND(job, i), i == 0);
    bool going = !job->header || put_header(job);
    for (guint i = 0; going && i < ids->len; i++)
        going = export_one(job, g_array_index(ids, int64_t, i), error);
    for (guint i = 0; i < job->kinds->len; i++)
        (void)query_end(&KIND(job, i)->q, NULL);
    return going;
}

bool export_viewings(struct store *s, const struct read_filter *filter, const struct export_options *o, export_put put,
                     void *data, GError **error)
{
    struct export_job job = {.store = s, .kinds = make_kinds(o->superseded), .put = put, .data = data};
    if (o->format == EXPORT_CSV)
        job.header = csv_header(job.kinds);
    if (o->from > 0)
        g_snprintf(job.wanted, sizeof job.wanted, " AND e.seq >= %" G_GINT64_FORMAT, o->from);
    bool done = query_execute(s, "BEGIN", doing, error);
    if (done) {
        done = export_all(&job, filter, error);
        (void)query_execute(s, "COMMIT", doing, NULL);
    }
    g_array_unref(job.kinds);
    g_clear_pointer(&job.header, g_ptr_array_unref);
    return done;
}

/* ---- the schema -------------------------------------------------------------------------------------------------- */

static void schema_text(JsonBuilder *b, const char *name, const char *text)
{
    json_builder_set_member_name(b, name);
    json_builder_add_string_value(b, text);
}

static void schema_type(JsonBuilder *b, const char *type, bool may_be_empty)
{
    json_builder_set_member_name(b, "type");
    if (!may_be_empty) {
        json_builder_add_string_value(b, type);
        return;
    }
    json_builder_begin_array(b);
    json_builder_add_string_value(b, type);
    json_builder_add_string_value(b, "null");
    json_builder_end_array(b);
}

static void schema_enum(JsonBuilder *b, const char *column)
{
    g_autofree char *set = g_ascii_strup(column, -1);
    json_builder_set_member_name(b, "enum");
    json_builder_begin_array(b);
    for (int code = 0; *tel_word(set, code) != '?'; code++)
        json_builder_add_string_value(b, tel_word(set, code));
    json_builder_end_array(b);
}

static void schema_column(JsonBuilder *b, const struct export_column *c)
{
    static const char *const types[] = {
        [COLUMN_NUMBER] = "integer", [COLUMN_BITS] = "string", [COLUMN_TEXT] = "string", [COLUMN_WORD] = "string",
        [COLUMN_UUID] = "string",    [COLUMN_LIST] = "array",  [COLUMN_BODY] = "object"};
    const struct dictionary_entry *e = dictionary_find(c->table, c->column);
    const bool unit = *e->unit && c->type == COLUMN_NUMBER;
    g_autofree char *text =
        g_strdup_printf("%s%s%s%s. %s", e->what, unit ? " (" : "", unit ? e->unit : "", unit ? ")" : "", e->why);
    json_builder_set_member_name(b, c->name);
    json_builder_begin_object(b);
    schema_text(b, "description", text);
    schema_type(b, types[c->type], c->may_be_empty);
    if (c->type == COLUMN_WORD)
        schema_enum(b, c->column);
    if (c->type == COLUMN_LIST) {
        json_builder_set_member_name(b, "items");
        json_builder_begin_object(b);
        schema_type(b, "string", false);
        json_builder_end_object(b);
    }
    json_builder_end_object(b);
}

static void schema_required(JsonBuilder *b, const struct record_kind *k)
{
    json_builder_set_member_name(b, "required");
    json_builder_begin_array(b);
    json_builder_add_string_value(b, "record");
    json_builder_add_string_value(b, "viewing");
    for (guint i = 0; i < k->columns->len; i++)
        json_builder_add_string_value(b, COLUMN(k, i)->name);
    json_builder_end_array(b);
}

static void schema_kind(JsonBuilder *b, const struct record_kind *k)
{
    json_builder_begin_object(b);
    schema_text(b, "description", k->what);
    schema_type(b, "object", false);
    json_builder_set_member_name(b, "properties");
    json_builder_begin_object(b);
    json_builder_set_member_name(b, "record");
    json_builder_begin_object(b);
    schema_text(b, "const", k->table);
    json_builder_end_object(b);
    json_builder_set_member_name(b, "viewing");
    json_builder_begin_object(b);
    schema_text(b, "description", dictionary_find("viewing", "uuid")->what);
    schema_type(b, "string", false);
    schema_text(b, "pattern", "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");
    json_builder_end_object(b);
    for (guint i = 0; i < k->columns->len; i++)
        schema_column(b, COLUMN(k, i));
    json_builder_end_object(b);
    schema_required(b, k);
    json_builder_set_member_name(b, "additionalProperties");
    json_builder_add_boolean_value(b, FALSE);
    json_builder_end_object(b);
}

char *export_schema(void)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    g_autoptr(GArray) kinds = make_kinds(true);
    json_builder_begin_object(b);
    schema_text(b, "$schema", "https://json-schema.org/draft/2020-12/schema");
    schema_text(b, "title", "A line of `frumious telemetry export`");
    json_builder_set_member_name(b, "oneOf");
    json_builder_begin_array(b);
    for (guint i = 0; i < kinds->len; i++)
        schema_kind(b, &g_array_index(kinds, struct record_kind, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
    GString *text = g_string_new(NULL);
    json_put_document(b, true, text);
    return g_string_free(text, FALSE);
}
