/*
 * server: the collector as those who connect see it: HTTP/1.1 by libmicrohttpd, in threads of its own. What it takes and answers is in
 * telemetry/wire/README.md; GET /health and GET /metrics are for the operator.
 *
 * Limits come before work: connections, and those of one address; a request's time, its size as it comes and unpacked; requests of one
 * client in a time. A request is read as a whole, checked (intake.h), and waits, without a thread, until the committer has its answer.
 * What is logged names no client. Calls come from one thread.
 */
#pragma once

#include "telemetry/collect/committer.h"
#include "telemetry/collect/tokens.h"

#include <gio/gio.h>

struct server;

struct server_options {
    const char *listen; /* "ADDRESS:PORT" ("127.0.0.1:0" chooses a port, "[::]:8471" is every address) */
    guint threads;
    guint connections, connections_of_one; /* at once; those of one address, if it is not a proxy's */
    guint request_ms;   /* from the connection, or the answer before, to the last byte of a request */
    double rate, burst; /* requests of one client in a second, and at once after a pause; rate 0: any number */
    bool proxied;       /* a proxy stands in front, and the last address in X-Forwarded-For is the client's */
};

/* Catalogue, tokens and committer are borrowed until server_stop(). NULL and error: it can't listen. */
struct server *server_start(const struct server_options *o, const struct wire_catalogue *catalogue,
                            const struct tokens *tokens, struct committer *committer, GError **error);

/* Where it listens, "127.0.0.1:8471". Borrowed. */
const char *server_address(const struct server *s);

/* Cuts off what takes too long. To be called a few times in a second. */
void server_tend(struct server *s);

/*
 * Lets nobody in any more, answers the requests that wait for a commit, and ends. Those that are still coming are cut off after `patience_ms`:
 * nothing of them was acknowledged.
 */
void server_stop(struct server *s, guint patience_ms);
