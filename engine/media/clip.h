/*
 * clip: one open segment of the film: an exact range of frames and an exact range of samples, decoded ahead.
 *
 * Order of calls: clip_open() -> poll clip_state() until CLIP_WARM (or don't: playing cold only shows late)
 * -> clip_play() -> take frames on the main thread while the mixer pulls sound on the audio thread ->
 * clip_close(). A seek is a new clip with `start_smp` set, swapped in by the caller. Nothing is ever flushed.
 *
 * Timeline. Position 0 is the segment's first frame, counted in samples at FILM_RATE. Frame i of a stream
 * with f frames a second lies at round(i * FILM_RATE / f); frames off that grid (variable rate) at their own
 * time. The length comes from `for_us` if given, else from the range, else from the picture (exact at its
 * last frame), else from the sound. Sound is cut, or padded with silence, to exactly that length. A range or
 * `for_us` that is longer than the file keeps its length: the last frame stays, silence follows, and
 * clip_warning() says so. Times in a file count from its first picture (its first sound, if it has no
 * picture); `from`/`to` are rounded to the nearest frame. The first sample of a range is right: decoders are
 * warmed up on what lies before it.
 *
 * Threads. clip_open/play/close, clip_state and everything about frames: one thread, "main". clip_pull,
 * clip_pull_pos: one thread, "audio" (may be the same). clip_can_start, clip_length_smp: any
 * thread, no locks. Decoding happens in the clip's own thread, at low priority until clip_play(). No call
 * waits for I/O.
 *
 * Not done: rotation metadata is ignored.
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
    CLIP_WARM,    /* first frames and sound are decoded; waits for clip_play() */
    CLIP_PLAYING,
    CLIP_ENDED,  /* everything is decoded; what is left waits in the queues */
    CLIP_FAILED, /* never became warm; clip_error() says why. Has no frames, is silent, clip_can_start() is
                    false */
};

/* Returns at once; the file is opened by the clip's thread. Never NULL. The caller owns the clip. */
struct clip *clip_open(struct media *m, const struct clip_spec *spec);

/* Asks the thread to end and forgets the clip: `c` is dead for the caller. Never waits: the thread frees
 * everything when it gets away from the disk (media_free() waits for it). The audio thread must not use the
 * clip any more (MIXER_RELEASED). Frames already taken live on. Accepts NULL. */
void clip_close(struct clip *c);

enum clip_state clip_state(struct clip *c);

/* Text that names the file, or NULL while there is none; lives until clip_close(). Errors end in CLIP_FAILED,
 * warnings (a sound file is missing, the file is damaged or ends early) do not. */
const char *clip_error(struct clip *c);
const char *clip_warning(struct clip *c);

/* Full queues and normal priority from now on. */
void clip_play(struct clip *c);

/* True once everything up to position `until_smp` is decoded that the queues have room for, or the clip has failed or
 * ended. For playing faster than real time: ask again after a short while. */
bool clip_is_ready(struct clip *c, int64_t until_smp);

/* How many frames to hold while parked, >= 1 (default CLIP_STANDBY_FRAMES); the deck lowers it when memory is
 * short. */
#define CLIP_STANDBY_FRAMES 4
#define CLIP_PLAYING_FRAMES 8
void clip_set_standby_frames(struct clip *c, int n);

/* --- picture: main thread --------------------------------------------------------------------------------------- */

/* Next frame in order, without taking it: valid until a frame is taken or the clip closed. NULL: none decoded
 * yet, or none left, or no picture. */
const struct frame *clip_peek(struct clip *c);

/* More frames will come, but the next one is not decoded yet. */
bool clip_lacks_frame(struct clip *c);

/* Takes that frame; the caller owns it. */
struct frame *clip_take(struct clip *c);

/* Takes the frame that is due at position `pos_smp`: the last queued one with at_smp <= pos_smp. Earlier ones
 * are freed and counted in *dropped (may be NULL). NULL: nothing new is due, keep showing what is shown. */
struct frame *clip_take_due(struct clip *c, int64_t pos_smp, int64_t *dropped);

/* False when it is known that the segment shows no picture (blank, sound only). True while opening. */
bool clip_has_picture(struct clip *c);

/* --- length and sound: any thread / audio thread; no locks, no allocation --------------------------------------- */

/* Exact length of the segment, US_NONE while unknown. Once known it never changes. Known at once for `for_us`
 * and, after opening, for ranges; for whole files when their end has been read, that is a second or more
 * before it. */
int64_t clip_length_smp(const struct clip *c);

/* True once warm: a join may go into this clip. */
bool clip_can_start(const struct clip *c);

/* Position of the next sample that clip_pull() will give; start_smp at first. */
int64_t clip_pull_pos(const struct clip *c);

/* Writes n stereo samples (2n floats) and advances by n, whatever happens: what is not decoded in time is
 * silence, and is dropped when it comes, so that time never stops. Silence past the end. Returns how many
 * samples were missing (0: all right). */
int64_t clip_pull(struct clip *c, float *out, int64_t n);

/* --- for the overlay and the budget: main thread ---------------------------------------------------------------- */
struct clip_stats {
    enum clip_state state;
    int32_t frames_queued;
    int32_t width, height; /* 0 while unknown or without picture */
    bool hardware;         /* decoded by a device (media_use_hardware()) */
    int64_t sound_smp;     /* decoded and not yet pulled */
    int64_t packet_bytes;  /* read and not yet decoded */
    int64_t bytes;         /* everything above, the PCM ring, and an estimate of what the decoders hold */
};
void clip_stats(struct clip *c, struct clip_stats *out);
int64_t clip_bytes(struct clip *c);
