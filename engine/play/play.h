/*
 * play: the film as a pure function. play_step(story, state, input) changes the state and tells its sink the effects.
 *
 * The state is a flat array of int32 that the caller owns: play_state_slots() says how many, memcpy() copies it,
 * memcmp() compares it, and it may be stored together with the story's hash. play/state.h says what its numbers mean.
 * It holds no clock, and play_step() does no I/O, logs nothing and allocates nothing: the same story, state and input
 * give the same bytes. Time decides which input happens (play/schedule.h), never what an input does. Any thread; a
 * state has one owner at a time.
 *
 * Order of calls: play_init(), then play_step() with PLAY_START once, then the inputs as they fall due, until the phase
 * is PLAY_OVER or PLAY_STUCK, from where only PLAY_BACK leads on.
 *
 * What happens, exactly. Effects are told in this order:
 * - The start: an arm of each experiment is drawn, in their order: DRAW. Its variable has that value from then on, also
 *   after going back.
 * - Entering a node: ENTER; its seen() and count() change; its `enter` effects run in order, each under its own
 *   condition in the state that it meets; END if the node is an ending. A silent node is left at once. A chain of
 *   silent nodes that comes back to a place with the same values, or that is longer than STORY_SILENT_MAX, is a silent
 *   loop: STICK.
 * - A decision opens: OPEN. Its available options are fixed until it closes. Before that, if the viewer or a route may
 *   come back here, the state is kept as the decision's checkpoint, in place of an older one of the same decision. Of
 *   the decisions that no back() names, the latest STORY_CHECKPOINTS_KEPT keep theirs.
 * - A pick: DECIDE; picked() and asked() become true; the option's `do` runs; its target is resolved in that state and kept until
 *   LEAVE; its `after` effects run. picked() is true of picks only, never of what a timeout took.
 * - Closing undecided is a timeout: DECIDE; asked() becomes true; the timeout's `do`; then the option of its `as` is gone through as in a
 *   pick, whether or not it is available now, because the author said so. The timeout's own target, where it has one
 *   that holds, goes before the option's. Without a timeout of its own, the decision takes its default option, or
 *   that of the first of its variants that holds then, in the same way if that is available, else nothing.
 * - `cut: now` cuts with every outcome of its decision, also with one that has no target; `cut: pick` with a pick.
 * - again(): REWIND. The film stands right before the decision opens, as if it had come there by itself, and nothing else
 *   changes: values, memories, checkpoints and generator stay; if the node is an ending, it is the one reached last. The loader lets it hold once the decision was decided.
 * - A target holds when it is a node or an again(), or a back() whose decision has a checkpoint, or a route of which some part holds.
 *   A target that does not hold counts as absent, and the film falls through to the next way: the target that the
 *   routing decision kept, else the node's `next` (resolved at LEAVE), else the film is over if the node is an ending,
 *   or has a role and an ending was reached, else it is stuck. Should two decisions of a node route, the later target that holds wins.
 * - Random routes draw among the parts that hold, by weight, when they are on the way taken: DRAW. Asking whether a
 *   route holds draws nothing.
 * - Leaving: LEAVE, the draws of `next`, then ENTER, REWIND, FINISH or STICK. No effect tells of the nodes between a
 *   rewind and where it leads, and no `enter` effect runs again.
 * - Going back (PLAY_BACK or a back() target): REWIND. The state becomes what it was right before the decision opened:
 *   node, timetable, kept target, last ending, generator, values and memories; all but the variables that say `keep:
 *   viewer` or `rewind: keep`. That checkpoint and the later ones are dropped: the decision makes a new one when it
 *   opens, which is the next event.
 */
#pragma once

#include "play/state.h"
#include "story/story.h"

enum play_input_kind {
    PLAY_START,   /* with seed and kept values: enters the start node */
    PLAY_ADVANCE, /* the next event of the timetable happens: effects run, a decision opens, or it closes (a timeout if
                     the viewer picked nothing) */
    PLAY_PICK,    /* the viewer's option of the open decision is final */
    PLAY_LEAVE,   /* the clip is at its end, or was cut: on to the next node(s). All events must have happened,
                   unless PLAY_CUT is set */
    PLAY_BACK,    /* the viewer goes back to the checkpoint of `decision`, which must say `checkpoint` */
    PLAY_CHANGE,  /* a writer's: `variable` gets `value`, which it can hold */
    PLAY_JUMP,    /* a writer's: the film leaves where it is and enters `node` */
};

struct play_input {
    enum play_input_kind kind;
    uint64_t seed;        /* START */
    const int32_t *kept;  /* START: values of the `keep: viewer` variables in the order of story->vars, or NULL
                            for their initial ones; what lies outside a variable's range is clamped */
    int32_t option;       /* PICK: index in the decision */
    int32_t decision;     /* BACK */
    int32_t variable;     /* CHANGE */
    int32_t value;        /* CHANGE */
    int32_t node;         /* JUMP */
    const int32_t *draws; /* the i-th random route that is met takes part draws[i] of its route, or the next part
                             behind it (round the end) that holds, and the generator does not move. The search
                             tries all parts so: it asks for 0, then for the part that DRAW told + 1, until that
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
    PLAY_DID_STICK,  /* stick: the film cannot go on */
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
            int32_t effect;               /* index in story->effects; -1: PLAY_CHANGE */
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
            bool keeps; /* an again(): nothing but the place changed */
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
 * One step. Returns false, without changing the state or calling the sink, if the input cannot happen in this state: no
 * such option, no decision open, no event left, events left before LEAVE, no checkpoint, or the wrong phase. `sink` may
 * be NULL.
 */
bool play_step(const struct story *s, int32_t *state, const struct play_input *in, play_sink sink, void *user);

/* The value of an expression in a state; -1 (no expression) is true. O(its code). */
int32_t play_eval(const struct story *s, const int32_t *state, int32_t expr);

/* Bit i: the condition of the decision's option i holds in this state. */
uint64_t play_available(const struct story *s, const int32_t *state, int32_t decision);

/* The options that the viewer is offered: play_open_options() of the open decision, play_available() of any other. */
uint64_t play_options(const struct story *s, const int32_t *state, int32_t decision);

/* The decision's variant that holds in this state; NULL: none does. */
const struct story_variant *play_variant(const struct story *s, const int32_t *state, int32_t decision);

/* The default option in this state, of the variant or the decision, whether or not it is available; -1: none. */
int32_t play_default_option(const struct story *s, const int32_t *state, int32_t decision);

/* The option (index in the decision) that a timeout of the decision takes in this state, -1: none. It judges by
 * play_options(). */
int32_t play_timeout_option(const struct story *s, const int32_t *state, int32_t decision);

/* Does this target, or this part of a route, hold in this state, as described above? O(the parts of the route). */
bool play_target_holds(const struct story *s, const int32_t *state, struct story_target to);
bool play_part_holds(const struct story *s, const int32_t *state, const struct story_part *part);

/* How many events of its node have happened when the decision opens. O(events). */
int32_t play_events_before(const struct story *s, int32_t decision);

/* Can the viewer go back to this decision now? Not while PLAY_CUT waits for its LEAVE. */
bool play_can_go_back(const struct story *s, const int32_t *state, int32_t decision);

/* The generator of random routes in a state. PLAY_START sets it to its seed. */
uint64_t play_generator(const int32_t *state);
void play_set_generator(int32_t *state, uint64_t generator);

/* What a random route draws from the generator: a uniform number in [0, n), n > 0. With n the total weight of the parts
 * that hold, the winner is the first of them whose weight, added to the weights of those before it, exceeds that
 * number. */
uint64_t play_random_below(uint64_t *generator, uint64_t n);

/* The decision of the i-th checkpoint, oldest first; i < state[PLAY_CHECKPOINTS]. */
int32_t play_checkpoint(const struct story *s, const int32_t *state, int32_t i);

/* Replaces its values (as from PLAY_VALUES on) and its generator, for a caller that kept them elsewhere. */
void play_set_checkpoint(const struct story *s, int32_t *state, int32_t i, const int32_t *values, uint64_t generator);

/*
 * May play_step() be given this state? Checks every slot against the story, so that no later step can read or write out
 * of bounds; not whether the film can come to this state. For states from outside, and for asserts. O(variables,
 * memories and checkpoints).
 */
bool play_check(const struct story *s, const int32_t *state);

/* States that play_foresee() needs as scratch. */
#define PLAY_FORESEE_STATES 40

/*
 * Where the film can go from here: every way through the rest of the current node (all options of all decisions still
 * to come, and their timeouts) up to and including LEAVE. For each way, `found` gets the state behind it (borrowed for
 * the call; running in the next node with a clip, or over, or stuck) and the last decision on it with the option taken.
 * Both are -1 where the way met no decision; the option is -1 for a timeout that takes none.
 *
 * `scratch` holds PLAY_FORESEE_STATES states and must not overlap `state`. Random routes are drawn by the state's
 * generator, so each result is what will happen. The order is deterministic: decisions by their times, their options in
 * order, waiting last. A pick is tried before and after each `at` inside its window, since it may lead elsewhere then.
 * Stops after `limit` results and returns how many there were: 0 unless the state is PLAY_RUNNING. A state that several
 * ways lead to is told once for each.
 */
typedef void (*play_found)(void *user, const int32_t *state, int32_t decision, int32_t option);
int32_t play_foresee(const struct story *s, const int32_t *state, int32_t *scratch, int32_t limit, play_found found,
                     void *user);
