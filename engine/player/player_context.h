/*
 * player_context: what outlives one play of a story: window, input, media, telemetry's writer, the viewer's controls,
 * the autopilot, where screenshots and the trace go.
 *
 * Order: player_context_open(), player_context_record(), any number of plays (player/playthrough.h) with
 * player_context_renew() between them, player_context_close(). Main thread. It reports on standard error what fails.
 */
#pragma once

#include "player/autopilot.h"
#include "player/controls.h"
#include "player/save.h"
#include "player/screenshots.h"
#include "player/player_options.h"
#include "player/trace.h"
#include "media/media.h"
#include "telemetry/write/writer.h"

struct past_choice;
struct pages;
struct sharing;
struct mpris;

/* player_context.c alone writes it. */
struct player_context {
    const struct player_options *o; /* borrowed until player_context_close() */
    const struct story *story;
    struct media *media;
    struct window *window;
    struct input *input;
    struct mpris *mpris; /* or NULL */
    struct writer *writer;
    struct screenshots *pictures;     /* or NULL */
    struct trace *trace;              /* or NULL */
    struct past_choice *past_choices; /* or NULL */
    struct autopilot *autopilot;      /* a machine that decides, or NULL: the viewer does */
    struct controls *controls;
    const char *sound_problem; /* what was said of the sound device last; static, or NULL */
    bool fast;                 /* headless, not in real time */
    bool recording;            /* telemetry records */
    bool counts;               /* it does not, but viewings are counted (telemetry/write/unrecorded.h) */
    bool warm;                 /* player_context_warm() has been called */
    bool confined;             /* player_context_confine() has been called */
    bool asked_to_share;       /* in this run of the program */
    bool resumed;              /* a play has looked for where the viewer left off */
    int claim;                 /* save_claim(), or -1 */
    char *begin;               /* a transcript that leads to where the next play begins; or NULL */
    const char *changes;       /* that transcript is of the version before, and this is different since; borrowed from
                                * o->watch. NULL: it is a replay's */
    uint64_t seed;             /* of the next play: asked for, or drawn */
};

/* Opens everything but telemetry. False: the play cannot begin, and *code is the exit code. player_context_close() it
 * even then. */
bool player_context_open(struct player_context *ctx, const struct player_options *o, int *code);

/* Whether and where the film's record is shared (player/sharing.h); `pages` may be NULL. */
struct sharing player_context_sharing(const struct player_context *ctx, const struct pages *pages);

/* Opens telemetry's writer, once o->settings say whether the viewer lets it record. False: it cannot be opened. */
bool player_context_record(struct player_context *ctx);

/* Looks for the fonts, once. This takes some 20 ms, so it is called when the first clip is already being opened. */
void player_context_warm(struct player_context *ctx);

/* Gives up the rights that only opening window and sound needs, once; the trace says how that went. Call it before a file of
 * the story is opened. */
void player_context_confine(struct player_context *ctx);

/* Before another play: draws a new seed, and reads again what was chosen in earlier viewings. */
void player_context_renew(struct player_context *ctx);

/* Goes on with the new version of the story (o->watch), from where this transcript ends, which it takes. False: the autopilot
 * can't. */
bool player_context_reload(struct player_context *ctx, char *transcript);

/* True once: the first playthrough looks for where the viewer left off, later ones begin anew. */
bool player_context_may_resume(struct player_context *ctx);

/* The next play begins where this transcript leads; takes it over. NULL: at the beginning. */
void player_context_replay(struct player_context *ctx, char *transcript);
/* The transcript of a reload or a replay; the caller frees it. The play after it begins at the beginning. */
char *player_context_take_begin(struct player_context *ctx);

/* Whose is the saved place? Claims it if no other program has (save_claim()). */
enum save_owner player_context_claim(struct player_context *ctx);

/* True if `problem`, a static string, is not what was said of the sound device last: one that is missing is said once,
 * not anew in each play. */
bool player_context_says(struct player_context *ctx, const char *problem);

/* False: everything is saved, but a decoder does not come back, or the store does not answer after a signal, so the program must
 * end by _exit(). */
bool player_context_close(struct player_context *ctx);
