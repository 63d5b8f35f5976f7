/*
 * completion: what can be typed at a place of a story, also of one that does not parse at the moment.
 *
 * Where the place is, is found from the lines above it that it is indented under, and what comes before it in its own; libyaml reads
 * these (story/yml_place.h). What may stand there is known from the schema (edit/guide.h), which names there are from edit/names.h.
 * Pure; one thread at a time.
 */
#pragma once

#include "edit/names.h"
#include "story/story.h"

enum completion_kind {
    COMPLETION_KEY,
    COMPLETION_NAME,
    COMPLETION_WORD,
    COMPLETION_FUNCTION,
    COMPLETION_FILE,
    COMPLETION_SPEAKER
};

struct completion {
    enum completion_kind kind;
    char *label;
    char *insert;     /* what is put in place of [from, to) */
    char *detail;     /* of a name what people call it; of a key that it is needed; or NULL */
    const char *text; /* what a key means, or NULL; the guides' */
};

struct completions {
    GPtrArray *items; /* struct completion, the likeliest first */
    gsize from, to;   /* bytes of the text: what was typed of it so far, and the rest of that word */
};

struct completion_source {
    struct guides *guides;
    const struct names *names; /* NULL: none are known */
    const char *path;          /* of the file, absolute: which of the names' files it is; or NULL */
    bool main_file;
    const struct story *texts; /* the file is a translation of this story's texts; NULL: it is not */
    const GPtrArray *(*list_files)(
        void *user); /* char *: those of the story's folder, relative to it; borrowed; or NULL */
    void *user;
};

/* The caller frees it with completions_free(). `offset`: in bytes. */
struct completions *completions_at(const struct completion_source *s, const char *text, gsize len, gsize offset);

/* What the key at the place means, if one stands there; NULL: none does. The guides'. `key`: its text, freed by the caller; set also if it
 * stands on the left of the place: of a value it is the key that it belongs to. */
const char *completion_key_text(const struct completion_source *s, const char *text, gsize len, gsize offset,
                                char **key);
void completions_free(struct completions *c); /* accepts NULL */
