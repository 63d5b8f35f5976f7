/*
 * viewers_section: what people did over all their viewings, on the report's page: tables that fold, for web/viewers.html. The
 * filters hold for them where the page can carry their cells (telemetry/README.md). Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "viewers", an object: the film's rows or, where they are not known, a sentence that says why. */
void viewers_section_put(JsonBuilder *b, const struct film_section *s);

/* The film's rows that the page tells, in its order: struct viewers_row *, borrowed. The caller frees with g_ptr_array_unref(). */
GPtrArray *viewers_section_rows(const struct film_section *s);

/* Whether the page carries the cells of these rows, so that its filters hold for them. */
bool viewers_section_is_live(const struct film_section *s);

/* The place of a row's k among the film's counts, behind all others; n and µs follow. `told`: the row's number. */
#define VIEWERS_SECTION_COUNTS 3
guint viewers_section_place(const struct film_section *s, guint told);
