/* What `check` advises, as actions. */

#include "base/json.h"
#include "edit/asked.h"
#include "edit/lsp_place.h"
#include "edit/publish.h"
#include "edit/quick_fix.h"

#include <string.h>

static void add_action(JsonBuilder *b, const struct asked *a, const struct diag *d, const struct quick_fix *f,
                       struct lsp_places *places, guint file, bool likeliest)
{
    const struct names *names = a->d->film->names;
    const bool makes_file = lsp_makes_file(names, f->edits);
    if (makes_file && !a->creates_files)
        return;
    gsize from, to;
    lsp_places_bytes(places, file, d->line, d->col, d->len, &from, &to);
    json_builder_begin_object(b);
    json_put_text(b, "title", f->title);
    json_put_text(b, "kind", "quickfix");
    json_put_bool(b, "isPreferred", likeliest);
    json_put_array(b, "diagnostics");
    publish_add(b, lsp_places_map(places, file), from, to, d);
    json_builder_end_array(b);
    json_builder_set_member_name(b, "edit");
    json_builder_add_value(b, makes_file ? lsp_new_file_node(a->w, names, f->edits)
                                         : lsp_edit_node(a->w, names, f->edits));
    json_builder_end_object(b);
}

static void add_actions(JsonBuilder *b, const struct asked *a, guint file, guint32 first, guint32 last)
{
    const struct film *f = a->d->film;
    struct lsp_places *places = lsp_places_new(a->w, f->names);
    for (size_t i = 0; i < diags_len(f->check.diags); i++) {
        const struct diag *d = diags_get(f->check.diags, i);
        if (strcmp(d->file, a->d->path) != 0 || d->line == 0)
            continue;
        gsize from, to;
        lsp_places_bytes(places, file, d->line, d->col, d->len, &from, &to);
        const guint32 line = text_map_place(lsp_places_map(places, file), from).line;
        if (line < first || line > last)
            continue;
        g_autoptr(GPtrArray) fixes = quick_fixes(f->names, file, d);
        for (guint k = 0; k < fixes->len; k++)
            add_action(b, a, d, fixes->pdata[k], places, file, k == 0);
    }
    lsp_places_free(places);
}

JsonNode *answer_actions(struct asked *a)
{
    const struct film *f = a->d ? a->d->film : NULL;
    const int file = f && f->names ? names_file(f->names, a->d->path) : -1;
    struct text_place from, to;
    if (file < 0 || !f->check.diags || !lsp_get_range(json_get_object(a->params, "range"), &from, &to))
        return NULL;
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_array(b);
    add_actions(b, a, (guint)file, from.line, to.line);
    json_builder_end_array(b);
    return json_builder_get_root(b);
}
