/*
 * put: what JSON documents are built of, for everybody who writes one: members of the object that `b` is in.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

void json_put_int(JsonBuilder *b, const char *key, int64_t value);
void json_put_bool(JsonBuilder *b, const char *key, bool value);
void json_put_real(JsonBuilder *b, const char *key, double value);
/* What is no UTF-8 in it is replaced; NULL is null. */
void json_put_text(JsonBuilder *b, const char *key, const char *text);
/* Begin a member that the caller ends with json_builder_end_object(), json_builder_end_array(). */
void json_put_object(JsonBuilder *b, const char *key);
void json_put_array(JsonBuilder *b, const char *key);

/* What has been built and ended, as text behind what is in `out`, with the end of a line; `pretty`: for people, too. */
void json_put_document(JsonBuilder *b, bool pretty, GString *out);
