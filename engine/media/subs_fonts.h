/*
 * subs_fonts: how many fonts the texts of a file ask for. Private to media; one thread.
 *
 * libass opens a font for each name with each weight and slant, whether there is such a font or not, and keeps it as long as the
 * file is open: 300 KB and half a millisecond. So a line of 60 KB can take a gigabyte.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct subs_fonts;

struct subs_fonts *subs_fonts_new(void);
void subs_fonts_free(struct subs_fonts *f); /* accepts NULL */

/* What an event's text with its {overrides} asks for, where its style begins with `name`. False: together with what was taken
 * before it would be more than SUBS_FONT_NAMES_MAX, and nothing is taken. */
bool subs_fonts_take(struct subs_fonts *f, const char *name, bool bold, bool italic, const char *text);
