/*
 * film: a story as it plays: translates between play_step() and the clips that run (player/playout.h).
 *
 * It knows no window, no device and no clock. The caller renders the mixer's sound somewhere and says which film
 * position is heard now; film_tick() then lets everything happen that is due until there: effects, decisions, cuts.
 * What a story means is decided in play alone; the film only carries it out.
 *
 * How a cut works. The state after every possible outcome is computed on a copy, and the clips of all of them wait warm
 * in the deck. As soon as only the viewer can still change what follows, that clip is queued in the mixer behind the
 * one that plays, and replaced if the viewer changes their mind. The mixer joins the sound inside a buffer; when what
 * is heard reaches the join, the film takes the step (PLAY_LEAVE) and the picture changes with it.
 *
 * Main thread only; nothing waits. Order: film_new(), film_start(), film_tick() until film_phase() is FILM_OVER or
 * FILM_STUCK, film_end() once, film_free() after the last mixer_render().
 */
#pragma once

#include "media/media.h"
#include "media/mixer.h"
#include "player/choice.h"
#include "player/playout.h"
#include "player/viewing.h"
#include "player/way_ahead.h"

#include <glib.h>

struct film;
struct recorder;
struct transcript;
struct viewing_facts;
struct past_choice;

struct film_options {
    const struct story *story; /* all borrowed until film_free() */
    struct media *media;
    struct mixer *mixer;
    struct recorder *recorder;     /* or NULL */
    struct transcript *transcript; /* collects what the viewer did; or NULL */
    uint64_t seed;
    const int32_t *kept;   /* see PLAY_START */
    const int32_t *resume; /* a running state without an open decision, to go on from instead of the start; or NULL.
                              Borrowed until film_start() returns */
    const GArray *resume_passed;            /* what happens before, struct play_effect (play/resume.h); NULL: nothing */
    int64_t resume_us;                      /* where in its node; 0: where a rewind would */
    const char *language;                   /* of the texts, or NULL */
    struct segment_tracks tracks;           /* a language of NULL: that of the texts */
    const struct past_choice *past_choices; /* or NULL: see viewing_facts_new() */
    int64_t deck_bytes;                     /* budget of the warm set; 0: the deck's default */
    play_sink watch; /* sees every effect after it was recorded; may be NULL; must not call film */
    void *watch_user;
};

enum film_phase {
    FILM_OPENING, /* the first clip is not warm yet */
    FILM_PLAYING,
    FILM_OVER,
    FILM_STUCK, /* the story has no way on: see film_stuck_text() */
};

struct film *film_new(const struct film_options *o);
void film_free(struct film *f); /* accepts NULL */

void film_start(struct film *f);

/* Lets everything happen that is due when film position `heard_smp` is heard. `clock`: as of that moment. */
void film_tick(struct film *f, int64_t heard_smp, const struct viewing_clock *clock);

/* What is heard stands still, or no longer does: what has joined behind a stand is not heard before it is over, so
 * film_tick() does not cut to it. False at first, and in a play that runs faster than real time. */
void film_heard_stands(struct film *f, bool stands);

/* As long as a film that has not begun is held back, it does not begin. False at first. */
void film_hold_back(struct film *f, bool held);

enum film_phase film_phase(const struct film *f);
const char *film_stuck_text(const struct film *f); /* static */

/* Film position at which the picture changes next (next frame, or the cut), INT64_MAX if it is not known. */
int64_t film_next_change(const struct film *f);
/* Will the picture change soon, at a moment that is not known? Look again within a few milliseconds. */
bool film_changes_soon(const struct film *f);
/* Is a picture due that is not decoded yet? */
bool film_lacks_frame(const struct film *f);

/* The picture now, borrowed until the next film_tick(); NULL: none (black, card, slate). */
const struct frame *film_frame(const struct film *f);

/* Rises whenever film_frame() is another one. */
uint64_t film_frame_serial(const struct film *f);

/* What this viewing has been so far, and how long it has run without its pauses. */
const struct viewing_facts *film_facts(const struct film *f);
int64_t film_watched_us(const struct film *f);

/* The state of play, borrowed until the next call that changes the film. */
const int32_t *film_state(const struct film *f);
/* The node whose clip plays, -1 before the first picture; its name, "-" then; the position in it. */
int32_t film_node(const struct film *f);
const char *film_node_name(const struct film *f);
int64_t film_pos_us(const struct film *f);
/* The film position at which the node that plays is at `pos_us`. */
int64_t film_smp_at(const struct film *f, int64_t pos_us);
/* Length of the node as it plays, US_NONE while unknown. */
int64_t film_length_us(const struct film *f);
/* Is the clip that plays a slate, because its file is missing or broken? */
bool film_is_slate(const struct film *f);
/* The file that a slate stands for, NULL: no slate plays. */
const char *film_missing_file(const struct film *f);
/* The subtitles that belong to the clip that plays, or to the one that comes next. If the viewer does not want any, or the
 * story has none, these are the forced ones that the clip's own file may hold. The path is borrowed until the film is
 * advanced. */
struct film_subtitles {
    const char *path; /* NULL: none */
    int64_t from_us;  /* where on the clock of their file the node begins */
    bool only_forced;
    struct stream_wish wish; /* which of a container's; borrowed likewise */
};
struct film_subtitles film_subtitles(const struct film *f, bool wanted);
struct film_subtitles film_next_subtitles(const struct film *f, bool wanted);
/* Which of the streams of the clip's own file (film_streams()) holds what the viewer would read if it could be shown
 * (stream_choice_unshown()), -1: none. Where other subtitles belong to the clip, what is wrong with those is told by who reads them. */
int film_unshown_text(const struct film *f, bool wanted);
/* The clip's own file; NULL: it has none, or a slate stands for it. Borrowed until the film is advanced. */
const char *film_path(const struct film *f);
/* If the viewer may cut at once to another clip: the subtitles of those that may come, at most n of them, where these are files of
 * their own; returns how many. *serial rises when they change. */
int film_coming_subtitles(const struct film *f, struct film_subtitles *all, int n, unsigned *serial);
/* Somebody who signs beside the clip that plays. Strings are borrowed until the film is advanced. */
struct film_signs {
    const char *path;  /* NULL: nobody does */
    int64_t from_us;   /* where on its clock the node begins */
    int64_t start_smp; /* where in the node the clip begins to play */
};
struct film_signs film_signs(const struct film *f);
/* Beside those that may come, the next one first; returns how many. *serial is another one when they change. */
#define FILM_SIGNS_MAX 16
int film_coming_signs(const struct film *f, struct film_signs all[FILM_SIGNS_MAX], unsigned *serial);
/* Where in its node that next clip begins. Its first picture, borrowed likewise; NULL: it has none. False: it is not decoded
 * yet. */
int64_t film_next_from_us(const struct film *f);
bool film_next_picture(const struct film *f, const struct frame **first);

/* For playing faster than time: are the next `smp` samples and their pictures decoded and, if the node ends within
 * them, is what follows queued? */
bool film_is_ready(struct film *f, int64_t smp);

/* Takes the oldest message for the viewer (a clip is missing, …), or NULL. The caller frees it. */
char *film_take_notice(struct film *f);

/* ---- the viewer ------------------------------------------------------------------------------------------------ */

/* What the viewer is doing about the open decision; its menu's decision is -1 while none is open. Once it has closed,
 * film_taken() tells the outcome. */
const struct choice *film_choice(const struct film *f);

/* The decision that closed last, -1: none did, or the next one has opened. *option: taken, -1: none. *timed_out: the
 * viewer did not choose. *at_us: when, as a position in its node. */
int32_t film_taken(const struct film *f, int32_t *option, bool *timed_out, int64_t *at_us);

/* The viewer wants windows `time_factor` times as long as the author's (player/extra_time.h), the open one included.
 * 1 at first. */
void film_set_time_factor(struct film *f, int32_t time_factor);
/* Another language of the texts is wanted, or other sounds or subtitles; strings are borrowed until film_free(). Texts and subtitles
 * change at once. So does the sound, also of a scene with an open question, within a fraction of a second and without a seam in the picture.
 * False: it changes with the next clip, which is all but there. */
bool film_set_language(struct film *f, const char *language);
bool film_set_tracks(struct film *f, const struct segment_tracks *tracks);
/* As playout_streams(). */
const struct stream_facts *film_streams(const struct film *f, int *n);
/* Where the story has sound or subtitles (`kind`) for any language in a file beside the clip that plays: what that file says of its
 * streams, *n of them; borrowed until the next film_tick(). NULL: there is none, or nobody knows yet. */
const struct stream_facts *film_track_streams(const struct film *f, enum stream_kind kind, int *n);
/* The share of the open window that is left, 1 to 0; 1 while none is open; below 0: there is no limit. */
double film_time_left(const struct film *f);
/* The film position at which the film waits, or will wait, for the viewer to decide; 0: nowhere. */
int64_t film_waits_at(const struct film *f);
/* How long the film has waited until now, all in all. */
int64_t film_waited_us(const struct film *f);

/* Moves the focus as choice_move() and choice_set_focus() do. True if it moved. */
bool film_move_focus(struct film *f, int32_t places);
bool film_focus(struct film *f, int32_t place);

/* The viewer selects the option at this place of the menu, or this option. False: it cannot be taken now. */
bool film_select(struct film *f, int32_t place, enum viewing_device device);
bool film_select_option(struct film *f, int32_t option, enum viewing_device device);

/* The place that this letter picks, -1: none. See choice_place_of_letter(). */
int32_t film_place_of_letter(const struct film *f, uint32_t letter);
/* The place that this digit picks: that of the option with this key, else the first for 1 and the tenth for 0. */
int32_t film_place_of_digit(const struct film *f, int32_t digit);

/* Is the open decision a code entry? */
bool film_is_code(const struct film *f);
/* Can a key with this character type it there? Letters can't where all codes are digits. */
bool film_code_takes(const struct film *f, uint32_t character);
/* Code entry: see choice_type(). */
void film_type(struct film *f, uint32_t character, enum viewing_device device);
/* The same with the key on the pad that has the focus; from a keyboard whose viewer did not move there, it enters what was
 * typed. */
void film_type_focus(struct film *f, enum viewing_device device);

/* The decision that going back leads to: the latest one that is not open now; -1: there is none. */
int32_t film_last_checkpoint(const struct film *f);

/* Goes back to an earlier decision, also from a film that is over, which then goes on. False if that is not possible; -1
 * never is. */
bool film_back(struct film *f, int32_t decision);

/* What a writer does while the film plays: it goes on at the beginning of that node; a variable gets a value that it can hold.
 * False: not now. */
bool film_jump(struct film *f, int32_t node);
bool film_change(struct film *f, int32_t variable, int32_t value);

/* How far the viewer may go in the node that plays, and what comes: see player/way_ahead.h. All at the place where the film
 * is, while nothing can be sought. */
struct way_ahead film_way_ahead(const struct film *f);
/* Is a decision open, or will one be within so much film, as far as is known? Cheap, but no look at a field. */
bool film_asks_within(const struct film *f, int64_t us);
/* Where the film is in its node, or will be in a moment, when what the viewer sought is there. */
int64_t film_place_us(const struct film *f);
/* The viewer goes to this place of the node, or as near as they may. The film plays on until the pictures there are
 * decoded. False: that is where it is, or the film can't go elsewhere now. */
bool film_seek(struct film *f, int64_t to_us);
/* Was some of what comes next, as film_skip() takes it, seen before? */
bool film_can_skip(const struct film *f, const int64_t *seen_us);
/* The viewer leaves out what `seen_us` says, for each node how much of it from its start they have seen (FILM_SEEN_WHOLE:
 * to its end), up to the next decision or an ending. What was left out happens all the same, and is recorded with no time
 * watched. False: nothing of what comes next was seen. */
#define FILM_SEEN_WHOLE INT64_MAX
bool film_skip(struct film *f, const int64_t *seen_us);

/* The viewing ends here; records it. */
void film_end(struct film *f, enum viewing_end end);

/* ---- for the overlay --------------------------------------------------------------------------------------------- */

struct film_stats {
    struct playout_stats playout;
    struct media_stats media;
    int64_t held_smp, underrun_smp;
};
void film_stats(struct film *f, struct film_stats *out);
