/*
 * privacy_page: the page "What was recorded": what the store has of the viewing, in plain words; with Export and Erase
 * where there is something, every detail on a page of its own, and on another one what each kind of record is and why it is
 * kept. Where the film's story asks for it, the page says whether the viewing is shared, and with whom, asks, and takes it back.
 * Where no film plays, it is about everything that one viewer has watched.
 *
 * Main thread, while nothing plays: privacy_page_show() returns when the viewer leaves it. It waits for the store when it
 * reads and erases.
 */
#pragma once

#include "player/pages.h"
#include "player/recorder.h"
#include "player/viewing_eraser.h"

struct privacy_page_options {
    const struct pages *pages;     /* all borrowed */
    const struct sharing *sharing; /* NULL, as the next three: no film plays */
    struct writer *writer;
    struct recorder *recorder;
    struct viewing_eraser *eraser;
    const char *viewer; /* where no film plays: whose viewings */
    const char *store;  /* path, NULL: the default */
    bool trust;         /* where no film plays: as in struct store_options */
    int64_t watched_us; /* of the film, until now */
    bool off;           /* nothing is recorded in this play */
    bool counted;       /* but that it takes place is counted when it ends */
};

/* True: the viewer erased what the page is about; nothing more of it is recorded from now on. */
bool privacy_page_show(const struct privacy_page_options *o);
