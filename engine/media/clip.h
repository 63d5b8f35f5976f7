/*
 * clip: one open segment of the film: an exact range of frames and an exact range of samples, decoded ahead of time.
 *
 * Order of calls: clip_open(); poll clip_state() until CLIP_WARM (a clip that is played before that merely starts
 * late); clip_play(); then take frames on the main thread while the mixer pulls sound on the audio thread;
 * clip_close(). To seek, the caller opens a new clip with `start_smp` set and swaps it in. A clip is never flushed.
 *
 * Timeline. A file's timeline is the one that its container presents: what an edit list leaves out does not count, a
 * picture stays until the next one comes or the file ends, and time 0 is when the first of picture and sound begins. It
 * ends when the last of them does. Picture and sound that begin, or end, less than 0.1 s apart begin and end with the
 * picture: the rest is a codec's priming and padding. If the sound leads, the first picture is shown from time 0 on.
 * `from_us` and `to_us` are such times. They are rounded to the nearest boundary of frames if there is one within 25 ms,
 * as at 20 frames a second or more there always is; otherwise the frame that is due then is shown for what is left of
 * its time.
 *
 * Position 0 is the segment's beginning; positions are counted in samples at FILM_RATE. Frame i of a stream with f frames
 * a second lies at round(i * FILM_RATE / f) from the first; a frame that is off this grid (variable rate) keeps its own
 * time. The length is `for_us` if that is given, else the range's, else up to the end of the file. The sound is cut, or
 * padded with silence, to exactly that length. Sound from another file does not lengthen a segment with a picture. A
 * range or a `for_us` that is longer than the file keeps its length: the last frame stays, silence follows, and
 * clip_warning() says so. The first sample of a range is already right, because decoders are warmed up on what lies
 * before it.
 *
 * Threads. clip_open(), clip_play(), clip_close(), clip_state() and everything about frames belong to one thread,
 * "main". clip_pull() and clip_pull_pos() belong to one thread, "audio", which may be the same. clip_can_start() and
 * clip_length_smp() may be called by any thread and take no lock. Each clip decodes in a thread of its own, at low
 * priority until clip_play(). No call waits for a disk.
 *
 * A picture that the file stores turned or mirrored is shown upright, in quarter turns (orientation.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/units.h"
#include "media/clip_spec.h"
#include "media/frame.h"

struct media;
struct clip;

enum clip_state {
    CLIP_OPENING, /* nothing to show yet */
    CLIP_WARM,    /* the first frames and the first sound are decoded; the clip waits for clip_play() */
    CLIP_PLAYING,
    CLIP_ENDED,  /* everything is decoded; the rest waits in the queues */
    CLIP_FAILED, /* it never became warm; clip_error() says why. It has no frames and is silent, and clip_can_start()
                    stays false */
};

/* Returns at once, never NULL; the clip's own thread opens the file. The spec is copied. The caller owns the clip. */
struct clip *clip_open(struct media *m, const struct clip_spec *spec);

/* Tells the clip's thread to end; the caller must not use `c` any more, nor may the audio thread (see
 * MIXER_RELEASED). Never waits: the thread frees everything as soon as the disk lets it, and media_free() waits for
 * that. Frames that were taken stay valid. Accepts NULL. */
void clip_close(struct clip *c);

enum clip_state clip_state(struct clip *c);

/* A text that names the file, or NULL if there is none; valid until clip_close(). An error means CLIP_FAILED; a warning
 * (a sound file is missing, the file is damaged or ends early) does not. */
const char *clip_error(struct clip *c);
const char *clip_warning(struct clip *c);

/* With an error or a warning: a file of it could not be opened because the machine gave no more open files or memory, or its disk
 * failed. The file may be sound. */
bool clip_lacks(struct clip *c);

/* From now on the clip has normal priority and fills its queues. */
void clip_play(struct clip *c);

/* True once everything up to position `until_smp` is decoded, as far as the queues have room for it, or once the clip
 * has failed or ended. For playing faster than real time: ask again after a short while. */
bool clip_is_ready(struct clip *c, int64_t until_smp);

/* How many frames a clip holds while it waits, at least 1. The deck lowers the number when memory is short. */
#define CLIP_STANDBY_FRAMES 4
#define CLIP_PLAYING_FRAMES 12
void clip_set_standby_frames(struct clip *c, int n);

/* --- picture: main thread --------------------------------------------------------------------------------------- */

/* The next frame, which stays in the queue: valid until a frame is taken or the clip is closed. NULL: none is decoded
 * yet, none is left, or there is no picture. */
const struct frame *clip_peek(struct clip *c);

/* More frames will come, but the next one is not decoded yet. */
bool clip_lacks_frame(struct clip *c);

/* Takes the frame that clip_peek() shows; the caller owns it. NULL if there is none. */
struct frame *clip_take(struct clip *c);

/* Takes the last frame that is due at position `pos_smp` and frees those before it; the caller owns the result. NULL:
 * no new frame is due. *dropped (may be NULL) grows by the number of frames that were freed. */
struct frame *clip_take_due(struct clip *c, int64_t pos_smp, int64_t *dropped);

/* False once it is known that the segment shows no picture (a blank, or sound alone). True until the file is open. */
bool clip_has_picture(struct clip *c);

/* Does `path` hold text that is to be shown even without subtitles: foreign speech and signs, for a viewer of
 * `audio_lang`? subs.h shows it. False until the file is open. */
bool clip_has_forced_text(struct clip *c);

/* What the file of `path` says of its streams, *n of them; NULL until it is open. Borrowed until clip_close(). */
const struct stream_facts *clip_streams(struct clip *c, int *n);

/* --- length and sound: no locks, no allocation ------------------------------------------------------------------ */

/* The exact length of the segment, or US_NONE while it is unknown; once known it never changes. With `for_us` it is
 * known at once, for a range when the file is open, for a whole file when its end has been read, which is a second or
 * more before it plays; if its sound outlasts the picture, half a second before that ends. Any thread. */
int64_t clip_length_smp(const struct clip *c);
/* The length as the file's header tells it, as soon as it is open; US_NONE: not yet, or it does not tell. Any thread. */
int64_t clip_told_length_smp(const struct clip *c);

/* True once the clip is warm: the film can go on in it. Any thread. */
bool clip_can_start(const struct clip *c);

/* Position of the next sample that clip_pull() will give; `start_smp` at first. Audio thread. */
int64_t clip_pull_pos(const struct clip *c);

/* Writes n stereo samples (2n floats) to `out` and always advances by n, so that time never stops: a sample that is
 * not decoded in time is silence, and is dropped when it comes. Past the end there is silence. Returns how many
 * samples came too late, 0 if none. Audio thread. */
int64_t clip_pull(struct clip *c, float *out, int64_t n);

/* --- for the statistics and the budget: main thread -------------------------------------------------------------- */
struct clip_stats {
    enum clip_state state;
    int32_t frames_queued;
    int32_t width, height; /* of the picture in pixels; 0 while unknown, or without a picture */
    bool hardware;         /* decoded by a device, see media_use_hardware() */
    int64_t sound_smp;     /* decoded and not yet pulled */
    int64_t packet_bytes;  /* read and not yet decoded */
    int64_t bytes;         /* frames, packets, the sound ring, and an estimate of what the decoders hold */
};
void clip_stats(struct clip *c, struct clip_stats *out);
int64_t clip_bytes(struct clip *c); /* the same `bytes` alone */
