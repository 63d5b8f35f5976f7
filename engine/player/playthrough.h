/*
 * playthrough: one play of the story: its film and everything that belongs to this play alone: sound, scene, recorder,
 * transcript, the saved place.
 *
 * Order: playthrough_open(), which starts the film; playthrough_tick() as time passes (player/loop.h),
 * playthrough_compose() whenever a picture is wanted; playthrough_close(). Main thread.
 */
#pragma once

#include "media/pace.h"
#include "player/cues.h"
#include "player/film.h"
#include "player/moments.h"
#include "player/viewing_eraser.h"
#include "player/recorder.h"
#include "player/scene.h"
#include "player/player_context.h"
#include "present/audio.h"

/* playthrough.c alone writes it; the loop reads it, and plays what it points to. */
struct playthrough {
    struct player_context *context;
    struct mixer *mixer;
    struct pace *pace;
    struct audio *audio;
    struct recorder *recorder;
    struct viewing_eraser *eraser;
    bool erased;  /* the viewer wants this viewing erased */
    bool anew;    /* the viewer wants the film to begin anew */
    bool resumed; /* it went on where the viewer had left off */
    struct transcript *transcript;
    bool keeps;         /* the viewer's files beside the saved place may be written */
    struct save *save;  /* NULL: this play is not saved */
    bool place_changed; /* since it was saved, */
    int64_t saved_smp;  /* when this film position was heard */
    struct film *film;
    struct scene *scene;
    struct cues *cues;
    struct seen_scenes *seen;
    struct story_map *map;
    struct moments *moments;
    struct inspector *inspector; /* or NULL: nobody inspects */
    struct viewing_clock clock;
    int64_t began_us, clock_us; /* monotonic; in a fast play, the film's */
    int64_t heard_smp;          /* film position that is heard */
    int64_t stood_us;           /* how long the sound device has stood, as far as that was told */
    int32_t code;               /* exit code: what has failed until now */
};

/* `ctx` is borrowed until playthrough_close(). */
void playthrough_open(struct playthrough *pt, struct player_context *ctx);

/* Lets everything happen that is due when film position `smp` is heard; what the autopilot decides happens at its own
 * moment. False: the play cannot go on. */
bool playthrough_tick(struct playthrough *pt, int64_t smp);

/* Is the film not over, and has neither the viewer left or begun anew, nor a signal come, nor the story been edited? */
bool playthrough_goes_on(const struct playthrough *pt);

/* Has the writer saved a new version of the story (o->watch), while the film was running? Then a transcript of what led here, to
 * be freed; else NULL. */
char *playthrough_edited(struct playthrough *pt);

/* One event of the viewer's hands; true if the picture should change at once. */
bool playthrough_input(struct playthrough *pt, const struct input_event *ev);

/* Composes the picture as it is now, to be flipped. False: it is the same as the one before. */
bool playthrough_compose(struct playthrough *pt);

/* Fills a zeroed view with the film alone, without what the player puts over it; with `subtitles`, or without. It borrows as
 * scene_view() does. */
void playthrough_view(struct playthrough *pt, bool subtitles, struct view *v);

/* Writes the screenshot that is due, if --screenshots asks for one. False: the play cannot go on. */
bool playthrough_take_screenshots(struct playthrough *pt);

/* Shows the page "What was recorded". The film waits meanwhile, and then goes on as before. */
void playthrough_show_privacy_page(struct playthrough *pt);

/* Shows the page that the viewer has asked for, if any: the film waits meanwhile, and then goes on, wherever they want. */
void playthrough_show_requested(struct playthrough *pt);

/* After the film: shows which ending it was and what can be done now. The viewer may go back, and the film goes on; begin
 * anew; or leave. */
void playthrough_show_end(struct playthrough *pt);

/* Ends the film, saves the place, hands over the last record, and reports what went wrong. */
void playthrough_close(struct playthrough *pt);
