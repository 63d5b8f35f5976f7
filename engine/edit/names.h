/*
 * names: every place of a story where something is named: where nodes, decisions, options, variables and all other things with names
 * are declared, and where they are used, in expressions, effects and texts with fields as well.
 *
 * names_read() goes through the main file, those that it includes and its translations by libyaml's events (story/yml.h), with what the schema says of
 * each place (edit/guide.h). A file that does not parse is read again without the line that the parser stopped at, a few times, so that
 * one unfinished line hides no names but its own. Nothing is checked here: `check` does that. Immutable afterwards; one thread at a
 * time, because lines are found by tables that are made when they are first asked for.
 */
#pragma once

#include "edit/guide.h"
#include "story/source_text.h"

#include <stdint.h>

/* What is declared, as far as edits must know. */
struct name_body {
    enum {
        BODY_NONE,
        BODY_SCALAR,
        BODY_BLOCK,
        BODY_FLOW,
        BODY_ITEM, /* there is none: the name itself stands in a list, at this place */
    } form;        /* of the value, or of the mapping that holds a decision's `id` */
    uint32_t line, col,
        len; /* where the scalar, or the mapping's first key or bracket, stands; len: of a scalar in one line, or 0 */
    guint first_former, formers; /* its earlier names, in names->formers */
    bool renamed;                /* it may say `was` */
    bool former_list;            /* they are a list in brackets; `was: NAME` is none */
};

/* Places count as in story/story.h: from 1, in characters. The texts belong to the names. */
struct name_use {
    enum name_kind kind; /* never NAME_ROUTE: routes share the names of nodes */
    bool declares, is_route;
    bool writes; /* an effect sets the variable here */
    bool exact;  /* the name stands there letter by letter, so it can be replaced */
    const char *name;
    const char *owner; /* of an option its decision, of a value its variable; else NULL */
    guint file;
    uint32_t line, col, len;
    char quote;            /* in which quotes the text stands in which it is; 0: none */
    uint32_t end_line;     /* of a declaration: the last line of what is declared */
    const char *title;     /* of a declaration: what people call it, or NULL */
    const char *node;      /* within which node it stands, or NULL */
    const char *decision;  /* within which decision, or NULL */
    const char *key;       /* under which key it stands, or NULL: `goto`, `when` */
    const char *act;       /* of a declared node, or NULL */
    struct name_body body; /* of a declaration */
};

/* A file that the story names. */
struct name_path {
    const char *path; /* relative to the story's folder */
    guint file;
    uint32_t line, col, len; /* of the scalar, with its quotes; len 0: in several lines */
};

/* An earlier name, under `was`. */
struct name_former {
    const char *name;
    guint file;
    uint32_t line, col, len; /* of the scalar, with its quotes */
};

struct names_file {
    char *path; /* absolute */
    struct source_text *src;
};

struct names {
    GPtrArray *files; /* struct names_file; the first is the main file, the last are translations */
    GArray *uses;     /* struct name_use, by file, and in the order of the file */
    GArray *formers;  /* struct name_former */
    GArray *paths;    /* struct name_path */
    GStringChunk *texts;
    GHashTable *by_name;  /* "kind owner name" to GArray of guint: indices in `uses` */
    GHashTable *speakers; /* a set of char *: who speaks in the scripts */
};

/* `main_path`: absolute. `buffers` may be NULL. An unreadable file is left out. */
struct names *names_read(struct guides *guides, const char *main_path, const struct source_buffers *buffers);
void names_free(struct names *n); /* accepts NULL */

/* The file with this absolute path, or -1. */
int names_file(const struct names *n, const char *path);

/* The use that covers the place, or that ends there; NULL: no name stands there. */
const struct name_use *names_at(const struct names *n, guint file, uint32_t line, uint32_t col);

/* All uses of a name, declarations too, in order: indices in `uses`. NULL: there is none. Borrowed. */
const GArray *names_of(const struct names *n, enum name_kind kind, const char *owner, const char *name);
static inline const struct name_use *names_use(const struct names *n, guint i)
{
    return &g_array_index(n->uses, struct name_use, i);
}

/* Where it is declared; NULL: nowhere. */
const struct name_use *names_declaration(const struct names *n, enum name_kind kind, const char *owner,
                                         const char *name);
