#include "edit/text_edits.h"

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
