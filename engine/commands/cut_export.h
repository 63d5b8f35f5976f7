/* cut_export: one way through a story becomes a linear film in a file (player/film_cut.h). Main thread. */
#pragma once

#include "story/story.h"

#include <stdbool.h>
#include <stdint.h>

/* As given, or NULL. */
struct cut_export_options {
    const char *output, *choose, *language, *size, *rate, *codec, *sound, *copy, *subtitles;
    int32_t quality; /* 0: the usual one */
    bool choices;
    bool descriptions; /* the sound that describes what is seen, where there is one */
    bool signs;        /* who signs is in the picture */
};

/* Reports what it does, on standard output, and what goes wrong. Returns an exit code. */
int cut_export(const struct story *s, const struct cut_export_options *o);
