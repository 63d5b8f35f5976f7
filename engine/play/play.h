/*
 * play: the film as a pure function. play_step(story, state, input) changes the state and tells the effects.
 *
 * The state is a flat array of int32 that the caller owns: play_state_slots() tells how many, memcpy() copies
 * it, memcmp() compares it, and it may be stored (with the story's hash). There is no clock in it, and
 * play_step() does no I/O, logs nothing, allocates nothing: same story, state and input, same bytes. Time
 * decides which input happens (play/schedule.h), never what an input does. Any thread; a state has one owner at
 * a time.
 *
 * Order of calls: play_init(), then play_step() with PLAY_START once, then the inputs that fall due, until
 * the phase is PLAY_OVER or PLAY_STUCK (from where PLAY_BACK alone leads on).
 *
 * What happens, exactly; effects are told in this order:
 * - Entering a node: ENTER; seen() and count() of it change; its `enter` effects run in order, each under its
 * own condition in the state that it meets; END if the node is an ending. A silent node is left at once. A
 * chain of silent nodes that comes back to where it was with the same values, or is longer than
 * STORY_SILENT_MAX, is a silent loop: STICK.
 * - A decision opens: its available options are fixed until it closes. Before that, if going back may return
 * here or some route says so, the moment is kept as the decision's checkpoint; an older one of the same
 * decision goes. Of the decisions that no back() names, the latest STORY_CHECKPOINTS_KEPT are kept.
 * - PICK: DECIDE; picked() becomes true; the option's `do` runs; its target is resolved in that state and
 * kept until LEAVE; its `after` effects run. picked() tells of picks only, never of what a timeout took.
 * - Closing undecided is a timeout: DECIDE; the timeout's `do`; then the option of its `as` (whether or not
 * that is available now: the author said so) is gone through as in a pick, but the timeout's own target,
 * where it has one that holds, goes before the option's. Without a timeout of its own: the default option in
 * the same way if it is available, else nothing is taken.
 * - `cut: now` cuts with every outcome of its decision, also one without a target.
 * - A target holds when it is a node; a back() whose decision has a checkpoint; a route some part of which
 * holds. What does not hold counts as absent, and the film falls through to the next way: the routing
 * decision's kept target, else the node's `next` (resolved at LEAVE), else the film is over if the node is an
 * ending, else it is stuck. Should two decisions of a node route, the later target that holds wins.
 * - Random routes draw among the parts that hold, by weight, at the moment when they are on the way taken:
 * DRAW. One that is only asked whether it holds draws nothing.
 * - LEAVE: LEAVE, the draws of `next`, then ENTER, REWIND, FINISH or STICK. Nothing is told of the nodes
 * between a rewind and where it leads; no `enter` effect runs again.
 * - Going back (PLAY_BACK or a back() target) makes the state that of the moment right before the decision
 * opened: node, timetable, kept target, last ending, generator, values and memories; all but the variables
 * that say `keep: viewer` or `rewind: keep`. That checkpoint and the later ones are gone: the decision will
 * make a new one when it opens, which is the next event.
 */
#pragma once

#include "play/state.h"
#include "story/story.h"

enum play_input_kind {
    PLAY_START,   /* with seed and kept values: enters the start node */
    PLAY_ADVANCE, /* the next event of the timetable happens: effects, a decision opens, or closes (a timeout
                     if nobody picked) */
    PLAY_PICK,    /* the viewer's option of the open decision is final */
    PLAY_LEAVE,   /* the clip is at its end, or was cut: on to the next node(s). All events must have happened,
                   unless PLAY_CUT is set */
    PLAY_BACK,    /* the viewer goes back to the checkpoint of `decision`, which must say `checkpoint` */
};

struct play_input {
    enum play_input_kind kind;
    uint64_t seed;        /* START */
    const int32_t *kept;  /* START: values of the `keep: viewer` variables in the order of story->vars, or NULL
                            for their initial ones; what lies outside a variable's range is clamped */
    int32_t option;       /* PICK: index in the decision */
    int32_t decision;     /* BACK */
    const int32_t *draws; /* the i-th random route that is met draws part draws[i] of its route, or the next
                             one after it (round the end) that holds, and the generator does not move. For the
                             search: it tries all by asking for 0, then for what DRAW told + 1, until that
                             comes round. Routes beyond n_draws are drawn by the generator */
    int32_t n_draws;
};

enum play_outcome { PLAY_PICKED, PLAY_TIMED_OUT };

enum play_effect_kind {
    PLAY_DID_LEAVE,  /* leave */
    PLAY_DID_ENTER,  /* enter */
    PLAY_DID_SET,    /* set: an effect of the story was carried out */
    PLAY_DID_OPEN,   /* open */
    PLAY_DID_DECIDE, /* decide: the open decision is closed */
    PLAY_DID_DRAW,   /* draw: a random route was taken */
    PLAY_DID_REWIND, /* rewind: the film stands right before that decision opens. Comes after PLAY_DID_LEAVE of the
                        node where it was, unless that node had been left already (PLAY_OVER, or PLAY_STUCK without
                        a way) */
    PLAY_DID_END,    /* end: the node of an ending was entered */
    PLAY_DID_FINISH, /* finish: the film is over */
    PLAY_DID_STICK,  /* stick: the film can not go on */
};

/* Only the member that belongs to `kind` may be read; it is named there. Nodes, decisions and so on are indices in the
 * story's arrays, options and parts are indices in their decision or route. */
struct play_effect {
    enum play_effect_kind kind;
    union {
        struct {
            int32_t node;
        } leave, enter;
        struct {
            int32_t variable;
            int32_t old_value, new_value; /* may be the same */
            int32_t effect;               /* index in story->effects */
            bool clamped;                 /* the result was outside the variable's range */
        } set;
        struct {
            int32_t decision;
            uint64_t available; /* bit i: option i can be picked */
        } open;
        struct {
            int32_t decision;
            enum play_outcome outcome;
            int32_t option; /* taken; -1: none */
            bool cut;       /* the film cuts at once */
        } decide;
        struct {
            int32_t route, part;
        } draw;
        struct {
            int32_t decision, node;
        } rewind;
        struct {
            int32_t ending;
        } end;
        struct {
            int32_t ending; /* reached last; -1: none */
        } finish;
        struct {
            enum play_stuck why;
            int32_t node;
        } stick;
    };
};

/* Called in order, within play_step(); must not call back into the same state. */
typedef void (*play_sink)(void *user, const struct play_effect *fx);

/* How many int32 a state of this story has. O(decisions): ask once. */
int32_t play_state_slots(const struct story *s);

/* Makes `state` (play_state_slots() long) the idle state. */
void play_init(const struct story *s, int32_t *state);

/*
 * One step. Returns false, changes nothing and calls nobody if the input can't happen in this state (no such
 * option, decision not open, no event left, events left before LEAVE, no checkpoint, wrong phase). `sink` may
 * be NULL.
 */
bool play_step(const struct story *s, int32_t *state, const struct play_input *in, play_sink sink, void *user);

/* The value of an expression in a state; -1 (no expression) is true. O(its code). */
int32_t play_eval(const struct story *s, const int32_t *state, int32_t expr);

/* Bit i: the condition of the decision's option i holds in this state. */
uint64_t play_available(const struct story *s, const int32_t *state, int32_t decision);

/* The options that the viewer is offered: play_open_options() of the open decision, play_available() of any other. */
uint64_t play_options(const struct story *s, const int32_t *state, int32_t decision);

/*
 * What nobody's choice would take: the option that a timeout takes in this state (index in the decision), or
 * -1. For the open decision by what was available when it opened, for another by what is available now.
 */
int32_t play_timeout_option(const struct story *s, const int32_t *state, int32_t decision);

/* Does this target, this part of a route hold in this state, as described above? O(the parts of the route). */
bool play_target_holds(const struct story *s, const int32_t *state, struct story_target to);
bool play_part_holds(const struct story *s, const int32_t *state, const struct story_part *part);

/* Can the viewer go back to this decision now? Not while PLAY_CUT waits for its LEAVE. */
bool play_can_go_back(const struct story *s, const int32_t *state, int32_t decision);

/* The generator of random routes in a state. PLAY_START sets it to its seed. */
uint64_t play_generator(const int32_t *state);
void play_set_generator(int32_t *state, uint64_t generator);

/* What a random route draws from it: uniform in [0, n), n > 0. The first part that holds and whose weight, with those of the
 * ones before it that hold, is more than the drawn number wins; n is the weight of all that hold. */
uint64_t play_random_below(uint64_t *generator, uint64_t n);

/* The decision of the i-th checkpoint, oldest first; i < state[PLAY_CHECKPOINTS]. */
int32_t play_checkpoint(const struct story *s, const int32_t *state, int32_t i);

/* Its values (as from PLAY_VALUES on) and generator, for who has kept them elsewhere. */
void play_set_checkpoint(const struct story *s, int32_t *state, int32_t i, const int32_t *values, uint64_t generator);

/*
 * Is this a state that play_step() may be given? For states that come from outside (a file): checks every
 * slot against the story, so that no later step can read or write out of bounds. Not whether it can be
 * reached.
 */
bool play_check(const struct story *s, const int32_t *state);

/*
 * Where the film can go from here: every way through what is left of the current node (all options of all
 * decisions still to come, and their timeouts) up to and including LEAVE. For each, `found` gets the state
 * behind it (borrowed for the call; phase RUNNING in the next node with a clip, or OVER, or STUCK) and the
 * decision and option that led there last (-1 where none; option -1: a timeout without option; a timeout that
 * takes an option names it). `scratch` holds PLAY_FORESEE_STATES states. Random routes are drawn by the
 * state's generator, so each result is what will happen. Deterministic order: by option,
 * waiting last; a pick is tried before and after each `at` that falls into its window, as it may lead elsewhere then.
 * Decisions of the node in the order of their times. Stops after `limit` results; returns how many there were: 0 unless
 * the state is PLAY_RUNNING. States that come about in several ways are told each time.
 */
#define PLAY_FORESEE_STATES 40
typedef void (*play_found)(void *user, const int32_t *state, int32_t decision, int32_t option);
int32_t play_foresee(const struct story *s, const int32_t *state, int32_t *scratch, int32_t limit, play_found found,
                     void *user);
