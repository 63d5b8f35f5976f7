/*
 * sound_loader: loads short sounds (sound.h) one after the other, in a thread of its own, and keeps them.
 *
 * Order: sound_loader_new(), any number of wants and gets, sound_loader_close(). One thread (main) calls all of them; none
 * waits for a file or a decoder.
 */
#pragma once

#include "media/sound.h"

#include <stdbool.h>

struct media;
struct sound_loader;

/* `m` is borrowed; media_free() waits for the thread. */
struct sound_loader *sound_loader_new(struct media *m);

/* Loads the file at `path`, unless it was wanted before. */
void sound_loader_want(struct sound_loader *l, const char *path);

/* NULL: it is not loaded yet, cannot be read, or was not wanted. Borrowed until sound_loader_close(). */
const struct sound *sound_loader_get(struct sound_loader *l, const char *path);

/* Has everything that was wanted been read, as far as it can be? */
bool sound_loader_done(struct sound_loader *l);

/* Nothing that it gave out may be used any more. The thread frees everything as soon as the decoder lets it. Accepts NULL. */
void sound_loader_close(struct sound_loader *l);
