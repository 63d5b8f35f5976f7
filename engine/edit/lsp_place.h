/*
 * lsp_place: places and names of a story as JSON of the Language Server Protocol. Main thread.
 */
#pragma once

#include "edit/workspace.h"
#include "story/source_text.h"

#include <json-glib/json-glib.h>

/* A member "range" (or another one), from one byte to another. */
void lsp_put_range(JsonBuilder *b, const char *key, const struct text_map *m, gsize from, gsize to);

/* Lines from 0, units in them; 0 for what is missing or below it. False: the object holds no place, or range. */
bool lsp_get_place(JsonObject *place, struct text_place *out);
bool lsp_get_range(JsonObject *range, struct text_place *from, struct text_place *to);

/* Names of a story, turned into places in the text that was read. Made for one answer, and freed after it. */
struct lsp_places;
struct lsp_places *lsp_places_new(const struct workspace *w, const struct names *n);
void lsp_places_free(struct lsp_places *p); /* accepts NULL */

const char *lsp_places_uri(struct lsp_places *p, guint file); /* borrowed */
const struct text_map *lsp_places_map(struct lsp_places *p, guint file);

/* Which bytes of its file are the name, or `chars` characters from a place on. */
void lsp_places_use(struct lsp_places *p, const struct name_use *u, gsize *from, gsize *to);
void lsp_places_bytes(struct lsp_places *p, guint file, uint32_t line, uint32_t col, uint32_t chars, gsize *from,
                      gsize *to);

/* Edits (edit/text_edits.h) to files of the story, as a WorkspaceEdit. Those of other files are left out. */
JsonNode *lsp_edit_node(const struct workspace *w, const struct names *n, const GPtrArray *edits);

/* Is one of the edits to a file that the story does not have? Then it makes the file, and the client must be able to. */
bool lsp_makes_file(const struct names *n, const GPtrArray *edits);
JsonNode *lsp_new_file_node(const struct workspace *w, const struct names *n, const GPtrArray *edits);

/* {"uri": …, "range": …} as an element. */
void lsp_add_location(JsonBuilder *b, struct lsp_places *p, const struct name_use *u);

/* The name at a place of a document, or NULL. */
const struct name_use *lsp_name_at(const struct document *d, gsize offset);

char *lsp_uri_of(const struct workspace *w, const char *path);
