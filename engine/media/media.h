/*
 * media: what all open clips of one player share.
 *
 * Make one at the start, pass it to clip_open() and deck_new(), free it last. It counts the threads that
 * clips leave behind when they are closed (closing never waits for a disk; see clip_close) and keeps a few
 * demuxers that no clip uses open, so that the next range of the same long file seeks instead of reading its
 * index anew. A clip that waits lends its demuxer of a file with a large index to the others.
 *
 * All functions here: main thread, cheap except where said.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct media;

/* Never fails (GLib aborts when there is no memory). Quiets FFmpeg's own log: errors are told through our
 * calls. */
struct media *media_new(void);

/* Waits until the threads of all closed clips are gone; every clip must have been closed before. Accepts
 * NULL. */
void media_free(struct media *m);

/* Which device decodes pictures from the next clip on: "auto" (the first that there is), "off" (as after media_new()), or
 * its name, as /dev/dri/renderD128 (VA-API). Before the first clip. Where there is none, or it can't do a stream,
 * clips are decoded in software without a word, frame by frame the same. So is all AV1, whose software decoder is a library of
 * its own that knows no devices. */
void media_use_hardware(struct media *m, const char *device);

struct media_stats {
    int32_t clips;        /* open, closing ones included */
    int32_t idle_files;   /* demuxers kept for reuse */
    int64_t files_opened; /* since media_new(): files opened anew, ... */
    int64_t files_reused; /* ... and those taken from the parked ones */
    bool hardware_asked;  /* a clip wanted the device; */
    bool hardware;        /* and it is there */
};
void media_stats(struct media *m, struct media_stats *out);
