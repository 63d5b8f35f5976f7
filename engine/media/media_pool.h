/* media_parked: the side of `media` that clips' threads see. Private to media; any thread. */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

struct demuxer;
struct hardware;
struct media;

/* Who reads: *stop ends it early; *hurry (may be NULL): somebody waits for its first picture. */
struct media_user {
    const atomic_bool *stop, *hurry;
};

/* A demuxer of that file, the caller's until media_return(): a parked one (*parked: it stands anywhere) or one opened now.
 * Where opening is dear and two are in use, it waits for one of them to come back: for MEDIA_WAIT_MS, or MEDIA_HURRY_MS
 * once the caller is in a hurry. NULL with *error. */
#define MEDIA_WAIT_MS  3000
#define MEDIA_HURRY_MS 100
struct demuxer *media_borrow(struct media *m, const char *path, const struct media_user *user, bool *idle,
                             GError **error);

/* Parks it for the next one, or frees it if it isn't fit for that. */
void media_return(struct media *m, struct demuxer *d, bool fit);

/* Never NULL; borrowed until media_free(). */
struct hardware *media_hardware(const struct media *m);

void media_clip_begins(struct media *m);
void media_clip_gone(struct media *m); /* the clip's last act */
