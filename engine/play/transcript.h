/*
 * transcript: one play of a story as text that people can read and write.
 *
 * It holds names and media times, no indices, so that it survives edits of the story as long as what it names is
 * still there; replay (play/replay.h) says where it no longer fits. With the same story it reproduces the play
 * exactly: the random routes follow from the seed, or from `draw` lines.
 *
 *     frumious-transcript 1
 *     story org.example.night-bus
 *     version 1.0
 *     hash 0123456789abcdef         # of the story that was played; for information
 *     seed 42
 *     keep endings_seen 2           # what the viewer brought along from earlier plays
 *     pick stop 00:23.400 which-ticket single
 *     timeout bus 01:02.000 who-pays
 *     back bus 00:12.000 which-ticket
 *     back home end which-ticket    # after the film was over
 *     draw lottery 2                # the next random route met from here on takes its second part
 *     stop stop 00:03.000           # the play was left here
 *
 * One line each; words are separated by blanks; a word with blanks, quotes, # or nothing in it stands in "quotes"
 * (\", \\, \xHH inside). `#` begins a comment. Times are media times in the node, [HH:]MM:SS[.ffffff]; `-` means as
 * soon as possible. `lap 2` after back and stop means the node's second visit since the line before. Lines of the
 * timetable that need nobody (effects, openings, the ways on) are not written: they follow.
 *
 * Memory: transcript_new/parse/load make one, transcript_free() ends it; strings that it gives out are its own and
 * live as long. It keeps no pointer into the story. One thread at a time. Text from outside is untrusted: there are
 * limits on its size.
 */
#pragma once

#include "play/play.h"

#include <glib.h>

enum transcript_error {
    TRANSCRIPT_ERROR_SYNTAX,   /* not a transcript; the message begins with the line's number */
    TRANSCRIPT_ERROR_LIMIT,    /* too large */
    TRANSCRIPT_ERROR_MISMATCH, /* does not fit the story (play/replay.h) */
};
#define TRANSCRIPT_ERROR (transcript_error_quark())
GQuark transcript_error_quark(void);

/* A line of text is a handful of names; a play of a day with a decision per second is 86,400 lines. */
#define TRANSCRIPT_BYTES_MAX      (16 * 1024 * 1024)
#define TRANSCRIPT_LINE_BYTES_MAX (32 * 1024)
#define TRANSCRIPT_LINES_MAX      200000
#define TRANSCRIPT_LAPS_MAX       1000000

/* A `back` after the film was over or stuck. */
#define TRANSCRIPT_AT_END INT64_MAX

enum transcript_kind {
    TRANSCRIPT_PICK,    /* node, at_us, decision, option */
    TRANSCRIPT_TIMEOUT, /* node, at_us, decision */
    TRANSCRIPT_BACK,    /* node, at_us, decision, lap */
    TRANSCRIPT_STOP,    /* node, at_us, lap */
    TRANSCRIPT_DRAW,    /* route, part */
};

/* What is not of its kind is NULL, 0 or US_NONE. */
struct transcript_line {
    enum transcript_kind kind;
    const char *node, *decision, *option;
    const char *route; /* NULL: one without a name */
    int64_t at_us;     /* US_NONE: as soon as possible; TRANSCRIPT_AT_END */
    int32_t lap;       /* earlier visits of the node since the line before; written as `lap` + 1 */
    int32_t part;      /* index in the route; written + 1 */
    int32_t number;    /* line of the text it was parsed from, from 1; 0: recorded */
};

/* A value that the viewer brought along, as written. */
struct transcript_keep {
    const char *var, *value;
    int32_t number;
};

struct transcript;

/* An empty one of a play that starts with this seed and these kept values (as in struct play_input). */
struct transcript *transcript_new(const struct story *s, uint64_t seed, const int32_t *kept);
void transcript_free(struct transcript *t); /* accepts NULL */

/*
 * Recording: call it before every input that play_step() is going to accept, with the state as it is before and the
 * media time in the node; it writes a line for those that need one. Events that fall due at the same time (also right
 * behind a rewind) must be given to play_step() together, without an input of the viewer or a stop between them: a time
 * in the text can't tell them apart.
 */
void transcript_add(struct transcript *t, const struct story *s, const int32_t *state, const struct play_input *in,
                    int64_t at_us);

/* Recording a forced draw: call it for each PLAY_DID_DRAW of an input with `draws`, after its transcript_add(). */
void transcript_add_draw(struct transcript *t, const struct story *s, int32_t route, int32_t part);

/* The play is left in this state; nothing may be added afterwards. Nothing is written for a film that is over. */
void transcript_add_stop(struct transcript *t, const struct story *s, const int32_t *state, int64_t at_us);

/* Its parts. version may be "", id too. */
const char *transcript_story_id(const struct transcript *t);
const char *transcript_story_version(const struct transcript *t);
uint64_t transcript_story_hash(const struct transcript *t); /* 0: not told */
uint64_t transcript_seed(const struct transcript *t);
int32_t transcript_n_lines(const struct transcript *t);
const struct transcript_line *transcript_get(const struct transcript *t, int32_t i);
int32_t transcript_n_keeps(const struct transcript *t);
const struct transcript_keep *transcript_get_keep(const struct transcript *t, int32_t i);

/* As text, to be freed with g_free(); transcript_parse() of it gives an equal transcript. */
char *transcript_print(const struct transcript *t);

/* The same, as if the play were left now, in this state; the transcript itself goes on. For saving during a play. */
char *transcript_print_stop(struct transcript *t, const struct story *s, const int32_t *state, int64_t at_us);

/* From `len` bytes of text (-1: up to its NUL). NULL and *error on failure. */
struct transcript *transcript_parse(const char *text, gssize len, GError **error);

/* From and to a file (which is replaced in one go; a link, pipe or device is written into). Messages name it. */
struct transcript *transcript_load(const char *path, GError **error);
bool transcript_save(const struct transcript *t, const char *path, GError **error);
