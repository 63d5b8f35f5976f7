/*
 * members: reads the members of a JSON object that a stranger sent. The first mistake is kept and told with its place; after it,
 * reading gives what is harmless, so that only the end needs to be checked. Members that nobody asked for are mistakes, too, and so is
 * one that is there twice.
 *
 * A collector reads thousands of documents a second. So one lies in two blocks of memory, and not in an object for each of its values, as
 * json-glib has it.
 */
#pragma once

#include "telemetry/wire/refusal.h"

#include <glib.h>

struct wire_document;
struct wire_value_node;

struct wire_members {
    const struct wire_value_node *object; /* borrowed; NULL: it was none */
    const struct wire_value_node
        *next;         /* behind the member that was asked for last: most are asked for in their order */
    const char *place; /* "events"; "" at the top; borrowed */
    int index;         /* in a list of that name; WIRE_NO_INDEX: it is an object itself */
    guint taken;       /* how many of its members were asked for, and there */
    bool *failed;      /* shared by all objects of a document */
    struct wire_refusal *refusal;
};

#define WIRE_NO_INDEX (-1)

/* A list within a document; borrowed. */
struct wire_array {
    const struct wire_value_node *first;
    guint n; /* elements */
};

/* Reads `n` bytes that are one object, not nested deeper than a batch is; NULL and *refusal. */
struct wire_document *wire_document_read(const char *json, gsize n, struct wire_refusal *refusal);
void wire_document_free(struct wire_document *d); /* accepts NULL */

/* Of the whole document. NULL has none. */
struct wire_members wire_document_members(const struct wire_document *d, bool *failed, struct wire_refusal *refusal);

/* A member that is there; none, a mistake. It is an object, or an array. Borrowed. */
struct wire_members wire_object(struct wire_members *m, const char *name);
struct wire_array wire_array(struct wire_members *m, const char *name);

/* Takes an element off its list, which has one. `place` and `index` say where it is. */
struct wire_members wire_element(struct wire_array *a, const char *place, guint index, const struct wire_members *of);

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
