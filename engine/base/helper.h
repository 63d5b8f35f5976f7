/*
 * helper: a process of our own with few rights, for work on strangers' files. It hands bytes back through a pipe.
 *
 * It is forked and not started anew, which takes 2 ms, so start it before there are threads. It can start no program, make no
 * connection, and write beneath one folder only (base/confine.h; where the kernel does not offer that, it has our rights). It ends
 * with us, whatever happens to us. Of what is open here it keeps the standard files alone. What it hands back is a stranger's word.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct helper {
    pid_t process; /* 0: there is none */
    int from;      /* what it hands back; reading does not wait */
};

/*
 * Starts work(user, to), which writes into `to` and returns when it is done. `folder`: where it may write; it should be there.
 * False: there is no process to be had.
 */
bool helper_start(struct helper *h, void (*work)(void *user, int to), void *user, const char *folder);

/* Ends it, whatever it is at. It may have ended, or never been started. */
void helper_stop(struct helper *h);
