/* What can be typed, as completion items. */

#include "base/json.h"
#include "edit/asked.h"
#include "edit/completion.h"
#include "edit/lsp_place.h"

#define ITEMS_MAX 500

/* LSP's CompletionItemKind. */
static const int kinds[] = {[COMPLETION_KEY] = 10,     [COMPLETION_NAME] = 18, [COMPLETION_WORD] = 12,
                            [COMPLETION_FUNCTION] = 3, [COMPLETION_FILE] = 17, [COMPLETION_SPEAKER] = 1};

static void add_item(JsonBuilder *b, const struct completion *c, guint rank, const struct text_map *m, gsize from,
                     gsize to)
{
    g_autofree char *order = g_strdup_printf("%05u", rank);
    json_builder_begin_object(b);
    json_put_text(b, "label", c->label);
    json_put_int(b, "kind", kinds[c->kind]);
    json_put_text(b, "sortText", order);
    if (c->detail)
        json_put_text(b, "detail", c->detail);
    if (c->text)
        json_put_text(b, "documentation", c->text);
    json_put_object(b, "textEdit");
    lsp_put_range(b, "range", m, from, to);
    json_put_text(b, "newText", c->insert);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

/* Of very many, an editor gets some of those that fit what was typed, and asks again when more is. */
static void put_items(JsonBuilder *b, const struct completions *found, const char *text, gsize offset,
                      const struct text_map *m)
{
    const bool many = found->items->len > ITEMS_MAX;
    guint n = 0;
    json_put_bool(b, "isIncomplete", many);
    json_put_array(b, "items");
    for (guint i = 0; i < found->items->len && n < ITEMS_MAX; i++) {
        const struct completion *c = found->items->pdata[i];
        if (!many || asked_fits(text + found->from, offset - found->from, c->label))
            add_item(b, c, n++, m, found->from, found->to);
    }
    json_builder_end_array(b);
}

/* Asked for only where a file belongs: a folder is not looked through for each key that is pressed. */
static const GPtrArray *list_files(void *user)
{
    const struct asked *a = user;
    return workspace_files(a->w, a->d->film);
}

JsonNode *answer_completion(struct asked *a)
{
    gsize len;
    if (!a->d || !a->d->film)
        return NULL;
    const char *text = document_text(a->d, &len);
    const struct film *f = a->d->film;
    const gsize offset = asked_offset(a);
    if (film_is_translation(f, a->d->path) && !f->story)
        return NULL;
    const struct completion_source source = {.guides = workspace_guides(a->w),
                                             .names = f->names,
                                             .path = a->d->path,
                                             .main_file = g_strcmp0(f->main_path, a->d->path) == 0,
                                             .texts = film_is_translation(f, a->d->path) ? f->story : NULL,
                                             .list_files = list_files,
                                             .user = a};
    struct completions *found = completions_at(&source, text, len, offset);
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    put_items(b, found, text, offset, a->d->map);
    json_builder_end_object(b);
    completions_free(found);
    return json_builder_get_root(b);
}
