#include "edit/publish.h"

#include "base/json.h"
#include "edit/lsp_place.h"
#include "edit/rpc.h"

#include <string.h>

/* LSP's DiagnosticSeverity. */
static const int severities[] = {[DIAG_ERROR] = 1, [DIAG_WARNING] = 2, [DIAG_NOTE] = 3};

/* One file while its diagnostics are told. */
struct told_file {
    struct source_text *src; /* NULL: it can't be read */
    struct text_map *map;    /* then of an empty text */
};

static void told_file_clear(struct told_file *t)
{
    source_text_close(t->src);
    text_map_free(t->map);
}

/* As the editor has it, else as the disk has it. */
static struct told_file told_file_of(const struct workspace *w, const char *path)
{
    const struct document *d = workspace_document_at(w, path);
    struct told_file t = {NULL, NULL};
    const char *why;
    gsize len = 0;
    const char *text = d ? document_text(d, &len) : NULL;
    if (text)
        t.src = source_text_of(text, len, path);
    else if (source_text_open(&t.src, path, path, &why) != SOURCE_TEXT_OK)
        t.src = NULL;
    if (t.src && !g_utf8_validate(t.src->bytes, -1, NULL)) {
        source_text_close(t.src);
        t.src = NULL;
    }
    const char *bytes = t.src ? t.src->bytes : "";
    t.map = text_map_new(bytes, strlen(bytes));
    return t;
}

void publish_add(JsonBuilder *b, const struct text_map *m, gsize from, gsize to, const struct diag *d)
{
    g_autofree char *text = d->advice ? g_strdup_printf("%s\nhelp: %s", d->message, d->advice) : g_strdup(d->message);
    json_builder_begin_object(b);
    lsp_put_range(b, "range", m, from, to);
    json_put_int(b, "severity", severities[d->rule->severity]);
    json_put_text(b, "code", d->rule->code);
    json_put_text(b, "source", "frumious");
    json_put_text(b, "message", text);
    json_builder_end_object(b);
}

static void add_diagnostic(JsonBuilder *b, const struct told_file *t, const struct diag *d)
{
    gsize from = 0, to = 0;
    if (t->src && d->line > 0) {
        from = source_text_byte(t->src, d->line, d->col);
        to = source_text_byte(t->src, d->line, d->col + d->len);
    }
    publish_add(b, t->map, from, to, d);
}

/* Those of the file, from the i-th on; diagnostics are sorted by file. i moves behind them. */
static void add_diagnostics(JsonBuilder *b, const struct workspace *w, const struct diags *diags, size_t *i,
                            const char *path)
{
    struct told_file t = told_file_of(w, path);
    const char *file = diags_get(diags, *i)->file;
    for (; *i < diags_len(diags) && strcmp(diags_get(diags, *i)->file, file) == 0; ++*i)
        add_diagnostic(b, &t, diags_get(diags, *i));
    told_file_clear(&t);
}

/* `diags` NULL: there are none of the file any more. */
static bool publish_file(const struct workspace *w, const struct diags *diags, size_t *i, const char *path)
{
    g_autofree char *uri = lsp_uri_of(w, path);
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "uri", uri);
    json_put_array(b, "diagnostics");
    if (diags)
        add_diagnostics(b, w, diags, i, path);
    json_builder_end_array(b);
    json_builder_end_object(b);
    return !uri || rpc_notify("textDocument/publishDiagnostics", json_builder_get_root(b));
}

bool publish_diagnostics(const struct workspace *w, struct film *f)
{
    const struct diags *diags = f->check.diags;
    GHashTable *before = f->told;
    bool sent = true;
    workspace_add_open(w, f, before);
    f->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; sent && diags && i < diags_len(diags);) {
        char *path = g_canonicalize_filename(diags_get(diags, i)->file, NULL);
        sent = publish_file(w, diags, &i, path);
        g_hash_table_remove(before, path);
        g_hash_table_add(f->told, path);
    }
    GHashTableIter it;
    gpointer path;
    g_hash_table_iter_init(&it, before);
    while (sent && g_hash_table_iter_next(&it, &path, NULL))
        sent = publish_file(w, NULL, NULL, path);
    g_hash_table_unref(before);
    return sent;
}
