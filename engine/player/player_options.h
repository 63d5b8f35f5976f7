/* player_options: how a story shall be played. All that it points to is borrowed while player_run() runs. */
#pragma once

#include "play/transcript.h"
#include "player/settings.h"
#include "story/story.h"

#include <stdbool.h>
#include <stdint.h>

/* What the viewer wants after this film; a member that is NULL is not wanted. g_free() both. */
struct player_next {
    char *film;   /* the path of another one */
    char *viewer; /* the same film, for another profile: its name (player/profiles.h) */
};

struct film_cut;

struct player_options {
    const struct story *story;
    struct settings *settings;
    bool headless, realtime;
    const char *hwdec;                   /* see media_use_hardware(); NULL: "off" */
    int64_t warm_bytes;                  /* budget of the clips decoded ahead; 0: the deck's default */
    const char *choose;                  /* see player/autopilot.h; NULL: the viewer (headless: "default") */
    const struct transcript *transcript; /* the one in the file `choose`; NULL: that is a keyword */
    bool has_seed;
    uint64_t seed;
    const char *screenshots; /* folder, or NULL */
    bool cuts;               /* screenshots of every node's first picture as well */
    const char *store;       /* telemetry store, or NULL for the default one */
    bool trust_store;        /* record into it although another user owns it, or it holds tables not ours */
    bool no_telemetry;
    const char *channel;       /* through which the film came, or NULL: what the story says */
    bool resume;               /* save the place and go on there also off-screen, or with an autopilot */
    bool restart;              /* begin anew, even if a place is saved */
    struct story_watch *watch; /* the story is loaded again when it is saved (player/story_watch.h), or NULL */
    bool inspect;              /* a writer looks into it and may change it (player/inspector.h): nothing is recorded */
    bool elsewhere;            /* the story begins elsewhere (story/variant.h): no saved place is used or written */
    const char *record;        /* file for the transcript, or NULL */
    const char *trace;         /* file for the trace of every flip (player/trace.h), or NULL */
    struct film_cut *cut; /* the play, headless and faster than time, becomes a file (player/film_cut.h); or NULL */
    bool fullscreen, mute, once;
    int width, height;    /* 0: default */
    const char *language; /* or NULL */
    bool described;       /* descriptions of what is seen are wanted, where a film has a sound with them */
    int32_t time_factor;  /* of the author's time to decide (player/extra_time.h); 1 if it plays as fast as it can */
    bool stats;           /* statistics overlay from the start */
    bool *shares; /* is set: something that is shared waits to be sent; NULL: nobody can send it, so nobody is asked */
    struct player_next *next; /* is filled in; NULL: neither is offered */
};
