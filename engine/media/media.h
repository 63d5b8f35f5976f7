/*
 * media: what all open clips of one player share.
 *
 * Make one at the start, pass it to clip_open() and deck_new(), free it last. It counts the threads that closed clips
 * leave behind (closing never waits for a disk; see clip_close()), and it keeps a few demuxers open that no clip
 * uses, so that the next range of the same long file only seeks instead of reading the file's index again. A clip
 * that waits lends its demuxer of a file with a large index to the others.
 *
 * All functions here: main thread, cheap except where noted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct media;

/* Never fails (GLib aborts when there is no memory). Silences FFmpeg's own log, because errors reach the caller
 * through our own functions. */
struct media *media_new(void);

/* Waits until the threads of all clips, subtitles and sounds are gone; all must have been closed before. Accepts NULL. */
void media_free(struct media *m);

/* The same, but waits for wait_us at most, because a decoder cannot be stopped. False: a thread is still in a library's call,
 * so nothing was freed, and the program must end by _exit(): exit() would take away what that call uses. */
bool media_free_within(struct media *m, int64_t wait_us);

/* Which device decodes pictures: "auto" (the first that opens), "off" or NULL (as after media_new()), or its name, such as
 * /dev/dri/renderD128 (VA-API). Call it before the first clip is opened. Where there is no device, or it cannot
 * decode a stream, software decodes the same frames and nothing is said. AV1 is always decoded in software, by a
 * library that uses no devices. */
void media_use_hardware(struct media *m, const char *device);

struct media_stats {
    int32_t clips;        /* open, including those that are closing */
    int32_t idle_files;   /* demuxers kept for reuse */
    int64_t files_opened; /* files opened since media_new() */
    int64_t files_reused; /* times that an idle demuxer was taken instead */
    bool hardware_asked;  /* a clip wanted the device */
    bool hardware;        /* and it is there */
};
void media_stats(struct media *m, struct media_stats *out);
