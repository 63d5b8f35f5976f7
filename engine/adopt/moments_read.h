/*
 * moments_read: the two JSON documents that describe a published interactive film, read without trust in their shape.
 *
 * One, the segment map, says which stretches its one video file has; the other, the moments, what is asked in them, what is remembered
 * and where each answer leads. They come with or without the wrappings in which they were delivered, and from several years: every
 * member may be missing, or be of another kind. Pure; any thread.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#define MOMENTS_BYTES_MAX (64 * 1024 * 1024)

/* A document and what is in it; both members may come from one file. Each may be NULL. */
struct moments_file {
    JsonParser *parser;
    JsonObject *segments; /* the map: it has "segments" */
    JsonObject *moments;  /* the value: it has "momentsBySegment" */
};

/* `name` is for messages. False with *error: it is no JSON, or neither of the two. moments_file_clear() it even then. */
bool moments_file_read(struct moments_file *f, const char *text, gsize len, const char *name, GError **error);
void moments_file_clear(struct moments_file *f);

/* What a member is, if it is of that kind, else `otherwise`; 3.0 is a whole number, too. `o` may be NULL. Others: base/json.h. */
int64_t moments_int(JsonObject *o, const char *key, int64_t otherwise);
bool moments_bool(JsonObject *o, const char *key, bool otherwise);

/* The same of a node, which may be NULL. */
JsonObject *moments_as_object(JsonNode *n);
JsonArray *moments_as_array(JsonNode *n);
const char *moments_as_text(JsonNode *n);
bool moments_as_int(JsonNode *n, int64_t *out);
bool moments_as_bool(JsonNode *n, bool *out);
