/*
 * telemetry_request: what the command line of `frumious telemetry` asks for, and what its verbs share: opening the
 * store, the filter of viewings, failing.
 *
 * Main thread. A verb is a function that gets the request and returns one of enum exit_code.
 */
#pragma once

#include "commands/command.h"
#include "telemetry/read/read.h"

struct telemetry_request {
    const char *store;          /* path, or NULL for the default one */
    const char *what;           /* argument of the verb, or NULL */
    const char *story, *viewer; /* --story, --viewer; NULL: not given */
    const char *format;         /* --format, or NULL */
    int limit, k;               /* 0: not given */
    bool anonymous, schema, superseded;
    bool trust_store;  /* --trust-store */
    bool document;     /* what is printed is read by a program */
    bool now, dry_run; /* retention: --now, --dry-run */
    const char *date;  /* note: --date, or NULL */
    int remove;        /* note: --remove; 0: not given */
};

enum telemetry_access { TELEMETRY_READ, TELEMETRY_WRITE, TELEMETRY_MAKE };

/*
 * Opens the store. NULL: it cannot be opened; a message said so, and *code is what the command returns. A default store
 * that does not exist yet is an answer, not an error, where a person reads it. TELEMETRY_MAKE creates the store, but only at its default place.
 */
struct store *telemetry_request_open(const struct telemetry_request *r, enum telemetry_access access, int *code);

/* Says so where the store changed while it was read, and closes it. Accepts NULL. */
void telemetry_request_close(struct store *s);

/* Which viewings the request names: `what` ("all" and NULL name all), --story, --viewer ("me": this machine's
 * viewer). Text in *w is borrowed from the request and from *owned, which the caller frees. */
void telemetry_request_filter(const struct telemetry_request *r, struct read_filter *w, char **owned);

/* Prints an error of the store and returns its exit code. */
int telemetry_failed(const GError *error);
