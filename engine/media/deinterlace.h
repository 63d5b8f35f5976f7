/*
 * deinterlace: a picture that is made of two fields, taken at two moments, becomes a picture of the first one.
 *
 * Lines of the later field are kept where they fit between their neighbours, which is everywhere but where something
 * moves; there they are drawn anew, along the edges in the picture. Only the picture itself counts and none before it, so
 * a frame looks the same however one comes to it, and none is needed that lies outside a range. Private to media; any
 * thread. Some 2.5 ns a pixel; pictures that say nothing of fields cost nothing.
 */
#pragma once

#include <stdbool.h>

struct AVFrame;

/* Does the file say so? */
bool deinterlace_is_wanted(const struct AVFrame *f);

/* Replaces the planes of `f`, because a decoder may still refer to its own. RGB stays as it is.
 * False: out of memory. */
bool deinterlace(struct AVFrame *f);
