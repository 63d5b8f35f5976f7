/* media_pool: the side of `media` that the clips' threads see: the pool of demuxers. Private to media; any thread. */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

struct demuxer;
struct hardware;
struct media;
struct tone_maps;

/* The thread that reads: *stop ends its reading early; *hurry (may be NULL) says that somebody waits for its first
 * picture. */
struct media_user {
    const atomic_bool *stop, *hurry;
};

/* A demuxer of that file, the caller's until media_return(): an idle one (*idle is true; its position is unknown), or
 * one that is opened now. If opening is costly and two are in use, the call waits for one of them to come back: for
 * MEDIA_WAIT_MS, or MEDIA_HURRY_MS once the caller is in a hurry. NULL with *error. */
#define MEDIA_WAIT_MS  3000
#define MEDIA_HURRY_MS 100
struct demuxer *media_borrow(struct media *m, const char *path, const struct media_user *user, bool *idle,
                             GError **error);

/* Keeps the demuxer for the next user, or frees it if it is not `fit` for reuse. */
void media_return(struct media *m, struct demuxer *d, bool fit);

/* Never NULL; borrowed until media_free(). */
struct hardware *media_hardware(const struct media *m);
struct tone_maps *media_tone_maps(const struct media *m);

/* Each clip calls the first when it is opened and the second as its last act. */
void media_clip_begins(struct media *m);
void media_clip_gone(struct media *m);

/* Starts a thread that reads subtitles, sounds or the like, which nobody joins: media_free() waits for it. Its last act is
 * media_helper_gone(). Aborts where there are no more threads, as GLib does. */
void media_helper_start(struct media *m, void *(*run)(void *), void *data);
void media_helper_gone(struct media *m);
