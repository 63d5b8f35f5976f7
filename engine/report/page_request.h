/*
 * page_request: what a browser asks of page_server.h, read from the bytes that it sends. Pure; any thread.
 *
 * Anybody on this machine can send anything. A request counts only if it calls the server by its own address, exactly
 * once: a page from elsewhere whose name was made to lead here (DNS rebinding) calls it by that name.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define PAGE_REQUEST_BYTES_MAX 8192 /* up to the empty line that ends a request, and a NUL */

enum page_request_kind {
    PAGE_REQUEST_UNFINISHED, /* more of it has to come */
    PAGE_REQUEST_TOO_LONG,
    PAGE_REQUEST_FOREIGN, /* does not call the server by its own address */
    PAGE_REQUEST_WRITES,  /* by a method that does not only read */
    PAGE_REQUEST_UNKNOWN, /* of something that is not there */
    PAGE_REQUEST_PAGE,
    PAGE_REQUEST_TAG,
};

struct page_request {
    enum page_request_kind kind;
    bool head; /* everything but the body is wanted */
};

/* `bytes`: what came so far, n of them and a NUL; `host`: the server's address, "127.0.0.1:PORT". Bytes behind the end
 * of the request are ignored. */
struct page_request page_request_read(const char *bytes, gsize n, const char *host);
