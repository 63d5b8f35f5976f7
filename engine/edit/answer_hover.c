/* What a writer wants to know about the place under the pointer, with a picture of the clip where one is meant. */

#include "base/beneath.h"
#include "base/json.h"
#include "base/units.h"
#include "edit/asked.h"
#include "edit/completion.h"
#include "edit/hover.h"
#include "edit/lsp_place.h"
#include "story/diag_rules.h"
#include "story/read.h"

#include <string.h>

/* ---- the picture ------------------------------------------------------------------------------------------------- */

/* The node in which the place lies: the last one that is declared above it in its file. */
static const char *node_above(const struct document *d, guint32 line)
{
    const struct names *n = d->film->names;
    const int file = names_file(n, d->path);
    const char *node = NULL;
    for (guint i = 0; i < n->uses->len; i++) {
        const struct name_use *u = names_use(n, i);
        if (u->declares && u->kind == NAME_NODE && (int)u->file == file && u->line <= line + 1)
            node = u->is_route ? NULL : u->name;
    }
    return node;
}

/* A time that counts from the beginning of the clip, or of its file. */
static bool is_clip_time(const char *key)
{
    static const char *const keys[] = {"opens", "closes", "time", "at", "from", "to"};
    for (size_t i = 0; key && i < G_N_ELEMENTS(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* The text of the scalar around the place, without quotes. */
static char *word_at(const struct document *d, gsize offset)
{
    gsize len, from = offset, to = offset;
    const char *text = document_text(d, &len), *const stops = " \t\r\n,{}[]\"'";
    while (from > 0 && !strchr(stops, text[from - 1]))
        from--;
    while (to < len && !strchr(stops, text[to]))
        to++;
    return g_strndup(text + from, to - from);
}

static void want_still(struct asked *a, int32_t node, int64_t at_us, bool of_file)
{
    const struct story *s = a->d->film->story;
    const struct story_clip *c = &s->nodes[node].clip;
    const bool film = c->kind == STORY_FILM;
    if (!film && c->kind != STORY_STILL)
        return;
    a->still.path = beneath_path(s->dir, c->path);
    a->still.film = film;
    a->still.from_us = film && !of_file ? c->from_us : film ? US_NONE : 0;
    a->still.to_us = film && !of_file ? c->to_us : film ? US_NONE : 0;
    a->still.at_us = at_us;
}

/* The clip at a time that stands in the text, or a node's first second. */
static void find_still(struct asked *a, const char *key, const struct name_use *u, gsize offset)
{
    const struct story *s = a->d->film->story;
    g_autofree char *word = word_at(a->d, offset);
    int64_t at_us = 0;
    const bool timed = !u && is_clip_time(key) && read_time_text(word, &at_us);
    const char *name = u && u->kind == NAME_NODE ? u->name
                       : timed                   ? node_above(a->d, text_map_place(a->d->map, offset).line)
                                                 : NULL;
    const int32_t node = s && name ? story_find_node(s, name) : -1;
    if (node >= 0)
        want_still(a, node, timed ? at_us : US_PER_SECOND / 2,
                   timed && (strcmp(key, "from") == 0 || strcmp(key, "to") == 0));
}

/* ---- the text ---------------------------------------------------------------------------------------------------- */

/* What the rules say that are broken at the place. */
static void append_rules(const struct asked *a, gsize offset, GString *out)
{
    const struct diags *diags = a->d->film->check.diags;
    const struct names *n = a->d->film->names;
    const int file = n ? names_file(n, a->d->path) : -1;
    for (size_t i = 0; diags && file >= 0 && i < diags_len(diags); i++) {
        const struct diag *d = diags_get(diags, i);
        struct source_text *src = ((struct names_file *)n->files->pdata[file])->src;
        if (strcmp(d->file, a->d->path) != 0 || d->line == 0)
            continue;
        const gsize from = source_text_byte(src, d->line, d->col), to = source_text_byte(src, d->line, d->col + d->len);
        if (offset < from || offset > to)
            continue;
        g_string_append_printf(out, "%s**%s** ", out->len ? "\n\n---\n\n" : "", d->rule->code);
        hover_append(out, d->rule->title);
        g_string_append_printf(out, "\n\n```text\n%s\n```\n", d->rule->text);
    }
}

JsonNode *answer_hover_of(const char *markdown)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    if (!*markdown)
        return NULL;
    json_builder_begin_object(b);
    json_put_object(b, "contents");
    json_put_text(b, "kind", "markdown");
    json_put_text(b, "value", markdown);
    json_builder_end_object(b);
    json_builder_end_object(b);
    return json_builder_get_root(b);
}

JsonNode *answer_hover(struct asked *a)
{
    const struct film *f = a->d ? a->d->film : NULL;
    if (!f || !f->names)
        return NULL;
    gsize len;
    const char *text = document_text(a->d, &len);
    const gsize offset = asked_offset(a);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *key = NULL;
    const struct completion_source source = {.guides = workspace_guides(a->w),
                                             .names = f->names,
                                             .path = a->d->path,
                                             .main_file = strcmp(f->main_path, a->d->path) == 0};
    const struct name_use *u = lsp_name_at(a->d, offset);
    const char *means =
        film_is_translation(f, a->d->path) ? NULL : completion_key_text(&source, text, len, offset, &key);
    if (u)
        hover_name(&(struct hover_source){f->names, f->story, f->lengths}, u, out);
    else if (means)
        g_string_append_printf(out, "**%s**\n\n%s\n", key, means);
    append_rules(a, offset, out);
    find_still(a, key, u, offset);
    if (a->still.path) {
        a->later = g_string_free(g_steal_pointer(&out), FALSE);
        return NULL;
    }
    return answer_hover_of(out->str);
}
