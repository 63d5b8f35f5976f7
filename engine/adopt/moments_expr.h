/*
 * moments_expr: conditions and values of such a document, arrays in prefix form, as trees (adopt/twee_expr.h). Pure; any thread.
 *
 * A variable of the lasting state is called as it is; one of another state has that state's name before its own and a dot.
 */
#pragma once

#include "adopt/moments_read.h"
#include "adopt/twee_expr.h"

struct moments_exprs {
    GPtrArray *own;            /* of the trees */
    JsonObject *preconditions; /* by name, or NULL */
    int depth;                 /* of named ones within named ones, while one is read */
};

/* Never NULL; TWEE_UNKNOWN where no story can say it. */
const struct twee_expr *moments_expr(struct moments_exprs *x, JsonNode *n);

/* That of the condition with this name; NULL: there is none. */
const struct twee_expr *moments_named(struct moments_exprs *x, const char *name);

/* What variables belong to: "persistent", "global", "session", NULL. */
extern const char *const moments_states[];

/* The name of a variable of one of these states; g_free() it. */
char *moments_variable(const char *state, const char *name);

/* Does it begin as an expression does? */
bool moments_is_expr(JsonArray *a);
