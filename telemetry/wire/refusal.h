/*
 * refusal: why something was not taken, in a form that a client can act on. The list is refusals.def.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum wire_code {
    WIRE_TAKEN,
#define WIRE_REFUSAL(NAME, word, http, retry, what, remedy) WIRE_NO_##NAME,
#include "telemetry/wire/refusals.def"
#undef WIRE_REFUSAL
    WIRE_CODES
};

/* Plain values. */
struct wire_refusal {
    enum wire_code code;
    int64_t expected;  /* HOLE: the number of the event that is wanted next; else 0 */
    char message[480]; /* for a person: where, and what is wanted; UTF-8 */
};

/* Fills it, and returns false. The arguments of %s are cut to what fits. */
bool wire_refuse(struct wire_refusal *r, enum wire_code code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The status of HTTP, the word in the answer, and whether the same request may be taken later. Static. */
int wire_code_http(enum wire_code code);
const char *wire_code_word(enum wire_code code);
bool wire_code_retry(enum wire_code code);

/* What is wrong and what a client does, in plain words. Static. */
const char *wire_code_what(enum wire_code code);
const char *wire_code_remedy(enum wire_code code);

/* The code of a word; WIRE_CODES where there is none. */
enum wire_code wire_code_find(const char *word);
