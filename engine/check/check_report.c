#include "check/check_report.h"

#include "base/json.h"
#include "base/safe.h"
#include "base/sarif.h"
#include "base/units.h"

static const char *const severities[] = {
    [DIAG_NOTE] = "note",
    [DIAG_WARNING] = "warning",
    [DIAG_ERROR] = "error",
};
static const enum sarif_level sarif_levels[] = {
    [DIAG_NOTE] = SARIF_NOTE,
    [DIAG_WARNING] = SARIF_WARNING,
    [DIAG_ERROR] = SARIF_ERROR,
};

/* ---- text ------------------------------------------------------------------------------------------------------ */

static void append_count(GString *out, const char *before, size_t n, const char *noun)
{
    safe_printf(out, "%s%zu %s%s", before, n, noun, units_s((int64_t)n));
}

/* The words for people, and the names in JSON. */
static const struct {
    unsigned bit;
    const char *words, *name;
} left_out[] = {
    {STORY_LEFT_BROKEN_NODES, "clips and texts of the nodes with errors", "broken-nodes"},
    {STORY_LEFT_NAMES, "names, conditions and translations", "names"},
    {STORY_LEFT_WAYS, "dead ends", "ways"},
    {STORY_LEFT_UNUSED, "unused names", "unused"},
    {CHECK_LEFT_JOINS, "cuts from clip to clip", "joins"},
    {CHECK_LEFT_DECODING, "what --deep decodes", "decoding"},
};

static void append_left_out(GString *out, unsigned bits)
{
    if (bits)
        g_string_append(out, "not checked while there are errors:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(left_out); i++)
        if (bits & left_out[i].bit)
            safe_printf(out, "  %s\n", left_out[i].words);
}

static void append_counts(GString *out, const struct checked_story *s)
{
    const size_t errors = diags_count(s->diags, DIAG_ERROR);
    const size_t warnings = diags_count(s->diags, DIAG_WARNING) - errors;
    const size_t notes = diags_count(s->diags, DIAG_NOTE) - errors - warnings;
    safe_printf(out, "%s: ", s->path);
    if (s->loaded) {
        append_count(out, "", (size_t)s->n_nodes, "node");
        append_count(out, ", ", (size_t)s->n_decisions, "decision");
        append_count(out, ", ", (size_t)s->n_endings, "ending");
        g_string_append(out, "; ");
    }
    append_count(out, "", errors, "error");
    append_count(out, ", ", warnings, "warning");
    if (notes > 0)
        append_count(out, ", ", notes, "note");
    g_string_append_c(out, '\n');
    if (!s->loaded && s->exists)
        append_left_out(out, s->left_out);
}

void check_report_text(const struct checked_story *s, bool partial, bool colour, GString *out)
{
    diags_print(s->diags, out, colour);
    if (diags_len(s->diags) > 0)
        g_string_append_c(out, '\n');
    append_counts(out, s);
    if (partial)
        g_string_append(out, s->deep ? "partial: it was interrupted; " : "partial: it was interrupted\n");
    if (s->deep)
        safe_printf(out, "%u of %u piece%s of film and sound were decoded, %d s\n", s->decoded, s->ranges,
                    units_s(s->ranges), (int)(s->film_us / US_PER_SECOND));
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

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
        json_put_int(b, "pieces", s->ranges);
        json_put_int(b, "decoded", s->decoded);
        json_put_int(b, "film_us", s->film_us);
        json_builder_end_object(b);
    }
    json_put_int(b, "errors", (int64_t)errors);
    json_put_int(b, "warnings", (int64_t)(warnings - errors));
    json_put_int(b, "notes", (int64_t)(diags_count(s->diags, DIAG_NOTE) - warnings));
    if (!s->loaded) {
        json_put_array(b, "left_out");
        for (size_t i = 0; i < G_N_ELEMENTS(left_out); i++)
            if (s->left_out & left_out[i].bit)
                json_builder_add_string_value(b, left_out[i].name);
        json_builder_end_array(b);
    }
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

/* The rules in the table's order, so that a rule has the same index in the log. The caller frees the array. */
static struct sarif_rule *sarif_rules(size_t *n)
{
    GArray *rules = g_array_new(FALSE, FALSE, sizeof(struct sarif_rule));
    for (const struct diag_rule *r = diag_rules(); r->code; r++) {
        const struct sarif_rule rule = {r->code, r->name, r->title, r->text, sarif_levels[r->severity], NULL};
        g_array_append_val(rules, rule);
    }
    *n = rules->len;
    return (struct sarif_rule *)g_array_free(rules, FALSE);
}

static void add_result(struct sarif *sarif, const struct diag *d)
{
    g_autofree char *text = d->advice ? g_strdup_printf("%s\n%s", d->message, d->advice) : g_strdup(d->message);
    const struct sarif_result result = {.rule = (size_t)(d->rule - diag_rules()),
                                        .level = sarif_levels[d->rule->severity],
                                        .message = text,
                                        .file = d->file,
                                        .line = d->line,
                                        .col = d->col,
                                        .len = d->len};
    sarif_add(sarif, &result);
}

void check_report_sarif(const struct checked_story *stories, size_t n, bool partial, GString *out)
{
    struct sarif_log log = {.tool = "frumious", .version = FRUMIOUS_VERSION, .partial = partial};
    g_autofree struct sarif_rule *rules = sarif_rules(&log.n_rules);
    log.rules = rules;
    struct sarif *sarif = sarif_new(&log);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < diags_len(stories[i].diags); k++)
            add_result(sarif, diags_get(stories[i].diags, k));
    sarif_finish(sarif, out);
}
