/*
 * yml: reads a story's YAML, one subtree at a time, and remembers where each node stands.
 *
 * Works on libyaml's events. Call yml_open(), then yml_enter() to step into the root and other large mappings,
 * yml_pair() for each of their entries until NULL, yml_recycle() when an entry is done with, and finally yml_close().
 * yml refuses what libyaml lets pass: duplicate keys, tags, several documents, deep nesting, and aliases without an
 * anchor or of too much. It reports each problem to `diags` at once and goes on reading where it can. After a syntax
 * error it cannot: yml_failed() is true then.
 *
 * Nodes belong to the yml and live until yml_recycle() or yml_close(); in a file with anchors, all live until
 * yml_close(). One thread. Costs little more than libyaml itself.
 */
#pragma once

#include "base/arena.h"
#include "story/diag.h"
#include "story/source_text.h"

/* YML_BROKEN stands for something that was reported already: callers skip it silently. */
enum yml_kind { YML_SCALAR, YML_LIST, YML_MAP, YML_BROKEN };

struct yml_node {
    enum yml_kind kind;
    char quote;                   /* scalars: 0 plain, ' or ", | for literal and folded ones */
    bool folded;                  /* scalars: written with `>`, so that YAML joins its lines */
    uint16_t file;                /* the number of its source */
    uint32_t line, col;           /* from 1, col in characters */
    uint32_t width;               /* characters on its first line; 1 for lists and mappings */
    uint32_t len;                 /* scalars: bytes of text; lists: items; mappings: keys */
    const char *text;             /* scalars: UTF-8, NUL-terminated, no NUL inside */
    const struct yml_node *first; /* lists: the first item; mappings: the first key */
    const struct yml_node *next;  /* the next item, or the next key */
    const struct yml_node *value; /* of a key; NULL only for the keys of yml_key() */
};

/* The quote of such a scalar, for libyaml's yaml_scalar_style_t. */
char yml_quote_of(int style);

struct yml;

/* `src` and `diags` are borrowed until yml_close(). */
struct yml *yml_open(struct source_text *src, struct diags *diags);
void yml_close(struct yml *y); /* accepts NULL */

/* Steps into the next node if it is a mapping. False otherwise: read it with yml_read(). */
bool yml_enter(struct yml *y);

/* The key of the next entry, with its value, of the mapping that was entered last. NULL at its end, which leaves it. */
const struct yml_node *yml_pair(struct yml *y);

/* The next node with everything below it. NULL after an error, or if there is no node. */
const struct yml_node *yml_read(struct yml *y);

/* The next key without its value, which the caller gets with yml_enter() or yml_read(). NULL at the mapping's end. */
const struct yml_node *yml_key(struct yml *y);

/* A copy of a node with everything below it, which lives as long as the arena. It has no neighbours. */
struct yml_node *yml_copy(struct arena *arena, const struct yml_node *n);

/* How many nodes it is made of, itself included. */
size_t yml_count(const struct yml_node *n);

/* Invalidates the nodes read so far, unless some have anchors. */
void yml_recycle(struct yml *y);

/* Did a syntax error, or a limit, end the reading? */
bool yml_failed(const struct yml *y);

/* Reports a problem at a node of this source. */
G_GNUC_PRINTF(6, 7)
void yml_report(struct source_text *src, struct diags *diags, const struct yml_node *at, const char *code,
                const char *advice, const char *format, ...);
