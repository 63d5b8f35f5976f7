/*
 * viewing: the words in which the parts of the player speak about the viewing that runs: who decides and with what,
 * what went wrong, how it ended, and the moment in which something happens.
 *
 * Plain values. They say nothing of how a viewing is stored: the recorder alone translates them into telemetry's codes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct choice;

/* Who decides. */
enum viewing_chooser {
    VIEWING_PERSON,
    VIEWING_DEFAULTS,      /* nobody: every default happens */
    VIEWING_FIRST_OPTION,  /* a machine that takes the first open option, */
    VIEWING_RANDOM_OPTION, /* any of them, */
    VIEWING_TRANSCRIPT,    /* or what a transcript says */
};

/* With what an option was selected. */
enum viewing_device {
    VIEWING_NO_DEVICE, /* nothing is selected */
    VIEWING_KEY,
    VIEWING_MOUSE,
    VIEWING_PAD,
    VIEWING_TOUCH,
    VIEWING_MACHINE, /* by the autopilot */
};

/* What the viewer had to put up with. */
enum viewing_fault {
    VIEWING_FAULT_WAIT,     /* the next clip was not ready: picture and sound stood */
    VIEWING_FAULT_PICTURES, /* pictures came too late */
    VIEWING_FAULT_DAMAGE,   /* a file could not be played, or not as a whole */
};

/*
 * What is saved with the place of a film: which viewing it belongs to, and what had been recorded of it there. Who goes
 * on at that place goes on with that viewing, and whatever was recorded behind the place happens again.
 */
#define VIEWING_ID_SIZE 37
struct viewing_place {
    char id[VIEWING_ID_SIZE]; /* "": none */
    bool exact;               /* the two numbers below are known: places that earlier versions saved lack them */
    int64_t part_ms;          /* when the part of the viewing began in which the place was saved; 0: the first one */
    int64_t seq;              /* number of the latest event in that part */
    bool entering;            /* that the film came into its node is not among those events */
};

/* How a viewing ends. */
enum viewing_end {
    VIEWING_ENDED,     /* the film is over */
    VIEWING_LEFT,      /* the viewer left */
    VIEWING_RESTARTED, /* the viewer began anew */
    VIEWING_FAILED,    /* the film or the player could not go on */
    VIEWING_KILLED,    /* a signal ended the program */
};

/* Totals since the viewing's start, on a clock that never jumps. */
struct viewing_clock {
    int64_t at_us;                            /* since the viewing's start */
    int64_t playing_us, paused_us, hidden_us; /* hidden: the window can not be seen; counts beside the other two */
};

/* The moment in which something happens. */
struct viewing_moment {
    struct viewing_clock clock;
    const struct choice *choice; /* what the viewer is doing; borrowed for the call. At PLAY_DID_OPEN: as it opened */
    int64_t planned_us;          /* at PLAY_DID_ENTER: length of the node entered; US_NONE: not known */
    int64_t pos_us;              /* in the node */
    int32_t time_factor;         /* of the author's time to decide: see player/extra_time.h */
};
