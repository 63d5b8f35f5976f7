/*
 * sharing: whether the viewer shares what is recorded of this film, as its story lets them (`share`): the question, the answer in
 * the store, and taking it back. It opens no socket; what is to be sent, another program sends (commands/network.h).
 *
 * Main thread, while nothing plays. Each call opens the store for itself, and waits for it.
 */
#pragma once

#include "player/pages.h"
#include "story/story.h"

struct sharing {
    const struct pages *pages; /* all borrowed; NULL: nobody can be asked */
    const struct story *story;
    const char *store; /* path, NULL: the default */
    bool trust;        /* as in struct store_options */
    bool sends;        /* there is a program that can send it */
};

enum sharing_answer {
    SHARING_NOWHERE, /* the story says nothing of it, or the store can't be read */
    SHARING_UNASKED, /* nobody was asked yet, or the answer was "later" */
    SHARING_REFUSED,
    SHARING_AGREED,
    SHARING_WITHDRAWN
};

/* What was answered last. *says, unless `says` is NULL: that in the viewer's words, or NULL; the caller frees. */
enum sharing_answer sharing_read(const struct sharing *o, char **says);

/* Is something to be sent: viewings that the viewer shares, or erasures that wait? */
bool sharing_waits(const struct sharing *o);

/* Asks on a page of its own. What came of it, in the viewer's words; NULL: it is to be asked later. The caller frees. */
char *sharing_ask(const struct sharing *o);

/* The same for taking it back. NULL: the viewer thought better of it. */
char *sharing_withdraw(const struct sharing *o);
