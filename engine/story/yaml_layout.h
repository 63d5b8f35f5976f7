/*
 * yaml_layout: a YAML file with its lines laid out in one way, so that two versions differ only in what they say: two spaces for
 * each level, no blanks at the ends of lines, no two empty lines in a row, one line end at the end.
 *
 * Works on lines: comments, quotes, the order of keys and what stands in braces stay as they were written. The result is parsed again,
 * and given back only if it says exactly the same. Pure; any thread.
 */
#pragma once

#include <glib.h>

/* To be freed. NULL and *error: it is no YAML, or UTF-16, with the line; or (never seen) it would say something else. */
char *yaml_layout(const char *text, gsize len, GError **error);
