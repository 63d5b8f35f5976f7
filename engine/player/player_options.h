/* player_options: how a story shall be played. All that it points to is borrowed while player_run() runs. */
#pragma once

#include "player/settings.h"
#include "story/story.h"

#include <stdbool.h>
#include <stdint.h>

struct player_options {
    const struct story *story;
    struct settings *settings;
    bool headless, realtime;
    const char *hwdec;  /* see media_use_hardware() */
    int64_t warm_bytes; /* budget of the clips decoded ahead; 0: the deck's default */
    const char *choose; /* see player/autopilot.h; NULL: the viewer (headless: "default") */
    bool has_seed;
    uint64_t seed;
    const char *screenshots; /* folder, or NULL */
    bool cuts;               /* screenshots of every node's first picture as well */
    const char *store;       /* telemetry store, or NULL for the default one */
    bool no_telemetry;
    bool resume, restart; /* save and go on off-screen too, or with a chooser; begin anew */
    bool elsewhere; /* the story begins where it does not (story/variant.h): nothing is saved or taken from a save */
    const char *record; /* file for the transcript, or NULL */
    const char *trace;  /* file that every flip is written down in (player/trace.h), or NULL */
    bool fullscreen, mute, once;
    int width, height;    /* 0: default */
    const char *language; /* or NULL */
    int32_t
        time_factor; /* of the author's time to decide: see player/extra_time.h; 1 where it plays as fast as it can */
    bool stats;      /* statistics overlay from the start */
};
