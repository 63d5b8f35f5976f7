/*
 * moment: what the clocks of this machine say at one moment, and how far each is to be believed.
 *
 * A wall clock can be anything: a battery is empty, somebody set it, a time server lied. The clock of the running
 * machine (CLOCK_BOOTTIME) never jumps, but begins anew with each start. So a moment says both, and which start of
 * which machine the second one belongs to. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct moment {
    int64_t wall_ms; /* since 1970, as the machine has it */
    int64_t boot_ms; /* since the machine was started, sleep included */
    int64_t boot;    /* which start of the machine it was; 0: not known */
    int64_t machine; /* which machine; 0: not known */
    bool kept;       /* the kernel says that a time service keeps the wall clock right */
};

/* Machine and start are told by numbers that mean nothing without `secret`, and differ for each secret. */
void moment_now(int64_t secret, struct moment *m);
