/*
 * json: helpers that read and write JSON documents with json-glib. json_put_*() add a member to the object that `b` is in.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

void json_put_int(JsonBuilder *b, const char *key, int64_t value);
void json_put_bool(JsonBuilder *b, const char *key, bool value);
void json_put_real(JsonBuilder *b, const char *key, double value);

/* Rounded to a millionth, so that every machine writes the same; null where it is not known. The second one adds an element. */
void json_put_rounded(JsonBuilder *b, const char *key, double value, bool known);
void json_add_rounded(JsonBuilder *b, double value, bool known);

/* NULL becomes null; bytes that are not UTF-8 are replaced. The second one adds an element. */
void json_put_text(JsonBuilder *b, const char *key, const char *text);
void json_add_text(JsonBuilder *b, const char *text);

/* Begin a member; the caller ends it with json_builder_end_object() or json_builder_end_array(). */
void json_put_object(JsonBuilder *b, const char *key);
void json_put_array(JsonBuilder *b, const char *key);

/* Appends the finished document and a newline to `out`; control characters in it are escapes. `pretty`: indented, for people. */
void json_put_document(JsonBuilder *b, bool pretty, GString *out);

/* Of one document. json-glib takes some 300 bytes for each, however short it is. */
#define JSON_VALUES_MAX 2000000

/*
 * Reads a document from anywhere, of JSON_VALUES_MAX values at most: one object or array, in UTF-8, in JSON's own characters
 * alone, with at most `depth_max` brackets within each other. json-glib reads more: comments and single quotes, behind which brackets could not be counted, and it calls
 * itself for each; and several values, of which the first is never freed. The caller frees the parser, which has a root. NULL
 * and error: it is no such document. `text` may be NULL where there are no bytes.
 */
JsonParser *json_read(const char *text, gsize len, int depth_max, GError **error);

/* A member of an object that may hold anything, or nothing: NULL, or `otherwise`, if it is none of that type. Borrowed. `o` may be NULL. */
JsonObject *json_get_object(JsonObject *o, const char *member);
JsonArray *json_get_array(JsonObject *o, const char *member);
const char *json_get_text(JsonObject *o, const char *member);
int64_t json_get_int(JsonObject *o, const char *member, int64_t otherwise);

/* The element of an array if it is an object, else NULL. */
JsonObject *json_object_of(JsonArray *a, guint i);
