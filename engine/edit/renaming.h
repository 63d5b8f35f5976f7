/*
 * renaming: what has to be written elsewhere when a name changes: each place where it stands, in all files, and a `was` at its
 * declaration, by which saved places and recorded viewings still find it. Comments and layout stay. Pure; one thread at a time.
 */
#pragma once

#include "edit/names.h"

/* May this name be renamed? Those of languages and what the format itself names may not. */
bool renaming_possible(const struct name_use *u);

/* struct text_edit (edit/text_edits.h), freed by the caller with g_ptr_array_unref(). NULL: it can't be done; *why says so, and is freed by the caller. */
GPtrArray *renaming_edits(const struct names *n, const struct name_use *u, const char *new_name, char **why);

/* The same without `was`, for a name that could never be used. */
GPtrArray *renaming_everywhere(const struct names *n, const struct name_use *u, const char *new_name);
