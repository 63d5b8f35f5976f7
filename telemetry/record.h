/*
 * record: what the player hands to telemetry, as plain structs.
 *
 * A story is described once (struct tel_story), then a viewing of it (struct tel_viewing), then everything that happens
 * in the viewing, one struct tel_record each. Records name nodes, decisions, options and endings by the caller's own
 * dense indices: their places in the arrays of struct tel_story. All of these are plain values that can be copied.
 *
 * The event structs and the codes are made from registry.def, which says what each means: struct tel_visit {node,
 * planned_us}, tel_leave {node, playing_us, paused_us, hidden_us}, tel_exposure {menu, focus, window_us, time_mode},
 * tel_outcome {decision, what, option, latency_us, given, changes}, tel_reached {ending}, tel_stall {node, fault,
 * lasted_us}, tel_gap {count, why}, tel_resume {…}, tel_finish {ended_ms, reason}.
 *
 * A leave names the node of the latest visit, an outcome the decision of the latest exposure, which has at most one
 * outcome. exposure.focus is a place in the order shown; outcome.option is the option's own index. The caller never
 * makes a tel_gap or a tel_resume: the writer does.
 */
#pragma once

#include "base/units.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

/* No node, option, ending or focus. A time that is not known, or has no limit, is US_NONE. */
#define TEL_NONE (-1)

/* Options of one decision: a bit each in tel_menu.locked. */
#define TEL_OPTIONS_MAX 64

/* The id of a viewing or a viewer: a UUID in the usual 36 characters, and a NUL. */
#define TEL_ID_SIZE 37

/* A language or a channel, and a NUL. */
#define TEL_WORD_SIZE 64

/* Experiments of one story. */
#define TEL_VIEWING_ARMS 8

/* TEL_MODE_WINDOW, TEL_CHOOSER_PERSON, TEL_WHAT_PICK, TEL_GIVEN_KEY, TEL_REASON_LEFT, TEL_WHY_QUEUE_FULL, … */
enum tel_code {
#define TEL_CODE(SET, NAME, number, word, what) TEL_##SET##_##NAME = number,
#include "telemetry/registry.def"
};

/* What a decision offered when it opened. Options count from 0 within the decision, as registered. */
struct tel_menu {
    int32_t decision;
    uint8_t n;                        /* options shown */
    uint8_t options[TEL_OPTIONS_MAX]; /* which, in the order shown */
    uint64_t locked;                  /* bit i: option i was shown, but could not be taken */
};
static_assert(TEL_OPTIONS_MAX <= 64, "an option has a bit in tel_menu.locked");

#define TEL_EVENT(name, NAME, what, why)                               struct tel_##name {
#define TEL_FIELD(event, ctype, member, column, bind, unit, what, why) ctype member;
#define TEL_END(event)                                                                                                 \
    }                                                                                                                  \
    ;
#include "telemetry/registry.def"

/* TEL_VISIT, TEL_LEAVE, TEL_EXPOSURE, TEL_OUTCOME, TEL_REACHED, TEL_STALL, TEL_GAP, TEL_RESUME, TEL_FINISH */
enum tel_kind {
#define TEL_EVENT(name, NAME, what, why) TEL_##NAME,
#include "telemetry/registry.def"
    TEL_KINDS
};

/* One thing that happened. at_us: monotonic time since the viewing began; the store keeps whole milliseconds. */
struct tel_record {
    enum tel_kind kind;
    int64_t at_us;
    union {
#define TEL_EVENT(name, NAME, what, why) struct tel_##name name;
#include "telemetry/registry.def"
    };
};

/*
 * A story as telemetry knows it. All strings are UTF-8; titles may be NULL. writer_story() copies everything, so
 * nothing needs to live longer than that call. Options lie together in one array, decision by decision.
 */
struct tel_node {
    const char *name, *title;
    uint64_t hash;
};

struct tel_decision {
    const char *name, *title; /* title: the question */
    uint64_t hash;
    int32_t node;
    int32_t first_option, n_options; /* in tel_story.options; at most TEL_OPTIONS_MAX */
};

struct tel_option {
    const char *name, *title;
    uint64_t hash;
};

struct tel_ending {
    const char *name, *title;
};

/* A trait of the film (without a title), or a prop. */
struct tel_keyword {
    const char *name, *title;
};

/* What a pick of an option tells (a trait and its score) or brings (a prop), or what a node shows (a prop). */
struct tel_tag {
    int32_t subject; /* in tel_story.options, or .nodes */
    int32_t keyword; /* in tel_story.traits, or .props */
    int32_t score;
};

/* An arm of an experiment. Those of an experiment lie together, as the author wrote them. */
struct tel_arm {
    const char *name, *experiment;
    int32_t weight;      /* above 0: how often it is drawn, in proportion to the others */
    const char *outcome; /* what the experiment is about (registry.def); NULL: its author did not say */
};

/* How much film comes behind a node until an ending, as planned. */
struct tel_film_left {
    int32_t node;        /* in tel_story.nodes */
    int64_t shortest_us; /* by the shortest way */
    int64_t expected_us; /* on average, where every way on is as likely as any other; US_NONE: that has no end */
};

struct tel_story {
    const char *name;            /* the story's stable id */
    const char *version, *title; /* version: NULL is "" */
    uint64_t hash;
    const struct tel_node *nodes;
    const struct tel_decision *decisions;
    const struct tel_option *options;
    const struct tel_ending *endings;
    int32_t n_nodes, n_decisions, n_options, n_endings;
    const struct tel_keyword *traits, *props;
    const struct tel_tag *option_traits, *option_props, *node_props;
    int32_t n_traits, n_props, n_option_traits, n_option_props, n_node_props;
    const int32_t *forgetful;              /* the options, in .options, whose pick erases the viewing */
    const struct tel_film_left *film_left; /* of nodes that lead to an ending */
    int32_t n_forgetful, n_film_left;
    const struct tel_arm *arms;
    int32_t n_arms;
};

struct tel_viewing {
    char id[TEL_ID_SIZE];     /* tel_new_id() */
    char viewer[TEL_ID_SIZE]; /* the viewer's link on this machine, or "" */

    /*
     * resumed_ms: the film goes on from where it was left, at this wall clock; 0: it begins. `continues` is then the
     * viewing that goes on, or "" where that is not known. If the store does not have it, `id` begins, with a gap in
     * the place of what was before.
     */
    char continues[TEL_ID_SIZE];
    int64_t resumed_ms;

    int32_t nth; /* 1: the viewer's first viewing of this story, 2: the next …; 0: the store counts, if it can */
    int64_t started_ms; /* wall clock, ms since 1970 */
    int32_t mode;       /* TEL_MODE_WINDOW, TEL_MODE_HEADLESS */
    int32_t chooser;    /* TEL_CHOOSER_… */
    int32_t time_mode;  /* 1, 2, 3, 5, 10 times the author's time; 0: no limit */
    int64_t seed;
    char engine[24]; /* version of the player */

    /*
     * Where it goes on, if that is known: at the place that was saved in the part that began at place_ms (resumed_ms
     * of that part, 0: the first one), when place_seq events of that part had been handed over. What the store has
     * beyond that is superseded.
     */
    bool place_known;
    int64_t place_ms, place_seq;

    char language[TEL_WORD_SIZE];   /* of the story's, that was shown at the start; "": not known */
    char channel[TEL_WORD_SIZE];    /* through which the film came; "": none */
    int32_t subtitles;              /* at the start: 2 on, 1 off, 0 not known */
    int32_t arms[TEL_VIEWING_ARMS]; /* in tel_story.arms: those drawn for this viewing, one of each experiment */
    int32_t n_arms;
};

/* A deep copy of a story whose indices and names are sound; NULL where they are not. */
struct tel_story *tel_story_copy(const struct tel_story *story);
void tel_story_free(struct tel_story *copy);

/* Makes a new random id (UUID version 7 of RFC 9562: its first 48 bits are wall_ms). Never fails. */
void tel_new_id(char id[TEL_ID_SIZE], int64_t wall_ms);

/* The usual text of an id's 16 bytes. */
void tel_id_text(const uint8_t bytes[16], char id[TEL_ID_SIZE]);

/* The 16 bytes of a valid id (g_uuid_string_is_valid). */
void tel_id_bytes(const char *id, uint8_t bytes[16]);

/* The word of a code as registry.def has it: tel_word("WHAT", 1) is "timeout"; "?" where there is none. Static. */
const char *tel_word(const char *set, int64_t code);
