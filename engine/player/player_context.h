/*
 * stage: what outlives one play of a story: window, input, media, telemetry's writer, the viewer's controls, who chooses
 * instead of the viewer, where pictures and the trace go.
 *
 * Order: player_context_open(), player_context_record(), any number of sessions (player/playthrough.h) with player_context_renew() between them,
 * player_context_close(). Main thread. What fails is said in words on standard error.
 */
#pragma once

#include "player/autopilot.h"
#include "player/controls.h"
#include "player/screenshots.h"
#include "player/player_options.h"
#include "player/trace.h"
#include "media/media.h"
#include "telemetry/write/writer.h"

struct past_choice;

/* player_context.c alone writes it. */
struct player_context {
    const struct player_options *o; /* borrowed until player_context_close() */
    const struct story *story;
    struct media *media;
    struct window *window;
    struct input *input;
    struct writer *writer;
    struct screenshots *pictures;     /* or NULL */
    struct trace *trace;              /* or NULL */
    struct past_choice *past_choices; /* or NULL */
    struct autopilot *autopilot;      /* a machine that decides, or NULL: the viewer does */
    struct controls *controls;
    bool fast;      /* headless, not in real time */
    bool recording; /* telemetry is */
    bool resumed;   /* a session has looked for where the viewer left off */
    int claim;      /* save_claim(), or -1 */
    uint64_t seed;  /* of the next play: asked for, or drawn */
};

/* Everything but telemetry. False: *code, a cmd_exit code, says why the play can't begin. player_context_close() it even then. */
bool player_context_open(struct player_context *st, const struct player_options *o, int *code);

/* Opens telemetry's writer, once it is known whether the viewer lets it record (o->settings). False: it can't be. */
bool player_context_record(struct player_context *st);

/* Before another play: draws a new seed, reads again what earlier plays came to. */
void player_context_renew(struct player_context *st);

/* True once: the first playthrough looks for where the viewer left off, later ones begin anew. */
bool player_context_may_resume(struct player_context *st);

/* Is this program the one that goes on with the viewing that was left? See save_claim(); claims it if nobody has. */
bool player_context_claim(struct player_context *st);

void player_context_close(struct player_context *st);
