/*
 * media: what all open clips of one player share.
 *
 * Make one at the start, pass it to clip_open() and deck_new(), free it last. It counts the threads that
 * clips leave behind when they are closed (closing never waits for a disk; see clip_close) and keeps a few
 * demuxers of recently closed clips open, so that the next range of the same long file seeks instead of
 * reading its index anew.
 *
 * All functions here: main thread, cheap except where said.
 */
#pragma once

#include <stdint.h>

struct media;

/* Never fails (GLib aborts when there is no memory). Quiets FFmpeg's own log: errors are told through our
 * calls. */
struct media *media_new(void);

/* Waits until the threads of all closed clips are gone; every clip must have been closed before. Accepts
 * NULL. */
void media_free(struct media *m);

struct media_stats {
    int32_t clips;        /* open, closing ones included */
    int32_t parked_files; /* demuxers kept for reuse */
    int64_t files_opened; /* since media_new(): files opened anew, ... */
    int64_t files_reused; /* ... and those taken from the parked ones */
};
void media_stats(struct media *m, struct media_stats *out);
