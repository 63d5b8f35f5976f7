/*
 * viewing_cover_report: the viewings that together show a film, and what none of them shows; as text, or as JSON
 * (tests/schemas/cover.schema.json). Pure. Any thread.
 */
#pragma once

#include "explore/viewing_cover.h"

/* Appended to `out`. */
void viewing_cover_report_text(const struct story *s, const struct viewing_cover *p, GString *out);
void viewing_cover_report_json(const struct story *s, const struct viewing_cover *p, GString *out);
