/*
 * page_server: serves one page to browsers on this machine, made anew when something has changed, until a signal
 * asks the program to end (base/interrupt.h).
 *
 * It listens on the loopback address alone, without authentication: any local user can read the page. A GET or HEAD
 * of "/" answers with the page, one of "/tag" with a short text that changes when the page would; everything else is an
 * error. So is a request that calls this machine by any name but its own address and port: it comes from a foreign
 * page whose name leads here. For `report --watch`, never while a film plays.
 *
 * page_server_run() runs the main loop of the calling thread, which also makes the callbacks. A slow browser delays
 * no other. Each connection has a time to ask and a time to take the answer, however its bytes come; where there are too
 * many, the oldest that has not asked yet is closed for the new one. The end waits for nobody.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct page_server_options {
    uint16_t port; /* 0: any that is free */
    /* Appends the present tag. Each open page asks for it every two seconds, so it must be cheap. */
    void (*tag)(GString *out, void *data);
    /* Appends the page that belongs to this tag. False with *error if it cannot be made. */
    bool (*page)(const char *tag, GString *out, void *data, GError **error);
    /* Called once, when the server listens: "http://127.0.0.1:PORT/". */
    void (*ready)(const char *address, void *data);
    void *data;
};

/* Makes the first page, then serves until interrupt_requested() and returns true; interrupt_listen() was called before. False with *error if that page cannot
 * be made or the port is taken. `options` outlives the call. */
bool page_server_run(const struct page_server_options *options, GError **error);
