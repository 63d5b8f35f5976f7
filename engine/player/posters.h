/*
 * posters: pictures of films for the shelf: `poster.jpg` or `poster.png` beside the story, else a picture of its first
 * scene, one second in.
 *
 * They are strangers' files, so they are decoded in a process without rights (base/helper.h), one after the other, which hands back
 * nothing but pixels. What was decoded is kept as a small JPEG in the cache folder (paths_posters()), under a name made from its
 * file, that file's size and time, the place in it, and the size of the picture. The oldest ones leave when there are more than
 * POSTERS_CACHED. What cannot be kept there is decoded again next time. Main thread; nothing waits.
 */
#pragma once

#include "story/story.h"

#include <stdbool.h>

#define POSTERS_CACHED 128 /* in the folder, some 60 KiB each */

struct frame;
struct posters;

struct posters *posters_new(void);
void posters_free(struct posters *p); /* accepts NULL */

/* The next one is to be this film's. In memory it takes 900 KiB at most. */
void posters_add(struct posters *p, const struct story *s);
/* All are added. Call it before there are other threads. Without memory for a process there are no pictures. */
void posters_start(struct posters *p);
/* Call it again and again. True: another picture has come. */
bool posters_work(struct posters *p);
/* The picture of the film that was added as number i, from 0 on; borrowed. NULL: there is none, or none yet. */
const struct frame *posters_picture(const struct posters *p, unsigned i);

/* The picture beside the story, g_free() it. NULL: there is none. */
char *posters_file(const struct story *s);
