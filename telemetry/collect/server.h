/*
 * server: what the collector says to those who connect: HTTP/1.1 by libmicrohttpd, in a thread of its own.
 *
 * Calls come from one thread. A TLS proxy or a balancer may stand in front.
 */
#pragma once

#include <gio/gio.h>

struct server;

/* Listens at `listen`, "ADDRESS:PORT" ("127.0.0.1:0" chooses a port, "[::]:8471" is every address). NULL and error: it can't. */
struct server *server_start(const char *listen, GError **error);

/* Where it listens, "127.0.0.1:8471". Borrowed. */
const char *server_address(const struct server *s);

/* What was begun is answered first. Accepts NULL. */
void server_stop(struct server *s);
