#include "check/diag_json.h"
#include "base/put.h"

#include <gio/gio.h>
#include <string.h>

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

static const char *const severities[] = {"note", "warning", "error"}; /* SARIF's words, too */

/* ---- our own --------------------------------------------------------------------------------------------------- */

static void put_diag(JsonBuilder *b, const struct diag *d)
{
    json_builder_begin_object(b);
    put_text(b, "code", d->rule->code);
    put_text(b, "name", d->rule->name);
    put_text(b, "severity", severities[d->rule->severity]);
    put_text(b, "message", d->message);
    put_text(b, "advice", d->advice);
    put_text(b, "file", d->file);
    put_int(b, "line", d->line);
    put_int(b, "column", d->col);
    put_int(b, "length", d->len);
    put_text(b, "source", d->source);
    json_builder_end_object(b);
}

static void put_story(JsonBuilder *b, const struct diag_json_story *s)
{
    const size_t errors = diags_count(s->diags, DIAG_ERROR), warnings = diags_count(s->diags, DIAG_WARNING);
    json_builder_begin_object(b);
    put_text(b, "story", s->path);
    json_builder_set_member_name(b, "loaded");
    json_builder_add_boolean_value(b, s->loaded);
    if (s->loaded) {
        put_int(b, "nodes", s->n_nodes);
        put_int(b, "decisions", s->n_decisions);
        put_int(b, "endings", s->n_endings);
    }
    if (s->deep) {
        put_object(b, "deep");
        put_int(b, "pieces", s->pieces);
        put_int(b, "decoded", s->looked_at);
        put_int(b, "film_us", s->film_us);
        json_builder_end_object(b);
    }
    put_int(b, "errors", (int64_t)errors);
    put_int(b, "warnings", (int64_t)(warnings - errors));
    put_int(b, "notes", (int64_t)(diags_count(s->diags, DIAG_NOTE) - warnings));
    put_array(b, "diagnostics");
    for (size_t i = 0; i < diags_len(s->diags); i++)
        put_diag(b, diags_get(s->diags, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

void diag_json_report(const struct diag_json_story *stories, size_t n, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    put_int(b, "format", 1);
    put_array(b, "stories");
    for (size_t i = 0; i < n; i++)
        put_story(b, &stories[i]);
    json_builder_end_array(b);
    json_builder_end_object(b);
    put_document(b, true, out);
}

/* ---- SARIF ----------------------------------------------------------------------------------------------------- */

static int64_t rule_index(const struct diag_rule *rule)
{
    return rule - diag_rules();
}

static void put_message(JsonBuilder *b, const char *key, const char *text)
{
    put_object(b, key);
    put_text(b, "text", text);
    json_builder_end_object(b);
}

static void put_rules(JsonBuilder *b)
{
    put_array(b, "rules");
    for (const struct diag_rule *r = diag_rules(); r->code; r++) {
        json_builder_begin_object(b);
        put_text(b, "id", r->code);
        put_text(b, "name", r->name);
        put_message(b, "shortDescription", r->title);
        put_message(b, "fullDescription", r->text);
        put_object(b, "defaultConfiguration");
        put_text(b, "level", severities[r->severity]);
        json_builder_end_object(b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static char *uri_of(const char *file)
{
    if (g_path_is_absolute(file)) {
        char *uri = g_filename_to_uri(file, NULL, NULL);
        if (uri)
            return uri;
    }
    return g_uri_escape_string(file, "/", FALSE);
}

static void put_location(JsonBuilder *b, const struct diag *d)
{
    g_autofree char *uri = uri_of(d->file);
    put_array(b, "locations");
    json_builder_begin_object(b);
    put_object(b, "physicalLocation");
    put_object(b, "artifactLocation");
    put_text(b, "uri", uri);
    json_builder_end_object(b);
    if (d->line > 0) {
        put_object(b, "region");
        put_int(b, "startLine", d->line);
        put_int(b, "startColumn", MAX(d->col, 1));
        put_int(b, "endColumn", MAX(d->col, 1) + MAX(d->len, 1));
        json_builder_end_object(b);
    }
    json_builder_end_object(b);
    json_builder_end_object(b);
    json_builder_end_array(b);
}

static void put_result(JsonBuilder *b, const struct diag *d)
{
    g_autofree char *text = d->advice ? g_strdup_printf("%s\n%s", d->message, d->advice) : g_strdup(d->message);
    json_builder_begin_object(b);
    put_text(b, "ruleId", d->rule->code);
    put_int(b, "ruleIndex", rule_index(d->rule));
    put_text(b, "level", severities[d->rule->severity]);
    put_message(b, "message", text);
    put_location(b, d);
    json_builder_end_object(b);
}

static void put_tool(JsonBuilder *b)
{
    put_object(b, "tool");
    put_object(b, "driver");
    put_text(b, "name", "frumious");
    put_text(b, "version", FRUMIOUS_VERSION);
    put_rules(b);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

/* A log that holds less than there may be says so. */
static void put_partial(JsonBuilder *b)
{
    put_array(b, "invocations");
    json_builder_begin_object(b);
    json_builder_set_member_name(b, "executionSuccessful");
    json_builder_add_boolean_value(b, FALSE);
    put_array(b, "toolExecutionNotifications");
    json_builder_begin_object(b);
    put_text(b, "level", "warning");
    put_message(b, "message", "partial: it was interrupted");
    json_builder_end_object(b);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_array(b);
}

void diag_json_sarif(const struct diag_json_story *stories, size_t n, bool partial, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    put_text(b, "$schema", SARIF_SCHEMA);
    put_text(b, "version", "2.1.0");
    put_array(b, "runs");
    json_builder_begin_object(b);
    put_tool(b);
    if (partial)
        put_partial(b);
    put_text(b, "columnKind", "unicodeCodePoints");
    put_array(b, "results");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < diags_len(stories[i].diags); k++)
            put_result(b, diags_get(stories[i].diags, k));
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_array(b);
    json_builder_end_object(b);
    put_document(b, true, out);
}
