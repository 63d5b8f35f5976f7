/*
 * publish: what `check` finds, as diagnostics of the Language Server Protocol: the same rules, texts and places. Main thread.
 */
#pragma once

#include "edit/workspace.h"

#include <json-glib/json-glib.h>

/* Sends the diagnostics of each of the story's files that has some, and an empty list for others that are open or had some before. False:
 * nobody reads any more. */
bool publish_diagnostics(const struct workspace *w, struct film *f);

/* One diagnostic, as an element: from one byte of the text to another. */
void publish_add(JsonBuilder *b, const struct text_map *m, gsize from, gsize to, const struct diag *d);
