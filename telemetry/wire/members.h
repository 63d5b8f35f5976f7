/*
 * members: reads the members of a JSON object that a stranger sent. The first mistake is kept and told with its place; after it,
 * reading gives what is harmless, so that only the end needs to be checked. Members that nobody asked for are mistakes, too.
 */
#pragma once

#include "telemetry/wire/refusal.h"

#include <json-glib/json-glib.h>

struct wire_members {
    JsonObject *object; /* borrowed; NULL: it was none */
    char place[48];     /* "events[3]."; "" at the top */
    guint taken;        /* how many of its members were asked for, and there */
    bool *failed;       /* shared by all objects of a document */
    struct wire_refusal *refusal;
};

/* A document of `n` bytes that is one object, not nested deeper than a batch is; NULL and *refusal. Caller unrefs. */
JsonNode *wire_document(const char *json, gsize n, struct wire_refusal *refusal);

struct wire_members wire_members_of(JsonObject *object, const char *place, bool *failed, struct wire_refusal *refusal);

/* A member that is there; NULL, a mistake. It is an object, or an array. Borrowed. */
struct wire_members wire_object(struct wire_members *m, const char *name);
JsonArray *wire_array(struct wire_members *m, const char *name);

/* *known NULL: it must be there; else it may be null. Texts are borrowed from the document, and "" after a mistake. */
int64_t wire_number(struct wire_members *m, const char *name, bool *known);
const char *wire_text(struct wire_members *m, const char *name, bool *known);
void wire_bytes(struct wire_members *m, const char *name, bool *known, uint8_t *bytes, gsize n);

/* A list of texts, joined by WIRE_SEPARATOR, at most `most`. Caller frees. */
char *wire_list(struct wire_members *m, const char *name, guint most);

/* A mistake at a member: what is wanted there. */
void wire_mistake(struct wire_members *m, const char *name, const char *wanted);

/* All members were asked for, or one that is not known is a mistake. */
void wire_members_end(struct wire_members *m);
