/*
 * watch: serves one page to browsers on this machine, made anew when something changed, until Ctrl-C or SIGTERM.
 *
 * Listens on the loopback address alone. GET of "/" answers with the page, "/tag" with the short text that changes when the
 * page would; everything else is an error, and so is who calls this machine by another name than its own address: a page
 * of somebody else's whose name leads here. Nobody asks who on this machine it is. For `report --watch`, never while a film
 * plays.
 *
 * Runs the main loop of the thread that calls; the callbacks come from there. A browser that is slow holds up nobody.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct page_server_options {
    uint16_t port; /* 0: any that is free */
    /* Appends. Cheap, as it is asked every few seconds by each page that is open. */
    void (*tag)(GString *out, void *data);
    /* Appends the page that belongs to this tag, or says why it can't be made. */
    bool (*page)(const char *tag, GString *out, void *data, GError **error);
    void (*ready)(const char *address, void *data); /* once, when it listens: "http://127.0.0.1:PORT/" */
    void *data;
};

/* The first page is made before anybody can ask. False and error where that fails, or the port is taken; true when it was
 * ended. */
bool page_server_run(const struct page_server_options *w, GError **error);
