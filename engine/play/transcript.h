/*
 * transcript: one play of a story: what the viewer did and when, as names and media times.
 *
 * It holds names and no indices, so that it survives edits of the story as long as what it names is still there;
 * replay (play/replay.h) says where it no longer fits. With the same story it reproduces the play exactly: the random
 * routes follow from the seed, or from `draw` lines. play/transcript_text.h writes and reads it as text.
 *
 * Events of the timetable that need nobody (effects, openings, the ways on) are not in it: they follow.
 *
 * Memory: transcript_new(), transcript_parse() and transcript_load() make one, transcript_free() ends it; strings that
 * it gives out are its own and live as long. It keeps no pointer into the story. One thread at a time.
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

/* A play of a day with a decision per second is 86,400 lines. */
#define TRANSCRIPT_LINES_MAX 200000
#define TRANSCRIPT_LAPS_MAX  1000000

/* A `back` after the film was over or stuck. */
#define TRANSCRIPT_AT_END INT64_MAX

enum transcript_kind {
    TRANSCRIPT_PICK,    /* node, at_us, decision, option */
    TRANSCRIPT_TIMEOUT, /* node, at_us, decision */
    TRANSCRIPT_BACK,    /* node, at_us, decision, lap */
    TRANSCRIPT_STOP,    /* node, at_us, lap */
    TRANSCRIPT_DRAW,    /* route, part */
    TRANSCRIPT_CHANGE,  /* a writer's: node, at_us, target (the variable), value, lap */
    TRANSCRIPT_JUMP,    /* a writer's: node, at_us, target (the node), lap */
};

/* Does it stand at a moment of a node, wherever the film is asked anything? */
static inline bool transcript_is_act(enum transcript_kind kind)
{
    return kind == TRANSCRIPT_BACK || kind == TRANSCRIPT_CHANGE || kind == TRANSCRIPT_JUMP;
}

/* Fields that its kind does not have are NULL, 0 or US_NONE. */
struct transcript_line {
    enum transcript_kind kind;
    const char *node, *decision, *option;
    const char *target, *value; /* of a writer's acts */
    const char *route;          /* NULL: one without a name */
    int64_t at_us;              /* US_NONE: as soon as possible; TRANSCRIPT_AT_END */
    int32_t lap;                /* earlier visits of the node since the line before; written as `lap` + 1 */
    int32_t part;               /* index in the route; written + 1 */
    int32_t number;             /* line of the text it was parsed from, from 1; 0: recorded */
};

struct transcript_header {
    const char *id, *version; /* of the story; may be "" */
    uint64_t hash;            /* of the story that was played, for information; 0: not told */
    uint64_t seed;
    const char *from; /* the node where the play began; NULL: at the story's start */
};

/* A variable's value at the start, as written: the viewer brought it along, or the play was made to begin with it. */
struct transcript_value {
    const char *var, *value;
    int32_t number;
};

/* The story was loaded again while it played, and the film went on in the new version. For people: replays ignore it. */
struct transcript_reload {
    const char *node; /* where it went on */
    int64_t at_us;
    const char *changes; /* what was different */
    int32_t before;      /* it stands before this line, by index */
};

struct transcript;

/* An empty one of a play that starts with this seed and these kept values (as in struct play_input), and, of a variant
 * (story/variant.h), where that begins. */
struct transcript *transcript_new(const struct story *s, uint64_t seed, const int32_t *kept);
void transcript_free(struct transcript *t); /* accepts NULL */

/*
 * Recording: call it for every input that play_step() accepts, with the state as it was before and the media time in
 * the node; it writes a line for the inputs that need one. Events that fall due at the same time (also right behind a
 * rewind) must be given to play_step() together, without an input of the viewer or a stop between them: a time in the
 * text cannot tell them apart.
 */
void transcript_add(struct transcript *t, const struct story *s, const int32_t *state, const struct play_input *in,
                    int64_t at_us);

/* Recording a forced draw: call it for each PLAY_DID_DRAW of an input with `draws`, after its transcript_add(). */
void transcript_add_draw(struct transcript *t, const struct story *s, int32_t route, int32_t part);

/* The reload comes next; its strings are copied, `before` is not read. */
void transcript_add_reload(struct transcript *t, const struct transcript_reload *reload);

/* Adds the reloads of another transcript, for one that repeats its beginning. */
void transcript_copy_reloads(struct transcript *t, const struct transcript *from);

/* The play is left in this state; nothing may be added afterwards. Writes nothing for a film that is over. */
void transcript_add_stop(struct transcript *t, const struct story *s, const int32_t *state, int64_t at_us);

/* The line that transcript_add_stop() would append; only for a state that is PLAY_RUNNING. */
struct transcript_line transcript_stop_line(struct transcript *t, const struct story *s, const int32_t *state,
                                            int64_t at_us);

/* Its parts. */
const struct transcript_header *transcript_header(const struct transcript *t);
const char *transcript_story_id(const struct transcript *t); /* may be "" */
uint64_t transcript_story_hash(const struct transcript *t);  /* 0: not told */
uint64_t transcript_seed(const struct transcript *t);
int32_t transcript_n_lines(const struct transcript *t);
const struct transcript_line *transcript_get(const struct transcript *t, int32_t i);
int32_t transcript_n_reloads(const struct transcript *t);
const struct transcript_reload *transcript_get_reload(const struct transcript *t, int32_t i); /* in order */
int32_t transcript_n_keeps(const struct transcript *t);
const struct transcript_value *transcript_get_keep(const struct transcript *t, int32_t i);
int32_t transcript_n_sets(const struct transcript *t);
const struct transcript_value *transcript_get_set(const struct transcript *t, int32_t i);
/* The play began at another node, or with other values, than the story says. */
bool transcript_begins_elsewhere(const struct transcript *t);

/* ---- for the reader of its text (play/transcript_text.h) -------------------------------------------------------- */

/* Of no story, without a line. */
struct transcript *transcript_empty(void);
/* Strings are copied. */
void transcript_set_header(struct transcript *t, const struct transcript_header *header);
/* One more, behind the last one; its strings are copied. False: there are TRANSCRIPT_LINES_MAX already. */
bool transcript_append(struct transcript *t, const struct transcript_line *line);
/* False: there are STORY_VARS_MAX already. */
bool transcript_append_keep(struct transcript *t, const struct transcript_value *keep);
bool transcript_append_set(struct transcript *t, const struct transcript_value *set);
