/*
 * quick_fix: what `check` advises, as edits: the name that was nearly meant, quotes that are missing or too many, a letter that only looks
 * right, a line that nothing uses.
 *
 * Made from a diagnostic's code and advice and from the text around its place. Where the advice leaves a choice to the writer, there is
 * no fix. Pure; one thread at a time.
 */
#pragma once

#include "edit/names.h"
#include "story/diag.h"

struct quick_fix {
    char *title;      /* "replace it with `home`" */
    GPtrArray *edits; /* struct text_edit */
};

/* struct quick_fix; to be freed with g_ptr_array_unref(). The diagnostic is about one of the files of the names. */
GPtrArray *quick_fixes(const struct names *n, guint file, const struct diag *d);
