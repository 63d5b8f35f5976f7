/*
 * viewing_cover_report: the viewings that together show a film, one line each, and what none of them shows. Pure. Any
 * thread.
 */
#pragma once

#include "explore/viewing_cover.h"

/* Appended to `out`. */
void viewing_cover_report(const struct story *s, const struct viewing_cover *p, GString *out);
