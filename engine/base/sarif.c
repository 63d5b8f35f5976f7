#include "base/sarif.h"

#include "base/json.h"

#include <assert.h>

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

struct sarif {
    const struct sarif_log *log;
    JsonBuilder *json;
};

static const char *const levels[] = {[SARIF_NOTE] = "note", [SARIF_WARNING] = "warning", [SARIF_ERROR] = "error"};

static void put_message(JsonBuilder *b, const char *key, const char *text)
{
    json_put_object(b, key);
    json_put_text(b, "text", text);
    json_builder_end_object(b);
}

static void put_rule(JsonBuilder *b, const struct sarif_rule *r)
{
    json_builder_begin_object(b);
    json_put_text(b, "id", r->id);
    json_put_text(b, "name", r->name);
    put_message(b, "shortDescription", r->title);
    put_message(b, "fullDescription", r->text);
    if (r->help)
        put_message(b, "help", r->help);
    json_put_object(b, "defaultConfiguration");
    json_put_text(b, "level", levels[r->level]);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

static void put_tool(JsonBuilder *b, const struct sarif_log *log)
{
    json_put_object(b, "tool");
    json_put_object(b, "driver");
    json_put_text(b, "name", log->tool);
    json_put_text(b, "version", log->version);
    json_put_array(b, "rules");
    for (size_t i = 0; i < log->n_rules; i++)
        put_rule(b, &log->rules[i]);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

static void put_partial(JsonBuilder *b)
{
    json_put_array(b, "invocations");
    json_builder_begin_object(b);
    json_put_bool(b, "executionSuccessful", false);
    json_put_array(b, "toolExecutionNotifications");
    json_builder_begin_object(b);
    json_put_text(b, "level", levels[SARIF_WARNING]);
    put_message(b, "message", "partial: it was interrupted");
    json_builder_end_object(b);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_array(b);
}

static char *file_uri(const char *file)
{
    char *uri = g_path_is_absolute(file) ? g_filename_to_uri(file, NULL, NULL) : NULL;
    return uri ? uri : g_uri_escape_string(file, "/", FALSE);
}

static void put_region(JsonBuilder *b, const struct sarif_place *p)
{
    const int64_t col = MAX(p->col, 1);
    json_put_object(b, "region");
    json_put_int(b, "startLine", p->line);
    json_put_int(b, "startColumn", col);
    json_put_int(b, "endColumn", col + MAX(p->len, 1));
    json_builder_end_object(b);
}

static void put_place(JsonBuilder *b, const struct sarif_place *p)
{
    g_autofree char *uri = file_uri(p->file);
    json_builder_begin_object(b);
    json_put_object(b, "physicalLocation");
    json_put_object(b, "artifactLocation");
    json_put_text(b, "uri", uri);
    json_builder_end_object(b);
    if (p->line > 0)
        put_region(b, p);
    json_builder_end_object(b);
    if (p->message)
        put_message(b, "message", p->message);
    json_builder_end_object(b);
}

static void put_places(JsonBuilder *b, const char *key, const struct sarif_place *places, size_t n)
{
    if (n == 0)
        return;
    json_put_array(b, key);
    for (size_t i = 0; i < n; i++)
        put_place(b, &places[i]);
    json_builder_end_array(b);
}

struct sarif *sarif_new(const struct sarif_log *log)
{
    struct sarif *s = g_new(struct sarif, 1);
    JsonBuilder *b = json_builder_new();
    *s = (struct sarif){log, b};
    json_builder_begin_object(b);
    json_put_text(b, "$schema", SARIF_SCHEMA);
    json_put_text(b, "version", "2.1.0");
    json_put_array(b, "runs");
    json_builder_begin_object(b);
    put_tool(b, log);
    if (log->partial)
        put_partial(b);
    json_put_text(b, "columnKind", "unicodeCodePoints");
    json_put_array(b, "results");
    return s;
}

void sarif_add(struct sarif *s, const struct sarif_result *r)
{
    assert(r->rule < s->log->n_rules);
    assert(r->file && r->line >= 0);
    const struct sarif_place here = {.file = r->file, .line = r->line, .col = r->col, .len = r->len};
    json_builder_begin_object(s->json);
    json_put_text(s->json, "ruleId", s->log->rules[r->rule].id);
    json_put_int(s->json, "ruleIndex", (int64_t)r->rule);
    json_put_text(s->json, "level", levels[r->level]);
    put_message(s->json, "message", r->message);
    put_places(s->json, "locations", &here, 1);
    put_places(s->json, "relatedLocations", r->related, r->n_related);
    if (r->group > 0) {
        json_put_object(s->json, "properties");
        json_put_int(s->json, "group", r->group);
        json_builder_end_object(s->json);
    }
    json_builder_end_object(s->json);
}

void sarif_finish(struct sarif *s, GString *out)
{
    JsonBuilder *b = s->json;
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_put_document(b, true, out);
    g_object_unref(b);
    g_free(s);
}
