/*
 * field: what an event has on the wire: the registry's columns, with names of the story in the place of numbers, as in an export.
 * Made from registry.def; static; any thread.
 */
#pragma once

#include "telemetry/record.h"

#include <stddef.h>

enum wire_type {
    WIRE_NUMBER, /* from `low` to `high` */
    WIRE_CODE,   /* a word of `set`; as a number here */
    WIRE_NAME,   /* of a node, a decision, an option, an ending */
    WIRE_NAMES,  /* several options, in order */
};

/* What a name is of. */
enum wire_of { WIRE_OF_NOTHING, WIRE_OF_NODE, WIRE_OF_DECISION, WIRE_OF_OPTION, WIRE_OF_ENDING };

struct wire_field {
    enum tel_kind kind;
    const char *name;
    enum wire_type type;
    enum wire_of of;
    bool may_be_empty;
    enum tel_kind refers; /* a number of an event of that kind; TEL_KINDS: of none */
    int64_t low, high;
    const char *set; /* WIRE_CODE: as tel_word() wants it */
};

/* Fields of one kind of event, at most. */
#define WIRE_FIELDS_MAX 8

/* The ranges of what is sent. A length: some three months of one event. A moment: until the year 9999. */
#define WIRE_US_MAX  (INT64_C(1) << 43)
#define WIRE_MS_MAX  INT64_C(253402300799999)
#define WIRE_SEQ_MAX (INT64_C(1) << 40)

/* The fields of a kind of event, *n of them. */
const struct wire_field *wire_fields(enum tel_kind kind, size_t *n);

/* The place of a field among those of its kind; -1: there is none. */
int wire_field_find(enum tel_kind kind, const char *name);

/* A kind's name, and the kind of a name; TEL_KINDS where there is none. */
const char *wire_kind_name(enum tel_kind kind);
enum tel_kind wire_kind_find(const char *name);

/* The code of a word; -1 where there is none. */
int64_t wire_code_of_word(const char *set, const char *word);
