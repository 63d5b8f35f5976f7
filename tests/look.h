/*
 * look: leaves what tests draw as pictures in the folder FRUMIOUS_LOOK, for eyes. Without it nothing is left.
 * FRUMIOUS_LOOK_SIZE=WIDTHxHEIGHT leaves only those of one size, and tests draw no others for eyes alone.
 */
#pragma once

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "media/frame.h"
#include "present/window.h"

static inline bool look_wanted(void)
{
    return g_getenv("FRUMIOUS_LOOK") != NULL;
}

static inline bool look_wanted_at(int width, int height)
{
    g_autofree char *size = g_strdup_printf("%dx%d", width, height);
    const char *only = g_getenv("FRUMIOUS_LOOK_SIZE");
    return look_wanted() && (!only || strcmp(only, size) == 0);
}

/* What was drawn last, as NAME_WIDTHxHEIGHT.png. */
static inline void look_keep(struct window *w, const char *name)
{
    int width = 0, height = 0, pitch = 0;
    const char *why = NULL;
    const uint8_t *px = window_read(w, &width, &height, &pitch);
    if (!px || !look_wanted_at(width, height))
        return;
    g_autofree char *path = g_strdup_printf("%s/%s_%dx%d.png", g_getenv("FRUMIOUS_LOOK"), name, width, height);
    if (!frame_write_png(path, px, width, height, pitch, &why))
        printf("# %s: %s\n", path, why);
}
