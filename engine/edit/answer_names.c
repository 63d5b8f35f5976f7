/* Where names are declared and used, and what changes when one gets another name. */

#include "base/json.h"
#include "edit/asked.h"
#include "edit/lsp_place.h"
#include "edit/renaming.h"

static const struct name_use *name_asked_for(const struct asked *a)
{
    return a->d ? lsp_name_at(a->d, asked_offset(a)) : NULL;
}

/* An array of locations: all uses of the name, or only where it is declared. */
static JsonNode *locations(struct asked *a, bool uses, bool declarations)
{
    const struct name_use *at = name_asked_for(a);
    if (!at)
        return NULL;
    const struct names *n = a->d->film->names;
    const GArray *all = names_of(n, at->kind, at->owner, at->name);
    g_autoptr(JsonBuilder) b = json_builder_new();
    struct lsp_places *places = lsp_places_new(a->w, n);
    json_builder_begin_array(b);
    for (guint i = 0; all && i < all->len; i++) {
        const struct name_use *u = names_use(n, g_array_index(all, guint, i));
        if (u->declares ? declarations : uses)
            lsp_add_location(b, places, u);
    }
    json_builder_end_array(b);
    lsp_places_free(places);
    return json_builder_get_root(b);
}

JsonNode *answer_definition(struct asked *a)
{
    return locations(a, false, true);
}

JsonNode *answer_references(struct asked *a)
{
    JsonObject *context = json_get_object(a->params, "context");
    JsonNode *n = context ? json_object_get_member(context, "includeDeclaration") : NULL;
    const bool declarations = !n || !JSON_NODE_HOLDS_VALUE(n) || json_node_get_boolean(n);
    return locations(a, true, declarations);
}

JsonNode *answer_prepare_rename(struct asked *a)
{
    const struct name_use *at = name_asked_for(a);
    if (!at || !renaming_possible(at) || !at->exact)
        return NULL;
    g_autoptr(JsonBuilder) b = json_builder_new();
    struct lsp_places *places = lsp_places_new(a->w, a->d->film->names);
    gsize from, to;
    lsp_places_use(places, at, &from, &to);
    json_builder_begin_object(b);
    lsp_put_range(b, "range", lsp_places_map(places, at->file), from, to);
    json_put_text(b, "placeholder", at->name);
    json_builder_end_object(b);
    lsp_places_free(places);
    return json_builder_get_root(b);
}

JsonNode *answer_rename(struct asked *a)
{
    const struct name_use *at = name_asked_for(a);
    const char *new_name = json_get_text(a->params, "newName");
    char *why = NULL;
    if (!at || !renaming_possible(at) || !new_name)
        return asked_refuse(a, g_strdup("here is no name that can be changed"));
    g_autoptr(GPtrArray) edits = renaming_edits(a->d->film->names, at, new_name, &why);
    return edits ? lsp_edit_node(a->w, a->d->film->names, edits) : asked_refuse(a, why);
}
