/*
 * resume: from a saved transcript to where the film goes on.
 *
 * The play is repeated on paper, with what the viewer did: that gives the state, so that nothing but the transcript has
 * to be saved, and so that a story that was edited since is no danger: what no longer fits is left out, and the film
 * goes on at the last place that both have in common. Main thread, before the film starts; pure but for memory.
 */
#pragma once

#include "play/transcript.h"

struct resume {
    int32_t *state;                /* running, no decision open; NULL: there is nothing to go on with */
    int64_t pos_us;                /* where in its node; 0: as after a rewind */
    struct transcript *transcript; /* what led there, to be gone on with; without the stop */
    uint64_t seed;                 /* of the play */
    char *said;                    /* what should be known, or NULL (a film that was over begins anew) */
    const char *shown;             /* the same for the viewer, for words_in(); static */
};

/* `text`: a transcript as it was saved, or NULL. Never fails: see `said`. */
void resume_make(struct resume *r, const struct story *s, const char *text);
void resume_clear(struct resume *r);
