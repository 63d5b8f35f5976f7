/*
 * version_changes: what is different between two versions of a story, thing by thing. Pure; any thread.
 */
#pragma once

#include "story/version_pairs.h"

#include <glib.h>

enum version_thing {
    VERSION_NODE,
    VERSION_DECISION,
    VERSION_OPTION,
    VERSION_VARIABLE,
    VERSION_VALUE, /* of an enum: only RENAMED */
    VERSION_ENDING,
    VERSION_TEXT,
    VERSION_SHARE
};
enum version_change_kind { VERSION_NEW, VERSION_GONE, VERSION_RENAMED, VERSION_CHANGED };

struct version_change {
    enum version_thing thing;
    enum version_change_kind kind;
    char *
        name; /* as it is called in the later version, if it is there; options as DECISION.OPTION, texts by their key, `share` by who gets it */
    char *was;  /* RENAMED: what it was called. CHANGED text: its words before. Else NULL */
    char *what; /* CHANGED: "its clip, where it leads"; of a text, its words. Else NULL */
};

/* In the order of enum version_thing, then as the stories have them. Free with g_ptr_array_unref(). */
GPtrArray *version_changes(const struct version_pairs *p); /* struct version_change */

/* "node", and "renamed". Static. */
const char *version_thing_name(enum version_thing thing);
const char *version_change_kind_name(enum version_change_kind kind);
