/* media_parked: the side of `media` that clips' threads see. Private to media; any thread. */
#pragma once

#include <stdbool.h>

struct media;
struct hardware;
struct source;

/* A parked demuxer of that unchanged file, now the caller's; NULL: none. */
struct source *media_unpark(struct media *m, const char *path);

/* Keeps `s` for later, in place of the oldest one when there are too many. False: not wanted, free it. */
bool media_park(struct media *m, struct source *s);

/* Never NULL; borrowed until media_free(). */
struct hardware *media_hardware(const struct media *m);

void media_count_open(struct media *m);
void media_clip_begins(struct media *m);
void media_clip_gone(struct media *m); /* the clip's last act */
