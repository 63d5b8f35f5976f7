/*
 * asked: one request of an editor, and the functions that answer: each makes the result, or says why there is none.
 *
 * Main thread. What the client sends may be anything: members that are missing or of another type count as missing.
 */
#pragma once

#include "edit/rpc.h"
#include "edit/workspace.h"

struct asked {
    struct workspace *w;
    struct document *d; /* that the request is about; NULL: none that is open */
    JsonObject *params; /* may be NULL */
    bool creates_files; /* the client can make files that an answer asks for */
    enum rpc_error code;
    char *error; /* set by who can't answer; freed by the server */
    char *later; /* set by who waits for a picture: the text that it belongs to; freed by the server */
    struct asked_still {
        char *path; /* as for workspace_still(), freed by the server; NULL: no picture */
        bool film;
        gint64 from_us, to_us, at_us;
    } still;
};

/* A result of NULL is null, if no error was set. */
typedef JsonNode *(*asked_answer)(struct asked *a);

JsonNode *answer_completion(struct asked *a);
JsonNode *answer_definition(struct asked *a);
JsonNode *answer_references(struct asked *a);
JsonNode *answer_prepare_rename(struct asked *a);
JsonNode *answer_rename(struct asked *a);
JsonNode *answer_hover(struct asked *a);
JsonNode *answer_outline(struct asked *a);
JsonNode *answer_folding(struct asked *a);
JsonNode *answer_links(struct asked *a);
JsonNode *answer_search(struct asked *a);
JsonNode *answer_layout(struct asked *a);
JsonNode *answer_actions(struct asked *a);

/* A finished hover text, as a result; NULL: it is empty. */
JsonNode *answer_hover_of(const char *markdown);

/* Can't be done, and why; takes the text. */
JsonNode *asked_refuse(struct asked *a, char *why);

/* Are the `n` bytes' letters of the query in the text, in this order? */
bool asked_fits(const char *query, gsize n, const char *text);

/* The offset of params.position, in bytes. */
gsize asked_offset(const struct asked *a);
