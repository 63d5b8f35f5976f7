/*
 * yml: a story's YAML, one subtree at a time, each node with its place.
 *
 * Over libyaml's events. yml_open(), then yml_enter() to step into the root and other large mappings,
 * yml_pair() for each of their entries until NULL, yml_recycle() when an entry is done with, yml_close().
 * What libyaml lets pass is refused here: duplicate keys, tags, several documents, deep nesting, aliases of
 * nothing or too many; each is reported to `diags` at once, and reading goes on where it can. After a syntax
 * error it can't: then yml_failed().
 *
 * Nodes belong to the yml and live until yml_recycle() or yml_close(); those with anchors live until
 * yml_close(). One thread. Costs little more than libyaml itself.
 */
#pragma once

#include "story/diag.h"
#include "story/source_text.h"

/* YML_BROKEN stands for what was reported already: whoever meets it skips it without a word. */
enum yml_kind { YML_SCALAR, YML_LIST, YML_MAP, YML_BROKEN };

struct yml_node {
    enum yml_kind kind;
    char quote;                   /* scalars: 0 plain, ' or ", | for literal and folded ones */
    uint32_t line, col;           /* from 1, col in characters */
    uint32_t width;               /* characters on its first line; 1 for lists and mappings */
    uint32_t len;                 /* bytes of text; items of a list; keys of a mapping */
    const char *text;             /* scalars: UTF-8, terminated, no NUL inside */
    const struct yml_node *first; /* first item, or first key */
    const struct yml_node *next;  /* next item, or next key */
    const struct yml_node *value; /* of a key: never NULL */
};

struct yml;

/* Both are borrowed until yml_close(). */
struct yml *yml_open(struct source_text *src, struct diags *diags);
void yml_close(struct yml *y); /* accepts NULL */

/* If the next node is a mapping, steps into it. */
bool yml_enter(struct yml *y);

/* The next entry (its key; ->value is set) of the mapping entered last; NULL at its end, which leaves it. */
const struct yml_node *yml_pair(struct yml *y);

/* The next node as a whole: the value behind yml_enter() == false. NULL after an error, or where there is
 * none. */
const struct yml_node *yml_read(struct yml *y);

/* For streaming: the next key alone, whose value yml_enter() or yml_read() gets next. NULL at the mapping's
 * end. */
const struct yml_node *yml_key(struct yml *y);

void yml_recycle(struct yml *y);
bool yml_failed(const struct yml *y);

/* Reports at a place of this source. */
G_GNUC_PRINTF(6, 7)
void yml_report(struct source_text *src, struct diags *diags, const struct yml_node *at, const char *code,
                const char *advice, const char *format, ...);
