#include "check/check_report.h"
#include "base/json.h"

#include <gio/gio.h>
#include <string.h>

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

static const char *const severities[] = {"note", "warning", "error"}; /* SARIF's words, too */

/* ---- our own --------------------------------------------------------------------------------------------------- */

static void put_diag(JsonBuilder *b, const struct diag *d)
{
    json_builder_begin_object(b);
    json_put_text(b, "code", d->rule->code);
    json_put_text(b, "name", d->rule->name);
    json_put_text(b, "severity", severities[d->rule->severity]);
    json_put_text(b, "message", d->message);
    json_put_text(b, "advice", d->advice);
    json_put_text(b, "file", d->file);
    json_put_int(b, "line", d->line);
    json_put_int(b, "column", d->col);
    json_put_int(b, "length", d->len);
    json_put_text(b, "source", d->source);
    json_builder_end_object(b);
}

static void put_story(JsonBuilder *b, const struct checked_story *s)
{
    const size_t errors = diags_count(s->diags, DIAG_ERROR), warnings = diags_count(s->diags, DIAG_WARNING);
    json_builder_begin_object(b);
    json_put_text(b, "story", s->path);
    json_builder_set_member_name(b, "loaded");
    json_builder_add_boolean_value(b, s->loaded);
    if (s->loaded) {
        json_put_int(b, "nodes", s->n_nodes);
        json_put_int(b, "decisions", s->n_decisions);
        json_put_int(b, "endings", s->n_endings);
    }
    if (s->deep) {
        json_put_object(b, "deep");
        json_put_int(b, "pieces", s->pieces);
        json_put_int(b, "decoded", s->looked_at);
        json_put_int(b, "film_us", s->film_us);
        json_builder_end_object(b);
    }
    json_put_int(b, "errors", (int64_t)errors);
    json_put_int(b, "warnings", (int64_t)(warnings - errors));
    json_put_int(b, "notes", (int64_t)(diags_count(s->diags, DIAG_NOTE) - warnings));
    json_put_array(b, "diagnostics");
    for (size_t i = 0; i < diags_len(s->diags); i++)
        put_diag(b, diags_get(s->diags, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
}

void check_report_json(const struct checked_story *stories, size_t n, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_int(b, "format", 1);
    json_put_array(b, "stories");
    for (size_t i = 0; i < n; i++)
        put_story(b, &stories[i]);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}

/* ---- SARIF ----------------------------------------------------------------------------------------------------- */

static int64_t rule_index(const struct diag_rule *rule)
{
    return rule - diag_rules();
}

static void put_message(JsonBuilder *b, const char *key, const char *text)
{
    json_put_object(b, key);
    json_put_text(b, "text", text);
    json_builder_end_object(b);
}

static void put_rules(JsonBuilder *b)
{
    json_put_array(b, "rules");
    for (const struct diag_rule *r = diag_rules(); r->code; r++) {
        json_builder_begin_object(b);
        json_put_text(b, "id", r->code);
        json_put_text(b, "name", r->name);
        put_message(b, "shortDescription", r->title);
        put_message(b, "fullDescription", r->text);
        json_put_object(b, "defaultConfiguration");
        json_put_text(b, "level", severities[r->severity]);
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
    json_put_array(b, "locations");
    json_builder_begin_object(b);
    json_put_object(b, "physicalLocation");
    json_put_object(b, "artifactLocation");
    json_put_text(b, "uri", uri);
    json_builder_end_object(b);
    if (d->line > 0) {
        json_put_object(b, "region");
        json_put_int(b, "startLine", d->line);
        json_put_int(b, "startColumn", MAX(d->col, 1));
        json_put_int(b, "endColumn", MAX(d->col, 1) + MAX(d->len, 1));
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
    json_put_text(b, "ruleId", d->rule->code);
    json_put_int(b, "ruleIndex", rule_index(d->rule));
    json_put_text(b, "level", severities[d->rule->severity]);
    put_message(b, "message", text);
    put_location(b, d);
    json_builder_end_object(b);
}

static void put_tool(JsonBuilder *b)
{
    json_put_object(b, "tool");
    json_put_object(b, "driver");
    json_put_text(b, "name", "frumious");
    json_put_text(b, "version", FRUMIOUS_VERSION);
    put_rules(b);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

/* A log that holds less than there may be says so. */
static void put_partial(JsonBuilder *b)
{
    json_put_array(b, "invocations");
    json_builder_begin_object(b);
    json_builder_set_member_name(b, "executionSuccessful");
    json_builder_add_boolean_value(b, FALSE);
    json_put_array(b, "toolExecutionNotifications");
    json_builder_begin_object(b);
    json_put_text(b, "level", "warning");
    put_message(b, "message", "partial: it was interrupted");
    json_builder_end_object(b);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_array(b);
}

void check_report_sarif(const struct checked_story *stories, size_t n, bool partial, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "$schema", SARIF_SCHEMA);
    json_put_text(b, "version", "2.1.0");
    json_put_array(b, "runs");
    json_builder_begin_object(b);
    put_tool(b);
    if (partial)
        put_partial(b);
    json_put_text(b, "columnKind", "unicodeCodePoints");
    json_put_array(b, "results");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < diags_len(stories[i].diags); k++)
            put_result(b, diags_get(stories[i].diags, k));
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}
