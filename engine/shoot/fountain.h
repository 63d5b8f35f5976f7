/*
 * fountain: a scene's `script:` as lines of a screenplay. It is written in Fountain's syntax (fountain.io): a name in capitals
 * on a line of its own, after an empty line, says who speaks in the lines below; what stands in parentheses there says how.
 *
 * Pure; any thread.
 */
#pragma once

#include <glib.h>

enum fountain_kind {
    FOUNTAIN_ACTION,
    FOUNTAIN_CHARACTER,     /* also with an extension: "NELL (V.O.)" */
    FOUNTAIN_PARENTHETICAL, /* with its parentheses */
    FOUNTAIN_DIALOGUE,
    FOUNTAIN_TRANSITION,
    FOUNTAIN_HEADING, /* within the scene */
    FOUNTAIN_NOTE,    /* in [[brackets]], which are left out */
};

struct fountain_line {
    enum fountain_kind kind;
    char *text;    /* without the marks that force a kind */
    char *speaker; /* of parentheticals and dialogue: the character without extension; else NULL */
};

/* The lines of a script that are not empty: struct fountain_line, to be freed with g_ptr_array_unref(). */
GPtrArray *fountain_parse(const char *script);
