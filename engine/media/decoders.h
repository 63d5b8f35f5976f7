/*
 * decoders: what FFmpeg on this machine can decode of what footage usually is. Any thread; texts are the caller's (g_free).
 */
#pragma once

#include <stdbool.h>

/* "H.264, HEVC, …"; *lacking: those that it cannot; NULL: none is lacking. */
char *decoders_pictures(char **lacking);
char *decoders_sounds(char **lacking);

/* Whether a graphics device decodes pictures here. Opens it, which may take a tenth of a second. */
bool decoders_have_device(void);
