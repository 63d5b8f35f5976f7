/*
 * workspace: what an editor has open, the stories that this belongs to, and what is known of each.
 *
 * A thread of its own reads stories again when their texts change: first the names (edit/names.h), then everything that `frumious check`
 * finds, from the text in the editor where a file is open there. It begins a moment after the last change, and is stopped by the next;
 * what it learns of media files is kept. Everything else happens on the main thread, which never waits for it.
 */
#pragma once

#include "check/checked_story.h"
#include "edit/names.h"
#include "edit/text_map.h"

/* A file that is open in the editor. Its text is replaced as a whole; whoever needs it longer keeps a reference. */
struct document {
    char *uri, *path; /* path: absolute */
    GBytes *bytes;    /* valid UTF-8 */
    struct text_map *map;
    struct film *film; /* the story that it belongs to, or NULL */
};

/* A story of which some file is open. */
struct film {
    char *main_path;
    guint64 changed;            /* counts the changes of its texts */
    guint64 named, checked;     /* of which change are: */
    struct names *names;        /* NULL: not read yet */
    struct checked_story check; /* diags NULL: not checked yet */
    struct story *story;        /* the last one that could be loaded; or NULL */
    GHashTable *facts;          /* of its media files (check/lint.h); or NULL */
    gint64 *lengths;            /* of the clip of each of the story's nodes, or US_NONE */
    GHashTable *told;           /* paths for which the client knows diagnostics */
    char *path_for_check;       /* what check.path points to */
};

struct workspace;

/* Both are told on the main thread: names, or diagnostics as well, are new. */
typedef void (*workspace_news)(void *user, struct film *f, bool checked);

struct workspace *workspace_new(workspace_news news, void *user);
/* Waits for the thread, for a moment at most. */
void workspace_end(struct workspace *w);

/* A document's text, from the editor; takes nothing. Text that is not UTF-8 is made so. */
void workspace_open(struct workspace *w, const char *uri, const char *text);
void workspace_replace(struct workspace *w, struct document *d, const char *text, gsize len);
void workspace_close(struct workspace *w, const char *uri);
/* Files have changed on the disk: everything is read again. */
void workspace_look_again(struct workspace *w);

/* NULL: it is not open. */
struct document *workspace_document(const struct workspace *w, const char *uri);
struct document *workspace_document_at(const struct workspace *w, const char *path);
/* Adds the paths (copies) of the story's open documents to the set. */
void workspace_add_open(const struct workspace *w, const struct film *f, GHashTable *paths);
struct guides *workspace_guides(const struct workspace *w);

/* All stories: struct film. Borrowed. */
const GPtrArray *workspace_films(const struct workspace *w);

/* Is what is known of the story as new as its texts? If not, it is read at once. */
bool workspace_is_fresh(struct workspace *w, struct film *f, bool checked);

/* Files below the story's folder, relative to it (char *), as of a moment ago. Borrowed until the next call. */
const GPtrArray *workspace_files(struct workspace *w, const struct film *f);

/* A picture for a person who waits: decoded by the other thread. `path`: as for beneath_open(); the rest as for still_jpeg(). `take` gets it
 * on the main thread, as base64, or NULL; it does not free it. */
typedef void (*workspace_take_still)(void *user, const char *jpeg);
void workspace_still(struct workspace *w, const char *path, bool film, gint64 from_us, gint64 to_us, gint64 at_us,
                     workspace_take_still take, void *user);

/* Is the file one of the story's texts in another language? */
bool film_is_translation(const struct film *f, const char *path);

bool document_is_main(const struct document *d);
const char *document_text(const struct document *d, gsize *len);
