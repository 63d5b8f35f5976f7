/*
 * version_saves: where plays that were left in one version of a story go on in a later one.
 *
 * There is no end of plays that could have been left, so one is tried for each node: viewings that together show every
 * node (explore/viewing_cover.h) are left in each node when they first come there, and are resumed (play/resume.h).
 */
#pragma once

#include "story/version_pairs.h"
#include "explore/patience.h"
#include "explore/viewing_cover.h"

#include <glib.h>

struct version_save {
    int32_t left;    /* node of the earlier version */
    int32_t goes_on; /* node of the later one; -1: the film begins anew */
    bool same;       /* that is the same node, and what was done on the way there still fits */
    char *message;   /* what a person at the terminal is told; NULL: nothing */
};

/* One for each node that the viewings show, or that it came to while there was patience: struct version_save, to be freed with
 * g_array_unref(). */
GArray *version_saves(const struct version_pairs *p, const struct viewing_cover *of_before, struct patience *patience);
