/*
 * story: the immutable model of one interactive film, as flat arrays that refer to each other by index.
 *
 * story_load() (story/load.h) makes it from YAML and checks it; nobody changes it afterwards, so any thread
 * may read it without a lock until story_free(). Everything that a pointer in here points to belongs to the
 * story and lives as long as it does. An index of -1 means "none". A span names n consecutive elements of the
 * array that its comment names. What the parts mean is told in stories/README.md; what they do is done by
 * play_step() alone.
 */
#pragma once

#include "base/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct story_span {
    int32_t first, n;
};

/* Where something stands in the source; line and col count from 1, col in characters. file: story->files. */
struct story_mark {
    uint32_t line;
    uint16_t col;
    uint16_t file;
};

/* ---- state ----------------------------------------------------------------------------------------------------- */

enum story_type { STORY_BOOL, STORY_ENUM, STORY_INT };

/* A variable. Values are int32: bool 0/1, enum the index in its values, int the number itself. */
struct story_var {
    const char *name;
    enum story_type type;
    int32_t min, max, initial; /* bool 0..1, enum 0..n_values-1 */
    struct story_span values;  /* enum: story->names */
    bool keep_viewer;          /* survives plays (`keep: viewer`) and is never restored by going back */
    bool keep_rewind;          /* not restored by going back (`rewind: keep`) */
    struct story_mark mark;
};

/*
 * What the film must remember beyond the declared variables, because some expression asks for it. Only what is asked
 * for has a place in the state, so that the state stays small.
 */
enum story_memory_kind {
    STORY_SEEN,   /* was the node entered in this play? 0 or 1 */
    STORY_COUNT,  /* how often the node was entered; stays at STORY_COUNT_MAX (story/limits.h) */
    STORY_PICKED, /* did the viewer pick the option in this play? 0 or 1; a timeout is not a pick */
};

struct story_memory {
    enum story_memory_kind kind;
    int32_t subject; /* node; for STORY_PICKED decision */
    int32_t option;  /* STORY_PICKED: index in the decision; else -1 */
};

/*
 * Expressions are postfix code over int32. A value is a variable (index < n_vars) or a memory (index -
 * n_vars). Operations are computed in 64 bits and saturate at the ends of int32; there is no division. The
 * loader has checked types and that the stack never holds more than STORY_EXPR_STACK values.
 */
enum story_op {
    OP_CONST, /* push arg */
    OP_LOAD,  /* push value[arg] */
    OP_NOT,
    OP_NEG,
    OP_AND,
    OP_OR,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_MIN,
    OP_MAX,
};

/* What a result that is too large for an int32 becomes. */
static inline int32_t story_saturate(int64_t value)
{
    return (int32_t)(value < INT32_MIN ? INT32_MIN : value > INT32_MAX ? INT32_MAX : value);
}

struct story_code {
    enum story_op op;
    int32_t arg;
};

struct story_expr {
    struct story_span code; /* story->code */
    const char *source;     /* as written */
    enum story_type type;   /* of the result */
    struct story_mark mark; /* of its first character */
};

enum story_effect_op { STORY_SET, STORY_ADD, STORY_TOGGLE };

/* `var = value`, `var += value` (-= is += of the negated), `toggle var`; what leaves an int's range is
 * clamped. Effects in a row with the same `when` were written as one: `{do: [a, b], when: c}` asks once, before a. */
struct story_effect {
    enum story_effect_op op;
    int32_t var;
    int32_t value; /* story->exprs; -1 for toggle */
    int32_t when;  /* story->exprs, or -1 */
    struct story_mark mark;
};

/* ---- ways ------------------------------------------------------------------------------------------------------ */

enum story_target_kind {
    STORY_NOWHERE,
    STORY_TO_NODE,  /* index: node */
    STORY_TO_ROUTE, /* index: route */
    STORY_TO_BACK,  /* index: decision; leads back to its latest checkpoint, holds only if there is one */
};

struct story_target {
    enum story_target_kind kind;
    int32_t index;
};

/* One part of a route. It holds when its condition holds and its target does (a nested route: some part of
 * it). */
struct story_part {
    int32_t when;   /* story->exprs, or -1 */
    int32_t weight; /* in a random route: > 0; else 0 */
    struct story_target to;
    struct story_mark mark;
};

/*
 * The first part that holds wins. In a random route one of the parts that hold is drawn by weight instead.
 * Routes refer to each other without cycles, at most STORY_ROUTE_DEPTH deep (checked by the loader).
 */
struct story_route {
    const char *name;        /* NULL: written in place */
    struct story_span parts; /* story->parts */
    bool random;
    struct story_mark mark;
};

/* ---- decisions ------------------------------------------------------------------------------------------------- */

enum story_layout { STORY_ROW, STORY_COLUMN, STORY_CORNERS, STORY_CODE };
enum story_cut { STORY_CUT_END, STORY_CUT_NOW };
enum story_focus { STORY_FOCUS_DEFAULT, STORY_FOCUS_RANDOM, STORY_FOCUS_OPTION };

/* While its condition holds, an option shows these in place of its own; -1/NULL: its own stays. First one
 * wins. */
struct story_label {
    int32_t when; /* story->exprs */
    int32_t text, sub;
    const char *image;
};

struct story_trait {
    int32_t trait; /* story->traits */
    int32_t score;
};

/* A sound on the window's clock. */
struct story_cue {
    int64_t before_us; /* begins so long before the window closes; 0: as it closes */
    const char *sound; /* relative path */
    struct story_mark mark;
};

struct story_option {
    const char *name;
    int32_t decision;
    int32_t text, sub;        /* story_text(); sub may be -1 */
    const char *image;        /* relative path, or NULL */
    const char *key;          /* key hint, or NULL */
    const char *code;         /* code entry: what must be typed; NULL for the option of a wrong code */
    int32_t when;             /* story->exprs, or -1: always available */
    int32_t locked;           /* text of the reason; -1: hidden while not available */
    struct story_span labels; /* story->labels */
    struct story_span run;    /* `do`: story->effects */
    struct story_span after;  /* story->effects, run after the target was resolved */
    struct story_target to;
    bool forget;              /* a pick erases what is recorded of this viewing */
    struct story_span traits; /* story->option_traits */
    struct story_span props;  /* story->option_props: indices into story->props */
    uint64_t hash;
    struct story_mark mark;
};

/* What happens when nobody chose. Without `given`, the default option is taken. */
struct story_timeout {
    bool given;
    struct story_span run; /* story->effects */
    struct story_target to;
    int32_t as; /* after `run`, go on as if this option had been taken; index in the decision, -1: not */
};

/*
 * A decision's window is [opens_us, closes_us) of the node's media time; windows of a node never overlap.
 * Options are at most STORY_OPTIONS_MAX, so a set of them is a 64-bit mask (bit i: the decision's i-th
 * option).
 */
struct story_decision {
    const char *name;
    int32_t node;
    int32_t prompt; /* story_text(), or -1 */
    int64_t opens_us, closes_us;
    enum story_layout layout;
    enum story_cut cut;
    struct story_span options; /* story->options */
    int32_t fallback;          /* the `default` option, index in the decision, or -1 */
    enum story_focus focus;
    int32_t focus_option; /* STORY_FOCUS_OPTION: index in the decision */
    struct story_timeout timeout;
    bool checkpoint;        /* going back may return here */
    bool back_target;       /* some route of the story says back(this); its checkpoint is never dropped */
    const char *sound;      /* cue when it opens: relative path, or NULL */
    const char *bed;        /* looped while the film waits for the viewer: relative path, or NULL */
    struct story_span cues; /* story->cues */
    uint64_t hash;          /* of everything a viewer could see or cause here */
    struct story_mark mark;
};

/* ---- nodes ----------------------------------------------------------------------------------------------------- */

enum story_clip_kind {
    STORY_SILENT, /* no clip: takes no time */
    STORY_FILM,   /* moving picture (or sound alone) from a file */
    STORY_STILL,  /* a picture file, for_us long */
    STORY_CARD,   /* text on black, for_us long */
};

/* A sound track or subtitle file. The first of the viewer's language whose condition holds is used. */
struct story_track {
    const char *language; /* BCP 47 tag, or "" for any */
    const char *path;     /* relative to story->dir */
    int32_t when;         /* story->exprs, or -1 */
};

struct story_clip {
    enum story_clip_kind kind;
    const char *path;            /* relative to story->dir; FILM and STILL */
    int64_t from_us, to_us;      /* FILM: range; US_NONE: the file's beginning, end */
    int64_t for_us;              /* planned length; US_NONE for FILM where nothing tells it */
    int32_t card;                /* CARD: story_text() */
    struct story_span sounds;    /* story->tracks: in place of the picture's own sound */
    struct story_span subtitles; /* story->tracks */
    struct story_mark mark;
};

enum story_look { STORY_TERMINAL, STORY_TYPEWRITER, STORY_TITLE, STORY_PLAIN };
enum story_record { STORY_RECORD_ANY, STORY_RECORD_KEPT, STORY_RECORD_ERASED };
enum story_align { STORY_ALIGN_START, STORY_ALIGN_CENTER, STORY_ALIGN_END };

/*
 * Words that the engine writes into the picture: on a screen, a sheet of paper, a label. Lengths are thousandths of the
 * picture: left and width of its width, top, height and size (of the letters) of its height. The text has fields
 * (story/text_field.h).
 */
struct story_inscription {
    int32_t text;          /* story_text() */
    int32_t when;          /* story->exprs, or -1: shown only while it holds */
    int64_t at_us, for_us; /* from the clip's beginning; US_NONE: until the node ends */
    int32_t left, top, width, height, size;
    enum story_look look;
    enum story_align align;
    uint32_t rgb;
    enum story_record record; /* shown only while this viewing is recorded, or once nothing of it is left */
    int32_t typed;            /* characters a second that appear one after the other; 0: all at once */
    struct story_mark mark;
};

/* One line of a node's timetable; story->events holds each node's, in the order in which they fall due. */
enum story_event_kind {
    STORY_AT,    /* index: story->ats */
    STORY_CLOSE, /* index: decision */
    STORY_OPEN,  /* index: decision */
};

struct story_event {
    int64_t at_us;
    enum story_event_kind kind;
    int32_t index;
};

/* Effects at a time of the clip. */
struct story_at {
    int64_t at_us;
    struct story_span run; /* story->effects */
};

struct story_node {
    const char *name;
    int32_t title; /* story_text(), or -1 */
    struct story_clip clip;
    struct story_span enter;        /* story->effects */
    struct story_span decisions;    /* story->decisions, by time */
    struct story_span inscriptions; /* story->inscriptions, as written: later ones lie over earlier ones */
    struct story_span props;        /* story->node_props: what is seen here, as indices into story->props */
    struct story_span events;       /* story->events: sorted by time; at equal times AT, CLOSE, OPEN */
    struct story_target next;
    int32_t ending;     /* story->endings, or -1 */
    const char *script; /* what happens and is said here, or NULL */
    uint64_t hash;      /* of everything a viewer could see or cause here */
    struct story_mark mark;
};

struct story_ending {
    const char *name;
    int32_t title; /* story_text() */
    int32_t node;
    struct story_mark mark;
};

/* ---- the whole ------------------------------------------------------------------------------------------------- */

struct story_assert {
    int32_t expr;
    struct story_mark mark;
};

/* A node or ending that must be reachable. */
struct story_goal {
    int32_t node;
    struct story_mark mark;
};

struct story {
    const char *id, *version;
    const char *path; /* of the main file, as given */
    const char *dir;  /* its folder: what relative paths are relative to */
    int32_t title;    /* story_text() */
    int32_t start;    /* node */
    uint64_t hash;    /* of everything that plays */

    const char *const *files;
    int32_t n_files; /* sources, for marks */
    const char *const *languages;
    int32_t n_languages; /* [0] is the language of the texts in the story itself */
    const char *const *names;
    int32_t n_names; /* enum values */
    const char *const *traits;
    int32_t n_traits;
    const char *const *props;
    const char *const *prop_titles; /* of each prop; NULL where not given */
    int32_t n_props;

    const struct story_var *vars;
    int32_t n_vars;
    const struct story_memory *memories;
    int32_t n_memories;
    const struct story_code *code;
    int32_t n_code;
    const struct story_expr *exprs;
    int32_t n_exprs;
    const struct story_effect *effects;
    int32_t n_effects;
    const struct story_part *parts;
    int32_t n_parts;
    const struct story_route *routes;
    int32_t n_routes;
    const struct story_cue *cues;
    int32_t n_cues;
    const struct story_label *labels;
    int32_t n_labels;
    const struct story_trait *option_traits;
    int32_t n_option_traits;
    const int32_t *option_props;
    int32_t n_option_props;
    const int32_t *node_props;
    int32_t n_node_props;
    const struct story_option *options;
    int32_t n_options;
    const struct story_decision *decisions;
    int32_t n_decisions;
    const struct story_track *tracks;
    int32_t n_tracks;
    const struct story_at *ats;
    int32_t n_ats;
    const struct story_event *events;
    int32_t n_events;
    const struct story_inscription *inscriptions;
    int32_t n_inscriptions;
    const struct story_node *nodes;
    int32_t n_nodes;
    const struct story_ending *endings;
    int32_t n_endings;
    const struct story_assert *asserts;
    int32_t n_asserts;
    const struct story_goal *goals;
    int32_t n_goals;

    const char *const *texts; /* [language * n_texts + id], NULL: not translated; read them by story_text() */
    const char *const *text_keys;
    int32_t n_texts;

    struct story_owned *owned; /* the memory and the tables for looking names up; story/ only */
};

/* Accepts NULL. */
void story_free(struct story *s);

/*
 * The text `id` in `language` (NULL: the story's own), or in the story's own language where that has none, or
 * NULL for -1. Borrowed.
 */
const char *story_text(const struct story *s, int32_t id, const char *language);

/* The key by which translations name text `id`: "decision.which-ticket.prompt". Borrowed. */
const char *story_text_key(const struct story *s, int32_t id);

/* Look-ups by name in O(1); -1 where there is none. option: index in the decision. */
int32_t story_find_node(const struct story *s, const char *name);
int32_t story_find_decision(const struct story *s, const char *name);
int32_t story_find_option(const struct story *s, int32_t decision, const char *name);
int32_t story_find_var(const struct story *s, const char *name);
