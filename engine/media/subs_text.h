/*
 * subs_text: WebVTT, SRT and ASS as people and programs write them, in the form of which FFmpeg reads every line. Private to media.
 *
 * FFmpeg 5.1 stops in silence at the first block of a WebVTT file that is no line, such as a style sheet or a region, and takes a time in
 * SRT that is not quite right for words of the line before.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "media/subs_findings.h"

/* All texts end with a zero byte, which their length does not count. */
bool subs_text_is_ass(const char *text);

/* The text anew, *n bytes, for g_free(). What can't be shown of it is left out, and found. NULL: it stays as it is. */
char *subs_text_mend(const char *text, struct subs_findings *findings, gsize *n);
