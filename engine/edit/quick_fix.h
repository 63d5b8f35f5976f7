/*
 * quick_fix: what `check` advises, as edits: the name that was nearly meant, quotes that are missing or too many, a key that is missing,
 * a node that is led to and not there, a time within the clip.
 *
 * One table says for each rule (story/diag_rules.h) which fixes there are, or why there is none: what the writer alone can know, or
 * what lies in a film's file. Made from a diagnostic's rule and advice and from the text around its place. Pure; one thread at a time.
 */
#pragma once

#include "edit/names.h"
#include "edit/text_edits.h"
#include "story/diag.h"

/* struct quick_fix (edit/text_edits.h), the likeliest first; to be freed with g_ptr_array_unref(). The diagnostic is about one of the files of the names. */
GPtrArray *quick_fixes(const struct names *n, guint file, const struct diag *d);

/* Has the rule fixes? *no_edit: why it has none for some of what it finds, or for all; NULL: it always has. A rule has one or the other. */
bool quick_fix_exists(const struct diag_rule *rule, const char **no_edit);
