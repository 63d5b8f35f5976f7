/*
 * decoders: what FFmpeg on this machine can decode of what footage usually is. Any thread; texts are the caller's (g_free).
 */
#pragma once

#include <libavcodec/codec_par.h>
#include <stdbool.h>

/* "H.264, HEVC, …"; *lacking: those that it cannot; NULL: none is lacking. */
char *decoders_pictures(char **lacking);
char *decoders_sounds(char **lacking);

/* NULL: there is a decoder for it; else what it is, as "its sound is in a format that can't be decoded here (apac)". */
char *decoders_lack(const AVCodecParameters *par);

/* Whether a graphics device decodes pictures here. Opens it, which may take a tenth of a second. */
bool decoders_have_device(void);
