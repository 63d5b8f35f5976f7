/*
 * stage: what outlives one play of a story: window, input, media, telemetry's writer, the viewer's controls, who chooses
 * instead of the viewer, where pictures and the trace go.
 *
 * Order: stage_open(), stage_record(), any number of sessions (player/session.h) with stage_renew() between them,
 * stage_close(). Main thread. What fails is said in words on standard error.
 */
#pragma once

#include "player/controls.h"
#include "player/pictures.h"
#include "player/player.h"
#include "player/trace.h"
#include "media/media.h"
#include "telemetry/write/writer.h"

struct earlier;

struct stage {
    const struct player_options *o; /* borrowed until stage_close() */
    const struct story *story;
    struct media *media;
    struct window *window;
    struct input *input;
    struct writer *writer;
    struct pictures *pictures; /* or NULL */
    struct trace *trace;       /* or NULL */
    struct earlier *earlier;   /* or NULL */
    struct controls controls;
    bool fast;      /* headless, not in real time */
    bool recording; /* telemetry is */
    bool resumed;   /* a session has looked for where the viewer left off */
    int claim;      /* save_claim(), or -1 */
    uint64_t seed;  /* of the next play: asked for, or drawn */
};

/* Everything but telemetry. False: *code, a cmd_exit code, says why the play can't begin. stage_close() it even then. */
bool stage_open(struct stage *st, const struct player_options *o, int *code);

/* Opens telemetry's writer, once it is known whether the viewer lets it record (o->settings). False: it can't be. */
bool stage_record(struct stage *st);

/* Before another play: draws a new seed, reads again what earlier plays came to. */
void stage_renew(struct stage *st);

void stage_close(struct stage *st);
