/*
 * playout: the clips of a film as they run: the shot that plays, the one queued behind it in the mixer, those kept
 * warm.
 *
 * The film says how things stand (struct situation); playout finds the segment that follows, queues its clip, replaces
 * it when the viewer changes their mind, and follows the mixer's events. It steps no story. What goes wrong is told
 * twice: as a sentence for the viewer (playout_take_notice()) and as a fault for the record (the options' callback).
 *
 * Main thread only; nothing waits. Order: playout_new(); whenever time has passed playout_poll(), playout_cut() once
 * what is heard has come to playout_join_smp() of a next shot that has joined, playout_look_ahead(), playout_picture();
 * playout_free() after the last mixer_render().
 *
 * A shot is one run of a node: its segment and the clip that plays it. Film positions are samples of the mixer's film
 * clock (FILM_RATE).
 */
#pragma once

#include "media/clip.h"
#include "media/deck.h"
#include "media/media.h"
#include "media/mixer.h"
#include "player/segment.h"
#include "player/viewing.h"

struct playout;

/* A fault: how long it lasted, or US_NONE where it has no length. */
typedef void (*playout_fault)(void *user, enum viewing_fault fault, int64_t lasted_us);

struct playout_options {
    const struct story *story; /* all borrowed until playout_free() */
    struct media *media;
    struct mixer *mixer;
    struct segment_tracks tracks;
    int64_t deck_bytes; /* budget of the warm set; 0: the deck's default */
    playout_fault fault;
    void *user;
};

/* How things stand. */
struct situation {
    const int32_t *state;
    int32_t selected; /* option that the viewer has selected in the open decision, or -1 */
    bool jumping;     /* the state is in another node already; only the cut is missing */
    bool held_back;   /* the film's first shot is not to begin yet */
    int64_t heard_smp;
};

struct playout *playout_new(const struct playout_options *o);
void playout_free(struct playout *p); /* accepts NULL */

/* The first node of a resumed play starts here, until it plays: see struct segment_options. */
void playout_resume_at(struct playout *p, int64_t from_us);

/* The film, which is jumping (struct situation), goes to exactly `at_us` in the node of the state; US_NONE: to where it
 * goes by itself. */
void playout_seek(struct playout *p, int64_t at_us);

/* Other sounds or subtitles are wanted; their strings are borrowed until playout_free(). The shot that plays has its subtitles at
 * once (`state`: the film's, in that shot's node); all others are opened anew. */
void playout_set_tracks(struct playout *p, const struct segment_tracks *tracks, const int32_t *state);

/* The shot that plays goes on with the sound that was set last: a second clip of it waits a quarter of a second ahead and takes over
 * at the very sample, so positions, pictures and an open decision stay what they are. False: it can't, because something else follows
 * before that. */
bool playout_change_sound(struct playout *p, const int32_t *state);

/* Those that were set last. */
const struct segment_tracks *playout_tracks(const struct playout *p);

/* The state or the selection changed: the next playout_look_ahead() works out anew what can follow. */
void playout_situation_changed(struct playout *p);

/* Follows the mixer. True: a change of mind came too late, and *selected is what was selected before it: what is heard
 * counts. */
bool playout_poll(struct playout *p, int32_t *selected);

/* Brings the mixer's queue and the deck up to date with the situation. */
void playout_look_ahead(struct playout *p, const struct situation *l);

/* The mixer has joined the next shot: the one that plays is decided and can no longer be replaced. */
bool playout_has_joined(const struct playout *p);
/* Does it play from where the viewer went? False: what was queued before that has joined instead. */
bool playout_next_is_sought(const struct playout *p);
/* Film position at which the next shot's first sample is heard, once it has joined. */
int64_t playout_join_smp(const struct playout *p);
/* The next shot, which has joined, becomes the one that plays. */
void playout_cut(struct playout *p);

/* Takes the picture that is due when `heard_smp` is heard; says what is wrong with the shot that plays. */
void playout_picture(struct playout *p, int64_t heard_smp);

/* The shot's missing pictures do not matter any more: tells the fault. */
void playout_end_lack(struct playout *p, int64_t heard_smp);
/* The film ends: tells the fault of a next shot that it still waits for. */
void playout_end(struct playout *p, int64_t heard_smp);

/* ---- questions ------------------------------------------------------------------------------------------------- */

/* Does a shot play? Not before the first cut. */
bool playout_plays(const struct playout *p);
int32_t playout_node(const struct playout *p); /* its node, -1: none plays */
/* Its segment, and that of the shot queued behind it, or that the film waits for: all zero where there is none. Borrowed until
 * the next call that changes the playout. */
const struct segment *playout_segment(const struct playout *p);
const struct segment *playout_next_segment(const struct playout *p);

/* Those of all shots that may come, *n of them, borrowed likewise. Returns a number that rises when they change. */
unsigned playout_wanted(const struct playout *p, const struct segment **all, int *n);

/* The first picture of that next shot, borrowed likewise; NULL: it has none. False: it is not decoded yet. */
bool playout_next_picture(const struct playout *p, const struct frame **first);

/* What the file of the shot that plays says of its streams, *n of them; borrowed likewise. NULL: there is none, or it is not open. */
const struct stream_facts *playout_streams(const struct playout *p, int *n);

/* Do their files hold text that is shown even without subtitles (clip_has_forced_text())? */
bool playout_has_forced_text(const struct playout *p);
bool playout_next_has_forced_text(const struct playout *p);

/* The shot that plays is the last one, and all of it has been heard. */
bool playout_is_over(const struct playout *p, const struct situation *l);

/* Of the shot that plays: film position of its clip's 0; its length in samples, US_NONE while unknown or nothing plays;
 * film position of its end, INT64_MAX then. */
int64_t playout_start_smp(const struct playout *p);
int64_t playout_length_smp(const struct playout *p);
int64_t playout_end_smp(const struct playout *p);
/* The length of the shot that plays as far as it is known by now, from the header of its file if need be: US_NONE where
 * nothing plays, or nobody can say. */
int64_t playout_planned_us(const struct playout *p);

/* The picture now, borrowed until the next playout_look_ahead(), playout_picture() or playout_cut(), NULL: none; the serial rises
 * whenever it is another one. Before the film begins, its first picture stands as soon as it is decoded. */
const struct frame *playout_frame(const struct playout *p);
uint64_t playout_frame_serial(const struct playout *p);

/* See film_next_change(), film_changes_soon(), film_lacks_frame(). */
int64_t playout_next_change(const struct playout *p, int64_t heard_smp);
bool playout_changes_soon(const struct playout *p, int64_t heard_smp);
bool playout_lacks_frame(const struct playout *p);

/* See film_is_ready(). */
bool playout_is_ready(const struct playout *p, const struct situation *l, int64_t smp);

/* The oldest sentence for the viewer, or NULL. The caller frees it. */
char *playout_take_notice(struct playout *p);

struct playout_stats {
    struct deck_stats deck;
    struct clip_stats clip;  /* of the one that plays; zero: none does */
    int64_t frames, dropped; /* shown; skipped because they came too late */
    bool lacks; /* a clip was not shown or heard in full for what the machine did not give (clip_lacks()) */
};
void playout_stats(const struct playout *p, struct playout_stats *out);
