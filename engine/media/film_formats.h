/* film_formats: what films are written as: files, and codecs of pictures and sounds. Constants; any thread. */
#pragma once

#include <stdbool.h>

enum film_container { FILM_MP4, FILM_MKV, FILM_MOV, FILM_CONTAINERS };
enum film_picture { FILM_H264, FILM_H265, FILM_PRORES, FILM_FFV1, FILM_PICTURES };
enum film_sound { FILM_AAC, FILM_FLAC, FILM_PCM, FILM_SOUNDS };

/* Their names in lists that end with NULL, in the order above. */
extern const char *const film_container_names[];
extern const char *const film_picture_names[];
extern const char *const film_sound_names[];

/* May such a film stand in such a file? */
bool film_container_holds(enum film_container c, enum film_picture p, enum film_sound s);

/* FFmpeg's name of such a file. */
const char *film_container_format(enum film_container c);
