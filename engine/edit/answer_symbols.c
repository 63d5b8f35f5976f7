/* The outline of a file, names of all stories, and what can be folded or followed in a file. */

#include "base/json.h"
#include "edit/asked.h"
#include "edit/lsp_place.h"

#include <string.h>

#define SYMBOLS_MAX 500 /* of a search */

/* LSP's SymbolKind; 0: none of an outline. */
static const int kinds[NAME_KINDS] = {
    [NAME_NODE] = 5,   [NAME_ENDING] = 24, [NAME_DECISION] = 10, [NAME_OPTION] = 22, [NAME_VARIABLE] = 13,
    [NAME_MEDIUM] = 1, [NAME_CUES] = 18,   [NAME_ACT] = 3,       [NAME_TRAIT] = 7,   [NAME_PROP] = 7};

static int kind_of(const struct name_use *u)
{
    return u->is_route ? 12 : kinds[u->kind];
}

/* ---- the outline ------------------------------------------------------------------------------------------------- */

struct outline {
    JsonBuilder *b;
    struct lsp_places *places;
    const struct names *n;
    guint file;
};

static void begin_symbol(struct outline *o, const struct name_use *u, uint32_t end_line)
{
    gsize from, to, end, unused;
    lsp_places_use(o->places, u, &from, &to);
    lsp_places_bytes(o->places, u->file, end_line, G_MAXINT32, 0, &end, &unused);
    json_builder_begin_object(o->b);
    json_put_text(o->b, "name", u->name);
    if (u->title)
        json_put_text(o->b, "detail", u->title);
    json_put_int(o->b, "kind", kind_of(u));
    lsp_put_range(o->b, "range", lsp_places_map(o->places, u->file), from, MAX(to, end));
    lsp_put_range(o->b, "selectionRange", lsp_places_map(o->places, u->file), from, to);
    json_put_array(o->b, "children");
}

static void end_symbol(struct outline *o)
{
    json_builder_end_array(o->b);
    json_builder_end_object(o->b);
}

/* Is it a part of the other: an option of a decision, what a node holds? */
static bool is_within(const struct name_use *u, const struct name_use *outer)
{
    return u->kind != NAME_NODE && u->line >= outer->line && u->line <= outer->end_line &&
           (outer->kind == NAME_NODE ? g_strcmp0(u->node, outer->name) == 0
                                     : outer->kind == NAME_DECISION && g_strcmp0(u->owner, outer->name) == 0);
}

static bool is_shown(const struct outline *o, const struct name_use *u)
{
    return u->file == o->file && u->declares && kind_of(u) != 0;
}

/* The symbols from the i-th use on that are within `outer` (NULL: all of the file); where the next one is. */
static guint put_symbols(struct outline *o, guint i, const struct name_use *outer)
{
    while (i < o->n->uses->len) {
        const struct name_use *u = names_use(o->n, i);
        if (!is_shown(o, u)) {
            i++;
            continue;
        }
        if (outer && !is_within(u, outer))
            break;
        begin_symbol(o, u, u->end_line);
        i = put_symbols(o, i + 1, u);
        end_symbol(o);
    }
    return i;
}

/* Nodes of one act, one behind the other, make a group with its name. */
static void put_file(struct outline *o)
{
    const char *act = NULL;
    for (guint i = 0; i < o->n->uses->len;) {
        const struct name_use *u = names_use(o->n, i);
        if (!is_shown(o, u)) {
            i++;
            continue;
        }
        const char *own = u->kind == NAME_NODE && !u->is_route ? u->act : NULL;
        if (act && g_strcmp0(act, own) != 0)
            end_symbol(o);
        if (own && g_strcmp0(act, own) != 0) {
            uint32_t end = u->end_line;
            for (guint k = i; k < o->n->uses->len; k++) {
                const struct name_use *v = names_use(o->n, k);
                if (!is_shown(o, v) || v->kind != NAME_NODE)
                    continue;
                if (g_strcmp0(v->act, own) != 0)
                    break;
                end = v->end_line;
            }
            struct name_use group = *u;
            group.kind = NAME_ACT;
            group.name = own;
            const struct name_use *d = names_declaration(o->n, NAME_ACT, NULL, own);
            group.title = d ? d->title : NULL;
            begin_symbol(o, &group, end);
        }
        act = own;
        begin_symbol(o, u, u->end_line);
        i = put_symbols(o, i + 1, u);
        end_symbol(o);
    }
    if (act)
        end_symbol(o);
}

static bool begin_outline(struct asked *a, struct outline *o)
{
    o->n = a->d && a->d->film ? a->d->film->names : NULL;
    const int file = o->n ? names_file(o->n, a->d->path) : -1;
    if (file < 0)
        return false;
    o->file = (guint)file;
    o->b = json_builder_new();
    o->places = lsp_places_new(a->w, o->n);
    json_builder_begin_array(o->b);
    return true;
}

static JsonNode *end_outline(struct outline *o)
{
    json_builder_end_array(o->b);
    JsonNode *root = json_builder_get_root(o->b);
    g_object_unref(o->b);
    lsp_places_free(o->places);
    return root;
}

JsonNode *answer_outline(struct asked *a)
{
    struct outline o;
    if (!begin_outline(a, &o))
        return NULL;
    put_file(&o);
    return end_outline(&o);
}

/* ---- other lists of places --------------------------------------------------------------------------------------- */

JsonNode *answer_folding(struct asked *a)
{
    struct outline o;
    if (!begin_outline(a, &o))
        return NULL;
    for (guint i = 0; i < o.n->uses->len; i++) {
        const struct name_use *u = names_use(o.n, i);
        if (!is_shown(&o, u) || u->end_line == u->line)
            continue;
        json_builder_begin_object(o.b);
        json_put_int(o.b, "startLine", u->line - 1);
        json_put_int(o.b, "endLine", u->end_line - 1);
        json_builder_end_object(o.b);
    }
    return end_outline(&o);
}

JsonNode *answer_links(struct asked *a)
{
    struct outline o;
    if (!begin_outline(a, &o))
        return NULL;
    g_autofree char *folder = g_path_get_dirname(a->d->film->main_path), *prefix = g_strconcat(folder, "/", NULL);
    for (guint i = 0; i < o.n->paths->len; i++) {
        const struct name_path *p = &g_array_index(o.n->paths, struct name_path, i);
        gsize from, to;
        if (p->file != o.file || p->len == 0)
            continue;
        g_autofree char *path = g_canonicalize_filename(p->path, folder);
        if (!g_str_has_prefix(path, prefix) || !g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        g_autofree char *uri = lsp_uri_of(a->w, path);
        lsp_places_bytes(o.places, p->file, p->line, p->col, p->len, &from, &to);
        json_builder_begin_object(o.b);
        lsp_put_range(o.b, "range", lsp_places_map(o.places, p->file), from, to);
        json_put_text(o.b, "target", uri);
        json_builder_end_object(o.b);
    }
    return end_outline(&o);
}

/* ---- a search ---------------------------------------------------------------------------------------------------- */

static void search_film(struct asked *a, const struct film *f, const char *query, guint *n, JsonBuilder *b)
{
    struct lsp_places *places = lsp_places_new(a->w, f->names);
    const gsize len = strlen(query);
    for (guint i = 0; i < f->names->uses->len && *n < SYMBOLS_MAX; i++) {
        const struct name_use *u = names_use(f->names, i);
        gsize from, to;
        if (!u->declares || kind_of(u) == 0 ||
            !(asked_fits(query, len, u->name) || (u->title && asked_fits(query, len, u->title))))
            continue;
        ++*n;
        json_builder_begin_object(b);
        json_put_text(b, "name", u->name);
        json_put_int(b, "kind", kind_of(u));
        if (u->title || u->owner)
            json_put_text(b, "containerName", u->owner ? u->owner : u->title);
        lsp_places_use(places, u, &from, &to);
        json_put_object(b, "location");
        json_put_text(b, "uri", lsp_places_uri(places, u->file));
        lsp_put_range(b, "range", lsp_places_map(places, u->file), from, to);
        json_builder_end_object(b);
        json_builder_end_object(b);
    }
    lsp_places_free(places);
}

JsonNode *answer_search(struct asked *a)
{
    const char *query = json_get_text(a->params, "query");
    const GPtrArray *films = workspace_films(a->w);
    g_autoptr(JsonBuilder) b = json_builder_new();
    guint n = 0;
    json_builder_begin_array(b);
    for (guint i = 0; i < films->len; i++)
        if (((struct film *)films->pdata[i])->names)
            search_film(a, films->pdata[i], query ? query : "", &n, b);
    json_builder_end_array(b);
    return json_builder_get_root(b);
}
