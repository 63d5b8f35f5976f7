/*
 * lint_footage: what a story's films, stills and pictures of options are that their writer may not know: several sounds of which one is heard, an angle at
 * which nobody can hold a camera, high dynamic range, colours that come out wrong, fields.
 *
 * Each file is spoken of once, where it is used first. Any thread.
 */
#pragma once

#include "check/lint.h"

/* `facts` as in lint_run(); `decoded`: lint_deep_run() follows, which tells more exactly what a film lacks at its end. */
void lint_footage(const struct story *s, GHashTable *facts, bool decoded, struct diags *diags);
