#include "edit/story_fixes.h"

#include "check/checked_story.h"
#include "edit/quick_fix.h"

#include <string.h>

/* A round mends at least one mistake; more of them than this is no story. */
#define ROUNDS_MAX 200

static const char *find_text(void *user, const char *path, size_t *len)
{
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    const char *text = g_hash_table_lookup(user, full);
    *len = text ? strlen(text) : 0;
    return text;
}

static bool touch(const struct text_edit *a, const struct text_edit *b)
{
    return strcmp(a->path, b->path) == 0 && a->from <= b->to && b->from <= a->to;
}

/* Can these be made together with those of this round? Only in files that are there, and are text. */
static bool fits(const struct names *n, const GPtrArray *round, const GPtrArray *more)
{
    for (guint i = 0; i < more->len; i++) {
        const struct text_edit *e = more->pdata[i];
        const int file = names_file(n, e->path);
        const struct source_text *src = file >= 0 ? ((struct names_file *)n->files->pdata[file])->src : NULL;
        if (!src || strlen(src->text) != src->len)
            return false;
        for (guint k = 0; k < round->len; k++)
            if (touch(e, round->pdata[k]))
                return false;
    }
    return true;
}

/* Takes what can be mended of one diagnostic into the edits of this round. */
static void take_fix(struct story_fixes *out, const struct names *n, const struct diag *d, GPtrArray *round)
{
    g_autofree char *path = g_canonicalize_filename(d->file, NULL);
    const int file = names_file(n, path);
    if (file < 0 || d->line == 0)
        return;
    g_autoptr(GPtrArray) fixes = quick_fixes(n, (guint)file, d);
    const struct quick_fix *f = fixes->len == 1 ? fixes->pdata[0] : NULL;
    if (!f || !f->safe || !fits(n, round, f->edits))
        return;
    for (guint i = 0; i < f->edits->len; i++) {
        const struct text_edit *e = f->edits->pdata[i];
        text_edits_add(round, e->path, e->from, e->to, g_strdup(e->text));
    }
    g_ptr_array_add(out->said, g_strdup_printf("%s:%u: %s", d->file, d->line, f->title));
}

/* False: nothing is left to mend. `shown`: the main file as the user named it. */
static bool mend(struct story_fixes *out, struct guides *g, const char *path, const char *shown)
{
    struct checked_story c;
    const struct source_buffers buffers = {find_text, out->texts};
    g_autoptr(GPtrArray) round = text_edits_new();
    struct names *n = names_read(g, path, &buffers);
    checked_story_init(&c, shown, &(struct check_options){.no_media = true, .buffers = &buffers});
    for (size_t i = 0; i < diags_len(c.diags); i++)
        take_fix(out, n, diags_get(c.diags, i), round);
    for (guint i = 0; round->len > 0 && i < n->files->len; i++) {
        const struct names_file *f = n->files->pdata[i];
        char *text = text_edits_applied(round, f->path, f->src->bytes);
        if (strcmp(text, f->src->bytes) == 0)
            g_free(text);
        else
            g_hash_table_replace(out->texts, g_strdup(f->path), text);
    }
    checked_story_clear(&c);
    names_free(n);
    return round->len > 0;
}

void story_fixes_init(struct story_fixes *out, const char *main_path)
{
    g_autofree char *path = g_canonicalize_filename(main_path, NULL);
    struct guides *g = guides_new();
    out->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    out->said = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < ROUNDS_MAX && mend(out, g, path, main_path); i++)
        ;
    guides_free(g);
}

void story_fixes_clear(struct story_fixes *f)
{
    g_hash_table_unref(f->texts);
    g_ptr_array_unref(f->said);
}
