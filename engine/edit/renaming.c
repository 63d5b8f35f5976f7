#include "edit/renaming.h"

#include "base/safe.h"
#include "edit/text_edits.h"
#include "story/limits.h"
#include "story/read.h"

#include <string.h>

static const struct names_file *file_of(const struct names *n, guint file)
{
    return n->files->pdata[file];
}

static gsize offset_of(const struct names *n, guint file, uint32_t line, uint32_t col)
{
    return source_text_byte(file_of(n, file)->src, line, col);
}

bool renaming_possible(const struct name_use *u)
{
    return u->kind != NAME_NONE && u->kind != NAME_LANGUAGE;
}

/* Variables, and values of enums, stand in expressions. */
static bool is_strict(enum name_kind kind)
{
    return kind == NAME_VARIABLE || kind == NAME_VALUE;
}

/* ---- the earlier name -------------------------------------------------------------------------------------------- */

/* A text for use between braces. */
static char *quoted_for_flow(const char *text)
{
    GString *out = g_string_new(NULL);
    if (strpbrk(text, ",[]{}#&*!|>'\"%@`:\n"))
        safe_yaml(out, text);
    else
        g_string_append(out, text);
    return g_string_free(out, FALSE);
}

/* `yes: Text` becomes `yes: {text: Text, was: old}`; `met: bool` becomes `met: {type: bool, was: old}`. */
static void widen_scalar(const struct names *n, const struct name_use *d, const char *old, GPtrArray *edits)
{
    const struct names_file *f = file_of(n, d->file);
    const gsize from = offset_of(n, d->file, d->body.line, d->body.col),
                to = offset_of(n, d->file, d->body.line, d->body.col + d->body.len);
    g_autofree char *text = g_strndup(f->src->bytes + from, to - from);
    const bool quoted = text[0] == '"' || text[0] == '\'';
    g_autofree char *value = quoted ? g_strdup(text) : quoted_for_flow(text);
    if (d->body.len > 0)
        text_edits_add(edits, f->path, from, to,
                       g_strdup_printf("{%s: %s, was: %s}", d->kind == NAME_VARIABLE ? "type" : "text", value, old));
}

/* A `was` among the other keys. */
static void add_former(const struct names *n, const struct name_use *d, const char *old, GPtrArray *edits)
{
    const struct names_file *f = file_of(n, d->file);
    const gsize at = offset_of(n, d->file, d->body.line, d->body.col);
    switch (d->body.form) {
    case BODY_SCALAR:
        widen_scalar(n, d, old, edits);
        break;
    case BODY_FLOW:
        text_edits_add(edits, f->path, at + 1, at + 1, g_strdup_printf("was: %s, ", old));
        break;
    case BODY_BLOCK:
        text_edits_add(edits, f->path, at, at, g_strdup_printf("was: %s\n%*s", old, (int)d->body.col - 1, ""));
        break;
    case BODY_ITEM:
        text_edits_add(edits, f->path, at, at, g_strdup("{"));
        text_edits_add(edits, f->path, at + d->body.len, at + d->body.len, g_strdup_printf(": {was: %s}}", old));
        break;
    case BODY_NONE:
        break;
    }
}

/* The earlier names get one more; a name that comes back leaves them. */
static void extend_former(const struct names *n, const struct name_use *d, const char *old, const char *new_name,
                          GPtrArray *edits)
{
    const struct names_file *f = file_of(n, d->file);
    const struct name_former *last = NULL;
    for (guint i = 0; i < d->body.formers; i++) {
        last = &g_array_index(n->formers, struct name_former, d->body.first_former + i);
        const gsize from = offset_of(n, d->file, last->line, last->col),
                    to = offset_of(n, d->file, last->line, last->col + last->len);
        if (strcmp(last->name, new_name) == 0) {
            text_edits_add(edits, f->path, from, to, g_strdup(old));
            return;
        }
    }
    const gsize from = offset_of(n, d->file, last->line, last->col),
                to = offset_of(n, d->file, last->line, last->col + last->len);
    g_autofree char *text = g_strndup(f->src->bytes + from, to - from);
    const char *before = from >= 2 ? f->src->bytes + from - 2 : "";
    if (d->body.former_list)
        text_edits_add(edits, f->path, to, to, g_strdup_printf(", %s", old));
    else if (strncmp(before, "- ", 2) == 0)
        text_edits_add(edits, f->path, to, to, g_strdup_printf("\n%*s- %s", (int)last->col - 3, "", old));
    else
        text_edits_add(edits, f->path, from, to, g_strdup_printf("[%s, %s]", text, old));
}

/* ---- all places -------------------------------------------------------------------------------------------------- */

GPtrArray *renaming_everywhere(const struct names *n, const struct name_use *u, const char *new_name)
{
    const GArray *all = names_of(n, u->kind, u->owner, u->name);
    GPtrArray *edits = text_edits_new();
    for (guint i = 0; all && i < all->len; i++) {
        const struct name_use *use = names_use(n, g_array_index(all, guint, i));
        if (use->exact)
            text_edits_add(edits, file_of(n, use->file)->path, offset_of(n, use->file, use->line, use->col),
                           offset_of(n, use->file, use->line, use->col + use->len), g_strdup(new_name));
    }
    return edits;
}

/* Why not, or NULL. */
static char *objection(const struct names *n, const struct name_use *u, const char *new_name)
{
    const struct name_use *taken = names_declaration(n, u->kind, u->owner, new_name);
    const GArray *all = names_of(n, u->kind, u->owner, u->name);
    if (strlen(new_name) > STORY_NAME_BYTES_MAX || !read_is_name(new_name, is_strict(u->kind)))
        return g_strdup(is_strict(u->kind) ? "a name in expressions consists of letters, digits and _, no digit first"
                                           : "a name consists of letters, digits, _ and -");
    if (taken)
        return g_strdup_printf("there is a %s `%s` already", name_kind_word(u->kind), new_name);
    for (guint i = 0; all && i < all->len; i++) {
        const struct name_use *use = names_use(n, g_array_index(all, guint, i));
        if (!use->exact)
            return g_strdup_printf("in line %u of %s the name is written by escapes: change it there first", use->line,
                                   file_of(n, use->file)->path);
    }
    return NULL;
}

GPtrArray *renaming_edits(const struct names *n, const struct name_use *u, const char *new_name, char **why)
{
    const struct name_use *d = names_declaration(n, u->kind, u->owner, u->name);
    *why = strcmp(u->name, new_name) == 0 ? NULL : objection(n, u, new_name);
    if (*why)
        return NULL;
    if (strcmp(u->name, new_name) == 0)
        return text_edits_new();
    GPtrArray *edits = renaming_everywhere(n, u, new_name);
    if (d && d->body.renamed && d->body.formers > 0)
        extend_former(n, d, u->name, new_name, edits);
    else if (d && d->body.renamed)
        add_former(n, d, u->name, edits);
    return edits;
}
