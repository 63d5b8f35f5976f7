/*
 * lint_footage: what a story's films are that their writer may not know: several sounds of which one is heard, an angle at
 * which nobody can hold a camera.
 *
 * Called by lint_run(); `facts` as there. Each file is spoken of once, where it is used first. Any thread.
 */
#pragma once

#include "check/lint.h"
#include "check/lint_report.h"

void lint_footage(const struct story *s, GHashTable *facts, struct lint_report *report);
