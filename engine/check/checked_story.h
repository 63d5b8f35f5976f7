/*
 * checked_story: one story with everything that `frumious check` finds in it: mistakes in its text, texts that do not fit
 * their place, mistakes in its media. Of a story with errors, clips and texts are checked in the nodes that have none.
 *
 * checked_story_init() does all the work and blocks: milliseconds without `deep`, which decodes every film. Main thread; the
 * two callbacks are called on it. Free with checked_story_clear().
 */
#pragma once

#include "check/lint_deep.h"
#include "check/lint_files.h"
#include "story/diag.h"
#include "story/load.h"

/* What is looked at in sound stories only, beside enum story_left_out. */
enum { CHECK_LEFT_JOINS = 1 << 16, CHECK_LEFT_DECODING = 1 << 17 };

struct check_options {
    bool no_media;                        /* films, sounds and subtitles are not opened */
    bool deep;                            /* they are decoded, too; not with no_media */
    lint_files_progress on_file;          /* or NULL */
    lint_deep_progress on_decoded;        /* or NULL */
    void *user;                           /* for both */
    const struct source_buffers *buffers; /* files that are open in an editor; NULL: none */
    GHashTable *known; /* what an earlier check has `kept` of files; what is still true is moved out of it; or NULL */
    bool keep;         /* the story and the facts stay: `story`, `facts` */
};

struct checked_story {
    const char *path;    /* the caller's */
    struct diags *diags; /* sorted */
    bool exists;         /* something is at `path` */
    bool loaded;         /* it is a story that can be played; the counts below are known */
    int32_t n_nodes, n_decisions, n_endings;
    unsigned left_out;   /* not loaded: enum story_left_out and the bits above */
    bool deep;           /* the films were decoded: */
    unsigned ranges;     /* how many different ranges and sounds there are; 0 when it was stopped before any */
    unsigned decoded;    /* how many of them were decoded before it was stopped */
    int64_t film_us;     /* how much film that is */
    struct story *story; /* if it was to be kept, and is loaded: the caller may take it */
    GHashTable *facts;   /* likewise; also of what was read of a story with errors */
};

/* A callback that returns false stops the work; `out` then holds what was found until there. */
void checked_story_init(struct checked_story *out, const char *path, const struct check_options *o);
void checked_story_clear(struct checked_story *c);
