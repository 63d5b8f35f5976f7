/*
 * posters: small pictures of films for the shelf: `poster.jpg` or `poster.png` beside the story, else a picture of its first
 * scene, one second in.
 *
 * One is decoded at a time, in the clip's own thread. What was decoded is kept as a small JPEG in the cache folder
 * (paths_posters()), under a name made from its file, that file's size and time, and the place in it. The oldest ones leave when
 * there are more than POSTERS_CACHED. What cannot be kept there is decoded again next time. Main thread; nothing waits but
 * posters_free(), for a disk.
 */
#pragma once

#include "story/story.h"

#include <stdbool.h>

#define POSTERS_CACHED 128 /* in the folder, some 20 KiB each */

struct frame;
struct posters;

struct posters *posters_new(void);
void posters_free(struct posters *p); /* accepts NULL */

/* The next one is to be this film's. In memory it takes 225 KiB at most. */
void posters_add(struct posters *p, const struct story *s);
/* Call it again and again. True: another picture has come. */
bool posters_work(struct posters *p);
/* The picture of the film that was added as number i, from 0 on; borrowed. NULL: there is none, or none yet. */
const struct frame *posters_picture(const struct posters *p, unsigned i);

/* The picture beside the story, g_free() it. NULL: there is none. */
char *posters_file(const struct story *s);
