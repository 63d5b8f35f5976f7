/*
 * linear_cut: a line of clips, one after another, with the decisions that fall in them: a play of a story as its transcript tells
 * it, or all clips of the story in the order of the screenplay.
 *
 * Times are media times in a node, from its clip's beginning. A pure value but for the lengths, which the files tell
 * (shoot/footage.h). One thread.
 */
#pragma once

#include "play/transcript.h"
#include "shoot/footage.h"
#include "shoot/scenes.h"

#include <glib.h>

enum cut_outcome {
    CUT_UNDECIDED, /* not played, or left while it was open */
    CUT_PICKED,
    CUT_TIMED_OUT,
};

struct cut_marker {
    int32_t decision;
    int64_t at_us, until_us; /* when it opened, when it was closed */
    enum cut_outcome outcome;
    int32_t option; /* index in the decision, -1: none */
};

struct cut_segment {
    int32_t node;
    int64_t from_us, to_us;          /* the part of the node that is seen */
    const struct story_track *sound; /* in place of the film's own, or NULL */
    struct story_span markers;       /* linear_cut->markers */
};

struct linear_cut {
    const struct story *story;
    GArray *segments; /* struct cut_segment */
    GArray *markers;  /* struct cut_marker, in order */
};

/* Every scene that has a clip, whole. Sounds are those of a play that has just begun. Borrows the story. `language`: of
 * the viewer, or NULL. */
struct linear_cut *linear_cut_of_story(const struct scenes *sc, struct footage *f, const char *language);

/*
 * What somebody saw. Where they went back, it goes on from where the decision opens again. Borrows the story, which begins as
 * the transcript does (play/recorded_start.h). NULL and *error (TRANSCRIPT_ERROR_MISMATCH): it does not fit the story.
 */
struct linear_cut *linear_cut_of_play(const struct story *s, const struct transcript *t, struct footage *f,
                                      const char *language, GError **error);

/* The same, and behind the transcript's last line, unless that says that the play was left, nobody chooses any more until the film is
 * over. *error as well where it never is. */
struct linear_cut *linear_cut_to_end(const struct story *s, const struct transcript *t, struct footage *f,
                                     const char *language, GError **error);

/* How long it is, in us. */
int64_t linear_cut_length(const struct linear_cut *c);

void linear_cut_free(struct linear_cut *c); /* accepts NULL */
