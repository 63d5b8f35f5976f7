/*
 * resume: from a saved transcript to where the film goes on.
 *
 * It replays what the viewer did without a clip, and so gets the state. Nothing but the transcript has to be saved, and
 * a story that was edited since does no harm: what no longer fits is left out, and the film goes on at the last place
 * that the old play and the story have in common. Main thread, before the film starts; pure except for memory.
 */
#pragma once

#include "play/transcript.h"

struct resume {
    int32_t *state;                /* running, no decision open; NULL: the film begins anew */
    GArray *passed;                /* struct play_effect: what happens before the film goes on there; see below */
    int64_t pos_us;                /* where in its node; 0: as after a rewind */
    struct transcript *transcript; /* what led there, without its stop, for the film to continue */
    uint64_t seed;                 /* of the play */
    bool misfits;                  /* something that the viewer did has no place in the story */
    char *message;                 /* what a person at the terminal should know; NULL: nothing */
    const char *viewer_message;    /* the same for the viewer, for words_in(); static */
};

/*
 * A decision that cuts at once may have been the last thing that happened: the node in which it was taken is left
 * without having anything more to show. `passed` is empty unless that is so. Then it begins with PLAY_DID_ENTER of that
 * node, where the play was left, and ends with what led into the node of `state`.
 */

/* `text`: a transcript as it was saved, or NULL. It never fails: `message` tells of what does not fit. */
void resume_make(struct resume *r, const struct story *s, const char *text);

/* The same for a writer who has just edited the story: the film goes on at the same time of its node, whatever has changed
 * in it, as long as that node is where all that the viewer did leads. */
void resume_edited(struct resume *r, const struct story *s, const char *text);

/* Telemetry has not been told that the film came into the node of `state`: `passed` tells it, ending included. */
void resume_enter(struct resume *r, const struct story *s);

void resume_clear(struct resume *r);
