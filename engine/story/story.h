/*
 * story: the immutable model of one interactive film, as flat arrays that refer to each other by index.
 *
 * story_load() (story/load.h) makes it from YAML and checks it. Nobody changes it afterwards, so any thread may read
 * it without a lock until story_free(). Everything that a pointer in here points to belongs to the story and lives as
 * long as it does. The index -1 means "none". A span is a run of n elements of the array that its comment names.
 * stories/README.md explains what the parts mean; play_step() alone does what they say. story/story_check.h lists what
 * may be relied on.
 */
#pragma once

#include "base/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct story_span {
    int32_t first, n;
};

/* Where something stands in the source. line and col count from 1, col in characters. file: story->files. */
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
    int32_t min, max, initial; /* bool: 0..1; enum: 0..values.n - 1 */
    struct story_span values;  /* enum: story->names */
    bool keep_viewer;          /* `keep: viewer`: survives plays, and going back never restores it */
    bool keep_rewind;          /* `rewind: keep`: going back does not restore it */
    struct story_span was;     /* story->former */
    struct story_mark mark;
    bool given; /* a variant (story/variant.h) begins with this `initial` instead of the author's */
};

/* A value of an enum that had other names before. */
struct story_renamed_value {
    int32_t name;          /* story->names */
    struct story_span was; /* story->former */
};

/*
 * What the film must remember beyond the declared variables, because some expression asks for it. Only what is asked
 * for has a place in the state, so that the state stays small.
 */
enum story_memory_kind {
    STORY_SEEN,   /* was the node entered in this play? 0 or 1 */
    STORY_COUNT,  /* how often the node was entered; stays at STORY_COUNT_MAX (story/limits.h) */
    STORY_PICKED, /* did the viewer pick the option in this play? 0 or 1; a timeout is not a pick */
    STORY_ASKED,  /* was the decision decided in this play, by a pick or a timeout? 0 or 1 */
};

struct story_memory {
    enum story_memory_kind kind;
    int32_t subject; /* node; for STORY_PICKED and STORY_ASKED decision */
    int32_t option;  /* STORY_PICKED: index in the decision; else -1 */
};

static inline bool story_remembers_decision(enum story_memory_kind kind)
{
    return kind == STORY_PICKED || kind == STORY_ASKED;
}

/*
 * Expressions are postfix code over int32. A value is a variable (index < n_vars) or a memory (index - n_vars).
 * Operations are computed in 64 bits and saturate at the ends of int32; there is no division. The loader has checked
 * the types, and that the stack never holds more than STORY_EXPR_STACK values.
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

/*
 * `var = value`, `var += value` (`-=` adds the negated value) or `toggle var`. A result outside an int's range is
 * clamped. Neighbouring effects with the same `when` were written as one: `{do: [a, b], when: c}` evaluates c once,
 * before a.
 */
struct story_effect {
    enum story_effect_op op;
    int32_t var;
    int32_t value; /* story->exprs; -1 for toggle */
    int32_t when;  /* story->exprs, or -1 */
    struct story_mark mark;
};

/* What an experiment is about, as its author said beforehand: the share of viewings in which this happens. */
enum story_outcome_kind {
    STORY_OUTCOME_NONE,   /* the author did not say */
    STORY_OUTCOME_ENDED,  /* some ending is reached */
    STORY_OUTCOME_ENDING, /* index: ending */
    STORY_OUTCOME_NODE,   /* index: node, which is entered */
    STORY_OUTCOME_PICK,   /* index: decision; option: one of its own, which is picked there */
};

struct story_outcome {
    enum story_outcome_kind kind;
    int32_t index;
    int32_t option; /* in story->options; else -1 */
};

/*
 * An experiment: when a play starts, PLAY_START draws one of its arms by weight and gives its variable, an enum of the arms,
 * that value. No effect sets it. The parts of its route are the arms, in the same order; all of them lead to the start.
 */
struct story_experiment {
    int32_t var;   /* has the experiment's name */
    int32_t route; /* likewise */
    struct story_outcome outcome;
};

/*
 * ---- targets ------------------------------------------------------------------------------------------------------
 */

enum story_target_kind {
    STORY_NOWHERE,
    STORY_TO_NODE,  /* index: node */
    STORY_TO_ROUTE, /* index: route */
    STORY_TO_BACK,  /* index: decision; back to its latest checkpoint, and holds only if there is one */
    STORY_TO_AGAIN, /* index: decision; the film stands right before it opens, and nothing else changes. The loader puts it
                       into a route that asks whether the decision was asked before */
};

struct story_target {
    enum story_target_kind kind;
    int32_t index;
};

/*
 * One part of a route. It holds if its condition holds and its target does. A route as target holds if some part does.
 */
struct story_part {
    int32_t when;   /* story->exprs, or -1 */
    int32_t weight; /* in a random route: > 0; else 0 */
    struct story_target to;
    struct story_mark mark;
};

/*
 * The first part that holds is taken. In a random route, one of the parts that hold is drawn by weight instead. Routes
 * use each other without cycles, at most STORY_ROUTE_DEPTH deep (checked by the loader).
 */
struct story_route {
    const char *name;        /* NULL: written in place */
    struct story_span parts; /* story->parts */
    bool random;
    bool arms; /* of an experiment: drawn when a play starts, and no target leads here */
    struct story_mark mark;
};

/* ---- decisions ------------------------------------------------------------------------------------------------- */

enum story_layout { STORY_ROW, STORY_COLUMN, STORY_CORNERS, STORY_CODE };
/* When the film leaves the node: at its clip's end; at the outcome; at a pick, but at the clip's end if time runs out. */
enum story_cut { STORY_CUT_END, STORY_CUT_NOW, STORY_CUT_PICK };
enum story_focus { STORY_FOCUS_DEFAULT, STORY_FOCUS_RANDOM, STORY_FOCUS_OPTION };

/*
 * What an option shows in place of its own words while the condition holds; -1, NULL: its own. The first that holds
 * wins.
 */
struct story_label {
    int32_t when; /* story->exprs */
    int32_t text, sub;
    const char *image;
};

/*
 * How a decision differs while the condition holds. The first that holds wins.
 */
struct story_variant {
    int32_t when;            /* story->exprs */
    int32_t fallback;        /* the `default` option, index in the decision; -1: the decision's own */
    struct story_span order; /* story->orders: all options, as they stand on the panel; n 0: as they are written */
};

struct story_trait {
    int32_t trait; /* story->traits */
    int32_t score;
};

/* A sound on the window's clock. */
struct story_cue {
    int64_t before_us; /* how long before the window closes it begins; 0: as it closes */
    const char *sound; /* relative path */
    struct story_mark mark;
};

/* What the player does when the film is over and this option was the last one that was taken. */
enum story_then {
    STORY_THEN_NOTHING, /* shows its page, as after any film */
    STORY_THEN_AGAIN,   /* plays the film from its beginning, as a new viewing */
    STORY_THEN_NEXT,    /* shows which films come next */
    STORY_THEN_LEAVE,
};

struct story_option {
    const char *name;
    int32_t decision;
    int32_t text, sub;        /* story_text(); sub may be -1 */
    const char *image;        /* relative path, or NULL */
    const char *key;          /* key hint, or NULL */
    const char *code;         /* code entry: what must be typed; NULL for the option that wrong codes take */
    int32_t when;             /* story->exprs, or -1: always available */
    int32_t locked;           /* text of the reason; -1: the option is hidden while it is not available */
    struct story_span labels; /* story->labels */
    struct story_span run;    /* `do`: story->effects */
    struct story_span after;  /* story->effects, run after the target is settled */
    struct story_target to;
    enum story_then then;     /* only in a node for post-play */
    bool forget;              /* a pick erases everything that is recorded of this viewing */
    struct story_span traits; /* story->option_traits */
    struct story_span props;  /* story->option_props: indices into story->props */
    struct story_span was;    /* story->former */
    uint64_t hash;
    struct story_mark mark;
};

#define STORY_LIFT_NONE (-1)

/* What happens if nobody chose. Unless it is `given`, the default option is taken. */
struct story_timeout {
    bool given;
    struct story_span run; /* story->effects */
    struct story_target to;
    int32_t as; /* the option as whose pick the film goes on after `run`; index in the decision, or -1 */
};

/*
 * A decision's window is [opens_us, closes_us) in the node's media time; the windows of a node never overlap. There
 * are at most STORY_OPTIONS_MAX options, so a set of them is a 64-bit mask (bit i: the decision's i-th option).
 */
struct story_decision {
    const char *name;
    int32_t node;
    int32_t prompt;   /* story_text(), or -1 */
    int64_t shown_us; /* from when on it is seen, at most opens_us: before that it takes no answer */
    int64_t opens_us, closes_us;
    enum story_layout layout;
    int32_t lift; /* where subtitles end while it is seen, in thousandths of the picture's height from its lower edge;
                     STORY_LIFT_NONE: above the panel */
    enum story_cut cut;
    struct story_span options;  /* story->options */
    int32_t fallback;           /* the `default` option, index in the decision, or -1 */
    struct story_span variants; /* story->variants */
    enum story_focus focus;
    int32_t focus_option; /* STORY_FOCUS_OPTION: index in the decision */
    struct story_timeout timeout;
    bool checkpoint;            /* going back may return here */
    bool back_target;           /* some target of the story is back(this): its checkpoint is never dropped */
    const char *sound;          /* played when it opens: relative path, or NULL */
    const char *bed;            /* looped while the film waits for the viewer: relative path, or NULL */
    struct story_span cues;     /* story->cues */
    struct story_span memories; /* story->remembered: STORY_PICKED and STORY_ASKED of this decision */
    struct story_span was;      /* story->former */
    uint64_t hash;              /* of everything a viewer could see or cause here */
    struct story_mark mark;
};

/* Does a pick leave the node at once? Then it may come at any moment of the window, else it is final when that closes. */
static inline bool story_pick_cuts(const struct story_decision *d)
{
    return d->cut != STORY_CUT_END;
}

/* ---- nodes ----------------------------------------------------------------------------------------------------- */

enum story_clip_kind {
    STORY_SILENT, /* no clip: takes no time */
    STORY_FILM,   /* a film file, or sound alone */
    STORY_STILL,  /* a picture file, for_us long */
    STORY_CARD,   /* text on black, for_us long */
};

/* What a track's own time counts from. AS_FILE: from where the film's does if it lies in the film's file, else as CLIP. */
enum story_clock {
    STORY_CLOCK_AS_FILE,
    STORY_CLOCK_CLIP, /* the beginning of the clip */
    STORY_CLOCK_FILM, /* the beginning of the film's file: the track is for the whole film */
};

/* A sound track, subtitle file or signed picture. The first one in the viewer's language whose condition holds is used. */
struct story_track {
    const char *language; /* BCP 47 tag, or "" for any */
    const char *path;     /* relative to story->dir */
    int32_t when;         /* story->exprs, or -1 */
    enum story_clock clock;
    bool mixed; /* of `described`: the voice alone, over the clip's sound; else the clip's sound with the voice in it */
};

struct story_clip {
    enum story_clip_kind kind;
    const char *path;            /* relative to story->dir; FILM and STILL */
    int64_t from_us, to_us;      /* FILM: the part that is shown; US_NONE: the file's beginning, its end */
    int64_t for_us;              /* planned length; US_NONE: a FILM for which the story gives none */
    int32_t card;                /* CARD: story_text() */
    struct story_span sounds;    /* story->tracks: in place of the film's own sound */
    struct story_span subtitles; /* story->tracks */
    struct story_span described; /* story->tracks: sound that also says what is seen, for who wants it */
    struct story_span signs;     /* story->tracks: films of somebody who signs, for a corner of the picture */
    struct story_mark mark;
};

enum story_look { STORY_TERMINAL, STORY_TYPEWRITER, STORY_TITLE, STORY_PLAIN, STORY_CREDITS };
enum story_record { STORY_RECORD_ANY, STORY_RECORD_KEPT, STORY_RECORD_ERASED };
enum story_align { STORY_ALIGN_START, STORY_ALIGN_CENTER, STORY_ALIGN_END };

/*
 * Words that the engine writes into the picture: on a screen, a sheet of paper, a label. left and width are
 * thousandths of the picture's width; top, height and size (of the letters) are thousandths of its height. The text
 * has fields (story/text_field.h).
 */
struct story_inscription {
    int32_t text;          /* story_text() */
    int32_t when;          /* story->exprs, or -1: shown only while it holds */
    int64_t at_us, for_us; /* from the clip's beginning; US_NONE: until the node ends */
    int32_t left, top, width, height, size;
    enum story_look look;
    enum story_align align;
    uint32_t rgb;
    enum story_record record; /* KEPT: shown only while this viewing is recorded; ERASED: once nothing of it is left */
    int32_t typed;            /* how many characters appear in a second, one by one; 0: all at once */
    struct story_mark mark;
};

/* One line of a node's timetable. */
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

/* Effects at a moment of the clip. */
struct story_at {
    int64_t at_us;
    struct story_span run; /* story->effects */
};

/* What a node is for, behind the endings. Where the film cannot go on from one of these, it is over if an ending was reached. */
enum story_role {
    STORY_ROLE_NONE,
    STORY_ROLE_CREDITS,   /* who made it; viewers may pass over it */
    STORY_ROLE_POST_PLAY, /* the film itself offers what to do next */
};

struct story_node {
    const char *name;
    int32_t title; /* story_text(), or -1 */
    struct story_clip clip;
    struct story_span enter;        /* story->effects */
    struct story_span decisions;    /* story->decisions, by time */
    struct story_span inscriptions; /* story->inscriptions, in the order written: later ones cover earlier ones */
    struct story_span props;        /* story->node_props: indices into story->props of what is seen here */
    struct story_span events;       /* story->events: sorted by time; at equal times AT, CLOSE, OPEN */
    int32_t act;                    /* story->acts, or -1; for people, drawings and maps: no play depends on it */
    struct story_span memories;     /* story->remembered: STORY_SEEN and STORY_COUNT of this node */
    struct story_target next;
    int32_t ending;        /* story->endings, or -1 */
    enum story_role role;  /* not NONE: no ending */
    struct story_span was; /* story->former */
    const char *script;    /* what happens and is said here, or NULL */
    uint64_t hash;         /* of everything a viewer could see or cause here */
    struct story_mark mark;
};

struct story_ending {
    const char *name;
    int32_t title; /* story_text() */
    int32_t node;
    struct story_span was; /* story->former */
    struct story_mark mark;
};

/* ---- the story ------------------------------------------------------------------------------------------------- */

/* A condition that must hold in every state. */
struct story_assert {
    int32_t expr;
    struct story_mark mark;
};

/* A node that must be reachable. */
struct story_goal {
    int32_t node;
    struct story_mark mark;
};

/* A `note` or `todo`, which are for people. */
struct story_note {
    const char *text;
    bool todo;
    int32_t node; /* within which it stands, or -1 */
    struct story_mark mark;
};

/* Where a text stands in the story, for messages. */
struct story_text_place {
    struct story_mark mark;
    uint32_t width; /* of its first line, in characters */
};

/* Where viewers may send what is recorded of their viewings, if they agree. to NULL: nowhere. */
struct story_share {
    const char *to;    /* the address: https, or http of this machine */
    const char *name;  /* who gets it, for viewers */
    const char *token; /* the story's token there, or NULL */
};

struct story {
    const char *id, *version;
    const char *channel; /* through which the film is released, or NULL */
    struct story_share share;
    const char *path; /* of the main file, as given */
    const char *dir;  /* its folder; the story's paths are relative to it */
    int32_t title;    /* story_text() */
    int32_t start;    /* node */
    const char *from; /* its name, where a variant (story/variant.h) begins there; else NULL */
    uint64_t hash;    /* of everything that plays */

    const char *const *files;
    int32_t n_files; /* the YAML files, for marks */
    const char *const *languages;
    int32_t n_languages; /* [0] is the language of the texts in the story itself */
    const char *const *names;
    int32_t n_names; /* enum values */
    const struct story_renamed_value *renamed_values;
    int32_t n_renamed_values; /* by name; of values with `was` only */
    const char *const *former;
    int32_t n_former; /* names from `was`: of each thing that was renamed, the oldest first */
    const char *const *traits;
    int32_t n_traits;
    const char *const *props;
    const char *const *prop_titles; /* of each prop; NULL where not given */
    int32_t n_props;
    const char *const *acts;
    const int32_t *act_titles; /* of each act: story_text(), or -1 */
    int32_t n_acts;

    const struct story_var *vars;
    int32_t n_vars;
    const struct story_experiment *experiments;
    int32_t n_experiments; /* at most STORY_EXPERIMENTS_MAX */
    const struct story_memory *memories;
    int32_t n_memories;
    const int32_t
        *remembered; /* all memories by what they concern, n_memories: the `memories` of nodes and decisions */
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
    const struct story_variant *variants;
    int32_t n_variants;
    const int32_t *orders; /* options, as indices in their decision */
    int32_t n_orders;
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
    const struct story_note *notes; /* in the order of the files */
    int32_t n_notes;

    const char *const *texts;        /* [language * n_texts + id], NULL: not translated; use story_text() */
    const char *const *text_origins; /* the same: the fingerprint of the text that was translated, or NULL: not known */
    const char *const *text_keys;
    const struct story_text_place *text_places;
    int32_t n_texts;

    struct story_owned *owned; /* memory and name tables; story/ only */
};

/* Accepts NULL. */
void story_free(struct story *s);

/* Is it written like a tag of BCP 47: "en", "pt-BR"? */
bool story_is_language_tag(const char *tag);

/*
 * The text `id` in `language`, or in the story's own language if it has no translation. Any regional variant of the
 * language will do. `language`: a tag, or NULL for the story's own. NULL for id -1. Borrowed.
 */
const char *story_text(const struct story *s, int32_t id, const char *language);

/* The title of an act, as story_text() gives it; its name where it has none. NULL for -1. Borrowed. */
const char *story_act_title(const struct story *s, int32_t act, const char *language);

/* An outcome in words that name it in reports: "ending", "ending=up", "node=bridge", "took=door:open"; NULL for none. The
 * caller frees. */
char *story_outcome_text(const struct story *s, const struct story_outcome *o);

/* Does some node come behind the endings, so that the one that was reached counts there? O(nodes): ask once. */
bool story_has_roles(const struct story *s);

/* Which of the story's languages that is; NULL: the story names none. Borrowed. */
const char *story_language(const struct story *s, const char *language);

/* The key by which translations name text `id`: "decision.which-ticket.prompt". Borrowed. */
const char *story_text_key(const struct story *s, int32_t id);

/* Which time of a track's file belongs to the beginning of its clip: 0, or the clip's `from` if the track runs on the
 * film's clock. */
int64_t story_track_from_us(const struct story_clip *c, const struct story_track *t);
/* Does it run on the film's clock, so that it may have lines for other parts of the film? */
bool story_track_is_films(const struct story_clip *c, const struct story_track *t);

/* The name that a thing had first: `name`, unless it was renamed. What is recorded goes by it. */
const char *story_first_name(const struct story *s, struct story_span was, const char *name);

/* The index of the value of an enum that is called so now or was before, or -1. */
int32_t story_find_value(const struct story *s, const struct story_var *v, const char *name);

/* The earlier names of a value, whose present one is story->names[name]. O(values that have some). */
struct story_span story_value_was(const struct story *s, int32_t name);

/* Look up an index by name, also by one that the thing had before (`was`), in O(1); -1 if there is none. An option's index
 * counts within its decision. */
int32_t story_find_node(const struct story *s, const char *name);
int32_t story_find_decision(const struct story *s, const char *name);
int32_t story_find_option(const struct story *s, int32_t decision, const char *name);
int32_t story_find_var(const struct story *s, const char *name);
/* Likewise, in O(endings). */
int32_t story_find_ending(const struct story *s, const char *name);
