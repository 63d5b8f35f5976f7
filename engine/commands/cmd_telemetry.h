/*
 * cmd_telemetry: what the verbs of `frumious telemetry` share.
 *
 * cmd_telemetry.c has the table of verbs and those that only read; cmd_telemetry_keep.c those that change what is, or
 * will be, recorded. A verb is a function that gets the request and returns one of enum exit_code.
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
    bool anonymous, schema;
};

enum telemetry_access { TELEMETRY_READ, TELEMETRY_WRITE, TELEMETRY_MAKE };

/*
 * Opens the store. NULL: there is none, which was said, and *code is what to return; a default store that is not there yet
 * is an answer, not an error. With TELEMETRY_MAKE it is made, at its default place alone.
 */
struct store *telemetry_open(const struct telemetry_request *r, enum telemetry_access access, int *code);

/* Which viewings the request names: `what` ("all" and NULL name all), --story, --viewer ("me": this machine's viewer). Text
 * in *w is borrowed from the request and from *owned, which the caller frees. */
void telemetry_which(const struct telemetry_request *r, struct read_filter *w, char **owned);

/* An error of a store as an exit code, said. */
int telemetry_failed(const GError *error);

int telemetry_erase(const struct telemetry_request *r);
int telemetry_pause(const struct telemetry_request *r);
int telemetry_resume(const struct telemetry_request *r);
int telemetry_retention(const struct telemetry_request *r);
int telemetry_viewer(const struct telemetry_request *r);
