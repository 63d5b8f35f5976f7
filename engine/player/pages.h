/*
 * pages: shows a page of things to do (present/page.h) over what is there, and waits for what the viewer asks of it.
 *
 * What the player says meanwhile (hud_say()) is seen over the page, too.
 *
 * Main thread, while nothing plays. While nothing changes, nothing is drawn: a page that stands costs a few wake-ups a
 * second.
 */
#pragma once

#include "player/controls.h"
#include "present/page.h"

struct pages {
    struct controls *controls; /* all borrowed */
    struct input *input;
    struct window *window;
    /* Draws what is behind the page, or if `whole`, with all its words, what is there without one; or NULL. */
    void (*picture)(void *user, bool whole, struct view *v);
    bool (*command)(void *user,
                    const struct input_event *ev); /* any other input; true: it changed something; or NULL */
    bool (*changed)(void *user); /* asked between pictures: does the page say something else now? Or NULL */
    void *user;
};

/* Shows the page until the viewer asks for something, something changes what the page says (PAGE_NOTHING), or the program is to
 * end (PAGE_BACK). */
struct page_answer pages_wait(const struct pages *o, struct page *p);

/* Shows the picture behind the page as it is, until the viewer presses something. */
void pages_look(const struct pages *o);

/* Is the program to end, so that nothing is asked any more? */
bool pages_over(const struct pages *o);

/* A page that asks: the answer's number, or -1: the viewer went back, or the program is to end. The first answer has the
 * focus; the last `apart` ones stand apart from the others. */
int pages_ask(const struct pages *o, const char *title, const char *text, const char *const *answers, int n, int apart);

/* Another page comes in its place: a press that was meant for the one before does not count for it. */
void pages_turn(const struct pages *o, struct page *p);
