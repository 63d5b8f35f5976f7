/*
 * subs_style: what a viewer wants of subtitles, in libass's terms. Private to media. Functions of their arguments; any thread.
 */
#pragma once

#include <ass/ass.h>

#include "media/subs_view.h"

/* Everything but the name of the font. Sizes are in lines of a picture that is 288 lines high: what FFmpeg tells libass for files
 * without styles of their own, and what libass takes a style for that stands in for another (ass_set_selective_style_override()). */
void subs_style_fill(ASS_Style *y, const struct subs_look *look);

/* Never NULL. */
const char *subs_style_face(const struct subs_look *look);
