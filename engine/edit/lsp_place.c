#include "edit/lsp_place.h"

#include "base/json.h"
#include "edit/text_edits.h"

#include <string.h>

struct lsp_places {
    const struct workspace *w;
    const struct names *n;
    GPtrArray *uris, *maps; /* of each file, or NULL */
};

static void put_place(JsonBuilder *b, const char *key, struct text_place p)
{
    json_put_object(b, key);
    json_put_int(b, "line", p.line);
    json_put_int(b, "character", p.unit);
    json_builder_end_object(b);
}

void lsp_put_range(JsonBuilder *b, const char *key, const struct text_map *m, gsize from, gsize to)
{
    json_put_object(b, key);
    put_place(b, "start", text_map_place(m, from));
    put_place(b, "end", text_map_place(m, to));
    json_builder_end_object(b);
}

bool lsp_get_place(JsonObject *place, struct text_place *out)
{
    const gint64 line = json_get_int(place, "line", -1), unit = json_get_int(place, "character", -1);
    *out = (struct text_place){(guint32)CLAMP(line, 0, G_MAXINT32), (guint32)CLAMP(unit, 0, G_MAXINT32)};
    return line >= 0 && unit >= 0;
}

bool lsp_get_range(JsonObject *range, struct text_place *from, struct text_place *to)
{
    return lsp_get_place(json_get_object(range, "start"), from) && lsp_get_place(json_get_object(range, "end"), to);
}

struct lsp_places *lsp_places_new(const struct workspace *w, const struct names *n)
{
    struct lsp_places *p = g_new0(struct lsp_places, 1);
    p->w = w;
    p->n = n;
    p->uris = g_ptr_array_new_with_free_func(g_free);
    p->maps = g_ptr_array_new_with_free_func((GDestroyNotify)text_map_free);
    g_ptr_array_set_size(p->uris, (gint)n->files->len);
    g_ptr_array_set_size(p->maps, (gint)n->files->len);
    return p;
}

void lsp_places_free(struct lsp_places *p)
{
    if (!p)
        return;
    g_ptr_array_unref(p->uris);
    g_ptr_array_unref(p->maps);
    g_free(p);
}

char *lsp_uri_of(const struct workspace *w, const char *path)
{
    const struct document *d = workspace_document_at(w, path);
    return d ? g_strdup(d->uri) : g_filename_to_uri(path, NULL, NULL);
}

static const struct names_file *file_of(const struct lsp_places *p, guint file)
{
    return p->n->files->pdata[file];
}

const char *lsp_places_uri(struct lsp_places *p, guint file)
{
    if (!p->uris->pdata[file])
        p->uris->pdata[file] = lsp_uri_of(p->w, file_of(p, file)->path);
    return p->uris->pdata[file];
}

/* A byte order mark counts for the editor. */
static gsize mark_len(const struct source_text *src)
{
    return (gsize)(src->text - src->bytes);
}

const struct text_map *lsp_places_map(struct lsp_places *p, guint file)
{
    const struct source_text *src = file_of(p, file)->src;
    if (!p->maps->pdata[file])
        p->maps->pdata[file] = text_map_new(src->bytes, src->len + mark_len(src));
    return p->maps->pdata[file];
}

void lsp_places_bytes(struct lsp_places *p, guint file, uint32_t line, uint32_t col, uint32_t chars, gsize *from,
                      gsize *to)
{
    struct source_text *src = file_of(p, file)->src;
    *from = source_text_byte(src, line, col);
    *to = source_text_byte(src, line, col + chars);
}

void lsp_places_use(struct lsp_places *p, const struct name_use *u, gsize *from, gsize *to)
{
    lsp_places_bytes(p, u->file, u->line, u->col, u->len, from, to);
}

void lsp_add_location(JsonBuilder *b, struct lsp_places *p, const struct name_use *u)
{
    gsize from, to;
    lsp_places_use(p, u, &from, &to);
    json_builder_begin_object(b);
    json_put_text(b, "uri", lsp_places_uri(p, u->file));
    lsp_put_range(b, "range", lsp_places_map(p, u->file), from, to);
    json_builder_end_object(b);
}

const struct name_use *lsp_name_at(const struct document *d, gsize offset)
{
    const struct names *n = d->film ? d->film->names : NULL;
    const int file = n ? names_file(n, d->path) : -1;
    uint32_t line, col;
    if (file < 0)
        return NULL;
    struct source_text *src = ((struct names_file *)n->files->pdata[file])->src;
    offset -= MIN(offset, mark_len(src));
    source_text_locate(src, MIN(offset, src->len), &line, &col);
    return names_at(n, (guint)file, line, col);
}

/* Those of one file, as its member; it need not have any. */
static void put_edits(JsonBuilder *b, struct lsp_places *p, guint file, const GPtrArray *edits)
{
    bool any = false;
    for (guint i = 0; i < edits->len; i++) {
        const struct text_edit *e = edits->pdata[i];
        if (strcmp(e->path, file_of(p, file)->path) != 0)
            continue;
        if (!any)
            json_put_array(b, lsp_places_uri(p, file));
        any = true;
        json_builder_begin_object(b);
        lsp_put_range(b, "range", lsp_places_map(p, file), e->from, e->to);
        json_put_text(b, "newText", e->text);
        json_builder_end_object(b);
    }
    if (any)
        json_builder_end_array(b);
}

/* A file that is not there yet, with its text. */
static void add_new_file(JsonBuilder *b, const struct workspace *w, const struct text_edit *e)
{
    g_autofree char *uri = lsp_uri_of(w, e->path);
    json_builder_begin_object(b);
    json_put_text(b, "kind", "create");
    json_put_text(b, "uri", uri);
    json_put_object(b, "options");
    json_put_bool(b, "ignoreIfExists", true);
    json_builder_end_object(b);
    json_builder_end_object(b);
    json_builder_begin_object(b);
    json_put_object(b, "textDocument");
    json_put_text(b, "uri", uri);
    json_builder_set_member_name(b, "version");
    json_builder_add_null_value(b);
    json_builder_end_object(b);
    json_put_array(b, "edits");
    json_builder_begin_object(b);
    json_put_object(b, "range");
    put_place(b, "start", (struct text_place){0, 0});
    put_place(b, "end", (struct text_place){0, 0});
    json_builder_end_object(b);
    json_put_text(b, "newText", e->text);
    json_builder_end_object(b);
    json_builder_end_array(b);
    json_builder_end_object(b);
}

bool lsp_makes_file(const struct names *n, const GPtrArray *edits)
{
    for (guint i = 0; i < edits->len; i++)
        if (names_file(n, ((struct text_edit *)edits->pdata[i])->path) < 0)
            return true;
    return false;
}

JsonNode *lsp_new_file_node(const struct workspace *w, const struct names *n, const GPtrArray *edits)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_array(b, "documentChanges");
    for (guint i = 0; i < edits->len; i++)
        if (names_file(n, ((struct text_edit *)edits->pdata[i])->path) < 0)
            add_new_file(b, w, edits->pdata[i]);
    json_builder_end_array(b);
    json_builder_end_object(b);
    return json_builder_get_root(b);
}

JsonNode *lsp_edit_node(const struct workspace *w, const struct names *n, const GPtrArray *edits)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    struct lsp_places *p = lsp_places_new(w, n);
    json_builder_begin_object(b);
    json_put_object(b, "changes");
    for (guint i = 0; i < n->files->len; i++)
        put_edits(b, p, i, edits);
    json_builder_end_object(b);
    json_builder_end_object(b);
    lsp_places_free(p);
    return json_builder_get_root(b);
}
