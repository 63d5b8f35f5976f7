/*
 * post: one request to a collector: JSON, compressed by gzip, by libcurl over TLS with the certificate checked, or plainly to a collector on
 * this machine. Redirections are not followed: what a viewer agreed to names one address.
 *
 * One thread. How fast it sends is bounded, and so is what it reads of an answer. A request that was asked to stop (base/interrupt.h) ends
 * within a second.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct poster;

struct post_answer {
    gsize sent;      /* bytes of the body, compressed */
    int status;      /* of HTTP; 0: there was no answer, and `trouble` says why */
    GString *body;   /* never NULL */
    int retry_after; /* seconds; -1: it does not say */
    char *trouble;
};

/* `address`: of the collector, with or without a last "/". `token`, `certificates` (a file to trust besides the system's) may be NULL. NULL
 * and error where libcurl cannot be set up. */
struct poster *poster_new(const char *address, const char *token, const char *certificates, GError **error);
void poster_free(struct poster *p); /* accepts NULL */

/* Sends the JSON to `path` ("v1/viewings") and waits for the answer. post_answer_clear() frees it. */
void post(struct poster *p, const char *path, const GString *json, struct post_answer *answer);
void post_answer_clear(struct post_answer *answer);
