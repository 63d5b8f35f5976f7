#include "media/film_formats.h"

#include <stddef.h>

const char *const film_container_names[] = {"mp4", "mkv", "mov", NULL};
const char *const film_picture_names[] = {"h264", "h265", "prores", "ffv1", NULL};
const char *const film_sound_names[] = {"aac", "flac", "pcm", NULL};

struct container {
    const char *format;        /* FFmpeg's name */
    unsigned pictures, sounds; /* which it may hold: bits */
};

#define HOLDS(codec) (1u << (codec))

static const struct container containers[FILM_CONTAINERS] = {
    [FILM_MP4] = {"mp4", HOLDS(FILM_H264) | HOLDS(FILM_H265), HOLDS(FILM_AAC)},
    [FILM_MKV] = {"matroska", HOLDS(FILM_PICTURES) - 1, HOLDS(FILM_SOUNDS) - 1},
    [FILM_MOV] = {"mov", HOLDS(FILM_H264) | HOLDS(FILM_H265) | HOLDS(FILM_PRORES), HOLDS(FILM_AAC) | HOLDS(FILM_PCM)},
};

bool film_container_holds(enum film_container c, enum film_picture p, enum film_sound s)
{
    return (containers[c].pictures & HOLDS(p)) && (containers[c].sounds & HOLDS(s));
}

const char *film_container_format(enum film_container c)
{
    return containers[c].format;
}
