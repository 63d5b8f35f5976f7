/*
 * fields: the {fields} of an inscription's text. Pure; nothing is allocated.
 *
 *     "LINE {line}: {chosen(sugar)}, after {waited(sugar)}"
 *
 * cuts into pieces of text and fields, one per call. `{{` is a brace. The loader checks names and types, in every
 * language, so of a loaded story's inscriptions no piece is FIELD_BROKEN and every name can be looked up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum text_field_kind {
    FIELD_TEXT,     /* as it stands */
    FIELD_VALUE,    /* {name}: an int or enum variable, now */
    FIELD_CHOSEN,   /* {chosen(decision)}: the option that was taken when the decision was last open in this viewing */
    FIELD_WAITED,   /* {waited(decision)}: seconds until then */
    FIELD_SHARE,    /* {share(decision)}: of earlier viewings on this machine, how many took that option too */
    FIELD_TIMEOUTS, /* {timeouts()}: how often nobody chose in this viewing */
    FIELD_WATCHED,  /* {watched()}: how long this viewing has run, pauses not counted */
    FIELD_BROKEN,   /* none of these */
};

/* `at`, `len`: what is to be shown of a FIELD_TEXT, the name of FIELD_VALUE, FIELD_CHOSEN, FIELD_WAITED and
 * FIELD_SHARE, else the whole field. Borrowed from the text. */
struct text_field {
    enum text_field_kind kind;
    const char *at;
    size_t len;
};

/* The next piece at *cursor, which moves behind it; false at the end. */
bool text_field_next(const char **cursor, struct text_field *out);
