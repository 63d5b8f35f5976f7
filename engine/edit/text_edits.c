#include "edit/text_edits.h"

#include <assert.h>
#include <string.h>

static void text_edit_free(void *data)
{
    struct text_edit *e = data;
    g_free(e->path);
    g_free(e->text);
    g_free(e);
}

GPtrArray *text_edits_new(void)
{
    return g_ptr_array_new_with_free_func(text_edit_free);
}

static int edit_from_behind(const void *pa, const void *pb)
{
    const struct text_edit *a = *(struct text_edit *const *)pa, *b = *(struct text_edit *const *)pb;
    return (a->from < b->from) - (a->from > b->from);
}

char *text_edits_applied(const GPtrArray *edits, const char *path, const char *text)
{
    GString *out = g_string_new(text);
    g_autoptr(GPtrArray) mine = g_ptr_array_new();
    for (guint i = 0; i < edits->len; i++)
        if (strcmp(((struct text_edit *)edits->pdata[i])->path, path) == 0)
            g_ptr_array_add(mine, edits->pdata[i]);
    g_ptr_array_sort(mine, edit_from_behind);
    for (guint i = 0; i < mine->len; i++) {
        const struct text_edit *e = mine->pdata[i];
        assert(e->from <= e->to && e->to <= out->len);
        g_string_erase(out, (gssize)e->from, (gssize)(e->to - e->from));
        g_string_insert(out, (gssize)e->from, e->text);
    }
    return g_string_free(out, FALSE);
}

void text_edits_add(GPtrArray *edits, const char *path, gsize from, gsize to, char *text)
{
    for (guint i = 0; i < edits->len; i++) {
        const struct text_edit *e = edits->pdata[i];
        if (e->from == from && e->to == to && strcmp(e->path, path) == 0 && strcmp(e->text, text) == 0) {
            g_free(text);
            return;
        }
    }
    struct text_edit *e = g_new(struct text_edit, 1);
    *e = (struct text_edit){g_strdup(path), from, to, text};
    g_ptr_array_add(edits, e);
}
